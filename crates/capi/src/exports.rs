//! What C can call: the 23 functions of nanomsg, and ours. Each looks at the caller's memory, and
//! leaves the rest to the other modules. Obeys `rfc/sp-capi.md` section 2.

mod additions;
mod buffers;
mod messages;
mod names;
mod options;
mod sockets;
