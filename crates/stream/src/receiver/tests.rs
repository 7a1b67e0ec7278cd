//! What a receiving half costs, and when it asks to be called again.

use std::sync::Arc;

use speedwell_message::Message;
use speedwell_testkit::bytes::{ScriptedStream, Step, read_all};
use speedwell_transport::ByteStream;
use speedwell_wire::frame::encode_length;

use super::*;

const MAX: u64 = 1024 * 1024;

fn receiver(stream: ScriptedStream) -> StreamRxHalf {
    let halves = Box::new(stream).split();
    StreamRxHalf::new(halves.rx, &halves.source, Framing::Tcp, Some(MAX))
}

/// As `receiver`, over a source whose readiness is the system's.
fn os_receiver(stream: ScriptedStream) -> StreamRxHalf {
    let handle = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    let source = Source::os(Arc::new(handle));
    StreamRxHalf::new(
        Box::new(stream).split().rx,
        &source,
        Framing::Tcp,
        Some(MAX),
    )
}

fn frame(body: &[u8]) -> Vec<u8> {
    [&(body.len() as u64).to_be_bytes(), body].concat()
}

fn read(rx: &mut StreamRxHalf, messages: usize) -> (Vec<Message>, RxState) {
    let (mut scratch, mut inbox) = (Scratch::new(), Inbox::new());
    let state = rx.read(
        &mut inbox,
        &mut Budget {
            messages,
            octets: 64 * 1024,
            scratch: &mut scratch,
        },
    );
    (std::iter::from_fn(|| inbox.pop()).collect(), state)
}

#[test]
fn fault_11_claiming_much_and_sending_little_costs_little() {
    // rfc: sp-wire W-20
    let mut receivers: Vec<_> = (0..10_000)
        .map(|n| {
            let claim = MAX.to_be_bytes().to_vec();
            let sent = vec![7; n % 5];
            let mut rx = receiver(ScriptedStream::of_pieces([claim, sent]));
            assert!(read_all(&mut rx, 64, 1).0.is_empty());
            rx
        })
        .collect();
    for rx in &mut receivers {
        assert!(size_of_val(rx) + rx.heap_octets() <= 1024);
        assert!(!rx.decoder.is_idle());
    }
}

/// Whatever is claimed, and whether or not there is a limit: four octets cost the first step.
#[test]
fn fault_11_the_memory_reserved_does_not_depend_on_the_claim() {
    // rfc: sp-wire W-20
    let claims = [
        (MAX, Some(MAX)),
        (MAX, None),
        (100_000, None),
        (1 << 40, None),
        (1 << 40, Some(1 << 50)),
        ((1 << 63) - 1, None),
    ];
    // What a machine cannot address it refuses.
    for (claim, max) in claims
        .into_iter()
        .filter(|(claim, _)| usize::try_from(*claim).is_ok())
    {
        for framing in [Framing::Tcp, Framing::Ipc] {
            let mut prefix = [0; 16];
            let count = encode_length(framing, claim, &mut prefix);
            let stream = ScriptedStream::of_pieces([&prefix[..count], b"", b"fo", b"ur"]);
            let halves = Box::new(stream).split();
            let mut rx = StreamRxHalf::new(halves.rx, &halves.source, framing, max);
            let _ = read(&mut rx, 64);
            assert_eq!(rx.heap_octets(), 0, "none but the prefix of {claim}");
            for _ in 0..3 {
                assert!(read(&mut rx, 64).1.end.is_none());
            }
            assert_eq!(rx.heap_octets(), 512, "four octets of {claim}");
        }
    }
}

#[test]
fn fault_11_memory_follows_the_octets_received() {
    // rfc: sp-wire W-20
    let claim = MAX.to_be_bytes().to_vec();
    let pieces = std::iter::repeat_n(vec![7; 1000], 1048);
    let mut rx = receiver(ScriptedStream::of_pieces(
        std::iter::once(claim).chain(pieces),
    ));
    let mut received = 0;
    let _ = read(&mut rx, 64);
    for _ in 0..1048 {
        let _ = read(&mut rx, 64);
        received += 1000;
        assert!(rx.heap_octets() <= (2 * received).max(512), "{received}");
    }
}

#[test]
fn a_pipe_at_rest_owns_no_memory() {
    let stream: Vec<u8> = (0..200).flat_map(|_| frame(&[1; 64])).collect();
    let mut rx = receiver(ScriptedStream::of_pieces([stream]));
    let (messages, state) = read(&mut rx, 64);
    assert!(messages.len() == 64 && state.more);
    assert_eq!(rx.heap_octets(), 136 * 72);
    assert_eq!(read_all(&mut rx, 64, 1).0.len(), 136);
    assert_eq!(rx.heap_octets(), 0);
}

#[test]
fn a_stream_that_goes_on_uses_the_same_memory_again() {
    let piece = |count: usize| -> Vec<u8> { (0..count).flat_map(|_| frame(&[1; 64])).collect() };
    let mut rx = receiver(ScriptedStream::of_pieces([piece(200), piece(150)]));
    let mut sizes = Vec::new();
    for _ in 0..5 {
        assert_eq!(read(&mut rx, 64).0.len(), 64);
        sizes.push(rx.leftover.octets().len() / 72);
        assert_eq!(rx.heap_octets(), 136 * 72);
    }
    assert_eq!(sizes, [136, 72, 8, 94, 30]);
}

#[test]
fn a_paused_pipe_keeps_no_more_memory_than_one_reading_needed() {
    let piece = |count: usize| -> Vec<u8> { (0..count).flat_map(|_| frame(&[1; 64])).collect() };
    let mut rx = receiver(ScriptedStream::of_pieces([piece(800), piece(65)]));
    for _ in 0..12 {
        assert_eq!(read(&mut rx, 64).0.len(), 64);
    }
    assert_eq!(
        read(&mut rx, 64).0.len(),
        64,
        "32 of the first, 32 of the second"
    );
    assert_eq!(rx.leftover.octets().len(), 33 * 72);
    assert!(rx.heap_octets() <= 64 * 1024, "{}", rx.heap_octets());
}

#[test]
fn a_large_message_behind_a_pause_owns_no_more_than_its_own_memory() {
    // rfc: sp-wire W-20
    let large = [&(1024_u64 * 1024).to_be_bytes()[..], &[7; 40_000]].concat();
    let first = [frame(b"a"), frame(b"b"), large].concat();
    let mut rx = receiver(ScriptedStream::of_pieces([first, vec![7; 10_000]]));
    assert_eq!(read(&mut rx, 1).0.len(), 1);
    assert_eq!(read(&mut rx, 1).0.len(), 1);
    let _ = read(&mut rx, 1);
    assert!(rx.heap_octets() <= 2 * 50_000, "{}", rx.heap_octets());
}

#[test]
fn the_end_gives_back_all_memory() {
    let mut stream = MAX.to_be_bytes().to_vec();
    stream.extend([7; 5000]);
    let mut rx = receiver(ScriptedStream::of_pieces([stream]).then(Step::End));
    let (messages, end) = read_all(&mut rx, 64, 1);
    assert!(messages.is_empty());
    assert!(matches!(end, Some(End::Failed(error)) if error.kind() == ErrorKind::Disconnected));
    assert_eq!(rx.heap_octets(), 0);
    assert!(read(&mut rx, 64).1.end.is_some());
}

#[test]
fn asks_for_another_call_only_when_there_may_be_more() {
    let three = [frame(b"a"), frame(b"b"), frame(b"c")].concat();
    let mut rx = os_receiver(ScriptedStream::of_pieces([three]));
    let (messages, state) = read(&mut rx, 2);
    assert_eq!((messages.len(), state.more), (2, true));
    let (messages, state) = read(&mut rx, 2);
    assert_eq!((messages.len(), state.more), (1, false));

    let full = frame(&[0; 64 * 1024 - 8]);
    let mut rx = os_receiver(ScriptedStream::of_pieces([full]));
    let (messages, state) = read(&mut rx, 64);
    assert_eq!((messages.len(), state.more), (1, true));
    assert!(!read(&mut rx, 64).1.more);
}

#[test]
fn a_full_inbox_is_left_alone() {
    let mut rx = receiver(ScriptedStream::of_pieces([frame(b"b")]));
    let (mut scratch, mut inbox) = (Scratch::new(), Inbox::new());
    inbox.push(Message::from("a"));
    let mut budget = Budget {
        messages: 1,
        octets: 64 * 1024,
        scratch: &mut scratch,
    };
    assert!(rx.read(&mut inbox, &mut budget).more);
    assert_eq!(inbox.len(), 1);
    inbox.clear();
    assert!(rx.read(&mut inbox, &mut budget).more);
    assert_eq!(inbox.pop(), Some(Message::from("b")));
}

#[test]
fn the_octets_of_a_budget_end_a_filling() {
    let stream = [frame(&[1; 100]), frame(&[2; 100]), frame(&[3; 100])].concat();
    let mut rx = receiver(ScriptedStream::of_pieces([stream]));
    let (mut scratch, mut inbox) = (Scratch::new(), Inbox::new());
    let mut budget = Budget {
        messages: 64,
        octets: 150,
        scratch: &mut scratch,
    };
    assert!(rx.read(&mut inbox, &mut budget).more);
    assert_eq!((inbox.len(), inbox.octets()), (2, 200));
}

#[test]
fn a_large_message_is_read_into_its_own_memory() {
    let body: Vec<u8> = (0..=255).cycle().take(1024 * 1024).collect();
    for piece in [10_000, 40_000, 64 * 1024, 300_000] {
        let stream = [frame(&body), frame(b"next")].concat();
        let mut rx = receiver(ScriptedStream::of_pieces(stream.chunks(piece)));
        let (messages, end) = read_all(&mut rx, 64, 1);
        assert_eq!(messages.len(), 2, "pieces of {piece}");
        assert!(messages[0].body() == body && messages[1].body() == b"next");
        assert!(end.is_none() && rx.heap_octets() == 0);
    }
}

#[test]
fn signals_and_empty_moments_change_nothing() {
    let whole = frame(&[9; 300]);
    let (first, second) = whole.split_at(100);
    let steps = [
        Step::Interrupt,
        Step::Octets(first.to_vec()),
        Step::Interrupt,
        Step::Block,
        Step::Interrupt,
        Step::Octets(second.to_vec()),
        Step::End,
    ];
    let (messages, end) = read_all(&mut receiver(ScriptedStream::new(steps)), 64, 3);
    assert_eq!(messages, [Message::from(&[9; 300])]);
    assert!(matches!(end, Some(End::Closed)));
}
