/* Speedwell: PUSH and PULL, work for whoever is free. Licence: MIT. */
#ifndef SPEEDWELL_NANOMSG_PIPELINE_H
#define SPEEDWELL_NANOMSG_PIPELINE_H

#include "nn.h"

#define NN_PROTO_PIPELINE 5
#define NN_PUSH (NN_PROTO_PIPELINE * 16 + 0)
#define NN_PULL (NN_PROTO_PIPELINE * 16 + 1)

#endif
