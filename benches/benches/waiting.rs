//! What a round trip costs that waits in threads, and one that waits as a future: the same sockets,
//! the same peer, the same machine. One processor (`taskset -c 0`) shows the cost, more the noise.
#![allow(
    clippy::unwrap_used,
    reason = "a bench that cannot go on has nothing to say"
)]

use std::hint::black_box;

use criterion::Criterion;
use speedwell::{Rep, Req};

mod executor {
    //! As little as an executor can be: the thread sleeps until it is woken.

    use std::future::Future;
    use std::pin::pin;
    use std::sync::Arc;
    use std::task::{Context, Poll, Wake, Waker};
    use std::thread::{self, Thread};

    struct Unpark(Thread);

    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }

    pub(crate) fn block_on<T>(future: impl Future<Output = T>) -> T {
        let waker = Waker::from(Arc::new(Unpark(thread::current())));
        let mut future = pin!(future);
        loop {
            if let Poll::Ready(done) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
                return done;
            }
            thread::park();
        }
    }
}

/// A REQ whose REP echoes, in a thread or as a future.
fn with_echo(address: &str, echo: fn(&Rep), run: impl FnOnce(&Req)) {
    let (req, rep) = (Req::new().unwrap(), Rep::new().unwrap());
    let bound = rep.bind(address).unwrap();
    req.connect(bound.address()).unwrap();
    std::thread::scope(|scope| {
        scope.spawn(|| echo(&rep));
        run(&req);
        rep.close();
    });
}

fn echo_in_a_thread(rep: &Rep) {
    while let Ok(question) = rep.recv() {
        if rep.send(question).is_err() {
            return;
        }
    }
}

fn echo_as_a_future(rep: &Rep) {
    executor::block_on(async {
        while let Ok(question) = rep.recv_async().await {
            if rep.send_async(question).await.is_err() {
                return;
            }
        }
    });
}

fn round_trips(c: &mut Criterion) {
    for address in ["tcp://127.0.0.1:0", "inproc://round trips"] {
        let scheme = address.split(':').next().unwrap_or_default();
        let mut group = c.benchmark_group(format!("round trip/{scheme}"));
        with_echo(address, echo_in_a_thread, |req| {
            group.bench_function("threads", |b| {
                b.iter(|| {
                    req.send("question").unwrap();
                    black_box(req.recv().unwrap());
                });
            });
        });
        with_echo(address, echo_as_a_future, |req| {
            group.bench_function("futures", |b| {
                b.iter(|| {
                    executor::block_on(async {
                        req.send_async("question").await.unwrap();
                        black_box(req.recv_async().await.unwrap());
                    });
                });
            });
        });
        group.finish();
    }
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    round_trips(&mut criterion);
    criterion.final_summary();
}
