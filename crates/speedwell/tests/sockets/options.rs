//! Options at the ends of their ranges, and changed while messages flow: an error or an effect.

use std::time::Duration;

use proptest::prelude::*;
use speedwell::{
    AnySocket, ErrorKind, Overflow, Pair, Priority, Pub, Pull, Push, Rep, Req, Surveyor, TcpOptions,
};

use crate::raw_peer::{PULL, PUSH, RawPeer, greeting};
use crate::watch::{SOON, timed, until};

const MS: Duration = Duration::from_millis(1);

/// One message goes through.
fn works(push: &Push, pull: &Pull) {
    push.send_timeout("through", SOON).unwrap();
    assert_eq!(pull.recv_timeout(SOON).unwrap().body(), b"through");
}

#[test]
fn fault_93_buffers_of_nothing_are_refused() {
    let pair = Pair::new().unwrap();
    for refused in [pair.set_send_buffer(0), pair.set_recv_buffer(0)] {
        assert_eq!(refused.unwrap_err().kind(), ErrorKind::InvalidOption);
    }
}

#[test]
fn fault_93_the_smallest_and_the_largest_values_take_effect() {
    for octets in [1, usize::MAX] {
        for address in ["tcp://127.0.0.1:0", "inproc://93 extremes"] {
            let (push, pull) = (Push::new().unwrap(), Pull::new().unwrap());
            let each: [&AnySocket; 2] = [&push, &pull];
            for socket in each {
                socket.set_send_buffer(octets).unwrap();
                socket.set_recv_buffer(octets).unwrap();
                socket.set_recv_max(Some(if octets == 1 { 7 } else { u64::MAX }));
                socket.set_reconnect(Duration::MAX, Duration::MAX);
                socket.set_handshake_timeout(Duration::MAX);
                socket.set_limits(octets, octets);
                socket.set_send_timeout(Some(Duration::MAX));
                socket.set_recv_timeout(Some(Duration::MAX));
                socket.set_linger(Duration::MAX);
                socket.set_priorities(Priority::LOWEST, Priority::HIGHEST);
            }
            let endpoint = pull.bind(address).unwrap();
            push.connect(endpoint.address()).unwrap();
            for _ in 0..10 {
                push.send("through").unwrap();
                assert_eq!(pull.recv().unwrap().body(), b"through");
            }
            assert!(push.close().is_clean());
        }
    }
}

// rfc: sp-endpoint E-72
#[test]
fn what_is_set_is_read_and_what_is_refused_changes_nothing() {
    let rep = Rep::new().unwrap();
    let defaults = rep.settings();
    assert_eq!(
        (defaults.recv_max, defaults.linger),
        (Some(1 << 20), 1000 * MS)
    );
    assert_eq!(defaults.send_priority, Priority::new(8).unwrap());
    rep.set_send_timeout(Some(MS));
    rep.set_recv_timeout(Some(2 * MS));
    rep.set_send_buffer(3).unwrap();
    rep.set_recv_buffer(4).unwrap();
    rep.set_inflight(Some(5)).unwrap();
    rep.set_recv_max(Some(0));
    rep.set_priorities(Priority::HIGHEST, Priority::LOWEST);
    rep.set_reconnect(5 * MS, 6 * MS);
    rep.set_stable_after(7 * MS);
    rep.set_handshake_timeout(8 * MS);
    rep.set_linger(9 * MS);
    rep.set_limits(10, 11);
    let set = rep.settings();
    let times = [
        set.send_timeout.unwrap(),
        set.recv_timeout.unwrap(),
        set.reconnect_min,
        set.reconnect_max,
        set.stable_after,
        set.handshake_timeout,
        set.linger,
    ];
    assert_eq!(times, [1, 2, 5, 6, 7, 8, 9].map(|count| count * MS));
    let sizes = (set.send_buffer, set.recv_buffer, set.inflight);
    assert_eq!(sizes, (Some(3), Some(4), Some(5)));
    assert_eq!(set.recv_max, Some(0));
    assert_eq!((set.pipes_max, set.half_open_max), (10, 11));
    let levels = (set.send_priority, set.recv_priority);
    assert_eq!(levels, (Priority::HIGHEST, Priority::LOWEST));

    assert_eq!(rep.name(), "");
    let longest = "n".repeat(AnySocket::NAME_LEN_MAX);
    rep.set_name(&*longest).unwrap();
    rep.set_ttl(255).unwrap();
    for refused in [
        rep.set_send_buffer(0),
        rep.set_recv_buffer(0),
        rep.set_inflight(Some(0)),
        rep.set_name(longest.clone() + "n"),
        rep.set_ttl(0),
    ] {
        assert_eq!(refused.unwrap_err().kind(), ErrorKind::InvalidOption);
    }
    assert_eq!((rep.settings(), rep.name()), (set, longest));
    assert_eq!(rep.ttl().unwrap(), 255);
}

// rfc: sp-endpoint E-72
#[test]
fn the_options_of_protocols_and_transports_are_read_too() {
    let (req, surveyor) = (Req::new().unwrap(), Surveyor::new().unwrap());
    assert_eq!(req.resend().unwrap(), Some(60_000 * MS));
    assert_eq!(surveyor.deadline().unwrap(), 1000 * MS);
    assert!(!req.fails_fast().unwrap());
    req.set_resend(Some(Duration::ZERO)).unwrap();
    surveyor.set_deadline(Duration::MAX).unwrap();
    req.set_fail_fast(true).unwrap();
    assert_eq!(req.resend().unwrap(), Some(MS), "it is the least");
    assert_eq!(surveyor.deadline().unwrap(), Duration::MAX);
    assert!(req.fails_fast().unwrap());
    let publisher = Pub::new().unwrap();
    assert_eq!(publisher.overflow().unwrap(), Overflow::DropNewest);
    publisher.set_overflow(Overflow::Block).unwrap();
    assert_eq!(publisher.overflow().unwrap(), Overflow::Block);
    assert_eq!(req.transport_options::<TcpOptions>(), None);
    let mut tcp = TcpOptions::default();
    tcp.ipv4_only = true;
    req.set_transport_options(tcp.clone());
    assert_eq!(req.transport_options(), Some(tcp));
    let refused = req.bind("tcp://[::1]:0").unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Transport);
}

#[test]
fn fault_93_a_largest_message_of_nothing_lets_empty_ones_in() {
    let (push, pull) = (Push::new().unwrap(), Pull::new().unwrap());
    pull.set_recv_max(Some(0));
    let endpoint = pull.bind("tcp://127.0.0.1:0").unwrap();
    push.connect(endpoint.address()).unwrap();
    push.send_timeout("", SOON).unwrap();
    assert_eq!(pull.recv_timeout(SOON).unwrap().body(), b"");
    push.send_timeout("x", SOON).unwrap();
    until("its sender is sent away", || pull.stats().broken == 1);
    push.send_timeout("", SOON).unwrap();
    assert_eq!(pull.recv_timeout(SOON).unwrap().body(), b"");
}

// rfc: sp-endpoint E-71
#[test]
fn an_endpoint_keeps_the_buffers_that_it_was_added_with() {
    const BUFFER: usize = 5_000;
    let push = Push::new().unwrap();
    push.set_send_buffer(BUFFER).unwrap();
    let endpoint = push.bind("tcp://127.0.0.1:0").unwrap();
    push.set_send_buffer(100 * BUFFER).unwrap();
    let _peer = RawPeer::greets_with_recv_buffer(endpoint.address(), PULL, BUFFER);
    until("it is there", || push.pipes() == 1);
    let mut accepted = 0;
    while push.send_timeout([7; 1000], 50 * MS).is_ok() {
        accepted += 1000;
    }
    println!("{accepted} octets accepted");
    assert!(accepted < 20 * BUFFER, "{accepted}");
}

#[test]
fn fault_93_no_time_at_all_is_no_waiting() {
    let pair = Pair::new().unwrap();
    pair.set_send_timeout(Some(Duration::ZERO));
    pair.set_recv_timeout(Some(Duration::ZERO));
    let ((sent, received), took) = timed(|| (pair.send("x"), pair.recv()));
    assert_eq!(sent.unwrap_err().kind(), ErrorKind::TimedOut);
    assert_eq!(received.unwrap_err().kind(), ErrorKind::TimedOut);
    println!("took {took:?}");
}

// rfc: sp-endpoint E-03 E-04 E-61
#[test]
fn fault_93_reconnecting_and_shaking_hands_in_no_time_stops_nobody_else() {
    let hasty = Push::new().unwrap();
    hasty.set_reconnect(Duration::ZERO, Duration::ZERO);
    hasty.set_handshake_timeout(Duration::ZERO);
    let (push, pull) = (Push::new().unwrap(), Pull::new().unwrap());
    let endpoint = pull.bind("tcp://127.0.0.1:0").unwrap();
    hasty.connect(endpoint.address()).unwrap();
    hasty.connect("tcp://127.0.0.1:1").unwrap();
    until("it is busy", || hasty.stats().dial_errors > 10);
    push.connect(endpoint.address()).unwrap();
    works(&push, &pull);
    let (_, took) = timed(|| hasty.close());
    println!(
        "tried {} times, closed in {took:?}",
        hasty.stats().dial_errors
    );
}

// rfc: sp-endpoint E-06 E-09
#[test]
fn fault_80_connections_over_the_limits_are_refused_and_counted() {
    let pull = Pull::new().unwrap();
    pull.set_limits(3, 2);
    let endpoint = pull.bind("tcp://127.0.0.1:0").unwrap();
    let silent = [(); 2].map(|()| RawPeer::connects(endpoint.address()));
    let mut newest = RawPeer::connects(endpoint.address());
    newest.is_dropped();
    until("it is counted", || pull.stats().over_limit == 1);
    drop(silent);
    until("they are gone", || pull.stats().handshake_errors == 2);
    let mut peers = [(); 3].map(|()| RawPeer::greets(endpoint.address(), PUSH));
    until("they are there", || pull.pipes() == 3);
    RawPeer::connects(endpoint.address()).is_dropped();
    assert_eq!(pull.stats().over_limit, 2);
    for peer in &mut peers {
        peer.sends(b"in time");
        assert_eq!(pull.recv_timeout(SOON).unwrap().body(), b"in time");
    }
    pull.set_limits(0, 0);
    RawPeer::connects(endpoint.address()).is_dropped();
    assert_eq!((pull.pipes(), pull.stats().over_limit), (3, 3));
}

/// Five hundred peers knock at once and stay; one that is there already notices nothing.
// rfc: sp-endpoint E-06 E-09, sp-monitor M-05
#[test]
fn fault_80_a_flood_of_connections_is_refused_from_the_limits_on() {
    const FLOOD: usize = 500;
    let pull = Pull::new().unwrap();
    pull.set_limits(20, 8);
    let endpoint = pull.bind("tcp://127.0.0.1:0").unwrap();
    let mut good = RawPeer::greets(endpoint.address(), PUSH);
    until("it is there", || pull.pipes() == 1);
    let mut knockers: Vec<_> = (0..FLOOD)
        .map(|number| {
            let knocker = RawPeer::connects(endpoint.address());
            assert!(pull.snapshot().in_progress <= 8);
            if number % 50 == 0 {
                assert!(good.sends(b"undisturbed"));
                assert_eq!(pull.recv_timeout(SOON).unwrap().body(), b"undisturbed");
            }
            knocker
        })
        .collect();
    let refused = (FLOOD - 8) as u64;
    until("all are counted", || pull.stats().over_limit == refused);
    let (early, late) = knockers.split_at_mut(8);
    for knocker in late {
        knocker.is_dropped();
    }
    for knocker in early {
        assert!(knocker.says(&greeting(PUSH)));
    }
    until("the first eight were let in", || pull.pipes() == 9);
    assert_eq!(pull.stats().over_limit, refused);
}

#[test]
fn fault_93_options_change_in_the_middle_of_traffic() {
    let (push, pull) = (Push::new().unwrap(), Pull::new().unwrap());
    let endpoint = pull.bind("tcp://127.0.0.1:0").unwrap();
    push.connect(endpoint.address()).unwrap();
    const COUNT: u64 = 20_000;
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for number in 0..COUNT {
                push.send_timeout(number.to_be_bytes(), SOON).unwrap();
            }
        });
        let changing = scope.spawn(|| {
            let mut octets = 1_usize;
            while push.stats().messages_out < COUNT {
                octets = octets.wrapping_mul(3).max(1);
                let each: [&AnySocket; 2] = [&push, &pull];
                for socket in each {
                    socket.set_send_buffer(octets).unwrap();
                    socket.set_recv_buffer(octets).unwrap();
                    socket.set_recv_max(Some(octets as u64));
                    socket.set_limits(octets, octets);
                    socket.set_reconnect(Duration::ZERO, Duration::MAX);
                    socket.set_handshake_timeout(Duration::ZERO);
                    socket.set_linger(Duration::ZERO);
                    socket.set_transport_options(TcpOptions::default());
                    socket.set_send_timeout(Some(MS));
                    socket.set_recv_timeout(None);
                }
            }
        });
        for number in 0..COUNT {
            let message = pull.recv_timeout(SOON).unwrap();
            assert_eq!(message.body(), number.to_be_bytes());
        }
        changing.join().unwrap();
    });
    assert_eq!((push.stats().connected, pull.stats().accepted), (1, 1));
}

/// So many cases; a failure prints its input, and leaves no file behind.
pub(crate) fn cases(cases: u32) -> ProptestConfig {
    ProptestConfig {
        cases,
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

// rfc: sp-tcp T-31
#[test]
#[cfg(target_os = "linux")]
fn a_limit_of_what_is_under_way_goes_to_the_system() {
    const LIMIT: usize = 64 * 1024;
    let buffers = |limit| {
        let (push, pull) = (Push::new().unwrap(), Pull::new().unwrap());
        push.set_inflight(limit).unwrap();
        let endpoint = pull.bind("tcp://127.0.0.1:0").unwrap();
        push.connect(endpoint.address()).unwrap();
        push.wait_for_peers(1, SOON).unwrap();
        let mut snapshot = push.snapshot();
        snapshot.pipes.pop().unwrap().buffers.unwrap()
    };
    assert_eq!(buffers(Some(LIMIT)).system_send, Some(LIMIT));
    assert!(buffers(None).system_send > Some(LIMIT));
}

fn any_time() -> impl Strategy<Value = Duration> {
    prop_oneof![
        Just(Duration::ZERO),
        Just(Duration::MAX),
        (0..10_000_u64).prop_map(Duration::from_micros),
        any::<u64>().prop_map(Duration::from_nanos),
        any::<u64>().prop_map(Duration::from_secs),
    ]
}

fn any_size() -> impl Strategy<Value = usize> {
    prop_oneof![
        Just(0),
        Just(1),
        Just(usize::MAX),
        any::<usize>(),
        0..10_000_usize
    ]
}

proptest! {
    #![proptest_config(cases(64))]

    /// No value of any option makes a call panic or hang: not the setting, and not the sending,
    /// receiving and closing after it.
    #[test]
    fn fault_93_any_options_whatever(
        times in (any_time(), any_time(), any_time(), any_time()),
        sizes in (any_size(), any_size(), any_size(), any_size()),
        recv_max in any::<Option<u64>>(),
    ) {
        let pair = Pair::new().unwrap();
        pair.set_reconnect(times.0, times.1);
        pair.set_handshake_timeout(times.2);
        pair.set_send_timeout(Some(times.3));
        prop_assert_eq!(pair.set_send_buffer(sizes.0).is_ok(), sizes.0 > 0);
        prop_assert_eq!(pair.set_recv_buffer(sizes.1).is_ok(), sizes.1 > 0);
        pair.set_limits(sizes.2, sizes.3);
        pair.set_recv_max(recv_max);
        pair.set_linger(times.0.min(10 * MS));
        let endpoint = pair.bind("tcp://127.0.0.1:0").unwrap();
        let peer = Pair::new().unwrap();
        peer.connect(endpoint.address()).unwrap();
        pair.connect("tcp://127.0.0.1:1").unwrap();
        let _ = peer.send_timeout("x", 5 * MS);
        let _ = pair.recv_timeout(5 * MS);
        let _ = pair.send_timeout("y", 5 * MS);
        let (_, took) = timed(|| pair.close());
        prop_assert!(took < SOON);
    }
}
