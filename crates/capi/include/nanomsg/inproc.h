/* Speedwell: messages within a process. Licence: MIT. */
#ifndef SPEEDWELL_NANOMSG_INPROC_H
#define SPEEDWELL_NANOMSG_INPROC_H

#include "nn.h"

#define NN_INPROC -1

#endif
