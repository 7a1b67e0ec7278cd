//! Rows 75 and 76: ways that are blocked, slow, narrow.

use std::time::Duration;

use speedwell_sim::Role;
use speedwell_testkit::accounting::Rules;
use speedwell_testkit::net::{HostId, NetOptions};

use crate::stage::{HOUR, MS, SECOND, Stage, instant};

const LATENCY: Duration = MS;
/// The longest wait of the dialers here.
const RECONNECT_MAX: Duration = Duration::from_secs(4);

/// A PUSH that connects to a PULL from another host.
fn apart() -> (Stage, usize, usize) {
    let mut stage = Stage::new(NetOptions {
        latency: LATENCY,
        ..instant()
    });
    let pull = stage.add(Role::Pull, |_| {});
    let push = stage.add(Role::Push, |setup| {
        setup.options.reconnect_max = RECONNECT_MAX;
    });
    stage.bind(pull);
    (stage, pull, push)
}

fn host(number: usize) -> HostId {
    HostId(u32::try_from(number).unwrap_or(u32::MAX))
}

#[test]
fn fault_75_after_a_partition_the_first_pipe_is_up_within_the_longest_wait() {
    for lasts in [SECOND, 60 * SECOND, HOUR] {
        for (there, back) in [(true, true), (true, false), (false, true)] {
            let (mut stage, pull, push) = apart();
            let ways = [(there, push, pull), (back, pull, push)];
            for (_, from, to) in ways.into_iter().filter(|(blocked, ..)| *blocked) {
                stage.bench.net.block(host(from), host(to));
            }
            stage.connect(push, pull);
            stage.wait(lasts);
            assert_eq!(stage.live_pipes(push), 0);
            stage.bench.net.heal();
            let is_up =
                |stage: &mut Stage| stage.live_pipes(push) == 1 && stage.live_pipes(pull) == 1;
            let took = stage.wait_for(HOUR, is_up);
            assert!(took <= RECONNECT_MAX + 6 * LATENCY, "{took:?}");
            assert!(stage.sends(push, 30));
            stage.wait(SECOND);
            assert_eq!(stage.receives_all(pull), 1);
        }
    }
}

#[test]
fn fault_75_a_connection_outlives_a_partition() {
    let (mut stage, pull, push) = apart();
    stage.connect(push, pull);
    stage.wait_for(SECOND, |stage| {
        stage.live_pipes(push) == 1 && stage.live_pipes(pull) == 1
    });
    for flap in 0..100_u64 {
        stage.bench.net.block(host(push), host(pull));
        if flap % 2 == 0 {
            stage.bench.net.block(host(pull), host(push));
        }
        assert!(stage.sends(push, 30));
        stage.wait(HOUR);
        assert_eq!(stage.receives_all(pull), 0);
        stage.bench.net.heal();
        let took = stage.wait_for(SECOND, |stage| stage.receives_all(pull) == 1);
        assert_eq!(took, LATENCY);
    }
    assert_eq!(stage.socket(push).dials().len(), 1);
}

#[test]
fn fault_76_slow_and_narrow_ways_change_nothing_but_the_time() {
    let narrow = [(1460, 65_536), (1, 65_536), (1, 8), (65_536, 1)];
    for (piece_max, buffer) in narrow {
        let mut stage = Stage::new(NetOptions {
            latency: Duration::ZERO,
            jitter: 2 * SECOND,
            piece_max,
            buffer,
            noise: 16,
        });
        let patient = |setup: &mut speedwell_sim::SocketSetup| {
            setup.options.handshake_timeout = HOUR;
        };
        let [one, two] = [(); 2].map(|()| stage.add(Role::Pair, patient));
        stage.bind(one);
        stage.connect(two, one);
        stage.wait_for(HOUR, |stage| {
            stage.live_pipes(one) == 1 && stage.live_pipes(two) == 1
        });
        let messages = 20;
        for number in 0..messages {
            assert!(stage.sends(one, number * 5) && stage.sends(two, number * 3));
        }
        let mut received = [0; 2];
        stage.wait_for(24 * HOUR, |stage| {
            received[0] += stage.receives_all(one);
            received[1] += stage.receives_all(two);
            received == [messages; 2]
        });
        for number in [one, two] {
            stage.close(number, HOUR);
        }
        stage.wait_for(2 * HOUR, |stage| {
            stage.socket(one).is_done() && stage.socket(two).is_done()
        });
        let rules = Rules {
            ordered: true,
            faultless: true,
        };
        assert_eq!(stage.account(rules).violations, []);
    }
}
