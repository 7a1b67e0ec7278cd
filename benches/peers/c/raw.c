/* No library: blocking sockets, a length before each message. Made twice: `raw` writes each message
   at once; `rawstream` (with -DBATCH) copies messages into a buffer of 64 KiB and writes that. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

#include "peer.h"

#define BUFFER (64 * 1024)

struct socket {
    const struct setup *setup;
    int listener, fd;
    unsigned char *out, *in;
    size_t filled, begin, end;
};

static int check(ssize_t result, const char *what)
{
    if (result < 0)
        peer_fail(what, strerror(errno));
    return (int)result;
}

static socklen_t parse(const char *address, struct sockaddr_storage *out)
{
    memset(out, 0, sizeof *out);
    if (strncmp(address, "ipc://", 6) == 0) {
        struct sockaddr_un *un = (struct sockaddr_un *)out;
        un->sun_family = AF_UNIX;
        if (strlen(address + 6) >= sizeof un->sun_path)
            peer_fail(address, "longer than a path of a socket may be");
        strcpy(un->sun_path, address + 6);
        return sizeof *un;
    }
    struct sockaddr_in *in = (struct sockaddr_in *)out;
    const char *port = strrchr(address, ':');
    in->sin_family = AF_INET;
    in->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    in->sin_port = htons((uint16_t)atoi(port + 1));
    return sizeof *in;
}

/* What a round trip needs is written at once: only a batch has more than one message. */
static void refuse_what_is_lacking(const struct setup *setup)
{
    if (strncmp(setup->address, "inproc:", 7) == 0)
        peer_lacks("inproc");
    if (setup->pattern == REQ || setup->pattern == REP)
        peer_lacks("REQ/REP");
#ifdef BATCH
    if (setup->pattern == PAIR)
        peer_lacks("round trips: it sends when 64 KiB have come together");
#endif
}

/* Both ends of a connection are alike, whoever accepted it. */
static void set_up(int fd, const struct setup *setup)
{
    int on = 1, octets = 1024 * 1024;
    if (strncmp(setup->address, "tcp:", 4) == 0)
        check(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on), "TCP_NODELAY");
    else
        check(setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &octets, sizeof octets), "SO_SNDBUF");
}

void *peer_open(const struct setup *setup)
{
    refuse_what_is_lacking(setup);
    struct socket *socket_ = calloc(1, sizeof *socket_);
    struct setup *kept = malloc(sizeof *kept);
    struct sockaddr_storage address;
    socklen_t length = parse(setup->address, &address);
    int fd = check(socket(address.ss_family, SOCK_STREAM, 0), "socket"), on = 1;

    if (!socket_ || !kept)
        peer_fail("malloc", "no memory");
    *kept = *setup;
    socket_->setup = kept;
    socket_->out = malloc(BUFFER + 8 + setup->size);
    socket_->in = malloc(BUFFER + 8 + setup->size);
    if (!socket_->out || !socket_->in)
        peer_fail("malloc", "no memory");
    if (setup->binds) {
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
        if (address.ss_family == AF_UNIX)
            unlink(((struct sockaddr_un *)&address)->sun_path);
        check(bind(fd, (struct sockaddr *)&address, length), "bind");
        check(listen(fd, 1), "listen");
        socket_->listener = fd;
        socket_->fd = -1;
    } else {
        check(connect(fd, (struct sockaddr *)&address, length), "connect");
        set_up(fd, setup);
        socket_->fd = fd;
    }
    return socket_;
}

static void write_all(int fd, struct iovec *parts, int count)
{
    while (count > 0) {
        ssize_t written = writev(fd, parts, count);
        if (written < 0 && errno == EINTR)
            continue;
        check(written, "write");
        while (count > 0 && (size_t)written >= parts->iov_len) {
            written -= (ssize_t)parts->iov_len;
            parts++;
            count--;
        }
        if (count > 0) {
            parts->iov_base = (char *)parts->iov_base + written;
            parts->iov_len -= (size_t)written;
        }
    }
}

void peer_send(void *handle, const void *body, size_t size)
{
    struct socket *socket = handle;
    uint64_t length = size;
#ifdef BATCH
    memcpy(socket->out + socket->filled, &length, 8);
    memcpy(socket->out + socket->filled + 8, body, size);
    socket->filled += 8 + size;
    if (socket->filled >= BUFFER) {
        struct iovec part = {socket->out, socket->filled};
        write_all(socket->fd, &part, 1);
        socket->filled = 0;
    }
#else
    struct iovec parts[2] = {{&length, 8}, {(void *)body, size}};
    write_all(socket->fd, parts, 2);
#endif
}

/* Reads until `wanted` octets lie at `begin`. */
static void fill(struct socket *socket, size_t wanted, size_t capacity)
{
    if (socket->begin > 0 && socket->begin + wanted > capacity) {
        memmove(socket->in, socket->in + socket->begin, socket->end - socket->begin);
        socket->end -= socket->begin;
        socket->begin = 0;
    }
    while (socket->end - socket->begin < wanted) {
        ssize_t got = read(socket->fd, socket->in + socket->end, capacity - socket->end);
        if (got < 0 && errno == EINTR)
            continue;
        if (check(got, "read") == 0)
            exit(0);
        socket->end += (size_t)got;
    }
}

size_t peer_recv(void *handle, void *body, size_t size)
{
    struct socket *socket = handle;
    size_t capacity = BUFFER + 8 + size;
    uint64_t length;

    if (socket->fd < 0) {
        socket->fd = check(accept(socket->listener, NULL, NULL), "accept");
        set_up(socket->fd, socket->setup);
    }
    fill(socket, 8, capacity);
    memcpy(&length, socket->in + socket->begin, 8);
    socket->begin += 8;
    fill(socket, length, capacity);
    memcpy(body, socket->in + socket->begin, length < 8 ? length : 8);
    socket->begin += length;
    if (socket->begin == socket->end)
        socket->begin = socket->end = 0;
    return length;
}

const char *peer_name(void)
{
#ifdef BATCH
    return "blocking sockets, batches of 64 KiB";
#else
    return "blocking sockets, a write a message";
#endif
}
