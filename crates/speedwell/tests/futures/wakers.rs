//! Wakers that are replaced, that use the socket, that panic, or that own what they wake.

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Barrier, Mutex};
use std::task::{Context, Wake, Waker};
use std::thread;
use std::time::Instant;

use speedwell::{Builder, Pull, Push, Reactor, RecvFuture, default_transports};

use crate::by_hand::{Counted, SOON, pipeline, poll};

// rfc: sp-waiting W-33
#[test]
fn fault_87_the_waker_of_the_latest_poll_is_woken_and_no_other() {
    let (push, pull) = pipeline("replaced");
    let (old, new) = (Counted::new(), Counted::new());
    let mut future = pull.recv_async();
    assert!(poll(&mut future, &old).is_pending());
    assert!(poll(&mut future, &new).is_pending());
    assert_eq!(Arc::strong_count(&old), 1, "it is kept no longer");
    push.send("x").unwrap();
    new.await_count(1);
    assert_eq!(old.count(), 0);
    assert!(poll(&mut future, &new).is_ready());
    // Whoever woke it drops it when that is done.
    let start = Instant::now();
    while Arc::strong_count(&new) > 1 {
        assert!(start.elapsed() < SOON, "it is kept");
        thread::yield_now();
    }
}

struct Panics(AtomicBool);

impl Panics {
    /// Waits until it was called.
    fn await_call(&self) {
        let start = Instant::now();
        while !self.0.load(Ordering::SeqCst) {
            assert!(start.elapsed() < SOON, "nobody called it");
            thread::yield_now();
        }
    }
}

impl Wake for Panics {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::SeqCst);
        panic!("as a waker may");
    }
}

// rfc: sp-waiting W-34
#[test]
fn fault_87_a_waker_that_panics_harms_nobody_else() {
    let (push, pull) = pipeline("panics");
    let panics = Arc::new(Panics(AtomicBool::new(false)));
    let mut future = pull.recv_async();
    let waker = Waker::from(panics.clone());
    let polled = Pin::new(&mut future).poll(&mut Context::from_waker(&waker));
    assert!(polled.is_pending());
    let counted = Counted::new();
    let mut other = pull.recv_async();
    assert!(poll(&mut other, &counted).is_pending());
    push.send("one").unwrap();
    push.send("two").unwrap();
    // It was called and never comes; the next is called by whoever drops it.
    panics.await_call();
    drop(future);
    counted.await_count(1);
    assert!(poll(&mut other, &counted).is_ready());
    assert_eq!(pull.recv_timeout(SOON).unwrap().body(), b"two");
}

/// Receives and sends in the middle of being woken.
struct Uses {
    pull: Arc<Pull>,
    received: Mutex<Vec<String>>,
    counted: Arc<Counted>,
}

impl Wake for Uses {
    fn wake(self: Arc<Self>) {
        while let Ok(message) = self.pull.try_recv() {
            let body = String::from_utf8_lossy(message.body()).into_owned();
            self.received.lock().unwrap().push(body);
        }
        assert_eq!(self.pull.messages().ids().me.0, 81);
        self.counted.clone().wake();
    }
}

// rfc: sp-waiting W-34
#[test]
fn fault_87_a_waker_may_use_the_socket_that_wakes_it() {
    let (push, pull) = pipeline("uses");
    let pull = Arc::new(pull);
    let uses = Arc::new(Uses {
        pull: pull.clone(),
        received: Mutex::default(),
        counted: Counted::new(),
    });
    let mut future = pull.recv_async();
    let waker = Waker::from(uses.clone());
    let polled = Pin::new(&mut future).poll(&mut Context::from_waker(&waker));
    assert!(polled.is_pending());
    push.send("x").unwrap();
    uses.counted.await_count(1);
    assert_eq!(*uses.received.lock().unwrap(), ["x"]);
}

/// Owns the future that it wakes, and the socket: a task that nobody else holds.
struct Task {
    _future: Mutex<Option<RecvFuture<'static>>>,
}

impl Wake for Task {
    fn wake(self: Arc<Self>) {}
}

// rfc: sp-waiting W-34
#[test]
fn fault_88_the_last_waker_may_drop_the_future_itself() {
    let (push, pull) = pipeline("owns");
    let pull: &'static Pull = Box::leak(Box::new(pull));
    let task = Arc::new(Task {
        _future: Mutex::new(None),
    });
    let mut future = pull.recv_async();
    let waker = Waker::from(task.clone());
    let polled = Pin::new(&mut future).poll(&mut Context::from_waker(&waker));
    assert!(polled.is_pending());
    *task._future.lock().unwrap() = Some(future);
    let weak = Arc::downgrade(&task);
    drop((task, waker));
    assert_eq!(weak.strong_count(), 1, "only the socket has it");
    push.send("kept").unwrap();
    assert_eq!(pull.recv_timeout(SOON).unwrap().body(), b"kept");
    assert_eq!(weak.strong_count(), 0);
}

/// Stops in the middle of being woken until it is told to go on, and then does something once.
struct Stops {
    is_in: Barrier,
    may_go_on: Barrier,
    then: Mutex<Option<Box<dyn FnOnce() + Send>>>,
    is_done: Arc<Counted>,
}

impl Stops {
    fn then(run: impl FnOnce() + Send + 'static) -> Arc<Self> {
        Arc::new(Self {
            is_in: Barrier::new(2),
            may_go_on: Barrier::new(2),
            then: Mutex::new(Some(Box::new(run))),
            is_done: Counted::new(),
        })
    }
}

impl Wake for Stops {
    fn wake(self: Arc<Self>) {
        self.is_in.wait();
        self.may_go_on.wait();
        let then = self.then.lock().unwrap().take().unwrap();
        then();
        self.is_done.clone().wake();
    }
}

/// A PULL with a reactor of its own, so that only its own test hangs if that does, and a PUSH.
fn apart(test: &str) -> (Push, Pull) {
    let reactor = Reactor::new().unwrap();
    let builder = Builder::new(default_transports()).reactor(reactor);
    let address = format!("inproc://futures/{test}");
    let (push, pull) = (Push::new().unwrap(), Pull::with_builder(&builder).unwrap());
    pull.bind(&address).unwrap();
    push.connect(&address).unwrap();
    pull.wait_for_peers(1, SOON).unwrap();
    (push, pull)
}

// rfc: sp-waiting W-34
#[test]
fn fault_88_a_waker_may_drop_the_last_handle_of_the_socket_that_wakes_it() {
    let (push, pull) = apart("last handle");
    let pull = Arc::new(pull);
    let last = pull.clone();
    let stops = Stops::then(move || drop(last));
    {
        let mut future = pull.recv_async();
        let waker = Waker::from(stops.clone());
        let polled = Pin::new(&mut future).poll(&mut Context::from_waker(&waker));
        assert!(polled.is_pending());
        push.send("x").unwrap();
        stops.is_in.wait();
    }
    drop(pull);
    stops.may_go_on.wait();
    stops.is_done.await_count(1);
    // It is closed, and its peer hears of that.
    let start = Instant::now();
    while push.pipes() > 0 {
        assert!(start.elapsed() < SOON, "it is open still");
        thread::yield_now();
    }
}

// rfc: sp-waiting W-34
#[test]
fn fault_87_a_waker_may_close_the_endpoint_whose_peer_wakes_it() {
    let pull =
        Pull::with_builder(&Builder::new(default_transports()).reactor(Reactor::new().unwrap()))
            .unwrap();
    let bound = pull.bind("inproc://futures/closed in its waker").unwrap();
    let address = bound.address().to_owned();
    let mut future = pull.wait_for_peers_async(1);
    let stops = Stops::then(move || bound.close());
    let waker = Waker::from(stops.clone());
    let polled = Pin::new(&mut future).poll(&mut Context::from_waker(&waker));
    assert!(polled.is_pending());
    let push = Push::new().unwrap();
    push.connect(&address).unwrap();
    stops.is_in.wait();
    stops.may_go_on.wait();
    stops.is_done.await_count(1);
    Pull::new().unwrap().bind(&address).unwrap();
}
