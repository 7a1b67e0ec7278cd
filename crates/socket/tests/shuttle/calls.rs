//! Eight threads use a socket that exchanges messages, each in its own way, until it is closed.

use std::task::Poll;

use speedwell_pair::Pair;
use speedwell_socket::{ErrorKind, PollItem, Socket, poll};

use crate::stage::{
    ADDRESS, EVER, Pace, Stage, at_any_pace, block_on, is_closed, join_all, meanwhile, poll_once,
    repeat, thread, with,
};

type User = fn(&Socket<Pair>);

/// Each returns when the socket is closed, and never for another reason.
const USERS: [User; 8] = [
    |pair| {
        let mut sent = pair.send("x");
        while sent.is_ok() {
            sent = pair.send("x");
        }
        assert_eq!(sent.unwrap_err().kind(), ErrorKind::Closed);
    },
    |pair| {
        let mut sent = block_on(pair.send_async("x"));
        while sent.is_ok() {
            sent = block_on(pair.send_async("x"));
        }
        assert_eq!(sent.unwrap_err().kind(), ErrorKind::Closed);
    },
    |pair| while go_on(pair.recv()) {},
    |pair| while go_on(block_on(pair.recv_async())) {},
    |pair| {
        // Futures that wait are dropped.
        let goes_on = |taken| match taken {
            Poll::Ready(taken) => go_on(taken),
            Poll::Pending => true,
        };
        while goes_on(poll_once(pair.recv_async())) {
            thread::yield_now();
        }
    },
    |pair| {
        let is_closed = |sent: Poll<Result<(), speedwell_socket::SendError>>| match sent {
            Poll::Ready(Err(error)) => error.kind() == ErrorKind::Closed,
            _ => false,
        };
        while !is_closed(poll_once(pair.send_async("x"))) {
            thread::yield_now();
        }
    },
    |pair| loop {
        let mut items = [PollItem::recv(pair)];
        let ready = poll(&mut items, Some(EVER)).unwrap();
        // Another thread may take it first.
        if ready == 1
            && !pair
                .try_recv()
                .map_or_else(|error| !is_closed(&error), |_| true)
        {
            return;
        }
    },
    |pair| {
        let events = pair.events();
        while events.next().is_ok() {}
    },
];

fn go_on<T>(result: Result<T, speedwell_socket::Error>) -> bool {
    match result {
        Ok(_) => true,
        Err(error) => {
            assert!(is_closed(&error), "{error}");
            false
        }
    }
}

/// The socket is used by eight threads, and closed.
fn use_and_close() {
    let stage = Stage::new();
    let (pair, peer) = (stage.open(Pair::new()), stage.open(Pair::new()));
    pair.set_recv_buffer(20).unwrap();
    peer.set_recv_buffer(20).unwrap();
    pair.bind(ADDRESS).unwrap();
    peer.connect(ADDRESS).unwrap();
    let users = USERS.map(|user| with(&pair, user));
    let echo = with(&peer, |peer| {
        while peer.recv().is_ok_and(|message| peer.send(message).is_ok()) {}
    });
    meanwhile();
    pair.close();
    join_all(users);
    peer.close();
    echo.join().unwrap();
}

// rfc: sp-endpoint E-60 E-64
#[test]
fn fault_85_eight_threads_use_a_socket_that_is_closed() {
    at_any_pace(use_and_close);
}

#[test]
fn a_schedule_that_is_run_again_does_the_same() {
    for pace in [Pace::Patient, Pace::Hurried] {
        repeat(100, pace, use_and_close);
    }
}
