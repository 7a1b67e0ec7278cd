//! The synchronisation primitives that this crate is built on, in one place, so that a checker of
//! interleavings can stand in for them. Adds nothing of its own. See `rfc/sp-inproc.md` section 6.

pub(crate) use std::sync::atomic::{AtomicBool, Ordering, fence};
pub(crate) use std::sync::{Arc, OnceLock};
pub(crate) use std::thread::yield_now;

pub(crate) use parking_lot::{Mutex, MutexGuard};
