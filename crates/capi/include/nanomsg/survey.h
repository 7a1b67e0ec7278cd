/* Speedwell: SURVEYOR and RESPONDENT, a question to all. Licence: MIT. */
#ifndef SPEEDWELL_NANOMSG_SURVEY_H
#define SPEEDWELL_NANOMSG_SURVEY_H

#include "nn.h"

#define NN_PROTO_SURVEY 6
#define NN_SURVEYOR (NN_PROTO_SURVEY * 16 + 2)
#define NN_RESPONDENT (NN_PROTO_SURVEY * 16 + 3)

/* Options of the level NN_SURVEYOR. */
#define NN_SURVEYOR_DEADLINE 1

#endif
