//! Hand-made logs of messages that go to many: each broken promise is found, and each excuse holds.

use super::super::topic_of;
use super::*;

const ANN: PartyId = PartyId(0);
const BOB: PartyId = PartyId(1);
const CID: PartyId = PartyId(2);
/// From Ann to Bob.
const TO_BOB: LinkId = LinkId(10);
/// From Ann to Cid.
const TO_CID: LinkId = LinkId(20);
const OCTETS: u64 = 10;

fn stamp(seq: u64) -> Stamp {
    let producer = ANN;
    Stamp { producer, seq }
}

fn joined(link: LinkId, party: PartyId) -> Event {
    Event::Joined { link, party }
}

/// Both ends of both links have them.
fn all_joined() -> Vec<Event> {
    let ends = [
        (TO_BOB, ANN),
        (TO_BOB.back(), BOB),
        (TO_CID, ANN),
        (TO_CID.back(), CID),
    ];
    ends.map(|(link, party)| joined(link, party)).to_vec()
}

fn accepted(seq: u64) -> Event {
    let (stamp, print) = (stamp(seq), 100 + seq);
    Event::Accepted { stamp, print }
}

fn pushed_by(writer: PartyId, stamp: Stamp, link: LinkId) -> Event {
    let octets = OCTETS;
    Event::Pushed {
        stamp,
        link,
        octets,
        writer,
    }
}

fn pushed(seq: u64, link: LinkId) -> Event {
    pushed_by(ANN, stamp(seq), link)
}

fn dropped(party: PartyId, link: Option<LinkId>, cause: DropCause) -> Event {
    let messages = 1;
    Event::Dropped {
        party,
        link,
        cause,
        messages,
    }
}

fn overflow(link: LinkId) -> Event {
    dropped(ANN, Some(link), DropCause::Overflow)
}

fn delivered(consumer: PartyId, link: LinkId, seq: u64) -> Event {
    Event::Delivered {
        consumer,
        link: Some(link),
        stamp: Some(stamp(seq)),
        print: 100 + seq,
    }
}

/// The reader has come to the end of a link, after so many messages.
fn read(link: LinkId, consumer: PartyId, messages: u64) -> Event {
    Event::ReaderDone {
        link,
        consumer,
        read: messages * OCTETS,
        by_reader: true,
    }
}

/// What is wrong, after everybody has joined everybody.
fn judge(wants: Wants, log: &[Event]) -> Vec<Violation> {
    let log = [&all_joined(), log].concat();
    check_spreads(&log, wants).violations
}

/// One message that reached both, and what comes after that.
fn after_one(wants: Wants, then: &[Event]) -> Vec<Violation> {
    let sent = [accepted(0), pushed(0, TO_BOB), pushed(0, TO_CID)];
    judge(wants, &[&sent, then].concat())
}

const FINE: [Violation; 0] = [];

// rfc: sp-simulation S-61
#[test]
fn each_link_gets_a_message_once_or_is_counted_as_full() {
    let stamp = stamp(0);
    let both = [accepted(0), pushed(0, TO_CID), pushed(0, TO_BOB)];
    assert_eq!(judge(Wants::All, &both), FINE);
    let one_full = [accepted(0), pushed(0, TO_CID), overflow(TO_BOB)];
    assert_eq!(judge(Wants::All, &one_full), FINE);

    let link = Some(TO_BOB);
    let forgotten = [accepted(0), pushed(0, TO_CID)];
    assert_eq!(
        judge(Wants::All, &forgotten),
        [Violation::NotSpread { stamp, link }]
    );
    let (twice, link) = ([&both[..], &[pushed(0, TO_BOB)]].concat(), TO_BOB);
    assert_eq!(
        judge(Wants::All, &twice),
        [Violation::Misdirected { stamp, link }]
    );
    let both_ways = [&both[..], &[overflow(TO_BOB)]].concat();
    assert_eq!(
        judge(Wants::All, &both_ways),
        [Violation::Misdirected { stamp, link }]
    );
    let later = [
        &both[..],
        &[Event::At(Duration::from_secs(1)), pushed(0, TO_BOB)],
    ]
    .concat();
    assert_eq!(
        judge(Wants::All, &later),
        [Violation::Misdirected { stamp, link }]
    );
}

// rfc: sp-simulation S-61
#[test]
fn a_link_that_is_gone_gets_nothing_and_one_that_is_not_there_yet_neither() {
    let (stamp, link, taken) = (stamp(0), TO_BOB, 0);
    let gone = Event::WriterDone { link, taken };
    assert_eq!(
        judge(Wants::All, &[gone, accepted(0), pushed(0, TO_CID)]),
        FINE
    );
    let to_gone = [gone, accepted(0), pushed(0, TO_CID), pushed(0, TO_BOB)];
    assert_eq!(
        judge(Wants::All, &to_gone),
        [Violation::Misdirected { stamp, link }]
    );
}

// rfc: sp-simulation S-61
#[test]
fn a_message_to_nobody_is_counted_once() {
    let nobody = dropped(ANN, None, DropCause::NoPeer);
    let violations = |log: &[Event]| check_spreads(log, Wants::All).violations;
    assert_eq!(violations(&[accepted(0), nobody]), FINE);
    let (stamp, link) = (stamp(0), None);
    let not_spread = [Violation::NotSpread { stamp, link }];
    assert_eq!(violations(&[accepted(0)]), not_spread);
    let counted_in_vain = [nobody];
    assert_eq!(after_one(Wants::All, &counted_in_vain), not_spread);
}

// rfc: sp-simulation S-62
#[test]
fn nobody_passes_on_what_is_not_theirs_or_hears_themselves() {
    let (stamp, link) = (stamp(0), TO_BOB.back());
    let echo = [pushed_by(BOB, stamp, link)];
    assert_eq!(
        after_one(Wants::All, &echo),
        [Violation::Misdirected { stamp, link }]
    );
    let link = TO_BOB;
    let heard = [delivered(ANN, link, 0)];
    assert_eq!(
        after_one(Wants::All, &heard),
        [Violation::Misdirected { stamp, link }]
    );
}

/// Two messages that reached Bob, and what comes after that.
fn after_two(wants: Wants, then: &[Event]) -> Vec<Violation> {
    let sent: Vec<Event> = (0..2)
        .flat_map(|seq| [accepted(seq), pushed(seq, TO_BOB), overflow(TO_CID)])
        .collect();
    judge(wants, &[&sent, then].concat())
}

// rfc: sp-simulation S-63
#[test]
fn a_link_delivers_each_message_once_and_in_order() {
    let (first, second) = (delivered(BOB, TO_BOB, 0), delivered(BOB, TO_BOB, 1));
    assert_eq!(after_two(Wants::All, &[first, second]), FINE);
    let twice = [first, first];
    assert_eq!(
        after_two(Wants::All, &twice),
        [Violation::Duplicated(stamp(0))]
    );
    let (expected, stamp) = (Some(stamp(0)), stamp(1));
    let gap = [Violation::OutOfOrder { stamp, expected }];
    assert_eq!(after_two(Wants::All, &[second]), gap);
    let expected = None;
    let elsewhere = [delivered(CID, TO_CID, 1)];
    let foreign = [Violation::OutOfOrder { stamp, expected }];
    assert_eq!(after_two(Wants::All, &elsewhere), foreign);
}

// rfc: sp-simulation S-11 S-12
#[test]
fn a_message_is_delivered_as_it_was_sent() {
    let altered = Event::Delivered {
        consumer: BOB,
        link: Some(TO_BOB),
        stamp: Some(stamp(0)),
        print: 7,
    };
    let (consumer, expected) = (BOB, Some(stamp(0)));
    let violation = [Violation::Altered { consumer, expected }];
    assert_eq!(after_one(Wants::All, &[altered]), violation);
    let invented = delivered(BOB, TO_BOB, 9);
    let violation = [Violation::Invented(Some(stamp(9)))];
    assert_eq!(after_one(Wants::All, &[invented]), violation);
}

// rfc: sp-simulation S-63
#[test]
fn what_was_read_whole_is_delivered_unless_its_reader_closes() {
    let (stamp, link) = (stamp(0), Some(TO_BOB));
    let lost = [Violation::Lost { stamp, link }];
    assert_eq!(after_one(Wants::All, &[read(TO_BOB, BOB, 1)]), lost);
    assert_eq!(after_one(Wants::All, &[read(TO_BOB, BOB, 0)]), FINE);
    assert_eq!(
        after_one(Wants::All, &[Event::Deaf(BOB), read(TO_BOB, BOB, 1)]),
        FINE
    );
    assert_eq!(
        after_one(Wants::All, &[Event::Crashed(BOB), read(TO_BOB, BOB, 1)]),
        FINE
    );
}

// rfc: sp-simulation S-63
#[test]
fn what_was_sent_before_all_arrived_is_delivered_by_then() {
    let heard = [
        delivered(BOB, TO_BOB, 0),
        delivered(CID, TO_CID, 0),
        Event::Settled,
    ];
    assert_eq!(after_one(Wants::All, &heard), FINE);
    let (stamp, link) = (stamp(0), Some(TO_CID));
    let lost = [Violation::Lost { stamp, link }];
    assert_eq!(after_one(Wants::All, &[heard[0], Event::Settled]), lost);
}

/// The topic of the first message, and one that it does not begin with.
fn topics() -> (&'static str, &'static str) {
    match topic_of(stamp(0)) {
        [b'a', _] => ("a", "b"),
        _ => ("b", "a"),
    }
}

fn subscribed(topic: &'static str) -> Event {
    let party = BOB;
    Event::Subscribed { party, topic }
}

fn unsubscribed(topic: &'static str) -> Event {
    let party = BOB;
    Event::Unsubscribed { party, topic }
}

fn unwanted() -> Event {
    dropped(BOB, Some(TO_BOB.back()), DropCause::Unsubscribed)
}

/// Bob does this first, then a message is sent, then comes that.
fn around_one(first: &[Event], then: &[Event]) -> Vec<Violation> {
    let sent = [accepted(0), pushed(0, TO_BOB), overflow(TO_CID)];
    judge(Wants::Topics, &[first, &sent, then].concat())
}

// rfc: sp-simulation S-63
#[test]
fn only_what_was_subscribed_to_is_delivered() {
    let (mine, other) = topics();
    let heard = delivered(BOB, TO_BOB, 0);
    for topic in ["", mine] {
        assert_eq!(around_one(&[subscribed(topic)], &[heard]), FINE);
    }
    let violation = [Violation::Unwanted(stamp(0))];
    assert_eq!(around_one(&[], &[heard]), violation);
    assert_eq!(around_one(&[subscribed(other)], &[heard]), violation);
    // Subscriptions are counted.
    let ended = [subscribed(mine), unsubscribed(mine)];
    assert_eq!(around_one(&ended, &[heard]), violation);
    let once_more = [subscribed(mine), subscribed(mine), unsubscribed(mine)];
    assert_eq!(around_one(&once_more, &[heard]), FINE);
    // It decides what held when the message came, which is at some time in between.
    assert_eq!(
        around_one(&[subscribed(mine)], &[unsubscribed(mine), heard]),
        FINE
    );
    assert_eq!(around_one(&[], &[subscribed(mine), heard]), FINE);
}

// rfc: sp-simulation S-63
#[test]
fn what_was_subscribed_to_all_the_time_is_delivered_and_the_rest_is_counted() {
    let (mine, other) = topics();
    let (stamp, link, end) = (stamp(0), TO_BOB, read(TO_BOB, BOB, 1));
    let lost = [Violation::Lost {
        stamp,
        link: Some(link),
    }];
    assert_eq!(around_one(&[subscribed(mine)], &[end]), lost);
    assert_eq!(around_one(&[subscribed(mine)], &[Event::Settled]), lost);
    assert_eq!(around_one(&[subscribed(other)], &[unwanted(), end]), FINE);
    assert_eq!(around_one(&[], &[subscribed(mine), unwanted(), end]), FINE);
    let (counted, unwanted) = (0, 1);
    let miscounted = [Violation::Miscounted {
        link,
        counted,
        unwanted,
    }];
    assert_eq!(around_one(&[subscribed(other)], &[end]), miscounted);
}

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
