//! The rows of the fault catalogue that PUB and SUB own, and their rules one by one, as
//! transcripts. Obeys `rfc/sp-pubsub.md`.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use speedwell_pipeset::DEPARTED_MAX;
use speedwell_protocol::{
    CanReceive, CanSend, CtxId, DropCause, EndCause, Held, Message, Protocol, ProtocolId,
    ProtocolIds, Readiness, Verdict,
};
use speedwell_pubsub::{Overflow, Pub, RawPub, RawSub, Sub, TOPIC_LEN_MAX, TopicError};
use speedwell_testkit::bench::{Bench, dropped, to};
use speedwell_testkit::effects::{Effect, RecordingEffects, pipe};

fn set_overflow(bench: &mut Bench<Pub>, overflow: Overflow) {
    bench.socket.set_overflow(overflow, &mut bench.world.cx());
}

#[test]
fn fault_15_raw_and_cooked_announce_the_same() {
    // rfc: sp-pubsub B-01, B-02
    let (publisher, subscriber) = (ProtocolId(0x20), ProtocolId(0x21));
    let (pubs, subs) = (
        ProtocolIds {
            me: publisher,
            peer: subscriber,
        },
        ProtocolIds {
            me: subscriber,
            peer: publisher,
        },
    );
    assert_eq!((Pub::new().ids(), RawPub::new().ids()), (pubs, pubs));
    assert_eq!((Sub::new().ids(), RawSub::new().ids()), (subs, subs));
}

#[test]
fn fault_26_a_peer_of_pub_that_sends_is_ended() {
    // rfc: sp-pubsub B-13, B-12
    let mut bench = Bench::<Pub>::default();
    bench.attach(1);
    bench.attach(2);
    assert_eq!(bench.peer_sends(1, &["a", "b", "c"]), 0);
    let ended = Effect::Close(pipe(1), EndCause::Violation);
    let unsolicited = dropped(1, DropCause::Unsolicited, 3);
    assert_eq!(bench.world.take(), [unsolicited, ended]);
    // Until it is gone it gets nothing more, whatever it does.
    bench.writable(1, 9);
    assert_eq!(bench.peer_sends(1, &["d"]), 1);
    bench.send("news").unwrap();
    assert_eq!(bench.pushed(), [to(2, "news")]);
    assert_eq!(bench.detach(1, &["old news"]), 1);
    assert_eq!(bench.world.take(), []);
}

#[test]
fn fault_26_sub_never_sends_and_pub_never_receives() {
    // rfc: sp-pubsub B-14, B-26
    let mut sub = Bench::<Sub>::default();
    sub.attach(1);
    assert_eq!(sub.send("no"), Err(Verdict::Unsupported));
    assert!(!sub.socket.ready(CtxId::MAIN).send);
    let mut publisher = Bench::<Pub>::default();
    publisher.attach(1);
    assert_eq!(publisher.receives(), Err(Verdict::Unsupported));
    assert!(!publisher.socket.ready(CtxId::MAIN).recv);
    fn one_way(_: &impl CanSend, _: &impl CanReceive) {}
    one_way(&publisher.socket, &sub.socket);
}

#[test]
fn fault_26_late_events_of_unknown_pipes_change_nothing() {
    // rfc: sp-pubsub B-30
    let mut publisher = Bench::<Pub>::default();
    publisher.attach_with_room(1, 1);
    set_overflow(&mut publisher, Overflow::Block);
    publisher.send("m").unwrap();
    publisher.world.take();
    publisher.writable(9, 9);
    publisher.set_level(9, 1);
    publisher.ends(9);
    assert_eq!(publisher.peer_sends(9, &["late"]), 1);
    let refused = publisher.send("m");
    assert_eq!(
        (refused, publisher.world.take()),
        (Err(Verdict::Wait), vec![])
    );
    let mut sub = Bench::<Sub>::default();
    sub.socket.subscribe(b"news").unwrap();
    sub.writable(1, 9);
    sub.set_level(1, 1);
    sub.ends(1);
    assert_eq!(sub.peer_sends(1, &["news", "other"]), 2);
    let nothing = sub.receives();
    assert_eq!((nothing, sub.world.take()), (Err(Verdict::Wait), vec![]));
}

#[test]
fn fault_27_topics_are_octets_at_the_front() {
    // rfc: sp-pubsub B-15, B-18, B-19
    let mut bench = Bench::<Sub>::default();
    bench.attach(1);
    let all = ["", "n", "news", "news!", "newt", "\u{ff}"];
    assert_eq!(bench.peer_sends(1, &all), 0);
    assert_eq!(bench.receives_all(), "", "there is no subscription yet");
    bench.socket.subscribe(b"news").unwrap();
    bench.peer_sends(1, &all);
    assert_eq!(bench.receives_all(), "news news!");
    bench.world.take();
    bench.socket.subscribe(b"").unwrap();
    bench.peer_sends(1, &all);
    assert_eq!(
        bench.receives_all(),
        all.join(" "),
        "everything, and each once"
    );
    assert_eq!(
        bench.world.take(),
        [Effect::Wake(CtxId::MAIN), Effect::Resume(pipe(1))]
    );
}

#[test]
fn fault_27_64_kib_and_not_one_octet_more() {
    // rfc: sp-pubsub B-15
    let mut bench = Bench::<Sub>::default();
    bench.attach(1);
    let (longest, longer) = (vec![7; TOPIC_LEN_MAX], vec![7; TOPIC_LEN_MAX + 1]);
    let refused = bench.socket.subscribe(&longer);
    assert_eq!(refused, Err(TopicError::TooLong(65_537)));
    bench.socket.subscribe(&longest).unwrap();
    assert_eq!(bench.peer_sends(1, &[&longest[1..], &longest, &longer]), 0);
    assert_eq!(bench.receives().unwrap().body(), longest);
    assert_eq!(bench.receives().unwrap().body(), longer);
    assert_eq!(bench.receives(), Err(Verdict::Wait));
}

#[test]
fn fault_27_subscriptions_are_counted() {
    // rfc: sp-pubsub B-16, B-17
    let mut bench = Bench::<Sub>::default();
    let sub = &mut bench.socket;
    assert_eq!(sub.unsubscribe(b"x"), Err(TopicError::NotSubscribed));
    sub.subscribe(b"x").unwrap();
    sub.subscribe(b"x").unwrap();
    assert_eq!(sub.unsubscribe(b""), Err(TopicError::NotSubscribed));
    sub.unsubscribe(b"x").unwrap();
    bench.attach(1);
    bench.peer_sends(1, &["x1"]);
    assert_eq!(bench.receives_all(), "x1");
    let sub = &mut bench.socket;
    sub.unsubscribe(b"x").unwrap();
    assert_eq!(sub.unsubscribe(b"x"), Err(TopicError::NotSubscribed));
    bench.peer_sends(1, &["x2"]);
    assert_eq!(bench.receives_all(), "");
}

#[test]
fn a_message_of_several_topics_comes_once() {
    // rfc: sp-pubsub B-20
    let mut bench = Bench::<Sub>::default();
    bench.attach(1);
    for topic in ["", "n", "news", "news", "news.sport"] {
        bench.socket.subscribe(topic.as_bytes()).unwrap();
    }
    bench.peer_sends(1, &["news.sport.chess"]);
    assert_eq!(bench.receives_all(), "news.sport.chess");
}

#[test]
fn what_nobody_wants_never_pauses_a_pipe() {
    // rfc: sp-pubsub B-19, B-24
    let mut bench = Bench::<Sub>::default();
    bench.attach(1);
    bench.socket.subscribe(b"yes").unwrap();
    assert_eq!(bench.peer_sends(1, &["no", "yes1", "no"]), 0);
    bench.world.take();
    // The application does not receive, and holds back only what it wants.
    for _ in 0..1000 {
        assert_eq!(bench.peer_sends(1, &["no", "no", "no"]), 0);
        let counted = dropped(1, DropCause::Unsubscribed, 3);
        assert_eq!(bench.world.take(), [counted]);
    }
    assert_eq!(bench.peer_sends(1, &["no", "yes2", "no"]), 1);
    assert_eq!(bench.receives_all(), "yes1");
    let counted = dropped(1, DropCause::Unsubscribed, 2);
    assert_eq!(bench.world.take(), [counted, Effect::Resume(pipe(1))]);
    // The rest is offered again, and the subscriptions of that time decide.
    bench.socket.unsubscribe(b"yes").unwrap();
    assert_eq!(bench.peer_sends(1, &["yes2"]), 0);
    assert_eq!(bench.receives_all(), "");
}

#[test]
fn what_was_taken_stays_when_its_subscription_ends() {
    // rfc: sp-pubsub B-21, B-25
    let mut bench = Bench::<Sub>::default();
    bench.attach(1);
    bench.socket.subscribe(b"x").unwrap();
    bench.peer_sends(1, &["x1", "x2"]);
    bench.socket.unsubscribe(b"x").unwrap();
    bench.ends(1);
    assert_eq!(bench.receives_all(), "x1 x2");
}

#[test]
fn a_raw_sub_filters_as_a_cooked_one_does() {
    // rfc: sp-pubsub B-18, B-19, B-21
    let mut raw = Bench::<RawSub>::with(&[1]);
    assert_eq!(raw.peer_sends(1, &["news", "other"]), 0);
    assert_eq!(raw.world.take(), [dropped(1, DropCause::Unsubscribed, 2)]);
    raw.socket.subscribe(b"news").unwrap();
    raw.peer_sends(1, &["news", "other"]);
    raw.socket.unsubscribe(b"news").unwrap();
    assert_eq!(raw.receives_all(), "news");
    raw.socket.subscribe(b"").unwrap();
    raw.peer_sends(1, &["news", "other"]);
    assert_eq!(raw.receives_all(), "news other");
}

#[test]
fn fault_82_a_slow_subscriber_costs_the_others_nothing() {
    // rfc: sp-pubsub B-05, B-06, B-07, B-09
    let mut bench = Bench::<Pub>::default();
    bench.attach_with_room(1, 2);
    bench.attach(2);
    for body in ["1", "2", "3", "4"] {
        bench.send(body).unwrap();
    }
    let effects = bench.world.take();
    let missed = dropped(1, DropCause::Overflow, 1);
    assert_eq!(
        effects.iter().filter(|effect| **effect == missed).count(),
        2
    );
    let got = |n| {
        let all = effects.iter().filter_map(move |effect| match effect {
            Effect::Push(to, message) if *to == pipe(n) => Some(message.body()[0]),
            _ => None,
        });
        String::from_utf8(all.collect()).unwrap()
    };
    assert_eq!((got(1), got(2)), ("12".to_owned(), "1234".to_owned()));
    bench.writable(1, 1);
    bench.send("5").unwrap();
    assert_eq!(bench.pushed(), [to(1, "5"), to(2, "5")]);
}

#[test]
fn fault_82_or_the_publisher_waits_for_the_slowest() {
    // rfc: sp-pubsub B-08, B-09, B-27
    let woken = [Effect::Wake(CtxId::MAIN)];
    let mut bench = Bench::<Pub>::default();
    set_overflow(&mut bench, Overflow::Block);
    bench.attach_with_room(1, 1);
    bench.attach_with_room(2, 1);
    bench.attach(3);
    bench.send("1").unwrap();
    assert_eq!(bench.pushed(), [to(1, "1"), to(2, "1"), to(3, "1")]);
    for _ in 0..1000 {
        assert_eq!(bench.send("2"), Err(Verdict::Wait));
    }
    assert!(!bench.socket.ready(CtxId::MAIN).send);
    bench.writable(1, 9);
    assert_eq!(bench.world.take(), [], "one is full still");
    bench.ends(2);
    assert_eq!(bench.world.take(), woken);
    bench.send("2").unwrap();
    assert_eq!(bench.pushed(), [to(1, "2"), to(3, "2")]);
    // A new policy frees who waits, too.
    bench.writable(1, 1);
    bench.send("3").unwrap();
    assert_eq!(bench.send("4"), Err(Verdict::Wait));
    bench.world.take();
    set_overflow(&mut bench, Overflow::DropNewest);
    assert_eq!(bench.world.take(), woken);
    assert_eq!(bench.send("4"), Ok(()));
}

#[test]
fn row_82_or_a_slow_subscriber_misses_the_oldest() {
    // rfc: sp-pubsub B-32, B-33, B-34
    let mut bench = Bench::<Pub>::default();
    set_overflow(&mut bench, Overflow::DropOldest);
    bench.attach_with_room(1, 1);
    bench.attach(2);
    bench.send("0").unwrap();
    for number in 1..=64 {
        bench.send(number.to_string()).unwrap();
    }
    let effects = bench.world.take();
    assert!(
        !effects
            .iter()
            .any(|effect| matches!(effect, Effect::Drop(..)))
    );
    bench.send("65").unwrap();
    let lost = dropped(1, DropCause::Overflow, 1);
    let other = Effect::Push(pipe(2), Message::from("65"));
    assert_eq!(bench.world.take(), [lost, other]);
    // What is held goes first, the oldest is gone, and the pipe may be full again.
    bench.writable(1, 2);
    assert_eq!(bench.pushed(), [to(1, "2"), to(1, "3")]);
    assert_eq!(bench.socket.held().messages, 62);
    // A new policy changes nothing for what is held; nor does a close or an end forget it.
    set_overflow(&mut bench, Overflow::DropNewest);
    bench.writable(1, 1);
    assert_eq!(bench.pushed(), [to(1, "4")]);
    bench.ends(1);
    let lost = dropped(1, DropCause::PipeLost, 61);
    assert_eq!(bench.world.take(), [lost]);
    assert_eq!(bench.socket.held(), Held::default());
}

#[test]
fn row_82_what_is_held_for_a_slow_subscriber_is_64_kib_or_one_message() {
    // rfc: sp-pubsub B-28, B-32
    let mut bench = Bench {
        socket: RawPub::new().with_overflow(Overflow::DropOldest),
        world: RecordingEffects::new(),
    };
    bench.attach_with_room(1, 1);
    bench.send("first").unwrap();
    bench.world.take();
    bench.send(vec![1; 40_000]).unwrap();
    bench.send(vec![2; 25_536]).unwrap();
    assert_eq!(
        (bench.world.take(), bench.socket.held().octets),
        (vec![], 65_536)
    );
    bench.send(vec![3; 1]).unwrap();
    assert_eq!(bench.world.take(), [dropped(1, DropCause::Overflow, 1)]);
    // One of any size is held, and nothing beside it.
    bench.send(vec![4; 1_000_000]).unwrap();
    assert_eq!(bench.world.take(), [dropped(1, DropCause::Overflow, 2)]);
    assert_eq!(
        bench.socket.held(),
        Held {
            messages: 1,
            octets: 1_000_000
        }
    );
    bench.close();
    assert_eq!(bench.world.take(), [dropped(1, DropCause::Closed, 1)]);
}

#[test]
fn without_a_peer_nothing_waits_and_all_is_counted() {
    // rfc: sp-pubsub B-05, B-10
    let alone = [Effect::Drop(None, DropCause::NoPeer, 1)];
    let mut bench = Bench::<Pub>::default();
    for overflow in [Overflow::DropNewest, Overflow::DropOldest, Overflow::Block] {
        set_overflow(&mut bench, overflow);
        assert!(bench.socket.ready(CtxId::MAIN).send);
        assert_eq!(bench.send("early"), Ok(()));
        assert_eq!(bench.world.take(), alone);
    }
    assert_eq!(bench.socket.held(), Held::default());
    bench.attach(1);
    bench.send("now").unwrap();
    assert_eq!(
        bench.pushed(),
        [to(1, "now")],
        "nothing is kept for who comes"
    );
}

#[test]
fn a_large_body_is_one_for_all() {
    // rfc: sp-pubsub B-11
    let mut bench = Bench::<Pub>::default();
    (1..=100).for_each(|n| bench.attach(n));
    let message = Message::from(vec![0; 100_000]);
    let octets = message.body().as_ptr();
    bench.send(message).unwrap();
    let effects = bench.world.take();
    assert_eq!(effects.len(), 100);
    for effect in effects {
        assert!(matches!(effect, Effect::Push(_, copy) if copy.body().as_ptr() == octets));
    }
}

#[test]
fn what_a_dead_pipe_returns_goes_to_nobody_else() {
    // rfc: sp-pubsub B-12
    let mut bench = Bench::<Pub>::default();
    bench.attach(1);
    bench.attach(2);
    bench.send("m").unwrap();
    bench.pushed();
    assert_eq!(bench.detach(1, &["m"]), 1);
    assert_eq!(bench.world.take(), []);
}

#[test]
fn only_a_raw_socket_sends_a_header_and_topics_begin_with_it() {
    // rfc: sp-pubsub B-03, B-04, B-15
    let message = Message::with_header(b"head", "body".into());
    let mut cooked = Bench::<Pub>::default();
    assert_eq!(cooked.send(message.clone()), Err(Verdict::BadHeader));
    let mut raw = Bench::<RawPub>::default();
    raw.attach(1);
    raw.send(message.clone()).unwrap();
    assert_eq!(raw.pushed(), [to(1, "headbody")]);
    let mut sub = Bench::<RawSub>::default();
    sub.attach(1);
    sub.socket.subscribe(b"headb").unwrap();
    // Off a stream, and handed over in this process.
    assert_eq!(sub.peer_sends(1, &[Message::from("headbody"), message]), 0);
    for _ in 0..2 {
        let received = sub.receives().unwrap();
        assert_eq!(
            (received.header(), received.body()),
            (&b""[..], &b"headbody"[..])
        );
    }
}

#[test]
fn sub_hears_the_better_first_and_the_dead_to_the_end() {
    // rfc: sp-pubsub B-23, B-25, B-31
    let mut bench = Bench::<Sub>::default();
    bench.socket.subscribe(b"").unwrap();
    (1..)
        .zip([8, 8, 1])
        .for_each(|(n, level)| bench.attach_at(n, level));
    bench.peer_sends(1, &["a1", "a2"]);
    bench.peer_sends(2, &["b1", "b2"]);
    bench.peer_sends(3, &["c1", "c2"]);
    bench.ends(1);
    assert_eq!(bench.receives_all(), "c1 c2 a1 b1 a2 b2");
    bench.set_level(2, 1);
    bench.set_level(3, 8);
    bench.peer_sends(3, &["c3"]);
    bench.peer_sends(2, &["b3"]);
    assert_eq!(bench.receives_all(), "b3 c3");
}

#[test]
fn publishers_that_come_and_go_cannot_fill_the_memory() {
    // rfc: sp-pubsub B-24, B-27
    let mut bench = Bench::<Sub>::default();
    bench.socket.subscribe(b"m").unwrap();
    let departed = u32::try_from(DEPARTED_MAX).unwrap();
    for n in 1..=departed {
        bench.attach(n);
        assert_eq!(bench.peer_sends(n, &["m"]), 0);
        bench.ends(n);
    }
    assert_eq!(bench.world.take(), [Effect::Wake(CtxId::MAIN)], "one rise");
    bench.attach(0);
    assert_eq!(bench.peer_sends(0, &["m"]), 1);
    bench.receives().unwrap();
    assert_eq!(bench.world.take(), [Effect::Resume(pipe(0))]);
    assert_eq!(bench.peer_sends(0, &["m"]), 0);
}

#[test]
fn a_publisher_has_one_context_and_no_other() {
    // rfc: sp-pubsub B-29
    let other = CtxId(1);
    let mut publisher = Bench::<Pub>::default();
    publisher.attach(1);
    let (mut message, cx) = (Some(Message::from("kept")), &mut publisher.world.cx());
    let sent = publisher.socket.send(other, &mut message, cx);
    assert_eq!((sent, message.is_some()), (Err(Verdict::Unsupported), true));
    assert_eq!(publisher.socket.ready(other), Readiness::default());
}

#[test]
fn a_close_counts_what_is_left() {
    // rfc: sp-pubsub B-28
    let mut sub = Bench::<Sub>::default();
    sub.attach(1);
    sub.socket.subscribe(b"").unwrap();
    sub.peer_sends(1, &["a", "b"]);
    sub.world.take();
    sub.close();
    assert_eq!(sub.world.take(), [dropped(1, DropCause::Closed, 2)]);
    assert_eq!(sub.receives(), Err(Verdict::Wait));
}
