//! What the greeting decoder promises about any peer (`rfc/sp-wire.md` section 2).

use proptest::prelude::*;
use speedwell_wire::{Greeting, GreetingDecoder, role};

const PUSH: Greeting = Greeting {
    protocol: role::PUSH,
};

/// Whether a PULL socket lets the sender of `octets` in.
fn pull_accepts(octets: &[u8]) -> bool {
    GreetingDecoder::new().push(octets).is_ok_and(|progress| {
        progress
            .greeting
            .is_some_and(|peer| Some(peer.protocol) == role::peer_of(role::PULL))
    })
}

#[test]
fn fault_01_every_octet_with_every_value() {
    // rfc: sp-wire W-03, W-04, W-06
    let valid = PUSH.encode();
    let mut accepted = Vec::new();
    for octet in 0..valid.len() {
        for value in 0..=u8::MAX {
            let mut octets = valid;
            octets[octet] = value;
            if pull_accepts(&octets) {
                accepted.push(octets);
            }
        }
    }
    // Of the 2,048 variants eight change nothing, one for each octet: they are the valid one.
    assert_eq!(accepted, [valid; 8]);
}

#[test]
fn fault_01_refused_at_the_first_wrong_octet() {
    // rfc: sp-wire W-05
    let valid = PUSH.encode();
    for wrong in [0, 1, 2, 3, 6, 7] {
        for value in (0..=u8::MAX).filter(|&value| value != valid[wrong]) {
            let mut decoder = GreetingDecoder::new();
            assert_eq!(decoder.push(&valid[..wrong]).unwrap().consumed, wrong);
            let refusal = decoder.push(&[value]).unwrap_err();
            assert_eq!((refusal.octet(), refusal.value()), (wrong, value));
            assert_eq!(refusal.expected(), valid[wrong]);
        }
    }
}

#[test]
fn fault_03_strangers_are_known_by_an_early_octet() {
    // rfc: sp-wire W-03, W-05; fault 4
    let strangers: [(&[u8], usize); 6] = [
        (b"GET / HTTP/1.1\r\nHost: example\r\n\r\n", 0),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 0),
        (b"\xff\0\0\0\0\0\0\0\x01\x7f", 0),
        (b"SSH-2.0-OpenSSH_9.9\r\n", 0),
        (b"\0\0\0\0\0\0\0\0", 1),
        (b"\0SP\x01\x00\x50\0\0", 3),
    ];
    for (octets, wrong) in strangers {
        assert_eq!(
            GreetingDecoder::new().push(octets).unwrap_err().octet(),
            wrong
        );
    }
}

#[test]
fn fault_06_one_octet_at_a_time() {
    // rfc: sp-wire W-08
    let mut decoder = GreetingDecoder::new();
    let octets = PUSH.encode();
    for (arrived, octet) in octets.chunks(1).enumerate() {
        assert_eq!(decoder.is_idle(), arrived == 0);
        let progress = decoder.push(octet).unwrap();
        assert_eq!(progress.consumed, 1);
        assert_eq!(progress.greeting, (arrived == 7).then_some(PUSH));
    }
}

#[test]
fn fault_08_every_way_to_cut_a_greeting() {
    // rfc: sp-wire W-08, W-22
    let octets = PUSH.encode();
    for cuts in 0_u8..128 {
        let mut decoder = GreetingDecoder::new();
        let mut start = 0;
        for end in 1..=octets.len() {
            if end == octets.len() || cuts & (1 << (end - 1)) != 0 {
                let progress = decoder.push(&octets[start..end]).unwrap();
                assert_eq!(progress.consumed, end - start);
                start = end;
            }
        }
        assert_eq!(decoder.greeting(), Some(PUSH));
    }
}

#[test]
fn fault_12_a_cut_greeting_is_no_greeting() {
    // rfc: sp-wire W-24, W-25
    let octets = PUSH.encode();
    for cut in 0..octets.len() {
        let mut decoder = GreetingDecoder::new();
        assert_eq!(decoder.push(&octets[..cut]).unwrap().greeting, None);
        assert_eq!(decoder.greeting(), None);
        assert_eq!(decoder.is_idle(), cut == 0);
    }
}

#[test]
fn fault_14_data_behind_the_greeting_is_left_alone() {
    // rfc: sp-wire W-08, W-09
    let twice = [PUSH.encode(), PUSH.encode()].concat();
    for cut in 0..=twice.len() {
        let mut decoder = GreetingDecoder::new();
        let first = decoder.push(&twice[..cut]).unwrap().consumed;
        let second = decoder.push(&twice[cut..]).unwrap().consumed;
        assert_eq!(first, cut.min(8));
        assert_eq!(first + second, 8);
        assert_eq!(decoder.greeting(), Some(PUSH));
    }
}

proptest! {
    #[test]
    fn fault_03_random_octets_never_panic(
        octets in prop::collection::vec(any::<u8>(), 0..=64),
        cut in 0_usize..=64,
    ) {
        // rfc: sp-wire W-03, W-04, W-05, W-22
        let (head, tail) = octets.split_at(cut.min(octets.len()));
        let whole = GreetingDecoder::new().push(&octets).map(|progress| progress.greeting);
        let mut decoder = GreetingDecoder::new();
        let pieces = decoder.push(head).and_then(|_| decoder.push(tail));
        prop_assert_eq!(&whole, &pieces.map(|progress| progress.greeting));
        if let Ok(Some(greeting)) = whole {
            prop_assert_eq!(&octets[..8], greeting.encode());
        }
    }

    #[test]
    fn fault_03_nearly_right_octets(
        protocol: u16,
        changes in prop::collection::vec((0_usize..8, any::<u8>()), 0..4),
    ) {
        // rfc: sp-wire W-03, W-04, W-05
        let valid = Greeting { protocol }.encode();
        let mut octets = valid;
        for (octet, value) in changes {
            octets[octet] = value;
        }
        let wrong = [0, 1, 2, 3, 6, 7].into_iter().find(|&octet| octets[octet] != valid[octet]);
        let refused = GreetingDecoder::new().push(&octets).err().map(|refusal| refusal.octet());
        prop_assert_eq!(refused, wrong);
    }
}
