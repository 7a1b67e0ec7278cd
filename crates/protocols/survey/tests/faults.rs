//! The rows of the fault catalogue that a survey owns, and its rules one by one, as transcripts.
//! Obeys `rfc/sp-survey.md`.

#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

use std::num::NonZeroU8;
use std::time::Duration;

use speedwell_protocol::{
    CtxId, DropCause, Message, Protocol, ProtocolId, ProtocolIds, TimerKey, Verdict,
};
use speedwell_survey::{
    DEADLINE_DEFAULT, DEADLINE_MIN, Overflow, RawRespondent, RawSurveyor, Respondent, Surveyor,
};
use speedwell_testkit::bench::{self, Bench, to};
use speedwell_testkit::effects::{Effect, RecordingEffects, pipe};

const MAIN: CtxId = CtxId::MAIN;
const ID: &[u8] = b"\x80\0\0\x07";

fn heard_in<P: Protocol>(bench: &mut Bench<P>, ctx: u32) -> Result<Vec<u8>, Verdict> {
    let heard = bench.receives_in(CtxId(ctx))?;
    Ok([heard.header(), heard.body()].concat())
}

fn heard<P: Protocol>(bench: &mut Bench<P>) -> Result<Vec<u8>, Verdict> {
    heard_in(bench, 0)
}

/// Sends, and gives the header that the first pipe got.
fn asks(bench: &mut Bench<Surveyor>, ctx: u32) -> Vec<u8> {
    bench.send_in(CtxId(ctx), "?").unwrap();
    bench.pushed().first().unwrap().1[..4].to_vec()
}

/// A peer sends one message, and it is taken.
fn sends<P: Protocol>(bench: &mut Bench<P>, n: u32, message: impl Into<Message>) {
    assert_eq!(bench.peer_sends(n, &[message.into()]), 0);
}

fn answer(id: &[u8], body: &[u8]) -> Vec<u8> {
    [id, body].concat()
}

fn dropped(n: u32, cause: DropCause) -> Effect {
    bench::dropped(n, cause, 1)
}

#[test]
fn fault_15_raw_and_cooked_announce_the_same() {
    // rfc: sp-survey S-01, S-02
    let (surveyor, respondent) = (ProtocolId(98), ProtocolId(99));
    let asks = ProtocolIds {
        me: surveyor,
        peer: respondent,
    };
    let answers = ProtocolIds {
        me: respondent,
        peer: surveyor,
    };
    assert_eq!(
        (Surveyor::new().ids(), RawSurveyor::new().ids()),
        (asks, asks)
    );
    let both = (Respondent::new().ids(), RawRespondent::new().ids());
    assert_eq!(both, (answers, answers));
}

#[test]
fn fault_17_a_back_trace_without_an_end_is_dropped_and_its_pipe_kept() {
    // rfc: sp-survey S-20, S-21
    fn survives<P: Protocol + Default>() {
        let mut bench = Bench::<P>::with(&[1]);
        for octets in [0, 3, 4, 31, 35] {
            sends(&mut bench, 1, vec![1; octets]);
            assert_eq!(bench.world.take(), [dropped(1, DropCause::Malformed)]);
        }
        sends(&mut bench, 1, answer(ID, b"?"));
        assert!(heard(&mut bench).unwrap().ends_with(b"?"));
    }
    survives::<Respondent>();
    survives::<RawRespondent>();
}

#[test]
fn fault_18_surveys_of_too_many_hops_die() {
    // rfc: sp-survey S-20, S-21
    fn dies<P: Protocol + Default>(set_ttl: fn(&mut P, NonZeroU8)) {
        let mut bench = Bench::<P>::with(&[1]);
        for hops in [8, 9, 16, 100, 200_000] {
            sends(&mut bench, 1, [&b"hop.".repeat(hops)[..], ID].concat());
            assert_eq!(bench.world.take(), [dropped(1, DropCause::TooManyHops)]);
        }
        set_ttl(&mut bench.socket, NonZeroU8::new(9).unwrap());
        sends(&mut bench, 1, [&b"hop.".repeat(8)[..], ID].concat());
        assert!(heard(&mut bench).is_ok());
    }
    dies::<Respondent>(Respondent::set_ttl);
    dies::<RawRespondent>(RawRespondent::set_ttl);
}

#[test]
fn fault_19_what_has_no_survey_id_is_malformed() {
    // rfc: sp-survey S-14, S-23
    let mut bench = Bench::<Surveyor>::with(&[1]);
    let id = asks(&mut bench, 0);
    for octets in [&b""[..], b"abc", b"abcdef"] {
        sends(&mut bench, 1, octets);
        assert_eq!(bench.world.take(), [dropped(1, DropCause::Malformed)]);
    }
    sends(&mut bench, 1, answer(&id, b"good"));
    assert_eq!(heard(&mut bench).unwrap(), b"good");
    let mut raw = Bench::<RawSurveyor>::with(&[1]);
    sends(&mut raw, 1, "abc");
    assert_eq!(raw.world.take(), [dropped(1, DropCause::Malformed)]);
}

#[test]
fn fault_25_late_and_stale_answers_are_discarded() {
    // rfc: sp-survey S-09, S-11, S-12, S-13, S-16
    let mut bench = Bench::<Surveyor>::with(&[1, 2, 3]);
    let first = asks(&mut bench, 0);
    sends(&mut bench, 1, answer(&first, b"unheard"));
    bench.world.take();
    bench.send("again").unwrap();
    assert_eq!(
        bench.world.log().first(),
        Some(&dropped(1, DropCause::Cancelled))
    );
    let second = bench.pushed().first().unwrap().1[..4].to_vec();
    sends(&mut bench, 2, answer(&first, b"to the last survey"));
    assert_eq!(bench.world.take(), [dropped(2, DropCause::Stale)]);
    sends(&mut bench, 1, answer(&second, b"in time"));
    assert_eq!(bench.world.take(), [Effect::Wake(MAIN)]);
    // The deadline is there, and its timer is late.
    bench.world.advance(DEADLINE_DEFAULT);
    sends(&mut bench, 2, answer(&second, b"late"));
    let [held, late] = [1, 2].map(|n| dropped(n, DropCause::Stale));
    assert_eq!(bench.world.take(), [held, Effect::Resume(pipe(1)), late]);
    assert_eq!(heard(&mut bench), Err(Verdict::TimedOut));
    assert_eq!(heard(&mut bench), Err(Verdict::State));
    sends(&mut bench, 3, answer(&second, b"later"));
    assert_eq!(bench.world.take(), [dropped(3, DropCause::Stale)]);
}

#[test]
fn after_the_deadline_nothing_is_received_not_even_what_came_in_time() {
    // rfc: sp-survey S-12, S-16
    for timer_fires in [true, false] {
        let mut bench = Bench::<Surveyor>::with(&[1, 2]);
        let id = asks(&mut bench, 0);
        sends(&mut bench, 1, answer(&id, b"heard"));
        sends(&mut bench, 2, answer(&id, b"not received"));
        assert_eq!(heard(&mut bench).unwrap(), b"heard");
        bench.world.take();
        bench.world.advance(DEADLINE_DEFAULT);
        if timer_fires {
            bench.socket.on_timer(TimerKey(0), &mut bench.world.cx());
            assert!(bench.socket.ready(MAIN).recv);
        }
        assert_eq!(heard(&mut bench), Err(Verdict::TimedOut));
        let forgotten = [dropped(2, DropCause::Stale), Effect::Resume(pipe(2))];
        assert_eq!(bench.world.take(), forgotten);
        for _ in 0..2 {
            assert_eq!(heard(&mut bench), Err(Verdict::State));
        }
        // The next survey begins anew.
        let id = asks(&mut bench, 0);
        sends(&mut bench, 2, answer(&id, b"again"));
        assert_eq!(heard(&mut bench).unwrap(), b"again");
    }
}

#[test]
fn fault_82_a_slow_peer_costs_only_itself() {
    // rfc: sp-survey S-07, S-23
    fn holds<P: Protocol + Default>(message: impl Fn() -> Message) {
        let mut bench = Bench::<P>::with(&[1, 2]);
        bench.world.set_room(pipe(1), 1);
        for _ in 0..3 {
            assert!(bench.socket.ready(MAIN).send);
            bench.send(message()).unwrap();
        }
        let log = bench.world.take();
        let pushes = |n| {
            let to = |effect: &&Effect| matches!(effect, Effect::Push(to, _) if *to == pipe(n));
            log.iter().filter(to).count()
        };
        assert_eq!((pushes(1), pushes(2)), (1, 3));
        let lost = dropped(1, DropCause::Overflow);
        assert_eq!(log.iter().filter(|effect| **effect == lost).count(), 2);
        bench.writable(1, 9);
        bench.send(message()).unwrap();
        assert_eq!(bench.pushed().len(), 2);
    }
    holds::<Surveyor>(|| Message::from("?"));
    holds::<RawSurveyor>(|| Message::with_header(ID, "?".into()));
}

#[test]
fn row_82_or_a_slow_peer_misses_the_oldest_survey() {
    // rfc: sp-survey S-13, S-26
    let mut bench = Bench {
        socket: Surveyor::new().with_overflow(Overflow::DropOldest),
        world: RecordingEffects::new(),
    };
    bench.attach_with_room(1, 1);
    (0..=65).for_each(|_| bench.send("?").unwrap());
    let lost = dropped(1, DropCause::Overflow);
    assert_eq!(
        bench
            .world
            .log()
            .iter()
            .filter(|effect| **effect == lost)
            .count(),
        1
    );
    assert_eq!(bench.socket.held().messages, 64);
    bench.world.take();
    bench.writable(1, 64);
    let (_, last) = bench.pushed().pop().unwrap();
    sends(&mut bench, 1, answer(&last[..4], b"held, and yet asked"));
    assert_eq!(heard(&mut bench).unwrap(), b"held, and yet asked");
}

#[test]
fn row_82_or_the_surveyor_waits_and_its_survey_goes_on() {
    // rfc: sp-survey S-09, S-26
    let mut bench = Bench::<Surveyor>::default();
    let cx = &mut bench.world.cx();
    bench.socket.set_overflow(Overflow::Block, cx);
    bench.socket.open(CtxId(7), &mut bench.world.cx());
    bench.attach_with_room(1, 1);
    let id = asks(&mut bench, 0);
    sends(&mut bench, 1, answer(&id, b"in time"));
    bench.world.take();
    for ctx in [MAIN, CtxId(7)] {
        assert_eq!(bench.send_in(ctx, "again?"), Err(Verdict::Wait));
        assert!(!bench.socket.ready(ctx).send);
    }
    assert_eq!(bench.world.take(), [], "nothing was cancelled");
    assert_eq!(heard(&mut bench).unwrap(), b"in time");
    bench.world.take();
    bench.writable(1, 1);
    let all = [Effect::Wake(MAIN), Effect::Wake(CtxId(7))];
    assert_eq!(bench.world.take(), all);
    assert_eq!(bench.send_in(CtxId(7), "again?"), Ok(()));
}

#[test]
fn fault_83_a_surveyor_that_does_not_read_holds_up_nobody() {
    // rfc: sp-survey S-20
    let mut bench = Bench::<Respondent>::with(&[1, 2]);
    bench.world.set_room(pipe(1), 1);
    for (from, lost) in [(1, false), (1, true), (2, false)] {
        sends(&mut bench, from, answer(ID, b"?"));
        assert_eq!(heard(&mut bench).unwrap(), b"?");
        bench.world.take();
        bench.send("!").unwrap();
        let effects = bench.world.take();
        let expected = if lost {
            dropped(from, DropCause::Overflow)
        } else {
            Effect::Push(pipe(from), Message::with_header(ID, "!".into()))
        };
        assert_eq!(effects, [expected]);
    }
}

#[test]
fn a_survey_without_a_peer_is_counted_and_times_out() {
    // rfc: sp-survey S-07, S-08, S-10, S-12
    let mut bench = Bench::<Surveyor>::default();
    bench.socket.set_deadline(Duration::ZERO);
    bench.send("?").unwrap();
    let armed = Effect::Arm(TimerKey(0), DEADLINE_MIN);
    let nobody = Effect::Drop(None, DropCause::NoPeer, 1);
    assert_eq!(bench.world.take(), [nobody, armed]);
    bench.attach(1);
    assert_eq!(bench.world.take(), [], "who comes later is not asked");
    assert_eq!(heard(&mut bench), Err(Verdict::Wait));
    bench.world.advance(DEADLINE_MIN);
    bench.socket.on_timer(TimerKey(0), &mut bench.world.cx());
    assert_eq!(bench.world.take(), [Effect::Wake(MAIN)]);
    assert_eq!(heard(&mut bench), Err(Verdict::TimedOut));
    assert_eq!(heard(&mut bench), Err(Verdict::State));
}

#[test]
fn a_peer_is_heard_as_often_as_it_answers_and_only_if_it_was_asked() {
    // rfc: sp-survey S-05, S-08, S-13, S-15, S-22
    let mut bench = Bench::<Surveyor>::with(&[1, 2]);
    let id = asks(&mut bench, 0);
    bench.attach(3);
    sends(&mut bench, 3, answer(&id, b"guessed"));
    assert_eq!(bench.world.take(), [dropped(3, DropCause::Stale)]);
    sends(
        &mut bench,
        2,
        Message::with_header(&id[..2], answer(&id[2..], b"2").into()),
    );
    sends(&mut bench, 1, answer(&id, b"1"));
    sends(&mut bench, 2, answer(&id, b"2 again"));
    assert_eq!(bench.world.take(), [Effect::Wake(MAIN)]);
    // In turns, and each peer's in their order.
    for expected in [&b"2"[..], b"1", b"2 again"] {
        assert_eq!(heard(&mut bench).unwrap(), expected);
    }
    assert_eq!(heard(&mut bench), Err(Verdict::Wait));
    bench.world.take();
    sends(&mut bench, 1, answer(&id, b"1 again"));
    bench.ends(1);
    assert_eq!(bench.world.take(), [Effect::Wake(MAIN)]);
    assert_eq!(heard(&mut bench).unwrap(), b"1 again");
}

/// So many answers.
fn flood(id: &[u8], count: usize) -> Vec<Message> {
    (0..count).map(|_| answer(id, b"!").into()).collect()
}

#[test]
fn row_21_a_peer_that_answers_without_end_waits_and_nothing_is_dropped() {
    // rfc: sp-survey S-28
    let mut bench = Bench::<Surveyor>::with(&[1, 2]);
    let id = asks(&mut bench, 0);
    assert_eq!(bench.peer_sends(1, &flood(&id, 100)), 36);
    assert_eq!(bench.peer_sends(1, &flood(&id, 36)), 36, "and all is left");
    let large = answer(&id, &vec![1; 40_000]);
    assert_eq!(bench.peer_sends(2, &vec![large; 9]), 7, "64 KiB are enough");
    assert_eq!(bench.world.take(), [Effect::Wake(MAIN)]);
    // They take turns, and who has nothing held any more is resumed.
    let sizes: Vec<usize> = (0..4).map(|_| heard(&mut bench).unwrap().len()).collect();
    assert_eq!(sizes, [1, 40_000, 1, 40_000]);
    assert_eq!(bench.world.take(), [Effect::Resume(pipe(2))]);
    (0..62).for_each(|_| assert_eq!(heard(&mut bench).unwrap(), b"!"));
    assert_eq!(bench.world.take(), [Effect::Resume(pipe(1))]);
    assert_eq!(bench.peer_sends(1, &flood(&id, 36)), 0);
}

#[test]
fn row_21_stale_answers_are_never_left() {
    // rfc: sp-survey S-13, S-28
    let mut bench = Bench::<Surveyor>::with(&[1]);
    let (old, id) = (asks(&mut bench, 0), asks(&mut bench, 0));
    let mixed = [flood(&id, 64), flood(&old, 1000), flood(&id, 1)].concat();
    assert_eq!(bench.peer_sends(1, &mixed), 1);
    let stale = bench.world.take().into_iter();
    let stale = stale.filter(|effect| *effect == dropped(1, DropCause::Stale));
    assert_eq!(stale.count(), 1000);
}

#[test]
fn who_does_not_receive_stops_the_others_until_its_deadline_and_no_longer() {
    // rfc: sp-survey S-12, S-18, S-28, S-29
    type End = fn(&mut Bench<Surveyor>);
    let ends: [(End, DropCause); 4] = [
        (
            |bench| {
                bench.world.advance(DEADLINE_DEFAULT);
                bench.socket.on_timer(TimerKey(7), &mut bench.world.cx());
            },
            DropCause::Stale,
        ),
        (
            |bench| {
                bench.world.advance(DEADLINE_DEFAULT);
                assert_eq!(heard_in(bench, 7), Err(Verdict::TimedOut));
            },
            DropCause::Stale,
        ),
        (
            |bench| bench.send_in(CtxId(7), "anew").unwrap(),
            DropCause::Cancelled,
        ),
        (
            |bench| bench.socket.close(CtxId(7), &mut bench.world.cx()),
            DropCause::Closed,
        ),
    ];
    for (end, cause) in ends {
        let mut bench = Bench::<Surveyor>::with(&[1]);
        bench.socket.open(CtxId(7), &mut bench.world.cx());
        bench.socket.set_deadline(2 * DEADLINE_DEFAULT);
        let (main, other) = (asks(&mut bench, 0), asks(&mut bench, 7));
        // A few answers stop nobody, whether they are received or not.
        assert_eq!(bench.peer_sends(1, &flood(&other, 63)), 0);
        assert_eq!(bench.peer_sends(1, &flood(&main, 1)), 0);
        assert_eq!(heard(&mut bench).unwrap(), b"!");
        let both = [flood(&other, 2), flood(&main, 1)].concat();
        assert_eq!(bench.peer_sends(1, &both), 1);
        assert_eq!(heard(&mut bench).unwrap(), b"!");
        bench.world.take();
        end(&mut bench);
        let log = bench.world.take();
        assert!(log.contains(&bench::dropped(1, cause, 64)), "{log:?}");
        assert!(log.contains(&Effect::Resume(pipe(1))), "{log:?}");
        let offered_again = [flood(&other, 1), flood(&main, 1)].concat();
        assert_eq!(bench.peer_sends(1, &offered_again), 0);
        assert_eq!(heard(&mut bench).unwrap(), b"!");
    }
}

#[test]
fn better_levels_are_heard_first() {
    // rfc: sp-survey S-15, S-30
    let mut bench = Bench::<Surveyor>::with(&[1]);
    bench.attach_at(2, 3);
    let id = asks(&mut bench, 0);
    for (from, body) in [(1, b"1a"), (1, b"1b"), (2, b"2a"), (2, b"2b")] {
        sends(&mut bench, from, answer(&id, body));
    }
    assert_eq!(heard(&mut bench).unwrap(), b"2a");
    bench.set_level(1, 2);
    for expected in [b"1a", b"1b", b"2b"] {
        assert_eq!(heard(&mut bench).unwrap(), expected);
    }
}

#[test]
fn contexts_have_surveys_of_their_own() {
    // rfc: sp-survey S-03, S-06, S-17, S-18, S-19
    let mut bench = Bench::<Surveyor>::with(&[1]);
    assert_eq!(
        (bench.send_in(CtxId(7), "?"), heard_in(&mut bench, 7)),
        (Err(Verdict::State), Err(Verdict::State))
    );
    bench.socket.open(CtxId(7), &mut bench.world.cx());
    assert_eq!(heard_in(&mut bench, 7), Err(Verdict::State));
    let (one, two) = (asks(&mut bench, 0), asks(&mut bench, 7));
    assert!(one != two && one[0] & 0x80 != 0 && two[0] & 0x80 != 0);
    sends(&mut bench, 1, answer(&two, b"two"));
    assert_eq!(heard(&mut bench), Err(Verdict::Wait));
    assert_eq!(heard_in(&mut bench, 7).unwrap(), b"two");
    sends(&mut bench, 1, answer(&one, b"one"));
    bench.world.take();
    bench.close();
    let closed = dropped(1, DropCause::Closed);
    assert!(bench.world.take().contains(&closed));
    assert_eq!(bench.send_in(CtxId(7), "?"), Err(Verdict::State));
}

#[test]
fn headers_are_for_raw_sockets() {
    // rfc: sp-survey S-04, S-21, S-23, S-24, S-25
    let header = || Message::with_header(ID, "?".into());
    assert_eq!(
        Bench::<Surveyor>::with(&[1]).send(header()),
        Err(Verdict::BadHeader)
    );
    assert_eq!(
        Bench::<Respondent>::with(&[1]).send(header()),
        Err(Verdict::BadHeader)
    );
    let mut raw = Bench::<RawSurveyor>::with(&[1, 2]);
    raw.send(header()).unwrap();
    let sent = answer(ID, b"?");
    assert_eq!(raw.pushed(), [to(1, &sent), to(2, &sent)]);
    assert_eq!(raw.send_in(CtxId(1), "?"), Err(Verdict::Unsupported));
    assert_eq!(heard_in(&mut raw, 1), Err(Verdict::Unsupported));
    sends(&mut raw, 1, "wordrest");
    let heard = raw.receives().unwrap();
    assert_eq!((heard.header(), heard.body()), (&b"word"[..], &b"rest"[..]));
    sends(&mut raw, 1, "wordrest");
    raw.world.take();
    raw.close();
    assert_eq!(raw.world.take(), [dropped(1, DropCause::Closed)]);

    let mut device = Bench::<RawRespondent>::with(&[1]);
    sends(&mut device, 1, sent);
    let survey = device.receives().unwrap();
    assert_eq!(survey.header(), [&2_u32.to_be_bytes(), ID].concat());
    device.world.take();
    device.send(survey).unwrap();
    assert_eq!(device.pushed(), [to(1, answer(ID, b"?"))]);
    device.ends(1);
}

#[test]
fn each_context_has_a_deadline_of_its_own() {
    // rfc: sp-survey S-10, S-27
    let mut bench = Bench::<Surveyor>::default();
    let (early, late) = (CtxId(1), CtxId(2));
    bench.socket.open(early, &mut bench.world.cx());
    bench.socket.set_deadline(DEADLINE_MIN * 3);
    bench.socket.open(late, &mut bench.world.cx());
    bench.socket.set_deadline_in(early, Duration::ZERO);
    let deadlines = [MAIN, early, late].map(|ctx| bench.socket.deadline(ctx));
    assert_eq!(deadlines, [3, 1, 3].map(|times| DEADLINE_MIN * times));
    let says = Some(Message::from("?"));
    bench
        .socket
        .send(early, &mut says.clone(), &mut bench.world.cx())
        .unwrap();
    let armed = Effect::Arm(TimerKey(1), DEADLINE_MIN);
    assert!(bench.world.take().contains(&armed));
}
