//! The synchronisation primitives of this crate, in one place, so that a model checker can take
//! theirs. Has no logic. Lock order: pipe receive, socket state, reactor.
//! See `rfc/0001-contracts.md`.

pub(crate) use parking_lot::{Condvar, Mutex, MutexGuard};
pub(crate) use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
