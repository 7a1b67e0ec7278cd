//! Questions and answers over tcp and inproc, and servers that die in between.
//! Obeys `rfc/sp-reqrep.md`.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::sync::{Barrier, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use speedwell::{DropCause, Endpoint, Error, ErrorKind, Message, RawRep, RawReq, Rep, Req};

const SOON: Duration = Duration::from_secs(10);

/// Where a test takes place; the names of inproc are the whole process's.
fn places(name: &str) -> [String; 2] {
    ["tcp://127.0.0.1:0".to_owned(), format!("inproc://{name}")]
}

fn bound(address: &str) -> (Rep, Endpoint) {
    let rep = Rep::new().unwrap();
    let endpoint = rep.bind(address).unwrap();
    (rep, endpoint)
}

fn connected(endpoint: &Endpoint) -> Req {
    let req = Req::new().unwrap();
    req.set_reconnect(Duration::from_millis(10), Duration::ZERO);
    req.connect(endpoint.address()).unwrap();
    req
}

#[test]
fn questions_of_every_size_are_answered() {
    // rfc: sp-reqrep
    for place in places("every size") {
        let (rep, endpoint) = bound(&place);
        let req = connected(&endpoint);
        for size in [0, 1, 60, 68, 69, 72, 73, 1000, 16_384, 16_385, 500_000] {
            let body = vec![7; size];
            req.send(&body).unwrap();
            let question = rep.recv_timeout(SOON).unwrap();
            assert!(question.header().is_empty());
            assert_eq!(question.body(), body);
            rep.send(question).unwrap();
            let answer = req.recv_timeout(SOON).unwrap();
            assert!(answer.header().is_empty());
            assert_eq!(answer.body(), body, "{place}, {size} octets");
        }
    }
}

#[test]
fn a_raw_socket_shows_the_same_header_however_the_message_came() {
    // rfc: sp-reqrep
    for place in places("raw") {
        for size in [0, 10, 1000] {
            let rep = RawRep::new().unwrap();
            let endpoint = rep.bind(&place).unwrap();
            let req = RawReq::new().unwrap();
            req.connect(endpoint.address()).unwrap();
            let trace = b"\0\0\0\x05\x80\0\0\x07";
            req.send(Message::with_header(trace, vec![1; size].into()))
                .unwrap();
            let question = rep.recv_timeout(SOON).unwrap();
            assert_eq!(question.header().get(4..), Some(&trace[..]), "{place}");
            assert_eq!(question.body(), vec![1; size]);
            rep.send(question).unwrap();
            let answer = req.recv_timeout(SOON).unwrap();
            assert_eq!(answer.header(), b"\0\0\0\x05");
            assert_eq!(
                answer.body(),
                [b"\x80\0\0\x07", &vec![1; size][..]].concat()
            );
        }
    }
}

#[test]
fn fault_71_a_server_that_comes_back_answers_the_question_that_waits() {
    // rfc: sp-reqrep R-12
    for place in places("another server") {
        let (rep, endpoint) = bound(&place);
        let req = connected(&endpoint);
        req.send("who is there?").unwrap();
        assert_eq!(rep.recv_timeout(SOON).unwrap().body(), b"who is there?");
        let (tell, told) = mpsc::channel();
        let waiting = thread::spawn(move || tell.send(req.recv_timeout(SOON)));
        // The server dies with the question, and another takes its place.
        drop(rep);
        let begin = Instant::now();
        let (rep, _) = bound(endpoint.address());
        assert_eq!(rep.recv_timeout(SOON).unwrap().body(), b"who is there?");
        rep.send("another").unwrap();
        let answer = told.recv_timeout(SOON).unwrap().unwrap();
        assert_eq!(answer.body(), b"another");
        println!("{place}: answered {:?} after the new bind", begin.elapsed());
        waiting.join().unwrap().unwrap();
    }
}

#[test]
fn a_silent_server_is_passed_over_after_the_interval() {
    // rfc: sp-reqrep
    for place in places("a silent server") {
        let (silent, endpoint) = bound(&place);
        let req = connected(&endpoint);
        req.set_resend(Some(Duration::from_millis(20))).unwrap();
        req.send("?").unwrap();
        silent.recv_timeout(SOON).unwrap();
        let (other, endpoint) = bound(&place.replace("silent", "second"));
        req.connect(endpoint.address()).unwrap();
        other.recv_timeout(SOON).unwrap();
        other.send("!").unwrap();
        assert_eq!(req.recv_timeout(SOON).unwrap().body(), b"!");
    }
}

#[test]
fn copies_do_not_pile_up_before_a_server_that_reads_nothing() {
    // rfc: sp-reqrep R-14
    let asks = |endpoint: &Endpoint| {
        let req = connected(endpoint);
        req.set_resend(Some(Duration::from_millis(1))).unwrap();
        req.send("?").unwrap();
        req
    };
    let (_stalled, endpoint) = bound("inproc://who reads nothing");
    let req = asks(&endpoint);
    // The clock is another server, who reads and never answers.
    let (reader, endpoint) = bound("inproc://who only reads");
    let _clock = asks(&endpoint);
    for _ in 0..50 {
        reader.recv_timeout(SOON).unwrap();
    }
    // One in the machine there, one before it, and one on this side.
    let sent = req.stats().messages_out;
    assert!((1..=3).contains(&sent), "{sent} copies");
}

#[test]
fn who_asks_once_is_told_that_the_server_is_gone() {
    // rfc: sp-reqrep
    for place in places("asked once") {
        let (rep, endpoint) = bound(&place);
        let req = connected(&endpoint);
        let state = |result: Result<Message, Error>| result.unwrap_err().kind();
        assert_eq!(state(req.recv()), ErrorKind::State);
        req.set_resend(None).unwrap();
        req.send("only once").unwrap();
        assert_eq!(state(req.try_recv()), ErrorKind::WouldBlock);
        rep.recv_timeout(SOON).unwrap();
        let waiting = thread::spawn(move || (req.recv_timeout(SOON), req));
        drop(rep);
        let (received, req) = waiting.join().unwrap();
        assert_eq!(state(received), ErrorKind::PeerLost, "{place}");
        let (rep, _) = bound(endpoint.address());
        req.send("anew").unwrap();
        assert_eq!(rep.recv_timeout(SOON).unwrap().body(), b"anew");
    }
}

#[test]
fn everybody_who_waits_is_told_that_the_server_is_gone() {
    // rfc: sp-reqrep sp-endpoint E-64
    for place in places("all are told") {
        let (rep, endpoint) = bound(&place);
        let req = connected(&endpoint);
        req.set_resend(None).unwrap();
        req.send("only once").unwrap();
        rep.recv_timeout(SOON).unwrap();
        let all_are_here = Barrier::new(9);
        thread::scope(|scope| {
            let asking = [(); 8].map(|()| {
                scope.spawn(|| {
                    all_are_here.wait();
                    req.recv_timeout(SOON).unwrap_err().kind()
                })
            });
            all_are_here.wait();
            drop(rep);
            let told = asking.map(|thread| thread.join().unwrap());
            assert_eq!(told, [ErrorKind::PeerLost; 8], "{place}");
        });
    }
}

#[test]
fn who_is_in_a_hurry_is_told_that_there_is_no_server() {
    // rfc: sp-reqrep
    let req = Req::new().unwrap();
    req.set_fail_fast(true).unwrap();
    let error = req.send("now!").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NoPeer);
    assert_eq!(error.into_message().body(), b"now!");
    req.set_fail_fast(false).unwrap();
    req.send("whenever").unwrap();
    let (rep, endpoint) = bound("tcp://127.0.0.1:0");
    req.connect(endpoint.address()).unwrap();
    assert_eq!(rep.recv_timeout(SOON).unwrap().body(), b"whenever");
    req.set_fail_fast(true).unwrap();
    req.send("with a server").unwrap();
    assert_eq!(rep.recv_timeout(SOON).unwrap().body(), b"with a server");
}

#[test]
fn a_server_hears_everybody_and_answers_each() {
    // rfc: sp-reqrep
    let (rep, endpoint) = bound("tcp://127.0.0.1:0");
    let local = rep.bind("inproc://everybody").unwrap();
    let clients = [&endpoint, &local, &endpoint, &local].map(connected);
    let server = thread::spawn(move || {
        for _ in 0..4 * 500 {
            let question = rep.recv_timeout(SOON).unwrap();
            rep.send(question).unwrap();
        }
        rep.close()
    });
    let clients = clients.map(|req| {
        thread::spawn(move || {
            for number in 0..500_u64 {
                req.send(number.to_be_bytes()).unwrap();
                let answer = req.recv_timeout(SOON).unwrap();
                assert_eq!(answer.body(), number.to_be_bytes());
            }
        })
    });
    for client in clients {
        client.join().unwrap();
    }
    assert!(server.join().unwrap().is_clean());
}

#[test]
fn options_are_checked() {
    // rfc: sp-reqrep R-24
    let (rep, endpoint) = bound("tcp://127.0.0.1:0");
    let error = rep.set_ttl(0).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidOption);
    rep.set_ttl(1).unwrap();
    let req = RawReq::new().unwrap();
    req.connect(endpoint.address()).unwrap();
    let hops = |words: &[u8]| Message::with_header(words, "?".into());
    req.send(hops(b"\0\0\0\x05\x80\0\0\x07")).unwrap();
    req.send(hops(b"\x80\0\0\x08")).unwrap();
    rep.recv_timeout(SOON).unwrap();
    rep.send("!").unwrap();
    assert_eq!(req.recv_timeout(SOON).unwrap().header(), b"\x80\0\0\x08");
    assert_eq!(rep.stats().dropped(DropCause::TooManyHops), 1);
}
