//! Messages of a socket whose protocol is not known: how the waits for them end.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::thread;
use std::time::Duration;

use speedwell::{ErrorKind, Message, Pull, Push, RawPull, RawPush};

use crate::stage::{Carrier, SOON, timed, until};

const SHORT: Duration = Duration::from_millis(20);

#[test]
fn a_wait_ends_when_a_message_is_there() {
    // rfc: sp-device D-13
    let (pull, push) = (RawPull::new().unwrap(), Push::new().unwrap());
    push.connect(Carrier::Tcp.bind(&pull).address()).unwrap();
    let messages = pull.messages();
    thread::scope(|scope| {
        let waiting = scope.spawn(|| messages.wait_to_recv(Some(SOON), || true));
        push.send("here").unwrap();
        waiting.join().unwrap().unwrap();
    });
    // It took nothing.
    assert!(messages.ready().recv && !messages.ready().send);
    assert_eq!(messages.try_recv().unwrap().body(), b"here");
    let unsupported = messages.try_send("no".into()).unwrap_err();
    assert_eq!(unsupported.kind(), ErrorKind::Unsupported);
}

#[test]
fn a_wait_ends_in_time_by_interruption_and_by_closing() {
    // rfc: sp-device D-20, D-21
    let push = RawPush::new().unwrap();
    let messages = push.messages();
    let (waited, took) = timed(|| messages.wait_to_send(Some(SHORT), || true));
    assert_eq!(waited.unwrap_err().kind(), ErrorKind::TimedOut);
    assert!(took >= SHORT);
    let goes_on = AtomicBool::new(true);
    let waits = || messages.wait_to_send(Some(SOON), || goes_on.load(Ordering::SeqCst));
    thread::scope(|scope| {
        let waiting = scope.spawn(waits);
        messages.interrupt();
        goes_on.store(false, Ordering::SeqCst);
        messages.interrupt();
        let interrupted = waiting.join().unwrap().unwrap_err();
        assert_eq!(interrupted.kind(), ErrorKind::WouldBlock);
        goes_on.store(true, Ordering::SeqCst);
        let waiting = scope.spawn(waits);
        push.close();
        let closed = waiting.join().unwrap().unwrap_err();
        assert_eq!(closed.kind(), ErrorKind::Closed);
    });
    assert!(messages.is_closed());
    let unsent = messages.try_send("mine".into()).unwrap_err();
    assert_eq!(unsent.kind(), ErrorKind::Closed);
    assert_eq!(unsent.into_message().body(), b"mine");
}

#[test]
fn who_waits_without_taking_keeps_nobody_from_taking() {
    // rfc: sp-endpoint E-64
    let (pull, push) = (Pull::new().unwrap(), Push::new().unwrap());
    push.connect(Carrier::Inproc.bind(&pull).address()).unwrap();
    let messages = pull.messages();
    for round in 0..200_u32 {
        thread::scope(|scope| {
            let looks = || messages.wait_to_recv(Some(SOON), || true);
            let looking = [(); 3].map(|()| scope.spawn(looks));
            let taking = scope.spawn(|| pull.recv_timeout(SOON));
            push.send(round.to_be_bytes()).unwrap();
            assert_eq!(taking.join().unwrap().unwrap().body(), round.to_be_bytes());
            // Those who came too late to see it.
            push.send("for the rest").unwrap();
            for looker in looking {
                looker.join().unwrap().unwrap();
            }
            pull.recv_timeout(SOON).unwrap();
        });
    }
}

#[test]
fn who_wants_to_know_of_the_end_is_told_once_and_forgotten_when_gone() {
    // rfc: sp-device D-21
    let count = Arc::new(AtomicU32::new(0));
    let teller = || {
        let count = count.clone();
        let told = move || {
            count.fetch_add(1, Ordering::SeqCst);
        };
        Arc::new(told) as Arc<dyn Fn() + Send + Sync>
    };
    let pull = Pull::new().unwrap();
    let messages = pull.messages();
    let told = teller();
    messages.at_close(&told);
    messages.at_close(&teller());
    pull.close();
    until("one is told", || count.load(Ordering::SeqCst) == 1);
    pull.close();
    messages.at_close(&told);
    assert_eq!(count.load(Ordering::SeqCst), 2);
}

#[test]
fn a_place_is_filled_or_emptied_and_after_an_error_as_it_was() {
    // rfc: sp-device D-13
    let (pull, push) = (RawPull::new().unwrap(), Push::new().unwrap());
    let (inward, outward) = (pull.messages(), push.messages());
    let mut place = Some("here".into());
    let refused = outward.try_send_from(&mut place).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::WouldBlock);
    assert_eq!(place.as_ref().map(Message::body), Some(&b"here"[..]));
    push.connect(Carrier::Tcp.bind(&pull).address()).unwrap();
    push.wait_for_peers(1, SOON).unwrap();
    outward.try_send_from(&mut place).unwrap();
    let empty = outward.try_send_from(&mut place).unwrap_err();
    assert_eq!(empty.kind(), ErrorKind::State);
    inward.wait_to_recv(Some(SOON), || true).unwrap();
    let mut place = Message::from("before");
    inward.try_recv_into(&mut place).unwrap();
    assert_eq!(place.body(), b"here");
    let none = inward.try_recv_into(&mut place).unwrap_err();
    assert_eq!(none.kind(), ErrorKind::WouldBlock);
    assert_eq!(place.body(), b"here");
}
