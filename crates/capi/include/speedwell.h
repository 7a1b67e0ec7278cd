/*
 * Speedwell: what it has for C beyond nanomsg. Each call gives -1 and leaves a number in errno
 * when it fails. What each promises is in rfc/sp-capi.md section 8.
 *
 * Copyright: the Speedwell authors. Licence: MIT.
 */
#ifndef SPEEDWELL_H
#define SPEEDWELL_H

#include "nanomsg/nn.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Left in errno by nn_ and sw_ calls alike, in a process that fork made, for what its parent had
 * opened: only the parent can use that. A child opens sockets of its own. Buffers of nn_allocmsg
 * and nn_recv are the child's as well, each process having its own copy.
 */
#define SW_EFORKED (NN_HAUSNUMERO + 128)

/*
 * Contexts: several exchanges at a time on one socket of REQ, REP, SURVEYOR, RESPONDENT or SUB,
 * as one for each thread of a server. A context is a number of its own kind. It begins with the
 * time-outs of its socket, and has the options NN_SNDTIMEO, NN_RCVTIMEO, NN_REQ_RESEND_IVL,
 * NN_SURVEYOR_DEADLINE, NN_SUB_SUBSCRIBE and NN_SUB_UNSUBSCRIBE. When its socket is closed, its
 * calls give EBADF; it has to be closed nevertheless.
 */
NN_EXPORT int sw_context(int s);
NN_EXPORT int sw_context_close(int c);
NN_EXPORT int sw_context_setopt(int c, int level, int option, const void *optval,
                                size_t optvallen);
NN_EXPORT int sw_context_send(int c, const void *buf, size_t len, int flags);
/* NN_MSG as the length gives a buffer, as with nn_recv. */
NN_EXPORT int sw_context_recv(int c, void *buf, size_t len, int flags);

/*
 * The address of an endpoint, as nn_bind or nn_connect numbered it: with the port that port 0
 * became. Gives its length; the buffer has as much as there is room for, and a NUL.
 */
NN_EXPORT int sw_address(int s, int endpoint, char *buf, size_t len);

/*
 * Closes a socket when everything has come to its end, within so many milliseconds (below 0:
 * however long it takes). Others may receive meanwhile. ETIMEDOUT says that something was given
 * up; EINTR that a signal was handled: the draining goes on, within the time it was first given,
 * and whoever calls again, or nn_close, waits for its end. The number stays until nn_close.
 */
NN_EXPORT int sw_drain(int s, int timeout);

/* What happened: to an endpoint, to a pipe, which is one connection, or to the row of events. */
#define SW_LISTENING 1
#define SW_DIAL_FAILED 2
#define SW_ACCEPT_FAILED 3
#define SW_OVER_LIMIT 4
#define SW_BACKS_OFF 5
#define SW_CLOSED 6
#define SW_PIPE_OFFERED 11
#define SW_PIPE_ADDED 12
#define SW_PIPE_REFUSED 13
#define SW_PIPE_REMOVED 14
#define SW_MISSED 21
#define SW_OTHER 22

struct sw_event {
    int kind;
    int endpoint;   /* as nn_bind or nn_connect numbered it; 0 of none */
    uint32_t pipe;  /* a number of the connection; 0 of none */
    int error;      /* why, as errno; of a pipe that was removed 0 if its peer closed it */
    uint64_t count; /* milliseconds of SW_BACKS_OFF, events of SW_MISSED */
    char peer[128]; /* the address of a pipe's peer, if known */
};

/*
 * sw_watch asks for the events of a socket from then on; sw_next_event waits for the next, for at
 * most so many milliseconds (0: not at all, EAGAIN; below 0: for ever).
 */
NN_EXPORT int sw_watch(int s);
NN_EXPORT int sw_next_event(int s, struct sw_event *event, int timeout);

#ifdef __cplusplus
}
#endif

#endif
