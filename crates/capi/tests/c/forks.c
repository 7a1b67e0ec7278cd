/* What a child of fork is told of its parent's sockets, contexts and buffers, and what it can do
 * itself, whatever other threads of its parent were doing at that moment. */
#include "check.h"

#include <pthread.h>
#include <speedwell.h>
#include <sys/wait.h>

#define CHILDREN 300

/* What a parent opened, its child is told about and cannot use. */
static void what_is_its_parents(int s, int context)
{
    struct nn_pollfd item;
    char text[4];
    item.fd = s;
    item.events = NN_POLLOUT;
    FAILS("child", nn_send(s, "x", 1, 0), SW_EFORKED);
    FAILS("child", nn_recv(s, text, 4, 0), SW_EFORKED);
    FAILS("child", nn_bind(s, "inproc://parents"), SW_EFORKED);
    FAILS("child", nn_poll(&item, 1, 0), SW_EFORKED);
    FAILS("child", set_int(s, NN_SOL_SOCKET, NN_RCVTIMEO, 1), SW_EFORKED);
    FAILS("child", sw_context_send(context, "x", 1, 0), SW_EFORKED);
    IS("child", strstr(nn_strerror(SW_EFORKED), "parent") != NULL, 1);
}

/* What it opens itself it can use; a buffer goes over it, whoever asked for that. */
static void what_is_its_own(int parents, void *buffer)
{
    char text[8];
    int one = nn_socket(AF_SP, NN_PAIR), other = nn_socket(AF_SP, NN_PAIR);
    IS("child", one != parents && other != parents, 1);
    join(one, other, "inproc://childs");
    IS("child", nn_send(one, &buffer, NN_MSG, 0), 2000);
    IS("child", nn_recv(other, text, 8, 0), 2000);
    IS("child", strcmp(text, "before"), 0);
    FAILS("child", nn_freemsg(buffer), EFAULT);
    buffer = nn_allocmsg(100, 0);
    IS("child", nn_freemsg(buffer), 0);
    IS("child", nn_close(one), 0);
    IS("child", nn_close(other), 0);
}

/* What it inherited it can close, once. */
static void closes(int s, int context)
{
    IS("child", nn_close(s), 0);
    FAILS("child", nn_close(s), EBADF);
    FAILS("child", nn_send(s, "x", 1, 0), EBADF);
    IS("child", sw_context_close(context), 0);
    FAILS("child", sw_context_close(context), EBADF);
}

/* Runs a child to its end, which a signal brings if it waits for nothing. */
static void child_of(const char *row, int s, int context, void *buffer)
{
    int status = -1;
    pid_t child = fork();
    if (child == 0) {
        alarm(10);
        failed_count = 0;
        what_is_its_parents(s, context);
        what_is_its_own(s, buffer);
        closes(s, context);
        fflush(stdout);
        _exit(failed_count != 0);
    }
    IS(row, waitpid(child, &status, 0), child);
    IS(row, status, 0);
}

/* A child that did nothing yet, or has sockets of its own, has children as well. */
static void grandchildren(int s, int context, void *buffer)
{
    int status = -1;
    pid_t child = fork();
    if (child == 0) {
        failed_count = 0;
        child_of("a grandchild", s, context, buffer);
        IS("between", nn_socket(AF_SP, NN_PULL) != s, 1);
        child_of("another grandchild", s, context, buffer);
        closes(s, context);
        fflush(stdout);
        _exit(failed_count != 0);
    }
    IS("grandchildren", waitpid(child, &status, 0), child);
    IS("grandchildren", status, 0);
}

/* What its parent had closed or given back is nobody's in a child. */
static void gone(void)
{
    int status = -1, s = nn_socket(AF_SP, NN_PAIR);
    void *freed = nn_allocmsg(2000, 0);
    pid_t child;
    nn_close(s);
    nn_freemsg(freed);
    child = fork();
    if (child == 0) {
        failed_count = 0;
        FAILS("gone", nn_send(s, "x", 1, 0), EBADF);
        FAILS("gone", nn_close(s), EBADF);
        FAILS("gone", nn_freemsg(freed), EFAULT);
        IS("gone", nn_socket(AF_SP, NN_PAIR) != s, 1);
        FAILS("never there", nn_close(12345), EBADF);
        fflush(stdout);
        _exit(failed_count != 0);
    }
    IS("what is gone", waitpid(child, &status, 0), child);
    IS("what is gone", status, 0);
}

static volatile int is_over;

/* Sockets and contexts come and go. */
static void *open_and_close(void *unused)
{
    while (!is_over) {
        int s = nn_socket(AF_SP, NN_REQ);
        sw_context_close(sw_context(s));
        nn_close(s);
    }
    return unused;
}

/* Buffers come, change and go. */
static void *take_and_give(void *unused)
{
    while (!is_over)
        nn_freemsg(nn_reallocmsg(nn_allocmsg(100, 0), 2000));
    return unused;
}

/* Each child is a copy of a process in which others are amid a call, and waits for none of them. */
static void children_amid_threads(int s, int context, void *buffer)
{
    pthread_t threads[4];
    int i;
    long long start = now_ms(), slowest = 0;
    for (i = 0; i < 4; ++i)
        pthread_create(&threads[i], NULL, i % 2 ? take_and_give : open_and_close, NULL);
    for (i = 0; i < CHILDREN && failed_count == 0; ++i) {
        long long began = now_ms();
        child_of("a child amid threads", s, context, buffer);
        if (now_ms() - began > slowest)
            slowest = now_ms() - began;
    }
    is_over = 1;
    for (i = 0; i < 4; ++i)
        pthread_join(threads[i], NULL);
    printf("%d children in %lld ms, the slowest in %lld\n", CHILDREN, now_ms() - start, slowest);
}

int main(int argc, char **argv)
{
    int s, context;
    char *buffer;
    begin(argc, argv);
    s = nn_socket(AF_SP, NN_REQ);
    context = sw_context(s);
    buffer = (char *)nn_allocmsg(2000, 0);
    strcpy(buffer, "before");
    setvbuf(stdout, NULL, _IOLBF, 0);
    child_of("a child", s, context, buffer);
    grandchildren(s, context, buffer);
    gone();
    children_amid_threads(s, context, buffer);
    IS("its parent goes on", nn_send(s, "x", 1, 0), 1);
    IS("its parent goes on", strcmp(buffer, "before"), 0);
    IS("its parent goes on", nn_freemsg(buffer), 0);
    IS("its parent goes on", sw_context_close(context), 0);
    IS("its parent goes on", nn_close(s), 0);
    return finish();
}
