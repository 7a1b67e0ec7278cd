/* Speedwell: REQ and REP, a question to one. Licence: MIT. */
#ifndef SPEEDWELL_NANOMSG_REQREP_H
#define SPEEDWELL_NANOMSG_REQREP_H

#include "nn.h"

#define NN_PROTO_REQREP 3
#define NN_REQ (NN_PROTO_REQREP * 16 + 0)
#define NN_REP (NN_PROTO_REQREP * 16 + 1)

/* Options of the level NN_REQ. */
#define NN_REQ_RESEND_IVL 1

typedef union nn_req_handle {
    int i;
    void *ptr;
} nn_req_handle;

#endif
