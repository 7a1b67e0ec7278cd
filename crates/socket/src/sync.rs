//! What the driver takes of the standard library and the system that decides when something
//! happens, in one place, so that a model checker can take its own: locks, threads, the clock, the
//! sleep of the reactor. Has no logic. Lock order: pipe receive, socket state, reactor.
//! See `rfc/0001-contracts.md`.

#[cfg(shuttle)]
mod shuttled;
#[cfg(not(shuttle))]
mod usual;

#[cfg(shuttle)]
pub(crate) use shuttled::*;
#[cfg(not(shuttle))]
pub(crate) use usual::*;
