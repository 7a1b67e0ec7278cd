//! The buffers that C holds and hands back: messages without a copy. Each is known by its address,
//! so one that is not ours, or not any more, is told from the others without a look at it. A child
//! has those of its parent. Obeys `rfc/sp-capi.md` section 3.

use std::alloc::{Layout, alloc_zeroed};
use std::collections::BTreeMap;
use std::iter;

use parking_lot::{Mutex, MutexGuard};
use speedwell::Bytes;

use crate::errno::Errno;
use crate::places::Places;

/// The least memory of a buffer: what the system gives for so much is aligned for any value.
const CAPACITY_MIN: usize = 16;

/// The buffers that C holds now, each in a place with a lock of its own. Only a call that has that
/// very buffer in hand has its place locked: so a child, whoever of its parent's threads was where,
/// finds all that no call had.
pub(crate) struct Buffers {
    places: Places<Place>,
    /// Those of the process that forked this one.
    parent: Option<&'static Self>,
    held: Mutex<Held>,
}

type Place = Mutex<Option<Buffer>>;

struct Held {
    /// Where the buffers are, by their addresses.
    by_address: BTreeMap<usize, &'static Place>,
    /// Empty ones.
    free: Vec<&'static Place>,
    made: usize,
    /// Those of the parent, and of its parents, were found.
    is_complete: bool,
}

/// Memory of C's; we look at it only when C has given it back.
#[derive(Debug)]
pub(crate) struct Buffer {
    memory: Bytes,
    /// The part of the memory that is in use.
    len: usize,
}

impl Buffer {
    /// Zeroed memory.
    pub(crate) fn new(len: usize) -> Result<Self, Errno> {
        Self::with(&[], len)
    }

    /// A buffer with these octets.
    pub(crate) fn copy(octets: &[u8]) -> Result<Self, Errno> {
        Self::with(octets, octets.len())
    }

    /// A buffer that begins with these octets; zeroes follow.
    fn with(octets: &[u8], len: usize) -> Result<Self, Errno> {
        let mut memory = zeroed(len)?;
        if let Some(start) = memory.get_mut(..octets.len()) {
            start.copy_from_slice(octets);
        }
        let memory = memory.into();
        Ok(Self { memory, len })
    }

    /// The body of a message: its own memory when nobody else has it, for C may write there, and a
    /// copy otherwise.
    // rfc: sp-capi A-22
    pub(crate) fn of_body(body: Bytes) -> Result<Self, Errno> {
        if body.is_empty() || !body.is_unique() {
            return Self::copy(&body);
        }
        Ok(Self {
            len: body.len(),
            memory: body,
        })
    }

    /// What was to be sent and was not: the same memory, whoever else has it.
    pub(crate) fn returned(body: Bytes) -> Self {
        Self {
            len: body.len(),
            memory: body,
        }
    }

    pub(crate) fn octets(&self) -> &[u8] {
        self.memory.get(..self.len).unwrap_or_default()
    }

    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// The memory as the body of a message.
    pub(crate) fn into_body(self) -> Bytes {
        let Self { mut memory, len } = self;
        memory.truncate(len);
        memory
    }

    fn start(&self) -> *mut u8 {
        self.memory.as_ptr().cast_mut()
    }
}

/// So many zeroes, and at least `CAPACITY_MIN`; the system may have them at hand.
fn zeroed(len: usize) -> Result<Vec<u8>, Errno> {
    let capacity = len.max(CAPACITY_MIN);
    let layout = Layout::array::<u8>(capacity).map_err(|_| Errno::NOMEM)?;
    // SAFETY: the layout has at least `CAPACITY_MIN` octets.
    let start = unsafe { alloc_zeroed(layout) };
    if start.is_null() {
        return Err(Errno::NOMEM);
    }
    // SAFETY: the global allocator gave these octets with the layout of such a vector, and all of
    // them are zero.
    Ok(unsafe { Vec::from_raw_parts(start, capacity, capacity) })
}

impl Buffers {
    pub(crate) const fn new() -> Self {
        Self::with_parent(None)
    }

    /// The buffers of a child, which are its parent's as well: each process has a copy of them.
    pub(crate) const fn after(parent: &'static Self) -> Self {
        Self::with_parent(Some(parent))
    }

    const fn with_parent(parent: Option<&'static Self>) -> Self {
        Self {
            places: Places::new(),
            parent,
            held: Mutex::new(Held {
                by_address: BTreeMap::new(),
                free: Vec::new(),
                made: 0,
                is_complete: parent.is_none(),
            }),
        }
    }

    /// Gives a buffer to C, by its address.
    pub(crate) fn give(&self, buffer: Buffer) -> Result<*mut u8, Errno> {
        let start = buffer.start();
        let mut held = self.lock();
        let place = self.free_place(&mut held)?;
        held.by_address.insert(start.addr(), place);
        *place.lock() = Some(buffer);
        Ok(start)
    }

    /// How long a buffer of C's is.
    pub(crate) fn len_of(&self, address: usize) -> Result<usize, Errno> {
        let held = self.lock();
        let place = held.by_address.get(&address).ok_or(Errno::FAULT)?;
        place.lock().as_ref().map(Buffer::len).ok_or(Errno::FAULT)
    }

    /// Takes a buffer back.
    // rfc: sp-capi A-23
    pub(crate) fn take(&self, address: usize) -> Result<Buffer, Errno> {
        let mut held = self.lock();
        let place = held.by_address.remove(&address).ok_or(Errno::FAULT)?;
        held.free.push(place);
        place.lock().take().ok_or(Errno::FAULT)
    }

    /// Makes a buffer longer, which then is another one, or shorter.
    // rfc: sp-capi A-23
    pub(crate) fn resize(&self, address: usize, len: usize) -> Result<*mut u8, Errno> {
        let mut held = self.lock();
        let place = *held.by_address.get(&address).ok_or(Errno::FAULT)?;
        let mut content = place.lock();
        let buffer = content.as_mut().ok_or(Errno::FAULT)?;
        if len <= buffer.len {
            buffer.len = len;
            return Ok(buffer.start());
        }
        let longer = Buffer::with(buffer.octets(), len)?;
        held.by_address.remove(&address);
        held.by_address.insert(longer.start().addr(), place);
        Ok(content.insert(longer).start())
    }

    fn free_place(&self, held: &mut Held) -> Result<&'static Place, Errno> {
        if let Some(place) = held.free.pop() {
            return Ok(place);
        }
        let place = self.places.make(held.made).ok_or(Errno::NOMEM)?;
        held.made += 1;
        Ok(place)
    }

    /// What this process holds, and has inherited.
    fn lock(&self) -> MutexGuard<'_, Held> {
        let mut held = self.held.lock();
        if !held.is_complete {
            self.inherit(&mut held);
        }
        held
    }

    /// Finds the buffers of all ancestors. What is locked there stays so: the thread that had it is
    /// not here, and the buffer is nobody's.
    // rfc: sp-capi A-26
    fn inherit(&self, held: &mut Held) {
        held.is_complete = true;
        let ancestors = iter::successors(self.parent, |ancestor| ancestor.parent);
        for place in ancestors.flat_map(|ancestor| ancestor.places.iter()) {
            match place.try_lock().as_deref() {
                Some(Some(buffer)) => {
                    held.by_address.insert(buffer.start().addr(), place);
                }
                Some(None) => held.free.push(place),
                None => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_buffer_is_zeroed_aligned_and_known_until_it_is_taken() {
        let buffers = Buffers::new();
        for len in [0, 1, 15, 16, 17, 1000, 100_000] {
            let start = buffers.give(Buffer::new(len).unwrap()).unwrap();
            assert_eq!(start.addr() % 16, 0);
            let buffer = buffers.take(start.addr()).unwrap();
            assert_eq!(buffer.octets(), vec![0; len]);
            assert_eq!(buffers.take(start.addr()).err(), Some(Errno::FAULT));
        }
    }

    // rfc: sp-capi A-21
    #[test]
    fn the_body_of_a_message_is_the_memory_of_the_buffer() {
        let buffers = Buffers::new();
        let start = buffers.give(Buffer::new(5000).unwrap()).unwrap();
        let body = buffers.take(start.addr()).unwrap().into_body();
        assert_eq!((body.as_ptr(), body.len()), (start.cast_const(), 5000));
    }

    // rfc: sp-capi A-22
    #[test]
    fn what_others_hold_is_copied_and_what_they_do_not_is_not() {
        let body = Bytes::from(vec![7; 5000]);
        let at = body.as_ptr();
        let other = body.clone();
        let copied = Buffer::of_body(body).unwrap();
        assert_eq!(copied.octets(), &other[..]);
        assert_ne!(copied.memory.as_ptr(), at);
        drop(copied);
        assert_eq!(Buffer::of_body(other).unwrap().memory.as_ptr(), at);
    }

    // rfc: sp-capi A-23
    #[test]
    fn a_buffer_shrinks_in_place_and_grows_elsewhere() {
        let buffers = Buffers::new();
        let start = buffers.give(Buffer::copy(b"one two").unwrap()).unwrap();
        assert_eq!(buffers.resize(start.addr(), 3), Ok(start));
        let longer = buffers.resize(start.addr(), 5).unwrap();
        assert_ne!(longer, start);
        assert_eq!(buffers.resize(start.addr(), 1), Err(Errno::FAULT));
        assert_eq!(buffers.take(longer.addr()).unwrap().octets(), b"one\0\0");
        assert_eq!(Buffer::new(usize::MAX - 1).err(), Some(Errno::NOMEM));
    }

    // rfc: sp-capi A-26
    #[test]
    fn a_child_has_the_buffers_of_all_its_parents_but_those_a_call_had() {
        let of = |octets: &[u8]| Buffer::copy(octets).unwrap();
        let parents: &'static Buffers = Box::leak(Box::new(Buffers::new()));
        let [one, other, amid] = [b"one", b"two", b"six"].map(|it| parents.give(of(it)).unwrap());
        let other = parents.resize(other.addr(), 100).unwrap();
        let held = parents.held.lock();
        let _a_call_has_it = held.by_address[&amid.addr()].lock();
        let child: &'static Buffers = Box::leak(Box::new(Buffers::after(parents)));
        assert_eq!(child.take(one.addr()).unwrap().octets(), b"one");
        assert_eq!(child.take(one.addr()).err(), Some(Errno::FAULT));
        assert_eq!(child.take(amid.addr()).err(), Some(Errno::FAULT));
        let own = child.give(of(b"own")).unwrap();
        let _amid_another = child.held.lock();
        let grandchild = Buffers::after(child);
        assert_eq!(grandchild.len_of(other.addr()), Ok(100));
        assert_eq!(grandchild.take(one.addr()).err(), Some(Errno::FAULT));
        assert_eq!(grandchild.take(own.addr()).unwrap().octets(), b"own");
        drop(held);
    }
}
