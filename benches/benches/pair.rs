//! What does PAIR cost for a message, with no driver around it? See `rfc/sp-pair.md`.

mod driver;

use std::hint::black_box;

use criterion::Criterion;
use driver::End;
use speedwell_pair::Pair;
use speedwell_protocol::Message;

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    let (mut left, mut right) = (End::new(Pair::new()), End::new(Pair::new()));
    for size in [64, 1024] {
        let message = Message::copy_from_slice(&vec![7; size]);
        criterion.bench_function(&format!("pair/{size} B sent and received"), |bencher| {
            bencher.iter(|| {
                let sent = left.send(black_box(&message).clone());
                right.recv(sent)
            });
        });
    }
    criterion.final_summary();
}
