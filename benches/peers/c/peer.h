/* What a library has to do to be measured: open a socket, send, receive. See bench.c. */
#ifndef PEER_H
#define PEER_H

#include <stdbool.h>
#include <stddef.h>

enum pattern { PUSH, PULL, PAIR, REQ, REP };

struct setup {
    enum pattern pattern;
    bool binds;          /* else connects */
    const char *address; /* tcp://127.0.0.1:PORT, ipc://PATH or inproc://NAME */
    size_t size;         /* octets of every message */
    bool tuned;          /* options chosen for this load, in place of the defaults */
};

/* Opens a socket; ends the program when that fails. */
void *peer_open(const struct setup *setup);

/* Sends `size` octets, waiting while there is no room. */
void peer_send(void *socket, const void *body, size_t size);

/* Receives one message into `body` and says how long it is. Where the library hands out memory of
   its own, it is enough to have looked at the first octets: `body` gets at most 8 of them. */
size_t peer_recv(void *socket, void *body, size_t size);

/* The library and its version, as it says itself. */
const char *peer_name(void);

/* Ends the program well, saying which pattern or transport there is not. */
void peer_lacks(const char *what);

/* Ends the program, saying what failed and why. */
void peer_fail(const char *what, const char *why);

#endif
