/* A plug-in: what a host loads without knowing what it does. It answers on inproc. */
#include <nanomsg/nn.h>
#include <nanomsg/reqrep.h>

#include <pthread.h>

static pthread_t thread;
static int rep = -1;

static void *answer(void *unused)
{
    char text[64];
    int len;
    while ((len = nn_recv(rep, text, sizeof(text), 0)) >= 0) {
        text[0] = 'C';
        nn_send(rep, text, (size_t)len, 0);
    }
    return unused;
}

int plugin_start(void)
{
    rep = nn_socket(AF_SP, NN_REP);
    if (rep < 0 || nn_bind(rep, "inproc://a host") < 0)
        return -1;
    return pthread_create(&thread, NULL, answer, NULL);
}

int plugin_stop(void)
{
    nn_close(rep);
    return pthread_join(thread, NULL);
}
