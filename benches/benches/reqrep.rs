//! What do REQ and REP cost for a question and its answer, with no driver around them? See
//! `rfc/sp-reqrep.md`.

mod driver;

use std::hint::black_box;

use criterion::Criterion;
use driver::End;
use speedwell_protocol::Message;
use speedwell_reqrep::{Rep, Req};

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    let (mut req, mut rep) = (End::new(Req::new()), End::new(Rep::new()));
    for size in [64, 1024] {
        let message = Message::copy_from_slice(&vec![7; size]);
        criterion.bench_function(&format!("reqrep/{size} B asked and answered"), |bencher| {
            bencher.iter(|| {
                let asked = req.send(black_box(&message).clone());
                let question = rep.recv(asked);
                let answered = rep.send(question);
                req.recv(answered)
            });
        });
    }
    criterion.final_summary();
}
