//! Dialers: attempts, deadlines, back-off.

use std::time::Duration;

use speedwell_transport::ErrorKind;

use super::rig::{Rig, error, ms};
use crate::{Admission, Command, EndReason};

// rfc: sp-endpoint E-01 E-02 E-04
#[test]
fn dials_lives_loses_waits_within_the_bound_and_dials_again() {
    let mut rig = Rig::new();
    let dialer = rig.dialer();
    assert_eq!(rig.commands(), [Command::Dial(dialer)]);
    assert_eq!(rig.due_in(), None);

    let pipe = rig.dialed(dialer).unwrap();
    assert_eq!(rig.due_in(), Some(5000), "the handshake has its deadline");
    assert_eq!(
        (rig.handshaken(pipe), rig.due_in()),
        (Admission::Live, None)
    );
    assert_eq!((rig.stats().connected, rig.engine.live_pipes()), (1, 1));
    assert_eq!(rig.dialed(dialer), None, "a dialer has one pipe");

    rig.ended(pipe, &EndReason::ClosedByPeer, &[]);
    assert_eq!(rig.calls(), ["attach", "detach"]);
    assert_eq!((rig.stats().closed_by_peer, rig.due_in()), (1, Some(100)));
    rig.passes(ms(99));
    assert_eq!(rig.commands(), []);
    rig.passes(ms(1));
    assert_eq!(rig.commands(), [Command::Dial(dialer)]);
    assert_eq!(
        rig.due_in(),
        None,
        "a new attempt, and nothing reported of it"
    );
}

// rfc: sp-endpoint E-04
#[test]
fn the_wait_is_the_drawn_part_of_a_bound_that_doubles() {
    let mut rig = Rig::with(|options| options.reconnect_max = ms(1000));
    let dialer = rig.dialer();
    for bound in [100, 200, 400, 800, 1000, 1000] {
        rig.world.dice = Ok(u64::MAX / 2);
        rig.dial_failed(dialer, ErrorKind::Refused);
        assert_eq!(rig.due_in(), Some(bound / 2));
        rig.passes(ms(1000));
    }
    assert_eq!(rig.stats().dial_errors, 6);
    let status = rig.engine.endpoint_status(dialer).unwrap();
    assert_eq!(
        status.last_error.as_ref().unwrap().kind(),
        ErrorKind::Refused
    );
    let _ = rig.dials_through(dialer);
    let status = rig.engine.endpoint_status(dialer).unwrap();
    assert!(status.last_error.is_none() && status.pipes == 1);
}

/// The wait after a connection that lasted so long, the bound having grown to 800 ms.
fn wait_after_a_life_of(time: Duration) -> Option<u128> {
    let mut rig = Rig::with(|options| options.reconnect_max = ms(10_000));
    let dialer = rig.dialer();
    for _ in 0..3 {
        rig.dial_failed(dialer, ErrorKind::Refused);
        rig.passes(ms(800));
    }
    let pipe = rig.dials_through(dialer);
    rig.passes(time);
    rig.ended(
        pipe,
        &EndReason::Broken(error(ErrorKind::Disconnected)),
        &[],
    );
    assert_eq!(rig.stats().broken, 1);
    rig.due_in()
}

// rfc: sp-endpoint E-05
#[test]
fn the_bound_falls_back_only_after_a_stable_connection() {
    assert_eq!(wait_after_a_life_of(ms(0)), Some(800));
    assert_eq!(wait_after_a_life_of(ms(999)), Some(800));
    assert_eq!(wait_after_a_life_of(ms(1000)), Some(100));
}

// rfc: sp-endpoint E-03 E-04
#[test]
fn an_attempt_is_abandoned_at_its_deadline() {
    let mut rig = Rig::new();
    let dialer = rig.dialer();
    rig.engine.dialing(dialer, &mut rig.world);
    rig.passes(ms(4999));
    rig.engine.dialing(dialer, &mut rig.world);
    assert_eq!(
        rig.due_in(),
        Some(1),
        "a second report does not move the deadline"
    );
    assert_eq!(rig.commands(), [Command::Dial(dialer)]);

    rig.passes(ms(1));
    assert_eq!(rig.commands(), [Command::Abandon(dialer)]);
    assert_eq!((rig.stats().dial_errors, rig.due_in()), (1, Some(100)));
    let status = rig.engine.endpoint_status(dialer).unwrap();
    assert_eq!(
        status.last_error.as_ref().unwrap().kind(),
        ErrorKind::TimedOut
    );

    assert_eq!(
        rig.dialed(dialer),
        None,
        "the connection that came too late"
    );
    rig.dial_failed(dialer, ErrorKind::Refused);
    assert_eq!(
        (rig.stats().dial_errors, rig.due_in()),
        (1, Some(100)),
        "a failure too late"
    );
    rig.passes(ms(100));
    assert_eq!(rig.commands(), [Command::Dial(dialer)]);
}

// rfc: sp-endpoint E-03
#[test]
fn connecting_and_the_handshake_share_one_deadline() {
    let mut rig = Rig::new();
    let dialer = rig.dialer();
    rig.passes(ms(700));
    rig.engine.dialing(dialer, &mut rig.world);
    rig.passes(ms(4000));
    let pipe = rig.dialed(dialer).unwrap();
    assert_eq!(rig.due_in(), Some(1000));
    rig.commands();
    rig.passes(ms(1000));
    assert_eq!(rig.commands(), [Command::DropConn(pipe)]);
    assert_eq!(rig.stats().handshake_errors, 1);
}

// rfc: sp-endpoint E-03
#[test]
fn a_dialer_that_waits_for_its_doorbell_alone_never_times_out() {
    let mut rig = Rig::new();
    let dialer = rig.dialer();
    rig.passes(Duration::from_secs(365 * 24 * 3600));
    assert_eq!(
        (rig.commands(), rig.due_in()),
        (vec![Command::Dial(dialer)], None)
    );
    let _ = rig.dials_through(dialer);
}

// rfc: sp-endpoint E-03
#[test]
fn a_timeout_beyond_what_clocks_count_is_none() {
    let mut rig = Rig::with(|options| options.handshake_timeout = Duration::MAX);
    let (dialer, listener) = (rig.dialer(), rig.listener());
    rig.engine.dialing(dialer, &mut rig.world);
    let pipe = rig.dialed(dialer).unwrap();
    let other = rig.accepted(listener).unwrap();
    assert_eq!(rig.due_in(), None);
    assert_eq!(
        (rig.handshaken(pipe), rig.handshaken(other)),
        (Admission::Live, Admission::Live)
    );
}

// rfc: sp-endpoint E-04
#[test]
fn reports_of_an_attempt_that_does_not_run_change_nothing() {
    let mut rig = Rig::new();
    let (dialer, listener) = (rig.dialer(), rig.listener());
    let _ = rig.dials_through(dialer);
    rig.commands();
    for endpoint in [dialer, listener] {
        rig.engine.dialing(endpoint, &mut rig.world);
        rig.dial_failed(endpoint, ErrorKind::Refused);
        assert_eq!(rig.dialed(endpoint), None);
        let status = rig.engine.endpoint_status(endpoint).unwrap();
        assert!(status.last_error.is_none());
    }
    assert_eq!((rig.stats().dial_errors, rig.due_in()), (0, None));
    assert_eq!(rig.commands(), []);
}

// rfc: sp-endpoint E-04 E-13
#[test]
fn a_failed_handshake_costs_a_wait_too() {
    let mut rig = Rig::with(|options| options.reconnect_max = ms(1000));
    let dialer = rig.dialer();
    for bound in [100, 200, 400] {
        let pipe = rig.dialed(dialer).unwrap();
        rig.handshake_failed(pipe, ErrorKind::BadPeer);
        assert_eq!(rig.due_in(), Some(bound));
        rig.passes(ms(1000));
    }
    assert_eq!(
        (rig.stats().handshake_errors, rig.stats().dial_errors),
        (3, 0)
    );
    let status = rig.engine.endpoint_status(dialer).unwrap();
    assert_eq!(
        status.last_error.as_ref().unwrap().kind(),
        ErrorKind::BadPeer
    );
}

// rfc: sp-endpoint E-09
#[test]
fn a_dialer_over_the_limit_of_pipes_waits() {
    let mut rig = Rig::with(|options| options.pipes_max = 1);
    let (one, two) = (rig.dialer(), rig.dialer());
    let pipe = rig.dials_through(one);
    assert_eq!(rig.dialed(two), None);
    assert_eq!((rig.stats().over_limit, rig.due_in()), (1, Some(100)));
    rig.engine.remove_endpoint(one, &mut rig.world);
    rig.ended(pipe, &EndReason::Local, &[]);
    rig.passes(ms(100));
    let _ = rig.dials_through(two);
}

/// 10,000 clients lose one server at once: their next attempts are spread over the whole bound.
// rfc: sp-endpoint E-04
#[test]
fn fault_78_clients_that_lose_a_server_together_come_back_apart() {
    let mut attempts = [0_u32; 10];
    for client in 0..10_000 {
        let mut rig = Rig::new();
        rig.world.dice = Err(client);
        let dialer = rig.dialer();
        let pipe = rig.dials_through(dialer);
        rig.ended(
            pipe,
            &EndReason::Broken(error(ErrorKind::Disconnected)),
            &[],
        );
        let wait_ms = usize::try_from(rig.due_in().unwrap()).unwrap();
        attempts[wait_ms.min(99) / 10] += 1;
    }
    println!("attempts in each tenth of the bound: {attempts:?}");
    assert!(attempts.iter().all(|count| (800..1200).contains(count)));
}

// rfc: sp-endpoint E-05
#[test]
fn fault_79_a_peer_that_accepts_and_closes_at_once_is_left_alone_for_longer_and_longer() {
    let mut rig = Rig::with(|options| options.reconnect_max = Duration::from_secs(30));
    rig.world.dice = Err(79);
    let dialer = rig.dialer();
    let mut attempts = 0;
    let hour_ms = 3_600_000;
    while rig.now() < hour_ms {
        for command in rig.commands() {
            assert_eq!(command, Command::Dial(dialer));
            attempts += 1;
            let pipe = rig.dials_through(dialer);
            rig.ended(pipe, &EndReason::ClosedByPeer, &[]);
        }
        rig.passes(ms(100));
    }
    println!("attempts in an hour: {attempts}");
    assert!(
        (150..400).contains(&attempts),
        "about one in 15 s, not {attempts}"
    );
}
