//! The numbers of failures and the constants of the library. See `rfc/sp-capi.md` section 2.

use std::ffi::{c_char, c_int};
use std::ptr::null;

use crate::boundary::call;
use crate::errno::Errno;
use crate::layout::SymbolProperties;
use crate::memory;
use crate::symbols::properties;

/// Why the last call of this thread failed.
#[unsafe(no_mangle)]
extern "C" fn nn_errno() -> c_int {
    call(0, || Ok(Errno::get().0))
}

/// What a number means.
#[unsafe(no_mangle)]
extern "C" fn nn_strerror(errnum: c_int) -> *const c_char {
    call(null(), || Ok(Errno(errnum).words()))
}

/// A constant by its place, name and value.
// rfc: sp-capi A-15
#[unsafe(no_mangle)]
unsafe extern "C" fn nn_symbol(i: c_int, value: *mut c_int) -> *const c_char {
    call(null(), || {
        let found = properties(i).ok_or(Errno::INVAL)?;
        if !value.is_null() {
            // SAFETY: the caller has room for a number there.
            unsafe { memory::write(value, found.value) }?;
        }
        Ok(found.name)
    })
}

/// A constant by its place, as much of it as there is room for; the octets that were given.
// rfc: sp-capi A-15
#[unsafe(no_mangle)]
unsafe extern "C" fn nn_symbol_info(i: c_int, buf: *mut SymbolProperties, buflen: c_int) -> c_int {
    call(0, || {
        let Some(found) = properties(i) else {
            return Ok(0);
        };
        let room = usize::try_from(buflen).unwrap_or(0);
        let given = room.min(size_of::<SymbolProperties>());
        if given > 0 && buf.is_null() {
            return Err(Errno::FAULT);
        }
        let start: *const u8 = (&raw const found).cast();
        // SAFETY: it has as many octets, and the caller has so much room there; what is between
        // the fields is copied without being looked at.
        unsafe { std::ptr::copy_nonoverlapping(start, buf.cast(), given) };
        Ok(c_int::try_from(given).unwrap_or(0))
    })
}
