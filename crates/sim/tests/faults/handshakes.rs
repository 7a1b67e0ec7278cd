//! Rows 5, 6, 7 and 12: silence, slowness and ends in the middle, from raw peers.

use std::time::Duration;

use speedwell_sim::Role;

use crate::stage::{MS, SECOND, Stage, framed, greeting, instant};

const TIMEOUT: Duration = Duration::from_secs(5);

#[test]
fn fault_05_silent_peers_are_dropped_at_the_handshake_deadline() {
    let mut stage = Stage::new(instant());
    let pull = stage.add(Role::Pull, |_| {});
    stage.bind(pull);
    let mut peers: Vec<_> = (0..1000).map(|_| stage.raw(pull)).collect();
    stage.wait(TIMEOUT - Duration::from_nanos(1));
    assert_eq!(stage.socket(pull).stats().handshake_errors, 0);
    stage.wait(Duration::from_nanos(1));
    assert_eq!(stage.socket(pull).stats().handshake_errors, 1000);
    assert!(peers.iter_mut().all(|peer| peer.reads().1));
}

#[test]
fn fault_06_a_slow_greeting_meets_an_absolute_deadline() {
    let mut stage = Stage::new(instant());
    let pull = stage.add(Role::Pull, |_| {});
    stage.bind(pull);
    let mut slow = stage.raw(pull);
    let began = stage.elapsed();
    for octet in greeting(Role::Push).iter().take(6) {
        slow.writes(&[*octet]);
        stage.wait(900 * MS);
        let over = stage.elapsed() - began >= TIMEOUT;
        assert_eq!(stage.socket(pull).stats().handshake_errors, u64::from(over));
    }
    assert!(slow.reads().1, "no octet has put the deadline off");

    let mut faster = stage.raw(pull);
    for octet in greeting(Role::Push) {
        faster.writes(&[octet]);
        stage.wait(600 * MS);
    }
    assert_eq!(stage.live_pipes(pull), 1);
    assert!(!faster.reads().1);
}

#[test]
fn fault_06_the_deadline_is_exact() {
    let mut stage = Stage::new(instant());
    let pull = stage.add(Role::Pull, |_| {});
    stage.bind(pull);
    let mut slow = stage.raw(pull);
    slow.writes(&greeting(Role::Push)[..7]);
    let took = stage.wait_for(2 * TIMEOUT, |stage| {
        stage.socket(pull).stats().handshake_errors == 1
    });
    assert_eq!(took, TIMEOUT);
}

#[test]
fn fault_07_a_message_comes_octet_by_octet() {
    let mut stage = Stage::new(instant());
    let pull = stage.add(Role::Pull, |_| {});
    stage.bind(pull);
    let mut slow = stage.raw(pull);
    slow.writes(&greeting(Role::Push));
    let sent = b"no idle limit is set";
    for octet in framed(sent) {
        assert_eq!(stage.receives(pull), None);
        stage.wait(10 * SECOND);
        slow.writes(&[octet]);
    }
    assert_eq!(stage.receives(pull).as_deref(), Some(&sent[..]));
}

#[test]
fn fault_12_a_stream_that_ends_anywhere_delivers_whole_messages_only() {
    let messages: [&[u8]; 3] = [b"first", b"", b"the third is longer"];
    let stream: Vec<u8> = messages.iter().flat_map(|body| framed(body)).collect();
    let mut ends = messages.iter().scan(0, |end, body| {
        *end += framed(body).len();
        Some(*end)
    });
    let ends = [
        0,
        ends.next().unwrap(),
        ends.next().unwrap(),
        ends.next().unwrap(),
    ];
    for cut in 0..=stream.len() {
        for resets in [false, true] {
            let mut stage = Stage::new(instant());
            let pull = stage.add(Role::Pull, |_| {});
            stage.bind(pull);
            let mut peer = stage.raw(pull);
            peer.writes(&greeting(Role::Push));
            peer.writes(&stream[..cut]);
            // A peer that has not read our greeting resets the connection when it goes.
            if !resets {
                stage.now();
                peer.reads();
            }
            drop(peer);
            stage.now();
            let whole = ends.iter().filter(|end| **end > 0 && **end <= cut).count();
            let received: Vec<_> = std::iter::from_fn(|| stage.receives(pull)).collect();
            assert!(received.len() == whole || (resets && received.len() < whole));
            assert!(received.iter().zip(messages).all(|(got, sent)| got == sent));
            let stats = stage.socket(pull).stats();
            if !resets {
                let at_border = ends.contains(&cut);
                let counted = (stats.closed_by_peer, stats.broken);
                assert_eq!(counted, (u64::from(at_border), u64::from(!at_border)));
            }
            assert_eq!(stage.live_pipes(pull), 0);
        }
    }
}
