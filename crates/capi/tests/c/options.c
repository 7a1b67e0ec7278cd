/* Table 3.1: the options, their numbers, defaults and ranges. */
#include "check.h"

static int pair_(void)
{
    return nn_socket(AF_SP, NN_PAIR);
}

/* Sets a number on a new socket, and gives what it then is. */
static int kept(int protocol, int level, int option, int value)
{
    int s = nn_socket(AF_SP, protocol);
    int got = set_int(s, level, option, value);
    int number = errno;
    if (got == 0)
        got = get_int(s, level, option);
    nn_close(s);
    errno = number;
    return got;
}

static int fresh(int domain, int protocol, int level, int option)
{
    int s = nn_socket(domain, protocol);
    int got = get_int(s, level, option), number = errno;
    nn_close(s);
    errno = number;
    return got;
}

static void numbers(void)
{
    int s = pair_();
    IS("NN_LINGER 1", NN_LINGER, 1);
    IS("NN_LINGER default", get_int(s, NN_SOL_SOCKET, NN_LINGER), 0);
    IS("NN_LINGER accepted, get 0", kept(NN_PAIR, NN_SOL_SOCKET, NN_LINGER, 55), 0);

    IS("NN_SNDBUF 2", NN_SNDBUF, 2);
    IS("NN_SNDBUF default", get_int(s, NN_SOL_SOCKET, NN_SNDBUF), 131072);
    IS("NN_SNDBUF > 0", kept(NN_PAIR, NN_SOL_SOCKET, NN_SNDBUF, 1), 1);
    FAILS("NN_SNDBUF > 0", kept(NN_PAIR, NN_SOL_SOCKET, NN_SNDBUF, 0), EINVAL);
    FAILS("NN_SNDBUF > 0", kept(NN_PAIR, NN_SOL_SOCKET, NN_SNDBUF, -1), EINVAL);

    IS("NN_RCVBUF 3", NN_RCVBUF, 3);
    IS("NN_RCVBUF default", get_int(s, NN_SOL_SOCKET, NN_RCVBUF), 131072);
    IS("NN_RCVBUF > 0", kept(NN_PAIR, NN_SOL_SOCKET, NN_RCVBUF, 7), 7);
    FAILS("NN_RCVBUF > 0", kept(NN_PAIR, NN_SOL_SOCKET, NN_RCVBUF, 0), EINVAL);

    IS("NN_SNDTIMEO 4", NN_SNDTIMEO, 4);
    IS("NN_RCVTIMEO 5", NN_RCVTIMEO, 5);
    IS("NN_SNDTIMEO default", get_int(s, NN_SOL_SOCKET, NN_SNDTIMEO), -1);
    IS("NN_RCVTIMEO default", get_int(s, NN_SOL_SOCKET, NN_RCVTIMEO), -1);
    IS("NN_SNDTIMEO negative", kept(NN_PAIR, NN_SOL_SOCKET, NN_SNDTIMEO, -5), -5);
    IS("NN_RCVTIMEO negative", kept(NN_PAIR, NN_SOL_SOCKET, NN_RCVTIMEO, -9), -9);

    IS("NN_RECONNECT_IVL 6", NN_RECONNECT_IVL, 6);
    IS("NN_RECONNECT_IVL default", get_int(s, NN_SOL_SOCKET, NN_RECONNECT_IVL), 100);
    IS("NN_RECONNECT_IVL >= 0", kept(NN_PAIR, NN_SOL_SOCKET, NN_RECONNECT_IVL, 0), 0);
    FAILS("NN_RECONNECT_IVL >= 0", kept(NN_PAIR, NN_SOL_SOCKET, NN_RECONNECT_IVL, -1), EINVAL);
    IS("NN_RECONNECT_IVL_MAX 7", NN_RECONNECT_IVL_MAX, 7);
    IS("NN_RECONNECT_IVL_MAX default", get_int(s, NN_SOL_SOCKET, NN_RECONNECT_IVL_MAX), 0);
    IS("NN_RECONNECT_IVL_MAX >= 0", kept(NN_PAIR, 0, NN_RECONNECT_IVL_MAX, 5), 5);
    FAILS("NN_RECONNECT_IVL_MAX >= 0", kept(NN_PAIR, 0, NN_RECONNECT_IVL_MAX, -1), EINVAL);

    IS("NN_SNDPRIO 8", NN_SNDPRIO, 8);
    IS("NN_RCVPRIO 9", NN_RCVPRIO, 9);
    IS("NN_SNDPRIO default", get_int(s, NN_SOL_SOCKET, NN_SNDPRIO), 8);
    IS("NN_RCVPRIO default", get_int(s, NN_SOL_SOCKET, NN_RCVPRIO), 8);
    IS("NN_SNDPRIO 1-16", kept(NN_PAIR, NN_SOL_SOCKET, NN_SNDPRIO, 16), 16);
    IS("NN_SNDPRIO 1-16", kept(NN_PAIR, NN_SOL_SOCKET, NN_SNDPRIO, 1), 1);
    FAILS("NN_SNDPRIO 1-16", kept(NN_PAIR, NN_SOL_SOCKET, NN_SNDPRIO, 0), EINVAL);
    FAILS("NN_SNDPRIO 1-16", kept(NN_PAIR, NN_SOL_SOCKET, NN_SNDPRIO, 17), EINVAL);
    FAILS("NN_RCVPRIO 1-16", kept(NN_PAIR, NN_SOL_SOCKET, NN_RCVPRIO, 17), EINVAL);

    IS("NN_IPV4ONLY 14", NN_IPV4ONLY, 14);
    IS("NN_IPV4ONLY default", get_int(s, NN_SOL_SOCKET, NN_IPV4ONLY), 1);
    IS("NN_IPV4ONLY bool", kept(NN_PAIR, NN_SOL_SOCKET, NN_IPV4ONLY, 0), 0);
    FAILS("NN_IPV4ONLY bool", kept(NN_PAIR, NN_SOL_SOCKET, NN_IPV4ONLY, 2), EINVAL);

    IS("NN_RCVMAXSIZE 16", NN_RCVMAXSIZE, 16);
    IS("NN_RCVMAXSIZE default", get_int(s, NN_SOL_SOCKET, NN_RCVMAXSIZE), 1048576);
    IS("NN_RCVMAXSIZE -1", kept(NN_PAIR, NN_SOL_SOCKET, NN_RCVMAXSIZE, -1), -1);
    IS("NN_RCVMAXSIZE 0", kept(NN_PAIR, NN_SOL_SOCKET, NN_RCVMAXSIZE, 0), 0);
    FAILS("NN_RCVMAXSIZE >= -1", kept(NN_PAIR, NN_SOL_SOCKET, NN_RCVMAXSIZE, -2), EINVAL);

    IS("NN_MAXTTL 17", NN_MAXTTL, 17);
    IS("NN_MAXTTL default", get_int(s, NN_SOL_SOCKET, NN_MAXTTL), 8);
    IS("NN_MAXTTL 1-255", kept(NN_PAIR, NN_SOL_SOCKET, NN_MAXTTL, 255), 255);
    IS("NN_MAXTTL 1-255", kept(NN_REP, NN_SOL_SOCKET, NN_MAXTTL, 1), 1);
    FAILS("NN_MAXTTL 1-255", kept(NN_PAIR, NN_SOL_SOCKET, NN_MAXTTL, 0), EINVAL);
    FAILS("NN_MAXTTL 1-255", kept(NN_REP, NN_SOL_SOCKET, NN_MAXTTL, 256), EINVAL);
    nn_close(s);
}

/* A descriptor there is, or -1. */
static int fd(int protocol, int option)
{
    int got = fresh(AF_SP, protocol, NN_SOL_SOCKET, option);
    return got < 0 ? got : 0;
}

static void read_only(void)
{
    IS("NN_DOMAIN", fresh(AF_SP, NN_PAIR, NN_SOL_SOCKET, NN_DOMAIN), AF_SP);
    IS("NN_DOMAIN", fresh(AF_SP_RAW, NN_PAIR, NN_SOL_SOCKET, NN_DOMAIN), AF_SP_RAW);
    IS("NN_PROTOCOL", fresh(AF_SP, NN_REP, NN_SOL_SOCKET, NN_PROTOCOL), NN_REP);
    FAILS("NN_DOMAIN set", kept(NN_PAIR, NN_SOL_SOCKET, NN_DOMAIN, 1), ENOPROTOOPT);
    FAILS("NN_PROTOCOL set", kept(NN_PAIR, NN_SOL_SOCKET, NN_PROTOCOL, 1), ENOPROTOOPT);
    FAILS("NN_SNDFD set", kept(NN_PAIR, NN_SOL_SOCKET, NN_SNDFD, 1), ENOPROTOOPT);
    FAILS("NN_RCVFD set", kept(NN_PAIR, NN_SOL_SOCKET, NN_RCVFD, 1), ENOPROTOOPT);
    IS("NN_SNDFD", fd(NN_PAIR, NN_SNDFD), 0);
    IS("NN_RCVFD", fd(NN_PAIR, NN_RCVFD), 0);
    IS("NN_SNDFD", fd(NN_PUB, NN_SNDFD), 0);
    IS("NN_RCVFD", fd(NN_SUB, NN_RCVFD), 0);
    FAILS("NN_RCVFD of PUB", fd(NN_PUB, NN_RCVFD), ENOPROTOOPT);
    FAILS("NN_SNDFD of SUB", fd(NN_SUB, NN_SNDFD), ENOPROTOOPT);
    FAILS("NN_RCVFD of PUSH", fd(NN_PUSH, NN_RCVFD), ENOPROTOOPT);
    FAILS("NN_SNDFD of PULL", fd(NN_PULL, NN_SNDFD), ENOPROTOOPT);
}

/* Names: how much of one is given, and how long it is. */
static int name(int s, size_t room, const char *wanted)
{
    char text[256];
    size_t len = room;
    memset(text, '?', sizeof(text));
    if (nn_getsockopt(s, NN_SOL_SOCKET, NN_SOCKET_NAME, text, &len) < 0)
        return -1;
    return memcmp(text, wanted, strlen(wanted) + 1) == 0 ? (int)len : -2;
}

static int set_name(int s, size_t len)
{
    char text[256];
    memset(text, 'a', sizeof(text));
    return nn_setsockopt(s, NN_SOL_SOCKET, NN_SOCKET_NAME, text, len);
}

static void names(void)
{
    int s = pair_();
    char number[16], cut[9] = "????????";
    size_t len = 3;
    sprintf(number, "%d", s);
    IS("NN_SOCKET_NAME 15", NN_SOCKET_NAME, 15);
    IS("NN_SOCKET_NAME default", name(s, 64, number), strlen(number));
    IS("NN_SOCKET_NAME", nn_setsockopt(s, NN_SOL_SOCKET, NN_SOCKET_NAME, "hello", 5), 0);
    IS("NN_SOCKET_NAME", name(s, 64, "hello"), 5);
    IS("NN_SOCKET_NAME cut", nn_getsockopt(s, NN_SOL_SOCKET, NN_SOCKET_NAME, cut, &len), 0);
    IS("NN_SOCKET_NAME cut", memcmp(cut, "hel?????", 9), 0);
    IS("NN_SOCKET_NAME cut", len, 5);
    IS("NN_SOCKET_NAME <= 63", set_name(s, 63), 0);
    FAILS("NN_SOCKET_NAME <= 63", set_name(s, 64), EINVAL);
    nn_close(s);
}

static void of_protocols(void)
{
    int sub = nn_socket(AF_SP, NN_SUB), raw = nn_socket(AF_SP_RAW, NN_SUB), pub;
    char text[4];
    IS("SUBSCRIBE 1", NN_SUB_SUBSCRIBE, 1);
    IS("UNSUBSCRIBE 2", NN_SUB_UNSUBSCRIBE, 2);
    OURS(IS("unknown unsubscribe", nn_setsockopt(sub, NN_SUB, NN_SUB_UNSUBSCRIBE, "a", 1), 0));
    IS("subscribe", nn_setsockopt(sub, NN_SUB, NN_SUB_SUBSCRIBE, "a", 1), 0);
    IS("unknown unsubscribe", nn_setsockopt(sub, NN_SUB, NN_SUB_UNSUBSCRIBE, "x", 1), 0);
    IS("subscribe twice", nn_setsockopt(sub, NN_SUB, NN_SUB_SUBSCRIBE, "a", 1), 0);
    IS("counted", nn_setsockopt(sub, NN_SUB, NN_SUB_UNSUBSCRIBE, "a", 1), 0);
    pub = nn_socket(AF_SP, NN_PUB);
    join(pub, sub, "inproc://counted");
    IS("counted: still subscribed", nn_send(pub, "ab", 2, 0), 2);
    IS("counted: still subscribed", nn_recv(sub, text, 4, 0), 2);
    IS("of raw SUB", nn_setsockopt(raw, NN_SUB, NN_SUB_SUBSCRIBE, "", 0), 0);
    IS("everything", nn_setsockopt(sub, NN_SUB, NN_SUB_SUBSCRIBE, NULL, 0), 0);
    FAILS("get of SUBSCRIBE", get_int(sub, NN_SUB, NN_SUB_SUBSCRIBE), ENOPROTOOPT);
    FAILS("unknown of SUB", nn_setsockopt(sub, NN_SUB, 9, "a", 1), ENOPROTOOPT);
    nn_close(sub);
    nn_close(raw);
    nn_close(pub);

    IS("NN_REQ_RESEND_IVL 1", NN_REQ_RESEND_IVL, 1);
    IS("NN_REQ_RESEND_IVL default", fresh(AF_SP, NN_REQ, NN_REQ, 1), 60000);
    IS("NN_REQ_RESEND_IVL", kept(NN_REQ, NN_REQ, NN_REQ_RESEND_IVL, 250), 250);
    FAILS("NN_REQ_RESEND_IVL of raw", fresh(AF_SP_RAW, NN_REQ, NN_REQ, 1), ENOPROTOOPT);
    FAILS("NN_REQ_RESEND_IVL of PAIR", fresh(AF_SP, NN_PAIR, NN_REQ, 1), ENOPROTOOPT);
    IS("NN_SURVEYOR_DEADLINE 1", NN_SURVEYOR_DEADLINE, 1);
    IS("NN_SURVEYOR_DEADLINE default", fresh(AF_SP, NN_SURVEYOR, NN_SURVEYOR, 1), 1000);
    IS("NN_SURVEYOR_DEADLINE", kept(NN_SURVEYOR, NN_SURVEYOR, NN_SURVEYOR_DEADLINE, 30), 30);
    IS("NN_TCP_NODELAY 1", NN_TCP_NODELAY, 1);
    IS("NN_TCP_NODELAY default", fresh(AF_SP, NN_PAIR, NN_TCP, NN_TCP_NODELAY), 0);
    IS("NN_TCP_NODELAY", kept(NN_PAIR, NN_TCP, NN_TCP_NODELAY, 1), 1);
    FAILS("NN_TCP_NODELAY 0 or 1", kept(NN_PAIR, NN_TCP, NN_TCP_NODELAY, 2), EINVAL);
    FAILS("unknown of tcp", fresh(AF_SP, NN_PAIR, NN_TCP, 2), ENOPROTOOPT);
    FAILS("inproc has none", fresh(AF_SP, NN_PAIR, NN_INPROC, 1), ENOPROTOOPT);
}

static int cut(int s, size_t room)
{
    unsigned char octets[8];
    size_t len = room, at;
    int wanted = 131072;
    memset(octets, 0xee, sizeof(octets));
    if (nn_getsockopt(s, NN_SOL_SOCKET, NN_SNDBUF, octets, &len) < 0)
        return -1;
    for (at = room < 4 ? room : 4; at < 8; ++at)
        if (octets[at] != 0xee)
            return -2;
    return memcmp(octets, &wanted, room < 4 ? room : 4) == 0 ? (int)len : -3;
}

static void errors(void)
{
    int s = pair_(), value = 1;
    size_t len = sizeof(value);
    FAILS("unknown option", nn_setsockopt(s, NN_SOL_SOCKET, 99, &value, 4), ENOPROTOOPT);
    FAILS("unknown option", get_int(s, NN_SOL_SOCKET, 99), ENOPROTOOPT);
    FAILS("unknown level", nn_setsockopt(s, -9, 1, &value, 4), ENOPROTOOPT);
    FAILS("unknown level", get_int(s, 5, 1), ENOPROTOOPT);
    FAILS("wrong size", nn_setsockopt(s, NN_SOL_SOCKET, NN_SNDBUF, &value, 3), EINVAL);
    FAILS("wrong size", nn_setsockopt(s, NN_SOL_SOCKET, NN_SNDBUF, "12345678", 8), EINVAL);
    FAILS("wrong size", nn_setsockopt(s, NN_SOL_SOCKET, NN_SNDBUF, NULL, 0), EINVAL);
    FAILS("wrong size", nn_setsockopt(s, NN_TCP, NN_TCP_NODELAY, &value, 3), EINVAL);
    FAILS("NULL value", nn_setsockopt(s, NN_SOL_SOCKET, NN_SNDBUF, NULL, 4), EFAULT);
    FAILS("NULL value", nn_getsockopt(s, NN_SOL_SOCKET, NN_SNDBUF, NULL, &len), EFAULT);
    FAILS("bad socket", nn_setsockopt(99999, NN_SOL_SOCKET, NN_SNDBUF, &value, 4), EBADF);
    FAILS("bad socket", nn_getsockopt(-1, NN_SOL_SOCKET, NN_SNDBUF, &value, &len), EBADF);
    OURS(FAILS("NULL length", nn_getsockopt(s, 0, NN_SNDBUF, &value, NULL), EFAULT));
    IS("getsockopt cuts", cut(s, 0), 4);
    IS("getsockopt cuts", cut(s, 1), 4);
    IS("getsockopt cuts", cut(s, 3), 4);
    IS("getsockopt cuts", cut(s, 4), 4);
    IS("getsockopt cuts", cut(s, 8), 4);
    nn_close(s);
}

/* What the options do. */
static void effects(void)
{
    int push = nn_socket(AF_SP, NN_PUSH), pull = nn_socket(AF_SP, NN_PULL);
    int low = nn_socket(AF_SP, NN_PULL), sender, receiver;
    char *large = (char *)calloc(1, 900000), text[8];
    long long start;
    IS("one message always fits", set_int(pull, NN_SOL_SOCKET, NN_RCVBUF, 1), 0);
    IS("NN_SNDPRIO is copied", set_int(push, NN_SOL_SOCKET, NN_SNDPRIO, 9), 0);
    join(low, push, "inproc://low");
    IS("NN_SNDPRIO is copied", set_int(push, NN_SOL_SOCKET, NN_SNDPRIO, 1), 0);
    join(pull, push, "inproc://large");
    IS("NN_SNDPRIO is copied", wait_for(push, NN_STAT_CURRENT_CONNECTIONS, 2), 1);
    IS("one message always fits", nn_send(push, large, 900000, 0), 900000);
    IS("one message always fits", nn_recv(pull, large, 900000, 0), 900000);
    FAILS("lower numbers first", nn_recv(low, text, 8, NN_DONTWAIT), EAGAIN);

    start = now_ms();
    IS("NN_RCVTIMEO", set_int(pull, NN_SOL_SOCKET, NN_RCVTIMEO, 50), 0);
    FAILS("NN_RCVTIMEO", nn_recv(pull, text, 8, 0), ETIMEDOUT);
    IS("NN_RCVTIMEO waits", now_ms() - start >= 49, 1);

    sender = nn_socket(AF_SP, NN_PUSH);
    receiver = nn_socket(AF_SP, NN_PULL);
    IS("NN_RCVMAXSIZE 0", set_int(receiver, NN_SOL_SOCKET, NN_RCVMAXSIZE, 0), 0);
    IS("NN_RECONNECT_IVL", set_int(sender, NN_SOL_SOCKET, NN_RECONNECT_IVL, 10), 0);
    join(receiver, sender, "ipc://options-of-0.ipc");
    IS("only empty messages", nn_send(sender, "x", 1, 0), 1);
    IS("only empty messages", wait_for(receiver, NN_STAT_ACCEPTED_CONNECTIONS, 2), 1);
    IS("only empty messages", nn_send(sender, "", 0, 0), 0);
    IS("only empty messages", nn_recv(receiver, text, 8, 0), 0);
    free(large);
    nn_close(sender);
    nn_close(receiver);
    nn_close(push);
    nn_close(pull);
    nn_close(low);
}

int main(int argc, char **argv)
{
    begin(argc, argv);
    numbers();
    read_only();
    names();
    of_protocols();
    errors();
    effects();
    return finish();
}
