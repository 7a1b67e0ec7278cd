//! What does BUS cost for a message, with no driver around it: for applications, and on the way
//! through a device? See `rfc/sp-bus.md`.

mod driver;

use std::hint::black_box;

use criterion::Criterion;
use driver::End;
use speedwell_bus::{Bus, RawBus};
use speedwell_protocol::Message;

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    let (mut left, mut right) = (End::new(Bus::new()), End::new(Bus::new()));
    let (mut front, mut back) = (End::new(RawBus::new()), End::new(RawBus::new()));
    for size in [64, 1024] {
        let message = Message::copy_from_slice(&vec![7; size]);
        criterion.bench_function(&format!("bus/{size} B said and heard"), |bencher| {
            bencher.iter(|| {
                let sent = left.send(black_box(&message).clone());
                right.recv(sent)
            });
        });
        criterion.bench_function(
            &format!("bus/{size} B heard raw and passed on"),
            |bencher| {
                bencher.iter(|| {
                    let mut passing = front.recv(black_box(&message).clone());
                    passing.set_header(&[]);
                    back.send(passing)
                });
            },
        );
    }
    criterion.final_summary();
}
