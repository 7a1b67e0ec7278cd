//! Byte streams that follow a script: what arrives, in which pieces, and what is taken; and two
//! calls that drive what stands on them. They never wait and know no time.
//! See `rfc/0001-contracts.md`.

use std::collections::VecDeque;
use std::fmt;
use std::io::{self, IoSlice};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use speedwell_transport::{
    Addr, Budget, ByteHalves, ByteStream, Conn, Credentials, Doorbell, End, Error, ErrorKind,
    Halves, Inbox, Message, PeerInfo, PollCx, Progress, ProtocolIds, Ring, RxHalf, Scratch, Source,
    StreamRx, StreamTx,
};

/// Polls that [`open`] makes before it gives up: a script is shorter.
const POLLS_MAX: usize = 1000;

/// What one reading of a [`ScriptedStream`] meets.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Step {
    /// Octets that arrived together. A reading never goes beyond them, whether it has one place for
    /// them or two; what it leaves comes next.
    Octets(Vec<u8>),
    /// Nothing is there: [`io::ErrorKind::WouldBlock`], once.
    Block,
    /// A signal came: [`io::ErrorKind::Interrupted`], once.
    Interrupt,
    /// The connection fails, and stays so.
    Fail(io::ErrorKind),
    /// The peer has closed its side, and stays so.
    End,
}

/// A byte stream that reads from a script and records what is written.
///
/// Behind its last step a script blocks for ever.
///
/// ```
/// use speedwell_testkit::bytes::{ScriptedStream, Step};
/// use speedwell_transport::ByteStream;
///
/// let stream = ScriptedStream::new([Step::Octets(b"abc".to_vec()), Step::End]);
/// let mut halves = Box::new(stream).split();
/// let mut buffer = [0; 2];
/// assert_eq!(halves.rx.read(&mut buffer)?, 2);
/// assert_eq!(halves.rx.read(&mut buffer)?, 1);
/// assert_eq!(halves.rx.read(&mut buffer)?, 0);
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug, Default)]
pub struct ScriptedStream {
    steps: VecDeque<Step>,
    takes: VecDeque<usize>,
    written: Written,
    peer: Option<Addr>,
    credentials: Option<Credentials>,
}

impl ScriptedStream {
    /// A stream whose readings meet these steps, in order.
    #[must_use]
    pub fn new(steps: impl IntoIterator<Item = Step>) -> Self {
        Self {
            steps: steps.into_iter().collect(),
            ..Self::default()
        }
    }

    /// A stream on which these octets arrive, each piece by itself.
    #[must_use]
    pub fn of_pieces<P: Into<Vec<u8>>>(pieces: impl IntoIterator<Item = P>) -> Self {
        Self::new(pieces.into_iter().map(|piece| Step::Octets(piece.into())))
    }

    /// Adds a step behind the others.
    #[must_use]
    pub fn then(mut self, step: Step) -> Self {
        self.steps.push_back(step);
        self
    }

    /// Limits what each writing takes, in octets; 0 blocks it once. Later writings take all.
    #[must_use]
    pub fn taking(mut self, takes: impl IntoIterator<Item = usize>) -> Self {
        self.takes = takes.into_iter().collect();
        self
    }

    /// Says where the peer is.
    #[must_use]
    pub fn from_peer(mut self, peer: Addr) -> Self {
        self.peer = Some(peer);
        self
    }

    /// Says who runs the peer.
    #[must_use]
    pub fn run_by(mut self, credentials: Credentials) -> Self {
        self.credentials = Some(credentials);
        self
    }

    /// What has been written, now and later.
    #[must_use]
    pub fn written(&self) -> Written {
        self.written.clone()
    }
}

impl ByteStream for ScriptedStream {
    fn peer_addr(&self) -> Option<Addr> {
        self.peer.clone()
    }

    fn peer_credentials(&self) -> Option<Credentials> {
        self.credentials
    }

    fn split(self: Box<Self>) -> ByteHalves {
        ByteHalves {
            source: Source::Doorbell,
            tx: Box::new(ScriptedTx {
                takes: self.takes,
                written: self.written,
            }),
            rx: Box::new(ScriptedRx { steps: self.steps }),
        }
    }
}

/// What was written to a [`ScriptedStream`]. A clone sees the same stream.
#[derive(Clone, Default)]
pub struct Written(Arc<Mutex<Record>>);

#[derive(Default)]
struct Record {
    octets: Vec<u8>,
    is_shut: bool,
}

impl Written {
    /// All octets so far.
    #[must_use]
    pub fn octets(&self) -> Vec<u8> {
        self.record().octets.clone()
    }

    /// True once the writing side was shut down.
    #[must_use]
    pub fn is_shut(&self) -> bool {
        self.record().is_shut
    }

    fn record(&self) -> MutexGuard<'_, Record> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Written {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Written({} octets)", self.record().octets.len())
    }
}

struct ScriptedTx {
    takes: VecDeque<usize>,
    written: Written,
}

impl StreamTx for ScriptedTx {
    fn write(&mut self, octets: &[IoSlice<'_>]) -> io::Result<usize> {
        let mut room = match self.takes.pop_front() {
            Some(0) => return Err(io::ErrorKind::WouldBlock.into()),
            Some(take) => take,
            None => usize::MAX,
        };
        let mut record = self.written.record();
        if record.is_shut {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        let before = record.octets.len();
        for slice in octets {
            let taken = slice.get(..room).unwrap_or(slice);
            record.octets.extend_from_slice(taken);
            room = room.saturating_sub(taken.len());
        }
        Ok(record.octets.len().saturating_sub(before))
    }

    fn shutdown_write(&mut self) -> io::Result<()> {
        self.written.record().is_shut = true;
        Ok(())
    }
}

struct ScriptedRx {
    steps: VecDeque<Step>,
}

impl ScriptedRx {
    /// The octets of the next step, as many of them as there is room for; none is the end.
    fn next(&mut self, room: usize) -> io::Result<Vec<u8>> {
        loop {
            return match self.steps.pop_front() {
                None | Some(Step::Block) => Err(io::ErrorKind::WouldBlock.into()),
                Some(Step::Interrupt) => Err(io::ErrorKind::Interrupted.into()),
                Some(Step::Fail(kind)) => {
                    self.steps.push_front(Step::Fail(kind));
                    Err(kind.into())
                }
                Some(Step::End) => {
                    self.steps.push_front(Step::End);
                    Ok(Vec::new())
                }
                Some(Step::Octets(octets)) if octets.is_empty() => continue,
                Some(Step::Octets(mut octets)) => {
                    let rest = octets.split_off(room.min(octets.len()));
                    if !rest.is_empty() {
                        self.steps.push_front(Step::Octets(rest));
                    }
                    Ok(octets)
                }
            };
        }
    }
}

impl StreamRx for ScriptedRx {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let octets = self.next(buffer.len())?;
        copy_to(buffer, &octets);
        Ok(octets.len())
    }

    fn read_onto(
        &mut self,
        octets: &mut Vec<u8>,
        wanted: usize,
        beyond: &mut [u8],
    ) -> io::Result<usize> {
        let read = self.next(wanted.saturating_add(beyond.len()))?;
        let (onto, behind) = read.split_at_checked(wanted).unwrap_or((&read, &[]));
        octets.extend_from_slice(onto);
        copy_to(beyond, behind);
        Ok(read.len())
    }
}

/// Copies octets to the front of a buffer, which has room for them.
fn copy_to(buffer: &mut [u8], octets: &[u8]) {
    if let Some(front) = buffer.get_mut(..octets.len()) {
        front.copy_from_slice(octets);
    }
}

/// A bell that nobody hears, for tests that poll of their own accord.
#[must_use]
pub fn silent_bell() -> Doorbell {
    struct Silence;
    impl Ring for Silence {
        fn ring(&self) {}
    }
    Doorbell::new(Arc::new(Silence))
}

/// Polls a connection until its handshake is done, and splits it.
///
/// # Errors
///
/// Those of the handshake; [`ErrorKind::TimedOut`] when it still waits after a thousand polls.
pub fn open(mut conn: Box<dyn Conn>, me: ProtocolIds) -> Result<(PeerInfo, Halves), Error> {
    let bell = silent_bell();
    for _ in 0..POLLS_MAX {
        match conn.poll_handshake(me, &mut PollCx::new(Instant::now(), &bell)) {
            Progress::Ready(peer) => return Ok((peer, conn.split())),
            Progress::Wait(_) => {}
            Progress::Fail(error) => return Err(error),
        }
    }
    Err(Error::new(
        ErrorKind::TimedOut,
        "the script ended inside the handshake",
    ))
}

/// Reads until the pipe ends or, `patience` times, has nothing more: what came, and how it ended.
/// A filling takes at most `messages` messages, or 64 KiB.
pub fn read_all(
    rx: &mut dyn RxHalf,
    messages: usize,
    patience: usize,
) -> (Vec<Message>, Option<End>) {
    let mut scratch = Scratch::new();
    let (mut read, mut inbox, mut waits) = (Vec::new(), Inbox::new(), 0);
    while waits < patience {
        let state = rx.read(
            &mut inbox,
            &mut Budget {
                messages,
                octets: 64 * 1024,
                scratch: &mut scratch,
            },
        );
        read.extend(std::iter::from_fn(|| inbox.pop()));
        match (state.end, state.more) {
            (Some(end), false) => return (read, Some(end)),
            (_, true) => {}
            (None, false) => waits += 1,
        }
    }
    (read, None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_is_read_in_its_pieces() {
        let stream = ScriptedStream::of_pieces(["ab", "", "c"])
            .then(Step::Block)
            .then(Step::Fail(io::ErrorKind::ConnectionReset));
        let mut rx = Box::new(stream).split().rx;
        let mut buffer = [0; 8];
        assert_eq!(rx.read(&mut buffer).unwrap(), 2);
        assert_eq!(rx.read(&mut buffer).unwrap(), 1);
        let kinds = [(); 3].map(|()| rx.read(&mut buffer).unwrap_err().kind());
        let reset = io::ErrorKind::ConnectionReset;
        assert_eq!(kinds, [io::ErrorKind::WouldBlock, reset, reset]);
    }

    #[test]
    fn a_script_is_read_onto_what_there_is_and_then_beyond_it() {
        let stream = ScriptedStream::of_pieces(["cdef", "", "g"])
            .then(Step::Interrupt)
            .then(Step::End);
        let mut rx = Box::new(stream).split().rx;
        let (mut octets, mut beyond) = (b"ab".to_vec(), *b"??");
        assert_eq!(rx.read_onto(&mut octets, 1, &mut beyond).unwrap(), 3);
        assert_eq!((&octets[..], &beyond), (&b"abc"[..], b"de"));
        assert_eq!(rx.read_onto(&mut octets, 2, &mut beyond).unwrap(), 1);
        assert_eq!((&octets[..], &beyond), (&b"abcf"[..], b"de"));
        assert_eq!(rx.read_onto(&mut octets, 0, &mut beyond).unwrap(), 1);
        assert_eq!((&octets[..], &beyond), (&b"abcf"[..], b"ge"));
        let error = rx.read_onto(&mut octets, 2, &mut beyond).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::Interrupted);
        assert_eq!(rx.read_onto(&mut octets, 2, &mut beyond).unwrap(), 0);
        assert_eq!((&octets[..], &beyond), (&b"abcf"[..], b"ge"));
    }

    #[test]
    fn a_writing_takes_what_the_script_says() {
        let stream = ScriptedStream::default().taking([3, 0]);
        let written = stream.written();
        let mut tx = Box::new(stream).split().tx;
        let slices = [IoSlice::new(b"ab"), IoSlice::new(b"cd")];
        assert_eq!(tx.write(&slices).unwrap(), 3);
        assert_eq!(
            tx.write(&slices).unwrap_err().kind(),
            io::ErrorKind::WouldBlock
        );
        assert_eq!(tx.write(&slices).unwrap(), 4);
        tx.shutdown_write().unwrap();
        assert_eq!(written.octets(), b"abcabcd");
        assert!(written.is_shut() && tx.write(&slices).is_err());
    }
}
