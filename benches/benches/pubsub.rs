//! What do PUB and SUB cost for a message, with no driver around them, and with many topics? See
//! `rfc/sp-pubsub.md`.
#![allow(clippy::unwrap_used, reason = "a bench fails by panicking")]

mod driver;

use std::hint::black_box;

use criterion::Criterion;
use driver::End;
use speedwell_protocol::Message;
use speedwell_pubsub::{Pub, Sub};

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    let mut publisher = End::new(Pub::new());
    for topics in [1, 1000] {
        let mut sub = Sub::new();
        for topic in 0..topics {
            sub.subscribe(format!("topic {topic:03}.").as_bytes())
                .unwrap();
        }
        let mut sub = End::new(sub);
        for size in [64, 1024] {
            let mut body = b"topic 000.".to_vec();
            body.resize(size, 7);
            let message = Message::from(body);
            let name = format!("pubsub/{size} B published and heard, of {topics} topics");
            criterion.bench_function(&name, |bencher| {
                bencher.iter(|| {
                    let sent = publisher.send(black_box(&message).clone());
                    sub.recv(sent)
                });
            });
        }
    }
    criterion.final_summary();
}
