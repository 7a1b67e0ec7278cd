/* nanomsg. Tuned: buffers of 4 MiB on both sides. Nagle's algorithm stays as it is by default. */
#include <nanomsg/nn.h>
#include <nanomsg/pair.h>
#include <nanomsg/pipeline.h>
#include <nanomsg/reqrep.h>
#include <nanomsg/tcp.h>
#include <stdint.h>
#include <string.h>

#include "peer.h"

static int check(int result, const char *what)
{
    if (result < 0)
        peer_fail(what, nn_strerror(nn_errno()));
    return result;
}

void *peer_open(const struct setup *setup)
{
    static const int types[] = {NN_PUSH, NN_PULL, NN_PAIR, NN_REQ, NN_REP};
    int socket = check(nn_socket(AF_SP, types[setup->pattern]), "nn_socket");
    int octets = 4 * 1024 * 1024, unlimited = -1;

    check(nn_setsockopt(socket, NN_SOL_SOCKET, NN_RCVMAXSIZE, &unlimited, sizeof unlimited),
          "NN_RCVMAXSIZE");
    if (setup->tuned) {
        check(nn_setsockopt(socket, NN_SOL_SOCKET, NN_SNDBUF, &octets, sizeof octets), "NN_SNDBUF");
        check(nn_setsockopt(socket, NN_SOL_SOCKET, NN_RCVBUF, &octets, sizeof octets), "NN_RCVBUF");
    }
    if (setup->binds)
        check(nn_bind(socket, setup->address), "nn_bind");
    else
        check(nn_connect(socket, setup->address), "nn_connect");
    return (void *)(intptr_t)socket;
}

void peer_send(void *socket, const void *body, size_t size)
{
    check(nn_send((int)(intptr_t)socket, body, size, 0), "nn_send");
}

size_t peer_recv(void *socket, void *body, size_t size)
{
    void *message;
    int length = check(nn_recv((int)(intptr_t)socket, &message, NN_MSG, 0), "nn_recv");
    memcpy(body, message, length < 8 ? (size_t)length : 8);
    nn_freemsg(message);
    (void)size;
    return (size_t)length;
}

const char *peer_name(void)
{
    return "nanomsg " VERSION;
}
