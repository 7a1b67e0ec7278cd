//! The listener: holds a name and accepts what was dialed. Never refuses a connection; whether
//! the peer fits is decided after the handshake. See `rfc/sp-inproc.md` section 3.

use speedwell_transport::{Addr, Conn, Error, Interest, Listener, PollCx, Progress};

use crate::names::Names;

pub(crate) struct InprocListener {
    names: Names,
    addr: Addr,
}

impl InprocListener {
    pub(crate) fn bind(names: &Names, addr: &Addr, recv_limit: usize) -> Result<Self, Error> {
        names.bind(addr, recv_limit)?;
        Ok(Self {
            names: names.clone(),
            addr: addr.clone(),
        })
    }
}

impl Listener for InprocListener {
    fn local_addr(&self) -> Addr {
        self.addr.clone()
    }

    fn poll_accept(&mut self, cx: &mut PollCx<'_>) -> Progress<Box<dyn Conn>> {
        match self.names.accept(&self.addr, cx.bell()) {
            Some(conn) => Progress::Ready(Box::new(conn)),
            None => Progress::Wait(Interest::bell()),
        }
    }
}

impl Drop for InprocListener {
    fn drop(&mut self) {
        // rfc: sp-inproc I-04
        self.names.unbind(&self.addr);
    }
}
