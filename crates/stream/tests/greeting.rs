//! The greeting of a connection, and what a dialer and a listener make of streams.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use std::io::{self, IoSlice};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use proptest::prelude::*;
use speedwell_stream::{Framing, StreamConn, StreamDialer, StreamListener};
use speedwell_testkit::bytes::{ScriptedStream, Step, open, read_all, silent_bell};
use speedwell_transport::{
    Addr, Budget, ByteHalves, ByteStream, Conn, Credentials, Dialer, EndpointOptions, Error,
    ErrorKind, Halves, Inbox, Interest, Listener, Message, PeerInfo, PollCx, Progress, ProtocolId,
    ProtocolIds, Scratch, StreamAcceptor, StreamConnector, StreamRx, StreamTx, Tx,
};

const PULL: ProtocolIds = ProtocolIds {
    me: ProtocolId::PULL,
    peer: ProtocolId::PUSH,
};
const PUSH_GREETING: &[u8] = b"\0SP\0\x00\x50\0\0";
const PULL_GREETING: &[u8] = b"\0SP\0\x00\x51\0\0";

fn greet(stream: ScriptedStream) -> Result<(PeerInfo, Halves), Error> {
    let options = EndpointOptions::default();
    open(
        Box::new(StreamConn::new(Box::new(stream), Framing::Tcp, &options)),
        PULL,
    )
}

fn refusal(stream: ScriptedStream) -> ErrorKind {
    greet(stream).map(|(peer, _)| peer).unwrap_err().kind()
}

#[test]
fn both_greetings_pass_and_the_peer_is_known() {
    // rfc: sp-wire W-01, W-02
    let at = Addr::parse("test://there").unwrap();
    let root = Credentials::new(0, 0).of_process(1);
    let stream = ScriptedStream::of_pieces([PUSH_GREETING])
        .from_peer(at.clone())
        .run_by(root);
    let written = stream.written();
    let (peer, _) = greet(stream).unwrap();
    let expected = PeerInfo::new(ProtocolId::PUSH).at(at).run_by(root);
    assert_eq!(peer, expected);
    assert_eq!(written.octets(), PULL_GREETING);
}

#[test]
fn our_greeting_does_not_wait_for_the_peers() {
    // rfc: sp-wire W-01
    let stream = ScriptedStream::default();
    let written = stream.written();
    assert_eq!(refusal(stream), ErrorKind::TimedOut);
    assert_eq!(written.octets(), PULL_GREETING);
}

#[test]
fn the_peers_greeting_does_not_wait_for_ours() {
    // rfc: sp-wire W-05
    let stream = ScriptedStream::of_pieces(["GET"]).taking([0, 0]);
    let written = stream.written();
    assert_eq!(refusal(stream), ErrorKind::BadPeer);
    assert!(written.octets().is_empty());
}

#[test]
fn fault_08_every_pair_of_split_points_of_both_greetings() {
    // rfc: sp-wire W-08
    for first in 0..=8 {
        for second in first..=8 {
            let (a, rest) = PUSH_GREETING.split_at(first);
            let (b, c) = rest.split_at(second - first);
            let steps = [a, b, c]
                .into_iter()
                .flat_map(|piece| [Step::Block, Step::Interrupt, Step::Octets(piece.to_vec())]);
            let takes = [0, first, 0, second - first, 0];
            let stream = ScriptedStream::new(steps).taking(takes);
            let written = stream.written();
            assert_eq!(greet(stream).unwrap().0.protocol, ProtocolId::PUSH);
            assert_eq!(written.octets(), PULL_GREETING);
        }
    }
}

#[test]
fn fault_14_what_arrives_behind_the_greeting_is_kept() {
    // rfc: sp-wire W-08
    let mut octets = PUSH_GREETING.to_vec();
    octets.extend(b"\0\0\0\0\0\0\0\x02hi\0\0\0\0\0\0\0\x01!");
    for cut in 0..=octets.len() {
        let (first, second) = octets.split_at(cut);
        let (_, mut halves) = greet(ScriptedStream::of_pieces([first, second])).unwrap();
        let (messages, end) = read_all(&mut *halves.rx, 64, 1);
        assert_eq!(messages, [Message::from("hi"), Message::from("!")], "{cut}");
        assert!(end.is_none());
    }
}

#[test]
fn fault_12_a_greeting_cut_short() {
    // rfc: sp-wire W-25
    for cut in 0..8 {
        for way in [Step::End, Step::Fail(io::ErrorKind::ConnectionReset)] {
            let stream = ScriptedStream::of_pieces([&PUSH_GREETING[..cut]]).then(way);
            assert_eq!(refusal(stream), ErrorKind::Disconnected, "{cut}");
        }
    }
}

#[test]
fn fault_01_one_greeting_of_each_octet_and_value_is_accepted() {
    // rfc: sp-wire W-03, W-04
    for octet in 0..8 {
        for value in 0..=255 {
            let mut greeting = PUSH_GREETING.to_vec();
            greeting[octet] = value;
            let valid = greeting[octet] == PUSH_GREETING[octet] || [4, 5].contains(&octet);
            let stream = ScriptedStream::of_pieces([greeting]);
            assert_eq!(greet(stream).is_ok(), valid, "{octet} {value}");
        }
    }
}

#[test]
fn fault_02_fault_15_every_endpoint_number_is_handed_on_and_none_judged() {
    // rfc: sp-wire W-06: the number is for the socket to judge, which knows its own.
    for protocol in 0..=u16::MAX {
        let [high, low] = protocol.to_be_bytes();
        let stream = ScriptedStream::of_pieces([[0, b'S', b'P', 0, high, low, 0, 0]]);
        assert_eq!(greet(stream).unwrap().0.protocol, ProtocolId(protocol));
    }
}

#[test]
fn the_framing_of_a_pipe_is_that_of_its_transport() {
    // rfc: sp-wire W-11, W-13, W-14, W-16
    let prefixes: [(Framing, &[u8]); 2] = [
        (Framing::Tcp, b"\0\0\0\0\0\0\0\x05"),
        (Framing::Ipc, b"\x01\0\0\0\0\0\0\0\x05"),
    ];
    for (framing, prefix) in prefixes {
        let stream = ScriptedStream::of_pieces([PUSH_GREETING]);
        let written = stream.written();
        let conn = StreamConn::new(Box::new(stream), framing, &EndpointOptions::default());
        let Tx::Stream { framing, mut io } = open(Box::new(conn), PULL).unwrap().1.tx else {
            panic!("not a stream");
        };
        let mut out = [0; 16];
        let count = framing(5, &mut out);
        io.write(&[IoSlice::new(&out[..count])]).unwrap();
        assert_eq!(written.octets()[8..], *prefix);
    }
}

#[test]
fn a_stream_that_takes_nothing_any_more_fails() {
    struct Shut(ScriptedStream);
    impl ByteStream for Shut {
        fn split(self: Box<Self>) -> ByteHalves {
            let mut halves = Box::new(self.0).split();
            halves.tx.shutdown_write().unwrap();
            halves
        }
    }
    let conn = StreamConn::new(
        Box::new(Shut(ScriptedStream::default())),
        Framing::Tcp,
        &EndpointOptions::default(),
    );
    assert_eq!(
        open(Box::new(conn), PULL).unwrap_err().kind(),
        ErrorKind::Disconnected
    );
}

/// Holds back what is written until it is flushed, and blocks the first flush; asks for a flush of
/// its own when it has read. As TLS may do.
struct HoldsBack(ScriptedStream, Arc<AtomicUsize>);

struct HoldingTx {
    io: Box<dyn StreamTx>,
    held: Vec<u8>,
    blocks: bool,
    flushes: Arc<AtomicUsize>,
}

struct HoldingRx {
    io: Box<dyn StreamRx>,
    /// Flushes before the latest reading that brought something.
    seen: Option<usize>,
    flushes: Arc<AtomicUsize>,
}

impl ByteStream for HoldsBack {
    fn split(self: Box<Self>) -> ByteHalves {
        let halves = Box::new(self.0).split();
        let flushes = self.1;
        ByteHalves {
            source: halves.source,
            tx: Box::new(HoldingTx {
                io: halves.tx,
                held: Vec::new(),
                blocks: true,
                flushes: flushes.clone(),
            }),
            rx: Box::new(HoldingRx {
                io: halves.rx,
                seen: None,
                flushes,
            }),
        }
    }
}

impl StreamTx for HoldingTx {
    fn write(&mut self, octets: &[IoSlice<'_>]) -> io::Result<usize> {
        let before = self.held.len();
        octets.iter().for_each(|part| self.held.extend(&**part));
        Ok(self.held.len() - before)
    }

    fn flush(&mut self) -> io::Result<()> {
        if std::mem::take(&mut self.blocks) {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        self.io.write(&[IoSlice::new(&self.held)])?;
        self.held.clear();
        self.flushes.fetch_add(1, Ordering::SeqCst);
        Ok(())
    }

    fn shutdown_write(&mut self) -> io::Result<()> {
        self.io.shutdown_write()
    }
}

impl StreamRx for HoldingRx {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.io.read(buffer)?;
        self.seen = Some(self.flushes.load(Ordering::SeqCst));
        Ok(count)
    }

    fn wants_flush(&self) -> bool {
        self.seen == Some(self.flushes.load(Ordering::SeqCst))
    }
}

#[test]
fn what_a_stream_holds_back_is_flushed_before_the_greeting_is_done() {
    // rfc: sp-wire W-01
    let mut octets = PUSH_GREETING.to_vec();
    octets.extend(b"\0\0\0\0\0\0\0\x02hi");
    let stream = ScriptedStream::new([Step::Block, Step::Block, Step::Octets(octets)]);
    let (written, flushes) = (stream.written(), Arc::new(AtomicUsize::new(0)));
    let stream = HoldsBack(stream, flushes.clone());
    let conn = StreamConn::new(Box::new(stream), Framing::Tcp, &EndpointOptions::default());
    let (_, mut halves) = open(Box::new(conn), PULL).unwrap();
    assert_eq!(written.octets(), PULL_GREETING);
    // Once for our greeting, and once for what the reading of the peer's made it want to send.
    assert_eq!(flushes.load(Ordering::SeqCst), 2);

    let (mut inbox, mut scratch) = (Inbox::new(), Scratch::new());
    let mut budget = Budget {
        messages: 64,
        octets: 64 * 1024,
        scratch: &mut scratch,
    };
    assert!(halves.rx.read(&mut inbox, &mut budget).flush);
    let Tx::Stream { io, .. } = &mut halves.tx else {
        panic!("not a stream");
    };
    io.flush().unwrap();
    assert!(!halves.rx.read(&mut inbox, &mut budget).flush);
}

/// Yields what it was given, and refuses when it has nothing left; or waits for ever to open.
struct Streams(Vec<ScriptedStream>);

impl StreamConnector for Streams {
    fn poll_connect(&mut self, cx: &mut PollCx<'_>) -> Progress<Box<dyn ByteStream>> {
        self.poll_accept(cx)
    }

    fn abandon(&mut self) {
        self.0.clear();
    }
}

impl StreamAcceptor for Streams {
    fn local_addr(&self) -> Addr {
        Addr::parse("test://here").unwrap()
    }

    fn poll_accept(&mut self, cx: &mut PollCx<'_>) -> Progress<Box<dyn ByteStream>> {
        match self.0.pop() {
            Some(stream) => Progress::Ready(Box::new(stream)),
            None => Progress::Wait(Interest::bell().until(cx.now() + Duration::from_secs(1))),
        }
    }
}

fn recv_max(max: u64) -> EndpointOptions {
    let mut options = EndpointOptions::default();
    options.recv_max = Some(max);
    options
}

fn ready(progress: Progress<Box<dyn Conn>>) -> Option<Box<dyn Conn>> {
    match progress {
        Progress::Ready(conn) => Some(conn),
        Progress::Wait(interest) => {
            assert!(interest.deadline().is_some());
            None
        }
        Progress::Fail(error) => panic!("{error}"),
    }
}

#[test]
fn a_dialer_and_a_listener_wrap_streams_with_their_limit() {
    let mut octets = PUSH_GREETING.to_vec();
    octets.extend(b"\0\0\0\0\0\0\0\x02hi\0\0\0\0\0\0\0\x03why");
    let streams = || Streams(vec![ScriptedStream::of_pieces([octets.clone()])]);
    let bell = silent_bell();
    let mut cx = PollCx::new(Instant::now(), &bell);
    let mut dialer = StreamDialer::new(Box::new(streams()), Framing::Tcp, &recv_max(2));
    let mut listener = StreamListener::new(Box::new(streams()), Framing::Tcp, &recv_max(2));
    assert_eq!(listener.local_addr().as_str(), "test://here");
    for conn in [dialer.poll_dial(&mut cx), listener.poll_accept(&mut cx)] {
        let (peer, mut halves) = open(ready(conn).unwrap(), PULL).unwrap();
        assert_eq!(peer.protocol, ProtocolId::PUSH);
        let (messages, end) = read_all(&mut *halves.rx, 64, 1);
        assert!(messages == [Message::from("hi")] && end.is_some());
    }
    assert!(ready(dialer.poll_dial(&mut cx)).is_none());
    assert!(ready(listener.poll_accept(&mut cx)).is_none());
    dialer.abandon();
}

#[test]
fn a_stream_opens_before_the_greeting() {
    struct Slow {
        polls: u8,
        stream: ScriptedStream,
    }
    impl ByteStream for Slow {
        fn poll_open(&mut self, _: &mut PollCx<'_>) -> Progress<()> {
            self.polls += 1;
            match self.polls {
                3 => Progress::Ready(()),
                _ => Progress::Wait(Interest::bell()),
            }
        }
        fn split(self: Box<Self>) -> ByteHalves {
            assert_eq!(self.polls, 3);
            Box::new(self.stream).split()
        }
    }
    let stream = Slow {
        polls: 0,
        stream: ScriptedStream::of_pieces([PUSH_GREETING]),
    };
    let conn = StreamConn::new(Box::new(stream), Framing::Tcp, &EndpointOptions::default());
    assert!(open(Box::new(conn), PULL).is_ok());
}

proptest! {
    #[test]
    fn fault_03_random_octets_are_refused(octets in prop::collection::vec(any::<u8>(), 0..64)) {
        prop_assume!(!octets.starts_with(b"\0SP\0"));
        let stream = ScriptedStream::of_pieces([octets.clone()]).then(Step::End);
        let kind = refusal(stream);
        prop_assert!(matches!(kind, ErrorKind::BadPeer | ErrorKind::Disconnected));
    }
}
