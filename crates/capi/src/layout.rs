//! The structures that C and we share, field by field as nanomsg has them. Plain values.
//! Obeys `rfc/sp-capi.md` section 2.

use std::ffi::{c_char, c_int, c_short, c_void};

/// `nn_iovec`: a piece of memory.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub(crate) struct IoVec {
    pub(crate) base: *mut c_void,
    pub(crate) len: usize,
}

/// `nn_msghdr`: where the parts of a message are.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub(crate) struct MsgHdr {
    pub(crate) iov: *mut IoVec,
    pub(crate) iovlen: c_int,
    pub(crate) control: *mut c_void,
    pub(crate) controllen: usize,
}

/// `nn_cmsghdr`: what stands before a record of control data.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub(crate) struct CmsgHdr {
    pub(crate) len: usize,
    pub(crate) level: c_int,
    pub(crate) kind: c_int,
}

/// `nn_pollfd`: a socket to wait for.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub(crate) struct PollFd {
    pub(crate) socket: c_int,
    pub(crate) events: c_short,
    pub(crate) revents: c_short,
}

/// `nn_symbol_properties`: a constant of the library.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub(crate) struct SymbolProperties {
    pub(crate) value: c_int,
    pub(crate) name: *const c_char,
    pub(crate) space: c_int,
    pub(crate) kind: c_int,
    pub(crate) unit: c_int,
}

// rfc: sp-capi A-14
#[cfg(target_pointer_width = "64")]
const _: () = {
    use std::mem::offset_of;

    assert!(size_of::<IoVec>() == 16 && offset_of!(IoVec, len) == 8);
    assert!(size_of::<MsgHdr>() == 32 && offset_of!(MsgHdr, iovlen) == 8);
    assert!(offset_of!(MsgHdr, control) == 16 && offset_of!(MsgHdr, controllen) == 24);
    assert!(size_of::<CmsgHdr>() == 16 && offset_of!(CmsgHdr, level) == 8);
    assert!(offset_of!(CmsgHdr, kind) == 12);
    assert!(size_of::<PollFd>() == 8 && offset_of!(PollFd, events) == 4);
    assert!(offset_of!(PollFd, revents) == 6);
    assert!(size_of::<SymbolProperties>() == 32 && offset_of!(SymbolProperties, name) == 8);
    assert!(offset_of!(SymbolProperties, space) == 16 && offset_of!(SymbolProperties, unit) == 24);
};

/// The length that stands for a buffer of [`nn_allocmsg`](crate::exports).
pub(crate) const MSG: usize = usize::MAX;
/// The flag of a call that does not wait.
pub(crate) const DONTWAIT: c_int = 1;
/// A socket for applications.
pub(crate) const AF_SP: c_int = 1;
/// A socket for devices.
pub(crate) const AF_SP_RAW: c_int = 2;
/// The octets that an address has fewer than.
pub(crate) const SOCKADDR_MAX: usize = 128;
/// The level and the type of a record of control data that is the header of a message.
pub(crate) const PROTO_SP: c_int = 1;
/// See [`PROTO_SP`].
pub(crate) const SP_HDR: c_int = 1;
