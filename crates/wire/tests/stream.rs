//! What the decoders promise about a whole byte stream (`rfc/sp-wire.md` sections 2 to 6).
//!
//! `Receiver` at the end of this file stands in for a connection's reading side.

use proptest::prelude::*;
use speedwell_wire::frame::encode_length;
use speedwell_wire::{FrameError, Framing, Greeting, GreetingDecoder, PrefixDecoder, role};

const BOTH: [Framing; 2] = [Framing::Tcp, Framing::Ipc];
const MAX: Option<u64> = Some(1 << 20);
const HELLO: Greeting = Greeting {
    protocol: role::PUSH,
};
const THREE: [&[u8]; 3] = [b"first", b"", b"\0SP"];

#[test]
fn fault_07_one_octet_at_a_time() {
    // rfc: sp-wire W-12, W-22
    for framing in BOTH {
        let stream = stream_of(framing, &THREE);
        let mut receiver = Receiver::new(framing, MAX);
        for octet in stream.chunks(1) {
            assert_eq!(receiver.receives(octet), Ok(()));
        }
        assert_eq!(receiver.delivered, THREE);
        assert!(receiver.ends_cleanly());
    }
}

#[test]
fn fault_08_every_split_of_three_messages() {
    // rfc: sp-wire W-08, W-22
    for framing in BOTH {
        let stream = stream_of(framing, &THREE);
        for first in 0..=stream.len() {
            for second in first..=stream.len() {
                for third in second..=stream.len() {
                    let mut receiver = Receiver::new(framing, MAX);
                    assert_eq!(receiver.receives(&stream[..first]), Ok(()));
                    assert_eq!(receiver.receives(&stream[first..second]), Ok(()));
                    assert_eq!(receiver.receives(&stream[second..third]), Ok(()));
                    assert_eq!(receiver.receives(&stream[third..]), Ok(()));
                    assert_eq!(receiver.delivered, THREE);
                }
            }
        }
    }
}

#[test]
fn fault_09_refused_behind_good_messages() {
    // rfc: sp-wire W-18, W-19, W-23, W-26
    for framing in BOTH {
        for length in [1 << 63, u64::MAX, (1 << 63) - 1, 1 << 40, (1 << 20) + 1] {
            let mut stream = stream_of(framing, &THREE);
            stream.extend_from_slice(&prefix(framing, length));
            stream.extend_from_slice(&prefix(framing, 0));
            for cut in 0..=stream.len() {
                let mut receiver = Receiver::new(framing, MAX);
                let refused = receiver
                    .receives(&stream[..cut])
                    .and_then(|()| receiver.receives(&stream[cut..]));
                assert_eq!(
                    refused,
                    Err(FrameError::TooLong {
                        length,
                        max: 1 << 20
                    })
                );
                assert_eq!(receiver.delivered, THREE);
                assert!(!receiver.ends_cleanly());
            }
        }
    }
}

#[test]
fn fault_12_truncated_at_each_offset() {
    // rfc: sp-wire W-24, W-25, W-26
    for framing in BOTH {
        let stream = stream_of(framing, &THREE);
        let ends: Vec<usize> = (0..=THREE.len())
            .map(|n| stream_of(framing, &THREE[..n]).len())
            .collect();
        for cut in 0..=stream.len() {
            let mut receiver = Receiver::new(framing, MAX);
            assert_eq!(receiver.receives(&stream[..cut]), Ok(()));
            let whole = ends
                .iter()
                .filter(|&&end| end <= cut)
                .count()
                .saturating_sub(1);
            assert_eq!(receiver.delivered, THREE[..whole], "cut at {cut}");
            assert_eq!(
                receiver.ends_cleanly(),
                cut == 0 || ends.contains(&cut),
                "cut at {cut}"
            );
        }
    }
}

#[test]
fn fault_14_a_second_greeting_is_a_prefix() {
    // rfc: sp-wire W-09
    let stream = [HELLO.encode(), HELLO.encode()].concat();
    for cut in 0..=stream.len() {
        let mut tcp = Receiver::new(Framing::Tcp, MAX);
        let refused = tcp
            .receives(&stream[..cut])
            .and_then(|()| tcp.receives(&stream[cut..]));
        let length = u64::from_be_bytes(HELLO.encode());
        assert_eq!(
            refused,
            Err(FrameError::TooLong {
                length,
                max: 1 << 20
            })
        );

        let mut ipc = Receiver::new(Framing::Ipc, MAX);
        let refused = ipc
            .receives(&stream[..cut])
            .and_then(|()| ipc.receives(&stream[cut..]));
        assert_eq!(refused, Err(FrameError::WrongType { value: 0 }));
    }
}

#[test]
fn fault_16_a_message_one_octet_longer_than_its_length() {
    // rfc: sp-wire W-19, W-15
    for framing in BOTH {
        let mut stream = HELLO.encode().to_vec();
        stream.extend_from_slice(&prefix(framing, 4));
        stream.extend_from_slice(b"12345");
        stream.extend_from_slice(&prefix(framing, 4));
        stream.extend_from_slice(b"1234");
        let mut receiver = Receiver::new(framing, MAX);
        let refused = receiver.receives(&stream);
        let expected = match framing {
            Framing::Tcp => FrameError::TooLong {
                length: 0x35 << 56,
                max: 1 << 20,
            },
            Framing::Ipc => FrameError::WrongType { value: b'5' },
        };
        assert_eq!(refused, Err(expected));
        assert_eq!(receiver.delivered, [b"1234"]);
    }
}

#[test]
fn fault_16_a_message_one_octet_shorter_than_its_length() {
    // rfc: sp-wire W-19, W-15
    for framing in BOTH {
        let mut stream = HELLO.encode().to_vec();
        stream.extend_from_slice(&prefix(framing, 4));
        stream.extend_from_slice(b"123");
        stream.extend_from_slice(&prefix(framing, 0x1234));
        stream.extend_from_slice(b"1234");
        let mut receiver = Receiver::new(framing, MAX);
        let refused = receiver.receives(&stream);
        let expected = match framing {
            Framing::Tcp => FrameError::TooLong {
                length: 0x0012_3431,
                max: 1 << 20,
            },
            Framing::Ipc => FrameError::WrongType { value: 0 },
        };
        assert_eq!(refused, Err(expected));
        assert_eq!(receiver.delivered.len(), 1);
    }
}

proptest! {
    #[test]
    fn fault_08_any_messages_in_any_pieces(
        framing in prop::sample::select(&BOTH[..]),
        messages in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..300), 0..8),
        pieces in prop::collection::vec(1_usize..40, 1..64),
    ) {
        // rfc: sp-wire W-08, W-11, W-14, W-22
        let stream = stream_of(framing, &messages);
        let mut receiver = Receiver::new(framing, Some(300));
        let mut rest = &stream[..];
        for piece in pieces.into_iter().cycle() {
            let (head, tail) = rest.split_at(piece.min(rest.len()));
            prop_assert_eq!(receiver.receives(head), Ok(()));
            rest = tail;
            if rest.is_empty() {
                break;
            }
        }
        prop_assert_eq!(&receiver.delivered, &messages);
        prop_assert!(receiver.ends_cleanly());
    }

    #[test]
    fn fault_09_any_length_any_limit(
        framing in prop::sample::select(&BOTH[..]),
        length: u64,
        shift in 0_u32..64,
        max: Option<u64>,
        cut in 0_usize..=9,
    ) {
        // rfc: sp-wire W-18, W-19, W-22
        let length = length >> shift;
        let limit = max.unwrap_or(u64::MAX).min((1 << 63) - 1);
        let octets = prefix(framing, length);
        let (head, tail) = octets.split_at(cut.min(octets.len()));
        let mut whole = PrefixDecoder::new(framing, max);
        let mut pieces = PrefixDecoder::new(framing, max);
        let answer = whole.push(&octets).map(|(_, length)| length);
        let in_two = pieces.push(head).and_then(|(consumed, length)| match length {
            Some(_) => Ok((consumed, length)),
            None => pieces.push(tail),
        });
        prop_assert_eq!(answer, in_two.map(|(_, length)| length));
        if length <= limit {
            prop_assert_eq!(answer, Ok(Some(length)));
        } else {
            prop_assert_eq!(answer, Err(FrameError::TooLong { length, max: limit }));
        }
    }

    #[test]
    fn fault_03_random_octets_never_panic(
        framing in prop::sample::select(&BOTH[..]),
        greets: bool,
        // Mostly small octets, so that lengths are often within reach.
        octets in prop::collection::vec(prop_oneof![4 => 0..=2_u8, 1 => any::<u8>()], 0..200),
        cut in 0_usize..200,
    ) {
        // rfc: sp-wire W-20, W-22; fault 16
        let mut stream = if greets { HELLO.encode().to_vec() } else { Vec::new() };
        stream.extend_from_slice(&octets);
        let (head, tail) = stream.split_at(cut.min(stream.len()));
        let mut whole = Receiver::new(framing, Some(64));
        let mut pieces = Receiver::new(framing, Some(64));
        let answer = whole.receives(&stream);
        let in_two = pieces.receives(head).and_then(|()| pieces.receives(tail));
        prop_assert_eq!(answer, in_two);
        prop_assert_eq!(whole.delivered, pieces.delivered);
        prop_assert!(whole.body.capacity() <= stream.len().max(64));
    }
}

fn prefix(framing: Framing, length: u64) -> Vec<u8> {
    let mut out = [0; 16];
    let written = encode_length(framing, length, &mut out);
    out.into_iter().take(written).collect()
}

/// A greeting and then `messages`, as a PUSH socket sends them.
fn stream_of<M: AsRef<[u8]>>(framing: Framing, messages: &[M]) -> Vec<u8> {
    let mut stream = HELLO.encode().to_vec();
    for message in messages.iter().map(M::as_ref) {
        stream.extend_from_slice(&prefix(framing, message.len() as u64));
        stream.extend_from_slice(message);
    }
    stream
}

/// The reading side of a connection: greeting, then prefix and message by turns.
struct Receiver {
    greeting: GreetingDecoder,
    prefix: PrefixDecoder,
    /// Octets still missing of the message at hand.
    missing: Option<u64>,
    body: Vec<u8>,
    delivered: Vec<Vec<u8>>,
    stranger: bool,
}

impl Receiver {
    fn new(framing: Framing, max: Option<u64>) -> Self {
        Self {
            greeting: GreetingDecoder::new(),
            prefix: PrefixDecoder::new(framing, max),
            missing: None,
            body: Vec::new(),
            delivered: Vec::new(),
            stranger: false,
        }
    }

    fn receives(&mut self, input: &[u8]) -> Result<(), FrameError> {
        let Ok(progress) = self.greeting.push(input) else {
            self.stranger = true;
            return Ok(());
        };
        let (_, mut rest) = input.split_at(progress.consumed);
        while progress.greeting.is_some() && !rest.is_empty() {
            let Some(missing) = self.missing else {
                let (consumed, length) = self.prefix.push(rest)?;
                self.missing = length;
                (_, rest) = rest.split_at(consumed);
                self.deliver_when_whole();
                continue;
            };
            let (head, tail) =
                rest.split_at(rest.len().min(missing.try_into().unwrap_or(usize::MAX)));
            self.body.extend_from_slice(head);
            self.missing = Some(missing - head.len() as u64);
            rest = tail;
            self.deliver_when_whole();
        }
        Ok(())
    }

    fn deliver_when_whole(&mut self) {
        if self.missing == Some(0) {
            self.missing = None;
            self.delivered.push(std::mem::take(&mut self.body));
        }
    }

    /// Whether an end of stream here cuts nothing.
    fn ends_cleanly(&self) -> bool {
        let greeted = self.greeting.is_idle() || self.greeting.greeting().is_some();
        greeted && !self.stranger && self.prefix.is_idle() && self.missing.is_none()
    }
}
