//! PUB and SUB over real connections: topics, slow subscribers, and peers that break the rules.

use speedwell::{DropCause, ErrorKind, Pub, RawPub, RawSub, Sub};

use crate::raw_peer::{PUB, RawPeer, SUB};
use crate::watch::{SOON, until};

/// Where each promise is tested.
fn addresses(name: &str) -> [String; 2] {
    ["tcp://127.0.0.1:0".to_owned(), format!("inproc://{name}")]
}

/// A subscriber that is connected, as both ends know.
fn subscriber(publisher: &Pub, address: &str, topic: &str) -> Sub {
    let (sub, before) = (Sub::new().unwrap(), publisher.pipes());
    sub.subscribe(topic).unwrap();
    sub.connect(address).unwrap();
    until("connected", || {
        publisher.pipes() > before && sub.pipes() == 1
    });
    sub
}

// rfc: sp-pubsub B-03 B-05 B-10 B-15 B-16 B-19
#[test]
fn everybody_gets_what_he_subscribed_to() {
    for address in addresses("everybody") {
        let publisher = Pub::new().unwrap();
        let endpoint = publisher.bind(&address).unwrap();
        publisher.send("sport too early").unwrap();
        assert_eq!(publisher.stats().dropped(DropCause::NoPeer), 1);
        let sport = subscriber(&publisher, endpoint.address(), "sport");
        let all = subscriber(&publisher, endpoint.address(), "");
        for number in 0..100 {
            publisher.send(format!("weather {number}")).unwrap();
            publisher.send(format!("sport {number}")).unwrap();
            let heard = all.recv_timeout(SOON).unwrap();
            assert_eq!(heard.body(), format!("weather {number}").as_bytes());
            for sub in [&sport, &all] {
                let heard = sub.recv_timeout(SOON).unwrap();
                assert_eq!(heard.body(), format!("sport {number}").as_bytes());
            }
        }
        assert_eq!(sport.stats().dropped(DropCause::Unsubscribed), 100);
        assert_eq!(all.stats().dropped(DropCause::Unsubscribed), 0);
        assert_eq!(sport.try_recv().unwrap_err().kind(), ErrorKind::WouldBlock);
    }
}

// rfc: sp-pubsub B-15 B-16 B-17
#[test]
fn fault_27_a_subscription_that_cannot_be_says_why() {
    let (cooked, raw) = (Sub::new().unwrap(), RawSub::new().unwrap());
    let kind = |result: Result<(), speedwell::Error>| result.unwrap_err().kind();
    let too_long = vec![0; 65_537];
    assert_eq!(kind(cooked.unsubscribe("news")), ErrorKind::NotSubscribed);
    assert_eq!(kind(raw.unsubscribe("news")), ErrorKind::NotSubscribed);
    assert_eq!(kind(cooked.subscribe(&too_long)), ErrorKind::InvalidOption);
    assert_eq!(kind(raw.subscribe(&too_long)), ErrorKind::InvalidOption);
    cooked.subscribe("news").unwrap();
    cooked.unsubscribe("news").unwrap();
    assert_eq!(kind(cooked.unsubscribe("news")), ErrorKind::NotSubscribed);
    cooked.close();
    assert_eq!(kind(cooked.subscribe("news")), ErrorKind::Closed);
}

// rfc: sp-pubsub B-13
#[test]
fn fault_26_a_peer_of_pub_that_sends_is_dropped() {
    let publisher = Pub::new().unwrap();
    let endpoint = publisher.bind("tcp://127.0.0.1:0").unwrap();
    let good = subscriber(&publisher, endpoint.address(), "");
    let mut rude = RawPeer::greets(endpoint.address(), SUB);
    rude.sends(b"and now me");
    rude.is_dropped();
    until("counted", || {
        publisher.stats().dropped(DropCause::Unsolicited) == 1
    });
    publisher.send("news").unwrap();
    assert_eq!(good.recv_timeout(SOON).unwrap().body(), b"news");
}

// rfc: sp-pubsub B-02 B-19 sp-wire W-06
#[test]
fn a_stranger_that_publishes_is_heard() {
    let sub = RawSub::new().unwrap();
    sub.subscribe("yes").unwrap();
    let endpoint = sub.bind("tcp://127.0.0.1:0").unwrap();
    let mut stranger = RawPeer::greets(endpoint.address(), PUB);
    for body in ["", "no", "yes", "ye", "yes!"] {
        assert!(stranger.sends(body.as_bytes()));
    }
    assert_eq!(sub.recv_timeout(SOON).unwrap().body(), b"yes");
    assert_eq!(sub.recv_timeout(SOON).unwrap().body(), b"yes!");
    assert_eq!(sub.stats().dropped(DropCause::Unsubscribed), 3);
}

// rfc: sp-pubsub B-04
#[test]
fn a_header_of_a_raw_pub_is_the_front_of_the_message() {
    for address in addresses("raw pub") {
        let (publisher, sub) = (RawPub::new().unwrap(), Sub::new().unwrap());
        sub.subscribe("headb").unwrap();
        let endpoint = publisher.bind(&address).unwrap();
        sub.connect(endpoint.address()).unwrap();
        until("connected", || publisher.pipes() == 1 && sub.pipes() == 1);
        let message = speedwell::Message::with_header(b"head", "body".into());
        publisher.send(message).unwrap();
        let heard = sub.recv_timeout(SOON).unwrap();
        assert_eq!((heard.header(), heard.body()), (&b""[..], &b"headbody"[..]));
    }
}
