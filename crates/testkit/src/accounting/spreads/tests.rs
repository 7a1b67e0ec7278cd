//! Hand-made logs of messages that go to many: each broken promise is found, and each excuse holds.

mod holding;
mod surveys;
mod topics;

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
