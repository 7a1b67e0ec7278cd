//! A live pipe whose source the system no longer watches.

use std::net::UdpSocket;
use std::sync::Arc;

use speedwell_message::{Inbox, Message, PipeId};
use speedwell_transport::{Budget, Halves, RxHalf, RxState, Source, Tx};

use super::{Flushed, Pipe, TxSide};
use crate::bell::Bell;
use crate::io::{Limits, Watcher};
use crate::reactor::Shared;
use crate::testing::{FullStream, still};

const KEY: usize = 7;
const LIMITS: Limits = Limits {
    send: 1000,
    recv: 1000,
};

/// A stream that gives nothing now.
struct Empty;

impl RxHalf for Empty {
    fn read(&mut self, _: &mut Inbox, _: &mut Budget<'_>) -> RxState {
        RxState::idle()
    }
}

/// A pipe over a source of the system.
fn pipe(shared: &Arc<Shared>, bell: Arc<Bell>) -> (Pipe, TxSide) {
    let halves = Halves {
        source: Source::os(Arc::new(UdpSocket::bind("127.0.0.1:0").unwrap())),
        tx: Tx::Stream {
            framing: |_, _| 0,
            io: Box::new(FullStream),
        },
        rx: Box::new(Empty),
    };
    let watcher = Watcher::new(shared.clone(), KEY, bell);
    Pipe::new(PipeId::new(0, 1).unwrap(), halves, watcher, LIMITS)
}

// rfc: sp-endpoint E-65
#[test]
fn a_pipe_that_cannot_be_watched_rings_for_its_end_once() {
    let shared = still();
    let bell = Bell::new(KEY, Arc::downgrade(&shared));
    let (pipe, mut tx) = pipe(&shared, bell.clone());
    pipe.set_wants_read(true);
    assert!(pipe.failure().is_none());
    // The system forgets it; then a write finds no room, and has to wait for some.
    shared.set().remove(KEY).unwrap();
    let _ = tx.push(&pipe, &mut Message::from("late"), std::time::Instant::now);
    let mut found = Flushed::default();
    let stream = tx.begin(&pipe, &mut found).unwrap();
    pipe.block();
    assert!(tx.end(&pipe, stream, false, &mut found));
    pipe.sync_watch();
    let failure = pipe.failure().unwrap();
    assert!(failure.to_string().contains("watch"), "{failure}");
    assert_eq!(shared.take_rung(), [KEY]);
    bell.answer();
    // Its visit reads what is left, however often that takes, and fails again.
    pipe.set_wants_read(false);
    pipe.set_wants_read(true);
    assert_eq!(shared.take_rung(), []);
}
