//! A large message is read into memory of its own, and what follows it into the reader's buffer:
//! at once by a stream that can, one after the other by one that cannot. Messages are the same
//! either way, and nothing counts as read but what the stream said. See `rfc/sp-wire.md` section 5
//! and `rfc/sp-tcp.md` T-32.

use std::net::UdpSocket;
use std::sync::Arc;

use speedwell_transport::StreamRx;

use super::*;

/// What stands where a reading put nothing.
const RUBBISH: u8 = 0xee;

/// In how many places one reading of a stream puts what it brings.
#[derive(Clone, Copy, Debug)]
enum Places {
    /// What a stream does that provides `read` alone.
    One,
    /// Into a large message, and behind it.
    Two,
}

/// A stream that spoils the room it was lent and did not fill, as it may.
struct Spoiling {
    io: Box<dyn StreamRx>,
    places: Places,
    octets_max: usize,
}

impl StreamRx for Spoiling {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        buffer.fill(RUBBISH);
        self.io.read(buffer)
    }

    fn read_onto(
        &mut self,
        octets: &mut Vec<u8>,
        wanted: usize,
        beyond: &mut [u8],
    ) -> io::Result<usize> {
        let start = octets.len();
        assert!(octets.capacity() - start >= wanted, "room is promised");
        octets.resize(start + wanted, RUBBISH);
        beyond.fill(RUBBISH);
        let result = match self.places {
            Places::One => self.io.read(&mut octets[start..]),
            Places::Two => {
                octets.truncate(start);
                return self.io.read_onto(octets, wanted, beyond);
            }
        };
        octets.truncate(start + *result.as_ref().unwrap_or(&0));
        result
    }

    fn octets_max(&self) -> usize {
        self.octets_max
    }
}

/// A source whose readiness is the system's, so that a reading which brings less than there was
/// room for may be the last for now.
fn os_source() -> Source {
    Source::os(Arc::new(UdpSocket::bind("127.0.0.1:0").unwrap()))
}

/// A receiving half of a stream that obeys a script.
fn receiver(
    script: ScriptedStream,
    places: Places,
    octets_max: usize,
    source: &Source,
) -> StreamRxHalf {
    let io = Spoiling {
        io: Box::new(script).split().rx,
        places,
        octets_max,
    };
    StreamRxHalf::new(Box::new(io), source, Framing::Tcp, Some(300_000))
}

/// Messages of these sizes, and no two neighbours alike.
fn messages_of(sizes: &[usize]) -> Vec<Message> {
    (0_u8..)
        .zip(sizes)
        .map(|(n, size)| (n..=250).cycle().take(*size).collect::<Vec<u8>>().into())
        .collect()
}

fn stream_of(messages: &[Message]) -> Vec<u8> {
    messages
        .iter()
        .flat_map(|message| frame(Framing::Tcp, message.body()))
        .collect()
}

/// Sizes among which those of large messages are often.
fn sizes() -> impl Strategy<Value = Vec<usize>> {
    let size = prop_oneof![0_usize..100, 10_000_usize..40_000, 60_000_usize..300_000];
    prop::collection::vec(size, 0..8)
}

/// What one reading asks for at most.
fn octets_max() -> impl Strategy<Value = usize> {
    prop_oneof![Just(usize::MAX), Just(64 * 1024), 4_000_usize..70_000]
}

proptest! {
    #[test]
    fn fault_08_messages_are_the_same_read_into_one_place_and_into_two(
        sizes in sizes(),
        lengths in prop::collection::vec(
            prop_oneof![1_000_usize..9_000, 30_000_usize..200_000, Just(1 << 22)], 1..8),
        octets_max in octets_max(),
        messages in 1_usize..5,
        kept in 0.0..1.0,
    ) {
        // rfc: sp-wire W-22, W-25, W-26
        // rfc: sp-tcp T-32
        let sent = messages_of(&sizes);
        let stream = stream_of(&sent);
        let cut = (stream.len() as f64 * kept) as usize;
        for (octets, is_whole) in [(&stream[..], true), (&stream[..cut], false)] {
            let [one, two] = [Places::One, Places::Two].map(|places| {
                let script = script_of(octets, &lengths);
                let mut rx = receiver(script, places, octets_max, &Source::Doorbell);
                let (read, end) = read_all(&mut rx, messages, 2);
                (read, format!("{end:?}"))
            });
            prop_assert_eq!(&one.1, &two.1);
            prop_assert!(one == two && sent.starts_with(&two.0));
            prop_assert!(!is_whole || two.0.len() == sent.len() && two.1 == "Some(Closed)");
        }
    }

    /// No reading follows one that said there was nothing more, until the system says there is.
    #[test]
    fn a_pipe_does_not_rest_while_a_message_is_there(
        sizes in sizes(),
        octets_max in octets_max(),
        messages in 1_usize..5,
    ) {
        // rfc: sp-wire W-22
        // rfc: sp-tcp T-32
        let sent = messages_of(&sizes);
        for places in [Places::One, Places::Two] {
            let script = ScriptedStream::of_pieces([stream_of(&sent)]);
            let mut rx = receiver(script, places, octets_max, &os_source());
            let (read, end) = read_all(&mut rx, messages, 1);
            prop_assert!(read == sent && end.is_none(), "{:?}: {} read", places, read.len());
        }
    }
}
