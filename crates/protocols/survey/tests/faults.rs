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
    CtxId, DropCause, Inbox, Message, PipeId, Priority, Protocol, ProtocolId, ProtocolIds,
    TimerKey, Unsent, Verdict,
};
use speedwell_survey::{
    DEADLINE_DEFAULT, DEADLINE_MIN, RawRespondent, RawSurveyor, Respondent, Surveyor,
};
use speedwell_testkit::effects::{Effect, RecordingEffects, info, pipe};

const MAIN: CtxId = CtxId::MAIN;
const ID: &[u8] = b"\x80\0\0\x07";

#[derive(Default)]
struct Bench<P> {
    socket: P,
    world: RecordingEffects,
}

impl<P: Protocol + Default> Bench<P> {
    fn with(pipes: &[u32]) -> Self {
        let mut bench = Self::default();
        pipes.iter().for_each(|n| bench.attach(*n));
        bench
    }

    fn attach(&mut self, n: u32) {
        let info = info(self.socket.ids().peer, Priority::default());
        self.socket
            .attach(pipe(n), &info, &mut self.world.cx())
            .unwrap();
    }

    fn detach(&mut self, n: u32) {
        let mut none = std::iter::empty();
        self.socket
            .detach(pipe(n), &mut Unsent::new(&mut none), &mut self.world.cx());
    }

    fn says_in(&mut self, ctx: u32, message: impl Into<Message>) -> Result<(), Verdict> {
        self.socket
            .send(CtxId(ctx), &mut Some(message.into()), &mut self.world.cx())
    }

    fn says(&mut self, message: impl Into<Message>) -> Result<(), Verdict> {
        self.says_in(0, message)
    }

    fn hears_in(&mut self, ctx: u32) -> Result<Vec<u8>, Verdict> {
        let heard = self.socket.recv(CtxId(ctx), &mut self.world.cx());
        heard.map(|message| whole(&message))
    }

    fn hears(&mut self) -> Result<Vec<u8>, Verdict> {
        self.hears_in(0)
    }

    fn peer_sends(&mut self, n: u32, message: impl Into<Message>) {
        let mut inbox = Inbox::new();
        inbox.push(message.into());
        self.socket
            .on_batch(pipe(n), &mut inbox, &mut self.world.cx());
        assert!(inbox.is_empty());
    }

    /// What was pushed, header and body.
    fn pushed(&mut self) -> Vec<(PipeId, Vec<u8>)> {
        let effects = self.world.take().into_iter();
        let pushed = effects.filter_map(|effect| match effect {
            Effect::Push(pipe, message) => Some((pipe, whole(&message))),
            _ => None,
        });
        pushed.collect()
    }

    /// Sends, and gives the header that the first pipe got.
    fn asks(&mut self, ctx: u32) -> Vec<u8> {
        self.says_in(ctx, "?").unwrap();
        self.pushed().first().unwrap().1[..4].to_vec()
    }
}

fn whole(message: &Message) -> Vec<u8> {
    [message.header(), message.body()].concat()
}

fn answer(id: &[u8], body: &[u8]) -> Vec<u8> {
    [id, body].concat()
}

fn dropped(n: u32, cause: DropCause) -> Effect {
    Effect::Drop(Some(pipe(n)), cause, 1)
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
            bench.peer_sends(1, vec![1; octets]);
            assert_eq!(bench.world.take(), [dropped(1, DropCause::Malformed)]);
        }
        bench.peer_sends(1, answer(ID, b"?"));
        assert!(bench.hears().unwrap().ends_with(b"?"));
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
            bench.peer_sends(1, [&b"hop.".repeat(hops)[..], ID].concat());
            assert_eq!(bench.world.take(), [dropped(1, DropCause::TooManyHops)]);
        }
        set_ttl(&mut bench.socket, NonZeroU8::new(9).unwrap());
        bench.peer_sends(1, [&b"hop.".repeat(8)[..], ID].concat());
        assert!(bench.hears().is_ok());
    }
    dies::<Respondent>(Respondent::set_ttl);
    dies::<RawRespondent>(RawRespondent::set_ttl);
}

#[test]
fn fault_19_what_has_no_survey_id_is_malformed() {
    // rfc: sp-survey S-14, S-23
    let mut bench = Bench::<Surveyor>::with(&[1]);
    let id = bench.asks(0);
    for octets in [&b""[..], b"abc", b"abcdef"] {
        bench.peer_sends(1, octets);
        assert_eq!(bench.world.take(), [dropped(1, DropCause::Malformed)]);
    }
    bench.peer_sends(1, answer(&id, b"good"));
    assert_eq!(bench.hears().unwrap(), b"good");
    let mut raw = Bench::<RawSurveyor>::with(&[1]);
    raw.peer_sends(1, "abc");
    assert_eq!(raw.world.take(), [dropped(1, DropCause::Malformed)]);
}

#[test]
fn fault_25_late_and_stale_answers_are_discarded() {
    // rfc: sp-survey S-09, S-11, S-12, S-13, S-16
    let mut bench = Bench::<Surveyor>::with(&[1, 2, 3]);
    let first = bench.asks(0);
    bench.peer_sends(1, answer(&first, b"unheard"));
    bench.world.take();
    bench.says("again").unwrap();
    assert_eq!(
        bench.world.log().first(),
        Some(&dropped(1, DropCause::Cancelled))
    );
    let second = bench.pushed().first().unwrap().1[..4].to_vec();
    bench.peer_sends(2, answer(&first, b"to the last survey"));
    assert_eq!(bench.world.take(), [dropped(2, DropCause::Stale)]);
    bench.peer_sends(1, answer(&second, b"in time"));
    assert_eq!(bench.world.take(), [Effect::Wake(MAIN)]);
    // The deadline is there, and its timer is late.
    bench.world.advance(DEADLINE_DEFAULT);
    bench.peer_sends(2, answer(&second, b"late"));
    assert_eq!(bench.world.take(), [dropped(2, DropCause::Stale)]);
    assert_eq!(bench.hears().unwrap(), b"in time");
    assert_eq!(bench.hears(), Err(Verdict::TimedOut));
    assert_eq!(bench.hears(), Err(Verdict::State));
    bench.peer_sends(3, answer(&second, b"later"));
    assert_eq!(bench.world.take(), [dropped(3, DropCause::Stale)]);
}

#[test]
fn fault_82_a_slow_peer_costs_only_itself() {
    // rfc: sp-survey S-07, S-23
    fn holds<P: Protocol + Default>(message: impl Fn() -> Message) {
        let mut bench = Bench::<P>::with(&[1, 2]);
        bench.world.set_room(pipe(1), 1);
        for _ in 0..3 {
            assert!(bench.socket.ready(MAIN).send);
            bench.says(message()).unwrap();
        }
        let log = bench.world.take();
        let pushes = |n| {
            let to = |effect: &&Effect| matches!(effect, Effect::Push(to, _) if *to == pipe(n));
            log.iter().filter(to).count()
        };
        assert_eq!((pushes(1), pushes(2)), (1, 3));
        let lost = dropped(1, DropCause::Overflow);
        assert_eq!(log.iter().filter(|effect| **effect == lost).count(), 2);
        bench.world.set_room(pipe(1), 9);
        bench.socket.on_writable(pipe(1), &mut bench.world.cx());
        bench.says(message()).unwrap();
        assert_eq!(bench.pushed().len(), 2);
    }
    holds::<Surveyor>(|| Message::from("?"));
    holds::<RawSurveyor>(|| Message::with_header(ID, "?".into()));
}

#[test]
fn fault_83_a_surveyor_that_does_not_read_holds_up_nobody() {
    // rfc: sp-survey S-20
    let mut bench = Bench::<Respondent>::with(&[1, 2]);
    bench.world.set_room(pipe(1), 1);
    for (from, lost) in [(1, false), (1, true), (2, false)] {
        bench.peer_sends(from, answer(ID, b"?"));
        assert_eq!(bench.hears().unwrap(), b"?");
        bench.world.take();
        bench.says("!").unwrap();
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
    bench.says("?").unwrap();
    let armed = Effect::Arm(TimerKey(0), DEADLINE_MIN);
    let nobody = Effect::Drop(None, DropCause::NoPeer, 1);
    assert_eq!(bench.world.take(), [nobody, armed]);
    bench.attach(1);
    assert_eq!(bench.world.take(), [], "who comes later is not asked");
    assert_eq!(bench.hears(), Err(Verdict::Wait));
    bench.world.advance(DEADLINE_MIN);
    bench.socket.on_timer(TimerKey(0), &mut bench.world.cx());
    assert_eq!(bench.world.take(), [Effect::Wake(MAIN)]);
    assert_eq!(bench.hears(), Err(Verdict::TimedOut));
    assert_eq!(bench.hears(), Err(Verdict::State));
}

#[test]
fn a_peer_is_heard_once_and_only_if_it_was_asked() {
    // rfc: sp-survey S-05, S-08, S-13, S-15, S-22
    let mut bench = Bench::<Surveyor>::with(&[1, 2]);
    let id = bench.asks(0);
    bench.attach(3);
    bench.peer_sends(3, answer(&id, b"guessed"));
    assert_eq!(bench.world.take(), [dropped(3, DropCause::Stale)]);
    bench.peer_sends(
        2,
        Message::with_header(&id[..2], answer(&id[2..], b"2").into()),
    );
    bench.peer_sends(1, answer(&id, b"1"));
    bench.peer_sends(2, answer(&id, b"2 again"));
    let effects = [Effect::Wake(MAIN), dropped(2, DropCause::Stale)];
    assert_eq!(bench.world.take(), effects);
    assert_eq!(
        (bench.hears().unwrap(), bench.hears().unwrap()),
        (b"2".to_vec(), b"1".to_vec())
    );
    bench.peer_sends(1, answer(&id, b"1 again"));
    assert_eq!(bench.world.take(), [dropped(1, DropCause::Stale)]);
    assert_eq!(bench.hears(), Err(Verdict::Wait));
}

#[test]
fn contexts_have_surveys_of_their_own() {
    // rfc: sp-survey S-03, S-06, S-17, S-18, S-19
    let mut bench = Bench::<Surveyor>::with(&[1]);
    assert_eq!(
        (bench.says_in(7, "?"), bench.hears_in(7)),
        (Err(Verdict::State), Err(Verdict::State))
    );
    bench.socket.open(CtxId(7), &mut bench.world.cx());
    assert_eq!(bench.hears_in(7), Err(Verdict::State));
    let (one, two) = (bench.asks(0), bench.asks(7));
    assert!(one != two && one[0] & 0x80 != 0 && two[0] & 0x80 != 0);
    bench.peer_sends(1, answer(&two, b"two"));
    assert_eq!(bench.hears(), Err(Verdict::Wait));
    assert_eq!(bench.hears_in(7).unwrap(), b"two");
    bench.peer_sends(1, answer(&one, b"one"));
    bench.world.take();
    bench.socket.close(MAIN, &mut bench.world.cx());
    let closed = dropped(1, DropCause::Closed);
    assert!(bench.world.take().contains(&closed));
    assert_eq!(bench.says_in(7, "?"), Err(Verdict::State));
}

#[test]
fn headers_are_for_raw_sockets() {
    // rfc: sp-survey S-04, S-21, S-23, S-24, S-25
    let header = || Message::with_header(ID, "?".into());
    assert_eq!(
        Bench::<Surveyor>::with(&[1]).says(header()),
        Err(Verdict::BadHeader)
    );
    assert_eq!(
        Bench::<Respondent>::with(&[1]).says(header()),
        Err(Verdict::BadHeader)
    );
    let mut raw = Bench::<RawSurveyor>::with(&[1, 2]);
    raw.says(header()).unwrap();
    let sent = answer(ID, b"?");
    assert_eq!(
        raw.pushed(),
        [(pipe(1), sent.clone()), (pipe(2), sent.clone())]
    );
    assert_eq!(raw.says_in(1, "?"), Err(Verdict::Unsupported));
    assert_eq!(raw.hears_in(1), Err(Verdict::Unsupported));
    raw.peer_sends(1, "wordrest");
    let heard = raw.socket.recv(MAIN, &mut raw.world.cx()).unwrap();
    assert_eq!((heard.header(), heard.body()), (&b"word"[..], &b"rest"[..]));
    raw.peer_sends(1, "wordrest");
    raw.world.take();
    raw.socket.close(MAIN, &mut raw.world.cx());
    assert_eq!(raw.world.take(), [dropped(1, DropCause::Closed)]);

    let mut device = Bench::<RawRespondent>::with(&[1]);
    device.peer_sends(1, sent);
    let survey = device.socket.recv(MAIN, &mut device.world.cx()).unwrap();
    assert_eq!(survey.header(), [&2_u32.to_be_bytes(), ID].concat());
    device.world.take();
    device.says(survey).unwrap();
    assert_eq!(device.pushed(), [(pipe(1), answer(ID, b"?"))]);
    device.detach(1);
}

#[test]
fn each_context_has_a_deadline_of_its_own() {
    // rfc: sp-survey S-10, S-26
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
