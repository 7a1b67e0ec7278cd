/* Fault 69: the clock of the wall is set by ten years while calls wait, and the other one stands still for
 * a while. Both clocks are this program's: whoever asks for the time, the library too, asks here. */
#define _GNU_SOURCE
#include "check.h"

#include <pthread.h>
#include <sys/syscall.h>

#define TEN_YEARS 315360000LL

static long long wall_shift, wall_asked, other_asked;
static int stands_still;
static struct timespec stood;

static long long ns_of(const struct timespec *time)
{
    return time->tv_sec * 1000000000LL + time->tv_nsec;
}

/* Never the system library's: it stands before that in the order of the linker. */
int clock_gettime(clockid_t id, struct timespec *now)
{
    static long long lost_ns;
    long long lost;
    int got = (int)syscall(SYS_clock_gettime, id, now);
    if (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE) {
        __atomic_add_fetch(&wall_asked, 1, __ATOMIC_SEQ_CST);
        now->tv_sec += __atomic_load_n(&wall_shift, __ATOMIC_SEQ_CST);
        return got;
    }
    if (id != CLOCK_MONOTONIC)
        return got;
    __atomic_add_fetch(&other_asked, 1, __ATOMIC_SEQ_CST);
    if (__atomic_load_n(&stands_still, __ATOMIC_SEQ_CST)) {
        lost = ns_of(now) - ns_of(&stood);
        __atomic_store_n(&lost_ns, lost, __ATOMIC_SEQ_CST);
    }
    lost = ns_of(now) - __atomic_load_n(&lost_ns, __ATOMIC_SEQ_CST);
    now->tv_sec = lost / 1000000000LL;
    now->tv_nsec = lost % 1000000000LL;
    return got;
}

/* Milliseconds that went by in truth. */
static long long true_ms(void)
{
    struct timespec now;
    syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &now);
    return ns_of(&now) / 1000000;
}

/* What is done to the clocks, 100 ms after the thread began. */
static void *disturb(void *given)
{
    long long shift = *(long long *)given;
    usleep(100000);
    if (shift) {
        __atomic_store_n(&wall_shift, shift, __ATOMIC_SEQ_CST);
        return NULL;
    }
    clock_gettime(CLOCK_MONOTONIC, &stood);
    __atomic_store_n(&stands_still, 1, __ATOMIC_SEQ_CST);
    usleep(400000);
    __atomic_store_n(&stands_still, 0, __ATOMIC_SEQ_CST);
    return NULL;
}

/* A call that takes 300 ms, and not much more than the clock stood still. */
#define TAKES_300_MS(row, shift, call)                                                         \
    do {                                                                                       \
        pthread_t thread;                                                                      \
        long long given_ = (shift), start_ = true_ms();                                        \
        pthread_create(&thread, NULL, disturb, &given_);                                       \
        FAILS(row, call, ETIMEDOUT);                                                           \
        start_ = true_ms() - start_;                                                           \
        pthread_join(thread, NULL);                                                            \
        wall_shift = 0;                                                                        \
        printf("%s, %lld s: %lld ms\n", row, given_, start_);                                  \
        IS(row, start_ >= 299 && start_ < 3000, 1);                                            \
    } while (0)

static void waits(long long shift)
{
    char text[8];
    int pair = nn_socket(AF_SP, NN_PAIR);
    int surveyor = nn_socket(AF_SP, NN_SURVEYOR), respondent = nn_socket(AF_SP, NN_RESPONDENT);
    IS("set-up", set_int(pair, NN_SOL_SOCKET, NN_RCVTIMEO, 300), 0);
    TAKES_300_MS("a time-out", shift, nn_recv(pair, text, 8, 0));
    join(surveyor, respondent, "inproc://clocks");
    IS("set-up", set_int(surveyor, NN_SURVEYOR, NN_SURVEYOR_DEADLINE, 300), 0);
    IS("set-up", nn_send(surveyor, "?", 1, 0), 1);
    TAKES_300_MS("a survey", shift, nn_recv(surveyor, text, 8, 0));
    nn_close(pair);
    nn_close(surveyor);
    nn_close(respondent);
}

/* A request is sent again once for each interval. */
static void resends(long long shift)
{
    int req = nn_socket(AF_SP, NN_REQ), rep = nn_socket(AF_SP, NN_REP), count = 0;
    long long start, took;
    pthread_t thread;
    char text[8];
    IS("set-up", set_int(req, NN_REQ, NN_REQ_RESEND_IVL, 100), 0);
    IS("set-up", set_int(rep, NN_SOL_SOCKET, NN_RCVTIMEO, 20), 0);
    join(rep, req, "inproc://resends");
    start = true_ms();
    IS("set-up", nn_send(req, "?", 1, 0), 1);
    pthread_create(&thread, NULL, disturb, &shift);
    while (count < 4 && true_ms() - start < 10000)
        count += nn_recv(rep, text, 8, 0) == 1;
    took = true_ms() - start;
    printf("resends, %lld s: %d in %lld ms\n", shift, count, took);
    IS("a request comes again", count, 4);
    IS("at most once an interval", took >= 299, 1);
    pthread_join(thread, NULL);
    wall_shift = 0;
    nn_close(req);
    nn_close(rep);
}

/* Who dials goes on dialing. */
static void reconnects(long long shift, const char *address)
{
    int push = nn_socket(AF_SP, NN_PUSH), pull = nn_socket(AF_SP, NN_PULL);
    long long start;
    pthread_t thread;
    IS("set-up", nn_connect(push, address) > 0, 1);
    pthread_create(&thread, NULL, disturb, &shift);
    pthread_join(thread, NULL);
    start = true_ms();
    IS("set-up", nn_bind(pull, address) > 0, 1);
    IS("it connects", wait_for(pull, NN_STAT_CURRENT_CONNECTIONS, 1), 1);
    printf("connected, %lld s: after %lld ms\n", shift, true_ms() - start);
    IS("soon", true_ms() - start < 3000, 1);
    wall_shift = 0;
    nn_close(push);
    nn_close(pull);
}

int main(int argc, char **argv)
{
    struct timespec now;
    begin(argc, argv);
    waits(TEN_YEARS);
    waits(-TEN_YEARS);
    waits(0);
    resends(TEN_YEARS);
    resends(-TEN_YEARS);
    resends(0);
    reconnects(TEN_YEARS, "ipc://later");
    reconnects(-TEN_YEARS, "ipc://earlier");
    reconnects(0, "ipc://never");
    printf("asked: the wall's clock %lld times, the other %lld\n", wall_asked, other_asked);
    IS("nobody asks the clock of the wall", wall_asked, 0);
    IS("everybody asks the other", other_asked > 100, 1);
    clock_gettime(CLOCK_REALTIME, &now);
    IS("which would have been noticed", wall_asked, 1);
    return finish();
}
