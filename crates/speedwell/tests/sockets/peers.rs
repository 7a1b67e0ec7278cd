//! Who sent a message, and whether anybody is there. Obeys `rfc/sp-endpoint.md` E-73 and E-74.

use std::thread;
use std::time::Duration;

use speedwell::{ErrorKind, Message, Pair, Pull, Push, Rep, Req};

use crate::watch::{SOON, timed, until};

const SHORT: Duration = Duration::from_millis(50);

// rfc: sp-endpoint E-73
#[test]
fn a_message_says_who_sent_it_as_long_as_the_sender_is_there() {
    let pull = Pull::new().unwrap();
    let endpoints = [(); 2].map(|()| pull.bind("tcp://127.0.0.1:0").unwrap());
    for endpoint in &endpoints {
        let push = Push::new().unwrap();
        push.connect(endpoint.address()).unwrap();
        push.send_timeout("hello", SOON).unwrap();
        let message = pull.recv_timeout(SOON).unwrap();
        let peer = pull.peer(&message).unwrap();
        assert_eq!(peer.endpoint, endpoint.id());
        let address = peer.info.address.unwrap();
        assert!(
            address.as_str().starts_with("tcp://127.0.0.1:"),
            "{address}"
        );
        assert_ne!(address.as_str(), endpoint.address(), "its own port");
        drop(push);
        until("it is gone", || pull.pipes() == 0);
        assert_eq!(pull.peer(&message), None);
        // Another in its place is not taken for it.
        let next = Push::new().unwrap();
        next.connect(endpoint.address()).unwrap();
        pull.wait_for_peers(1, SOON).unwrap();
        assert_eq!(pull.peer(&message), None);
        drop(next);
        until("it is gone", || pull.pipes() == 0);
    }
    assert_eq!(pull.peer(&Message::from("of nobody")), None);
}

// rfc: sp-endpoint E-73
#[test]
fn both_sides_of_a_request_know_each_other() {
    let (req, rep) = (Req::new().unwrap(), Rep::new().unwrap());
    let endpoint = rep.bind("tcp://127.0.0.1:0").unwrap();
    req.connect(endpoint.address()).unwrap();
    let context = rep.context().unwrap();
    req.send("?").unwrap();
    let question = context.recv_timeout(SOON).unwrap();
    assert_eq!(context.peer(&question).unwrap().endpoint, endpoint.id());
    context.send("!").unwrap();
    let answer = req.recv_timeout(SOON).unwrap();
    let server = req.peer(&answer).unwrap().info.address.unwrap();
    assert_eq!(server.as_str(), endpoint.address());
}

#[cfg(any(target_os = "linux", target_os = "android"))]
// rfc: sp-endpoint E-73
#[test]
fn a_peer_of_this_host_says_who_runs_it() {
    let directory = tempfile::tempdir().unwrap();
    let address = format!("ipc://{}/who", directory.path().display());
    let (left, right) = (Pair::new().unwrap(), Pair::new().unwrap());
    left.bind(&address).unwrap();
    right.connect(&address).unwrap();
    right.send_timeout("it is me", SOON).unwrap();
    let message = left.recv_timeout(SOON).unwrap();
    let credentials = left.peer(&message).unwrap().info.credentials.unwrap();
    assert_eq!(credentials.pid, Some(std::process::id()));
}

// rfc: sp-endpoint E-74
#[test]
fn waiting_for_peers_ends_with_the_last_of_them() {
    let pull = Pull::new().unwrap();
    let endpoint = pull.bind("tcp://127.0.0.1:0").unwrap();
    pull.wait_for_peers(0, Duration::ZERO).unwrap();
    let (late, took) = timed(|| pull.wait_for_peers(1, SHORT).unwrap_err());
    println!("waited {took:?} of {SHORT:?}");
    assert_eq!(late.kind(), ErrorKind::TimedOut);
    assert!(took >= SHORT && took < 10 * SHORT, "{took:?}");
    thread::scope(|scope| {
        let waits = [1, 3, 2].map(|count| {
            let pull = &pull;
            scope.spawn(move || {
                pull.wait_for_peers(count, SOON).unwrap();
                pull.pipes() >= count
            })
        });
        let pushes = [(); 3].map(|()| {
            let push = Push::new().unwrap();
            push.connect(endpoint.address()).unwrap();
            push
        });
        assert!(waits.map(|wait| wait.join().unwrap()).iter().all(|it| *it));
        drop(pushes);
    });
    let closed = thread::scope(|scope| {
        let waits = scope.spawn(|| pull.wait_for_peers(usize::MAX, Duration::MAX));
        thread::sleep(SHORT);
        pull.close();
        waits.join().unwrap()
    });
    assert_eq!(closed.unwrap_err().kind(), ErrorKind::Closed);
}
