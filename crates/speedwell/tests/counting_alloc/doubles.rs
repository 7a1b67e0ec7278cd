//! A server that answers one question again and again fills no memory. Asserts no speed.

use std::thread;

use speedwell::{DropCause, Req};

use super::live_octets;
use super::raw_peer::{REP, RawPeer, prefix};
use super::stage::{alone, scaled};
use super::watch::{SOON, until};

/// What is decoded at a time, at most.
const READING: u64 = 64 * 1024;

/// Read buffers that are kept for threads that read now and then: made when they are first needed.
const BUFFERS: u64 = 4;

/// What else may be on its way: nothing of it for each answer.
const FLAT: u64 = 8 * 1024;

/// Answers that are written at a time.
const BURST: usize = 100;

// rfc: sp-reqrep R-18 R-20
#[test]
fn fault_21_doubled_answers_are_counted_and_not_kept() {
    let _alone = alone();
    let doubles = scaled(100_000);
    let req = Req::new().unwrap();
    let endpoint = req.bind("tcp://127.0.0.1:0").unwrap();
    let mut server = RawPeer::greets(endpoint.address(), REP);
    until("the server is there", || req.pipes() == 1);
    req.send("?").unwrap();
    let question = server.receives().unwrap();
    let id = question.strip_suffix(b"?").unwrap();
    server.sends(&[id, b"the good answer"].concat());

    let double = [id, &[0xbb; 1000]].concat();
    let framed = [&prefix(double.len() as u64)[..], &double].concat();
    let burst = framed.repeat(BURST);
    let stale = || req.stats().dropped(DropCause::Stale);
    let mut answers_again = |times: u64| {
        let due = stale() + times;
        let mut most = 0;
        thread::scope(|scope| {
            scope.spawn(|| (0..times / BURST as u64).for_each(|_| assert!(server.says(&burst))));
            until("all are counted", || {
                most = most.max(live_octets());
                stale() == due
            });
        });
        most
    };
    // What reading needs once is there afterwards.
    answers_again(doubles / 10);
    let before = live_octets();
    let most = answers_again(doubles);
    let after = live_octets();
    println!("{doubles} doubles: {before} octets before, {most} at most, {after} afterwards");
    assert!(after <= before + BUFFERS * READING + FLAT);
    assert!(most <= before + (BUFFERS + 1) * READING + FLAT);
    let answer = req.recv_timeout(SOON).unwrap();
    assert_eq!(answer.body(), b"the good answer");
}
