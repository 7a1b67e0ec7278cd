//! A device that the system has no thread for.

use std::cell::Cell;
use std::sync::Arc;

use speedwell_reqrep::{RawRep, RawReq};
use speedwell_socket::{Socket, Transports};

use super::Device;
use crate::StartError;

std::thread_local! {
    /// Threads that the system still has for whoever starts devices on this one.
    static THREADS: Cell<usize> = const { Cell::new(usize::MAX) };
}

/// Takes one, if there is one.
pub(super) fn has_thread() -> bool {
    let threads = THREADS.get();
    THREADS.set(threads.saturating_sub(1));
    threads > 0
}

// rfc: sp-device D-08
#[test]
fn without_a_thread_the_start_fails_and_nothing_goes_on() {
    let transports = Transports::new();
    let front = Socket::new(RawRep::new(), &transports).unwrap();
    let back = Socket::new(RawReq::new(), &transports).unwrap();
    for threads in [0, 1] {
        THREADS.set(threads);
        let failed = Device::start(&front, &back).unwrap_err();
        THREADS.set(usize::MAX);
        assert!(matches!(failed, StartError::Threads(_)), "{failed}");
    }
    // The thread that was started has ended: nobody else holds what the new one does.
    let device = Device::start(&front, &back).unwrap();
    assert_eq!(device.end(), None);
    let shared = Arc::downgrade(&device.shared);
    THREADS.set(1);
    let other = Device::start(&front, &back);
    THREADS.set(usize::MAX);
    assert!(other.is_err());
    drop(device);
    assert!(shared.upgrade().is_none(), "its threads are gone, too");
}
