//! What does a message cost to make, clone and drop, inline and not? No socket is near.

use std::hint::black_box;

use criterion::{BatchSize, Criterion};
use speedwell_message::{Bytes, INLINE_OCTETS_MAX, Inbox, Message};

/// Inline; as much as is inline; the first that is not; what is copied when it is received.
const SIZES: [usize; 4] = [8, INLINE_OCTETS_MAX, INLINE_OCTETS_MAX + 1, 1024];

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    for size in SIZES {
        life(&mut criterion, size);
    }
    header(&mut criterion);
    inbox(&mut criterion);
    criterion.final_summary();
}

fn life(criterion: &mut Criterion, size: usize) {
    let mut group = criterion.benchmark_group(format!("message/{size} B"));
    let body = vec![7; size];
    group.bench_function("make from a slice and drop", |bencher| {
        bencher.iter(|| Message::copy_from_slice(black_box(&body)));
    });
    let shared = Bytes::from(body.clone());
    group.bench_function("make from shared octets and drop", |bencher| {
        bencher.iter(|| Message::from(black_box(&shared).clone()));
    });
    let message = Message::copy_from_slice(&body);
    group.bench_function("clone and drop", |bencher| {
        bencher.iter(|| black_box(&message).clone());
    });
    group.bench_function("drop", |bencher| {
        bencher.iter_batched(
            || Message::copy_from_slice(&body),
            drop,
            BatchSize::SmallInput,
        );
    });
    group.finish();
}

/// A word before a body of 64 octets, as REQ puts it there, and away again.
fn header(criterion: &mut Criterion) {
    let message = Message::copy_from_slice(&[7; 64]);
    criterion.bench_function("message/a header word and back", |bencher| {
        bencher.iter(|| {
            let mut asked = black_box(&message).clone();
            asked.push_header(&[0x80, 0, 0, 1]);
            assert!(asked.set_border(0));
            assert!(asked.body_to_header(4));
            assert!(asked.trim_header(0));
            asked
        });
    });
}

/// A batch of small messages filled and emptied.
fn inbox(criterion: &mut Criterion) {
    let message = Message::copy_from_slice(&[7; 64]);
    let mut inbox = Inbox::new();
    criterion.bench_function("message/an inbox of 64, filled and emptied", |bencher| {
        bencher.iter(|| {
            while !inbox.is_full() {
                inbox.push(message.clone());
            }
            while let Some(message) = inbox.pop() {
                black_box(message);
            }
        });
    });
}
