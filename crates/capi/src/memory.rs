//! Memory of the caller, read and written as it says it is. Of a pointer only NULL can be told from
//! a good one, and of a length only that no memory is so long. Obeys `rfc/sp-capi.md` section 2.

use std::ffi::{CStr, c_char, c_void};
use std::ptr;

use crate::errno::Errno;

/// The octets at a place; none need no place.
///
/// # Safety
///
/// Unless NULL, the place has `len` octets that stay as they are for `'a`.
// rfc: sp-capi A-11
pub(crate) unsafe fn octets<'a>(at: *const c_void, len: usize) -> Result<&'a [u8], Errno> {
    if len == 0 {
        return Ok(&[]);
    }
    check(at, len)?;
    // SAFETY: the caller's promise; neither NULL nor longer than memory can be.
    Ok(unsafe { std::slice::from_raw_parts(at.cast(), len) })
}

/// Copies what fits to a place of `len` octets, and says how many that were.
///
/// # Safety
///
/// Unless NULL, the place has room for `len` octets that nobody else uses now.
// rfc: sp-capi A-11
pub(crate) unsafe fn copy_out(from: &[u8], at: *mut c_void, len: usize) -> Result<usize, Errno> {
    let count = from.len().min(len);
    if count > 0 {
        check(at, count)?;
        // SAFETY: `from` has so many octets, and by the caller's promise so has the place.
        unsafe { ptr::copy_nonoverlapping(from.as_ptr(), at.cast(), count) };
    }
    Ok(count)
}

/// What stands at a place.
///
/// # Safety
///
/// Unless NULL, the place holds a `T`, aligned or not.
// rfc: sp-capi A-11
pub(crate) unsafe fn read<T: Copy>(at: *const T) -> Result<T, Errno> {
    check(at.cast(), 0)?;
    // SAFETY: the caller's promise, and not NULL.
    Ok(unsafe { at.read_unaligned() })
}

/// Puts something at a place.
///
/// # Safety
///
/// Unless NULL, the place has room for a `T`, aligned or not.
// rfc: sp-capi A-11
pub(crate) unsafe fn write<T: Copy>(at: *mut T, value: T) -> Result<(), Errno> {
    check(at.cast(), 0)?;
    // SAFETY: the caller's promise, and not NULL.
    unsafe { at.write_unaligned(value) };
    Ok(())
}

/// A text of C, up to its NUL.
///
/// # Safety
///
/// Unless NULL, the place holds a text that stays as it is for `'a`.
pub(crate) unsafe fn text<'a>(at: *const c_char) -> Result<&'a [u8], Errno> {
    check(at.cast(), 0)?;
    // SAFETY: the caller's promise, and not NULL.
    Ok(unsafe { CStr::from_ptr(at) }.to_bytes())
}

fn check(at: *const c_void, len: usize) -> Result<(), Errno> {
    if at.is_null() || isize::try_from(len).is_err() {
        return Err(Errno::FAULT);
    }
    Ok(())
}
