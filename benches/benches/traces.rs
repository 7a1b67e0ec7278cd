//! What does a message cost on its whole way within a process, and what more when tracing is built
//! in and nobody listens? Run it without the feature `tracing` and with it. See `rfc/sp-monitor.md`
//! section 5.
#![allow(clippy::unwrap_used, reason = "a bench fails by panicking")]

use std::hint::black_box;

use criterion::Criterion;
use speedwell::{Message, Pull, Push};

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    let (push, pull) = (Push::new().unwrap(), Pull::new().unwrap());
    pull.bind("inproc://traces").unwrap();
    push.connect("inproc://traces").unwrap();
    push.send("first").unwrap();
    pull.recv().unwrap();
    let message = Message::copy_from_slice(&[7; 64]);
    criterion.bench_function("traces/nothing to receive", |bencher| {
        // Nothing waits: what is measured is the call alone.
        bencher.iter(|| black_box(pull.try_recv()).is_err());
    });
    criterion.bench_function("traces/64 B sent and received", |bencher| {
        bencher.iter(|| {
            push.send(black_box(&message).clone()).unwrap();
            pull.recv().unwrap()
        });
    });
    criterion.final_summary();
}
