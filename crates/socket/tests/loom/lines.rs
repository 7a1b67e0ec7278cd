//! Arrivals, closing and dropping cross the waits of threads and futures. A wait that nobody ends
//! is a deadlock, which loom reports.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use loom::future::block_on;
use loom::thread;

use crate::hub::Hub;
use crate::socket::Recv;
use crate::socket::calls::recv;

fn poll_once(future: &mut Recv<'_>) -> Poll<bool> {
    Pin::new(future).poll(&mut Context::from_waker(Waker::noop()))
}

/// A thread of the model that has the socket.
fn with<T: 'static>(
    hub: &Arc<Hub>,
    run: impl FnOnce(&Arc<Hub>) -> T + 'static,
) -> thread::JoinHandle<T> {
    let hub = hub.clone();
    thread::spawn(move || run(&hub))
}

// rfc: sp-waiting W-30
#[test]
fn a_message_that_comes_while_a_future_begins_to_wait_is_heard() {
    loom::model(|| {
        let hub = Hub::new();
        let sender = with(&hub, |hub| hub.arrive());
        assert!(block_on(Recv::new(&hub)));
        sender.join().unwrap();
    });
}

// rfc: sp-waiting W-32
#[test]
fn fault_86_a_future_that_is_dropped_at_any_moment_leaves_the_message_to_a_thread() {
    loom::model(|| {
        let hub = Hub::new();
        let receiver = with(&hub, recv);
        let canceller = with(&hub, |hub| {
            let mut future = Recv::new(hub);
            let taken = poll_once(&mut future) == Poll::Ready(true);
            drop(future);
            if taken {
                // It was quicker; then the thread is owed another.
                hub.arrive();
            }
        });
        hub.arrive();
        assert!(receiver.join().unwrap());
        canceller.join().unwrap();
        assert_eq!(hub.state.lock().messages, 0);
    });
}

// rfc: sp-waiting W-32
#[test]
fn fault_86_a_future_that_is_dropped_leaves_the_message_to_the_next_future() {
    loom::model(|| {
        let hub = Hub::new();
        let mut first = Recv::new(&hub);
        assert!(poll_once(&mut first).is_pending());
        let receiver = with(&hub, |hub| block_on(Recv::new(hub)));
        let sender = with(&hub, |hub| hub.arrive());
        drop(first);
        assert!(receiver.join().unwrap());
        sender.join().unwrap();
    });
}

// rfc: sp-endpoint E-60
#[test]
fn fault_85_closing_crosses_a_message_a_thread_and_a_future() {
    crate::with_preemptions(2, || {
        let hub = Hub::new();
        let in_thread = with(&hub, recv);
        let sender = with(&hub, |hub| hub.arrive());
        let closer = with(&hub, |hub| hub.close());
        let mut received = usize::from(block_on(Recv::new(&hub)));
        received += usize::from(in_thread.join().unwrap());
        sender.join().unwrap();
        closer.join().unwrap();
        assert_eq!(
            received + hub.state.lock().messages,
            1,
            "one or none, never two"
        );
    });
}

// rfc: sp-endpoint E-64
#[test]
fn two_messages_wake_a_thread_and_a_future() {
    crate::with_preemptions(2, || {
        let hub = Hub::new();
        let in_thread = with(&hub, recv);
        let sender = with(&hub, |hub| {
            hub.arrive();
            hub.arrive();
        });
        assert!(block_on(Recv::new(&hub)));
        assert!(in_thread.join().unwrap());
        sender.join().unwrap();
    });
}
