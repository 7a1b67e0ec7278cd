//! Sockets and their endpoints: opening, closing, waiting, joining. See `rfc/sp-capi.md`.

use std::ffi::{c_char, c_int};

use crate::boundary::call;
use crate::device;
use crate::errno::Errno;
use crate::handles::{process, socket};
use crate::layout::PollFd;
use crate::memory;
use crate::polling;
use crate::statistics;

/// Opens a socket.
#[unsafe(no_mangle)]
extern "C" fn nn_socket(domain: c_int, protocol: c_int) -> c_int {
    call(-1, || process().open(domain, protocol))
}

/// Closes a socket: sends what was accepted, for at most a second, whatever signals come.
// rfc: sp-capi A-45
#[unsafe(no_mangle)]
extern "C" fn nn_close(s: c_int) -> c_int {
    call(-1, || process().close(s).map(|()| 0))
}

/// Closes everything, for good.
#[unsafe(no_mangle)]
extern "C" fn nn_term() {
    call((), || {
        process().end();
        Ok(())
    });
}

/// Listens at an address.
#[unsafe(no_mangle)]
unsafe extern "C" fn nn_bind(s: c_int, addr: *const c_char) -> c_int {
    call(-1, || {
        let socket = socket(s)?;
        // SAFETY: the caller gives a text of C, or NULL.
        let address = unsafe { memory::text(addr) };
        socket.bind(address.map_err(|_| Errno::INVAL)?)
    })
}

/// Connects to an address, and again when the connection is lost.
#[unsafe(no_mangle)]
unsafe extern "C" fn nn_connect(s: c_int, addr: *const c_char) -> c_int {
    call(-1, || {
        let socket = socket(s)?;
        // SAFETY: the caller gives a text of C, or NULL.
        let address = unsafe { memory::text(addr) };
        socket.connect(address.map_err(|_| Errno::INVAL)?)
    })
}

/// Ends an endpoint.
#[unsafe(no_mangle)]
extern "C" fn nn_shutdown(s: c_int, how: c_int) -> c_int {
    call(-1, || socket(s)?.shutdown(how).map(|()| 0))
}

/// Waits for many sockets.
#[unsafe(no_mangle)]
unsafe extern "C" fn nn_poll(fds: *mut PollFd, nfds: c_int, timeout: c_int) -> c_int {
    call(-1, || {
        let count = usize::try_from(nfds).map_err(|_| Errno::INVAL)?;
        if count > 0 && (fds.is_null() || !fds.is_aligned()) {
            return Err(Errno::FAULT);
        }
        let items = if count == 0 {
            &mut []
        } else {
            // SAFETY: the caller has so many of them there, and lends them for this call.
            unsafe { std::slice::from_raw_parts_mut(fds, count) }
        };
        let ready = polling::poll(items, timeout)?;
        Ok(c_int::try_from(ready).unwrap_or(c_int::MAX))
    })
}

/// Joins two raw sockets until one is closed.
#[unsafe(no_mangle)]
extern "C" fn nn_device(s1: c_int, s2: c_int) -> c_int {
    call(-1, || device::run(s1, s2))
}

/// What was counted on a socket.
#[unsafe(no_mangle)]
extern "C" fn nn_get_statistic(s: c_int, stat: c_int) -> u64 {
    call(u64::MAX, || statistics::statistic(&*socket(s)?, stat))
}
