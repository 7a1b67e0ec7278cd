//! PUSH and PULL: work handed to one of many
