//! The exchange of greetings on an open stream, both ways at once. Never reads an octet behind the
//! peer's greeting: what follows is the receiving half's. Obeys `rfc/sp-wire.md` section 2.

use std::io::{self, ErrorKind as Io, IoSlice};

use speedwell_transport::{
    Addr, ByteHalves, ByteStream, Credentials, Error, ErrorKind, Interest, PeerInfo, Progress,
    ProtocolId,
};
use speedwell_wire::greeting::GREETING_LEN;
use speedwell_wire::{Greeting, GreetingDecoder};

/// Sends our greeting and reads the peer's.
///
/// ```text
///            all taken            stream holds nothing back
///  Octets ─────────────► Flushing ─────────────────────────► Sent     (ours)
///                            ▲ the stream has octets of its own │
///                            └──────────────────────────────────┘
/// ```
///
/// The peer's part is the state of a [`GreetingDecoder`].
pub(crate) struct Exchange {
    halves: ByteHalves,
    peer: Option<Addr>,
    credentials: Option<Credentials>,
    sending: Sending,
    decoder: GreetingDecoder,
    missing: usize,
}

#[derive(Clone, Copy)]
enum Sending {
    Octets { sent: usize },
    Flushing,
    Sent,
}

impl Exchange {
    /// Over a stream that is open.
    pub(crate) fn new(stream: Box<dyn ByteStream>) -> Self {
        Self {
            peer: stream.peer_addr(),
            credentials: stream.peer_credentials(),
            halves: stream.split(),
            sending: Sending::Octets { sent: 0 },
            decoder: GreetingDecoder::new(),
            missing: GREETING_LEN,
        }
    }

    /// Goes on both ways, as far as the stream lets it.
    pub(crate) fn poll(&mut self, me: ProtocolId) -> Progress<PeerInfo> {
        let greeting = match self.send(me).and_then(|()| self.receive()) {
            Ok(greeting) => greeting,
            Err(error) => return Progress::Fail(error),
        };
        if self.halves.rx.wants_flush() && matches!(self.sending, Sending::Sent) {
            self.sending = Sending::Flushing;
            if let Err(error) = self.send(me) {
                return Progress::Fail(error);
            }
        }
        let source = || self.halves.source.clone();
        match (self.sending, greeting) {
            (Sending::Sent, Some(greeting)) => Progress::Ready(self.peer_info(greeting)),
            (Sending::Sent, None) => Progress::Wait(Interest::readable(source())),
            (Sending::Octets { .. } | Sending::Flushing, _) => {
                Progress::Wait(Interest::writable(source()))
            }
        }
    }

    /// The stream, and with it whatever arrived behind the peer's greeting.
    pub(crate) fn into_halves(self) -> ByteHalves {
        self.halves
    }

    fn peer_info(&self, greeting: Greeting) -> PeerInfo {
        let mut info = PeerInfo::new(ProtocolId(greeting.protocol));
        info.address.clone_from(&self.peer);
        info.credentials = self.credentials;
        info
    }

    /// Sends until everything is sent or nothing is taken.
    fn send(&mut self, me: ProtocolId) -> Result<(), Error> {
        loop {
            let step = match self.sending {
                Sending::Octets { sent } => self.write(me, sent),
                Sending::Flushing => self.halves.tx.flush().map(|()| Sending::Sent),
                Sending::Sent => return Ok(()),
            };
            match step {
                Ok(next) => self.sending = next,
                Err(error) if error.kind() == Io::Interrupted => {}
                Err(error) if error.kind() == Io::WouldBlock => return Ok(()),
                Err(error) => return Err(Error::from_io("cannot send the greeting", error)),
            }
        }
    }

    fn write(&mut self, me: ProtocolId, sent: usize) -> io::Result<Sending> {
        // rfc: sp-wire W-01, W-02
        let greeting = Greeting { protocol: me.0 }.encode();
        let rest = greeting.get(sent..).unwrap_or_default();
        match self.halves.tx.write(&[IoSlice::new(rest)])? {
            0 => Err(Io::WriteZero.into()),
            taken if taken >= rest.len() => Ok(Sending::Flushing),
            taken => Ok(Sending::Octets {
                sent: sent.saturating_add(taken),
            }),
        }
    }

    /// Reads until the greeting is whole or nothing is there.
    fn receive(&mut self) -> Result<Option<Greeting>, Error> {
        let mut received = [0; GREETING_LEN];
        while self.missing > 0 {
            // rfc: sp-wire W-08: no more than is missing, so that nothing has to be kept.
            let buffer = received.get_mut(..self.missing).unwrap_or_default();
            match self.halves.rx.read(buffer) {
                Ok(0) => return Err(cut_short()),
                Ok(count) => self.accept(received.get(..count).unwrap_or_default())?,
                Err(error) if error.kind() == Io::Interrupted => {}
                Err(error) if error.kind() == Io::WouldBlock => return Ok(None),
                Err(error) => return Err(Error::from_io("cannot read the greeting", error)),
            }
        }
        Ok(self.decoder.greeting())
    }

    fn accept(&mut self, octets: &[u8]) -> Result<(), Error> {
        // rfc: sp-wire W-05, W-07
        let progress = self
            .decoder
            .push(octets)
            .map_err(|refusal| Error::new(ErrorKind::BadPeer, refusal.to_string()))?;
        self.missing = self.missing.saturating_sub(progress.consumed);
        Ok(())
    }
}

/// rfc: sp-wire W-25
fn cut_short() -> Error {
    Error::new(
        ErrorKind::Disconnected,
        "the peer closed before its greeting was whole",
    )
}
