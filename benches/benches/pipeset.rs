//! Does choosing a pipe cost the same among 1, 100 and 10,000? See `rfc/sp-pipeline.md`.

use std::hint::black_box;
use std::time::Instant;

use criterion::{BenchmarkId, Criterion};
use speedwell_pipeset::{FairQueue, LoadBalance};
use speedwell_protocol::{
    CtxId, Cx, DropCause, Effects, EndCause, Flow, Inbox, Message, PipeId, Priority, TimerKey,
};
use speedwell_testkit::effects::pipe;

const PIPES: [u32; 3] = [1, 100, 10_000];
/// Messages of each batch that a pipe delivers.
const BATCH: usize = 8;

/// Takes every message, and remembers the last pipe that was resumed.
struct World {
    now: Instant,
    resumed: Option<PipeId>,
}

impl World {
    fn new() -> Self {
        Self {
            now: Instant::now(),
            resumed: None,
        }
    }
}

impl Effects for World {
    fn now(&mut self) -> Instant {
        self.now
    }

    fn random(&mut self) -> u64 {
        7
    }

    fn push(&mut self, _: PipeId, message: &mut Message) -> Flow {
        black_box(message);
        Flow::Open
    }

    fn arm(&mut self, _: TimerKey, _: Instant) {}

    fn cancel(&mut self, _: TimerKey) {}

    fn wake(&mut self, _: CtxId) {}

    fn resume(&mut self, pipe: PipeId) {
        self.resumed = Some(pipe);
    }

    fn close(&mut self, _: PipeId, _: EndCause) {}

    fn drop_counted(&mut self, _: Option<PipeId>, _: DropCause, _: u64) {}
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    load_balance(&mut criterion);
    fair_queue(&mut criterion);
    criterion.final_summary();
}

fn load_balance(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("pipeset/load-balance push");
    let message = Message::copy_from_slice(&[7; 64]);
    for pipes in PIPES {
        let mut set = LoadBalance::new();
        for n in 0..pipes {
            set.insert(pipe(n), Priority::default());
        }
        let mut world = World::new();
        group.bench_function(BenchmarkId::from_parameter(pipes), |bencher| {
            let cx = &mut Cx::new(&mut world);
            bencher.iter(|| set.push(&mut Some(black_box(&message).clone()), cx));
        });
    }
    group.finish();
}

/// Every pipe always holds messages: one whose batch ends delivers another at once, whose cost is
/// shared by its messages.
fn fair_queue(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("pipeset/fair-queue pop");
    let message = Message::copy_from_slice(&[7; 64]);
    for pipes in PIPES {
        let mut set = FairQueue::new();
        let mut inbox = Inbox::new();
        let mut deliver = |set: &mut FairQueue, pipe| {
            for _ in 0..BATCH {
                inbox.push(message.clone());
            }
            assert!(set.on_batch(pipe, &mut inbox), "the batch is taken");
        };
        for n in 0..pipes {
            set.insert(pipe(n), Priority::default());
            deliver(&mut set, pipe(n));
        }
        let mut world = World::new();
        group.bench_function(BenchmarkId::from_parameter(pipes), |bencher| {
            bencher.iter(|| {
                let popped = set.pop(&mut Cx::new(&mut world));
                if let Some(pipe) = world.resumed.take() {
                    deliver(&mut set, pipe);
                }
                popped
            });
        });
    }
    group.finish();
}
