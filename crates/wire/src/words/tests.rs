//! The rules of header words, one by one (`rfc/sp-wire.md` sections 7 to 9).

use super::*;

extern crate std;
use std::string::ToString;
use std::vec;
use std::vec::Vec;

/// A back-trace of `words` words, the request id among them, before `body`.
fn message(words: u8, body: &[u8]) -> Vec<u8> {
    let mut octets: Vec<u8> = (1..words)
        .flat_map(|hop| word(device_word(hop.into())))
        .collect();
    octets.extend_from_slice(&word(request_id(0x1234)));
    octets.extend_from_slice(body);
    octets
}

#[test]
fn finds_the_body_behind_the_request_id() {
    // rfc: sp-wire W-27
    for body in [&b""[..], b"b", b"\x80body", &[0xff; 64]] {
        for words in 1..=u8::MAX {
            let octets = usize::from(words) * WORD_LEN;
            let found = scan_backtrace(&message(words, body), u8::MAX);
            assert_eq!(found, Backtrace::Found { octets, words });
        }
    }
}

#[test]
fn fault_18_ttl_counts_the_request_id() {
    // rfc: sp-wire W-32, W-34
    for ttl in TTL_MIN..=u8::MAX {
        for words in 1..=u8::MAX {
            let found = scan_backtrace(&message(words, b"body"), ttl);
            let octets = usize::from(words) * WORD_LEN;
            let expected = if words <= ttl {
                Backtrace::Found { octets, words }
            } else {
                Backtrace::TooManyHops
            };
            assert_eq!(found, expected, "{words} words, ttl {ttl}");
        }
    }
}

#[test]
fn fault_18_the_default_allows_seven_devices() {
    // rfc: sp-wire W-34
    let eight = scan_backtrace(&message(8, b""), TTL_DEFAULT);
    assert_eq!(
        eight,
        Backtrace::Found {
            octets: 32,
            words: 8
        }
    );
    for words in [9, 16, 100] {
        assert_eq!(
            scan_backtrace(&message(words, b""), TTL_DEFAULT),
            Backtrace::TooManyHops
        );
    }
}

#[test]
fn fault_18_two_hundred_thousand_hops() {
    // rfc: sp-wire W-32, W-33
    let mut octets = vec![0; 200_000 * WORD_LEN];
    octets.extend_from_slice(&word(request_id(1)));
    for ttl in [TTL_MIN, TTL_DEFAULT, u8::MAX] {
        assert_eq!(scan_backtrace(&octets, ttl), Backtrace::TooManyHops);
    }
}

#[test]
fn fault_18_a_ttl_of_zero_lets_nothing_through() {
    assert_eq!(scan_backtrace(&message(1, b""), 0), Backtrace::TooManyHops);
    assert_eq!(scan_backtrace(b"", 0), Backtrace::Malformed);
}

#[test]
fn fault_17_no_end_bit_at_any_length() {
    // rfc: sp-wire W-30, W-32
    let octets = [0x7f; 4 * 40];
    for len in 0..=octets.len() {
        for ttl in [1, 2, 7, 8, 9, 40] {
            let words_all = len / WORD_LEN;
            let expected = if words_all > usize::from(ttl) {
                Backtrace::TooManyHops
            } else {
                Backtrace::Malformed
            };
            assert_eq!(
                scan_backtrace(&octets[..len], ttl),
                expected,
                "{len} octets, ttl {ttl}"
            );
        }
    }
}

#[test]
fn fault_17_the_end_bit_cut_off() {
    // rfc: sp-wire W-30
    for words in 1..=TTL_DEFAULT {
        let octets = message(words, b"");
        for len in 0..octets.len() {
            assert_eq!(
                scan_backtrace(&octets[..len], TTL_DEFAULT),
                Backtrace::Malformed
            );
        }
    }
}

#[test]
fn only_the_top_bit_ends_a_backtrace() {
    // rfc: sp-wire W-27
    for bit in 0..32 {
        assert_eq!(is_request_id(1 << bit), bit == 31);
        assert_eq!(is_request_id(!(1 << bit)), bit != 31);
    }
}

#[test]
fn request_ids_count_through_31_bits() {
    // rfc: sp-wire W-28
    assert_eq!(request_id(0), REQUEST_BIT);
    assert_eq!(request_id(u32::MAX), u32::MAX);
    assert_eq!(next_request_id(request_id(41)), request_id(42));
    assert_eq!(next_request_id(u32::MAX), request_id(0));
}

#[test]
fn device_words_leave_the_top_bit_clear() {
    // rfc: sp-wire W-29
    assert_eq!(device_word(0x04d9_f899), 0x04d9_f899);
    assert_eq!(device_word(u32::MAX), 0x7fff_ffff);
}

#[test]
fn words_come_back() {
    // rfc: sp-wire W-27
    for value in [0, 1, 0x0102_0304, REQUEST_BIT, u32::MAX] {
        assert_eq!(split_word(&word(value)), Some((value, &b""[..])));
    }
    assert_eq!(word(0x0102_0304), [1, 2, 3, 4]);
    for short in 0..WORD_LEN {
        assert_eq!(split_word(&[0xff; WORD_LEN][..short]), None);
    }
}

#[test]
fn fault_29_hop_counts_fill_one_octet() {
    // rfc: sp-wire W-36, W-37, W-38
    for hops in 0..=u8::MAX {
        assert_eq!(hop_count(u32::from(hops)), Ok(hops));
    }
    for bit in 8..32 {
        assert_eq!(hop_count(1 << bit).unwrap_err().word(), 1 << bit);
    }
    assert_eq!(hop_count(u32::from(DIRECT_HOPS)), Ok(1));
    assert_eq!(
        hop_count(0x100).unwrap_err().to_string(),
        "hop count 0x00000100 is over 0xff"
    );
}
