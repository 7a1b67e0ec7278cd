/* Assertions amid signals: a thread sends them until the call has ended, and one was handled by
 * then. */
#ifndef DISTURBED_H
#define DISTURBED_H

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

/* Has this thread disturbed from now on, by a handler that is installed with these flags. */
static void be_disturbed(int flags)
{
    struct sigaction action;
    waiting = pthread_self();
    memset(&action, 0, sizeof(action));
    action.sa_handler = handle;
    action.sa_flags = flags;
    sigaction(SIGUSR1, &action, NULL);
}

/* Sends signals until it is over: before the first one the call may not have begun to wait. */
static void *disturb(void *given)
{
    volatile int *is_over = (volatile int *)given;
    while (!*is_over) {
        usleep(20000);
        pthread_kill(waiting, SIGUSR1);
    }
    return NULL;
}

#define DISTURBED(row, assertion)                                                              \
    do {                                                                                       \
        pthread_t thread_;                                                                     \
        volatile int is_over_ = 0;                                                             \
        long long start_ = now_ms();                                                           \
        handled = 0;                                                                           \
        pthread_create(&thread_, NULL, disturb, (void *)&is_over_);                            \
        assertion;                                                                             \
        is_over_ = 1;                                                                          \
        pthread_join(thread_, NULL);                                                           \
        IS(row, handled > 0, 1);                                                               \
        IS(row, now_ms() - start_ < 10000, 1);                                                 \
    } while (0)

#define INTERRUPTS(row, call) DISTURBED(row, FAILS(row, call, EINTR))

#endif
