//! What a socket holds for a link that is full, and what is left of it at the end. See
//! `rfc/sp-simulation.md` section 10.

use super::*;

fn held(seq: u64) -> Event {
    Event::Held {
        stamp: stamp(seq),
        link: TO_BOB,
        octets: OCTETS,
    }
}

/// So many messages that are held for Bob, and what comes after that.
fn after_held(count: u64, then: &[Event]) -> Vec<Violation> {
    let holds = |seq| {
        let sent = [accepted(seq), held(seq), pushed(seq, TO_CID)];
        let oldest = (seq >= 64).then(|| overflow(TO_BOB));
        sent.into_iter().chain(oldest)
    };
    let sent: Vec<Event> = (0..count).flat_map(holds).collect();
    judge(Wants::All, &[&sent, then].concat())
}

// rfc: sp-simulation S-67
#[test]
fn what_is_held_goes_in_its_order_and_before_anything_new() {
    let [first, second] = [0, 1].map(|seq| pushed(seq, TO_BOB));
    assert_eq!(after_held(2, &[first, second]), FINE);
    let anew = [
        first,
        second,
        accepted(2),
        pushed(2, TO_BOB),
        pushed(2, TO_CID),
    ];
    assert_eq!(after_held(2, &anew), FINE);
    let (expected, stamp) = (Some(stamp(0)), stamp(1));
    let early = after_held(2, &[second]);
    assert_eq!(
        early.first(),
        Some(&Violation::OutOfOrder { stamp, expected })
    );
}

// rfc: sp-simulation S-67
#[test]
fn of_what_is_held_the_oldest_is_dropped_and_only_when_it_is_too_much() {
    let to_bob = |seqs: std::ops::Range<u64>| seqs.map(|seq| pushed(seq, TO_BOB));
    let rest: Vec<Event> = to_bob(2..66).collect();
    assert_eq!(after_held(66, &rest), FINE);
    let newest: Vec<Event> = to_bob(0..64).collect();
    assert!(!after_held(66, &newest).is_empty());
    let link = TO_BOB;
    let too_early = Violation::Miscounted {
        link,
        counted: 1,
        unwanted: 0,
    };
    let sent = [accepted(0), held(0), overflow(TO_BOB), pushed(0, TO_CID)];
    let violations = judge(Wants::All, &[&sent[..], &[pushed(0, TO_BOB)]].concat());
    assert_eq!(violations, [too_early]);
    let none_dropped: Vec<Event> = (0..65)
        .flat_map(|seq| [accepted(seq), held(seq), pushed(seq, TO_CID)])
        .chain(to_bob(0..65))
        .collect();
    let (stamp, link) = (stamp(64), Some(TO_BOB));
    let violations = judge(Wants::All, &none_dropped);
    assert_eq!(violations, [Violation::NotSpread { stamp, link }]);
}

// rfc: sp-simulation S-67
#[test]
fn what_is_held_at_the_end_is_counted_and_reported() {
    let (link, taken, party, cut) = (TO_BOB, 0, ANN, 0);
    let gone = Event::WriterDone { link, taken };
    let lost = Event::Dropped {
        party,
        link: Some(link),
        cause: DropCause::PipeLost,
        messages: 2,
    };
    let (counted, unwanted) = (0, 2);
    let uncounted = Violation::Miscounted {
        link,
        counted,
        unwanted,
    };
    assert_eq!(after_held(2, &[gone, lost]), FINE);
    assert_eq!(after_held(2, &[gone]), [uncounted]);
    assert_eq!(after_held(2, &[gone, Event::Crashed(ANN)]), FINE);
    let (unsent, reported) = (2, 0);
    let closed = |unsent| Event::Closed { party, unsent, cut };
    let closes = [Event::Deaf(ANN), gone, lost];
    assert_eq!(after_held(2, &[&closes[..], &[closed(2)]].concat()), FINE);
    let violation = Violation::Misreported {
        party,
        reported,
        unsent,
    };
    assert_eq!(
        after_held(2, &[&closes[..], &[closed(0)]].concat()),
        [violation]
    );
}

// rfc: sp-simulation S-15
#[test]
fn a_socket_that_closes_reports_what_no_link_took() {
    let (link, taken, party, cut) = (TO_BOB, OCTETS, ANN, 0);
    let gone = Event::WriterDone { link, taken };
    let closed = |unsent| Event::Closed { party, unsent, cut };
    assert_eq!(
        after_two(Wants::All, &[Event::Deaf(ANN), gone, closed(1)]),
        FINE
    );
    let (reported, unsent) = (0, 1);
    let violation = Violation::Misreported {
        party,
        reported,
        unsent,
    };
    assert_eq!(
        after_two(Wants::All, &[Event::Deaf(ANN), gone, closed(0)]),
        [violation]
    );
}
