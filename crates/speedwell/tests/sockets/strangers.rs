//! Peers that speak something else, say nothing, or are of the wrong kind: each is dropped and
//! counted, and a good peer that is connected all the while notices nothing.

use std::net::Shutdown;
use std::time::{Duration, Instant};

use speedwell::{DropCause, Endpoint, Pair, Pull, Push, Stats};

use crate::raw_peer::{PAIR, PULL, PUSH, RawPeer, greeting};
use crate::watch::{SOON, until};

/// A round trip on this machine takes far less, a busy machine included.
const AT_ONCE: Duration = Duration::from_secs(2);

const STRANGERS: [(&str, &[u8]); 4] = [
    ("HTTP", b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"),
    (
        "TLS",
        b"\x16\x03\x01\x00\x2f\x01\x00\x00\x2b\x03\x03................................\
          \x00\x00\x02\x13\x01\x01\x00",
    ),
    (
        "ZMTP",
        b"\xff\0\0\0\0\0\0\0\x01\x7f\x03\0NULL\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0",
    ),
    ("SSH", b"SSH-2.0-OpenSSH_9.9\r\n"),
];

/// A PULL with one good peer.
struct Stage {
    pull: Pull,
    push: Push,
    endpoint: Endpoint,
    sent: u32,
}

impl Stage {
    fn new(set: impl FnOnce(&Pull)) -> Self {
        let (pull, push) = (Pull::new().unwrap(), Push::new().unwrap());
        set(&pull);
        let endpoint = pull.bind("tcp://127.0.0.1:0").unwrap();
        push.connect(endpoint.address()).unwrap();
        let mut stage = Self {
            pull,
            push,
            endpoint,
            sent: 0,
        };
        stage.the_good_peer_gets_through();
        stage
    }

    fn the_good_peer_gets_through(&mut self) {
        self.sent += 1;
        let body = self.sent.to_be_bytes();
        self.push.send_timeout(body, SOON).unwrap();
        assert_eq!(self.pull.recv_timeout(SOON).unwrap().body(), body);
        assert_eq!((self.pull.pipes(), self.push.pipes()), (1, 1));
    }

    fn address(&self) -> &str {
        self.endpoint.address()
    }

    /// The good peer has only ever had its one connection.
    fn nothing_else_changed(&mut self) {
        self.the_good_peer_gets_through();
        assert_eq!(self.push.stats().connected, 1);
        let stats = self.pull.stats();
        assert_eq!(
            (stats.accepted, stats.messages_in),
            (1, u64::from(self.sent))
        );
    }
}

// rfc: sp-wire W-05 sp-endpoint E-13
#[test]
fn fault_04_strangers_are_dropped_at_once() {
    let mut stage = Stage::new(|_| ());
    for (count, (who, octets)) in (1..).zip(STRANGERS) {
        let mut stranger = RawPeer::connects(stage.address());
        stranger.says(octets);
        let took = stranger.is_dropped();
        println!("{who}: dropped after {took:?}");
        assert!(took < AT_ONCE, "{who}: {took:?}");
        until("it is counted", || {
            stage.pull.stats().handshake_errors == count
        });
        stage.the_good_peer_gets_through();
    }
    stage.nothing_else_changed();
}

// rfc: sp-endpoint E-13
#[test]
fn fault_06_a_greeting_octet_by_octet_does_not_put_off_its_deadline() {
    const DEADLINE: Duration = Duration::from_millis(400);
    const PAUSE: Duration = Duration::from_millis(350);
    let mut stage = Stage::new(|pull| pull.set_handshake_timeout(DEADLINE));
    let mut slow = RawPeer::connects(stage.address());
    let start = Instant::now();
    // Were the deadline put off by each octet, it would come after the last of them. The greeting
    // is never whole, however late we are.
    for octet in greeting(PUSH).into_iter().take(7) {
        slow.says(&[octet]);
        if slow.is_dropped_within(PAUSE) {
            break;
        }
    }
    let took = start.elapsed();
    println!("dropped after {took:?} for {DEADLINE:?}");
    assert!(took < 6 * PAUSE, "{took:?}");
    slow.is_dropped();
    until("it is counted", || stage.pull.stats().handshake_errors == 1);
    stage.nothing_else_changed();
}

// rfc: sp-endpoint E-10
#[test]
fn fault_15_peers_of_a_wrong_type_are_refused() {
    let mut stage = Stage::new(|_| ());
    let wrong = [PULL, PAIR, 0x20, 0x21, 0x30, 0x52, 0x5000, 0, 0xffff];
    for (count, id) in (1..).zip(wrong) {
        let mut stranger = RawPeer::connects(stage.address());
        stranger.says(&greeting(id));
        let took = stranger.is_dropped();
        assert!(took < AT_ONCE, "{id:#06x}: {took:?}");
        until("it is counted", || {
            stage.pull.stats().wrong_protocol == count
        });
    }
    assert_eq!(stage.pull.stats().handshake_errors, 0);
    stage.nothing_else_changed();
}

// rfc: sp-endpoint E-10
#[test]
fn fault_15_sockets_of_a_wrong_type_are_refused_on_both_sides() {
    for address in ["tcp://127.0.0.1:0", "inproc://wrong type"] {
        let pull = Pull::new().unwrap();
        let endpoint = pull.bind(address).unwrap();
        let pair = Pair::new().unwrap();
        let connected = pair.connect(endpoint.address()).unwrap();
        let refused = |stats: Stats| stats.wrong_protocol > 0;
        until("the listener refused", || refused(pull.stats()));
        until("the dialer refused", || refused(pair.stats()));
        assert_eq!((pull.pipes(), pair.pipes()), (0, 0));
        let error = connected.status().unwrap().last_error.unwrap();
        assert!(
            error.to_string().contains("0x0051") || error.to_string().contains("cannot"),
            "{address}: {error}"
        );

        let push = Push::new().unwrap();
        push.connect(endpoint.address()).unwrap();
        push.send_timeout("a fitting one", SOON).unwrap();
        assert_eq!(pull.recv_timeout(SOON).unwrap().body(), b"a fitting one");
    }
}

// rfc: sp-pipeline L-13
#[test]
fn fault_26_a_peer_that_sends_to_a_push_is_dropped_and_counted() {
    let push = Push::new().unwrap();
    let endpoint = push.bind("tcp://127.0.0.1:0").unwrap();
    let pull = Pull::new().unwrap();
    pull.connect(endpoint.address()).unwrap();
    until("the good peer is there", || push.pipes() == 1);
    let mut rude = RawPeer::greets(endpoint.address(), PULL);
    until("both are there", || push.pipes() == 2);
    rude.sends(b"you did not ask for this");
    let took = rude.is_dropped();
    println!("dropped after {took:?}");
    assert!(took < AT_ONCE, "{took:?}");
    until("the pipe is gone", || push.pipes() == 1);
    assert_eq!(push.stats().dropped(DropCause::Unsolicited), 1);
    for number in 0..100_u32 {
        push.send_timeout(number.to_be_bytes(), SOON).unwrap();
        assert_eq!(
            pull.recv_timeout(SOON).unwrap().body(),
            number.to_be_bytes()
        );
    }
}

// rfc: sp-wire W-25
#[test]
fn fault_12_a_message_that_is_cut_short_is_not_delivered() {
    let mut stage = Stage::new(|_| ());
    for octets in 1..13 {
        let mut peer = RawPeer::greets(stage.address(), PUSH);
        let whole = [&5_u64.to_be_bytes()[..], b"hello"].concat();
        peer.says(whole.get(..octets.min(12)).unwrap());
        peer.ends(Shutdown::Write);
        peer.is_dropped();
    }
    until("they are counted", || stage.pull.stats().broken == 12);
    assert!(stage.pull.try_recv().is_err());
    stage.the_good_peer_gets_through();
}

// rfc: sp-wire W-18 W-19
#[test]
fn fault_09_a_message_over_the_limit_is_refused_by_its_length() {
    let mut stage = Stage::new(|pull| pull.set_recv_max(Some(1000)));
    for (count, length) in (1..).zip([1001, 1 << 40, 1 << 63, (1 << 63) - 1, u64::MAX]) {
        let mut peer = RawPeer::greets(stage.address(), PUSH);
        peer.says(&length.to_be_bytes());
        let took = peer.is_dropped();
        assert!(took < AT_ONCE, "{length}: {took:?}");
        until("it is counted", || stage.pull.stats().broken == count);
    }
    let mut peer = RawPeer::greets(stage.address(), PUSH);
    peer.sends(&[7; 1000]);
    assert_eq!(stage.pull.recv_timeout(SOON).unwrap().body(), [7; 1000]);
    drop(peer);
    until("it has left", || stage.pull.pipes() == 1);
    stage.the_good_peer_gets_through();
}
