/* Speedwell: PUB and SUB, news to all who subscribed. Licence: MIT. */
#ifndef SPEEDWELL_NANOMSG_PUBSUB_H
#define SPEEDWELL_NANOMSG_PUBSUB_H

#include "nn.h"

#define NN_PROTO_PUBSUB 2
#define NN_PUB (NN_PROTO_PUBSUB * 16 + 0)
#define NN_SUB (NN_PROTO_PUBSUB * 16 + 1)

/* Options of the level NN_SUB. */
#define NN_SUB_SUBSCRIBE 1
#define NN_SUB_UNSUBSCRIBE 2

#endif
