//! How often this process, from its first ancestor on, was copied by `fork`: so that what belongs
//! to a parent is never taken for one's own. Makes nothing anew by itself.
//! See `rfc/sp-waiting.md` section 6.

use std::fmt;
use std::ptr;
use std::sync::atomic::{AtomicPtr, AtomicU32, Ordering};

/// Forks between the first ancestor that asked and this process.
static GENERATION: AtomicU32 = AtomicU32::new(0);

/// Which copy of the process this is. The same number means: no `fork` in between.
///
/// A copy that was made without the system's library, by the bare system call or as `vfork` does,
/// is not noticed; neither is one made before the first [`watch_forks`].
#[inline]
#[must_use]
pub fn generation() -> u32 {
    GENERATION.load(Ordering::Relaxed)
}

/// Has copies counted from now on; to be called again does no harm.
pub fn watch_forks() {
    #[cfg(unix)]
    WATCH.begin();
}

#[cfg(unix)]
static WATCH: Watch = Watch::new();

/// Whether copies are counted. It never waits for another thread, which a child may not have.
#[cfg(unix)]
struct Watch(std::sync::atomic::AtomicBool);

#[cfg(unix)]
impl Watch {
    const fn new() -> Self {
        Self(std::sync::atomic::AtomicBool::new(false))
    }

    /// Two who come at the same time both begin, and each copy then counts for two: it is another
    /// number all the same.
    // rfc: sp-waiting W-51
    fn begin(&self) {
        extern "C" fn in_child() {
            // Only an atomic: the child of a process with threads may do little else.
            GENERATION.fetch_add(1, Ordering::Relaxed);
        }
        if self.0.load(Ordering::Acquire) {
            return;
        }
        // SAFETY: the handler is a function of this program, which stays loaded, and does only
        // what a signal handler may. Registering fails only without memory: then forks go
        // unnoticed, as without this crate.
        let _ = unsafe { libc::pthread_atfork(None, None, Some(in_child)) };
        self.0.store(true, Ordering::Release);
    }
}

/// A value that a process has for itself: in a child the next one who asks makes it anew, and what
/// the parent had stays untouched, locked or not. What was made is never given back. Copies are
/// counted from the first use on.
pub struct PerProcess<T: 'static> {
    latest: AtomicPtr<Made<T>>,
}

struct Made<T> {
    generation: u32,
    value: T,
}

impl<T: Send + Sync> PerProcess<T> {
    /// Nothing made yet.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            latest: AtomicPtr::new(ptr::null_mut()),
        }
    }

    /// The value of this process; `make` is called when there is none, and what it makes is dropped
    /// if another thread was quicker.
    pub fn get(&'static self, make: impl FnOnce() -> T) -> &'static T {
        self.inherit(|_| make())
    }

    /// The same, for a value that is made after that of the latest ancestor who had one: `make`
    /// may read there what needs no lock, and must wait for nobody, who may not be there.
    // rfc: sp-waiting W-51
    pub fn inherit(&'static self, make: impl FnOnce(Option<&'static T>) -> T) -> &'static T {
        // Before it is asked which copy this is: a child that is not counted would take what
        // another thread of its parent is making, and may have locked, for its own.
        // rfc: sp-waiting W-51
        watch_forks();
        let generation = generation();
        let latest = self.latest.load(Ordering::Acquire);
        // SAFETY: the pointer is null or was leaked below, fully written before it was published.
        let before: Option<&'static Made<T>> = unsafe { latest.as_ref() };
        if let Some(made) = before
            && made.generation == generation
        {
            return &made.value;
        }
        let made = Box::into_raw(Box::new(Made {
            generation,
            value: make(before.map(|before| &before.value)),
        }));
        let swapped =
            self.latest
                .compare_exchange(latest, made, Ordering::AcqRel, Ordering::Acquire);
        match swapped {
            // SAFETY: it was leaked just now, and nobody ever frees what was published.
            Ok(_) => unsafe { &(*made).value },
            Err(other) => {
                // SAFETY: nobody else has seen it.
                drop(unsafe { Box::from_raw(made) });
                // SAFETY: what is there instead was published by a thread of this process, since
                // no other runs here: it is of this generation, and never freed.
                unsafe { &(*other).value }
            }
        }
    }
}

impl<T: Send + Sync> Default for PerProcess<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> fmt::Debug for PerProcess<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PerProcess")
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;
    use std::thread;

    use super::*;

    // rfc: sp-waiting W-51
    #[cfg(unix)]
    #[test]
    fn fault_67_a_child_made_while_another_thread_begins_to_watch_waits_for_nobody() {
        for _ in 0..200 {
            let watch = Watch::new();
            let status = thread::scope(|scope| {
                scope.spawn(|| watch.begin());
                // SAFETY: the child does what is tried here, and ends.
                let child = unsafe { libc::fork() };
                assert!(child >= 0, "no process left");
                if child == 0 {
                    // SAFETY: the default of the signal is to end the process, in vain waiting.
                    unsafe { libc::alarm(10) };
                    watch.begin();
                    // SAFETY: ends the child here.
                    unsafe { libc::_exit(0) }
                }
                let mut status = 0;
                // SAFETY: `status` outlives the call, and the child was not waited for yet.
                assert_eq!(unsafe { libc::waitpid(child, &mut status, 0) }, child);
                status
            });
            assert_eq!(
                status, 0,
                "the child waited for a thread that it does not have"
            );
        }
    }

    // rfc: sp-waiting W-51
    #[cfg(unix)]
    #[test]
    fn a_descendant_makes_its_value_after_that_of_the_latest_ancestor_who_had_one() {
        static VALUE: PerProcess<u32> = PerProcess::new();
        let value = || *VALUE.inherit(|parents| parents.map_or(1, |parents| parents + 1));
        assert_eq!(value(), 1);
        let mut status = -1;
        // SAFETY: the child does what is tried here, makes another, and ends.
        let child = unsafe { libc::fork() };
        if child == 0 {
            // The one between them asks for nothing.
            // SAFETY: as above.
            let grandchild = unsafe { libc::fork() };
            let is_right = if grandchild == 0 {
                value() == 2 && value() == 2
            } else {
                // SAFETY: `status` outlives the call, and the child was not waited for yet.
                unsafe { libc::waitpid(grandchild, &mut status, 0) == grandchild && status == 0 }
            };
            // SAFETY: ends this process here.
            unsafe { libc::_exit(i32::from(!is_right)) }
        }
        // SAFETY: as above.
        assert_eq!(unsafe { libc::waitpid(child, &mut status, 0) }, child);
        assert_eq!(status, 0);
        assert_eq!(value(), 1);
    }

    #[test]
    fn a_process_makes_its_value_once_whoever_asks_first() {
        static VALUE: PerProcess<AtomicUsize> = PerProcess::new();
        let asked = || {
            VALUE
                .get(AtomicUsize::default)
                .fetch_add(1, Ordering::Relaxed)
        };
        thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(asked);
            }
        });
        assert_eq!(asked(), 8);
    }
}
