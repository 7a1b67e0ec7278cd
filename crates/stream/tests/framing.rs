//! What a receiver makes of a stream of messages, however it is cut and wherever it ends.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "tests"
)]

#[path = "framing/places.rs"]
mod places;

use std::io;

use proptest::prelude::*;
use speedwell_stream::{Framing, StreamRxHalf};
use speedwell_testkit::bytes::{ScriptedStream, Step, read_all};
use speedwell_transport::{ByteStream, End, ErrorKind, Message, Source};

const FRAMINGS: [Framing; 2] = [Framing::Tcp, Framing::Ipc];

fn frame(framing: Framing, body: &[u8]) -> Vec<u8> {
    let mut octets = match framing {
        Framing::Tcp => Vec::new(),
        Framing::Ipc => vec![1],
    };
    octets.extend((body.len() as u64).to_be_bytes());
    octets.extend(body);
    octets
}

/// Reads all that a script brings, in fillings of at most `messages`.
fn read_script(
    script: ScriptedStream,
    framing: Framing,
    max: Option<u64>,
    messages: usize,
) -> (Vec<Message>, Option<End>) {
    let io = Box::new(script).split().rx;
    let mut rx = StreamRxHalf::new(io, &Source::Doorbell, framing, max);
    let (read, end) = read_all(&mut rx, messages, 2);
    if let (Some(End::Failed(error)), (again, Some(End::Failed(still)))) =
        (&end, read_all(&mut rx, messages, 1))
    {
        // rfc: sp-wire W-23
        assert!(again.is_empty() && still.kind() == error.kind());
    }
    (read, end)
}

fn read_pieces<P: Into<Vec<u8>>>(
    pieces: impl IntoIterator<Item = P>,
    framing: Framing,
) -> (Vec<Message>, Option<End>) {
    let script = ScriptedStream::of_pieces(pieces).then(Step::End);
    read_script(script, framing, Some(1024), 64)
}

fn refused(end: Option<End>) -> ErrorKind {
    match end {
        Some(End::Failed(error)) => error.kind(),
        other => panic!("{other:?}"),
    }
}

/// What a receiver makes of a stream: the same however it is cut in two, and octet by octet.
fn under_every_split(
    stream: &[u8],
    framing: Framing,
    max: Option<u64>,
) -> (Vec<Message>, Option<ErrorKind>) {
    let read = |script: ScriptedStream| {
        let (messages, end) = read_script(script.then(Step::End), framing, max, 64);
        let refusal = match end {
            Some(End::Closed) => None,
            end => Some(refused(end)),
        };
        (messages, refusal)
    };
    let whole = read(ScriptedStream::of_pieces([stream]));
    for cut in 0..=stream.len() {
        let pieces = [&stream[..cut], &stream[cut..]];
        assert_eq!(
            read(ScriptedStream::of_pieces(pieces)),
            whole,
            "cut at {cut}"
        );
    }
    assert_eq!(read(ScriptedStream::of_pieces(stream.chunks(1))), whole);
    whole
}

/// An empty message, one that fits inline, and one that does not.
fn three() -> [Message; 3] {
    [
        Message::new(),
        Message::from("hello"),
        Message::from(vec![7; 80]),
    ]
}

fn three_framed(framing: Framing) -> Vec<u8> {
    three()
        .iter()
        .flat_map(|message| frame(framing, message.body()))
        .collect()
}

#[test]
fn fault_08_every_pair_of_split_points_gives_the_same_messages() {
    // rfc: sp-wire W-22, W-24
    for framing in FRAMINGS {
        let stream = three_framed(framing);
        for first in 0..=stream.len() {
            for second in first..=stream.len() {
                let pieces = [&stream[..first], &stream[first..second], &stream[second..]];
                let (messages, end) = read_pieces(pieces, framing);
                assert_eq!(messages, three(), "{framing:?} {first} {second}");
                assert!(matches!(end, Some(End::Closed)));
            }
        }
    }
}

#[test]
fn fault_08_the_size_of_a_filling_changes_nothing() {
    // rfc: sp-wire W-22
    for framing in FRAMINGS {
        let stream = three_framed(framing);
        for cut in 0..=stream.len() {
            for messages in [0, 1, 2] {
                let pieces = [&stream[..cut], &stream[cut..]];
                let script = ScriptedStream::of_pieces(pieces).then(Step::End);
                let (read, end) = read_script(script, framing, None, messages);
                assert_eq!(read, three(), "{framing:?} {cut} {messages}");
                assert!(matches!(end, Some(End::Closed)));
            }
        }
    }
}

#[test]
fn fault_07_octet_by_octet() {
    // rfc: sp-wire W-22
    for framing in FRAMINGS {
        let steps = three_framed(framing)
            .into_iter()
            .flat_map(|octet| [Step::Interrupt, Step::Octets(vec![octet])]);
        let script = ScriptedStream::new(steps).then(Step::End);
        let (messages, end) = read_script(script, framing, Some(80), 64);
        assert_eq!(messages, three());
        assert!(matches!(end, Some(End::Closed)));
    }
}

#[test]
fn fault_12_truncated_at_each_offset() {
    // rfc: sp-wire W-24, W-25, W-26
    let ways = [Step::End, Step::Fail(io::ErrorKind::ConnectionReset)];
    for (framing, way) in FRAMINGS
        .iter()
        .flat_map(|f| ways.iter().map(|w| (*f, w.clone())))
    {
        let stream = three_framed(framing);
        let lengths = three().map(|message| frame(framing, message.body()).len());
        let borders = [0, lengths[0], lengths[0] + lengths[1], lengths.iter().sum()];
        for cut in 0..=stream.len() {
            let script = ScriptedStream::of_pieces([&stream[..cut]]).then(way.clone());
            let (messages, end) = read_script(script, framing, None, 64);
            let whole = borders[1..].iter().filter(|border| **border <= cut).count();
            assert_eq!(messages, three()[..whole], "{framing:?} {cut}");
            if way == Step::End && borders.contains(&cut) {
                assert!(matches!(end, Some(End::Closed)), "{framing:?} {cut}");
            } else {
                assert_eq!(refused(end), ErrorKind::Disconnected, "{framing:?} {cut}");
            }
        }
    }
}

#[test]
fn fault_09_absurd_lengths_are_refused() {
    // rfc: sp-wire W-18, W-19, W-20
    for framing in FRAMINGS {
        for length in [1025, 1 << 40, (1 << 63) - 1, 1 << 63, u64::MAX] {
            let mut stream = frame(framing, b"before");
            let at = stream.len() + frame(framing, b"").len() - 8;
            stream.extend(frame(framing, b"behind"));
            stream[at..at + 8].copy_from_slice(&length.to_be_bytes());
            let (messages, refusal) = under_every_split(&stream, framing, Some(1024));
            assert_eq!(messages, [Message::from("before")]);
            assert_eq!(refusal, Some(ErrorKind::MessageTooLong), "{length}");
        }
    }
}

#[test]
fn fault_09_without_a_limit_only_the_impossible_is_refused() {
    // rfc: sp-wire W-18, W-20
    for (length, kind) in [
        (1 << 40, ErrorKind::Disconnected),
        ((1 << 63) - 1, ErrorKind::Disconnected),
        (1 << 63, ErrorKind::MessageTooLong),
        (u64::MAX, ErrorKind::MessageTooLong),
    ] {
        let kind = match usize::try_from(length) {
            Ok(_) => kind,
            Err(_) => ErrorKind::MessageTooLong,
        };
        let stream = [&length.to_be_bytes()[..], &[0; 99]].concat();
        let (messages, refusal) = under_every_split(&stream, Framing::Tcp, None);
        assert!(messages.is_empty());
        assert_eq!(refusal, Some(kind), "{length}");
    }
}

#[test]
fn fault_10_the_limit_itself_and_nothing() {
    // rfc: sp-wire W-19, W-21
    for framing in FRAMINGS {
        for max in [0, 1, 72, 73, 1024] {
            let fits = vec![3; usize::try_from(max).unwrap()];
            let over = vec![3; fits.len() + 1];
            let stream = [fits.as_slice(), b"", &over].map(|body| frame(framing, body));
            let (messages, refusal) = under_every_split(&stream.concat(), framing, Some(max));
            assert_eq!(messages, [Message::from(fits), Message::new()]);
            assert_eq!(refusal, Some(ErrorKind::MessageTooLong), "{max}");
        }
    }
}

#[test]
fn fault_13_every_wrong_type_octet_is_refused() {
    // rfc: sp-wire W-14, W-15
    for value in (0..=255).filter(|value| *value != 1) {
        let mut stream = frame(Framing::Ipc, b"before");
        stream.push(value);
        // With and without octets behind it.
        for behind in [&b""[..], b"\0\0\0\0\0\0\0\x01x"] {
            let stream = [&stream[..], behind].concat();
            let (messages, refusal) = under_every_split(&stream, Framing::Ipc, Some(1024));
            assert_eq!(messages, [Message::from("before")]);
            assert_eq!(refusal, Some(ErrorKind::BadPeer), "{value}");
        }
    }
}

#[test]
fn fault_16_a_message_of_another_length_than_it_says() {
    // rfc: sp-wire W-11, W-19: what follows is read as a prefix, and is none.
    let (long, short) = (b"hello!".as_slice(), b"hell".as_slice());
    for body in [long, short] {
        let mut stream = frame(Framing::Tcp, b"hello");
        stream.truncate(8);
        stream.extend(body);
        stream.extend(frame(Framing::Tcp, &[0xff; 80]));
        stream.extend(frame(Framing::Tcp, &[0xff; 80]));
        let (messages, refusal) = under_every_split(&stream, Framing::Tcp, Some(1024));
        assert_eq!(messages.len(), 1, "{body:?}");
        assert_eq!(refusal, Some(ErrorKind::MessageTooLong), "{body:?}");
    }
    let mut stream = frame(Framing::Ipc, b"hello");
    stream.extend(b"!");
    stream.extend(frame(Framing::Ipc, b"next"));
    let (messages, refusal) = under_every_split(&stream, Framing::Ipc, Some(1024));
    assert_eq!(messages, [Message::from("hello")]);
    assert_eq!(refusal, Some(ErrorKind::BadPeer));
}

#[test]
fn fault_14_a_second_greeting_is_read_as_a_length() {
    // rfc: sp-wire W-09
    for (framing, kind) in [
        (Framing::Tcp, ErrorKind::MessageTooLong),
        (Framing::Ipc, ErrorKind::BadPeer),
    ] {
        let again = under_every_split(b"\0SP\0\0\x50\0\0", framing, Some(1024));
        assert_eq!(again, (Vec::new(), Some(kind)));
    }
}

/// Cuts `octets` at pieces of these lengths, again and again, with signals and pauses between.
fn script_of(octets: &[u8], lengths: &[usize]) -> ScriptedStream {
    let mut steps = Vec::new();
    let (mut rest, mut lengths) = (octets, lengths.iter().cycle());
    while !rest.is_empty() {
        let (piece, behind) = rest.split_at(rest.len().min(*lengths.next().unwrap()));
        steps.push(Step::Octets(piece.to_vec()));
        rest = behind;
    }
    ScriptedStream::new(steps).then(Step::End)
}

proptest! {
    #[test]
    fn fault_08_any_messages_in_any_pieces(
        sizes in prop::collection::vec(
            prop_oneof![0_usize..100, 0_usize..5_000, 60_000_usize..300_000], 0..12),
        lengths in prop::collection::vec(
            prop_oneof![1_usize..20, 1_usize..9_000, 30_000_usize..200_000], 1..8),
        messages in 0_usize..5,
        tcp in any::<bool>(),
    ) {
        // rfc: sp-wire W-22, W-26
        let framing = if tcp { Framing::Tcp } else { Framing::Ipc };
        let sent: Vec<Message> = (0_u8..)
            .zip(&sizes)
            .map(|(n, size)| (n..=255).cycle().take(*size).collect::<Vec<u8>>().into())
            .collect();
        let stream: Vec<u8> =
            sent.iter().flat_map(|message| frame(framing, message.body())).collect();
        let script = script_of(&stream, &lengths);
        let (read, end) = read_script(script, framing, Some(300_000), messages);
        prop_assert_eq!(read, sent);
        prop_assert!(matches!(end, Some(End::Closed)));
    }

    #[test]
    fn fault_03_random_octets_never_panic(
        octets in prop::collection::vec(
            prop_oneof![Just(0), Just(1), any::<u8>()], 0..200),
        lengths in prop::collection::vec(1_usize..30, 1..8),
        max in prop_oneof![Just(None), (0_u64..600).prop_map(Some)],
        tcp in any::<bool>(),
    ) {
        // rfc: sp-wire W-22
        let framing = if tcp { Framing::Tcp } else { Framing::Ipc };
        let (whole, end) = read_script(script_of(&octets, &[1000]), framing, max, 64);
        let (cut, end_cut) = read_script(script_of(&octets, &lengths), framing, max, 3);
        prop_assert_eq!(whole, cut);
        prop_assert_eq!(format!("{end:?}"), format!("{end_cut:?}"));
    }
}
