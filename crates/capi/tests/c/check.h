/* Assertions of the C programs, each named for the row of a table that it is. They go on after a
 * failure; the last line says how many there were. `OURS` is for what other makers' libraries do
 * otherwise: with the argument `theirs` these are left out. */
#ifndef CHECK_H
#define CHECK_H

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <nanomsg/bus.h>
#include <nanomsg/inproc.h>
#include <nanomsg/ipc.h>
#include <nanomsg/nn.h>
#include <nanomsg/pair.h>
#include <nanomsg/pipeline.h>
#include <nanomsg/pubsub.h>
#include <nanomsg/reqrep.h>
#include <nanomsg/survey.h>
#include <nanomsg/tcp.h>
#include <nanomsg/ws.h>

static int passed_count, failed_count, is_theirs;

static void check(const char *row, const char *what, int holds, long long got, int number)
{
    if (holds) {
        ++passed_count;
        return;
    }
    ++failed_count;
    printf("FAILED %s: %s: got %lld, errno %d (%s)\n", row, what, got, number,
           nn_strerror(number));
}

/* The call gives this. */
#define IS(row, call, wanted)                                                                  \
    do {                                                                                       \
        long long got_;                                                                        \
        errno = 0;                                                                             \
        got_ = (long long)(call);                                                              \
        check(row, #call, got_ == (long long)(wanted), got_, errno);                           \
    } while (0)

/* The call fails, for this reason. */
#define FAILS(row, call, reason)                                                               \
    do {                                                                                       \
        long long got_;                                                                        \
        int number_;                                                                           \
        errno = 0;                                                                             \
        got_ = (long long)(call);                                                              \
        number_ = nn_errno();                                                                  \
        check(row, #call " -> " #reason, got_ == -1 && number_ == (reason), got_, number_);    \
    } while (0)

#define OURS(assertion)                                                                        \
    do {                                                                                       \
        if (!is_theirs) {                                                                      \
            assertion;                                                                         \
        }                                                                                      \
    } while (0)

static void begin(int argc, char **argv)
{
    is_theirs = argc > 1 && strcmp(argv[1], "theirs") == 0;
}

static int finish(void)
{
    printf("%d passed, %d failed\n", passed_count, failed_count);
    return failed_count != 0;
}

/* Milliseconds of a clock that never goes back. */
static inline long long now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (long long)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* A call gives no pointer, for a reason. */
static inline int no_pointer(const void *pointer)
{
    return pointer == NULL ? -1 : 0;
}

static inline int set_int(int s, int level, int option, int value)
{
    return nn_setsockopt(s, level, option, &value, sizeof(value));
}

/* What an option is, or -1. */
static inline int get_int(int s, int level, int option)
{
    int value = -77;
    size_t len = sizeof(value);
    if (nn_getsockopt(s, level, option, &value, &len) < 0)
        return -1;
    return len == sizeof(value) ? value : -78;
}

/* Waits until a statistic is as high as that, for at most ten seconds. */
static inline int wait_for(int s, int stat, unsigned long long wanted)
{
    long long until = now_ms() + 10000;
    while (nn_get_statistic(s, stat) < wanted)
        if (now_ms() > until)
            return 0;
        else
            usleep(1000);
    return 1;
}

/* Two sockets, one connected to the other. */
static inline void join(int one, int other, const char *address)
{
    IS("set-up", nn_bind(one, address) > 0, 1);
    IS("set-up", nn_connect(other, address) > 0, 1);
    IS("set-up", wait_for(one, NN_STAT_CURRENT_CONNECTIONS, 1), 1);
    IS("set-up", wait_for(other, NN_STAT_CURRENT_CONNECTIONS, 1), 1);
}

#endif
