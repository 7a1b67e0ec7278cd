/* A device of NNG, for `cargo xtask interop`; the words are those of nn_device.c. */
#include <nng/nng.h>
#include <nng/protocol/reqrep0/rep.h>
#include <nng/protocol/reqrep0/req.h>
#include <nng/protocol/survey0/respond.h>
#include <nng/protocol/survey0/survey.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void check(int result, const char *what)
{
    if (result != 0) {
        fprintf(stderr, "%s: %s\n", what, nng_strerror(result));
        exit(1);
    }
}

int main(int argc, char **argv)
{
    nng_socket front, back;
    int ttl;

    if (argc != 5) {
        fprintf(stderr, "nng_device request|survey FRONT BACK TTL\n");
        return 1;
    }
    ttl = atoi(argv[4]);
    if (strcmp(argv[1], "survey") == 0) {
        check(nng_respondent0_open_raw(&front), "front");
        check(nng_surveyor0_open_raw(&back), "back");
    } else {
        check(nng_rep0_open_raw(&front), "front");
        check(nng_req0_open_raw(&back), "back");
    }
    if (nng_socket_set_int(front, NNG_OPT_MAXTTL, ttl) != 0) {
        printf("refused %d\n", ttl);
        return 0;
    }
    check(nng_dial(front, argv[2], NULL, 0), argv[2]);
    check(nng_dial(back, argv[3], NULL, 0), argv[3]);
    puts("joined");
    fflush(stdout);
    check(nng_device(front, back), "nng_device");
    return 0;
}
