//! Messages through the engine: counting, pausing, waking.

use std::time::Duration;

use speedwell_message::{CtxId, Flow, Message};
use speedwell_protocol::Verdict;

use super::rig::Rig;
use crate::{Command, EndReason, Outbox};

// rfc: sp-endpoint E-30
#[test]
fn what_is_left_of_a_batch_pauses_the_pipe_until_it_is_resumed_once() {
    let mut rig = Rig::new();
    let listener = rig.listener();
    let pipe = rig.accepts_through(listener);
    rig.commands();
    rig.machine(|machine, _| machine.takes = 1);
    let mut left = rig.arrives(pipe, &["one", "three"]);
    assert_eq!(
        (left.len(), rig.stats().messages_in, rig.stats().octets_in),
        (1, 1, 3)
    );
    assert_eq!(rig.commands(), [], "paused: nothing to do");

    rig.machine(|_, cx| {
        cx.resume(pipe);
        cx.resume(pipe);
    });
    assert_eq!(rig.commands(), [Command::Resume(pipe)], "once");
    rig.engine.on_batch(pipe, &mut left, &mut rig.world);
    assert!(left.is_empty());
    assert_eq!(rig.calls(), ["attach", "batch one", "batch three"]);
    assert_eq!((rig.stats().messages_in, rig.stats().octets_in), (2, 8));
    rig.machine(|_, cx| cx.resume(pipe));
    assert_eq!(rig.commands(), [], "it is not paused");
    let _ = rig.arrives(pipe, &[]);
    assert_eq!(
        rig.calls(),
        <[String; 0]>::default(),
        "an empty inbox is not offered"
    );
}

// rfc: sp-endpoint E-30
#[test]
fn a_machine_that_takes_nothing_is_offered_the_same_again() {
    let mut rig = Rig::new();
    let listener = rig.listener();
    let pipe = rig.accepts_through(listener);
    rig.commands();
    rig.machine(|machine, _| machine.takes = 0);
    let mut inbox = rig.arrives(pipe, &["a", "b"]);
    for _ in 0..3 {
        rig.machine(|_, cx| cx.resume(pipe));
        assert_eq!(rig.commands(), [Command::Resume(pipe)]);
        rig.engine.on_batch(pipe, &mut inbox, &mut rig.world);
        assert_eq!((inbox.len(), rig.stats().messages_in), (2, 0));
    }
}

// rfc: sp-endpoint E-30
#[test]
fn resuming_within_the_offer_does_not_ask_for_the_same_offer_again() {
    let mut rig = Rig::new();
    let listener = rig.listener();
    let pipe = rig.accepts_through(listener);
    rig.commands();
    rig.machine(|machine, _| (machine.takes, machine.resumes) = (0, true));
    assert_eq!(rig.arrives(pipe, &["a"]).len(), 1);
    assert_eq!(rig.commands(), [], "or the driver would never come to rest");
    rig.machine(|_, cx| cx.resume(pipe));
    assert_eq!(rig.commands(), [Command::Resume(pipe)]);
}

fn framing(len: u64, out: &mut [u8; 16]) -> usize {
    out[..8].copy_from_slice(&len.to_be_bytes());
    8
}

/// A peer that takes nothing for an hour: the pipe holds its limit, nothing is armed, nothing
/// happens, and at half the limit it goes on.
// rfc: sp-endpoint E-20 E-21 E-30
#[test]
fn fault_84_a_peer_that_takes_nothing_for_an_hour_costs_nothing() {
    let mut rig = Rig::new();
    let listener = rig.listener();
    let pipe = rig.accepts_through(listener);
    rig.machine(|machine, _| machine.takes = 0);
    let inbox = rig.arrives(pipe, &["unread"]);
    let (limit, message) = (128 * 1024, Message::from(vec![0; 1000]));
    let mut outbox = Outbox::new(framing, limit);
    while outbox.push(&message) == Flow::Open {}
    assert!((limit..limit + 1008).contains(&outbox.pending()));
    rig.commands();

    rig.passes(Duration::from_secs(3600));
    assert_eq!(
        (rig.commands(), rig.due_in(), inbox.len()),
        (vec![], None, 1)
    );
    assert_eq!(rig.engine.live_pipes(), 1);

    let mut batch = outbox.take_batch().unwrap();
    let above_half = outbox.pending() - limit / 2 - 1;
    batch.advance(above_half);
    assert!(
        !outbox.give_back(batch, above_half),
        "an octet short of the half"
    );
    let mut batch = outbox.take_batch().unwrap();
    batch.advance(1);
    assert!(outbox.give_back(batch, 1));
    rig.engine.on_writable(pipe, &mut rig.world);
    assert_eq!(rig.calls(), ["attach", "batch", "writable"]);
}

// rfc: sp-endpoint E-12
#[test]
fn a_send_goes_to_the_pipe_and_is_counted_or_stays_with_the_caller() {
    let mut rig = Rig::new();
    let mut message = Some(Message::from("hello"));
    let verdict = rig.engine.send(CtxId::MAIN, &mut message, &mut rig.world);
    assert_eq!((verdict, message.is_some()), (Err(Verdict::Wait), true));

    let listener = rig.listener();
    let pipe = rig.accepts_through(listener);
    let sent = rig.engine.send(CtxId::MAIN, &mut message, &mut rig.world);
    assert_eq!((sent, message.is_none()), (Ok(()), true));
    assert_eq!(rig.pushed(), [(pipe, "hello".into())]);
    assert_eq!((rig.stats().messages_out, rig.stats().octets_out), (1, 5));
    assert_eq!(
        rig.engine
            .recv_into(CtxId::MAIN, &mut Message::new(), &mut rig.world),
        Err(Verdict::Wait)
    );
}

// rfc: sp-endpoint E-17
#[test]
fn woken_contexts_are_reported_once() {
    let mut rig = Rig::new();
    rig.machine(|_, cx| {
        for ctx in [1, 1, 2, 2, 2] {
            cx.wake(CtxId(ctx));
        }
    });
    assert!(rig.engine.has_work());
    let mut woken = vec![CtxId(9)];
    rig.engine.take_woken(&mut woken);
    assert_eq!(woken, [CtxId(1), CtxId(2)]);
    rig.engine.take_woken(&mut woken);
    assert!(woken.is_empty() && !rig.engine.has_work());
}

// rfc: sp-endpoint E-31
#[test]
fn what_came_before_the_end_is_offered_before_the_end() {
    let mut rig = Rig::new();
    let listener = rig.listener();
    let pipe = rig.accepts_through(listener);
    let _ = rig.arrives(pipe, &["last", "words"]);
    rig.ended(pipe, &EndReason::ClosedByPeer, &[]);
    assert_eq!(rig.calls(), ["attach", "batch last words", "detach"]);
}
