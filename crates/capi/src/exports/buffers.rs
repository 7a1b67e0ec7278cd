//! Buffers, as C asks for them and gives them back. See `rfc/sp-capi.md` section 3.

use std::ffi::{c_int, c_void};
use std::ptr::null_mut;

use crate::boundary::call;
use crate::buffers::Buffer;
use crate::errno::Errno;
use crate::handles::process;

/// A buffer, zeroed.
#[unsafe(no_mangle)]
extern "C" fn nn_allocmsg(size: usize, kind: c_int) -> *mut c_void {
    call(null_mut(), || {
        if kind != 0 {
            return Err(Errno::INVAL);
        }
        let buffer = Buffer::new(size)?;
        process().buffers.give(buffer).map(<*mut u8>::cast)
    })
}

/// A buffer of another length with the same octets.
#[unsafe(no_mangle)]
extern "C" fn nn_reallocmsg(msg: *mut c_void, size: usize) -> *mut c_void {
    call(null_mut(), || {
        process()
            .buffers
            .resize(msg.addr(), size)
            .map(<*mut u8>::cast)
    })
}

/// Gives a buffer back.
#[unsafe(no_mangle)]
extern "C" fn nn_freemsg(msg: *mut c_void) -> c_int {
    call(-1, || process().buffers.take(msg.addr()).map(|_| 0))
}
