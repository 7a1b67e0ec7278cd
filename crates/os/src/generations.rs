//! How often each descriptor number has come to mean something of ours: what the system's table of
//! descriptors, which is the whole process's, does not say. Closes and opens nothing. See
//! `rfc/sp-waiting.md` section 7.

use std::os::fd::RawFd;
use std::ptr;
use std::sync::atomic::{AtomicPtr, AtomicU32, Ordering};

/// Numbers on a page, and pages: as many numbers as a process may have unless its system was told
/// otherwise. Those beyond are not told from each other.
const PAGE: usize = 1024;
const PAGES: usize = 1024;

type Page = [AtomicU32; PAGE];

/// Pages are made when one of their numbers is used first, and never given back.
static TABLE: [AtomicPtr<Page>; PAGES] = [const { AtomicPtr::new(ptr::null_mut()) }; PAGES];

/// Where the numbers beyond the last page have their generation: always the same.
static BEYOND: AtomicU32 = AtomicU32::new(0);

/// The generation of a number.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Generation {
    latest: &'static AtomicU32,
    own: u32,
}

impl Generation {
    /// That of something that has the number from now on.
    pub(crate) fn begin(number: RawFd) -> Self {
        let latest = place(number);
        let own = if ptr::eq(latest, &raw const BEYOND) {
            0
        } else {
            latest.fetch_add(1, Ordering::Relaxed).wrapping_add(1)
        };
        Self { latest, own }
    }

    /// That of what has the number now.
    pub(crate) fn now(number: RawFd) -> Self {
        let latest = place(number);
        let own = latest.load(Ordering::Relaxed);
        Self { latest, own }
    }

    /// Whether nothing else has begun with the number since.
    #[inline]
    pub(crate) fn is_latest(self) -> bool {
        self.latest.load(Ordering::Relaxed) == self.own
    }
}

impl PartialEq for Generation {
    fn eq(&self, other: &Self) -> bool {
        ptr::eq(self.latest, other.latest) && self.own == other.own
    }
}

fn place(number: RawFd) -> &'static AtomicU32 {
    let number = usize::try_from(number).unwrap_or(usize::MAX);
    let Some(page) = TABLE.get(number / PAGE) else {
        return &BEYOND;
    };
    page_at(page).get(number % PAGE).unwrap_or(&BEYOND)
}

fn page_at(place: &AtomicPtr<Page>) -> &'static Page {
    let page = place.load(Ordering::Acquire);
    // SAFETY: the pointer is null or was leaked below, fully written before it was published.
    if let Some(page) = unsafe { page.as_ref() } {
        return page;
    }
    let made = Box::into_raw(Box::new([const { AtomicU32::new(0) }; PAGE]));
    let swapped =
        place.compare_exchange(ptr::null_mut(), made, Ordering::AcqRel, Ordering::Acquire);
    match swapped {
        // SAFETY: it was leaked just now, and nobody ever frees what was published.
        Ok(_) => unsafe { &*made },
        Err(other) => {
            // SAFETY: nobody else has seen it.
            drop(unsafe { Box::from_raw(made) });
            // SAFETY: it was published by another thread, and is never freed.
            unsafe { &*other }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers that no process of tests has.
    const NUMBERS: [RawFd; 3] = [900_000, 900_001, 1_048_575];

    #[test]
    fn a_number_that_is_used_again_is_another_generation() {
        for number in NUMBERS {
            let first = Generation::begin(number);
            assert!(first.is_latest() && first == Generation::now(number));
            let second = Generation::begin(number);
            assert!(second.is_latest() && !first.is_latest());
            assert!(second != first);
        }
    }

    #[test]
    fn numbers_beyond_the_table_are_not_told_from_each_other() {
        for number in [1_048_576, RawFd::MAX, -1] {
            let first = Generation::begin(number);
            assert!(Generation::begin(number).is_latest() && first.is_latest());
        }
    }
}
