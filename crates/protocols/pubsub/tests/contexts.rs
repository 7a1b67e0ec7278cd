//! The contexts of SUB, as transcripts: who receives what, who misses what, and who is woken.
//! Obeys `rfc/sp-pubsub.md` section 9.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use speedwell_protocol::{
    CtxId, DropCause, Inbox, Message, Priority, Protocol, ProtocolId, Readiness, Verdict,
};
use speedwell_pubsub::{CONTEXT_MESSAGES_MAX, CONTEXT_OCTETS_MAX, Sub, TopicError};
use speedwell_testkit::effects::{Effect, RecordingEffects, info, pipe};

const MAIN: CtxId = CtxId::MAIN;
const NEWS: CtxId = CtxId(1);
const ALL: CtxId = CtxId(2);

#[derive(Default)]
struct Bench {
    sub: Sub,
    world: RecordingEffects,
}

impl Bench {
    /// Two contexts, which want `news.` and everything; `MAIN` wants nothing.
    fn new() -> Self {
        let mut bench = Self::default();
        bench.open(NEWS);
        bench.open(ALL);
        bench.sub.subscribe_in(NEWS, b"news.").unwrap();
        bench.sub.subscribe_in(ALL, b"").unwrap();
        let info = info(ProtocolId::PUB, Priority::default());
        let attached = bench.sub.attach(pipe(1), &info, &mut bench.world.cx());
        attached.unwrap();
        bench
    }

    fn open(&mut self, ctx: CtxId) {
        self.sub.open(ctx, &mut self.world.cx());
    }

    /// What is left in the inbox.
    fn arrive(&mut self, messages: &[impl Into<Message> + Clone]) -> Inbox {
        let mut inbox = Inbox::new();
        inbox.set_origin(Some(pipe(1)));
        inbox.extend(messages.iter().cloned().map(Into::into));
        self.offer(&mut inbox);
        inbox
    }

    fn offer(&mut self, inbox: &mut Inbox) {
        self.sub.on_batch(pipe(1), inbox, &mut self.world.cx());
    }

    /// All that a context can receive, as text.
    fn receives(&mut self, ctx: CtxId) -> String {
        let cx = &mut self.world.cx();
        let bodies = std::iter::from_fn(|| self.sub.recv(ctx, cx).ok());
        let bodies = bodies.map(|message| String::from_utf8(message.body().to_vec()).unwrap());
        bodies.collect::<Vec<_>>().join(" ")
    }

    fn recv(&mut self, ctx: CtxId) -> Result<Message, Verdict> {
        self.sub.recv(ctx, &mut self.world.cx())
    }
}

fn dropped(cause: DropCause, count: u64) -> Effect {
    Effect::Drop(Some(pipe(1)), cause, count)
}

// rfc: sp-pubsub B-27 B-36
#[test]
fn each_receives_what_it_has_subscribed_to_and_is_woken_for_it_alone() {
    let mut bench = Bench::new();
    assert!(bench.arrive(&["weather"]).is_empty());
    assert_eq!(bench.world.take(), [Effect::Wake(ALL)]);
    bench.arrive(&["news.a", "sport", "news.b"]);
    assert_eq!(bench.world.take(), [Effect::Wake(NEWS)], "the other could");
    assert!(bench.sub.ready(NEWS).recv && !bench.sub.ready(MAIN).recv);
    assert_eq!(bench.receives(NEWS), "news.a news.b");
    assert_eq!(bench.receives(ALL), "weather news.a sport news.b");
    assert_eq!(bench.recv(ALL), Err(Verdict::Wait));
    bench.sub.unsubscribe_in(ALL, b"").unwrap();
    bench.arrive(&["weather", "news.c"]);
    let effects = [Effect::Wake(NEWS), dropped(DropCause::Unsubscribed, 1)];
    assert_eq!(bench.world.take(), effects);
    assert_eq!(bench.receives(ALL), "");
}

// rfc: sp-pubsub B-36
#[test]
fn a_large_body_is_shared_by_all() {
    let mut bench = Bench::new();
    let body = Message::from(vec![b'n'; 100_000]);
    bench.sub.subscribe_in(NEWS, b"n").unwrap();
    bench.arrive(std::slice::from_ref(&body));
    for ctx in [NEWS, ALL] {
        let message = bench.recv(ctx).unwrap();
        assert_eq!(message.body().as_ptr(), body.body().as_ptr());
        assert_eq!(message.origin(), Some(pipe(1)));
    }
}

// rfc: sp-pubsub B-37
#[test]
fn who_does_not_receive_misses_and_nobody_else_does() {
    let mut bench = Bench::new();
    for number in 0..CONTEXT_MESSAGES_MAX {
        assert!(bench.arrive(&[format!("news.{number}")]).is_empty());
        bench.recv(ALL).unwrap();
    }
    bench.world.take();
    assert!(bench.arrive(&["news.late", "sport"]).is_empty());
    let effects = [dropped(DropCause::Overflow, 1), Effect::Wake(ALL)];
    assert_eq!(bench.world.take(), effects);
    assert_eq!(bench.receives(ALL), "news.late sport");
    assert_eq!(bench.recv(NEWS).unwrap().body(), b"news.0");
    bench.arrive(&["news.again"]);
    assert_eq!(bench.receives(ALL), "news.again");
    assert!(bench.receives(NEWS).ends_with("news.1023 news.again"));
}

// rfc: sp-pubsub B-37
#[test]
fn octets_count_too_and_one_message_of_any_size_fits() {
    let mut bench = Bench::new();
    bench.arrive(&[vec![7; 3 * CONTEXT_OCTETS_MAX]]);
    bench.world.take();
    bench.arrive(&["one more"]);
    assert_eq!(bench.world.take(), [dropped(DropCause::Overflow, 1)]);
    assert_eq!(bench.recv(ALL).unwrap().octets(), 3 * CONTEXT_OCTETS_MAX);
    bench.arrive(&["now"]);
    assert_eq!(bench.receives(ALL), "now");
}

// rfc: sp-pubsub B-38
#[test]
fn main_holds_back_what_it_wants_for_all_and_nobody_gets_it_twice() {
    let mut bench = Bench::new();
    bench.sub.subscribe(b"news.").unwrap();
    assert!(bench.arrive(&["news.1", "sport.1"]).is_empty());
    let mut left = bench.arrive(&["sport.2", "news.2"]);
    assert_eq!(left.len(), 2, "MAIN has one of this pipe already");
    assert_eq!(bench.receives(ALL), "news.1 sport.1");
    bench.world.take();
    assert_eq!(bench.recv(MAIN).unwrap().body(), b"news.1");
    assert_eq!(bench.world.take(), [Effect::Resume(pipe(1))]);
    bench.offer(&mut left);
    assert!(left.is_empty());
    assert_eq!(bench.receives(ALL), "sport.2 news.2");
    assert_eq!(bench.receives(NEWS), "news.1 news.2");
    // What MAIN does not want it does not hold back.
    assert!(bench.arrive(&["sport.3"]).is_empty());
    assert_eq!(bench.receives(ALL), "sport.3");
    assert_eq!(bench.receives(MAIN), "news.2");
}

// rfc: sp-pubsub B-29 B-39
#[test]
fn a_context_that_is_closed_counts_what_it_had_and_is_no_more() {
    let mut bench = Bench::new();
    bench.arrive(&["news.1", "news.2"]);
    bench.world.take();
    bench.sub.close(NEWS, &mut bench.world.cx());
    let closed = dropped(DropCause::Closed, 1);
    assert_eq!(bench.world.take(), [closed.clone(), closed.clone()]);
    assert_eq!(bench.recv(NEWS), Err(Verdict::State));
    assert_eq!(bench.sub.ready(NEWS), Readiness::default());
    assert!(bench.sub.topics_in(NEWS).is_none());
    let subscribed = bench.sub.subscribe_in(NEWS, b"");
    assert_eq!(subscribed, Err(TopicError::NoContext));
    // With MAIN go all.
    bench.sub.close(MAIN, &mut bench.world.cx());
    assert_eq!(bench.world.take(), [closed.clone(), closed]);
    assert_eq!(bench.recv(ALL), Err(Verdict::State));
}
