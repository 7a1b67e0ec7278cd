//! The real ones. See `rfc/0001-contracts.md`.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::time::{Duration, Instant};

pub(crate) use parking_lot::{Condvar, Mutex, MutexGuard};
pub(crate) use speedwell_os::PollSet;
pub(crate) use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
pub(crate) use std::thread;

/// The one reading of the clock.
#[inline]
pub(crate) fn now() -> Instant {
    Instant::now()
}

/// The longest sleep of a reactor. A stranger that closes descriptors of ours wakes nobody, so the
/// thread looks after them now and then, though nothing else happens.
// rfc: sp-waiting W-63
pub(crate) const SLEEP_MAX: Duration = Duration::from_secs(10);

/// Lets the time pass.
pub(crate) fn rest(time: Duration) {
    thread::sleep(time);
}

/// A seed that the standard library draws from the system.
pub(crate) fn seed() -> u64 {
    // A child process goes on with its parent's seeds, and is not to count as it does.
    let mut hasher = RandomState::new().build_hasher();
    hasher.write_u32(std::process::id());
    hasher.finish()
}
