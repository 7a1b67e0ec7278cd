//! Rows 24, 72, 73, 79 and 92: peers that come second, die, break off, hang up, or come late.

use std::time::Duration;

use speedwell_sim::{Carrier, Role};
use speedwell_testkit::accounting::Rules;
use speedwell_testkit::net::{Break, ConnectionId, NetOptions};

use crate::stage::{HOUR, MS, SECOND, Stage, framed, greeting, instant, small};

/// The longest wait of a dialer, as it is unless set.
const RECONNECT: Duration = Duration::from_millis(100);

#[test]
fn fault_24_a_second_peer_of_a_pair_waits_for_the_first_to_leave() {
    let latency = MS;
    let mut stage = Stage::new(NetOptions {
        latency,
        ..instant()
    });
    let [middle, first, second] = [(); 3].map(|()| stage.add(Role::Pair, |_| {}));
    stage.bind(middle);
    stage.connect(first, middle);
    stage.wait_for(SECOND, |stage| stage.live_pipes(middle) == 1);
    stage.connect(second, middle);
    let rejected = |stage: &mut Stage| stage.socket(middle).stats().rejected;
    stage.wait(10 * SECOND);
    assert!(rejected(&mut stage) >= 10, "it comes again and again");

    // The first is not disturbed.
    assert!(stage.sends(first, 20) && stage.sends(middle, 20));
    stage.wait(10 * latency);
    assert_eq!(
        (stage.receives_all(middle), stage.receives_all(first)),
        (1, 1)
    );
    let stats = stage.socket(middle).stats();
    assert_eq!(
        (stats.accepted, stats.closed_by_peer, stats.broken),
        (1, 0, 0)
    );

    stage.close(first, SECOND);
    stage.wait_for(SECOND, |stage| stage.live_pipes(middle) == 0);
    let took = stage.wait_for(SECOND, |stage| stage.live_pipes(middle) == 1);
    // At worst one more refusal was on its way: dialing and greeting take four ways each.
    assert!(took <= RECONNECT + 8 * latency, "{took:?}");
    assert!(stage.sends(middle, 20));
    stage.wait(10 * latency);
    assert_eq!(stage.receives_all(second), 1);
}

#[test]
fn fault_72_a_pull_that_is_killed_loses_what_it_was_sent_and_no_more() {
    let buffers = NetOptions {
        buffer: 500,
        ..instant()
    };
    let mut stage = Stage::new(buffers);
    let push = stage.add(Role::Push, |setup| setup.endpoint = small(1000));
    let [one, two] = [(); 2].map(|()| stage.add(Role::Pull, |setup| setup.endpoint = small(200)));
    stage.bind(push);
    stage.connect(one, push);
    stage.connect(two, push);
    stage.wait_for(SECOND, |stage| stage.live_pipes(push) == 2);
    let sent = stage.sends_all(push, 92, 1000);
    assert!(sent > 20, "two pipes are full");

    stage.kill(one);
    stage.wait(SECOND);
    let received = stage.receives_all(two);
    stage.close(push, SECOND);
    stage.wait(SECOND);
    let received = received + stage.receives_all(two);
    let account = stage.account(Rules::default());
    assert_eq!(account.violations, []);
    // In the dead connection and its reader: at most the two buffers and one message more.
    let lost = sent - received;
    assert!((1..=8).contains(&lost), "{lost} lost of {sent}");
    assert_eq!(account.on_lost_links, u64::try_from(lost).unwrap());
    assert!(account.returned >= 9, "what never left went to the other");
}

#[test]
fn fault_72_a_push_that_is_killed_leaves_what_it_wrote() {
    let mut stage = Stage::new(NetOptions {
        buffer: 500,
        ..instant()
    });
    let push = stage.add(Role::Push, |_| {});
    let pull = stage.add(Role::Pull, |setup| setup.endpoint = small(200));
    stage.bind(pull);
    stage.connect(push, pull);
    stage.wait_for(SECOND, |stage| stage.live_pipes(push) == 1);
    assert_eq!(stage.sends_all(push, 92, 50), 50);
    stage.kill(push);
    stage.wait(SECOND);
    let received = stage.receives_all(pull);
    assert!((5..50).contains(&received), "{received}");
    let account = stage.account(Rules::default());
    assert_eq!(account.violations, []);
    assert_eq!(
        (account.crashed + account.on_lost_links),
        50 - received as u64
    );
}

#[test]
fn fault_73_a_storm_of_resets_ends_with_everything_accounted_for() {
    let mut stage = Stage::new(NetOptions {
        latency: Duration::from_micros(100),
        ..instant()
    });
    let pull = stage.add(Role::Pull, |_| {});
    let push = stage.add(Role::Push, |_| {});
    stage.bind(pull);
    stage.connect(push, pull);
    let mut sent = 0;
    for _ in 0..10_000 {
        for connection in stage.bench.net.open_connections() {
            stage
                .bench
                .net
                .break_connection(connection, Break::Reset(Duration::ZERO));
        }
        stage.wait(MS);
        sent += usize::from(stage.sends(push, 50));
        stage.receives_all(pull);
    }
    let dials = stage.socket(push).dials().len();
    // The waits are 50 ms on average; a connection lives for at most 1 ms here.
    assert!((150..=300).contains(&dials), "{dials} dials in 10 s");
    let took = stage.wait_for(SECOND, |stage| stage.live_pipes(push) == 1);
    assert!(took <= RECONNECT + MS, "{took:?}");
    assert!(stage.sends(push, 50));
    stage.wait(SECOND);
    assert!(stage.receives_all(pull) >= 1);
    stage.close(push, SECOND);
    stage.wait(SECOND);
    let account = stage.account(Rules::default());
    assert_eq!(account.violations, []);
    assert_eq!(account.accepted, sent as u64 + 1);
}

#[test]
fn fault_73_an_end_in_the_middle_of_a_message_drops_the_pipe_and_backs_off() {
    let mut stage = Stage::new(instant());
    let pull = stage.add(Role::Pull, |_| {});
    stage.connect(pull, 7);
    let mut listener = stage.raw_listener(7);
    let mut last = stage.elapsed();
    for round in 1..=20 {
        let mut peer = None;
        stage.wait_for(SECOND, |stage| {
            peer = peer.take().or_else(|| stage.raw_accept(&mut *listener));
            peer.is_some()
        });
        let gap = stage.elapsed() - last;
        assert!(gap <= RECONNECT, "{gap:?}");
        let mut peer = peer.unwrap();
        peer.writes(&greeting(Role::Push));
        let message = framed(b"cut in the middle");
        peer.writes(&message[..message.len() / 2]);
        stage.now();
        peer.reads();
        // Half a close: it would still read, were there anything to read.
        peer.0.tx.shutdown_write().unwrap();
        stage.now();
        last = stage.elapsed();
        assert!(peer.reads().1);
        assert_eq!(stage.socket(pull).stats().broken, round);
        assert_eq!((stage.receives(pull), stage.live_pipes(pull)), (None, 0));
    }
}

#[test]
fn fault_73_a_half_closed_peer_loses_nothing() {
    let mut stage = Stage::new(instant());
    let pull = stage.add(Role::Pull, |setup| setup.endpoint = small(1));
    stage.bind(pull);
    let mut peer = stage.raw(pull);
    peer.writes(&greeting(Role::Push));
    (0..100).for_each(|_| peer.writes(&framed(b"kept")));
    peer.0.tx.shutdown_write().unwrap();
    stage.wait(HOUR);
    assert_eq!(
        stage.live_pipes(pull),
        1,
        "its end comes behind its messages"
    );
    assert_eq!(stage.receives_all(pull), 100);
    assert_eq!(stage.live_pipes(pull), 0);
}

// rfc: sp-simulation S-25
#[test]
fn fault_73_a_peer_in_memory_that_sent_and_went_loses_nothing() {
    let mut stage = Stage::new(instant());
    stage.carrier = Carrier::Memory;
    let pull = stage.add(Role::Pull, |setup| setup.endpoint = small(10_000));
    let push = stage.add(Role::Push, |_| {});
    stage.bind(pull);
    stage.connect(push, pull);
    stage.wait_for(SECOND, |stage| stage.live_pipes(push) == 1);
    let sent = stage.sends_all(push, 100, 1000);
    assert!(sent > 90, "the lane is full, behind a paused inbox");
    stage.close(push, SECOND);
    stage.wait_for(SECOND, |stage| stage.socket(push).is_done());
    stage.wait(HOUR);
    assert_eq!(
        stage.live_pipes(pull),
        1,
        "its end comes behind its messages"
    );
    assert_eq!(stage.receives_all(pull), sent);
    assert_eq!(stage.live_pipes(pull), 0);
}

#[test]
fn fault_79_a_peer_that_accepts_and_closes_for_ever_is_dialed_ever_less() {
    for greets in [false, true] {
        let mut stage = Stage::new(instant());
        let longest = 10 * SECOND;
        let push = stage.add(Role::Push, |setup| {
            setup.options.reconnect_max = longest;
        });
        stage.connect(push, 7);
        let mut listener = stage.raw_listener(7);
        let mut accepted = |stage: &mut Stage| {
            let mut peer = None;
            stage.wait_for(longest, |stage| {
                peer = stage.raw_accept(&mut *listener);
                peer.is_some()
            });
            peer.unwrap()
        };
        while stage.elapsed() < HOUR {
            let mut peer = accepted(&mut stage);
            if greets {
                peer.writes(&greeting(Role::Pull));
                stage.now();
                peer.reads();
            }
        }
        let dials = stage.socket(push).dials().to_vec();
        for (at, pair) in (0_u32..).zip(dials.windows(2)) {
            let bound = (RECONNECT * 2_u32.saturating_pow(at.min(20))).min(longest);
            assert!(pair[1] - pair[0] <= bound, "dial {at}");
        }
        // Ten seconds at most and five on average, 3,600 seconds long.
        assert!((360..=900).contains(&dials.len()), "{} dials", dials.len());

        // Only a pipe that lasts makes the waits short again.
        let mut peer = accepted(&mut stage);
        peer.writes(&greeting(Role::Pull));
        stage.wait(SECOND);
        drop(peer);
        stage.now();
        let gone = stage.bench.now();
        drop(accepted(&mut stage));
        let next = *stage.socket(push).dials().last().unwrap();
        assert!(next - gone <= RECONNECT, "{:?}", next - gone);
    }
}

#[test]
fn fault_92_connecting_before_listening_attaches_within_the_wait() {
    let latency = MS;
    let mut stage = Stage::new(NetOptions {
        latency,
        ..instant()
    });
    let push = stage.add(Role::Push, |_| {});
    let pull = stage.add(Role::Pull, |_| {});
    stage.connect(push, pull);
    stage.wait(10 * SECOND);
    assert_eq!(stage.live_pipes(push), 0);
    // A refusal and a dial take two ways each, the greeting one more.
    let bound = RECONNECT + 6 * latency;
    for _ in 0..100 {
        let endpoint = stage.bind(pull);
        let took = stage.wait_for(SECOND, |stage| stage.live_pipes(push) == 1);
        assert!(took <= bound, "{took:?}");
        assert!(stage.sends(push, 40));
        stage.wait(10 * latency);
        assert_eq!(stage.receives_all(pull), 1);
        stage.remove(pull, endpoint);
        stage.wait_for(SECOND, |stage| stage.live_pipes(push) == 0);
        stage.wait(SECOND);
    }
    let made = stage.socket(push).stats().connected;
    assert_eq!(
        (made, stage.bench.net.open_connections()),
        (100, Vec::<ConnectionId>::new())
    );
    assert_eq!(stage.account(Rules::default()).violations, []);
}

// rfc: sp-inproc I-05 I-09
#[test]
fn fault_92_in_memory_it_attaches_at_once_and_again_to_whoever_has_the_name() {
    let mut stage = Stage::new(instant());
    stage.carrier = Carrier::Memory;
    let push = stage.add(Role::Push, |_| {});
    let [one, two] = [(); 2].map(|()| stage.add(Role::Pull, |_| {}));
    let name = one;
    stage.connect(push, name);
    stage.wait(HOUR);
    assert_eq!(stage.live_pipes(push), 0);
    assert_eq!(
        stage.socket(push).dials().len(),
        1,
        "it waits and costs nothing"
    );
    for round in 0..100 {
        let pull = if round % 2 == 0 { one } else { two };
        let endpoint = stage.bind_at(pull, name);
        let took = stage.wait_for(SECOND, |stage| stage.live_pipes(push) == 1);
        let waits_for_its_bell = round % 3 == 0;
        let bound = if waits_for_its_bell {
            Duration::ZERO
        } else {
            RECONNECT
        };
        assert!(took <= bound, "{took:?}");
        assert!(stage.sends(push, 40));
        stage.now();
        assert_eq!(stage.receives_all(pull), 1);
        stage.remove(pull, endpoint);
        stage.wait_for(Duration::ZERO, |stage| stage.live_pipes(push) == 0);
        // The next one binds while the dialer has its wait, or when it is over.
        if round % 3 == 2 {
            stage.wait(RECONNECT);
        }
    }
    let account = stage.account(Rules {
        ordered: false,
        faultless: true,
    });
    assert_eq!(account.violations, []);
}
