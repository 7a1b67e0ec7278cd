//! A bell is rung after its reason stands, or a quick visit would find nothing and wait for ever.
//! See `rfc/sp-inproc.md` section 6.

use std::sync::Weak;

use super::*;
use crate::receiver::Receiver;
use crate::sender::Sender;
use speedwell_transport::{Budget, DirectTx, Flow, Inbox, Message, Ring, RxHalf, Scratch};

/// Looks at the session at the moment of the ring, and notes what it saw.
struct Spy {
    session: Weak<Session>,
    look: fn(&Session) -> bool,
    seen: Arc<Mutex<Vec<bool>>>,
}

impl Ring for Spy {
    fn ring(&self) {
        let session = self.session.upgrade().unwrap();
        self.seen.lock().push((self.look)(&session));
    }
}

/// A session on which the dialer sends, the listener receives, and `seat` has a spy for a bell.
fn spied(seat: Seat, look: fn(&Session) -> bool) -> (Sender, Receiver, Arc<Mutex<Vec<bool>>>) {
    let session = Session::new(1, 1);
    let seen = Arc::new(Mutex::default());
    let spy = Spy {
        session: Arc::downgrade(&session),
        look,
        seen: seen.clone(),
    };
    session.note_bell(seat, &Doorbell::new(Arc::new(spy)));
    let tx = Sender::new(session.clone(), Seat::Dialer);
    (tx, Receiver::new(session, Seat::Listener), seen)
}

// rfc: sp-inproc I-22
#[test]
fn the_receiver_is_rung_when_the_sender_is_gone() {
    let (tx, rx, seen) = spied(Seat::Listener, |session| {
        !session.inbound(Seat::Listener).has_sender()
    });
    drop(tx);
    assert!(rx.peer_is_gone());
    assert_eq!(*seen.lock(), [true]);
}

// rfc: sp-inproc I-22
#[test]
fn the_sender_is_rung_when_the_receiver_is_gone() {
    let (tx, rx, seen) = spied(Seat::Dialer, |session| {
        !session.inbound(Seat::Listener).has_receiver()
    });
    drop(rx);
    assert!(!tx.is_alive());
    assert_eq!(*seen.lock(), [true]);
}

// rfc: sp-inproc I-22
#[test]
fn the_sender_is_rung_when_there_is_room() {
    let (mut tx, mut rx, seen) = spied(Seat::Dialer, |session| {
        session.inbound(Seat::Listener).flow().is_open()
    });
    assert_eq!(tx.push(Message::new()), Flow::Full);
    let mut budget = Budget {
        messages: 1,
        octets: 1,
        scratch: &mut Scratch::new(),
    };
    let _ = rx.read(&mut Inbox::new(), &mut budget);
    assert_eq!(*seen.lock(), [true]);
}

// rfc: sp-inproc I-21 I-22
#[test]
fn the_receiver_is_rung_when_the_message_is_there_and_the_driver_asks() {
    let (mut tx, _rx, seen) = spied(Seat::Listener, |session| {
        !session.inbound(Seat::Listener).flow().is_open()
    });
    tx.push(Message::new());
    tx.push(Message::new());
    assert!(seen.lock().is_empty(), "a push makes no system call");
    tx.take_ring().unwrap().ring();
    assert_eq!(*seen.lock(), [true]);
    assert!(tx.take_ring().is_none());
}
