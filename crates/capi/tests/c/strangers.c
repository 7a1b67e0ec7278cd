/* Fault 68: the program closes descriptors that are the library's, and has files of its own in their
 * place. A thread that waits hears of what comes all the same, and the files stay as they are. */
#include "check.h"

#include <fcntl.h>
#include <pthread.h>
#include <sys/socket.h>
#include <sys/stat.h>

#define NUMBERS 256

static int was_open[NUMBERS], found[2], answer, stage, device_one, device_other;
/* What the stranger has, and its other end, if it has one. */
static int stranger, others_end;

enum kind { A_FILE, A_SOCKET, A_PIPE, KINDS };

static int is_open(int number)
{
    return fcntl(number, F_GETFD) != -1;
}

static void remember(void)
{
    int number;
    for (number = 0; number < NUMBERS; ++number)
        was_open[number] = is_open(number);
}

/* What is open since then: what a thread waits on, both ends. */
static int find_new(void)
{
    long long until = now_ms() + 10000;
    int number, count = 0;
    while (count < 2 && now_ms() < until)
        for (number = count = 0; number < NUMBERS; ++number)
            if (!was_open[number] && is_open(number) && count < 2)
                found[count++] = number;
    return count;
}

static void *receives(void *given)
{
    char text[8] = "";
    int len = nn_recv(*(int *)given, text, sizeof(text), 0);
    answer = len == 1 ? text[0] : -nn_errno();
    return NULL;
}

static void reach(int stage_)
{
    __atomic_store_n(&stage, stage_, __ATOMIC_SEQ_CST);
}

static void wait_until(int stage_)
{
    while (__atomic_load_n(&stage, __ATOMIC_SEQ_CST) != stage_)
        usleep(1000);
}

static void *receives_twice(void *given)
{
    receives(given);
    reach(1);
    wait_until(2);
    return receives(given);
}

static void *is_a_device(void *unused)
{
    answer = nn_device(device_one, device_other);
    if (answer < 0)
        answer = -nn_errno();
    return unused;
}

/* A file, which is always ready, one end of a pair with something to be read, or one that is never
 * ready. */
static void open_stranger(enum kind kind)
{
    int pair[2] = {-1, -1};
    char name[] = "strangerXXXXXX";
    if (kind == A_FILE)
        pair[0] = mkstemp(name);
    else if (kind == A_SOCKET)
        IS("set-up", socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    else
        IS("set-up", pipe(pair), 0);
    if (kind != A_PIPE)
        IS("set-up", write(pair[kind == A_SOCKET], "file", 4), 4);
    if (kind == A_FILE)
        IS("set-up", lseek(pair[0], 0, SEEK_SET), 0);
    stranger = pair[0];
    others_end = pair[1];
}

/* The library's numbers mean something else from now on. */
static void take_over(void)
{
    int i;
    for (i = 0; i < 2; ++i)
        IS("set-up", dup2(stranger, found[i]), found[i]);
}

/* Nobody read there, nobody wrote, and nobody closed it. */
static void are_untouched(const char *row, enum kind kind)
{
    char text[16];
    struct stat stat;
    int i;
    for (i = 0; i < 2; ++i)
        IS(row, is_open(found[i]), 1);
    if (kind == A_FILE) {
        IS(row, fstat(found[0], &stat), 0);
        IS(row, stat.st_size, 4);
        IS(row, lseek(found[0], 0, SEEK_CUR), 0);
    } else if (kind == A_SOCKET) {
        IS(row, recv(found[0], text, sizeof(text), MSG_DONTWAIT), 4);
        IS(row, recv(others_end, text, sizeof(text), MSG_DONTWAIT), -1);
    } else {
        IS(row, write(others_end, "x", 1), 1);
        IS(row, read(found[0], text, sizeof(text)), 1);
    }
    for (i = 0; i < 2; ++i)
        IS(row, close(found[i]), 0);
    IS(row, close(stranger), 0);
    if (others_end >= 0)
        IS(row, close(others_end), 0);
}

/* While a thread waits. */
static void amid_a_call(enum kind kind, int one, int other)
{
    pthread_t thread;
    long long start;
    open_stranger(kind);
    remember();
    pthread_create(&thread, NULL, receives, &one);
    IS("it waits", find_new(), 2);
    take_over();
    start = now_ms();
    IS("set-up", nn_send(other, "a", 1, 0), 1);
    pthread_join(thread, NULL);
    printf("amid a call, kind %d: after %lld ms\n", (int)kind, now_ms() - start);
    IS("amid a call", answer, 'a');
    are_untouched("amid a call", kind);
}

/* When a thread has waited, and before it does so again. */
static void between_calls(enum kind kind, int one, int other)
{
    pthread_t thread;
    long long start;
    reach(0);
    open_stranger(kind);
    remember();
    pthread_create(&thread, NULL, receives_twice, &one);
    IS("it waits", find_new(), 2);
    IS("set-up", nn_send(other, "b", 1, 0), 1);
    wait_until(1);
    take_over();
    reach(2);
    /* It may wait by then, or not: it hears of it either way. */
    usleep(20000);
    start = now_ms();
    IS("set-up", nn_send(other, "c", 1, 0), 1);
    pthread_join(thread, NULL);
    printf("between calls, kind %d: after %lld ms\n", (int)kind, now_ms() - start);
    IS("between calls", answer, 'c');
    are_untouched("between calls", kind);
}

/* A device goes on, and ends with its socket. */
static void a_device(enum kind kind)
{
    pthread_t thread;
    char text[8];
    int one = nn_socket(AF_SP, NN_PAIR), other = nn_socket(AF_SP, NN_PAIR);
    device_one = nn_socket(AF_SP_RAW, NN_PAIR);
    device_other = nn_socket(AF_SP_RAW, NN_PAIR);
    join(device_one, one, "inproc://a device");
    join(device_other, other, "inproc://its other side");
    open_stranger(kind);
    remember();
    pthread_create(&thread, NULL, is_a_device, NULL);
    IS("it waits", find_new(), 2);
    take_over();
    IS("set-up", nn_send(one, "d", 1, 0), 1);
    IS("it goes on", nn_recv(other, text, sizeof(text), 0), 1);
    IS("it ends", nn_close(device_one), 0);
    pthread_join(thread, NULL);
    IS("it ends", answer, -EBADF);
    are_untouched("a device", kind);
    nn_close(device_other);
    nn_close(one);
    nn_close(other);
}

int main(int argc, char **argv)
{
    int kind, one, other;
    begin(argc, argv);
    one = nn_socket(AF_SP, NN_PAIR);
    other = nn_socket(AF_SP, NN_PAIR);
    join(one, other, "inproc://strangers");
    IS("set-up", set_int(one, NN_SOL_SOCKET, NN_RCVTIMEO, 30000), 0);
    for (kind = 0; kind < KINDS; ++kind) {
        amid_a_call((enum kind)kind, one, other);
        between_calls((enum kind)kind, one, other);
        a_device((enum kind)kind);
    }
    nn_close(one);
    nn_close(other);
    return finish();
}
