//! Surveys over tcp and inproc: everybody is asked, who answers in time is heard, and then it is
//! over. Obeys `rfc/sp-survey.md`.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeSet;
use std::thread;
use std::time::{Duration, Instant};

use speedwell::{ErrorKind, Message, RawRespondent, RawSurveyor, Respondent, Surveyor};

const SOON: Duration = Duration::from_secs(10);

/// Where a test takes place; the names of inproc are the whole process's.
fn places(name: &str) -> [String; 2] {
    ["tcp://127.0.0.1:0".to_owned(), format!("inproc://{name}")]
}

/// Waits for so many peers.
fn meet(pipes: impl Fn() -> usize, count: usize) {
    let begin = Instant::now();
    while pipes() < count {
        assert!(begin.elapsed() < SOON, "{} of {count} peers", pipes());
        thread::yield_now();
    }
}

#[test]
fn fault_25_everybody_is_heard_and_nobody_after_the_deadline() {
    // rfc: sp-survey S-03, S-07, S-10, S-12, S-13, S-15
    for place in places("a survey") {
        let surveyor = Surveyor::new().unwrap();
        // Long enough for a busy machine, and short enough to wait for.
        surveyor.set_deadline(Duration::from_secs(2)).unwrap();
        let endpoint = surveyor.bind(&place).unwrap();
        let peers: Vec<Respondent> = (0..3).map(|_| Respondent::new().unwrap()).collect();
        for peer in &peers {
            peer.connect(endpoint.address()).unwrap();
        }
        meet(|| surveyor.pipes(), peers.len());
        assert_eq!(surveyor.recv().unwrap_err().kind(), ErrorKind::State);
        surveyor.send("your name?").unwrap();
        let (late, early) = peers.split_last().unwrap();
        for (n, peer) in early.iter().enumerate() {
            assert_eq!(peer.recv_timeout(SOON).unwrap().body(), b"your name?");
            peer.send(format!("peer {n}")).unwrap();
        }
        assert_eq!(late.recv_timeout(SOON).unwrap().body(), b"your name?");
        let heard = (0..2).map(|_| surveyor.recv_timeout(SOON).unwrap().body().to_vec());
        let heard: BTreeSet<Vec<u8>> = heard.collect();
        assert_eq!(
            heard,
            BTreeSet::from([b"peer 0".to_vec(), b"peer 1".to_vec()])
        );
        let over = surveyor.recv_timeout(SOON).unwrap_err();
        assert_eq!(over.kind(), ErrorKind::TimedOut, "{place}");
        late.send("too late").unwrap();
        assert_eq!(surveyor.recv().unwrap_err().kind(), ErrorKind::State);
        // The late answer comes before the next, on the same pipe, and is not taken for it.
        surveyor.send("and now?").unwrap();
        assert_eq!(late.recv_timeout(SOON).unwrap().body(), b"and now?");
        late.send("in time").unwrap();
        assert_eq!(surveyor.recv_timeout(SOON).unwrap().body(), b"in time");
    }
}

#[test]
fn a_raw_socket_shows_the_same_header_however_the_message_came() {
    // rfc: sp-survey S-05, S-21, S-23
    for place in places("raw surveys") {
        let respondent = RawRespondent::new().unwrap();
        respondent.set_ttl(2).unwrap();
        let endpoint = respondent.bind(&place).unwrap();
        let surveyor = RawSurveyor::new().unwrap();
        surveyor.connect(endpoint.address()).unwrap();
        meet(|| surveyor.pipes(), 1);
        let trace = b"\0\0\0\x05\x80\0\0\x07";
        surveyor
            .send(Message::with_header(trace, "body".into()))
            .unwrap();
        let survey = respondent.recv_timeout(SOON).unwrap();
        assert_eq!(survey.header().get(4..), Some(&trace[..]), "{place}");
        respondent.send(survey).unwrap();
        let answer = surveyor.recv_timeout(SOON).unwrap();
        assert_eq!(answer.header(), b"\0\0\0\x05");
        assert_eq!(answer.body(), b"\x80\0\0\x07body");
    }
}

#[test]
fn row_21_who_answers_without_end_fills_no_memory_and_stops_nobody() {
    // rfc: sp-survey S-28, S-29
    const ANSWERS: usize = 20_000;
    for place in places("a flood") {
        let surveyor = Surveyor::new().unwrap();
        surveyor.set_deadline(SOON).unwrap();
        let endpoint = surveyor.bind(&place).unwrap();
        let (flooder, other) = (RawRespondent::new().unwrap(), Respondent::new().unwrap());
        flooder.connect(endpoint.address()).unwrap();
        other.connect(endpoint.address()).unwrap();
        meet(|| surveyor.pipes(), 2);
        surveyor.send("?").unwrap();
        let question = flooder.recv_timeout(SOON).unwrap();
        for _ in 0..ANSWERS {
            flooder.send(question.clone()).unwrap();
        }
        assert_eq!(other.recv_timeout(SOON).unwrap().body(), b"?");
        other.send("once").unwrap();
        let begin = Instant::now();
        while surveyor.stats().messages_in < 65 {
            assert!(begin.elapsed() < SOON, "{:?}", surveyor.stats());
            thread::yield_now();
        }
        let taken = surveyor.stats().messages_in;
        assert_eq!(
            taken, 65,
            "an inbox of one, and the answer of the other: {place}"
        );
        // They take turns.
        let heard: Vec<_> = (0..3)
            .map(|_| surveyor.recv_timeout(SOON).unwrap().body().to_vec())
            .collect();
        assert!(heard.contains(&b"once".to_vec()), "{heard:?}");
        // What is left of the last survey is dropped, and the next is heard.
        surveyor.send("and now?").unwrap();
        assert_eq!(other.recv_timeout(SOON).unwrap().body(), b"and now?");
        other.send("again").unwrap();
        assert_eq!(surveyor.recv_timeout(SOON).unwrap().body(), b"again");
    }
}
