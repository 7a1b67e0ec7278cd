//! Options, as C sets and asks for them. See `rfc/sp-capi.md` section 4.

use std::ffi::{c_int, c_void};

use crate::boundary::call;
use crate::handles::socket;
use crate::memory;
use crate::options::{self, Value};

/// Sets an option.
#[unsafe(no_mangle)]
unsafe extern "C" fn nn_setsockopt(
    s: c_int,
    level: c_int,
    option: c_int,
    optval: *const c_void,
    optvallen: usize,
) -> c_int {
    call(-1, || {
        let socket = socket(s)?;
        // SAFETY: the caller has so many octets there.
        let value = unsafe { memory::octets(optval, optvallen) }?;
        options::set(&socket, level, option, value).map(|()| 0)
    })
}

/// What an option is: as much of it as there is room for, and how long it is.
// rfc: sp-capi A-32
#[unsafe(no_mangle)]
unsafe extern "C" fn nn_getsockopt(
    s: c_int,
    level: c_int,
    option: c_int,
    optval: *mut c_void,
    optvallen: *mut usize,
) -> c_int {
    call(-1, || {
        let socket = socket(s)?;
        // SAFETY: the caller has a length there, or NULL.
        let room = unsafe { memory::read(optvallen) }?;
        let (octets, len) = match options::get(&socket, s, level, option)? {
            Value::Number(number) => (number.to_ne_bytes().to_vec(), size_of::<c_int>()),
            // With its NUL, if there is room for that too; it does not count.
            Value::Text(mut text) => {
                let len = text.len();
                text.push(0);
                (text, len)
            }
        };
        // SAFETY: the caller has so much room there.
        unsafe { memory::copy_out(&octets, optval, room) }?;
        // SAFETY: the caller has a length there.
        unsafe { memory::write(optvallen, len) }?;
        Ok(0)
    })
}
