//! Row 69: a machine that sleeps for hours and wakes. Every timer is long over by then; each is
//! dealt with once, at once, and never as often as it would have gone by.

use std::time::Duration;

use speedwell_protocol::Verdict;
use speedwell_pubsub::Overflow;
use speedwell_sim::Role;

use crate::stage::{HOUR, MS, SECOND, Stage, instant};

const NIGHT: Duration = Duration::from_secs(8 * 3600);
/// Octets of a message.
const LEN: usize = 40;

// rfc: sp-reqrep R-14
#[test]
fn fault_69_a_question_is_asked_again_once_after_a_night_of_sleep() {
    let mut stage = Stage::new(instant());
    let req = stage.add(
        Role::Req {
            resend: Some(SECOND),
            fail_fast: false,
        },
        |_| {},
    );
    let ttl = speedwell_reqrep::TTL_DEFAULT;
    let rep = stage.add(Role::Rep { ttl }, |_| {});
    stage.bind(rep);
    stage.connect(req, rep);
    stage.wait_for(SECOND, |stage| stage.live_pipes(req) == 1);
    assert!(stage.sends(req, LEN));
    assert_eq!(stage.receives_all(rep), 1);

    stage.sleeps(NIGHT);
    assert_eq!(stage.receives_all(rep), 1, "28,800 intervals are one");
    // From here on it is as if nothing had been.
    stage.wait(SECOND - MS);
    assert_eq!(stage.receives_all(rep), 0);
    stage.wait(MS);
    assert_eq!(stage.receives_all(rep), 1);
    assert!(stage.sends(rep, LEN));
    assert!(stage.receives(req).is_some());
    stage.is_fine();
}

// rfc: sp-survey S-08
#[test]
fn fault_69_a_survey_has_ended_when_its_machine_wakes() {
    let mut stage = Stage::new(instant());
    let overflow = Overflow::DropNewest;
    let deadline = HOUR;
    let surveyor = stage.add(Role::Surveyor { deadline, overflow }, |_| {});
    let respondent = stage.add(Role::Respondent, |_| {});
    stage.bind(surveyor);
    stage.connect(respondent, surveyor);
    stage.wait_for(SECOND, |stage| stage.live_pipes(surveyor) == 1);
    assert!(stage.sends(surveyor, LEN));
    assert!(stage.receives(respondent).is_some());

    stage.sleeps(NIGHT);
    assert_eq!(stage.takes(surveyor), Err(Verdict::TimedOut));
    // The answer that comes now is to nothing.
    assert!(stage.sends(respondent, LEN));
    assert_eq!(stage.takes(surveyor), Err(Verdict::State));
    assert!(stage.sends(surveyor, LEN));
    assert!(stage.receives(respondent).is_some());
    assert!(stage.sends(respondent, LEN));
    assert!(stage.receives(surveyor).is_some(), "the next is answered");
    stage.is_fine();
}

// rfc: sp-endpoint E-04
#[test]
fn fault_69_a_dialer_tries_once_after_a_night_of_sleep() {
    const WAIT_MAX: Duration = Duration::from_millis(100);
    let mut stage = Stage::new(instant());
    let [push, pull] = [Role::Push, Role::Pull].map(|role| stage.add(role, |_| {}));
    stage.connect(push, pull);
    stage.wait(10 * SECOND);
    let before = stage.socket(push).stats().dial_errors;
    assert!(before > 10, "it had tried all the while: {before}");

    stage.sleeps(NIGHT);
    let after = stage.socket(push).stats().dial_errors;
    assert_eq!(after, before + 1);
    stage.bind(pull);
    let took = stage.wait_for(SECOND, |stage| stage.live_pipes(pull) == 1);
    assert!(took <= WAIT_MAX, "{took:?}");
    stage.is_fine();
}
