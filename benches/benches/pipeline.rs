//! What do PUSH and PULL cost for a message, with no driver around them? See `rfc/sp-pipeline.md`.

mod driver;

use std::hint::black_box;

use criterion::Criterion;
use driver::End;
use speedwell_pipeline::{Pull, Push};
use speedwell_protocol::Message;

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    let (mut push, mut pull) = (End::new(Push::new()), End::new(Pull::new()));
    for size in [64, 1024] {
        let message = Message::copy_from_slice(&vec![7; size]);
        criterion.bench_function(&format!("pipeline/{size} B pushed and pulled"), |bencher| {
            bencher.iter(|| {
                let sent = push.send(black_box(&message).clone());
                pull.recv(sent)
            });
        });
    }
    criterion.final_summary();
}
