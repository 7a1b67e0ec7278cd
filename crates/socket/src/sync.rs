//! What the driver takes of the standard library and the system that decides when something
//! happens, in one place, so that a model checker can take its own: locks, threads, the clock, the
//! sleep of the reactor. Has no logic. Lock order: pipe receive, socket state, reactor.
//! See `rfc/0001-contracts.md`.

mod usual;

pub(crate) use usual::*;
