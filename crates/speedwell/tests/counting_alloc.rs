//! The allocator that counts, and what it proves: a message in the steady state allocates nothing,
//! what is closed is given back, and a shortage costs one pipe. The one file outside `os` that
//! needs the keyword, since an allocator is unsafe to implement; it only counts and passes on. A
//! program that counts includes this very file, and has the allocator without the proofs.
#![allow(unsafe_code, reason = "an allocator is an unsafe trait")]
#![allow(clippy::unwrap_used, reason = "tests")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::ptr::null_mut;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

#[cfg(test)]
#[path = "counting_alloc/doubles.rs"]
mod doubles;
#[cfg(test)]
#[path = "counting_alloc/leaks.rs"]
mod leaks;
#[cfg(test)]
#[path = "sockets/raw_peer.rs"]
#[allow(dead_code, reason = "other tests say and hear more")]
mod raw_peer;
#[cfg(test)]
#[path = "counting_alloc/shortage.rs"]
mod shortage;
#[cfg(test)]
#[path = "counting_alloc/stage.rs"]
mod stage;
#[cfg(test)]
#[path = "counting_alloc/steady.rs"]
mod steady;
#[cfg(test)]
#[path = "counting_alloc/subscriptions.rs"]
mod subscriptions;
#[cfg(test)]
#[path = "sockets/watch.rs"]
#[allow(dead_code, reason = "other tests take times")]
mod watch;

/// The system's allocator, with counters that all threads share.
struct Counting;

/// Allocations so far, growth in place among them.
static ALLOCATIONS: AtomicU64 = AtomicU64::new(0);
/// Octets asked for so far, and octets given back.
static TAKEN: AtomicU64 = AtomicU64::new(0);
static GIVEN_BACK: AtomicU64 = AtomicU64::new(0);
/// The largest piece of memory that there is.
static LARGEST: AtomicUsize = AtomicUsize::new(usize::MAX);

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn note(taken: usize, given_back: usize) {
    ALLOCATIONS.fetch_add(u64::from(taken > 0), Ordering::Relaxed);
    TAKEN.fetch_add(taken as u64, Ordering::Relaxed);
    GIVEN_BACK.fetch_add(given_back as u64, Ordering::Relaxed);
}

/// True when there is no piece of memory so large.
fn is_short(size: usize) -> bool {
    size > LARGEST.load(Ordering::Relaxed)
}

// SAFETY: every call is refused, which is always allowed and leaves everything as it is, or goes to
// the system's allocator with the same arguments; counting touches no memory of theirs and
// allocates none.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if is_short(layout.size()) {
            return null_mut();
        }
        note(layout.size(), 0);
        // SAFETY: as the caller promises us.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        if is_short(layout.size()) {
            return null_mut();
        }
        note(layout.size(), 0);
        // SAFETY: as the caller promises us.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, place: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        if is_short(size) {
            return null_mut();
        }
        note(size, layout.size());
        // SAFETY: as the caller promises us.
        unsafe { System.realloc(place, layout, size) }
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        note(0, layout.size());
        // SAFETY: as the caller promises us.
        unsafe { System.dealloc(place, layout) }
    }
}

/// Allocations of all threads so far.
pub(crate) fn allocations() -> u64 {
    ALLOCATIONS.load(Ordering::SeqCst)
}

/// Octets that all threads hold now.
#[allow(dead_code, reason = "a program that counts may count allocations only")]
pub(crate) fn live_octets() -> u64 {
    TAKEN
        .load(Ordering::SeqCst)
        .saturating_sub(GIVEN_BACK.load(Ordering::SeqCst))
}

/// From now on no piece of memory is larger than so many octets.
#[cfg(test)]
fn limit_to(octets: usize) {
    LARGEST.store(octets, Ordering::SeqCst);
}
