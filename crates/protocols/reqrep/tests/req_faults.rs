//! The rows of the fault catalogue that REQ owns, and its rules one by one, as transcripts.
//! Obeys `rfc/sp-reqrep.md` sections 3, 4 and 8.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::time::Duration;

use speedwell_protocol::{
    CtxId, DropCause, Held, Inbox, Message, PipeId, Priority, Protocol, ProtocolId, ProtocolIds,
    Readiness, TimerKey, Unsent, Verdict,
};
use speedwell_reqrep::{RESEND_DEFAULT, RESEND_MIN, RawReq, Req};
use speedwell_testkit::effects::{Effect, RecordingEffects, info, pipe};

const MAIN: CtxId = CtxId::MAIN;

#[derive(Default)]
struct Bench {
    req: Req,
    world: RecordingEffects,
}

impl Bench {
    /// With these pipes, of the default level.
    fn with(pipes: &[u32]) -> Self {
        let mut bench = Self::default();
        pipes.iter().for_each(|n| bench.attach(*n, 8));
        bench
    }

    fn attach(&mut self, n: u32, level: u8) {
        let info = info(ProtocolId::REP, Priority::new(level).unwrap());
        self.req
            .attach(pipe(n), &info, &mut self.world.cx())
            .unwrap();
    }

    fn detach(&mut self, n: u32, unsent: &[Message]) {
        let mut unsent = unsent.iter().cloned();
        let mut unsent = Unsent::new(&mut unsent);
        self.req.detach(pipe(n), &mut unsent, &mut self.world.cx());
    }

    fn ask(&mut self, ctx: CtxId, body: &str) -> Result<(), Verdict> {
        self.req
            .send(ctx, &mut Some(Message::from(body)), &mut self.world.cx())
    }

    /// Asks on `MAIN`, and says which pipe got it, and the request as it is on the wire.
    fn asks(&mut self, body: &str) -> (PipeId, Message) {
        self.world.take();
        self.ask(MAIN, body).unwrap();
        self.pushed().pop().unwrap()
    }

    fn hears(&mut self, ctx: CtxId) -> Result<Message, Verdict> {
        self.req.recv(ctx, &mut self.world.cx())
    }

    /// A peer sends this; octets are header and body in one run, as they come off a stream.
    fn answers(&mut self, n: u32, reply: impl Into<Message>) {
        let mut inbox = Inbox::new();
        inbox.push(reply.into());
        self.req.on_batch(pipe(n), &mut inbox, &mut self.world.cx());
        assert!(inbox.is_empty());
    }

    fn writable(&mut self, n: u32, room: usize) {
        self.world.set_room(pipe(n), room);
        self.req.on_writable(pipe(n), &mut self.world.cx());
    }

    /// The time passes, and the timer of `MAIN` fires as it was armed last.
    fn timer_after(&mut self, by: Duration) {
        self.world.advance(by);
        self.req.on_timer(TimerKey(0), &mut self.world.cx());
    }

    fn pushed(&mut self) -> Vec<(PipeId, Message)> {
        let effects = self.world.take().into_iter();
        let pushed = effects.filter_map(|effect| match effect {
            Effect::Push(pipe, message) => Some((pipe, message)),
            _ => None,
        });
        pushed.collect()
    }
}

/// What a server sends back: the words of the request, then a body.
fn reply(request: &Message, body: &[u8]) -> Message {
    Message::from([request.header(), body].concat())
}

fn id(request: &Message) -> u32 {
    u32::from_be_bytes(request.header().try_into().unwrap())
}

fn dropped(n: u32, cause: DropCause) -> [Effect; 1] {
    [Effect::Drop(Some(pipe(n)), cause, 1)]
}

#[test]
fn fault_15_raw_and_cooked_announce_the_same() {
    // rfc: sp-reqrep R-01
    let ids = ProtocolIds {
        me: ProtocolId(48),
        peer: ProtocolId(49),
    };
    assert_eq!((Req::new().ids(), RawReq::new().ids()), (ids, ids));
}

#[test]
fn fault_19_a_reply_without_an_id_is_dropped_and_its_pipe_kept() {
    // rfc: sp-reqrep R-19
    let mut bench = Bench::with(&[1]);
    let (_, request) = bench.asks("?");
    for junk in [
        &b""[..],
        b"\x80",
        b"\x80\0\0",
        b"\0\0\0\0",
        b"\x7f\xff\xff\xffbody",
    ] {
        bench.answers(1, junk);
        assert_eq!(bench.world.take(), dropped(1, DropCause::Malformed));
    }
    assert_eq!(bench.hears(MAIN), Err(Verdict::Wait));
    bench.answers(1, reply(&request, b"!"));
    assert_eq!(bench.hears(MAIN), Ok(Message::from("!")));
}

#[test]
fn fault_20_stray_replies_leave_the_good_one_intact() {
    // rfc: sp-reqrep
    let mut bench = Bench::with(&[1, 2]);
    let (_, old) = bench.asks("old");
    let (_, request) = bench.asks("new");
    let unknown = Message::with_header(&(id(&request) ^ 0x0101).to_be_bytes(), vec![].into());
    let strays = [&old, &unknown].map(|stray| reply(stray, b"wrong"));
    let strays_come = |bench: &mut Bench, pipes: &[u32]| {
        for (n, stray) in pipes
            .iter()
            .flat_map(|n| strays.iter().map(|stray| (*n, stray)))
        {
            bench.world.take();
            bench.answers(n, stray.clone());
            assert_eq!(bench.world.take(), dropped(n, DropCause::Stale));
        }
    };
    // Before the good one, and of a peer that was not asked.
    strays_come(&mut bench, &[1, 2]);
    assert_eq!(bench.hears(MAIN), Err(Verdict::Wait));
    bench.answers(1, reply(&request, b"guessed"));
    assert_eq!(bench.hears(MAIN), Err(Verdict::Wait));
    bench.world.take();
    bench.answers(2, reply(&request, b"right"));
    assert_eq!(bench.world.take(), [Effect::Wake(MAIN)]);
    // While it is buffered, doubled too.
    strays_come(&mut bench, &[1, 2]);
    bench.answers(2, reply(&request, b"doubled"));
    assert_eq!(bench.world.take(), dropped(2, DropCause::Stale));
    assert_eq!(bench.hears(MAIN), Ok(Message::from("right")));
    // And after it was received.
    strays_come(&mut bench, &[1, 2]);
    bench.answers(2, reply(&request, b"late"));
    assert_eq!(bench.world.take(), dropped(2, DropCause::Stale));
    assert_eq!(bench.hears(MAIN), Err(Verdict::State));
}

#[test]
fn fault_21_a_hundred_thousand_doubles_are_counted_and_not_kept() {
    // rfc: sp-reqrep R-20
    let mut bench = Bench::with(&[1]);
    let (_, request) = bench.asks("?");
    let double = reply(&request, &[7; 1000]);
    bench.answers(1, double.clone());
    bench.world.take();
    for _ in 0..100_000 {
        bench.answers(1, double.clone());
        assert_eq!(bench.world.take(), dropped(1, DropCause::Stale));
    }
    assert!(bench.hears(MAIN).is_ok());
    assert_eq!(bench.hears(MAIN), Err(Verdict::State));
}

#[test]
fn fault_22_a_reply_on_a_pipe_that_took_over_slot_or_word_is_stale() {
    // rfc: sp-reqrep
    let mut bench = Bench::with(&[1]);
    let (_, request) = bench.asks("?");
    let successor = PipeId::new(1, 77).unwrap();
    let server = info(ProtocolId::REP, Priority::default());
    bench
        .req
        .attach(successor, &server, &mut bench.world.cx())
        .unwrap();
    let mut inbox = Inbox::new();
    inbox.push(reply(&request, b"not asked"));
    bench
        .req
        .on_batch(successor, &mut inbox, &mut bench.world.cx());
    assert_eq!(bench.hears(MAIN), Err(Verdict::Wait));
}

#[test]
fn fault_28_ids_go_round_and_no_two_open_ones_are_alike() {
    // rfc: sp-reqrep R-06
    let mut bench = Bench::with(&[1]);
    // Random numbers that begin just before the last id.
    let near_the_end = (0..).find(|seed| {
        let mut world = RecordingEffects::new();
        world.set_seed(*seed);
        (world.cx().random() >> 32) | 0x8000_0000 >= 0xffff_f000
    });
    bench.world.set_seed(near_the_end.unwrap());
    bench.req.open(CtxId(1), &mut bench.world.cx());
    bench.ask(CtxId(1), "kept open").unwrap();
    let open = id(&bench.pushed().pop().unwrap().1);
    assert!(open >= 0xffff_f000);
    let mut last = open;
    for _ in 0..0x2000 {
        let next = id(&bench.asks("next").1);
        assert_eq!(next, last.wrapping_add(1) | 0x8000_0000);
        last = next;
    }
    assert_eq!(last, (open.wrapping_add(0x2000)) | 0x8000_0000);
    // The same seed after a restart gives the same ids: what is left of then comes on new pipes,
    // which were not asked before.
    let mut again = Bench::with(&[2]);
    again.world.set_seed(near_the_end.unwrap());
    let (_, request) = again.asks("first");
    assert_eq!(id(&request), open);
    again.attach(3, 8);
    again.answers(3, reply(&request, b"of the life before"));
    assert_eq!(again.hears(MAIN), Err(Verdict::Wait));
}

#[test]
fn a_request_is_sent_again_exactly_when_its_interval_is_over() {
    // rfc: sp-reqrep
    let mut bench = Bench::with(&[1]);
    let body = "a body too long to be inside the message, so that it is shared".repeat(2);
    let (_, request) = bench.asks(&body);
    let second = Duration::from_secs(1);
    bench.timer_after(RESEND_DEFAULT - second);
    let armed = |after| Effect::Arm(TimerKey(0), after);
    assert_eq!(bench.world.take(), [armed(RESEND_DEFAULT)], "too early");
    bench.timer_after(second);
    let again = bench.world.take();
    assert_eq!(
        again,
        [
            Effect::Push(pipe(1), request.clone()),
            armed(RESEND_DEFAULT * 2)
        ]
    );
    let Some(Effect::Push(_, copy)) = again.first() else {
        unreachable!()
    };
    assert_eq!(copy.body().as_ptr(), request.body().as_ptr(), "shared");
    // A new interval counts from the next sending on.
    bench.req.set_resend(Some(Duration::ZERO));
    bench.timer_after(RESEND_DEFAULT);
    assert_eq!(
        bench.world.take().last(),
        Some(&armed(RESEND_DEFAULT * 2 + RESEND_MIN))
    );
}

#[test]
fn what_is_answered_in_time_costs_no_timer() {
    // rfc: sp-reqrep R-16
    let mut bench = Bench::with(&[1]);
    for number in 0..1000 {
        bench.ask(MAIN, "?").unwrap();
        let effects = bench.world.take();
        let (armed, pushed) = (effects.len() - 1, effects.first().cloned());
        assert_eq!(armed, usize::from(number == 0));
        let Some(Effect::Push(_, request)) = pushed else {
            unreachable!()
        };
        bench.answers(1, reply(&request, b"!"));
        assert_eq!(bench.world.take(), [Effect::Wake(MAIN)]);
        bench.hears(MAIN).unwrap();
        bench.world.advance(Duration::from_millis(1));
    }
    // It fires once, for the first one, and finds nothing to do.
    bench.timer_after(RESEND_DEFAULT);
    assert_eq!(bench.world.take(), []);
    // A shorter interval moves it forward, a longer one leaves it.
    bench.ask(MAIN, "?").unwrap();
    bench.req.set_resend(Some(RESEND_DEFAULT * 2));
    bench.world.take();
    bench.ask(MAIN, "?").unwrap();
    assert_eq!(bench.world.take().len(), 1);
    bench.req.set_resend(Some(RESEND_MIN));
    bench.ask(MAIN, "?").unwrap();
    assert!(matches!(
        bench.world.take()[..],
        [Effect::Push(..), Effect::Arm(..)]
    ));
}

#[test]
fn fault_71_a_request_moves_on_at_once_when_its_pipe_dies() {
    // rfc: sp-reqrep
    let mut bench = Bench::with(&[1, 2]);
    let (first, request) = bench.asks("?");
    assert_eq!(first, pipe(1));
    bench.detach(1, &[]);
    assert_eq!(bench.pushed(), [(pipe(2), request.clone())]);
    bench.detach(2, &[]);
    assert_eq!(bench.pushed(), []);
    assert_eq!(bench.hears(MAIN), Err(Verdict::Wait));
    bench.attach(3, 8);
    assert_eq!(bench.pushed(), [(pipe(3), request.clone())]);
    bench.answers(3, reply(&request, b"!"));
    assert_eq!(bench.hears(MAIN), Ok(Message::from("!")));
    // It is the last pipe that counts: an earlier one may go.
    let (_, request) = bench.asks("again");
    bench.attach(4, 8);
    bench.timer_after(RESEND_DEFAULT);
    assert_eq!(bench.pushed(), [(pipe(4), request.clone())]);
    bench.detach(3, &[]);
    assert_eq!(bench.pushed(), []);
    bench.answers(4, reply(&request, b"!"));
    assert_eq!(bench.hears(MAIN), Ok(Message::from("!")));
}

#[test]
fn the_border_of_an_answer_means_nothing() {
    // rfc: sp-reqrep R-05
    let mut bench = Bench::with(&[1]);
    for body in [&b"short"[..], &[7; 300]] {
        for border in 0..20 {
            let (_, request) = bench.asks("?");
            let mut answer = reply(&request, body);
            let _ = answer.set_border(border);
            bench.answers(1, answer);
            assert_eq!(bench.hears(MAIN), Ok(Message::from(body)));
        }
    }
}

#[test]
fn an_earlier_server_may_still_answer() {
    // rfc: sp-reqrep R-18
    let mut bench = Bench::with(&[1, 2]);
    let (_, request) = bench.asks("?");
    bench.timer_after(RESEND_DEFAULT);
    assert_eq!(bench.pushed(), [(pipe(2), request.clone())]);
    bench.answers(1, reply(&request, b"slow"));
    assert_eq!(bench.hears(MAIN), Ok(Message::from("slow")));
    bench.answers(2, reply(&request, b"double"));
    assert_eq!(bench.hears(MAIN), Err(Verdict::State));
}

#[test]
fn fault_74_a_silent_pipe_is_passed_over_for_one_that_was_not_asked() {
    // rfc: sp-reqrep
    let mut bench = Bench::with(&[1]);
    let (_, request) = bench.asks("?");
    bench.attach(2, 8);
    bench.attach(3, 9);
    bench.timer_after(RESEND_DEFAULT);
    assert_eq!(bench.pushed(), [(pipe(2), request.clone())]);
    // Both of the best level had it: then in turns.
    for n in [1, 2, 1] {
        bench.timer_after(RESEND_DEFAULT);
        assert_eq!(bench.pushed(), [(pipe(n), request.clone())]);
    }
}

#[test]
fn copies_do_not_pile_up_in_a_slow_pipe() {
    // rfc: sp-reqrep R-14
    let mut bench = Bench::with(&[1, 2]);
    let (_, request) = bench.asks("?");
    bench.timer_after(RESEND_DEFAULT);
    bench.world.take();
    for n in [1, 2] {
        bench.world.set_drained(pipe(n), false);
    }
    for _ in 0..10 {
        bench.timer_after(RESEND_DEFAULT);
        assert_eq!(bench.pushed(), [], "each holds one");
    }
    bench.world.set_drained(pipe(2), true);
    bench.timer_after(RESEND_DEFAULT);
    assert_eq!(bench.pushed(), [(pipe(2), request)]);
}

#[test]
fn contexts_that_are_due_at_one_time_are_all_sent_again() {
    // rfc: sp-reqrep
    let mut bench = Bench::default();
    let contexts = [0, 1, 2].map(CtxId);
    for ctx in contexts {
        bench.req.open(ctx, &mut bench.world.cx());
        bench.ask(ctx, "?").unwrap();
    }
    bench.attach(1, 8);
    assert_eq!(bench.pushed().len(), 3);
    // What the first of them gives to the pipe is no copy of what the others asked.
    bench.world.set_drained(pipe(1), true);
    bench.world.advance(RESEND_DEFAULT);
    for CtxId(ctx) in contexts {
        let key = TimerKey(u64::from(ctx));
        bench.req.on_timer(key, &mut bench.world.cx());
    }
    assert_eq!(bench.pushed().len(), 3);
    // Now each has a copy there.
    bench.world.advance(RESEND_DEFAULT);
    for CtxId(ctx) in contexts {
        let key = TimerKey(u64::from(ctx));
        bench.req.on_timer(key, &mut bench.world.cx());
    }
    assert_eq!(bench.pushed(), []);
}

#[test]
fn a_request_that_finds_its_pipe_busy_does_not_wait_for_an_interval_more() {
    // rfc: sp-reqrep R-14
    let mut bench = Bench::with(&[1]);
    bench.world.set_drained(pipe(1), true);
    let (_, request) = bench.asks("?");
    bench.timer_after(RESEND_DEFAULT);
    assert_eq!(bench.pushed(), []);
    bench.world.set_drained(pipe(1), true);
    bench.timer_after(RESEND_DEFAULT / 16);
    assert_eq!(bench.pushed(), [(pipe(1), request)]);
}

#[test]
fn a_copy_that_comes_back_does_not_unsay_the_one_before() {
    // rfc: sp-reqrep R-41
    let mut bench = Bench::with(&[1]);
    let (_, request) = bench.asks("?");
    bench.detach(1, std::slice::from_ref(&request));
    assert_eq!(bench.req.held().messages, 1, "nobody can have seen it");
    bench.attach(2, 8);
    bench.timer_after(RESEND_DEFAULT);
    bench.timer_after(RESEND_DEFAULT);
    bench.detach(2, &[request]);
    assert_eq!(bench.req.held(), Held::default(), "the first copy has left");
}

#[test]
fn the_end_of_the_socket_is_the_end_of_every_context() {
    // rfc: sp-reqrep R-42
    let mut bench = Bench::default();
    let contexts = [0, 1].map(CtxId);
    for ctx in contexts {
        bench.req.open(ctx, &mut bench.world.cx());
        bench.ask(ctx, "?").unwrap();
    }
    bench.attach(1, 8);
    bench.ask(CtxId(1), "again").unwrap();
    bench.detach(1, &[]);
    bench.world.take();
    bench.req.close(MAIN, &mut bench.world.cx());
    let cancels = contexts.map(|CtxId(ctx)| Effect::Cancel(TimerKey(u64::from(ctx))));
    assert_eq!(bench.world.take(), cancels);
    // Nothing is left that a timer, or a pipe, could send.
    bench.attach(2, 8);
    for key in [0, 1].map(TimerKey) {
        bench.world.advance(RESEND_DEFAULT);
        bench.req.on_timer(key, &mut bench.world.cx());
    }
    assert_eq!(bench.world.take(), []);
}

#[test]
fn a_full_pipe_gets_one_copy_when_it_has_room() {
    // rfc: sp-reqrep
    let mut bench = Bench::default();
    bench.world.set_room(pipe(1), 1);
    bench.attach(1, 8);
    let (_, request) = bench.asks("?");
    for _ in 0..5 {
        bench.timer_after(RESEND_DEFAULT);
    }
    assert_eq!(bench.pushed(), []);
    bench.writable(1, 5);
    assert_eq!(bench.pushed(), [(pipe(1), request)]);
}

#[test]
fn resending_off_sends_once_and_tells_of_a_lost_peer() {
    // rfc: sp-reqrep
    let mut bench = Bench::with(&[1, 2]);
    bench.req.set_resend(None);
    let (_, request) = bench.asks("?");
    assert_eq!(bench.world.take(), [], "no timer");
    bench.detach(1, &[]);
    assert_eq!(bench.world.take(), [Effect::Wake(MAIN)]);
    assert!(bench.req.ready(MAIN).recv);
    for _ in 0..2 {
        assert_eq!(bench.hears(MAIN), Err(Verdict::PeerLost));
    }
    bench.answers(2, reply(&request, b"nobody asked"));
    assert_eq!(bench.hears(MAIN), Err(Verdict::PeerLost));
    // What never left can go elsewhere without being carried out twice.
    let (last, request) = bench.asks("anew");
    assert_eq!(last, pipe(2));
    bench.attach(3, 8);
    bench.detach(2, std::slice::from_ref(&request));
    assert_eq!(bench.world.take(), [Effect::Push(pipe(3), request.clone())]);
    bench.answers(3, reply(&request, b"!"));
    assert_eq!(bench.hears(MAIN), Ok(Message::from("!")));
}

#[test]
fn resending_switched_off_later_leaves_the_earlier_servers() {
    // rfc: sp-reqrep R-13
    let mut bench = Bench::with(&[1, 2]);
    let (_, request) = bench.asks("?");
    bench.timer_after(RESEND_DEFAULT);
    assert_eq!(bench.pushed(), [(pipe(2), request.clone())]);
    bench.req.set_resend(None);
    bench.detach(2, &[]);
    assert_eq!(bench.world.take(), [], "the first may still answer");
    assert_eq!(bench.hears(MAIN), Err(Verdict::Wait));
    bench.detach(1, &[]);
    assert_eq!(bench.hears(MAIN), Err(Verdict::PeerLost));
}

#[test]
fn a_new_request_cancels_the_last() {
    // rfc: sp-reqrep R-07
    let mut bench = Bench::default();
    let cancelled = |pipe| Effect::Drop(pipe, DropCause::Cancelled, 1);
    bench.ask(MAIN, "never sent").unwrap();
    bench.ask(MAIN, "sent").unwrap();
    assert_eq!(bench.world.take(), [cancelled(None)]);
    bench.attach(1, 8);
    let (_, sent) = bench.pushed().pop().unwrap();
    assert_eq!(sent.body(), b"sent");
    let (_, request) = bench.asks("answered");
    bench.answers(1, reply(&sent, b"to the cancelled one"));
    assert_eq!(bench.hears(MAIN), Err(Verdict::Wait));
    bench.answers(1, reply(&request, b"never received"));
    bench.world.take();
    bench.ask(MAIN, "last").unwrap();
    assert_eq!(bench.world.take().first(), Some(&cancelled(Some(pipe(1)))));
    assert_eq!(bench.hears(MAIN), Err(Verdict::Wait));
}

#[test]
fn who_is_in_a_hurry_is_told_that_there_is_no_peer() {
    // rfc: sp-reqrep
    let mut bench = Bench::with(&[1]);
    let (_, request) = bench.asks("before");
    bench.detach(1, &[]);
    bench.world.take();
    bench.req.set_fail_fast(true);
    let mut message = Some(Message::from("now"));
    let sent = bench.req.send(MAIN, &mut message, &mut bench.world.cx());
    assert_eq!((sent, message.is_some()), (Err(Verdict::NoPeer), true));
    assert_eq!(bench.world.take(), [], "nothing has changed");
    bench.world.set_room(pipe(2), 1);
    bench.attach(2, 8);
    assert_eq!(
        bench.pushed(),
        [(pipe(2), request)],
        "what was asked before"
    );
    assert_eq!(bench.ask(MAIN, "a full pipe is a peer"), Ok(()));
}

#[test]
fn contexts_do_not_disturb_each_other() {
    // rfc: sp-reqrep
    let mut bench = Bench::default();
    let contexts = [CtxId(3), CtxId(1), MAIN];
    for ctx in contexts {
        bench.req.open(ctx, &mut bench.world.cx());
        bench.ask(ctx, &format!("{}", ctx.0)).unwrap();
    }
    bench.world.set_room(pipe(1), 2);
    bench.attach(1, 8);
    let mut asked = bench.pushed();
    bench.writable(1, 9);
    asked.extend(bench.pushed());
    let bodies: Vec<&[u8]> = asked.iter().map(|(_, request)| request.body()).collect();
    assert_eq!(
        bodies,
        [b"3", b"1", b"0"],
        "in the order in which they waited"
    );
    for (_, request) in asked.iter().rev() {
        bench.answers(1, reply(request, request.body()));
    }
    assert_eq!(bench.world.take().len(), 3, "each is woken");
    bench.req.close(CtxId(1), &mut bench.world.cx());
    let closed = Effect::Drop(Some(pipe(1)), DropCause::Closed, 1);
    assert_eq!(bench.world.take(), [closed, Effect::Cancel(TimerKey(1))]);
    assert_eq!(bench.hears(CtxId(1)), Err(Verdict::State));
    assert_eq!(bench.ask(CtxId(1), "?"), Err(Verdict::State));
    assert_eq!(bench.req.ready(CtxId(1)), Readiness::default());
    assert_eq!(bench.hears(CtxId(3)), Ok(Message::from("3")));
    assert_eq!(bench.hears(MAIN), Ok(Message::from("0")));
}

#[test]
fn closing_waits_for_what_nobody_has_seen() {
    // rfc: sp-reqrep R-41
    let mut bench = Bench::default();
    bench.ask(MAIN, "12345").unwrap();
    let (messages, octets) = (1, 9);
    assert_eq!(bench.req.held(), Held { messages, octets });
    bench.attach(1, 8);
    assert_eq!(bench.req.held(), Held::default());
    let (_, request) = bench.pushed().pop().unwrap();
    bench.detach(1, &[request]);
    assert_eq!(bench.req.held(), Held { messages, octets }, "it never left");
    bench.attach(2, 8);
    bench.detach(2, &[]);
    assert_eq!(bench.req.held(), Held::default(), "it may have arrived");
}

#[test]
fn the_better_server_is_asked_while_it_can_take_a_question() {
    // rfc: sp-reqrep
    let mut bench = Bench::default();
    bench.world.set_room(pipe(1), 2);
    (1..)
        .zip([1, 8, 8])
        .for_each(|(n, level)| bench.attach(n, level));
    let asked = ["a", "b", "c", "d"].map(|body| bench.asks(body).0);
    assert_eq!(asked, [1, 1, 2, 3].map(pipe));
    bench.writable(1, 1);
    assert_eq!(bench.asks("e").0, pipe(1));
    let better = info(ProtocolId::REP, Priority::new(7).unwrap());
    bench
        .req
        .on_priority(pipe(3), &better, &mut bench.world.cx());
    assert_eq!(["f", "g"].map(|body| bench.asks(body).0), [pipe(3); 2]);
}

#[test]
fn each_context_has_an_interval_of_its_own() {
    // rfc: sp-reqrep
    let mut bench = Bench::with(&[1]);
    let (early, late) = (CtxId(1), CtxId(2));
    bench.req.open(early, &mut bench.world.cx());
    bench.req.set_resend(Some(RESEND_MIN * 2));
    bench.req.open(late, &mut bench.world.cx());
    assert_eq!(bench.req.resend(early), Some(RESEND_DEFAULT));
    assert_eq!(bench.req.resend(late), Some(RESEND_MIN * 2));
    bench.req.set_resend_in(early, Some(Duration::ZERO));
    bench.req.set_resend_in(late, None);
    assert_eq!(bench.req.resend(MAIN), Some(RESEND_MIN * 2));
    bench.world.take();
    for ctx in [early, late] {
        bench.ask(ctx, "?").unwrap();
    }
    let timers = bench.world.take();
    let timers = timers.iter().filter_map(|effect| match effect {
        Effect::Arm(key, at) => Some((key.0, *at)),
        _ => None,
    });
    assert_eq!(
        timers.collect::<Vec<_>>(),
        [(1, RESEND_MIN)],
        "the other has none"
    );
    bench.req.close(early, &mut bench.world.cx());
    assert_eq!(bench.req.resend(early), None);
}
