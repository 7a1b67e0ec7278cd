//! The synchronisation primitives that this crate is built on, in one place, so that a checker of
//! interleavings can stand in for them. Adds nothing of its own. See `rfc/sp-inproc.md` section 6.

pub(crate) use std::sync::{Arc, OnceLock};

#[cfg(not(shuttle))]
pub(crate) use parking_lot::{Mutex, MutexGuard};
#[cfg(not(shuttle))]
pub(crate) use std::sync::atomic::{AtomicBool, Ordering, fence};
#[cfg(not(shuttle))]
pub(crate) use std::thread::yield_now;

#[cfg(shuttle)]
pub(crate) use speedwell_testkit::schedules::atomic::{AtomicBool, Ordering, fence};
#[cfg(shuttle)]
pub(crate) use speedwell_testkit::schedules::thread::yield_now;
#[cfg(shuttle)]
pub(crate) use speedwell_testkit::schedules::{Mutex, MutexGuard};
