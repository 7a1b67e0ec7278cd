//! The numbers of failures, and the place of the calling thread that has the last one.
//! Obeys `rfc/sp-capi.md` section 2.

use std::ffi::{c_char, c_int};

use rustix::io::Errno as System;

/// What nanomsg adds its own numbers to.
const OWN: c_int = 156_384_712;

unsafe extern "C" {
    #[cfg_attr(
        any(target_os = "linux", target_os = "emscripten", target_os = "hurd"),
        link_name = "__errno_location"
    )]
    #[cfg_attr(
        any(
            target_vendor = "apple",
            target_os = "freebsd",
            target_os = "dragonfly"
        ),
        link_name = "__error"
    )]
    #[cfg_attr(
        any(target_os = "android", target_os = "netbsd", target_os = "openbsd"),
        link_name = "__errno"
    )]
    #[cfg_attr(
        any(target_os = "illumos", target_os = "solaris"),
        link_name = "___errno"
    )]
    fn errno_location() -> *mut c_int;

    fn strerror(number: c_int) -> *const c_char;
}

/// Why a call failed, as C is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Errno(pub(crate) c_int);

macro_rules! numbers {
    ($($name:ident)*) => {
        $(pub(crate) const $name: Self = Self(System::$name.raw_os_error());)*
    };
}

impl Errno {
    numbers! {
        ACCESS ADDRINUSE ADDRNOTAVAIL AFNOSUPPORT AGAIN BADF CONNABORTED CONNREFUSED CONNRESET
        FAULT HOSTUNREACH INPROGRESS INTR INVAL IO MFILE MSGSIZE NAMETOOLONG NETDOWN NETRESET
        NETUNREACH NOBUFS NODEV NOMEM NOPROTOOPT NOTCONN NOTSOCK NOTSUP PROTO
        PROTONOSUPPORT TIMEDOUT
    }
    /// The library was shut down.
    pub(crate) const TERM: Self = Self(OWN + 53);
    /// Not in this state of the socket.
    pub(crate) const FSM: Self = Self(OWN + 54);

    /// The socket is of the process that forked this one: `SW_EFORKED`, far from nanomsg's numbers.
    // rfc: sp-capi A-18
    pub(crate) const FORKED: Self = Self(OWN + 128);

    /// Leaves the number where the calling thread looks for it.
    // rfc: sp-capi A-12
    pub(crate) fn set(self) {
        // SAFETY: the C library gives each thread a place of its own, which lives as long as it.
        unsafe { *errno_location() = self.0 }
    }

    /// The number that the calling thread was left.
    pub(crate) fn get() -> Self {
        // SAFETY: as in `set`.
        Self(unsafe { *errno_location() })
    }

    /// What the number means, in words that end with a NUL and stay for ever, or until the thread
    /// asks the system again.
    pub(crate) fn words(self) -> *const c_char {
        match self {
            Self::TERM => c"The library was shut down".as_ptr(),
            Self::FSM => c"Not possible in the present state of the socket".as_ptr(),
            Self::FORKED => c"The socket belongs to the parent process".as_ptr(),
            // SAFETY: it takes any number.
            Self(number) => unsafe { strerror(number) },
        }
    }
}
