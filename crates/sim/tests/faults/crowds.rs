//! Rows 25 and 82 where a message goes to many: answers that come at the deadline, after it, or to
//! the survey before, and one peer that does not read.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test ends where something is not as it must be"
)]

use std::time::Duration;

use speedwell_protocol::{DropCause, Verdict};
use speedwell_pubsub::{Overflow, Sub};
use speedwell_sim::{Form, Role};

use crate::stage::{Raw, SECOND, Stage, framed, greeting, instant, small};

const DEADLINE: Duration = SECOND;
const INSTANT: Duration = Duration::from_nanos(1);
const SURVEYOR: Role = Role::Surveyor {
    deadline: DEADLINE,
    overflow: Overflow::DropNewest,
};

/// One who asks, and a peer that answers what the test says.
struct Survey {
    stage: Stage,
    surveyor: usize,
    peer: Raw,
}

impl Survey {
    fn new() -> Self {
        let mut stage = Stage::new(instant());
        let surveyor = stage.add(SURVEYOR, |_| {});
        stage.bind(surveyor);
        let mut peer = stage.raw(surveyor);
        peer.writes(&greeting(Role::Respondent));
        stage.wait_for(SECOND, |stage| stage.live_pipes(surveyor) == 1);
        peer.reads();
        Self {
            stage,
            surveyor,
            peer,
        }
    }

    /// Asks, and says under which id.
    fn asks(&mut self) -> [u8; 4] {
        assert!(self.stage.sends(self.surveyor, 40));
        self.stage.now();
        let (octets, _) = self.peer.reads();
        octets[8..12].try_into().unwrap()
    }

    fn answers(&mut self, id: [u8; 4], body: &[u8]) {
        self.peer.writes(&framed(&[&id[..], body].concat()));
    }

    fn hears(&mut self) -> Result<Vec<u8>, Verdict> {
        let message = self.stage.takes(self.surveyor)?;
        Ok(message.body().to_vec())
    }

    fn stale(&mut self) -> u64 {
        let stats = self.stage.socket(self.surveyor).stats();
        stats.dropped(DropCause::Stale)
    }
}

// rfc: sp-survey S-11 S-12 S-13
#[test]
fn fault_25_an_answer_is_heard_up_to_the_deadline_and_not_at_it() {
    let mut survey = Survey::new();
    let id = survey.asks();
    survey.stage.wait(DEADLINE - INSTANT);
    survey.answers(id, b"in time");
    assert_eq!(survey.hears(), Ok(b"in time".to_vec()));
    assert_eq!(survey.hears(), Err(Verdict::Wait));
    survey.stage.wait(INSTANT);
    assert_eq!(survey.hears(), Err(Verdict::TimedOut));
    assert_eq!(survey.hears(), Err(Verdict::State));

    let id = survey.asks();
    survey.stage.wait(DEADLINE);
    survey.answers(id, b"late");
    assert_eq!(survey.hears(), Err(Verdict::TimedOut));
    assert_eq!((survey.hears(), survey.stale()), (Err(Verdict::State), 1));
}

// rfc: sp-survey S-09 S-13 S-15
#[test]
fn fault_25_an_answer_to_the_survey_before_is_discarded() {
    let mut survey = Survey::new();
    let (before, id) = (survey.asks(), survey.asks());
    survey.answers(before, b"of before");
    survey.answers(id, b"of now");
    survey.answers(id, b"of now, again");
    survey.answers(before, b"of before, again");
    assert_eq!(survey.hears(), Ok(b"of now".to_vec()));
    assert_eq!(survey.hears(), Ok(b"of now, again".to_vec()));
    assert_eq!((survey.hears(), survey.stale()), (Err(Verdict::Wait), 2));
    assert_eq!(survey.stage.live_pipes(survey.surveyor), 1);
}

/// A peer that shakes hands as one of `role` and never reads, where one socket of that role reads
/// everything: that one gets all, and the sender holds no more than its limit for the other.
fn one_does_not_read(sender: Role, role: Role) {
    const LIMIT: usize = 4096;
    const LEN: usize = 100;
    const COUNT: u64 = 1_000;
    let mut net = instant();
    net.buffer = 4096;
    let mut stage = Stage::new(net);
    let sender = stage.add(sender, |setup| {
        setup.endpoint = small(LIMIT);
        setup.form = Form::Cooked;
    });
    let good = stage.add(role, |setup| setup.form = Form::Cooked);
    // A BUS has no subscriptions.
    stage.with(good, |sub: &mut Sub| sub.subscribe(b"").unwrap());
    stage.bind(sender);
    stage.connect(good, sender);
    let mut deaf = stage.raw(sender);
    deaf.writes(&greeting(role));
    stage.wait_for(SECOND, |stage| stage.live_pipes(sender) == 2);
    let mut received = 0;
    for _ in 0..COUNT {
        assert!(stage.sends(sender, LEN));
        received += u64::from(stage.receives(good).is_some());
        assert!(stage.socket(sender).pending_octets() < LIMIT + LEN + 8);
    }
    assert_eq!(received, COUNT);
    let stats = stage.socket(sender).stats();
    let (given, dropped) = (stats.messages_out, stats.dropped(DropCause::Overflow));
    // Each was given to the good one, and to the other as long as there was room.
    assert_eq!(given + dropped, 2 * COUNT);
    assert!(dropped > COUNT / 2, "{dropped}");
    stage.is_fine();
}

// rfc: sp-pubsub B-07, sp-bus B-05
#[test]
fn fault_82_a_slow_peer_costs_itself_alone() {
    one_does_not_read(Role::Pub(Overflow::DropNewest), Role::Sub);
    let bus = Role::Bus(Overflow::DropNewest);
    one_does_not_read(bus, bus);
}
