//! An executor written by hand: a future is polled when its test says so, and wake-ups are counted.

use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

use speedwell::{Pull, Push};

/// Far longer than anything here takes, on a busy machine too.
pub(crate) const SOON: Duration = Duration::from_secs(20);

/// How long others wait for a future that was called and does not come, `W-37`.
const RECALL_AFTER: Duration = Duration::from_millis(100);

/// That nobody was called since `start`, unless so much time has passed that another had to be.
pub(crate) fn assert_asleep(counted: &Counted, start: Instant) {
    let count = counted.count();
    assert!(
        count == 0 || start.elapsed() >= RECALL_AFTER,
        "{count} calls"
    );
}

/// Counts how often it is woken, and unparks the thread that made it.
pub(crate) struct Counted {
    thread: Thread,
    woken: AtomicUsize,
}

impl Counted {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self {
            thread: thread::current(),
            woken: AtomicUsize::new(0),
        })
    }

    pub(crate) fn count(&self) -> usize {
        self.woken.load(Ordering::SeqCst)
    }

    /// Waits until it was woken so often.
    pub(crate) fn await_count(&self, count: usize) {
        let start = Instant::now();
        while self.count() < count {
            assert!(start.elapsed() < SOON, "nobody woke it");
            thread::park_timeout(Duration::from_millis(100));
        }
    }
}

impl Wake for Counted {
    fn wake(self: Arc<Self>) {
        self.woken.fetch_add(1, Ordering::SeqCst);
        self.thread.unpark();
    }
}

/// Polls once.
pub(crate) fn poll<F: Future + Unpin>(future: &mut F, counted: &Arc<Counted>) -> Poll<F::Output> {
    let waker = Waker::from(counted.clone());
    Pin::new(future).poll(&mut Context::from_waker(&waker))
}

/// Runs a future to its end on this thread.
pub(crate) fn block_on<T>(future: impl Future<Output = T>) -> T {
    let counted = Counted::new();
    let mut future = pin!(future);
    let mut woken = 0;
    loop {
        let waker = Waker::from(counted.clone());
        if let Poll::Ready(done) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
            return done;
        }
        counted.await_count(woken + 1);
        woken = counted.count();
    }
}

/// A PUSH and a PULL of this process.
pub(crate) fn pipeline(test: &str) -> (Push, Pull) {
    let address = format!("inproc://futures/{test}");
    let (push, pull) = (Push::new().unwrap(), Pull::new().unwrap());
    pull.bind(&address).unwrap();
    push.connect(&address).unwrap();
    push.wait_for_peers(1, SOON).unwrap();
    pull.wait_for_peers(1, SOON).unwrap();
    (push, pull)
}

// rfc: sp-waiting W-30
#[test]
fn a_future_needs_no_runtime() {
    let (push, pull) = pipeline("by hand");
    thread::scope(|scope| {
        scope.spawn(|| {
            block_on(async {
                for number in 0..1_000_u32 {
                    push.send_async(number.to_be_bytes()).await.unwrap();
                }
            });
        });
        block_on(async {
            for number in 0..1_000_u32 {
                let message = pull.recv_async().await.unwrap();
                assert_eq!(message.body(), number.to_be_bytes());
            }
        });
    });
}

// rfc: sp-waiting W-30
#[test]
fn events_come_to_a_future() {
    let pair = speedwell::Pair::new().unwrap();
    let events = pair.events();
    let counted = Counted::new();
    let mut next = events.next_async();
    assert!(poll(&mut next, &counted).is_pending());
    let bound = pair.bind("tcp://127.0.0.1:0").unwrap();
    let peer = speedwell::Pair::new().unwrap();
    peer.connect(bound.address()).unwrap();
    counted.await_count(1);
    let Poll::Ready(Ok(event)) = poll(&mut next, &counted) else {
        panic!("it was woken for an event");
    };
    println!("{event:?}");
    thread::scope(|scope| {
        scope.spawn(|| pair.close());
        let last = block_on(async {
            loop {
                if let Err(error) = events.next_async().await {
                    break error;
                }
            }
        });
        assert_eq!(last.kind(), speedwell::ErrorKind::Closed);
    });
}

// rfc: sp-waiting W-35
#[test]
fn the_time_outs_of_threads_do_not_bound_a_future() {
    let (push, pull) = pipeline("time-outs");
    pull.set_recv_timeout(Some(Duration::from_millis(1)));
    let counted = Counted::new();
    let mut future = pull.recv_async();
    assert!(poll(&mut future, &counted).is_pending());
    assert_eq!(
        pull.recv().unwrap_err().kind(),
        speedwell::ErrorKind::TimedOut
    );
    assert!(poll(&mut future, &counted).is_pending());
    push.send("at last").unwrap();
    assert_eq!(block_on(future).unwrap().body(), b"at last");
}
