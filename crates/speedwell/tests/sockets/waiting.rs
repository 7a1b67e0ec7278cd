//! How long a call waits, and what ends its waiting.

use std::time::Duration;

use speedwell::{ErrorKind, Pair, Pull, Push};

use crate::watch::{SOON, timed};

const SHORT: Duration = Duration::from_millis(100);

#[test]
fn a_time_out_bounds_sending_and_receiving() {
    let pair = Pair::new().unwrap();
    pair.set_send_timeout(Some(SHORT));
    pair.set_recv_timeout(Some(SHORT));
    let (sent, sending) = timed(|| pair.send("nobody is there"));
    let (received, receiving) = timed(|| pair.recv());
    let error = sent.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TimedOut);
    assert_eq!(error.into_message().body(), b"nobody is there");
    assert_eq!(received.unwrap_err().kind(), ErrorKind::TimedOut);
    println!("waited {sending:?} and {receiving:?} of {SHORT:?}");
    for waited in [sending, receiving] {
        assert!(waited >= SHORT && waited < 10 * SHORT, "{waited:?}");
    }
}

#[test]
fn a_time_out_of_its_own_bounds_one_call() {
    let pair = Pair::new().unwrap();
    let (sent, sending) = timed(|| pair.send_timeout("later", SHORT));
    let (received, receiving) = timed(|| pair.recv_timeout(SHORT));
    assert_eq!(sent.unwrap_err().kind(), ErrorKind::TimedOut);
    assert_eq!(received.unwrap_err().kind(), ErrorKind::TimedOut);
    println!("waited {sending:?} and {receiving:?} of {SHORT:?}");
    assert!(sending >= SHORT && sending < 10 * SHORT);
    assert!(receiving >= SHORT && receiving < 10 * SHORT);
}

#[test]
fn trying_never_waits() {
    let pair = Pair::new().unwrap();
    let error = pair.try_send("nobody is there").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::WouldBlock);
    assert_eq!(error.into_message().body(), b"nobody is there");
    assert_eq!(pair.try_recv().unwrap_err().kind(), ErrorKind::WouldBlock);
    let nothing = pair.recv_timeout(Duration::ZERO).unwrap_err();
    assert_eq!(nothing.kind(), ErrorKind::TimedOut);
}

#[test]
fn a_sender_that_waits_goes_on_when_a_peer_comes() {
    let push = Push::new().unwrap();
    let endpoint = push.bind("tcp://127.0.0.1:0").unwrap();
    std::thread::scope(|scope| {
        let sender = scope.spawn(|| push.send_timeout("at last", SOON));
        let pull = Pull::new().unwrap();
        pull.connect(endpoint.address()).unwrap();
        assert_eq!(pull.recv_timeout(SOON).unwrap().body(), b"at last");
        sender.join().unwrap().unwrap();
    });
}

// rfc: sp-endpoint E-60
#[test]
fn closing_wakes_everybody_who_waits() {
    let pair = Pair::new().unwrap();
    std::thread::scope(|scope| {
        let senders: Vec<_> = (0..4)
            .map(|number: u8| {
                scope.spawn({
                    let pair = &pair;
                    move || pair.send([number])
                })
            })
            .collect();
        let receivers: Vec<_> = (0..4).map(|_| scope.spawn(|| pair.recv())).collect();
        // Whoever has not begun to wait by then is told so at once instead.
        std::thread::sleep(SHORT);
        let (report, took) = timed(|| pair.close());
        println!("closing took {took:?}");
        assert!(report.is_clean());
        for (number, sender) in (0..).zip(senders) {
            let error = sender.join().unwrap().unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Closed);
            assert_eq!(error.into_message().body(), [number]);
        }
        for receiver in receivers {
            let error = receiver.join().unwrap().unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Closed);
        }
    });
}

// rfc: sp-endpoint E-60
#[test]
fn a_closed_socket_says_so_to_every_call() {
    let pair = Pair::new().unwrap();
    pair.bind("inproc://closed").unwrap();
    assert_eq!(pair.close(), pair.close());
    let kinds = [
        pair.try_send("no").unwrap_err().kind(),
        pair.send("no").unwrap_err().kind(),
        pair.try_recv().unwrap_err().kind(),
        pair.recv().unwrap_err().kind(),
        pair.bind("inproc://closed").unwrap_err().kind(),
        pair.connect("tcp://127.0.0.1:1").unwrap_err().kind(),
        pair.with(|_, _| ()).unwrap_err().kind(),
    ];
    assert_eq!(kinds, [ErrorKind::Closed; 7]);
    Pair::new().unwrap().bind("inproc://closed").unwrap();
}

// rfc: sp-endpoint E-60
#[test]
fn fault_85_closing_races_with_every_other_call() {
    for _ in 0..20 {
        let pair = Pair::new().unwrap();
        let peer = Pair::new().unwrap();
        let endpoint = pair.bind("tcp://127.0.0.1:0").unwrap();
        peer.connect(endpoint.address()).unwrap();
        std::thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    while pair.send("x").is_ok() {}
                    closed(pair.send("x").unwrap_err().kind());
                });
                scope.spawn(|| {
                    while pair.recv().is_ok() {}
                    closed(pair.recv().unwrap_err().kind());
                });
                scope.spawn(|| {
                    while let Ok(extra) = pair.bind("tcp://127.0.0.1:0") {
                        extra.close();
                    }
                    closed(pair.bind("tcp://127.0.0.1:0").unwrap_err().kind());
                });
                scope.spawn(|| {
                    while let Ok(extra) = pair.connect("tcp://127.0.0.1:1") {
                        extra.close();
                    }
                });
                scope.spawn(|| while peer.recv_timeout(SOON).is_ok() {});
            }
            scope.spawn(|| while peer.send("y").is_ok() {});
            peer.send("one went through").unwrap();
            let (_, took) = timed(|| pair.close());
            assert!(took < SOON, "closing took {took:?}");
            peer.close();
        });
    }
}

fn closed(kind: ErrorKind) {
    assert_eq!(kind, ErrorKind::Closed);
}
