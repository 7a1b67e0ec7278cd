//! The sockets that a thread used last, so that finding one again takes no lock. It keeps none of
//! them open. Obeys `rfc/sp-capi.md` section 1.

use std::cell::Cell;
use std::ffi::c_int;
use std::sync::{Arc, Weak};

use crate::errno::Errno;
use crate::handle::Handle;

/// How many a thread remembers; neighbouring numbers have different places.
const PLACES: usize = 4;

/// A socket by its number.
type Known = (c_int, Weak<Handle>);

thread_local! {
    static RECENT: [Cell<Option<Known>>; PLACES] =
        const { [const { Cell::new(None) }; PLACES] };
}

/// A socket by its number, as the thread remembers it or as `find` finds it.
// rfc: sp-capi A-01 A-05
#[inline]
pub(crate) fn socket(
    number: c_int,
    find: impl FnOnce() -> Result<Arc<Handle>, Errno>,
) -> Result<Arc<Handle>, Errno> {
    if let Some(handle) = with_place(number, |place| recall(place, number)).flatten() {
        return Ok(handle);
    }
    let handle = find()?;
    with_place(number, |place| {
        place.set(Some((number, Arc::downgrade(&handle))))
    });
    Ok(handle)
}

/// The place of a number; none in a thread that is at its end.
#[inline]
fn with_place<R>(number: c_int, run: impl FnOnce(&Cell<Option<Known>>) -> R) -> Option<R> {
    let at = number.cast_unsigned() as usize % PLACES;
    RECENT
        .try_with(|places| places.get(at).map(run))
        .ok()
        .flatten()
}

/// What is remembered at a place, if it is that and is not closed.
#[inline]
fn recall(place: &Cell<Option<Known>>, number: c_int) -> Option<Arc<Handle>> {
    let (known, handle) = place.take()?;
    if known != number {
        // Not so for long: the other one takes its place, unless it is nobody's number.
        place.set(Some((known, handle)));
        return None;
    }
    // A number of a socket that somebody still uses, but that was closed, is nobody's; one that the
    // parent process opened is not for this one.
    let found = handle.upgrade().filter(|handle| handle.is_open())?;
    place.set(Some((known, handle)));
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nobody() -> Result<Arc<Handle>, Errno> {
        Err(Errno::BADF)
    }

    // rfc: sp-capi A-05
    #[test]
    fn what_was_found_is_remembered_until_it_is_closed_and_not_kept() {
        let handle = Arc::new(Handle::open(1, 16).unwrap());
        let found = socket(0, || Ok(handle.clone())).unwrap();
        let again = socket(0, nobody).unwrap();
        assert!(Arc::ptr_eq(&found, &again));
        assert_eq!(socket(4, nobody).err(), Some(Errno::BADF), "its neighbour");
        drop((found, again));
        assert_eq!(Arc::strong_count(&handle), 1, "it keeps none open");
        handle.close();
        assert_eq!(socket(0, nobody).err(), Some(Errno::BADF));
    }

    // rfc: sp-capi A-01
    #[test]
    fn another_number_in_the_same_place_is_another_socket() {
        let [one, other] = [16, 48].map(|id| Arc::new(Handle::open(1, id).unwrap()));
        for _ in 0..2 {
            let found = socket(3, || Ok(one.clone())).unwrap();
            assert!(Arc::ptr_eq(&found, &one));
            let found = socket(3 + (1 << 20), || Ok(other.clone())).unwrap();
            assert!(Arc::ptr_eq(&found, &other));
        }
        assert_eq!(socket(-1, nobody).err(), Some(Errno::BADF));
    }
}
