/* Speedwell: PAIR, one peer both ways. Licence: MIT. */
#ifndef SPEEDWELL_NANOMSG_PAIR_H
#define SPEEDWELL_NANOMSG_PAIR_H

#include "nn.h"

#define NN_PROTO_PAIR 1
#define NN_PAIR (NN_PROTO_PAIR * 16 + 0)

#endif
