//! Rows 81 and 84: consumers that take nothing for a long time.

use speedwell_sim::{Carrier, Role};
use speedwell_testkit::accounting::Rules;
use speedwell_testkit::net::NetOptions;

use crate::stage::{HOUR, MS, SECOND, Stage, instant, small};

const SNDBUF: usize = 1000;
const RCVBUF: usize = 600;
const KERNEL: usize = 2000;
/// Octets of each message, on the wire.
const MESSAGE: usize = 100;

/// Two sockets with limits, connected; the first has sent until it would block.
fn blocked(over: Carrier, from: Role, to: Role) -> (Stage, usize, usize, usize) {
    let mut stage = Stage::new(NetOptions {
        buffer: KERNEL,
        latency: MS,
        ..instant()
    });
    stage.carrier = over;
    let sender = stage.add(from, |setup| setup.endpoint = small(SNDBUF));
    let receiver = stage.add(to, |setup| setup.endpoint = small(RCVBUF));
    stage.bind(sender);
    stage.connect(receiver, sender);
    stage.wait_for(SECOND, |stage| stage.live_pipes(sender) == 1);
    let mut sent = 0;
    for _ in 0..100 {
        sent += stage.sends_all(sender, MESSAGE - 8, 1000);
        stage.wait(100 * MS);
    }
    (stage, sender, receiver, sent)
}

/// Octets that the two sockets hold.
fn held(stage: &mut Stage, sender: usize, receiver: usize) -> (usize, usize) {
    let pending = stage.socket(sender).pending_octets();
    (pending, stage.socket(receiver).waiting_octets())
}

fn stays_bounded_and_goes_on(over: Carrier, from: Role, to: Role) {
    let (mut stage, sender, receiver, sent) = blocked(over, from, to);
    let before = held(&mut stage, sender, receiver);
    assert!(before.0 < SNDBUF + MESSAGE, "{before:?}");
    assert!(before.1 < RCVBUF + MESSAGE, "{before:?}");
    // The machine has one inbox more. What one reading brought and did not fit is left over.
    let reading = KERNEL;
    let most = match over {
        Carrier::Network => SNDBUF + KERNEL + 2 * RCVBUF + reading + 4 * MESSAGE,
        // Two directions have the limit of the receiver: what is held, and what is read of it.
        Carrier::Memory => 3 * RCVBUF + 3 * MESSAGE,
    };
    assert!(sent * MESSAGE <= most, "{sent} messages were taken");

    stage.wait(HOUR);
    assert!(!stage.sends(sender, MESSAGE - 8), "it still blocks");
    assert_eq!(held(&mut stage, sender, receiver), before, "memory is flat");

    let mut received = stage.receives_all(receiver);
    assert!(received > 0);
    let mut sent = sent;
    let took = stage.wait_for(SECOND, |stage| {
        received += stage.receives_all(receiver);
        let goes_on = stage.sends(sender, MESSAGE - 8);
        sent += usize::from(goes_on);
        goes_on
    });
    // Room is told in one way, and what takes it comes in another.
    assert!(took <= 4 * MS, "{took:?}");
    stage.wait_for(SECOND, |stage| {
        received += stage.receives_all(receiver);
        received == sent
    });
    stage.close(sender, SECOND);
    stage.close(receiver, SECOND);
    let took = stage.wait_for(SECOND, |stage| {
        stage.socket(sender).is_done() && stage.socket(receiver).is_done()
    });
    assert!(took <= 4 * MS, "{took:?}");
    let rules = Rules {
        ordered: true,
        faultless: true,
    };
    assert_eq!(stage.account(rules).violations, []);
}

// rfc: sp-simulation S-24
#[test]
fn fault_81_a_slow_pull_blocks_its_push_and_memory_is_bounded() {
    stays_bounded_and_goes_on(Carrier::Network, Role::Push, Role::Pull);
    stays_bounded_and_goes_on(Carrier::Memory, Role::Push, Role::Pull);
}

// rfc: sp-simulation S-02 S-22
#[test]
fn fault_84_a_slow_pair_for_an_hour_is_back_pressure_and_flat_memory() {
    stays_bounded_and_goes_on(Carrier::Network, Role::Pair, Role::Pair);
    stays_bounded_and_goes_on(Carrier::Memory, Role::Pair, Role::Pair);
}

// rfc: sp-simulation S-21, sp-endpoint E-30
#[test]
fn a_bell_that_rings_while_a_pipe_is_paused_is_not_forgotten() {
    let mut stage = Stage::new(instant());
    stage.carrier = Carrier::Memory;
    let push = stage.add(Role::Push, |_| {});
    let pull = stage.add(Role::Pull, |setup| setup.endpoint = small(1));
    stage.bind(pull);
    stage.connect(push, pull);
    stage.wait_for(SECOND, |stage| stage.live_pipes(push) == 1);
    // One is with the machine, one in the inbox of the paused pipe: then the lane is empty.
    assert_eq!(stage.sends_all(push, 20, 2), 2);
    stage.now();
    // This one rings. The visit finds the pipe paused.
    assert!(stage.sends(push, 20));
    stage.now();
    assert_eq!(stage.receives_all(pull), 3);
}
