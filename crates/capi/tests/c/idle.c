/* Table 3.3: what a socket without a peer does, asked not to wait; and what polling says of it. */
#include "check.h"

#include <poll.h>

static int try_send(int domain, int protocol)
{
    int s = nn_socket(domain, protocol);
    int got = nn_send(s, "x", 1, NN_DONTWAIT), number = errno;
    nn_close(s);
    errno = number;
    return got;
}

static int try_recv(int domain, int protocol)
{
    char text[4];
    int s = nn_socket(domain, protocol);
    int got = nn_recv(s, text, 4, NN_DONTWAIT), number = errno;
    nn_close(s);
    errno = number;
    return got;
}

static int ready(int protocol, short events)
{
    struct nn_pollfd item;
    int got, number;
    item.fd = nn_socket(AF_SP, protocol);
    item.events = events;
    item.revents = 0;
    got = nn_poll(&item, 1, 0);
    number = errno;
    nn_close(item.fd);
    errno = number;
    return got;
}

/* What nn_poll and the descriptors say of a socket: 1 for receiving, 2 for sending. */
static int shown(int s)
{
    struct nn_pollfd item;
    int option, shows = 0;
    item.fd = s;
    item.events = NN_POLLIN | NN_POLLOUT;
    item.revents = 0;
    nn_poll(&item, 1, 0);
    for (option = NN_SNDFD; option <= NN_RCVFD; ++option) {
        struct pollfd one;
        one.fd = get_int(s, NN_SOL_SOCKET, option);
        one.events = POLLIN;
        if (poll(&one, 1, 0) == 1)
            shows |= option == NN_RCVFD ? NN_POLLIN : NN_POLLOUT;
    }
    return shows == item.revents ? shows : -1;
}

/* Waits until a socket shows that, for at most ten seconds. */
static int comes_to_show(int s, int wanted)
{
    long long until = now_ms() + 10000;
    while (shown(s) != wanted && now_ms() < until)
        usleep(1000);
    return shown(s);
}

/* Who asks and who answers: neither is ready for a call out of order. */
static void exchange(int asking, int answering, const char *address, int idle)
{
    char text[4];
    int one = nn_socket(AF_SP, asking), other = nn_socket(AF_SP, answering);
    IS("asks, alone", shown(one), idle);
    IS("answers, alone", shown(other), 0);
    join(one, other, address);
    IS("asks, idle", shown(one), idle);
    IS("answers, idle", shown(other), 0);
    IS("asks", nn_send(one, "x", 1, 0), 1);
    IS("has asked", shown(one), NN_POLLOUT);
    IS("has a request", comes_to_show(other, NN_POLLIN), NN_POLLIN);
    IS("takes it", nn_recv(other, text, 4, 0), 1);
    IS("owes an answer", shown(other), NN_POLLOUT);
    IS("answers", nn_send(other, "y", 1, 0), 1);
    IS("has answered", shown(other), 0);
    IS("has an answer", comes_to_show(one, NN_POLLIN | NN_POLLOUT), NN_POLLIN | NN_POLLOUT);
    IS("takes it", nn_recv(one, text, 4, 0), 1);
    IS("is idle, or open to more", shown(one), NN_POLLOUT);
    nn_close(one);
    nn_close(other);
}

int main(int argc, char **argv)
{
    begin(argc, argv);
    FAILS("PAIR send", try_send(AF_SP, NN_PAIR), EAGAIN);
    FAILS("PAIR recv", try_recv(AF_SP, NN_PAIR), EAGAIN);
    IS("PUB send", try_send(AF_SP, NN_PUB), 1);
    FAILS("PUB recv", try_recv(AF_SP, NN_PUB), ENOTSUP);
    FAILS("SUB send", try_send(AF_SP, NN_SUB), ENOTSUP);
    FAILS("SUB recv", try_recv(AF_SP, NN_SUB), EAGAIN);
    IS("REQ send", try_send(AF_SP, NN_REQ), 1);
    FAILS("REQ recv", try_recv(AF_SP, NN_REQ), EFSM);
    IS("REQ POLLOUT always", ready(NN_REQ, NN_POLLOUT), 1);
    FAILS("REP send", try_send(AF_SP, NN_REP), EFSM);
    FAILS("REP recv", try_recv(AF_SP, NN_REP), EAGAIN);
    FAILS("PUSH send", try_send(AF_SP, NN_PUSH), EAGAIN);
    FAILS("PUSH recv", try_recv(AF_SP, NN_PUSH), ENOTSUP);
    FAILS("PULL send", try_send(AF_SP, NN_PULL), ENOTSUP);
    FAILS("PULL recv", try_recv(AF_SP, NN_PULL), EAGAIN);
    IS("SURVEYOR send", try_send(AF_SP, NN_SURVEYOR), 1);
    FAILS("SURVEYOR recv", try_recv(AF_SP, NN_SURVEYOR), EFSM);
    IS("an idle SURVEYOR polls readable", ready(NN_SURVEYOR, NN_POLLIN), 1);
    FAILS("RESPONDENT send", try_send(AF_SP, NN_RESPONDENT), EFSM);
    FAILS("RESPONDENT recv", try_recv(AF_SP, NN_RESPONDENT), EAGAIN);
    IS("BUS send", try_send(AF_SP, NN_BUS), 1);
    FAILS("BUS recv", try_recv(AF_SP, NN_BUS), EAGAIN);
    FAILS("raw REQ send", try_send(AF_SP_RAW, NN_REQ), EAGAIN);
    FAILS("raw REQ recv", try_recv(AF_SP_RAW, NN_REQ), EAGAIN);
    IS("raw REP send", try_send(AF_SP_RAW, NN_REP), 1);
    FAILS("raw REP recv", try_recv(AF_SP_RAW, NN_REP), EAGAIN);
    IS("raw RESPONDENT send", try_send(AF_SP_RAW, NN_RESPONDENT), 1);
    FAILS("raw RESPONDENT recv", try_recv(AF_SP_RAW, NN_RESPONDENT), EAGAIN);
    IS("raw SURVEYOR send", try_send(AF_SP_RAW, NN_SURVEYOR), 1);
    FAILS("raw SURVEYOR recv", try_recv(AF_SP_RAW, NN_SURVEYOR), EAGAIN);
    IS("raw BUS send", try_send(AF_SP_RAW, NN_BUS), 1);
    FAILS("raw BUS recv", try_recv(AF_SP_RAW, NN_BUS), EAGAIN);
    exchange(NN_REQ, NN_REP, "inproc://asked", NN_POLLOUT);
    exchange(NN_SURVEYOR, NN_RESPONDENT, "inproc://surveyed", NN_POLLIN | NN_POLLOUT);
    return finish();
}
