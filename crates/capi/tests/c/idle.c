/* Table 3.3: what a socket without a peer does, asked not to wait; and what polling says of it. */
#include "check.h"

#include <poll.h>

struct row {
    const char *name;
    int domain, protocol;
    /* The number of the failure; 0 where it succeeds. */
    int send, recv;
};

static const struct row rows[] = {
    {"PAIR", AF_SP, NN_PAIR, EAGAIN, EAGAIN},
    {"PUB", AF_SP, NN_PUB, 0, ENOTSUP},
    {"SUB", AF_SP, NN_SUB, ENOTSUP, EAGAIN},
    {"REQ", AF_SP, NN_REQ, 0, EFSM},
    {"REP", AF_SP, NN_REP, EFSM, EAGAIN},
    {"PUSH", AF_SP, NN_PUSH, EAGAIN, ENOTSUP},
    {"PULL", AF_SP, NN_PULL, ENOTSUP, EAGAIN},
    {"SURVEYOR", AF_SP, NN_SURVEYOR, 0, EFSM},
    {"RESPONDENT", AF_SP, NN_RESPONDENT, EFSM, EAGAIN},
    {"BUS", AF_SP, NN_BUS, 0, EAGAIN},
    {"raw REQ", AF_SP_RAW, NN_REQ, EAGAIN, EAGAIN},
    {"raw REP", AF_SP_RAW, NN_REP, 0, EAGAIN},
    {"raw RESPONDENT", AF_SP_RAW, NN_RESPONDENT, 0, EAGAIN},
    {"raw SURVEYOR", AF_SP_RAW, NN_SURVEYOR, 0, EAGAIN},
    {"raw BUS", AF_SP_RAW, NN_BUS, 0, EAGAIN},
};

/* A call sent or received the one octet, or failed for that reason. */
static void is_told(const char *name, const char *call, int got, int number)
{
    int holds = number == 0 ? got == 1 : got == -1 && nn_errno() == number;
    check(name, call, holds, got, nn_errno());
}

/* Leaves the number of a call where closing its socket does not change it. */
static int closed_after(int s, int got)
{
    int number = errno;
    nn_close(s);
    errno = number;
    return got;
}

static int try_send(int domain, int protocol)
{
    int s = nn_socket(domain, protocol);
    return closed_after(s, nn_send(s, "x", 1, NN_DONTWAIT));
}

static int try_recv(int domain, int protocol)
{
    char text[4];
    int s = nn_socket(domain, protocol);
    return closed_after(s, nn_recv(s, text, 4, NN_DONTWAIT));
}

static int ready(int protocol, short events)
{
    struct nn_pollfd item;
    item.fd = nn_socket(AF_SP, protocol);
    item.events = events;
    item.revents = 0;
    return closed_after(item.fd, nn_poll(&item, 1, 0));
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
    size_t at;
    begin(argc, argv);
    for (at = 0; at < sizeof(rows) / sizeof(*rows); ++at) {
        const struct row *row = &rows[at];
        is_told(row->name, "send", try_send(row->domain, row->protocol), row->send);
        is_told(row->name, "recv", try_recv(row->domain, row->protocol), row->recv);
    }
    IS("REQ POLLOUT always", ready(NN_REQ, NN_POLLOUT), 1);
    IS("an idle SURVEYOR polls readable", ready(NN_SURVEYOR, NN_POLLIN), 1);
    exchange(NN_REQ, NN_REP, "inproc://asked", NN_POLLOUT);
    exchange(NN_SURVEYOR, NN_RESPONDENT, "inproc://surveyed", NN_POLLIN | NN_POLLOUT);
    return finish();
}
