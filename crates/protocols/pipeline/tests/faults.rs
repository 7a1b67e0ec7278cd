//! The rows of the fault catalogue that PUSH and PULL own, and their rules one by one, as
//! transcripts. Obeys `rfc/sp-pipeline.md`.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use speedwell_pipeline::{Pull, Push, RawPull, RawPush};
use speedwell_pipeset::DEPARTED_MAX;
use speedwell_protocol::{
    CanReceive, CanSend, CtxId, DropCause, EndCause, Held, Message, Protocol, ProtocolId,
    ProtocolIds, Readiness, Verdict,
};
use speedwell_testkit::bench::{Bench, dropped, to};
use speedwell_testkit::effects::{Effect, pipe};

#[test]
fn fault_15_raw_and_cooked_announce_the_same() {
    // rfc: sp-pipeline L-01, L-02
    let (push, pull) = (ProtocolId(0x50), ProtocolId(0x51));
    let (pushes, pulls) = (
        ProtocolIds {
            me: push,
            peer: pull,
        },
        ProtocolIds {
            me: pull,
            peer: push,
        },
    );
    assert_eq!((Push::new().ids(), RawPush::new().ids()), (pushes, pushes));
    assert_eq!((Pull::new().ids(), RawPull::new().ids()), (pulls, pulls));
}

#[test]
fn fault_26_a_peer_of_push_that_sends_is_ended() {
    // rfc: sp-pipeline L-13
    let mut bench = Bench::<Push>::default();
    bench.attach(1);
    bench.attach(2);
    bench.send("job").unwrap();
    assert_eq!(bench.pushed(), [to(1, "job")]);
    assert_eq!(bench.peer_sends(1, &["a", "b", "c"]), 0);
    let unsolicited = dropped(1, DropCause::Unsolicited, 3);
    assert_eq!(
        bench.world.take(),
        [unsolicited, Effect::Close(pipe(1), EndCause::Violation)]
    );
    // Until it is gone it gets nothing more, whatever it does.
    bench.writable(1, 9);
    assert_eq!(bench.peer_sends(1, &["d"]), 1);
    ["x", "y"]
        .into_iter()
        .for_each(|body| bench.send(body).unwrap());
    assert_eq!(bench.pushed(), [to(2, "x"), to(2, "y")]);
    // What it had not been sent goes to the other.
    bench.detach(1, &["job"]);
    assert_eq!(bench.pushed(), [to(2, "job")]);
}

#[test]
fn fault_26_pull_never_sends_and_push_never_receives() {
    // rfc: sp-pipeline L-14, L-21
    let mut pull = Bench::<Pull>::default();
    pull.attach(1);
    assert_eq!(pull.send("no"), Err(Verdict::Unsupported));
    assert!(!pull.socket.ready(CtxId::MAIN).send);
    let mut push = Bench::<Push>::default();
    push.attach(1);
    assert_eq!(push.receives(), Err(Verdict::Unsupported));
    assert!(!push.socket.ready(CtxId::MAIN).recv);
    fn one_way(_: &impl CanSend, _: &impl CanReceive) {}
    one_way(&push.socket, &pull.socket);
}

#[test]
fn fault_26_late_events_of_unknown_pipes_change_nothing() {
    // rfc: sp-pipeline L-25
    let mut push = Bench::<Push>::default();
    push.attach(1);
    push.ends(1);
    push.world.take();
    push.writable(1, 9);
    push.set_level(1, 1);
    push.ends(1);
    assert_eq!(push.peer_sends(1, &["late"]), 1);
    assert_eq!(
        (push.send("m"), push.world.take()),
        (Err(Verdict::Wait), vec![])
    );
    let mut pull = Bench::<Pull>::default();
    pull.writable(1, 9);
    pull.set_level(1, 1);
    pull.ends(1);
    assert_eq!(pull.peer_sends(1, &["late"]), 1);
    assert_eq!(
        (pull.receives(), pull.world.take()),
        (Err(Verdict::Wait), vec![])
    );
}

#[test]
fn fault_81_slow_workers_hold_the_sender_back() {
    // rfc: sp-pipeline L-07, L-08, L-22
    let mut bench = Bench::<Push>::default();
    assert_eq!(bench.send("nobody"), Err(Verdict::Wait));
    bench.world.set_room(pipe(1), 2);
    bench.attach(1);
    assert_eq!((bench.send("1"), bench.send("2")), (Ok(()), Ok(())));
    for _ in 0..1000 {
        assert_eq!(bench.send("3"), Err(Verdict::Wait));
    }
    assert_eq!(
        bench.socket.held(),
        Held::default(),
        "what was not accepted is not kept"
    );
    bench.world.take();
    bench.writable(1, 1);
    assert_eq!(bench.world.take(), [Effect::Wake(CtxId::MAIN)]);
    assert_eq!(bench.send("3"), Ok(()));
}

#[test]
fn fault_81_a_pull_that_is_not_read_holds_its_peers_back() {
    // rfc: sp-pipeline L-16, L-17, L-22
    let mut bench = Bench::<Pull>::default();
    bench.attach(1);
    bench.attach(2);
    assert_eq!(
        (
            bench.peer_sends(1, &["a"]),
            bench.peer_sends(2, &["x", "y"])
        ),
        (0, 0)
    );
    assert_eq!(
        bench.world.take(),
        [Effect::Wake(CtxId::MAIN)],
        "one rise, one wake"
    );
    for _ in 0..1000 {
        assert_eq!(
            (bench.peer_sends(1, &["b"]), bench.peer_sends(2, &["z"])),
            (1, 1)
        );
    }
    assert_eq!(bench.receives(), Ok(Message::from("a")));
    assert_eq!(bench.world.take(), [Effect::Resume(pipe(1))]);
    assert_eq!(
        (bench.peer_sends(1, &["b"]), bench.peer_sends(2, &["z"])),
        (0, 1)
    );
    assert_eq!(bench.receives_all(), "x b y");
}

#[test]
fn workers_take_turns_and_better_ones_come_first() {
    // rfc: sp-pipeline L-05, L-06, L-26
    let mut bench = Bench::<Push>::default();
    bench.world.set_room(pipe(1), 2);
    (1..)
        .zip([1, 8, 8])
        .for_each(|(n, level)| bench.attach_at(n, level));
    bench.world.take();
    for body in ["1", "2", "3", "4", "5"] {
        bench.send(body).unwrap();
    }
    assert_eq!(
        bench.pushed(),
        [to(1, "1"), to(1, "2"), to(2, "3"), to(3, "4"), to(2, "5")]
    );
    bench.writable(1, 1);
    bench.send("6").unwrap();
    bench.set_level(2, 2);
    bench.send("7").unwrap();
    bench.send("8").unwrap();
    assert_eq!(bench.pushed(), [to(1, "6"), to(2, "7"), to(2, "8")]);
}

#[test]
fn a_dead_worker_loses_nothing_that_had_not_left() {
    // rfc: sp-pipeline L-09, L-10, L-11, L-12, L-27
    let mut bench = Bench::<Push>::default();
    bench.world.set_room(pipe(1), 4);
    bench.attach(1);
    ["1", "2", "3", "4"]
        .into_iter()
        .for_each(|body| bench.send(body).unwrap());
    bench.detach(1, &["2", "3", "4"]);
    assert_eq!(
        bench.socket.held(),
        Held {
            messages: 3,
            octets: 3
        }
    );
    assert_eq!(bench.send("5"), Err(Verdict::Wait));
    bench.world.set_room(pipe(2), 2);
    bench.pushed();
    bench.attach(2);
    assert_eq!(bench.pushed(), [to(2, "2"), to(2, "3")]);
    assert_eq!(bench.send("5"), Err(Verdict::Wait), "4 comes first");
    // The second worker dies with 3 unsent: it belongs before 4.
    bench.detach(2, &["3"]);
    bench.attach(3);
    assert_eq!(bench.send("5"), Ok(()));
    assert_eq!(bench.pushed(), [to(3, "3"), to(3, "4"), to(3, "5")]);
}

#[test]
fn pull_hears_the_better_first_and_the_dead_to_the_end() {
    // rfc: sp-pipeline L-15, L-18, L-19, L-26
    let mut bench = Bench::<Pull>::default();
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
fn only_a_raw_socket_sends_a_header() {
    // rfc: sp-pipeline L-03, L-04
    let message = Message::with_header(b"head", "body".into());
    let mut cooked = Bench::<Push>::default();
    assert_eq!(
        cooked.send(message.clone()),
        Err(Verdict::BadHeader),
        "even without a peer"
    );
    let mut raw = Bench::<RawPush>::default();
    raw.attach(1);
    assert_eq!(raw.send(message.clone()), Ok(()));
    assert_eq!(raw.pushed(), [to(1, "headbody")]);
    let mut pull = Bench::<RawPull>::default();
    pull.attach(1);
    // Off a stream, and handed over in this process.
    pull.peer_sends(1, &[Message::from("headbody"), message]);
    for _ in 0..2 {
        let received = pull.receives().unwrap();
        assert_eq!(
            (received.header(), received.body()),
            (&b""[..], &b"headbody"[..])
        );
    }
}

#[test]
fn there_is_one_context_and_no_other() {
    // rfc: sp-pipeline L-24
    let other = CtxId(1);
    let mut push = Bench::<Push>::default();
    push.attach(1);
    let mut message = Some(Message::from("kept"));
    let sent = push.socket.send(other, &mut message, &mut push.world.cx());
    assert_eq!((sent, message.is_some()), (Err(Verdict::Unsupported), true));
    assert_eq!(push.socket.ready(other), Readiness::default());
    let mut pull = Bench::<Pull>::default();
    pull.attach(1);
    pull.peer_sends(1, &["x"]);
    let received = pull.socket.recv(other, &mut pull.world.cx());
    assert_eq!(received, Err(Verdict::Unsupported));
    assert_eq!(pull.socket.ready(other), Readiness::default());
}

#[test]
fn a_close_counts_what_is_left() {
    // rfc: sp-pipeline L-23
    let closed = |pipe, messages| Effect::Drop(pipe, DropCause::Closed, messages);
    let mut push = Bench::<Push>::default();
    push.attach(1);
    push.detach(1, &["c"]);
    push.world.take();
    push.close();
    assert_eq!(push.world.take(), [closed(None, 1)]);
    assert_eq!(push.socket.held(), Held::default());
    let mut pull = Bench::<Pull>::default();
    pull.attach(1);
    pull.peer_sends(1, &["a", "b"]);
    pull.world.take();
    pull.close();
    assert_eq!(pull.world.take(), [closed(Some(pipe(1)), 2)]);
    assert_eq!(pull.receives(), Err(Verdict::Wait));
}

#[test]
fn all_sixteen_levels_are_strict() {
    // rfc: sp-pipeline L-05, L-15
    let mut push = Bench::<Push>::default();
    let mut pull = Bench::<Pull>::default();
    for level in (1..=16).rev() {
        push.world.set_room(pipe(level.into()), 1);
        push.attach_at(level.into(), level);
        pull.attach_at(level.into(), level);
        assert_eq!(pull.peer_sends(level.into(), &["m"; 2]), 0);
    }
    push.world.take();
    pull.world.take();
    let chosen: Vec<_> =
        std::iter::from_fn(|| push.send("m").ok().map(|()| push.pushed())).collect();
    assert!(
        chosen
            .into_iter()
            .eq((1..=16).map(|level| vec![to(level, "m")]))
    );
    (0..32).for_each(|_| assert!(pull.receives().is_ok()));
    let emptied = (1..=16).map(|level| Effect::Resume(pipe(level)));
    assert!(pull.world.take().into_iter().eq(emptied));
}

#[test]
fn push_ranks_by_the_one_level_and_pull_by_the_other() {
    // rfc: sp-pipeline L-05, L-15, L-26
    let mut push = Bench::<Push>::default();
    let mut pull = Bench::<Pull>::default();
    for (n, send, recv) in [(1, 16, 1), (2, 1, 16)] {
        push.attach_at_both(n, send, recv);
        pull.attach_at_both(n, send, recv);
    }
    let sends_to = |push: &mut Bench<Push>| {
        push.world.take();
        push.send("m").unwrap();
        push.pushed()
    };
    let hears = |pull: &mut Bench<Pull>| {
        assert_eq!(
            (pull.peer_sends(1, &["one"]), pull.peer_sends(2, &["two"])),
            (0, 0)
        );
        pull.receives_all()
    };
    assert_eq!(sends_to(&mut push), [to(2, "m")]);
    assert_eq!(hears(&mut pull), "one two");
    for (n, send, recv) in [(1, 1, 16), (2, 16, 1)] {
        push.set_levels(n, send, recv);
        pull.set_levels(n, send, recv);
    }
    assert_eq!(sends_to(&mut push), [to(1, "m")]);
    assert_eq!(hears(&mut pull), "two one");
}

#[test]
fn a_worker_that_is_told_its_level_again_keeps_its_turn() {
    // rfc: sp-pipeline L-26
    let mut bench = Bench::<Push>::default();
    (1..=3).for_each(|n| bench.attach(n));
    bench.world.take();
    for n in [1, 2, 3, 1] {
        bench.set_level(1, 8);
        bench.send("m").unwrap();
        assert_eq!(bench.pushed(), [to(n, "m")]);
    }
}

#[test]
fn fault_81_peers_that_send_and_leave_do_not_fill_the_memory() {
    // rfc: sp-pipeline L-20
    let mut bench = Bench::<Pull>::default();
    let taken = (1..=1000)
        .map(|n| {
            bench.attach(n);
            let left = bench.peer_sends(n, &["m"; 64]);
            bench.ends(n);
            64 - left
        })
        .sum::<usize>();
    assert_eq!(
        taken,
        64 * DEPARTED_MAX,
        "what is held is bounded, whoever comes"
    );
    // Who is still there waits, and goes on when the application reads.
    bench.attach_at(2000, 1);
    assert_eq!(bench.peer_sends(2000, &["late"]), 1);
    bench.world.take();
    let mut received = 0;
    while bench.world.take().is_empty() {
        bench.receives().unwrap();
        received += 1;
    }
    assert_eq!(
        received,
        64 * DEPARTED_MAX - (DEPARTED_MAX - 1),
        "fair to the end"
    );
    assert_eq!(bench.peer_sends(2000, &["late"]), 0);
    assert_eq!(
        bench.receives(),
        Ok(Message::from("late")),
        "the better level"
    );
    assert_eq!(bench.receives_all().len(), 2 * (DEPARTED_MAX - 1) - 1);
}

#[test]
fn fault_81_a_dead_worker_never_lets_more_be_accepted() {
    // rfc: sp-pipeline L-11: workers come, take one, and die with it, again and again
    let mut bench = Bench::<Push>::default();
    bench.attach(1);
    (0..10).for_each(|_| bench.send("m").unwrap());
    bench.detach(1, &["m"; 10]);
    for n in 2..1000 {
        bench.world.set_room(pipe(n), 1);
        bench.attach(n);
        assert_eq!(bench.send("new"), Err(Verdict::Wait));
        assert_eq!(bench.socket.held().messages, 9);
        bench.detach(n, &["m"]);
        assert_eq!(bench.socket.held().messages, 10);
    }
}

#[test]
fn fault_26_the_last_worker_that_sends_leaves_nobody_to_send_to() {
    // rfc: sp-pipeline L-13, L-22, L-27
    let mut bench = Bench::<Push>::default();
    bench.attach(1);
    bench.send("job").unwrap();
    assert_eq!(bench.peer_sends(1, &["what?"]), 0);
    assert_eq!(bench.socket.ready(CtxId::MAIN), Readiness::default());
    assert_eq!(bench.send("next"), Err(Verdict::Wait));
    bench.detach(1, &["job"]);
    bench.world.take();
    bench.attach(2);
    let wake = Effect::Wake(CtxId::MAIN);
    assert_eq!(
        bench.world.take(),
        [Effect::Push(pipe(2), Message::from("job")), wake]
    );
}
