//! Every state of a context of SURVEYOR against every event: `tests/table_surveyor.txt`.
//! Obeys `rfc/sp-survey.md` section 7.

use speedwell_testkit::effects::RecordingEffects;
use speedwell_testkit::table::{self, Bench, Event, State};
use speedwell_wire::words::request_id;

use super::*;

/// The id of the `n`th survey of a machine in a fresh world.
fn id(n: u32) -> u32 {
    let first = RecordingEffects::new().cx().random() >> 32;
    request_id(u32::try_from(first).unwrap() + n - 1)
}

fn answer(n: u32) -> Message {
    Message::with_header(&word(id(n)), "answer".into())
}

fn question(bench: &mut Bench<Surveyor>) {
    bench.attach(1, 9);
    bench.attach(2, 9);
    bench.send(0, Message::from("q"));
}

fn answered(bench: &mut Bench<Surveyor>) {
    question(bench);
    bench.batch(1, vec![answer(1)]);
}

fn filled(bench: &mut Bench<Surveyor>) {
    question(bench);
    bench.batch(1, vec![answer(1); 65]);
}

fn policy(bench: &mut Bench<Surveyor>, overflow: Overflow) -> String {
    bench.tells(|surveyor, cx| surveyor.set_overflow(overflow, cx))
}

const STATES: [State<Surveyor>; 10] = [
    ("no pipe", |_| {}),
    ("p1", |bench| {
        bench.attach(1, 9);
    }),
    ("no pipe, asked", |bench| {
        bench.send(0, Message::from("q"));
    }),
    ("p1 full, asked", |bench| {
        bench.attach(1, 1);
        bench.open(7);
        bench.send(7, Message::from("other"));
        bench.close(7);
        bench.send(0, Message::from("q"));
    }),
    ("p1 full, p2, 1 held, asked", |bench| {
        policy(bench, Overflow::DropOldest);
        bench.attach(1, 1);
        bench.attach(2, 9);
        bench.send(0, Message::from("other"));
        bench.send(0, Message::from("held"));
    }),
    ("p1 full, p2, asked, blocks", |bench| {
        policy(bench, Overflow::Block);
        bench.attach(1, 1);
        bench.attach(2, 9);
        bench.send(0, Message::from("q"));
    }),
    ("asked p1 and p2", question),
    ("asked, p1 answered", answered),
    ("asked, an inbox of p1 is held", filled),
    ("over", |bench| {
        question(bench);
        bench.timer(0, DEADLINE_DEFAULT);
    }),
];

/// p1 and p2 may be there, p3 is new, p9 was never here. Context 1 was never opened.
const EVENTS: [Event<Surveyor>; 29] = [
    ("attach p3", |bench| bench.attach(3, 9)),
    ("detach p1", |bench| bench.detach(1, vec![])),
    ("detach p1, 1 unsent", |bench| {
        bench.detach(1, vec![answer(1)])
    }),
    ("detach p9", |bench| bench.detach(9, vec![])),
    ("send \"m\"", |bench| bench.send(0, Message::from("m"))),
    ("send with a header", |bench| {
        bench.send(0, Message::with_header(b"h", "m".into()))
    }),
    ("send on context 1", |bench| {
        bench.send(1, Message::from("m"))
    }),
    ("recv", |bench| bench.recv(0)),
    ("recv, past the deadline", |bench| {
        bench.world.advance(DEADLINE_DEFAULT);
        bench.recv(0)
    }),
    ("recv on context 1", |bench| bench.recv(1)),
    ("answer #1 on p1", |bench| bench.batch(1, vec![answer(1)])),
    ("answer #1 on p1, twice", |bench| {
        bench.batch(1, vec![answer(1), answer(1)])
    }),
    ("answer #1 on p2", |bench| bench.batch(2, vec![answer(1)])),
    ("answer #1 on p2, late", |bench| {
        bench.world.advance(DEADLINE_DEFAULT);
        bench.batch(2, vec![answer(1)])
    }),
    ("answer #2 on p1", |bench| bench.batch(1, vec![answer(2)])),
    ("answer #9 on p1", |bench| bench.batch(1, vec![answer(9)])),
    ("answer #1 on p9", |bench| bench.batch(9, vec![answer(1)])),
    ("3 octets on p1", |bench| {
        bench.batch(1, vec![Message::from("abc")])
    }),
    ("no id on p1", |bench| {
        bench.batch(1, vec![Message::from("abcdef")])
    }),
    ("writable p1", |bench| bench.writable(1)),
    ("timer, early", |bench| bench.timer(0, Duration::ZERO)),
    ("timer, due", |bench| bench.timer(0, DEADLINE_DEFAULT)),
    ("timer of context 1", |bench| {
        bench.timer(1, DEADLINE_DEFAULT)
    }),
    ("priority p1", |bench| bench.priority(1)),
    ("policy drop newest", |bench| {
        policy(bench, Overflow::DropNewest)
    }),
    ("policy drop oldest", |bench| {
        policy(bench, Overflow::DropOldest)
    }),
    ("policy block", |bench| policy(bench, Overflow::Block)),
    ("close", |bench| bench.close(0)),
    ("close context 1", |bench| bench.close(1)),
];

fn state_of(surveyor: &Surveyor) -> String {
    let state = match surveyor.contexts.get(&CtxId::MAIN) {
        None => "closed".to_owned(),
        Some(Exchange::Idle) => "idle".to_owned(),
        Some(Exchange::Open(survey)) => {
            let asked = survey.answers.pipes_len();
            let answers = if survey.answers.is_empty() {
                ""
            } else {
                ", answered"
            };
            format!("open, asked {asked}{answers}")
        }
        Some(Exchange::Over) => "over".to_owned(),
    };
    assert_eq!(surveyor.open.len(), usize::from(state.starts_with("open")));
    let sends = if surveyor.pipes.is_blocked() {
        ", blocked"
    } else {
        ""
    };
    let (pipes, held) = (surveyor.pipes.len(), surveyor.held().messages);
    format!("{state}, pipes {pipes}, held {held}{sends}")
}

#[test]
fn the_table_is_the_reviewed_one() {
    let words = [("#1", 1), ("#2", 2), ("#3", 3), ("#9", 9)].map(|(name, n)| (name, word(id(n))));
    let root = env!("CARGO_MANIFEST_DIR");
    table::check(root, "table_surveyor", &STATES, &EVENTS, &words, state_of);
}
