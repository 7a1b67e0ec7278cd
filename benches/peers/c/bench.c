/* The measuring half of a peer: the same for every library. One program per library is made of
   this file and the library's own; `cargo xtask bench` runs two of them against each other.

   PROGRAM COMMAND ADDRESS SIZE WARM_MS RUN_MS [tuned]

   sink    binds a PULL, prints `ready`, then `start`, and `end MESSAGES NANOSECONDS`
   flood   connects a PUSH and sends for ever
   echo    binds a PAIR and sends everything back       reply   the same with a REP
   ping    connects a PAIR and asks; prints `rtt ...`    ask     the same with a REQ
   stamp   connects a PUSH, and sends the time every 10 us
   lag     binds a PULL and prints how old the times are: `lag ...`
   both-oneway, both-rtt    sink and flood, ping and echo, as two threads of one process */
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "peer.h"

#define SAMPLES_MAX 4000000
#define PACE_NS 10000

struct task {
    struct setup setup;
    uint64_t warm_ns, run_ns;
};

static uint64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void say(const char *line)
{
    puts(line);
    fflush(stdout);
}

void peer_fail(const char *what, const char *why)
{
    fprintf(stderr, "%s: %s\n", what, why);
    exit(1);
}

static void *open_as(const struct task *task, enum pattern pattern, bool binds)
{
    struct setup setup = task->setup;
    setup.pattern = pattern;
    setup.binds = binds;
    return peer_open(&setup);
}

static unsigned char *body_of(size_t size)
{
    unsigned char *body = malloc(size < 8 ? 8 : size);
    if (!body)
        peer_fail("malloc", "no memory");
    memset(body, 'x', size < 8 ? 8 : size);
    return body;
}

static int by_size(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

/* Prints median, minimum, 99th percentile, maximum and count of the samples, in nanoseconds. */
static void report(const char *word, uint32_t *samples, size_t count)
{
    char line[128];
    if (count == 0)
        peer_fail(word, "nothing was measured");
    qsort(samples, count, sizeof *samples, by_size);
    snprintf(line, sizeof line, "%s %u %u %u %u %zu", word, samples[count / 2], samples[0],
             samples[count - 1 - count / 100], samples[count - 1], count);
    say(line);
}

static void count_messages(const struct task *task, void *socket)
{
    unsigned char *body = body_of(task->setup.size);
    uint64_t begun, until, now, count = 0;
    char line[64];

    peer_recv(socket, body, task->setup.size);
    until = now_ns() + task->warm_ns;
    while (now_ns() < until)
        for (int n = 0; n < 16; n++)
            peer_recv(socket, body, task->setup.size);
    say("start");
    begun = now_ns();
    until = begun + task->run_ns;
    do {
        for (int n = 0; n < 16; n++)
            peer_recv(socket, body, task->setup.size);
        count += 16;
        now = now_ns();
    } while (now < until);
    snprintf(line, sizeof line, "end %llu %llu", (unsigned long long)count,
             (unsigned long long)(now - begun));
    say(line);
}

static void send_for_ever(const struct task *task, void *socket)
{
    unsigned char *body = body_of(task->setup.size);
    for (;;)
        peer_send(socket, body, task->setup.size);
}

static void echo_for_ever(const struct task *task, void *socket)
{
    unsigned char *body = body_of(task->setup.size);
    for (;;) {
        peer_recv(socket, body, task->setup.size);
        peer_send(socket, body, task->setup.size);
    }
}

static void measure_round_trips(const struct task *task, void *socket)
{
    unsigned char *body = body_of(task->setup.size);
    uint32_t *samples = malloc(SAMPLES_MAX * sizeof *samples);
    uint64_t warm_until = 0, until = 0, before, after = now_ns();
    size_t count = 0;

    if (!samples)
        peer_fail("malloc", "no memory");
    for (;;) {
        before = after;
        peer_send(socket, body, task->setup.size);
        peer_recv(socket, body, task->setup.size);
        after = now_ns();
        if (warm_until == 0) {
            warm_until = after + task->warm_ns;
            until = warm_until + task->run_ns;
        } else if (after >= warm_until && count < SAMPLES_MAX) {
            samples[count++] = (uint32_t)(after - before);
        }
        if (after >= until)
            break;
    }
    report("rtt", samples, count);
}

static void send_times(const struct task *task, void *socket)
{
    unsigned char *body = body_of(task->setup.size);
    uint64_t next = now_ns(), now;
    for (;;) {
        while ((now = now_ns()) < next)
            ;
        memcpy(body, &now, 8);
        peer_send(socket, body, task->setup.size);
        next = next + PACE_NS > now ? next + PACE_NS : now;
    }
}

static void measure_lag(const struct task *task, void *socket)
{
    unsigned char *body = body_of(task->setup.size);
    uint32_t *samples = malloc(SAMPLES_MAX * sizeof *samples);
    uint64_t sent, now, warm_until, until;
    size_t count = 0;

    if (!samples)
        peer_fail("malloc", "no memory");
    peer_recv(socket, body, task->setup.size);
    warm_until = now_ns() + task->warm_ns;
    until = warm_until + task->run_ns;
    do {
        peer_recv(socket, body, task->setup.size);
        now = now_ns();
        memcpy(&sent, body, 8);
        if (now >= warm_until && count < SAMPLES_MAX)
            samples[count++] = (uint32_t)(now - sent);
    } while (now < until);
    report("lag", samples, count);
}

static void *flood_thread(void *task)
{
    send_for_ever(task, open_as(task, PUSH, false));
    return NULL;
}

static void *echo_thread(void *task)
{
    echo_for_ever(task, open_as(task, PAIR, false));
    return NULL;
}

/* One side is a thread; the process ends with the other. */
static void run_both(struct task *task, enum pattern pattern, void *(*other)(void *),
                     void (*measure)(const struct task *, void *))
{
    pthread_t thread;
    void *socket = open_as(task, pattern, true);
    if (pthread_create(&thread, NULL, other, task) != 0)
        peer_fail("pthread_create", "no thread");
    measure(task, socket);
}

static void run(const char *command, struct task *task)
{
    if (strcmp(command, "flood") == 0)
        send_for_ever(task, open_as(task, PUSH, false));
    else if (strcmp(command, "stamp") == 0)
        send_times(task, open_as(task, PUSH, false));
    else if (strcmp(command, "ping") == 0)
        measure_round_trips(task, open_as(task, PAIR, false));
    else if (strcmp(command, "ask") == 0)
        measure_round_trips(task, open_as(task, REQ, false));
    else if (strcmp(command, "both-oneway") == 0)
        run_both(task, PULL, flood_thread, count_messages);
    else if (strcmp(command, "both-rtt") == 0)
        run_both(task, PAIR, echo_thread, measure_round_trips);
    else {
        enum pattern pattern = strcmp(command, "reply") == 0  ? REP
                               : strcmp(command, "echo") == 0 ? PAIR
                                                              : PULL;
        void *socket = open_as(task, pattern, true);
        say("ready");
        if (strcmp(command, "sink") == 0)
            count_messages(task, socket);
        else if (strcmp(command, "lag") == 0)
            measure_lag(task, socket);
        else if (pattern != PULL)
            echo_for_ever(task, socket);
        else
            peer_fail(command, "no such command");
    }
}

int main(int argc, char **argv)
{
    struct task task;

    if (argc == 2 && strcmp(argv[1], "name") == 0) {
        say(peer_name());
        return 0;
    }
    if (argc < 6)
        peer_fail("usage", "COMMAND ADDRESS SIZE WARM_MS RUN_MS [tuned]");
    task.setup.address = argv[2];
    task.setup.size = strtoul(argv[3], NULL, 10);
    task.warm_ns = strtoull(argv[4], NULL, 10) * 1000000u;
    task.run_ns = strtoull(argv[5], NULL, 10) * 1000000u;
    task.setup.tuned = argc > 6 && strcmp(argv[6], "tuned") == 0;
    run(argv[1], &task);
    return 0;
}
