/* The C side of the bench: round trips of 64 octets between two threads, and messages one way. */
#include <nanomsg/nn.h>
#include <nanomsg/pair.h>
#include <nanomsg/pipeline.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static int one, other, count;

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

static void *echo(void *unused)
{
    char body[64];
    int len;
    while ((len = nn_recv(other, body, sizeof(body), 0)) >= 0)
        nn_send(other, body, (size_t)len, 0);
    return unused;
}

static void *push(void *unused)
{
    char body[64] = {0};
    int at;
    for (at = 0; at < count; ++at)
        nn_send(other, body, sizeof(body), 0);
    return unused;
}

int main(int argc, char **argv)
{
    int is_round_trip = strcmp(argv[1], "round-trip") == 0, at;
    char body[64] = {0};
    pthread_t thread;
    double start;
    (void)argc;
    count = atoi(argv[2]);
    one = nn_socket(AF_SP, is_round_trip ? NN_PAIR : NN_PULL);
    other = nn_socket(AF_SP, is_round_trip ? NN_PAIR : NN_PUSH);
    nn_bind(one, argv[3]);
    nn_connect(other, argv[3]);
    while (nn_get_statistic(one, NN_STAT_CURRENT_CONNECTIONS) == 0)
        continue;
    pthread_create(&thread, NULL, is_round_trip ? echo : push, NULL);
    start = now();
    for (at = 0; at < count; ++at) {
        if (is_round_trip)
            nn_send(one, body, sizeof(body), 0);
        nn_recv(one, body, sizeof(body), 0);
    }
    printf("%.1f\n", (now() - start) / count);
    fflush(stdout);
    _Exit(0);
}
