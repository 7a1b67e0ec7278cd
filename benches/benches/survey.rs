//! What do SURVEYOR and RESPONDENT cost for a survey and its answer, with no driver around them?
//! See `rfc/sp-survey.md`.

mod driver;

use std::hint::black_box;

use criterion::Criterion;
use driver::End;
use speedwell_protocol::Message;
use speedwell_survey::{Respondent, Surveyor};

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    let (mut surveyor, mut respondent) = (End::new(Surveyor::new()), End::new(Respondent::new()));
    for size in [64, 1024] {
        let message = Message::copy_from_slice(&vec![7; size]);
        criterion.bench_function(&format!("survey/{size} B asked and answered"), |bencher| {
            bencher.iter(|| {
                let asked = surveyor.send(black_box(&message).clone());
                let question = respondent.recv(asked);
                let answered = respondent.send(question);
                surveyor.recv(answered)
            });
        });
    }
    criterion.final_summary();
}
