/* Speedwell: messages over WebSocket. Licence: MIT. */
#ifndef SPEEDWELL_NANOMSG_WS_H
#define SPEEDWELL_NANOMSG_WS_H

#include "nn.h"

#define NN_WS -4

/* Options of the level NN_WS. */
#define NN_WS_MSG_TYPE 1
#define NN_WS_MSG_TYPE_TEXT 0x01
#define NN_WS_MSG_TYPE_BINARY 0x02

#endif
