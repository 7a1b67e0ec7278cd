//! Names within the process: peers find each other in either order, and again.

use std::time::Duration;

use speedwell::{Pair, Pull, Push};

use crate::watch::{SOON, until};

const REDIAL: Duration = Duration::from_millis(1);

// rfc: sp-inproc I-05
#[test]
fn fault_92_connecting_comes_before_binding() {
    let (push, pull) = (Push::new().unwrap(), Pull::new().unwrap());
    // Nobody is there for longer than a handshake may take.
    push.set_handshake_timeout(Duration::from_millis(10));
    let endpoint = push.connect("inproc://92 before").unwrap();
    assert!(
        push.send_timeout("too early", Duration::from_millis(100))
            .is_err()
    );
    assert!(endpoint.status().unwrap().last_error.is_none());
    pull.bind("inproc://92 before").unwrap();
    push.send_timeout("in time", SOON).unwrap();
    assert_eq!(pull.recv_timeout(SOON).unwrap().body(), b"in time");
    assert_eq!(push.stats().dial_errors, 0);
}

// rfc: sp-endpoint E-14 sp-pipeline L-10
#[test]
fn fault_92_what_a_dying_listener_did_not_take_goes_to_its_heir() {
    /// Messages of 4 octets that one inbox holds, and that may wait in the lane.
    const INBOX: u32 = 25;
    let push = Push::new().unwrap();
    push.set_reconnect(REDIAL, Duration::ZERO);
    push.connect("inproc://92 heir").unwrap();
    let first = Pull::new().unwrap();
    first.set_recv_buffer(4 * INBOX as usize).unwrap();
    first.bind("inproc://92 heir").unwrap();
    let mut sent = 0_u32;
    let patience = |sent| if sent == 0 { SOON } else { 50 * REDIAL };
    while push
        .send_timeout(sent.to_be_bytes(), patience(sent))
        .is_ok()
    {
        sent += 1;
    }
    first.close();

    let heir = Pull::new().unwrap();
    heir.bind("inproc://92 heir").unwrap();
    push.send_timeout(sent.to_be_bytes(), SOON).unwrap();
    let mut numbers = Vec::new();
    while numbers.last() != Some(&sent) {
        let message = heir.recv_timeout(SOON).unwrap();
        numbers.push(u32::from_be_bytes(message.body().try_into().unwrap()));
    }
    println!("sent {sent}, of which the heir has {numbers:?}");
    // With the first went what it had read: an inbox in its machine, and one in its pipe.
    let oldest = *numbers.first().unwrap();
    assert!(oldest <= 2 * INBOX, "{oldest} lost");
    assert!(
        numbers.iter().copied().eq(oldest..=sent),
        "in order, and each once"
    );
    assert_eq!(push.stats().returned, u64::from(sent - oldest));
    assert!(sent > oldest, "something came back");
}

#[test]
fn fault_92_a_name_has_many_owners_one_after_the_other() {
    let dialers: Vec<_> = (0..3).map(|_| Push::new().unwrap()).collect();
    for push in &dialers {
        push.set_reconnect(REDIAL, Duration::ZERO);
        push.connect("inproc://92 owners").unwrap();
    }
    for round in 0..50_u32 {
        let pull = Pull::new().unwrap();
        pull.bind("inproc://92 owners").unwrap();
        until("all are back", || pull.pipes() == dialers.len());
        for push in &dialers {
            push.send_timeout(round.to_be_bytes(), SOON).unwrap();
        }
        for _ in &dialers {
            assert_eq!(pull.recv_timeout(SOON).unwrap().body(), round.to_be_bytes());
        }
        pull.close();
    }
}

#[test]
fn fault_77_a_socket_that_connects_to_itself_does_no_harm() {
    let pair = Pair::new().unwrap();
    pair.set_reconnect(REDIAL, Duration::ZERO);
    pair.bind("inproc://77 itself").unwrap();
    let itself = pair.connect("inproc://77 itself").unwrap();
    until("it was refused", || pair.stats().rejected > 0);
    itself.close();
    let other = Pair::new().unwrap();
    other.connect("inproc://77 itself").unwrap();
    other.send_timeout("hello", SOON).unwrap();
    assert_eq!(pair.recv_timeout(SOON).unwrap().body(), b"hello");
}
