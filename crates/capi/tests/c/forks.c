/* What a child of fork is told of its parent's sockets, and what it can do itself. */
#include "check.h"

#include <speedwell.h>
#include <sys/wait.h>

/* What a parent opened, its child is told about and cannot use; what it opens itself it can. */
static int in_a_child(int s, int context)
{
    char text[4];
    int one, other;
    failed_count = 0;
    FAILS("child", nn_send(s, "x", 1, 0), SW_EFORKED);
    FAILS("child", nn_recv(s, text, 4, 0), SW_EFORKED);
    FAILS("child", nn_bind(s, "inproc://parents"), SW_EFORKED);
    FAILS("child", sw_context_send(context, "x", 1, 0), SW_EFORKED);
    IS("child", strstr(nn_strerror(SW_EFORKED), "parent") != NULL, 1);
    one = nn_socket(AF_SP, NN_PAIR);
    other = nn_socket(AF_SP, NN_PAIR);
    join(one, other, "inproc://childs");
    IS("child", nn_send(one, "mine", 4, 0), 4);
    IS("child", nn_recv(other, text, 4, 0), 4);
    IS("child", nn_close(s), 0);
    FAILS("child", nn_close(s), EBADF);
    fflush(stdout);
    return failed_count;
}

static void children(void)
{
    int status = -1, s = nn_socket(AF_SP, NN_REQ), context = sw_context(s);
    pid_t child = fork();
    if (child == 0)
        _exit(in_a_child(s, context));
    IS("fork", waitpid(child, &status, 0), child);
    IS("a child", status, 0);
    IS("its parent goes on", nn_send(s, "x", 1, 0), 1);
    sw_context_close(context);
    nn_close(s);
}

int main(int argc, char **argv)
{
    begin(argc, argv);
    children();
    return finish();
}
