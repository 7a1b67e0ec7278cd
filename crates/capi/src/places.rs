//! Places that are made a part at a time and never taken away: whoever knows of them finds each
//! without a lock, so the child of a process can look at those of its parent, at whatever moment
//! it was made. Knows nothing of what they hold. Obeys `rfc/sp-capi.md` section 1.

use std::sync::OnceLock;

/// Places of the first part; each further one has twice as many as the one before.
const FIRST: usize = 64;
/// Parts that there may be: room for whatever has a number.
const PARTS: usize = 26;

/// Places, which live as long as the process.
#[derive(Debug)]
pub(crate) struct Places<T: 'static> {
    parts: [OnceLock<&'static [T]>; PARTS],
}

impl<T: Default> Places<T> {
    pub(crate) const fn new() -> Self {
        Self {
            parts: [const { OnceLock::new() }; PARTS],
        }
    }

    /// A place, which is made if it is not there. Only for the process that these are of: it may
    /// wait for a thread that makes it. None when there is no room for so many.
    pub(crate) fn make(&self, index: usize) -> Option<&'static T> {
        let (part, offset) = position(index)?;
        let made = self.parts.get(part)?.get_or_init(|| {
            let places = (0..FIRST << part).map(|_| T::default());
            Box::leak(places.collect())
        });
        made.get(offset)
    }
}

impl<T> Places<T> {
    /// All that were made. Waits for nobody.
    // rfc: sp-capi A-19
    pub(crate) fn iter(&self) -> impl Iterator<Item = &'static T> {
        let made = self.parts.iter().map_while(OnceLock::get);
        made.flat_map(|part| part.iter())
    }
}

/// The part that a place is in, and where.
fn position(index: usize) -> Option<(usize, usize)> {
    let part = (index / FIRST).checked_add(1)?.ilog2();
    let before = FIRST * ((1 << part) - 1);
    Some((usize::try_from(part).ok()?, index - before))
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[test]
    fn each_index_has_a_place_of_its_own_which_is_found_in_that_order() {
        let places: Places<AtomicUsize> = Places::new();
        assert_eq!(places.iter().count(), 0);
        for index in 0..1000 {
            places.make(index).unwrap().store(index, Ordering::Relaxed);
        }
        let found: Vec<_> = places
            .iter()
            .map(|place| place.load(Ordering::Relaxed))
            .collect();
        assert_eq!(found[..1000], (0..1000).collect::<Vec<_>>());
        assert!(found.len() < 2 * 1000);
        assert!(places.make(usize::MAX).is_none());
    }
}
