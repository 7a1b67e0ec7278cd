/* Table 3.2, its first half: sockets, endpoints, waiting, devices, names and figures. */
#include "check.h"

#include <pthread.h>

static int with(int domain, int protocol, int (*use)(int, const char *), const char *address)
{
    int s = nn_socket(domain, protocol);
    int got = use(s, address), number = errno;
    nn_close(s);
    errno = number;
    return got;
}

static int bind_(const char *address)
{
    return with(AF_SP, NN_PAIR, nn_bind, address);
}

static int connect_(const char *address)
{
    return with(AF_SP, NN_PAIR, nn_connect, address);
}

static int socket_(int domain, int protocol)
{
    int s = nn_socket(domain, protocol), number = errno;
    if (s >= 0)
        nn_close(s);
    errno = number;
    return s < 0 ? s : 0;
}

static void sockets(void)
{
    static const int all[] = {NN_PAIR, NN_PUB,  NN_SUB,      NN_REQ,        NN_REP,
                              NN_PUSH, NN_PULL, NN_SURVEYOR, NN_RESPONDENT, NN_BUS};
    int s = nn_socket(AF_SP, NN_PAIR), next, at, many[600];
    IS("nn_socket from 0", s, 0);
    for (at = 0; at < 10; ++at) {
        IS("nn_socket", socket_(AF_SP, all[at]), 0);
        IS("nn_socket raw", socket_(AF_SP_RAW, all[at]), 0);
    }
    FAILS("nn_socket domain", socket_(0, NN_PAIR), EAFNOSUPPORT);
    FAILS("nn_socket domain", socket_(3, NN_PAIR), EAFNOSUPPORT);
    FAILS("nn_socket protocol", socket_(AF_SP, 17), EINVAL);
    FAILS("nn_socket protocol", socket_(AF_SP, 0), EINVAL);
    FAILS("nn_socket protocol", socket_(AF_SP_RAW, -1), EINVAL);
    nn_close(s);
    next = nn_socket(AF_SP, NN_PAIR);
    OURS(IS("not used again soon", next != s, 1));
    FAILS("nn_close twice", nn_close(s == next ? 999 : s), EBADF);
    FAILS("nn_close of none", nn_close(-1), EBADF);
    nn_close(next);
    if (!is_theirs) {
        for (at = 0; at < 600; ++at)
            many[at] = nn_socket(AF_SP, NN_PAIR);
        IS("more than 512 sockets", many[599] >= 0, 1);
        for (at = 0; at < 600; ++at)
            nn_close(many[at]);
    }
}

static int bind_v6(int s, const char *address)
{
    set_int(s, NN_SOL_SOCKET, NN_IPV4ONLY, 0);
    return nn_bind(s, address);
}

/* An address of so many octets. */
static const char *of_len(const char *start, size_t len)
{
    static char address[256];
    memset(address, 'a', sizeof(address));
    memcpy(address, start, strlen(start));
    address[len] = 0;
    return address;
}

static void binding(void)
{
    int one = nn_socket(AF_SP, NN_PAIR), other = nn_socket(AF_SP, NN_PAIR);
    FAILS("nn_bind NULL", bind_(NULL), EINVAL);
    FAILS("nn_bind without ://", bind_("tcp"), EINVAL);
    FAILS("nn_bind without ://", bind_(""), EINVAL);
    FAILS("nn_bind no port", bind_("tcp://*"), EINVAL);
    FAILS("nn_bind no port", bind_("tcp://*:"), EINVAL);
    FAILS("nn_bind bad port", bind_("tcp://*:abc"), EINVAL);
    FAILS("nn_bind bad port", bind_("tcp://127.0.0.1:-1"), EINVAL);
    FAILS("nn_bind over 65535", bind_("tcp://*:65536"), EINVAL);
    OURS(IS("nn_bind port 0 is accepted", bind_("tcp://127.0.0.1:0"), 1));
    FAILS("nn_bind unknown transport", bind_("foo://x"), EPROTONOSUPPORT);
    FAILS("nn_bind unknown transport", bind_("://x"), EPROTONOSUPPORT);
    FAILS("nn_bind >= 128", bind_(of_len("inproc://", 128)), ENAMETOOLONG);
    IS("nn_bind < 128", bind_(of_len("inproc://", 127)), 1);
    OURS(FAILS("nn_bind ipc > 107", bind_(of_len("ipc:///tmp/", 6 + 108)), ENAMETOOLONG));
    FAILS("nn_bind localhost", bind_("tcp://localhost:5555"), ENODEV);
    FAILS("nn_bind empty", bind_("tcp://:5555"), ENODEV);
    FAILS("nn_bind unknown interface", bind_("tcp://eth99:5555"), ENODEV);
    FAILS("nn_bind odd name", bind_("tcp://a b:5555"), ENODEV);
    FAILS("nn_bind IPv6 under IPV4ONLY", bind_("tcp://[::1]:5555"), ENODEV);
    FAILS("nn_bind not here", bind_("tcp://192.0.2.1:5555"), EADDRNOTAVAIL);
    FAILS("nn_bind ipc directory", bind_("ipc:///nonexistent/x"), ENOENT);
    OURS(IS("nn_bind interface name", bind_("tcp://lo:0"), 1));
    OURS(IS("nn_bind IPv6", with(AF_SP, NN_PAIR, bind_v6, "tcp://[::1]:0"), 1));
    FAILS("nn_bind bad socket", nn_bind(9999, "inproc://x"), EBADF);
    IS("nn_bind id from 1", nn_bind(one, "inproc://used"), 1);
    IS("nn_bind next id", nn_bind(one, "inproc://used as well"), 2);
    FAILS("nn_bind in use", nn_bind(other, "inproc://used"), EADDRINUSE);
    nn_close(one);
    IS("nn_close frees the address", nn_bind(other, "inproc://used") > 0, 1);
    nn_close(other);
}

static void connecting(void)
{
    int s = nn_socket(AF_SP, NN_PAIR);
    FAILS("nn_connect NULL", connect_(NULL), EINVAL);
    FAILS("nn_connect malformed", connect_("tcp"), EINVAL);
    FAILS("nn_connect transport", connect_("foo://x"), EPROTONOSUPPORT);
    FAILS("nn_connect port", connect_("tcp://127.0.0.1"), EINVAL);
    FAILS("nn_connect port", connect_("tcp://127.0.0.1:"), EINVAL);
    FAILS("nn_connect port", connect_("tcp://127.0.0.1:0"), EINVAL);
    FAILS("nn_connect port", connect_("tcp://127.0.0.1:65536"), EINVAL);
    FAILS("nn_connect host", connect_("tcp://:5"), EINVAL);
    FAILS("nn_connect host", connect_("tcp://*:5"), EINVAL);
    FAILS("nn_connect host", connect_("tcp://a b:5"), EINVAL);
    FAILS("nn_connect host", connect_("tcp://[::1:5"), EINVAL);
    FAILS("nn_connect interface", connect_("tcp://eth99;127.0.0.1:5"), ENODEV);
    FAILS("nn_connect interface", connect_("tcp://;127.0.0.1:5"), ENODEV);
    OURS(IS("nn_connect interface", connect_("tcp://lo;127.0.0.1:5"), 1));
    IS("nn_connect local", connect_("tcp://127.0.0.1;127.0.0.1:5"), 1);
    IS("nn_connect local", connect_("tcp://*;127.0.0.1:5"), 1);
    IS("nn_connect missing peer", connect_("tcp://127.0.0.1:5"), 1);
    IS("nn_connect missing peer", connect_("inproc://nobody"), 1);
    IS("nn_connect missing peer", connect_("ipc:///nonexistent/x"), 1);
    IS("nn_connect unknown host", connect_("tcp://nosuch.invalid:5"), 1);
    FAILS("nn_connect bad socket", nn_connect(9999, "inproc://x"), EBADF);
    IS("nn_shutdown", nn_shutdown(s, nn_bind(s, "inproc://shut")), 0);
    FAILS("nn_shutdown unknown id", nn_shutdown(s, 1), EINVAL);
    FAILS("nn_shutdown unknown id", nn_shutdown(s, 77), EINVAL);
    FAILS("nn_shutdown unknown id", nn_shutdown(s, -1), EINVAL);
    FAILS("nn_shutdown bad socket", nn_shutdown(9999, 1), EBADF);
    nn_close(s);
}

static int poll_(int s, short events, int timeout)
{
    struct nn_pollfd item;
    int got;
    item.fd = s;
    item.events = events;
    item.revents = 0;
    got = nn_poll(&item, 1, timeout);
    return got == 1 ? item.revents * 10 : got;
}

static void polling(void)
{
    struct nn_pollfd both[2];
    int one = nn_socket(AF_SP, NN_PAIR), other = nn_socket(AF_SP, NN_PAIR);
    int pub = nn_socket(AF_SP, NN_PUB), sub = nn_socket(AF_SP, NN_SUB);
    long long start = now_ms();
    char text[4];
    IS("nn_poll 0 at the time-out", poll_(one, NN_POLLIN | NN_POLLOUT, 30), 0);
    IS("nn_poll waits", now_ms() - start >= 29, 1);
    join(one, other, "inproc://polled");
    IS("nn_poll", poll_(one, NN_POLLIN | NN_POLLOUT, 1000), NN_POLLOUT * 10);
    nn_send(one, "x", 1, 0);
    IS("nn_poll", poll_(other, NN_POLLIN, -1), NN_POLLIN * 10);
    both[0].fd = one;
    both[1].fd = other;
    both[0].events = both[1].events = NN_POLLIN;
    IS("nn_poll count", nn_poll(both, 2, -1), 1);
    IS("nn_poll which", both[0].revents * 10 + both[1].revents, NN_POLLIN);
    nn_send(other, "y", 1, 0);
    IS("set-up", poll_(one, NN_POLLIN, -1), NN_POLLIN * 10);
    IS("nn_poll count", nn_poll(both, 2, -1), 2);
    IS("set-up", nn_recv(other, text, 4, 0), 1);
    IS("nn_poll level", poll_(other, NN_POLLIN, 0), 0);
    IS("nn_poll wants nothing", poll_(one, 0, 0), 0);
    IS("nn_poll of none", nn_poll(both, 0, 0), 0);
    FAILS("nn_poll direction", poll_(pub, NN_POLLIN, 0), ENOPROTOOPT);
    FAILS("nn_poll direction", poll_(sub, NN_POLLOUT, 0), ENOPROTOOPT);
    FAILS("nn_poll bad socket", poll_(9999, NN_POLLIN, 0), EBADF);
    OURS(FAILS("nn_poll negative", nn_poll(both, -1, 0), EINVAL));
    OURS(FAILS("nn_poll NULL", nn_poll(NULL, 1, 0), EFAULT));
    nn_close(one);
    nn_close(other);
    nn_close(pub);
    nn_close(sub);
}

struct joined {
    int front, back, result, number;
};

static void *run_device(void *given)
{
    struct joined *sockets = (struct joined *)given;
    sockets->result = nn_device(sockets->front, sockets->back);
    sockets->number = nn_errno();
    return NULL;
}

static int device(int domain1, int protocol1, int domain2, int protocol2)
{
    int one = nn_socket(domain1, protocol1), other = nn_socket(domain2, protocol2);
    int got = nn_device(one, other), number = errno;
    nn_close(one);
    nn_close(other);
    errno = number;
    return got;
}

static void devices(void)
{
    struct joined sockets;
    pthread_t thread;
    char text[8];
    int req = nn_socket(AF_SP, NN_REQ), rep = nn_socket(AF_SP, NN_REP);
    FAILS("nn_device both negative", nn_device(-1, -1), EBADF);
    FAILS("nn_device not sockets", nn_device(9998, 9999), EBADF);
    FAILS("nn_device not raw", device(AF_SP, NN_PAIR, AF_SP, NN_PAIR), EINVAL);
    FAILS("nn_device not raw", device(AF_SP_RAW, NN_PAIR, AF_SP, NN_PAIR), EINVAL);
    FAILS("nn_device protocols", device(AF_SP_RAW, NN_PAIR, AF_SP_RAW, NN_BUS), EINVAL);
    FAILS("nn_device directions", device(AF_SP_RAW, NN_PUB, AF_SP_RAW, NN_PUB), EINVAL);
    sockets.front = nn_socket(AF_SP_RAW, NN_REP);
    sockets.back = nn_socket(AF_SP_RAW, NN_REQ);
    sockets.result = sockets.number = 0;
    join(sockets.front, req, "inproc://front");
    join(sockets.back, rep, "inproc://back");
    IS("set-up", pthread_create(&thread, NULL, run_device, &sockets), 0);
    IS("nn_device", nn_send(req, "ask", 3, 0), 3);
    IS("nn_device", nn_recv(rep, text, 8, 0), 3);
    IS("nn_device", nn_send(rep, "answer", 6, 0), 6);
    IS("nn_device", nn_recv(req, text, 8, 0), 6);
    nn_close(sockets.front);
    if (is_theirs)
        nn_close(sockets.back);
    pthread_join(thread, NULL);
    IS("nn_device ends with a socket", sockets.result, -1);
    IS("nn_device ends with a socket", sockets.number, EBADF);
    nn_close(sockets.back);
    nn_close(req);
    nn_close(rep);
}

static void symbols(void)
{
    struct nn_symbol_properties all;
    int at, value = 0, seen = 0;
    const char *name;
    for (at = 0; (name = nn_symbol(at, &value)) != NULL; ++at) {
        memset(&all, 0x11, sizeof(all));
        if (nn_symbol_info(at, &all, sizeof(all)) != sizeof(all) || strcmp(all.name, name) != 0 ||
            all.value != value)
            break;
        seen += strcmp(name, "NN_SURVEYOR_DEADLINE") == 0 && all.ns == NN_NS_TRANSPORT_OPTION &&
                all.type == NN_TYPE_INT && all.unit == NN_UNIT_MILLISECONDS && value == 1;
        seen += strcmp(name, "EFSM") == 0 && all.ns == NN_NS_ERROR && value == EFSM;
        seen += strcmp(name, "NN_STAT_BYTES_SENT") == 0 && all.unit == NN_UNIT_BYTES &&
                value == NN_STAT_BYTES_SENT;
    }
    IS("nn_symbol 0..120", at, 121);
    IS("nn_symbol_info fields", seen, 3);
    FAILS("nn_symbol beyond", no_pointer(nn_symbol(121, &value)), EINVAL);
    FAILS("nn_symbol beyond", no_pointer(nn_symbol(-1, &value)), EINVAL);
    IS("nn_symbol without value", no_pointer(nn_symbol(1, NULL)), 0);
    IS("nn_symbol_info past the end", nn_symbol_info(121, &all, sizeof(all)), 0);
    memset(&all, 0x11, sizeof(all));
    IS("nn_symbol_info copies", nn_symbol_info(28, &all, 4), 4);
    IS("nn_symbol_info copies", all.value == AF_SP && all.ns == 0x11111111, 1);
    IS("nn_iovec", sizeof(struct nn_iovec), 16);
    IS("nn_msghdr", sizeof(struct nn_msghdr), 32);
    IS("nn_cmsghdr", sizeof(struct nn_cmsghdr), 16);
    IS("nn_pollfd", sizeof(struct nn_pollfd), 8);
    IS("nn_symbol_properties", sizeof(struct nn_symbol_properties), 32);
    IS("EFSM", EFSM, 156384712 + 54);
    IS("ETERM", ETERM, 156384712 + 53);
    IS("nn_strerror", strlen(nn_strerror(EFSM)) > 10, 1);
    IS("nn_strerror", strcmp(nn_strerror(EINVAL), strerror(EINVAL)), 0);
}

static void statistics(void)
{
    int one = nn_socket(AF_SP, NN_PAIR), other = nn_socket(AF_SP, NN_PAIR);
    int lonely = nn_socket(AF_SP, NN_PAIR);
    char text[8];
    join(one, other, "ipc://statistics.ipc");
    nn_send(other, "four", 4, 0);
    nn_recv(one, text, 8, 0);
    IS("101 established", nn_get_statistic(other, 101), 1);
    IS("102 accepted", nn_get_statistic(one, 102), 1);
    IS("201 current", nn_get_statistic(one, 201), 1);
    IS("301 messages out", nn_get_statistic(other, 301), 1);
    IS("302 messages in", nn_get_statistic(one, 302), 1);
    IS("303 bytes out", nn_get_statistic(other, 303), 4);
    IS("304 bytes in", nn_get_statistic(one, 304), 4);
    OURS(IS("401 priority in use", nn_get_statistic(other, 401), 8));
    nn_shutdown(other, 1);
    IS("104 broken", wait_for(one, 104, 1), 1);
    IS("103 dropped", wait_for(other, 103, 1), 1);
    IS("201 current", nn_get_statistic(one, 201), 0);
    IS("105 connect errors", nn_connect(lonely, "ipc:///nonexistent/x") > 0, 1);
    IS("105 connect errors", wait_for(lonely, 105, 1), 1);
    IS("203 endpoints in error", wait_for(lonely, 203, 1), 1);
    OURS(IS("106 bind errors", nn_bind(lonely, "tcp://eth99:1") < 0, 1));
    OURS(IS("106 bind errors", nn_get_statistic(lonely, 106), 1));
    IS("107 accept errors", nn_get_statistic(lonely, 107), 0);
    IS("202 in progress", nn_get_statistic(one, 202), 0);
    FAILS("unknown id", (long long)nn_get_statistic(one, 999), EINVAL);
    FAILS("bad socket", (long long)nn_get_statistic(9999, 101), EBADF);
    nn_close(one);
    nn_close(other);
    nn_close(lonely);
}

struct waiter {
    int socket, result, number;
};

static void *receive(void *given)
{
    struct waiter *waiter = (struct waiter *)given;
    char text[4];
    waiter->result = nn_recv(waiter->socket, text, 4, 0);
    waiter->number = nn_errno();
    return NULL;
}

static void closing(void)
{
    struct waiter waiter;
    pthread_t thread;
    int push = nn_socket(AF_SP, NN_PUSH), pull = nn_socket(AF_SP, NN_PULL), at;
    char *large = (char *)calloc(1, 900000);
    waiter.socket = nn_socket(AF_SP, NN_PAIR);
    waiter.result = waiter.number = 0;
    IS("set-up", pthread_create(&thread, NULL, receive, &waiter), 0);
    usleep(20000);
    IS("nn_close", nn_close(waiter.socket), 0);
    pthread_join(thread, NULL);
    IS("nn_close wakes others", waiter.result, -1);
    IS("nn_close wakes others", waiter.number, EBADF);

    join(pull, push, "ipc://flushed.ipc");
    IS("set-up", nn_send(push, large, 900000, 0), 900000);
    IS("nn_close sends the rest", nn_close(push), 0);
    OURS(IS("nn_close sends the rest", nn_recv(pull, large, 900000, 0), 900000));
    free(large);
    nn_close(pull);

    at = nn_socket(AF_SP, NN_PAIR);
    nn_term();
    FAILS("nn_term: later calls", nn_send(at, "x", 1, 0), EBADF);
    FAILS("nn_term: later calls", nn_close(at), EBADF);
    FAILS("nn_term: no socket any more", nn_socket(AF_SP, NN_PAIR), ETERM);
    FAILS("nn_term: no socket any more", nn_socket(AF_SP, NN_PAIR), ETERM);
}

int main(int argc, char **argv)
{
    begin(argc, argv);
    sockets();
    binding();
    connecting();
    polling();
    devices();
    symbols();
    statistics();
    closing();
    return finish();
}
