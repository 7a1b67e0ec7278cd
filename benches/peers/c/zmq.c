/* libzmq. Tuned: deep queues; large bodies are sent without copying them, into buffers of 1 MiB. */
#include <stdio.h>
#include <string.h>
#include <zmq.h>

#include "peer.h"

#define LARGE (64 * 1024)

struct socket {
    void *handle;
    bool shares;
};

static void *context(void)
{
    static void *shared;
    if (!shared)
        shared = zmq_ctx_new();
    return shared;
}

static void check(int result, const char *what)
{
    if (result < 0)
        peer_fail(what, zmq_strerror(zmq_errno()));
}

void *peer_open(const struct setup *setup)
{
    static const int types[] = {ZMQ_PUSH, ZMQ_PULL, ZMQ_PAIR, ZMQ_REQ, ZMQ_REP};
    static struct socket sockets[2];
    static int used;
    struct socket *socket = &sockets[__sync_fetch_and_add(&used, 1)];
    int depth = 100000, octets = 1024 * 1024;

    socket->handle = zmq_socket(context(), types[setup->pattern]);
    socket->shares = setup->tuned && setup->size >= LARGE;
    if (!socket->handle)
        peer_fail("zmq_socket", zmq_strerror(zmq_errno()));
    if (setup->tuned && setup->size < LARGE) {
        check(zmq_setsockopt(socket->handle, ZMQ_SNDHWM, &depth, sizeof depth), "ZMQ_SNDHWM");
        check(zmq_setsockopt(socket->handle, ZMQ_RCVHWM, &depth, sizeof depth), "ZMQ_RCVHWM");
    }
    if (socket->shares) {
        check(zmq_setsockopt(socket->handle, ZMQ_SNDBUF, &octets, sizeof octets), "ZMQ_SNDBUF");
        check(zmq_setsockopt(socket->handle, ZMQ_RCVBUF, &octets, sizeof octets), "ZMQ_RCVBUF");
    }
    if (setup->binds)
        check(zmq_bind(socket->handle, setup->address), "zmq_bind");
    else
        check(zmq_connect(socket->handle, setup->address), "zmq_connect");
    return socket;
}

static void keep(void *data, void *hint)
{
    (void)data;
    (void)hint;
}

void peer_send(void *handle, const void *body, size_t size)
{
    struct socket *socket = handle;
    if (socket->shares) {
        zmq_msg_t message;
        check(zmq_msg_init_data(&message, (void *)body, size, keep, NULL), "zmq_msg_init_data");
        check(zmq_msg_send(&message, socket->handle, 0), "zmq_msg_send");
    } else {
        check(zmq_send(socket->handle, body, size, 0), "zmq_send");
    }
}

size_t peer_recv(void *handle, void *body, size_t size)
{
    struct socket *socket = handle;
    zmq_msg_t message;
    size_t length;

    zmq_msg_init(&message);
    check(zmq_msg_recv(&message, socket->handle, 0), "zmq_msg_recv");
    length = zmq_msg_size(&message);
    memcpy(body, zmq_msg_data(&message), length < 8 ? length : 8);
    zmq_msg_close(&message);
    (void)size;
    return length;
}

const char *peer_name(void)
{
    static char name[32];
    int major, minor, patch;
    zmq_version(&major, &minor, &patch);
    snprintf(name, sizeof name, "libzmq %d.%d.%d", major, minor, patch);
    return name;
}
