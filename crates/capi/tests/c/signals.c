/* A call that waits ends with EINTR when the process has handled a signal, whatever it waits for
 * and however the handler was installed; one that does not wait never does. */
#include "check.h"

#include <pthread.h>
#include <signal.h>

static volatile sig_atomic_t handled;
static pthread_t waiting;

static void handle(int number)
{
    (void)number;
    ++handled;
}

/* Sends signals until one was handled while the thread waited: before that it may not have begun. */
static void *disturb(void *given)
{
    volatile int *is_over = (volatile int *)given;
    while (!*is_over) {
        usleep(20000);
        pthread_kill(waiting, SIGUSR1);
    }
    return NULL;
}

#define INTERRUPTS(row, call)                                                                  \
    do {                                                                                       \
        pthread_t thread;                                                                      \
        volatile int is_over = 0;                                                              \
        long long start_ = now_ms();                                                           \
        handled = 0;                                                                           \
        pthread_create(&thread, NULL, disturb, (void *)&is_over);                              \
        FAILS(row, call, EINTR);                                                               \
        is_over = 1;                                                                           \
        pthread_join(thread, NULL);                                                            \
        IS(row, handled > 0, 1);                                                               \
        IS(row, now_ms() - start_ < 10000, 1);                                                 \
    } while (0)

static void all(void)
{
    struct nn_pollfd item;
    char text[8];
    void *buffer = nn_allocmsg(5000, 0);
    int pair = nn_socket(AF_SP, NN_PAIR), raw = nn_socket(AF_SP_RAW, NN_PAIR);
    item.fd = pair;
    item.events = NN_POLLIN;
    INTERRUPTS("nn_recv", nn_recv(pair, text, 8, 0));
    INTERRUPTS("nn_send", nn_send(pair, "x", 1, 0));
    INTERRUPTS("nn_send NN_MSG", nn_send(pair, &buffer, NN_MSG, 0));
    IS("which leaves the buffer", nn_freemsg(buffer), 0);
    INTERRUPTS("nn_poll", nn_poll(&item, 1, -1));
    OURS(INTERRUPTS("nn_device", nn_device(raw, -1)));
    IS("set-up", set_int(pair, NN_SOL_SOCKET, NN_RCVTIMEO, 60000), 0);
    INTERRUPTS("nn_recv with a time-out", nn_recv(pair, text, 8, 0));
    FAILS("one that does not wait", nn_recv(pair, text, 8, NN_DONTWAIT), EAGAIN);
    nn_close(pair);
    nn_close(raw);
}

int main(int argc, char **argv)
{
    struct sigaction action;
    begin(argc, argv);
    waiting = pthread_self();
    memset(&action, 0, sizeof(action));
    action.sa_handler = handle;
    sigaction(SIGUSR1, &action, NULL);
    all();
    action.sa_flags = SA_RESTART;
    sigaction(SIGUSR1, &action, NULL);
    all();
    return finish();
}
