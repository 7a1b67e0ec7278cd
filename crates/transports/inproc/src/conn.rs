//! A connection before it is a pipe: each side posts its endpoint number where the other finds it.
//! Does not judge the number. See `rfc/sp-inproc.md` section 4.

use speedwell_transport::{
    Addr, Conn, Error, ErrorKind, Halves, Interest, PeerInfo, PollCx, Progress, ProtocolIds,
    Source, Tx,
};

use crate::receiver::Receiver;
use crate::sender::Sender;
use crate::session::{Seat, Session};
use crate::sync::Arc;

/// One side of a connection. It owns its two halves, so that dropping it ends them.
pub(crate) struct InprocConn {
    addr: Addr,
    seat: Seat,
    session: Arc<Session>,
    tx: Sender,
    rx: Receiver,
}

impl InprocConn {
    /// Both sides of a new connection: the dialer's, then the listener's.
    pub(crate) fn pair(addr: &Addr, dialer_limit: usize, listener_limit: usize) -> (Self, Self) {
        // rfc: sp-inproc I-09
        let session = Session::new(dialer_limit, listener_limit);
        let side = |seat: Seat| Self {
            addr: addr.clone(),
            seat,
            tx: Sender::new(session.clone(), seat),
            rx: Receiver::new(session.clone(), seat),
            session: session.clone(),
        };
        (side(Seat::Dialer), side(Seat::Listener))
    }
}

impl Conn for InprocConn {
    fn poll_handshake(&mut self, me: ProtocolIds, cx: &mut PollCx<'_>) -> Progress<PeerInfo> {
        // The order matters. Our bell is noted before we look whether the peer is gone, so that a
        // peer who goes later finds it: the lane's lock lies between. And whether it is gone is
        // looked at before its number, so that a number posted just before going is seen.
        self.session.note_bell(self.seat, cx.bell());
        let peer_is_gone = self.rx.peer_is_gone();
        // rfc: sp-inproc I-11
        match self.session.greet(self.seat, me.me) {
            // rfc: sp-inproc I-12
            Some(peer) => Progress::Ready(PeerInfo::new(peer).at(self.addr.clone())),
            // rfc: sp-inproc I-13
            None if peer_is_gone => Progress::Fail(Error::new(
                ErrorKind::Disconnected,
                format!("the peer on {} went before it said what it is", self.addr),
            )),
            None => Progress::Wait(Interest::bell()),
        }
    }

    fn split(self: Box<Self>) -> Halves {
        // A ring that came with the first messages may have been answered by a visit that still
        // shook hands. rfc: sp-inproc I-14
        self.session.ring(self.seat);
        Halves {
            source: Source::Doorbell,
            tx: Tx::Direct(Box::new(self.tx)),
            rx: Box::new(self.rx),
        }
    }
}
