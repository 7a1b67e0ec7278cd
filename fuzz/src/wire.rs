//! What a peer sends, into each decoder: whole and in pieces it has to come to the same, and never
//! to a panic (`rfc/sp-wire.md` W-05 to W-32).

use speedwell_wire::words::{hop_count, scan_backtrace, split_word};
use speedwell_wire::{
    Backtrace, FrameError, Framing, Greeting, GreetingDecoder, GreetingError, PrefixDecoder,
};

/// Reads `octets`, the first two of which say in which pieces and with which limits.
pub fn wire(octets: &[u8]) {
    let [pieces, limit, stream @ ..] = octets else {
        return;
    };
    let pieces = usize::from(pieces % 16) + 1;
    let max = [None, Some(0), Some(u64::from(*limit)), Some(u64::MAX)][usize::from(limit % 4)];
    assert_eq!(
        greeting(stream, pieces),
        greeting(stream, stream.len().max(1))
    );
    for framing in [Framing::Tcp, Framing::Ipc] {
        let in_pieces = frames(stream, framing, max, pieces);
        let whole = frames(stream, framing, max, stream.len().max(1));
        assert_eq!(in_pieces, whole);
    }
    words(stream, *limit);
}

/// The greeting at the front, and how many octets it has.
fn greeting(stream: &[u8], pieces: usize) -> Result<(usize, Option<Greeting>), GreetingError> {
    let (mut decoder, mut consumed, mut found) = (GreetingDecoder::new(), 0, None);
    for piece in stream.chunks(pieces) {
        let progress = decoder.push(piece)?;
        assert!(
            progress.consumed <= piece.len(),
            "it consumes what it was given"
        );
        consumed += progress.consumed;
        found = found.or(progress.greeting);
    }
    assert!(consumed <= 8 && found.is_some() == (consumed == 8));
    Ok((consumed, found))
}

/// The lengths of the messages in a stream, as far as it goes, and what is wrong with it.
fn frames(
    stream: &[u8],
    framing: Framing,
    max: Option<u64>,
    pieces: usize,
) -> (Vec<u64>, Option<FrameError>) {
    let (mut decoder, mut lengths) = (PrefixDecoder::new(framing, max), Vec::new());
    let mut rest = stream;
    while !rest.is_empty() {
        let piece = &rest[..pieces.min(rest.len())];
        match decoder.push(piece) {
            Err(error) => {
                assert_eq!(decoder.push(b"\0"), Err(error), "refused for good");
                return (lengths, Some(error));
            }
            Ok((consumed, length)) => {
                assert!(consumed <= piece.len() && (consumed > 0 || length.is_some()));
                rest = &rest[consumed..];
                if let Some(length) = length {
                    assert!(length <= decoder.max() && decoder.is_idle());
                    lengths.push(length);
                    let body = usize::try_from(length).unwrap_or(usize::MAX);
                    rest = &rest[body.min(rest.len())..];
                }
            }
        }
    }
    (lengths, None)
}

/// The header words of a message: a backtrace ends at the first word with its highest bit set.
fn words(message: &[u8], ttl: u8) {
    match scan_backtrace(message, ttl) {
        Backtrace::Found { octets, words } => {
            assert!(octets <= message.len() && octets == 4 * usize::from(words) && words <= ttl);
            let last = split_word(&message[octets - 4..]);
            assert!(last.is_some_and(|(word, _)| word >> 31 == 1));
        }
        Backtrace::TooManyHops => assert!(message.len() / 4 > usize::from(ttl)),
        Backtrace::Malformed => {}
    }
    if let Some((word, rest)) = split_word(message) {
        assert_eq!(rest.len() + 4, message.len());
        assert_eq!(hop_count(word).is_ok(), word <= 0xff);
    }
}
