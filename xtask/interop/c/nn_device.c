/* A device of nanomsg, for `cargo xtask interop`:

   nn_device request|survey FRONT BACK TTL

   connects a raw REP or RESPONDENT to FRONT and a raw REQ or SURVEYOR to BACK, says `joined`, and
   passes messages on until it is killed. Says `refused TTL` where the library does not take that. */
#include <nanomsg/nn.h>
#include <nanomsg/reqrep.h>
#include <nanomsg/survey.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int check(int result, const char *what)
{
    if (result < 0) {
        fprintf(stderr, "%s: %s\n", what, nn_strerror(nn_errno()));
        exit(1);
    }
    return result;
}

int main(int argc, char **argv)
{
    int surveys, front, back, ttl;

    if (argc != 5) {
        fprintf(stderr, "nn_device request|survey FRONT BACK TTL\n");
        return 1;
    }
    surveys = strcmp(argv[1], "survey") == 0;
    ttl = atoi(argv[4]);
    front = check(nn_socket(AF_SP_RAW, surveys ? NN_RESPONDENT : NN_REP), "front");
    back = check(nn_socket(AF_SP_RAW, surveys ? NN_SURVEYOR : NN_REQ), "back");
    if (nn_setsockopt(front, NN_SOL_SOCKET, NN_MAXTTL, &ttl, sizeof ttl) < 0) {
        printf("refused %d\n", ttl);
        return 0;
    }
    check(nn_connect(front, argv[2]), argv[2]);
    check(nn_connect(back, argv[3]), argv[3]);
    puts("joined");
    fflush(stdout);
    check(nn_device(front, back), "nn_device");
    return 0;
}
