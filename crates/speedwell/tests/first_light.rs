//! Messages flow over tcp and inproc, in order, to everybody who waits for them.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::time::Duration;

use speedwell::{ErrorKind, Pair, Pull, Push};

const SOON: Duration = Duration::from_secs(10);

#[test]
fn the_first_message_arrives_over_tcp() {
    let pull = Pull::new().unwrap();
    let endpoint = pull.bind("tcp://127.0.0.1:0").unwrap();
    let push = Push::new().unwrap();
    push.connect(endpoint.address()).unwrap();
    push.send("hello").unwrap();
    assert_eq!(pull.recv_timeout(SOON).unwrap().body(), b"hello");
    assert!(push.close().is_clean());
}

#[test]
fn a_stream_of_messages_keeps_its_order_under_back_pressure() {
    for address in ["tcp://127.0.0.1:0", "inproc://a stream"] {
        let pull = Pull::new().unwrap();
        let endpoint = pull.bind(address).unwrap();
        let push = Push::new().unwrap();
        push.connect(endpoint.address()).unwrap();
        let sender = std::thread::spawn(move || {
            for number in 0..100_000_u64 {
                push.send(number.to_be_bytes()).unwrap();
            }
            push.close()
        });
        for number in 0..100_000_u64 {
            let message = pull.recv_timeout(SOON);
            assert!(message.is_ok(), "{address} {number} {:?}", pull.stats());
            assert_eq!(message.unwrap().body(), number.to_be_bytes());
        }
        assert!(sender.join().unwrap().is_clean());
    }
}

#[test]
fn a_large_message_passes_both_ways() {
    let (left, right) = (Pair::new().unwrap(), Pair::new().unwrap());
    left.set_recv_max(None);
    right.set_recv_max(None);
    let endpoint = left
        .bind("tcp://[::1]:0")
        .or_else(|_| left.bind("tcp://127.0.0.1:0"))
        .unwrap();
    right.connect(endpoint.address()).unwrap();
    let body = vec![7; 4 << 20];
    right.send(body.clone()).unwrap();
    assert_eq!(left.recv_timeout(SOON).unwrap().body(), body);
    left.send(body.clone()).unwrap();
    assert_eq!(right.recv_timeout(SOON).unwrap().body(), body);
}

#[test]
fn a_failed_send_gives_the_message_back() {
    let push = Push::new().unwrap();
    let error = push.try_send("nobody is there").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::WouldBlock);
    assert_eq!(error.into_message().body(), b"nobody is there");
    let error = push
        .send_timeout("still", Duration::from_millis(10))
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TimedOut);
}

// rfc: sp-endpoint E-04
#[test]
fn fault_92_inproc_connects_before_bind_and_re_attaches_a_thousand_times() {
    let push = Push::new().unwrap();
    push.set_reconnect(Duration::from_millis(1), Duration::ZERO);
    push.connect("inproc://fault 92").unwrap();
    for number in 0..1000_u64 {
        let pull = Pull::new().unwrap();
        pull.bind("inproc://fault 92").unwrap();
        push.send_timeout(number.to_be_bytes(), SOON).unwrap();
        assert_eq!(
            pull.recv_timeout(SOON).unwrap().body(),
            number.to_be_bytes()
        );
    }
}
