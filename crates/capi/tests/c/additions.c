/* What C has beyond nanomsg: contexts, addresses, events, draining. */
#include "disturbed.h"

#include <speedwell.h>

static int req, rep;

static void *answer(void *unused)
{
    char text[16];
    int context = sw_context(rep), len;
    while ((len = sw_context_recv(context, text, sizeof(text), 0)) >= 0)
        sw_context_send(context, text, (size_t)len, 0);
    sw_context_close(context);
    return unused;
}

static void contexts(void)
{
    pthread_t threads[2];
    char text[16], *buffer = NULL;
    int one, other, sub, pub = nn_socket(AF_SP, NN_PUB), number = 20;
    req = nn_socket(AF_SP, NN_REQ);
    rep = nn_socket(AF_SP, NN_REP);
    join(rep, req, "inproc://contexts");
    pthread_create(&threads[0], NULL, answer, NULL);
    pthread_create(&threads[1], NULL, answer, NULL);
    one = sw_context(req);
    other = sw_context(req);
    IS("two contexts", one >= 0 && other >= 0 && one != other, 1);
    IS("sw_context_send", sw_context_send(one, "one", 3, 0), 3);
    IS("sw_context_send", sw_context_send(other, "other", 5, 0), 5);
    IS("sw_context_recv", sw_context_recv(other, &buffer, NN_MSG, 0), 5);
    IS("sw_context_recv", memcmp(buffer, "other", 5), 0);
    IS("sw_context_recv", nn_freemsg(buffer), 0);
    IS("sw_context_recv", sw_context_recv(one, text, sizeof(text), 0), 3);
    IS("sw_context_recv", memcmp(text, "one", 3), 0);
    FAILS("of no question", sw_context_recv(one, text, 1, NN_DONTWAIT), EFSM);
    IS("its own options", sw_context_setopt(one, NN_REQ, NN_REQ_RESEND_IVL, &number, 4), 0);
    FAILS("not its option", sw_context_setopt(one, NN_SUB, 1, "", 0), ENOPROTOOPT);
    IS("sw_context_close", sw_context_close(one), 0);
    FAILS("sw_context_close twice", sw_context_close(one), EBADF);
    FAILS("closed", sw_context_send(one, "x", 1, 0), EBADF);
    FAILS("a socket is none", sw_context_send(9999, "x", 1, 0), EBADF);
    nn_close(req);
    FAILS("its socket is closed", sw_context_send(other, "x", 1, 0), EBADF);
    nn_close(rep);
    pthread_join(threads[0], NULL);
    pthread_join(threads[1], NULL);
    sw_context_close(other);

    FAILS("of a protocol without", sw_context(pub), ENOTSUP);
    FAILS("of no socket", sw_context(9999), EBADF);
    sub = nn_socket(AF_SP, NN_SUB);
    join(pub, sub, "inproc://news");
    one = sw_context(sub);
    IS("of SUB", sw_context_setopt(one, NN_SUB, NN_SUB_SUBSCRIBE, "a", 1), 0);
    IS("of SUB", sw_context_setopt(one, NN_SUB, NN_SUB_UNSUBSCRIBE, "b", 1), 0);
    nn_send(pub, "abc", 3, 0);
    IS("of SUB", sw_context_recv(one, text, sizeof(text), 0), 3);
    IS("of SUB", sw_context_setopt(one, NN_SOL_SOCKET, NN_RCVTIMEO, &number, 4), 0);
    FAILS("of SUB", sw_context_recv(one, text, sizeof(text), 0), ETIMEDOUT);
    FAILS("of SUB", sw_context_send(one, "x", 1, 0), ENOTSUP);
    sw_context_close(one);
    nn_close(sub);
    nn_close(pub);
}

static void addresses(void)
{
    char address[64], cut[4];
    int s = nn_socket(AF_SP, NN_PAIR), len;
    int id = nn_bind(s, "tcp://127.0.0.1:0");
    len = sw_address(s, id, address, sizeof(address));
    IS("sw_address", len, strlen(address));
    IS("sw_address", strncmp(address, "tcp://127.0.0.1:", 16), 0);
    IS("sw_address", atoi(address + 16) > 0, 1);
    IS("sw_address cut", sw_address(s, id, cut, sizeof(cut)), len);
    IS("sw_address cut", strcmp(cut, "tcp"), 0);
    FAILS("sw_address unknown", sw_address(s, 9, address, 64), EINVAL);
    FAILS("sw_address NULL", sw_address(s, id, NULL, 64), EFAULT);
    FAILS("sw_address bad socket", sw_address(9999, id, address, 64), EBADF);
    nn_close(s);
}

static void events(void)
{
    struct sw_event event;
    int one = nn_socket(AF_SP, NN_PAIR), other = nn_socket(AF_SP, NN_PAIR);
    FAILS("not watched", sw_next_event(one, &event, 0), EINVAL);
    IS("sw_watch", sw_watch(one), 0);
    FAILS("nothing yet", sw_next_event(one, &event, 0), EAGAIN);
    FAILS("nothing in time", sw_next_event(one, &event, 10), ETIMEDOUT);
    FAILS("sw_next_event NULL", sw_next_event(one, NULL, 0), EFAULT);
    join(one, other, "inproc://watched");
    IS("listening", sw_next_event(one, &event, -1), 0);
    IS("listening", event.kind == SW_LISTENING && event.endpoint == 1, 1);
    IS("offered", sw_next_event(one, &event, -1), 0);
    IS("offered", event.kind, SW_PIPE_OFFERED);
    IS("added", sw_next_event(one, &event, -1), 0);
    IS("added", event.kind == SW_PIPE_ADDED && event.pipe != 0, 1);
    IS("added", strncmp(event.peer, "inproc://", 9), 0);
    nn_close(other);
    IS("removed", sw_next_event(one, &event, -1), 0);
    IS("removed", event.kind == SW_PIPE_REMOVED && event.error == 0, 1);
    nn_close(one);
}

static int drained = -1;

static void *drain(void *given)
{
    drained = sw_drain(*(int *)given, -1);
    return NULL;
}

static void draining(void)
{
    pthread_t thread;
    char *large = (char *)calloc(1, 500000);
    int push = nn_socket(AF_SP, NN_PUSH), pull = nn_socket(AF_SP, NN_PULL);
    int stuck = nn_socket(AF_SP, NN_PUSH), deaf = nn_socket(AF_SP, NN_PULL);
    join(pull, push, "ipc://drained.ipc");
    IS("set-up", nn_send(push, large, 500000, 0), 500000);
    IS("set-up", pthread_create(&thread, NULL, drain, &push), 0);
    IS("others receive", nn_recv(pull, large, 500000, 0), 500000);
    pthread_join(thread, NULL);
    IS("sw_drain waits until they have", drained, 0);
    nn_close(pull);
    nn_close(push);
    join(deaf, stuck, "ipc://stuck.ipc");
    while (nn_send(stuck, large, 500000, NN_DONTWAIT) > 0)
        continue;
    FAILS("given up", sw_drain(stuck, 50), ETIMEDOUT);
    FAILS("drained is closed", nn_send(stuck, "x", 1, 0), EBADF);
    IS("and still has to be", nn_close(stuck), 0);
    nn_close(deaf);
    FAILS("sw_drain bad socket", sw_drain(9999, 0), EBADF);
    free(large);
}

/* What waits here ends with EINTR too, and can be called again. */
static void interrupted(void)
{
    struct sw_event event;
    struct nn_pollfd unread;
    char text[4];
    int push = nn_socket(AF_SP, NN_PUSH), pull = nn_socket(AF_SP, NN_PULL);
    int asks = nn_socket(AF_SP, NN_REQ), context = sw_context(asks);
    be_disturbed(SA_RESTART);
    IS("set-up", sw_context_send(context, "x", 1, 0), 1);
    INTERRUPTS("sw_context_recv", sw_context_recv(context, text, 4, 0));
    IS("set-up", sw_watch(asks), 0);
    INTERRUPTS("sw_next_event", sw_next_event(asks, &event, -1));
    join(pull, push, "inproc://interrupted");
    IS("set-up", nn_send(push, "x", 1, 0), 1);
    unread.fd = pull;
    unread.events = NN_POLLIN;
    IS("set-up", nn_poll(&unread, 1, 10000), 1);
    INTERRUPTS("sw_drain", sw_drain(pull, 9000));
    IS("and others receive on", nn_recv(pull, text, 4, 0), 1);
    nn_close(push);
    IS("sw_drain again", sw_drain(pull, 9000), 0);
    nn_close(pull);
    sw_context_close(context);
    nn_close(asks);
}

int main(int argc, char **argv)
{
    begin(argc, argv);
    contexts();
    addresses();
    events();
    draining();
    interrupted();
    return finish();
}
