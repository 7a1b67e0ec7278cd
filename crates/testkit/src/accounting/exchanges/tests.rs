//! Hand-made logs of questions and answers: each broken promise is found, and each excuse holds.

use super::*;

const ANN: PartyId = PartyId(0);
const BOB: PartyId = PartyId(1);
/// From the one who asks to the one who answers, and back.
const THERE: LinkId = LinkId(10);
const BACK: LinkId = LinkId(11);
const OTHER: LinkId = LinkId(20);
const SECOND: Duration = Duration::from_secs(1);

fn question(seq: u64) -> Stamp {
    let producer = ANN;
    Stamp { producer, seq }
}

fn reply(seq: u64) -> Stamp {
    let producer = BOB;
    Stamp { producer, seq }
}

fn asked(seq: u64) -> Event {
    let (stamp, print) = (question(seq), 100 + seq);
    Event::Accepted { stamp, print }
}

fn pushed(stamp: Stamp, link: LinkId, writer: PartyId) -> Event {
    let octets = 10;
    Event::Pushed {
        stamp,
        link,
        octets,
        writer,
    }
}

fn sent(seq: u64, link: LinkId) -> Event {
    pushed(question(seq), link, ANN)
}

fn heard(seq: u64) -> Event {
    Event::Delivered {
        consumer: BOB,
        link: Some(THERE),
        stamp: Some(question(seq)),
        print: 100 + seq,
    }
}

fn answered(seq: u64, to: u64) -> Event {
    Event::Answered {
        stamp: reply(seq),
        question: question(to),
        print: 200 + seq,
    }
}

fn received(seq: u64) -> Event {
    Event::Delivered {
        consumer: ANN,
        link: Some(BACK),
        stamp: Some(reply(seq)),
        print: 200 + seq,
    }
}

fn writer_done(link: LinkId, taken: u64) -> Event {
    Event::WriterDone { link, taken }
}

fn at(seconds: u32) -> Event {
    Event::At(SECOND * seconds)
}

/// Ann asks with this interval of resending, and Bob lets one word through.
fn judge_with(resend: Option<Duration>, log: &[&[Event]]) -> Vec<Violation> {
    let (party, socket) = (ANN, ANN);
    let asks = Event::Asks {
        party,
        socket,
        resend,
    };
    let (party, socket, ttl) = (BOB, BOB, 1);
    let hears = Event::Hears { party, socket, ttl };
    check_exchanges(&[&[asks, hears], &log.concat()[..]].concat()).violations
}

fn judge(log: &[&[Event]]) -> Vec<Violation> {
    judge_with(Some(SECOND * 10), log)
}

/// A question and its answer, up to the point at which it is received.
fn exchange(seq: u64) -> [Event; 5] {
    [
        asked(seq),
        sent(seq, THERE),
        heard(seq),
        answered(seq, seq),
        pushed(reply(seq), BACK, BOB),
    ]
}

// rfc: sp-simulation S-51
#[test]
fn only_the_answer_to_the_last_question_may_be_received() {
    assert_eq!(judge(&[&exchange(0), &[received(0)]]), []);
    let wrong = |question, expected: Option<Stamp>| Violation::WrongAnswer {
        party: ANN,
        question: Some(question),
        expected,
    };
    let given_up = [&exchange(0)[..], &[asked(1), sent(1, THERE), received(0)]];
    assert_eq!(judge(&given_up), [wrong(question(0), Some(question(1)))]);
    let twice = [
        &exchange(0)[..],
        &[answered(1, 0), heard(0), pushed(reply(1), BACK, BOB)],
        &[received(0), received(1)],
    ];
    let violations = judge(&twice);
    assert!(
        violations.contains(&wrong(question(0), None)),
        "{violations:?}"
    );
}

// rfc: sp-simulation S-52
#[test]
fn a_question_is_delivered_where_it_was_sent_once_and_as_it_was() {
    let of = |stamp, expected| Violation::OutOfOrder { stamp, expected };
    assert_eq!(
        judge(&[&[asked(0), sent(0, OTHER), heard(0)]]),
        [of(question(0), None)]
    );
    assert_eq!(
        judge(&[&[asked(0), sent(0, THERE), heard(0), heard(0)]]),
        [Violation::Duplicated(question(0))]
    );
    let altered = Event::Delivered {
        consumer: BOB,
        link: Some(THERE),
        stamp: Some(question(0)),
        print: 7,
    };
    let (consumer, expected) = (BOB, Some(question(0)));
    assert_eq!(
        judge(&[&[asked(0), sent(0, THERE), altered]]),
        [Violation::Altered { consumer, expected }]
    );
    let read = Event::ReaderDone {
        link: THERE,
        consumer: BOB,
        read: 10,
        by_reader: true,
    };
    let (stamp, link) = (question(0), Some(THERE));
    let lost = [&[asked(0), sent(0, THERE)][..], &[read]];
    assert_eq!(judge(&lost), [Violation::Lost { stamp, link }]);
    assert_eq!(judge(&[lost[0], &[Event::Deaf(BOB), read]]), []);
}

// rfc: sp-simulation S-53
#[test]
fn a_question_is_sent_once_an_interval_and_once_for_a_lost_pipe() {
    let first = [asked(0), sent(0, THERE)];
    let early = [Violation::SentTooOften(question(0))];
    assert_eq!(judge(&[&first, &[at(10), sent(0, THERE)]]), []);
    assert_eq!(judge(&[&first, &[at(9), sent(0, THERE)]]), early);
    let lost = writer_done(THERE, 10);
    assert_eq!(judge(&[&first, &[at(1), lost, sent(0, OTHER)]]), []);
    let twice = [sent(0, OTHER), sent(0, LinkId(30))];
    assert_eq!(judge(&[&first, &[at(1), lost], &twice]), early);
    // The loss of an earlier pipe is no reason.
    let both = [at(10), sent(0, OTHER), at(11), lost, sent(0, OTHER)];
    assert_eq!(judge(&[&first, &both]), early);
    let in_vain = [received(0), at(10), sent(0, THERE)];
    assert_eq!(
        judge(&[&exchange(0), &in_vain]),
        [Violation::SentInVain(question(0))]
    );
}

// rfc: sp-simulation S-54
#[test]
fn without_resending_a_question_is_sent_once_and_a_lost_peer_is_lost() {
    let first = [asked(0), sent(0, THERE), at(100)];
    let judge = |more: &[Event]| judge_with(None, &[&first, more]);
    let (unsent, seen) = (writer_done(THERE, 0), writer_done(THERE, 1));
    assert_eq!(judge(&[unsent, sent(0, OTHER)]), []);
    let again = [Violation::SentTooOften(question(0))];
    assert_eq!(judge(&[seen, sent(0, OTHER)]), again);
    assert_eq!(judge(&[sent(0, OTHER)]), again);
    assert_eq!(judge(&[seen, Event::PeerLost(ANN)]), []);
    let not_lost = [Violation::NotLost(ANN)];
    assert_eq!(judge(&[unsent, Event::PeerLost(ANN)]), not_lost);
    assert_eq!(judge(&[Event::PeerLost(ANN)]), not_lost);
}

// rfc: sp-simulation S-55
#[test]
fn an_answer_goes_back_where_its_question_came_from_once() {
    let (stamp, link) = (reply(0), LinkId(21));
    let heard = [asked(0), sent(0, THERE), heard(0), answered(0, 0)];
    let elsewhere = [&heard[..], &[pushed(stamp, link, BOB)]];
    assert_eq!(judge(&elsewhere), [Violation::Misdirected { stamp, link }]);
    let twice = [pushed(stamp, BACK, BOB), pushed(stamp, BACK, BOB)];
    let link = BACK;
    assert_eq!(
        judge(&[&heard, &twice]),
        [Violation::Misdirected { stamp, link }]
    );
}

// rfc: sp-simulation S-55 S-56
#[test]
fn a_device_passes_on_what_came_and_adds_a_word() {
    let (front, back) = (PartyId(5), PartyId(6));
    let party = |party, ttl| Event::Hears {
        party,
        socket: party,
        ttl,
    };
    let relays = |socket| Event::Relays { socket, device: 0 };
    let device = [party(front, 8), party(back, 8), relays(front), relays(back)];
    let came = Event::Delivered {
        consumer: front,
        link: Some(OTHER),
        stamp: Some(question(0)),
        print: 100,
    };
    let went = pushed(question(0), THERE, back);
    let passed = [asked(0), sent(0, OTHER), came, went];
    assert_eq!(judge(&[&device, &passed]), []);
    let (stamp, link) = (question(0), THERE);
    let misdirected = [Violation::Misdirected { stamp, link }];
    assert_eq!(judge(&[&device, &passed, &[went]]), misdirected);
    let returned = [writer_done(THERE, 0), went];
    assert_eq!(judge(&[&device, &passed, &returned]), []);
    let too_far = [Violation::TooManyHops(question(0))];
    assert_eq!(judge(&[&device, &passed, &[heard(0)]]), too_far);
}

// rfc: sp-simulation S-57
#[test]
fn closing_reports_what_nobody_can_have_seen_and_each_copy_once() {
    let party = ANN;
    let closed = |unsent| Event::Closed {
        party,
        unsent,
        cut: 0,
    };
    let begin = [asked(0), Event::Deaf(ANN)];
    let wrong = |reported, unsent| Violation::Misreported {
        party,
        reported,
        unsent,
    };
    assert_eq!(judge(&[&begin, &[closed(1)]]), []);
    assert_eq!(judge(&[&begin, &[closed(0)]]), [wrong(0, 1)]);
    let copy = [sent(0, THERE), writer_done(THERE, 0)];
    assert_eq!(judge(&[&begin, &copy, &[closed(1)]]), []);
    assert_eq!(judge(&[&begin, &copy, &[closed(2)]]), [wrong(2, 1)]);
}

// rfc: sp-simulation S-59
#[test]
fn after_the_last_fault_an_answer_comes_within_an_interval() {
    let calm = Event::Calm {
        at: SECOND * 5,
        slack: SECOND,
    };
    let after = |seconds| judge(&[&exchange(0), &[at(seconds), received(0), calm]]);
    assert_eq!(after(16), []);
    let (question, took) = (question(0), SECOND * 12);
    assert_eq!(after(17), [Violation::Late { question, took }]);
    // The answer before was dropped, since a pipe was full.
    let dropped = [
        &exchange(0)[..],
        &[answered(1, 0), at(17), received(0), calm],
    ];
    assert_eq!(judge(&dropped), []);
}
