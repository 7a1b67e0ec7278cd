/* The measuring half of a peer: the same for every library. One program per library is made of
   this file and the library's own; `cargo xtask bench` runs two of them against each other.

   PROGRAM COMMAND ADDRESS SIZE WARM_MS RUN_MS [tuned]

   sink    binds a PULL and counts                      flood   connects a PUSH and sends for ever
   echo    binds a PAIR and sends everything back       reply   the same with a REP
   ping    connects a PAIR and asks, again and again    ask     the same with a REQ
   stamp   connects a PUSH, and sends the time every 10 us
   lag     binds a PULL and looks how old the times are
   both-oneway, both-rtt, both-ask    sink and flood, ping and echo, ask and reply, as two threads
   name    prints the library and its version, and takes no arguments

   What binds prints `ready`. What measures (sink, ping, ask, lag, both-*) prints `start` after the
   warm-up and `end MESSAGES NANOSECONDS` after the run; then it stays until its input ends, so that
   what the processes have used can be asked for. Round trips, of two messages each, and lags end
   with `rtt` or `lag MEDIAN MIN P99 MAX COUNT`, in nanoseconds. `lacks WHAT` is said in place of all
   that by a peer that has no such pattern or transport. */
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "peer.h"

#define SAMPLES_MAX 4000000
#define PACE_NS 10000
/* Beyond warm-up and run; then a program that nobody ended ends itself. */
#define LIFE_S 60

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

void peer_lacks(const char *what)
{
    printf("lacks %s\n", what);
    fflush(stdout);
    exit(0);
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

static void say_end(uint64_t messages, uint64_t nanoseconds)
{
    printf("end %llu %llu\n", (unsigned long long)messages, (unsigned long long)nanoseconds);
    fflush(stdout);
    while (getchar() != EOF)
        ;
}

static uint32_t sample(uint64_t nanoseconds)
{
    return nanoseconds < UINT32_MAX ? (uint32_t)nanoseconds : UINT32_MAX;
}

static uint32_t *samples_of(void)
{
    uint32_t *samples = malloc(SAMPLES_MAX * sizeof *samples);
    if (!samples)
        peer_fail("malloc", "no memory");
    memset(samples, 0, SAMPLES_MAX * sizeof *samples);
    return samples;
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
    say_end(count, now - begun);
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

static void ask_once(const struct task *task, void *socket, unsigned char *body)
{
    peer_send(socket, body, task->setup.size);
    peer_recv(socket, body, task->setup.size);
}

static void measure_round_trips(const struct task *task, void *socket)
{
    unsigned char *body = body_of(task->setup.size);
    uint32_t *samples = samples_of();
    uint64_t begun, until, before, after;
    size_t count = 0;

    ask_once(task, socket, body);
    until = now_ns() + task->warm_ns;
    while (now_ns() < until)
        ask_once(task, socket, body);
    say("start");
    begun = after = now_ns();
    until = begun + task->run_ns;
    while (after < until && count < SAMPLES_MAX) {
        before = after;
        ask_once(task, socket, body);
        after = now_ns();
        samples[count++] = sample(after - before);
    }
    say_end(2 * count, after - begun);
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

/* Receives one and says how old it is. */
static uint64_t age_of_next(const struct task *task, void *socket, unsigned char *body)
{
    uint64_t sent, now;
    peer_recv(socket, body, task->setup.size);
    now = now_ns();
    memcpy(&sent, body, 8);
    return now - sent;
}

static void measure_lag(const struct task *task, void *socket)
{
    unsigned char *body = body_of(task->setup.size);
    uint32_t *samples = samples_of();
    uint64_t begun, until;
    size_t count = 0;

    age_of_next(task, socket, body);
    until = now_ns() + task->warm_ns;
    while (now_ns() < until)
        age_of_next(task, socket, body);
    say("start");
    begun = now_ns();
    until = begun + task->run_ns;
    while (now_ns() < until && count < SAMPLES_MAX)
        samples[count++] = sample(age_of_next(task, socket, body));
    say_end(count, now_ns() - begun);
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

static void *reply_thread(void *task)
{
    echo_for_ever(task, open_as(task, REP, false));
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

static void run_bound(const char *command, struct task *task)
{
    enum pattern pattern = strcmp(command, "reply") == 0  ? REP
                           : strcmp(command, "echo") == 0 ? PAIR
                                                          : PULL;
    bool counts = strcmp(command, "sink") == 0;
    void *socket;

    if (pattern == PULL && !counts && strcmp(command, "lag") != 0)
        peer_fail(command, "no such command");
    socket = open_as(task, pattern, true);
    say("ready");
    if (pattern != PULL)
        echo_for_ever(task, socket);
    else if (counts)
        count_messages(task, socket);
    else
        measure_lag(task, socket);
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
    else if (strcmp(command, "both-ask") == 0)
        run_both(task, REQ, reply_thread, measure_round_trips);
    else
        run_bound(command, task);
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
    alarm(LIFE_S + (unsigned)((task.warm_ns + task.run_ns) / 1000000000u));
    run(argv[1], &task);
    return 0;
}
