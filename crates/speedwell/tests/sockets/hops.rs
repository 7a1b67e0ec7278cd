//! Where the words before a body are counted, and where they are a body like any other. Obeys
//! `rfc/sp-wire.md` section 8.

use speedwell::{Bus, DropCause, Pair, Pull, RawRep, RawRespondent, Rep, Respondent, Sub};

use crate::raw_peer::{BUS, PAIR, PUB, PUSH, REQ, RawPeer, SURVEYOR};
use crate::watch::{SOON, until};

/// A back-trace of so many words, the id among them.
fn words(count: usize) -> Vec<u8> {
    let mut octets = vec![0; 4 * (count - 1)];
    octets.extend([0x80, 0, 0, 0]);
    octets
}

/// A socket with a TTL of two lets a peer of type `id` come by one device, and not by two.
macro_rules! counts_words {
    ($socket:ty, $id:expr) => {{
        let socket = <$socket>::new().unwrap();
        socket.set_ttl(2).unwrap();
        let endpoint = socket.bind("tcp://127.0.0.1:0").unwrap();
        let mut peer = RawPeer::greets(endpoint.address(), $id);
        assert!(peer.sends(&words(3)));
        until("it is counted", || {
            socket.stats().dropped(DropCause::TooManyHops) == 1
        });
        assert!(peer.sends(&[words(2), b"near".to_vec()].concat()));
        assert_eq!(socket.recv_timeout(SOON).unwrap().body(), b"near");
    }};
}

/// A socket delivers whatever a peer of type `id` sends.
macro_rules! counts_nothing {
    ($socket:expr, $id:expr) => {{
        let socket = $socket;
        let endpoint = socket.bind("tcp://127.0.0.1:0").unwrap();
        let mut peer = RawPeer::greets(endpoint.address(), $id);
        assert!(peer.sends(&words(300)));
        assert_eq!(socket.recv_timeout(SOON).unwrap().body(), words(300));
    }};
}

// rfc: sp-wire W-31 W-35
#[test]
fn fault_18_words_are_counted_where_questions_are_received_and_nowhere_else() {
    counts_words!(Rep, REQ);
    counts_words!(RawRep, REQ);
    counts_words!(Respondent, SURVEYOR);
    counts_words!(RawRespondent, SURVEYOR);

    counts_nothing!(Pair::new().unwrap(), PAIR);
    counts_nothing!(Pull::new().unwrap(), PUSH);
    counts_nothing!(Bus::new().unwrap(), BUS);
    let sub = Sub::new().unwrap();
    sub.subscribe("").unwrap();
    counts_nothing!(sub, PUB);
}
