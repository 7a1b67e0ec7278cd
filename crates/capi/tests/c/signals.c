/* A call that waits ends with EINTR when the process has handled a signal, whatever it waits for
 * and however the handler was installed; one that does not wait never does, nor does one that
 * closes. */
#include "disturbed.h"

/* What closes is not left half closed. */
static void closing(void)
{
    char *large = (char *)calloc(1, 500000);
    int push = nn_socket(AF_SP, NN_PUSH), deaf = nn_socket(AF_SP, NN_PULL);
    join(deaf, push, "ipc://closing.ipc");
    while (nn_send(push, large, 500000, NN_DONTWAIT) > 0)
        continue;
    DISTURBED("nn_close", IS("nn_close", nn_close(push), 0));
    FAILS("is closed then", nn_close(push), EBADF);
    nn_close(deaf);
    free(large);
}

static void all(int flags)
{
    struct nn_pollfd item;
    char text[8];
    void *buffer = nn_allocmsg(5000, 0);
    int pair = nn_socket(AF_SP, NN_PAIR), raw = nn_socket(AF_SP_RAW, NN_PAIR);
    be_disturbed(flags);
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
    OURS(closing());
}

int main(int argc, char **argv)
{
    begin(argc, argv);
    all(0);
    all(SA_RESTART);
    return finish();
}
