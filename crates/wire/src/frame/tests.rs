//! The rules of message lengths, one by one (`rfc/sp-wire.md` sections 3 to 6).

use super::*;

extern crate std;
use std::string::ToString;
use std::vec::Vec;

const BOTH: [Framing; 2] = [Framing::Tcp, Framing::Ipc];

fn prefix(framing: Framing, length: u64) -> Vec<u8> {
    let mut out = [0xee; 16];
    let written = encode_length(framing, length, &mut out);
    out[..written].to_vec()
}

/// The answer to `octets` pushed all at once, and pushed one at a time.
fn both_ways(framing: Framing, max: Option<u64>, octets: &[u8]) -> Result<Option<u64>, FrameError> {
    let whole = PrefixDecoder::new(framing, max)
        .push(octets)
        .map(|(consumed, length)| {
            assert_eq!(consumed, octets.len().min(framing.prefix_len()));
            length
        });
    let mut decoder = PrefixDecoder::new(framing, max);
    let mut single = Ok(None);
    for octet in octets.chunks(1).take(framing.prefix_len()) {
        single = decoder.push(octet).map(|(_, length)| length);
        if single.is_err() {
            break;
        }
    }
    assert_eq!(whole, single, "{framing:?} {octets:x?}");
    whole
}

#[test]
fn encodes_tcp_and_ipc() {
    // rfc: sp-wire W-11, W-14
    assert_eq!(
        prefix(Framing::Tcp, 0x0102_0304_0506_0708),
        [1, 2, 3, 4, 5, 6, 7, 8]
    );
    assert_eq!(
        prefix(Framing::Ipc, 0x0102_0304_0506_0708),
        [1, 1, 2, 3, 4, 5, 6, 7, 8]
    );
}

#[test]
fn prefixes_are_function_pointers() {
    type Encode = fn(u64, &mut [u8; 16]) -> usize;
    let framings: [(Encode, Framing); 2] = [(tcp_prefix, Framing::Tcp), (ipc_prefix, Framing::Ipc)];
    for (encode, framing) in framings {
        let (mut ours, mut theirs) = ([0xff; 16], [0; 16]);
        assert_eq!(encode(300, &mut ours), framing.prefix_len());
        encode_length(framing, 300, &mut theirs);
        assert_eq!(ours, theirs, "and what stands behind the prefix is zero");
    }
}

#[test]
fn fault_09_lengths_over_the_limit() {
    // rfc: sp-wire W-18, W-19
    const MAX: u64 = 1 << 20;
    for framing in BOTH {
        for length in [1 << 63, u64::MAX, (1 << 63) - 1, 1 << 40, MAX + 1] {
            assert_eq!(
                both_ways(framing, Some(MAX), &prefix(framing, length)),
                Err(FrameError::TooLong { length, max: MAX })
            );
        }
    }
}

#[test]
fn fault_09_two_to_the_63_is_over_every_limit() {
    // rfc: sp-wire W-18
    for framing in BOTH {
        for max in [None, Some(1 << 63), Some(u64::MAX), Some(LENGTH_MAX)] {
            assert_eq!(PrefixDecoder::new(framing, max).max(), LENGTH_MAX);
            for length in [1 << 63, (1 << 63) + 1, u64::MAX] {
                assert_eq!(
                    both_ways(framing, max, &prefix(framing, length)),
                    Err(FrameError::TooLong {
                        length,
                        max: LENGTH_MAX
                    })
                );
            }
            for length in [LENGTH_MAX, 1 << 40] {
                assert_eq!(
                    both_ways(framing, max, &prefix(framing, length)),
                    Ok(Some(length))
                );
            }
        }
    }
}

#[test]
fn fault_10_the_limit_itself_and_zero() {
    // rfc: sp-wire W-19, W-21
    for framing in BOTH {
        for max in [0, 1, 255, 256, 1 << 20, u64::from(u32::MAX), 1 << 62] {
            for length in [max, 0] {
                let octets = prefix(framing, length);
                assert_eq!(both_ways(framing, Some(max), &octets), Ok(Some(length)));
            }
            assert_eq!(
                both_ways(framing, Some(max), &prefix(framing, max + 1)),
                Err(FrameError::TooLong {
                    length: max + 1,
                    max
                })
            );
        }
    }
}

#[test]
fn fault_13_type_octets() {
    // rfc: sp-wire W-15
    for value in (0..=u8::MAX).filter(|&value| value != IPC_MESSAGE) {
        let mut octets = prefix(Framing::Ipc, 3);
        octets[0] = value;
        for cut in 1..=octets.len() {
            let refusal = PrefixDecoder::new(Framing::Ipc, None).push(&octets[..cut]);
            assert_eq!(refusal, Err(FrameError::WrongType { value }));
        }
    }
}

#[test]
fn fault_12_a_cut_prefix_is_not_idle() {
    // rfc: sp-wire W-24, W-25
    for framing in BOTH {
        let octets = prefix(framing, 7);
        for cut in 0..=octets.len() {
            let mut decoder = PrefixDecoder::new(framing, None);
            let whole = cut == octets.len();
            assert_eq!(decoder.push(&octets[..cut]), Ok((cut, whole.then_some(7))));
            assert_eq!(decoder.is_idle(), cut == 0 || whole);
        }
    }
}

#[test]
fn what_follows_the_prefix_is_left_alone() {
    // rfc: sp-wire W-08, W-22
    for framing in BOTH {
        let mut octets = prefix(framing, 2);
        octets.extend_from_slice(&[0xff; 20]);
        for cut in 0..=framing.prefix_len() {
            let mut decoder = PrefixDecoder::new(framing, Some(2));
            let (first, _) = decoder.push(&octets[..cut]).unwrap();
            assert_eq!(first, cut);
            if cut < framing.prefix_len() {
                let rest = framing.prefix_len() - cut;
                assert_eq!(decoder.push(&octets[cut..]), Ok((rest, Some(2))));
            }
            assert!(decoder.is_idle());
        }
    }
}

#[test]
fn refused_is_final() {
    // rfc: sp-wire W-23
    let good = prefix(Framing::Ipc, 1);
    let too_long = prefix(Framing::Ipc, 9);
    for bad in [&b"\x02"[..], &too_long] {
        let mut decoder = PrefixDecoder::new(Framing::Ipc, Some(8));
        let refusal = decoder.push(bad).unwrap_err();
        assert!(!decoder.is_idle());
        assert_eq!(decoder.push(&good), Err(refusal));
        assert_eq!(decoder.push(b""), Err(refusal));
    }
}

#[test]
fn errors_say_what_was_received() {
    let too_long = FrameError::TooLong { length: 9, max: 8 };
    assert_eq!(
        too_long.to_string(),
        "message of 9 octets is over the limit of 8"
    );
    let wrong_type = FrameError::WrongType { value: 2 };
    assert_eq!(
        wrong_type.to_string(),
        "type octet before a message is 0x02 and must be 0x01"
    );
}

#[test]
fn decoders_hold_no_more_than_promised() {
    assert!(size_of::<PrefixDecoder>() <= 48);
    assert!(size_of::<crate::GreetingDecoder>() <= 48);
}
