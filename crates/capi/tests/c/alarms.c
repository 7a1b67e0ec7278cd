/* Fault 66: a timer whose signal is handled once a millisecond. Calls that wait end with EINTR and
 * have done nothing; calls that need not wait notice none; nothing is lost, nothing comes twice. */
#include "check.h"

#include <pthread.h>
#include <signal.h>
#include <sys/time.h>

#define COUNT 4000

static volatile sig_atomic_t handled;
static int ended_count;

static void handle(int number)
{
    (void)number;
    ++handled;
}

/* Once a millisecond, or not any more. */
static void set_timer(int flags, int us)
{
    struct itimerval timer;
    struct sigaction action;
    memset(&action, 0, sizeof(action));
    action.sa_handler = handle;
    action.sa_flags = flags;
    sigaction(SIGALRM, &action, NULL);
    timer.it_value.tv_sec = timer.it_interval.tv_sec = 0;
    timer.it_value.tv_usec = timer.it_interval.tv_usec = us;
    setitimer(ITIMER_REAL, &timer, NULL);
}

/* The other side, which no signal disturbs. It makes this one wait now and then. */
static void *sends(void *given)
{
    int s = *(int *)given, number;
    for (number = 0; number < COUNT; ++number) {
        if (number % 8 == 0)
            usleep(200);
        if (nn_send(s, &number, sizeof(number), 0) != sizeof(number))
            break;
    }
    return NULL;
}

static int received_count;

static void *receives(void *given)
{
    int s = *(int *)given, number;
    char *octets = (char *)malloc(100000);
    for (received_count = 0; received_count < COUNT; ++received_count) {
        if (received_count % 8 == 0)
            usleep(200);
        if (nn_recv(s, octets, 100000, 0) != 100000)
            break;
        memcpy(&number, octets, sizeof(number));
        if (number != received_count)
            break;
    }
    free(octets);
    return NULL;
}

/* Begins the other side with the signal blocked, so that this thread has it. */
static pthread_t begin_beside(void *(*run)(void *), int *s)
{
    pthread_t thread;
    sigset_t alarms, before;
    sigemptyset(&alarms);
    sigaddset(&alarms, SIGALRM);
    pthread_sigmask(SIG_BLOCK, &alarms, &before);
    IS("set-up", pthread_create(&thread, NULL, run, s), 0);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return thread;
}

/* True: the call ended with EINTR and is to be made again. */
static int is_to_be_made_again(int result)
{
    if (result >= 0 || nn_errno() != EINTR)
        return 0;
    ++ended_count;
    return 1;
}

/* Receives all numbers, in their order, waiting in one call or the other. */
static int receive_all(int s, int polls)
{
    struct nn_pollfd item;
    int wanted = 0, number, result;
    item.fd = s;
    item.events = NN_POLLIN;
    while (wanted < COUNT) {
        do
            result = polls ? nn_poll(&item, 1, -1) : 1;
        while (is_to_be_made_again(result));
        if (result != 1)
            break;
        do
            result = nn_recv(s, &number, sizeof(number), polls ? NN_DONTWAIT : 0);
        while (is_to_be_made_again(result));
        if (result != sizeof(number) || number != wanted)
            break;
        ++wanted;
    }
    return wanted;
}

/* Sends all numbers, in buffers that the library takes when the call succeeds and not before. */
static int send_all(int s)
{
    int number, result = 0;
    for (number = 0; number < COUNT; ++number) {
        void *buffer = nn_allocmsg(100000, 0);
        memcpy(buffer, &number, sizeof(number));
        do
            result = nn_send(s, &buffer, NN_MSG, 0);
        while (is_to_be_made_again(result));
        if (result != 100000)
            break;
    }
    return number;
}

static void flows(const char *address)
{
    pthread_t thread;
    int one = nn_socket(AF_SP, NN_PAIR), other = nn_socket(AF_SP, NN_PAIR), polls;
    long long start;
    join(one, other, address);
    for (polls = 0; polls < 2; ++polls) {
        ended_count = 0;
        start = now_ms();
        thread = begin_beside(sends, &other);
        IS("all are received", receive_all(one, polls), COUNT);
        pthread_join(thread, NULL);
        printf("%s, polls %d: ended %d times in %lld ms\n", address, polls, ended_count,
               now_ms() - start);
        IS("some calls were ended", ended_count > 0, 1);
        FAILS("and none is left", nn_recv(one, &polls, sizeof(polls), NN_DONTWAIT), EAGAIN);
    }
    ended_count = 0;
    start = now_ms();
    thread = begin_beside(receives, &other);
    IS("all are sent", send_all(one), COUNT);
    pthread_join(thread, NULL);
    printf("%s, sends: ended %d times in %lld ms\n", address, ended_count, now_ms() - start);
    IS("and received", received_count, COUNT);
    IS("some calls were ended", ended_count > 0, 1);
    FAILS("and none is left", nn_recv(other, &polls, sizeof(polls), NN_DONTWAIT), EAGAIN);
    nn_close(one);
    nn_close(other);
}

/* However often: each one that waits ends, and each one that need not does what it is to do. */
static void single_calls(void)
{
    struct nn_pollfd item, there;
    char text[8];
    int i, result, one = nn_socket(AF_SP, NN_PAIR), other = nn_socket(AF_SP, NN_PAIR);
    item.fd = one;
    item.events = NN_POLLIN;
    for (i = 0; i < 20; ++i) {
        FAILS("nn_recv", nn_recv(one, text, sizeof(text), 0), EINTR);
        FAILS("nn_send", nn_send(one, "x", 1, 0), EINTR);
        FAILS("nn_poll", nn_poll(&item, 1, -1), EINTR);
        FAILS("one with a time-out", nn_poll(&item, 1, 60000), EINTR);
    }
    join(one, other, "inproc://single");
    item.events = NN_POLLOUT;
    there.fd = other;
    there.events = NN_POLLIN;
    for (i = 0; i < 1000; ++i) {
        IS("one that need not wait", nn_poll(&item, 1, -1), 1);
        IS("one that need not wait", nn_send(one, "x", 1, 0), 1);
        do
            result = nn_poll(&there, 1, -1);
        while (is_to_be_made_again(result));
        IS("one that need not wait", nn_recv(other, text, sizeof(text), 0), 1);
    }
    nn_close(one);
    nn_close(other);
}

static void all(int flags)
{
    set_timer(flags, 1000);
    single_calls();
    flows("inproc://alarms");
    flows("ipc://alarms.ipc");
    set_timer(flags, 0);
}

int main(int argc, char **argv)
{
    begin(argc, argv);
    all(0);
    all(SA_RESTART);
    printf("%d signals\n", (int)handled);
    IS("signals came", handled > 100, 1);
    return finish();
}
