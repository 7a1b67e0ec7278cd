//! The dialer: connects to whoever listens under a name, or waits for somebody. Never fails: an
//! absent listener is no error. See `rfc/sp-inproc.md` section 3.

use speedwell_transport::{Addr, Conn, Dialer, Interest, PollCx, Progress};

use crate::names::{Names, Waiter};

pub(crate) struct InprocDialer {
    names: Names,
    addr: Addr,
    recv_limit: usize,
    waiter: Waiter,
}

impl InprocDialer {
    pub(crate) fn new(names: &Names, addr: &Addr, recv_limit: usize) -> Self {
        Self {
            names: names.clone(),
            addr: addr.clone(),
            recv_limit,
            waiter: names.enrol(),
        }
    }
}

impl Dialer for InprocDialer {
    fn poll_dial(&mut self, cx: &mut PollCx<'_>) -> Progress<Box<dyn Conn>> {
        let conn = self
            .names
            .dial(&self.addr, self.waiter, self.recv_limit, cx.bell());
        match conn {
            Some(conn) => Progress::Ready(Box::new(conn)),
            None => Progress::Wait(Interest::bell()),
        }
    }

    fn abandon(&mut self) {
        self.names.forget(&self.addr, self.waiter);
    }
}

impl Drop for InprocDialer {
    fn drop(&mut self) {
        self.names.forget(&self.addr, self.waiter);
    }
}
