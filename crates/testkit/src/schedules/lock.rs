//! A mutual exclusion with the methods of `parking_lot`'s, of which taking and letting go are steps
//! of the schedule. Knows no poison.

use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::PoisonError;

use shuttle::sync as shuttled;

/// Stands in for `parking_lot::Mutex`.
#[derive(Default)]
pub struct Mutex<T>(shuttled::Mutex<T>);

/// The lock, held. `None` only while it is unlocked for a while.
pub struct MutexGuard<'a, T> {
    lock: &'a Mutex<T>,
    inner: Option<shuttled::MutexGuard<'a, T>>,
}

impl<T> Mutex<T> {
    /// Guards a value.
    pub const fn new(value: T) -> Self {
        Self(shuttled::Mutex::new(value))
    }

    /// Waits for the lock.
    pub fn lock(&self) -> MutexGuard<'_, T> {
        MutexGuard {
            lock: self,
            inner: Some(self.take()),
        }
    }

    /// The lock, if nobody has it.
    pub fn try_lock(&self) -> Option<MutexGuard<'_, T>> {
        let inner = Some(self.0.try_lock().ok()?);
        Some(MutexGuard { lock: self, inner })
    }

    fn take(&self) -> shuttled::MutexGuard<'_, T> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> MutexGuard<'_, T> {
    /// Lets the lock go while something runs.
    pub fn unlocked<R>(this: &mut Self, run: impl FnOnce() -> R) -> R {
        drop(this.inner.take());
        let result = run();
        this.inner = Some(this.lock.take());
        result
    }
}

impl<T> Deref for MutexGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.inner.as_ref().expect("it is locked")
    }
}

impl<T> DerefMut for MutexGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        self.inner.as_mut().expect("it is locked")
    }
}

impl<T> fmt::Debug for Mutex<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Mutex")
    }
}

impl<T> fmt::Debug for MutexGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MutexGuard")
    }
}
