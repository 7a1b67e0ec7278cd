//! The buffers that C holds and hands back: messages without a copy. Each is known by its address,
//! so one that is not ours, or not any more, is told from the others without a look at it. Obeys
//! `rfc/sp-capi.md` section 3.

use std::alloc::{Layout, alloc_zeroed};
use std::collections::BTreeMap;

use parking_lot::Mutex;
use speedwell::Bytes;

use crate::errno::Errno;

/// The least memory of a buffer: what the system gives for so much is aligned for any value.
const CAPACITY_MIN: usize = 16;

/// The buffers that C holds now, by address.
pub(crate) struct Buffers {
    held: Mutex<BTreeMap<usize, Buffer>>,
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

    fn address(&self) -> usize {
        self.memory.as_ptr().addr()
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
        Self {
            held: Mutex::new(BTreeMap::new()),
        }
    }

    /// Gives a buffer to C, by its address.
    pub(crate) fn give(&self, buffer: Buffer) -> *mut u8 {
        let start = buffer.memory.as_ptr().cast_mut();
        self.held.lock().insert(buffer.address(), buffer);
        start
    }

    /// How long a buffer of C's is.
    pub(crate) fn len_of(&self, address: usize) -> Result<usize, Errno> {
        let held = self.held.lock();
        held.get(&address).map(Buffer::len).ok_or(Errno::FAULT)
    }

    /// Takes a buffer back.
    // rfc: sp-capi A-23
    pub(crate) fn take(&self, address: usize) -> Result<Buffer, Errno> {
        self.held.lock().remove(&address).ok_or(Errno::FAULT)
    }

    /// Makes a buffer longer, which then is another one, or shorter.
    // rfc: sp-capi A-23
    pub(crate) fn resize(&self, address: usize, len: usize) -> Result<*mut u8, Errno> {
        let mut held = self.held.lock();
        let buffer = held.get_mut(&address).ok_or(Errno::FAULT)?;
        if len <= buffer.len {
            buffer.len = len;
            return Ok(buffer.memory.as_ptr().cast_mut());
        }
        let longer = Buffer::with(buffer.octets(), len)?;
        let start = longer.memory.as_ptr().cast_mut();
        held.remove(&address);
        held.insert(longer.address(), longer);
        Ok(start)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_buffer_is_zeroed_aligned_and_known_until_it_is_taken() {
        let buffers = Buffers::new();
        for len in [0, 1, 15, 16, 17, 1000, 100_000] {
            let start = buffers.give(Buffer::new(len).unwrap());
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
        let start = buffers.give(Buffer::new(5000).unwrap());
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
        let start = buffers.give(Buffer::copy(b"one two").unwrap());
        assert_eq!(buffers.resize(start.addr(), 3), Ok(start));
        let longer = buffers.resize(start.addr(), 5).unwrap();
        assert_ne!(longer, start);
        assert_eq!(buffers.resize(start.addr(), 1), Err(Errno::FAULT));
        assert_eq!(buffers.take(longer.addr()).unwrap().octets(), b"one\0\0");
        assert_eq!(Buffer::new(usize::MAX - 1).err(), Some(Errno::NOMEM));
    }
}
