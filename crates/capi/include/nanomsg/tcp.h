/* Speedwell: messages over TCP. Licence: MIT. */
#ifndef SPEEDWELL_NANOMSG_TCP_H
#define SPEEDWELL_NANOMSG_TCP_H

#include "nn.h"

#define NN_TCP -3

/* Options of the level NN_TCP. */
#define NN_TCP_NODELAY 1

#endif
