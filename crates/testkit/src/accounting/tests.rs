//! Hand-made logs: each broken promise is found, and each excuse holds.

use super::*;

const PUSH: PartyId = PartyId(0);
const PULL: PartyId = PartyId(1);
const LINK: LinkId = LinkId(10);
const OTHER: LinkId = LinkId(11);
/// Octets of each message on the wire.
const OCTETS: u64 = 10;

fn stamp(seq: u64) -> Stamp {
    Stamp {
        producer: PUSH,
        seq,
    }
}

fn accepted(seq: u64) -> Event {
    Event::Accepted {
        stamp: stamp(seq),
        print: 100 + seq,
    }
}

fn pushed(seq: u64, link: LinkId) -> Event {
    Event::Pushed {
        stamp: stamp(seq),
        link,
        octets: OCTETS,
        writer: PUSH,
    }
}

fn delivered(seq: u64, link: LinkId) -> Event {
    Event::Delivered {
        consumer: PULL,
        link: Some(link),
        stamp: Some(stamp(seq)),
        print: 100 + seq,
    }
}

fn writer_done(link: LinkId, taken: u64) -> Event {
    Event::WriterDone { link, taken }
}

fn reader_done(link: LinkId, read: u64) -> Event {
    Event::ReaderDone {
        link,
        consumer: PULL,
        read,
        by_reader: true,
    }
}

fn closed(unsent: u64, cut: u64) -> Event {
    Event::Closed {
        party: PUSH,
        unsent,
        cut,
    }
}

fn judge(log: &[Event]) -> Vec<Violation> {
    check(log, Rules::default()).violations
}

/// Three messages that are accepted and pushed to one link.
fn three() -> Vec<Event> {
    (0..3)
        .flat_map(|seq| [accepted(seq), pushed(seq, LINK)])
        .collect()
}

fn with(mut log: Vec<Event>, more: &[Event]) -> Vec<Event> {
    log.extend_from_slice(more);
    log
}

fn all_delivered() -> Vec<Event> {
    with(three(), &[0, 1, 2].map(|seq| delivered(seq, LINK)))
}

// rfc: sp-simulation S-12
#[test]
fn what_is_delivered_once_and_in_order_is_fine() {
    let ends = [writer_done(LINK, 30), reader_done(LINK, 30), closed(0, 0)];
    let log = with(all_delivered(), &ends);
    let rules = Rules {
        ordered: true,
        faultless: true,
    };
    let account = check(&log, rules);
    assert_eq!((account.accepted, account.delivered), (3, 3));
    assert_eq!(account.violations, []);
}

// rfc: sp-simulation S-14
#[test]
fn a_lost_message_is_found() {
    let lost = Violation::Lost {
        stamp: stamp(0),
        link: None,
    };
    assert_eq!(judge(&[accepted(0)]), [lost]);

    let ends = [writer_done(LINK, 30), reader_done(LINK, 30), closed(0, 0)];
    let two = [delivered(0, LINK), delivered(1, LINK)];
    let lost = Violation::Lost {
        stamp: stamp(2),
        link: Some(LINK),
    };
    let log = with(with(three(), &two), &ends);
    assert_eq!(judge(&log), [lost], "it was read, and never delivered");
}

// rfc: sp-simulation S-10 S-14 S-18
#[test]
fn a_message_on_its_way_may_die_with_its_link() {
    let ends = [writer_done(LINK, 15), reader_done(LINK, 10)];
    let log = with(with(three(), &[delivered(0, LINK)]), &ends);
    let lost = Violation::Lost {
        stamp: stamp(2),
        link: Some(LINK),
    };
    assert_eq!(judge(&log), [lost], "its first octet never left");
    assert_eq!(judge(&with(log.clone(), &[closed(1, 1)])), []);
    let rules = Rules {
        faultless: true,
        ..Rules::default()
    };
    let faultless = check(&with(log, &[closed(1, 0)]), rules);
    assert_eq!(faultless.violations.len(), 1, "nothing excuses the second");
}

// rfc: sp-simulation S-14
#[test]
fn a_dead_process_excuses_what_was_in_it() {
    let ends = [writer_done(LINK, 30), reader_done(LINK, 30)];
    let log = with(three(), &ends);
    assert_eq!(judge(&log).len(), 3);
    assert_eq!(judge(&with(log, &[Event::Crashed(PULL)])), []);
    assert_eq!(judge(&with(three(), &[Event::Crashed(PUSH)])), []);
    assert_eq!(
        check(&with(three(), &[Event::Crashed(PUSH)]), Rules::default()).crashed,
        3
    );
}

// rfc: sp-simulation S-14
#[test]
fn who_turns_deaf_excuses_only_what_was_under_way() {
    let log = with(three(), &[writer_done(LINK, 30), reader_done(LINK, 30)]);
    let log = with(log, &[delivered(0, LINK), delivered(1, LINK)]);
    let deaf = [Event::Deaf(PULL), Event::Settled, closed(0, 0)];
    assert_eq!(judge(&with(log.clone(), &deaf)), []);
    let late = [Event::Settled, Event::Deaf(PULL), closed(0, 0)];
    let lost = Violation::Lost {
        stamp: stamp(2),
        link: Some(LINK),
    };
    assert_eq!(judge(&with(log, &late)), [lost]);
}

// rfc: sp-simulation S-15
#[test]
fn a_wrong_report_is_found() {
    let ends = [writer_done(LINK, 0), closed(2, 0)];
    let wrong = Violation::Misreported {
        party: PUSH,
        reported: 2,
        unsent: 3,
    };
    assert_eq!(judge(&with(three(), &ends)), [wrong]);
}

// rfc: sp-simulation S-12
#[test]
fn a_duplicate_is_found_where_it_arrives_and_where_it_is_sent() {
    let log = with(all_delivered(), &[pushed(1, LINK), delivered(1, LINK)]);
    assert_eq!(judge(&log), [Violation::Duplicated(stamp(1))]);
    let log = with(all_delivered(), &[delivered(1, LINK)]);
    assert_eq!(judge(&log), [Violation::Duplicated(stamp(1))]);

    let again = [
        writer_done(LINK, 25),
        pushed(2, OTHER),
        writer_done(OTHER, 1),
    ];
    let twice = Violation::SentTwice(stamp(2));
    assert_eq!(judge(&with(all_delivered(), &again)), [twice, twice]);
}

// rfc: sp-simulation S-13 S-17
#[test]
fn a_wrong_order_is_found() {
    let log = with(three(), &[delivered(1, LINK), delivered(0, LINK)]);
    let early = Violation::OutOfOrder {
        stamp: stamp(1),
        expected: Some(stamp(0)),
    };
    assert_eq!(judge(&log).first(), Some(&early));

    let log = [accepted(0), accepted(1), pushed(1, OTHER), pushed(0, LINK)];
    let log = with(log.to_vec(), &[delivered(1, OTHER), delivered(0, LINK)]);
    assert_eq!(judge(&log), [], "two links have no common order");
    let rules = Rules {
        ordered: true,
        ..Rules::default()
    };
    let late = Violation::OutOfOrder {
        stamp: stamp(0),
        expected: Some(stamp(1)),
    };
    assert_eq!(check(&log, rules).violations, [late]);
}

// rfc: sp-simulation S-16
#[test]
fn what_came_back_goes_before_what_is_new() {
    let log = [accepted(0), pushed(0, LINK), writer_done(LINK, 0)];
    let fair = [pushed(0, OTHER), accepted(1), pushed(1, OTHER)];
    let unfair = [accepted(1), pushed(1, OTHER), pushed(0, OTHER)];
    let ends = [writer_done(OTHER, 0), closed(2, 0)];
    assert_eq!(judge(&with(with(log.to_vec(), &fair), &ends)), []);
    let overtaken = Violation::Overtaken {
        stamp: stamp(1),
        waiting: stamp(0),
    };
    let found = judge(&with(with(log.to_vec(), &unfair), &ends));
    assert_eq!(found, [overtaken]);
}

// rfc: sp-simulation S-12
#[test]
fn an_altered_message_is_found() {
    let mut log = with(three(), &[delivered(0, LINK)]);
    log.push(Event::Delivered {
        consumer: PULL,
        link: Some(LINK),
        stamp: Some(stamp(1)),
        print: 7,
    });
    let altered = Violation::Altered {
        consumer: PULL,
        expected: Some(stamp(1)),
    };
    assert_eq!(judge(&log).first(), Some(&altered));
}

// rfc: sp-simulation S-11
#[test]
fn a_message_without_a_stamp_is_known_by_its_place() {
    let nameless = |print| Event::Delivered {
        consumer: PULL,
        link: Some(LINK),
        stamp: None,
        print,
    };
    let log = with(three(), &[100, 101, 102].map(nameless));
    assert_eq!(judge(&log), []);
    let log = with(log, &[nameless(103)]);
    assert_eq!(judge(&log), [Violation::Invented(None)]);
}

#[test]
fn a_message_that_nobody_sent_is_found() {
    assert_eq!(
        judge(&[pushed(0, LINK)]),
        [Violation::Invented(Some(stamp(0)))]
    );
    assert_eq!(judge(&[accepted(1)]), [Violation::BadLog(stamp(1))]);
}

// rfc: sp-simulation S-11
#[test]
fn every_octet_of_a_body_counts() {
    for len in [1, 11, 12, 13, 64, 1000] {
        let sent = body(stamp(5), len);
        let print = print_of(&sent);
        for at in 0..len {
            let mut altered = sent.clone();
            altered[at] ^= 1;
            assert_ne!(print_of(&altered), print);
        }
        assert_ne!(print_of(&sent[..len - 1]), print);
    }
    assert_eq!(stamp_of(&body(stamp(5), 12)), Some(stamp(5)));
    assert_eq!(stamp_of(&body(stamp(5), 11)), None);
}
