//! What the header words promise about any message (`rfc/sp-wire.md` sections 7 to 9).

use proptest::prelude::*;
use speedwell_wire::words::{
    Backtrace, hop_count, is_request_id, scan_backtrace, split_word, word,
};

/// The same scan, written down naively: all words first, then the rules.
fn oracle(input: &[u8], ttl: u8) -> Backtrace {
    let words: Vec<u32> = input
        .chunks_exact(4)
        .filter_map(|chunk| chunk.try_into().ok().map(u32::from_be_bytes))
        .collect();
    let found = words
        .iter()
        .position(|&value| value >= 1 << 31)
        .map(|index| index + 1);
    match found {
        Some(count) if count <= usize::from(ttl) => Backtrace::Found {
            octets: 4 * count,
            words: count.try_into().unwrap_or(u8::MAX),
        },
        _ if words.len() > usize::from(ttl) => Backtrace::TooManyHops,
        _ => Backtrace::Malformed,
    }
}

proptest! {
    #[test]
    fn fault_17_18_random_octets_never_panic(
        input in prop::collection::vec(any::<u8>(), 0..64),
        ttl: u8,
    ) {
        // rfc: sp-wire W-27, W-30, W-32
        prop_assert_eq!(scan_backtrace(&input, ttl), oracle(&input, ttl));
    }

    #[test]
    fn fault_17_18_random_backtraces(
        hops in prop::collection::vec(0..1_u32 << 31, 0..300),
        id in prop::option::of(any::<u32>()),
        body in prop::collection::vec(any::<u8>(), 0..9),
        ttl in 1_u8..,
    ) {
        // rfc: sp-wire W-27, W-30, W-32, W-34
        let mut input: Vec<u8> = hops.iter().copied().chain(id).flat_map(word).collect();
        input.extend_from_slice(&body);
        prop_assert_eq!(scan_backtrace(&input, ttl), oracle(&input, ttl));
    }

    #[test]
    fn fault_18_nothing_behind_the_ttl_is_looked_at(
        hops in prop::collection::vec(0..1_u32 << 31, 9..40),
        behind in prop::collection::vec(any::<u8>(), 0..40),
    ) {
        // rfc: sp-wire W-33
        let mut input: Vec<u8> = hops.iter().copied().flat_map(word).collect();
        input.extend_from_slice(&behind);
        prop_assert_eq!(scan_backtrace(&input, 8), Backtrace::TooManyHops);
    }

    #[test]
    fn a_found_backtrace_ends_in_its_only_request_id(
        input in prop::collection::vec(any::<u8>(), 0..64),
        ttl: u8,
    ) {
        // rfc: sp-wire W-27
        if let Backtrace::Found { octets, words } = scan_backtrace(&input, ttl) {
            prop_assert_eq!(octets, usize::from(words) * 4);
            let marks: Vec<bool> = input[..octets]
                .chunks(4)
                .filter_map(split_word)
                .map(|(value, _)| is_request_id(value))
                .collect();
            prop_assert_eq!(marks.iter().filter(|&&mark| mark).count(), 1);
            prop_assert_eq!(marks.last(), Some(&true));
        }
    }

    #[test]
    fn fault_29_hop_counts_are_the_whole_word(value: u32) {
        // rfc: sp-wire W-36, W-38
        prop_assert_eq!(hop_count(value).ok(), u8::try_from(value).ok());
    }
}
