//! The socket or the context is closed before, between or after the polls of a future that is then
//! dropped: everybody is told, and what was not sent comes back.

use std::future::Future;
use std::task::Poll;
use std::time::Duration;

use speedwell::{
    Bus, Error, ErrorKind, Message, Pair, Pair1, Pull, Push, RawBus, RawPair, RawPair1, RawPull,
    RawPush, RawRep, RawReq, RawRespondent, RawSub, Rep, Req, Respondent, SendError, Sub, Surveyor,
};

use super::POLLS_MAX;
use crate::by_hand::{Counted, poll};

/// Polls one so often, with the end before one of the polls, and drops it; another one that waits
/// behind it hears of the end in any case.
fn play<T>(
    (polls, ends_at): (usize, usize),
    [mut swept, mut other]: [impl Future<Output = T> + Unpin; 2],
    end: impl Fn(),
    ended: impl Fn(T),
) {
    let (called, other_called) = (Counted::new(), Counted::new());
    let mut waits = false;
    let mut is_over = false;
    for step in 0..=polls {
        if step == ends_at {
            assert!(poll(&mut other, &other_called).is_pending());
            end();
            assert_eq!(called.count(), usize::from(waits));
            assert_eq!(other_called.count(), 1);
        }
        if step == polls || is_over {
            continue;
        }
        match poll(&mut swept, &called) {
            Poll::Ready(done) => {
                assert!(step >= ends_at);
                ended(done);
                is_over = true;
            }
            Poll::Pending => waits = true,
        }
    }
    drop(swept);
    let Poll::Ready(done) = poll(&mut other, &other_called) else {
        panic!("it is over");
    };
    ended(done);
}

/// Every number of polls, with the end before, between or after them.
fn cases() -> impl Iterator<Item = (usize, usize)> {
    (0..=POLLS_MAX).flat_map(|polls| (0..=polls).map(move |ends_at| (polls, ends_at)))
}

fn no_message(received: Result<Message, Error>) {
    assert_eq!(received.unwrap_err().kind(), ErrorKind::Closed);
}

fn comes_back(sent: Result<(), SendError>) {
    let error = sent.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Closed);
    assert_eq!(error.into_message().body(), b"comes back");
}

// rfc: sp-waiting W-31, sp-endpoint E-60
#[test]
fn fault_86_receivers_of_a_socket_that_closes() {
    macro_rules! swept {
        ($($socket:ident $(, |$it:ident| $prepare:expr)?;)*) => {$(
            for case in cases() {
                let socket = $socket::new().unwrap();
                $(
                    let $it = &socket;
                    $prepare;
                )?
                let close = || _ = socket.close();
                play(case, [(); 2].map(|()| socket.recv_async()), close, no_message);
            }
        )*};
    }
    swept! {
        Pair;
        RawPair;
        Pair1;
        RawPair1;
        Pull;
        RawPull;
        Bus;
        RawBus;
        Sub, |sub| sub.subscribe("").unwrap();
        RawSub, |sub| sub.subscribe("").unwrap();
        Rep;
        RawRep;
        Respondent;
        RawRespondent;
        RawReq;
        Req, |req| {
            req.set_linger(Duration::ZERO);
            req.send("asked").unwrap();
        };
        Surveyor, |surveyor| surveyor.send("asked").unwrap();
    }
}

// rfc: sp-waiting W-31, sp-contexts C-04
#[test]
fn fault_86_receivers_of_a_context_that_closes() {
    macro_rules! swept {
        ($($socket:ident $(, |$it:ident| $prepare:expr)?;)*) => {$(
            let socket = $socket::new().unwrap();
            for case in cases() {
                let context = socket.context().unwrap();
                $(
                    let $it = &context;
                    $prepare;
                )?
                let close = || context.close();
                play(case, [(); 2].map(|()| context.recv_async()), close, no_message);
            }
        )*};
    }
    swept! {
        Sub, |sub| sub.subscribe("").unwrap();
        Rep;
        Respondent;
        Req, |req| req.send("asked").unwrap();
        Surveyor, |surveyor| surveyor.send("asked").unwrap();
    }
}

// rfc: sp-waiting W-31, sp-endpoint E-60
#[test]
fn fault_86_senders_of_a_socket_that_closes() {
    macro_rules! swept {
        ($($socket:ident),*) => {$(
            for case in cases() {
                let socket = $socket::new().unwrap();
                let futures = [(); 2].map(|()| socket.send_async("comes back"));
                play(case, futures, || _ = socket.close(), comes_back);
            }
        )*};
    }
    // Without a peer these wait.
    swept!(Pair, RawPair, Pair1, Push, RawPush, RawReq);
}
