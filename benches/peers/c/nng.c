/* NNG. Tuned: the deepest queues it has. */
#include <nng/nng.h>
#include <nng/protocol/pair0/pair.h>
#include <nng/protocol/pipeline0/pull.h>
#include <nng/protocol/pipeline0/push.h>
#include <nng/protocol/reqrep0/rep.h>
#include <nng/protocol/reqrep0/req.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "peer.h"

static void check(int result, const char *what)
{
    if (result != 0)
        peer_fail(what, nng_strerror(result));
}

void *peer_open(const struct setup *setup)
{
    nng_socket *socket = malloc(sizeof *socket);
    if (!socket)
        peer_fail("malloc", "no memory");
    switch (setup->pattern) {
    case PUSH: check(nng_push0_open(socket), "push"); break;
    case PULL: check(nng_pull0_open(socket), "pull"); break;
    case PAIR: check(nng_pair0_open(socket), "pair"); break;
    case REQ: check(nng_req0_open(socket), "req"); break;
    case REP: check(nng_rep0_open(socket), "rep"); break;
    }
    check(nng_socket_set_size(*socket, NNG_OPT_RECVMAXSZ, 0), "recv-size-max");
    if (setup->tuned) {
        /* Patterns without a queue refuse. */
        (void)nng_socket_set_int(*socket, NNG_OPT_SENDBUF, 8192);
        (void)nng_socket_set_int(*socket, NNG_OPT_RECVBUF, 8192);
    }
    if (setup->binds)
        check(nng_listen(*socket, setup->address, NULL, 0), "nng_listen");
    else
        check(nng_dial(*socket, setup->address, NULL, 0), "nng_dial");
    return socket;
}

void peer_send(void *socket, const void *body, size_t size)
{
    check(nng_send(*(nng_socket *)socket, (void *)body, size, 0), "nng_send");
}

size_t peer_recv(void *socket, void *body, size_t size)
{
    nng_msg *message;
    size_t length;
    check(nng_recvmsg(*(nng_socket *)socket, &message, 0), "nng_recvmsg");
    length = nng_msg_len(message);
    memcpy(body, nng_msg_body(message), length < 8 ? length : 8);
    nng_msg_free(message);
    (void)size;
    return length;
}

const char *peer_name(void)
{
    static char name[32];
    snprintf(name, sizeof name, "NNG %s", nng_version());
    return name;
}
