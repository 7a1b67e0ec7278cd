/* Speedwell: messages within a host. Licence: MIT. */
#ifndef SPEEDWELL_NANOMSG_IPC_H
#define SPEEDWELL_NANOMSG_IPC_H

#include "nn.h"

#define NN_IPC -2

/* Options of the level NN_IPC, which mean something on Windows. */
#define NN_IPC_SEC_ATTR 1
#define NN_IPC_OUTBUFSZ 2
#define NN_IPC_INBUFSZ 3

#endif
