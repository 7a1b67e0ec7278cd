//! Surveys: whose answers are heard, until when, and how often. See
//! `rfc/sp-simulation.md` section 10.

use super::*;

const DEADLINE: Duration = Duration::from_secs(1);

fn reply(consumer: PartyId, seq: u64) -> Stamp {
    let producer = consumer;
    Stamp { producer, seq }
}

/// Bob answers, and his socket sends that.
fn answers(seq: u64, to: u64) -> [Event; 2] {
    let answered = Event::Answered {
        stamp: reply(BOB, seq),
        question: stamp(to),
        print: 200 + seq,
    };
    [answered, pushed_by(BOB, reply(BOB, seq), TO_BOB.back())]
}

fn offered(answers: u64) -> Event {
    Event::Offered {
        link: TO_BOB.back(),
        octets: answers * OCTETS,
    }
}

fn received(seq: u64) -> Event {
    Event::Delivered {
        consumer: ANN,
        link: Some(TO_BOB.back()),
        stamp: Some(reply(BOB, seq)),
        print: 200 + seq,
    }
}

/// Ann has asked Bob alone, who was given the survey; then comes this.
fn after_survey(then: &[&[Event]]) -> Vec<Violation> {
    let (party, socket, deadline) = (ANN, ANN, DEADLINE);
    let asks = Event::Surveys {
        party,
        socket,
        deadline,
    };
    let (party, socket, ttl) = (BOB, BOB, 8);
    let hears = Event::Hears { party, socket, ttl };
    let sent = [
        asks,
        hears,
        accepted(0),
        pushed(0, TO_BOB),
        overflow(TO_CID),
    ];
    let log = [&sent[..], &[delivered(BOB, TO_BOB, 0)], &then.concat()].concat();
    judge(Wants::All, &log)
}

/// Ann's machine counts answers of Bob as stale.
fn stale(messages: u64) -> Event {
    Event::Dropped {
        party: ANN,
        link: Some(TO_BOB),
        cause: DropCause::Stale,
        messages,
    }
}

// rfc: sp-simulation S-65
#[test]
fn every_answer_in_time_is_heard_and_then_all_is_over() {
    let over = [Event::At(DEADLINE), Event::Over(ANN)];
    let heard = [offered(1), received(0)];
    assert_eq!(after_survey(&[&answers(0, 0), &heard, &over]), FINE);
    assert_eq!(after_survey(&[&over]), FINE);
    let twice = [offered(2), received(0), received(1)];
    let (first, second) = (answers(0, 0), answers(1, 0));
    assert_eq!(after_survey(&[&first, &second, &twice, &over]), FINE);
    // It did not come.
    assert_eq!(after_survey(&[&first, &over]), FINE);
}

// rfc: sp-simulation S-65
#[test]
fn no_answer_is_heard_at_the_deadline() {
    let violation = [Violation::TooLate(reply(BOB, 0))];
    for late in [
        [Event::At(DEADLINE), offered(1), received(0)],
        [offered(1), Event::At(DEADLINE), received(0)],
    ] {
        assert_eq!(after_survey(&[&answers(0, 0), &late]), violation);
    }
}

// rfc: sp-simulation S-65
#[test]
fn an_answer_is_heard_once_and_in_its_order() {
    let again = [offered(1), received(0), received(0)];
    let violation = [Violation::Duplicated(reply(BOB, 0))];
    assert_eq!(after_survey(&[&answers(0, 0), &again]), violation);
    let log = [offered(2), received(1), received(0)];
    let (stamp, expected) = (reply(BOB, 0), None);
    assert_eq!(
        after_survey(&[&answers(0, 0), &answers(1, 0), &log]),
        [Violation::OutOfOrder { stamp, expected }]
    );
}

// rfc: sp-simulation S-66
#[test]
fn as_many_answers_are_counted_as_are_of_no_use() {
    let link = TO_BOB.back();
    let miscounted = |counted, unwanted| {
        [Violation::Miscounted {
            link,
            counted,
            unwanted,
        }]
    };
    let two: [&[Event]; 2] = [&answers(0, 0), &answers(1, 0)];
    let then = |log: &[Event]| after_survey(&[two[0], two[1], log]);
    let in_time = [offered(2), received(0), stale(1)];
    assert_eq!(then(&in_time), miscounted(1, 0));
    let over = [Event::At(DEADLINE), Event::Over(ANN)];
    let settled = |log: &[Event]| {
        let log = [log, &over, &[Event::Settled]].concat();
        then(&log)
    };
    assert_eq!(settled(&[offered(2), received(0)]), miscounted(0, 1));
    let late = [offered(2), Event::At(DEADLINE), stale(2), Event::Settled];
    assert_eq!(then(&late), FINE);
    let too_often = [offered(2), Event::At(DEADLINE), stale(2), stale(1)];
    assert_eq!(then(&too_often), miscounted(3, 2));
    let left = [offered(2), received(0), Event::Settled];
    assert_eq!(then(&left), FINE);
}

// rfc: sp-simulation S-65
#[test]
fn the_answer_to_an_earlier_survey_is_not_heard() {
    let anew = [accepted(1), overflow(TO_BOB), overflow(TO_CID)];
    let heard = [offered(1), received(0)];
    let violation = Violation::WrongAnswer {
        party: ANN,
        question: Some(stamp(0)),
        expected: Some(stamp(1)),
    };
    assert_eq!(after_survey(&[&answers(0, 0), &anew, &heard]), [violation]);
}

// rfc: sp-simulation S-65
#[test]
fn a_survey_is_over_at_its_deadline_and_once() {
    let violation = [Violation::NotOver(ANN)];
    assert_eq!(after_survey(&[&[Event::Over(ANN)]]), violation);
    let twice = [Event::At(DEADLINE), Event::Over(ANN), Event::Over(ANN)];
    assert_eq!(after_survey(&[&twice]), violation);
}

// rfc: sp-simulation S-64
#[test]
fn an_answer_goes_back_where_its_survey_came_from_and_to_one_link() {
    let [answered, back] = answers(0, 0);
    let (stamp, link) = (reply(BOB, 0), TO_CID.back());
    let astray = [answered, pushed_by(BOB, stamp, link)];
    assert_eq!(
        after_survey(&[&astray]),
        [Violation::Misdirected { stamp, link }]
    );
    assert_eq!(
        after_survey(&[&[answered, back, back]]),
        [Violation::SentTwice(stamp)]
    );
}
