/* Speedwell: BUS, each to all others. Licence: MIT. */
#ifndef SPEEDWELL_NANOMSG_BUS_H
#define SPEEDWELL_NANOMSG_BUS_H

#include "nn.h"

#define NN_PROTO_BUS 7
#define NN_BUS (NN_PROTO_BUS * 16 + 0)

#endif
