//! Sockets with a reactor and names of their own, made anew for each schedule.

use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use speedwell_inproc::{Inproc, Names};
use speedwell_protocol::Protocol;
use speedwell_socket::{Builder, Error, ErrorKind, Reactor, Socket, Transports};
use speedwell_testkit::effort::usual_or;
pub(crate) use speedwell_testkit::schedules::{
    Pace, block_on, explore, now, random, repeat, thread,
};

/// Longer than any model takes: a wait that comes to its end by this time has been in vain.
pub(crate) const EVER: Duration = Duration::from_secs(100_000);

pub(crate) const ADDRESS: &str = "inproc://a";

/// How many schedules each model is tried under, at each pace.
pub(crate) fn schedules() -> usize {
    usual_or(1_000, 100_000)
}

/// Tries a model at both paces.
pub(crate) fn at_any_pace(model: fn()) {
    for pace in [Pace::Patient, Pace::Hurried] {
        explore(schedules(), pace, model);
    }
}

/// Tries a model that needs no time: while time stands still nothing may wait for a time-out.
pub(crate) fn in_no_time(model: fn()) {
    explore(schedules(), Pace::Patient, move || {
        let began = now();
        model();
        assert_eq!(now(), began, "somebody was woken by the time only");
    });
    explore(schedules(), Pace::Hurried, model);
}

/// Makes sockets that one reactor serves.
pub(crate) struct Stage(Builder);

impl Stage {
    pub(crate) fn new() -> Self {
        let transports = Transports::new().with(Inproc::with_names(Names::default()));
        Self(Builder::new(transports).reactor(Reactor::new().unwrap()))
    }

    pub(crate) fn open<P: Protocol>(&self, protocol: P) -> Arc<Socket<P>> {
        Arc::new(self.0.open(protocol).unwrap())
    }

    /// Two sockets, of which the second connects to the first.
    pub(crate) fn join<B: Protocol, C: Protocol>(
        &self,
        bound: B,
        connected: C,
    ) -> (Arc<Socket<B>>, Arc<Socket<C>>) {
        let (bound, connected) = (self.open(bound), self.open(connected));
        bound.bind(ADDRESS).unwrap();
        connected.connect(ADDRESS).unwrap();
        (bound, connected)
    }
}

/// A thread of the model that has something.
pub(crate) fn with<S: Send + Sync + 'static, T: Send + 'static>(
    shared: &Arc<S>,
    run: impl FnOnce(&S) -> T + Send + 'static,
) -> thread::JoinHandle<T> {
    let shared = shared.clone();
    thread::spawn(move || run(&shared))
}

/// Waits for all of them.
pub(crate) fn join_all<T, const COUNT: usize>(
    threads: [thread::JoinHandle<T>; COUNT],
) -> [T; COUNT] {
    threads.map(|it| it.join().unwrap())
}

/// Lets the others go on for a while.
pub(crate) fn meanwhile() {
    for _ in 0..random() % 100 {
        thread::yield_now();
    }
}

/// Polls a future once, and drops it a moment later.
pub(crate) fn poll_once<T>(future: impl Future<Output = T>) -> Poll<T> {
    let mut future = pin!(future);
    let polled = future
        .as_mut()
        .poll(&mut Context::from_waker(Waker::noop()));
    thread::yield_now();
    polled
}

/// What a call says that may come after closing has begun.
pub(crate) fn is_closed(error: &Error) -> bool {
    error.kind() == ErrorKind::Closed
}
