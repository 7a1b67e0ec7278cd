//! A REP and clients that are plain TCP connections: malformed, gone, or deaf. Each costs a count,
//! and a good client notices nothing. Obeys `rfc/sp-reqrep.md` sections 5 and 6.

use std::time::Duration;

use speedwell::{
    DropCause, Endpoint, ErrorKind, Message, RawRep, Rep, Req, Respondent, Socket, Surveyor,
};
use speedwell_protocol::{CanReceive, CanSend};

use crate::raw_peer::{REQ, RawPeer, SURVEYOR};
use crate::watch::{SOON, timed, until};

/// The last word of a back-trace.
const ID: u32 = 1 << 31 | 7;

/// A REP with a good client.
struct Stage {
    rep: Rep,
    req: Req,
    endpoint: Endpoint,
    asked: u32,
}

impl Stage {
    fn new() -> Self {
        let (rep, req) = (Rep::new().unwrap(), Req::new().unwrap());
        let endpoint = rep.bind("tcp://127.0.0.1:0").unwrap();
        req.connect(endpoint.address()).unwrap();
        let mut stage = Self {
            rep,
            req,
            endpoint,
            asked: 0,
        };
        stage.the_good_client_is_answered();
        stage
    }

    fn the_good_client_is_answered(&mut self) {
        self.asked += 1;
        let body = self.asked.to_be_bytes();
        self.req.send(body).unwrap();
        assert_eq!(self.rep.recv_timeout(SOON).unwrap().body(), body);
        self.rep.send(body).unwrap();
        assert_eq!(self.req.recv_timeout(SOON).unwrap().body(), body);
        assert_eq!(self.req.stats().connected, 1);
    }

    fn client(&self) -> RawPeer {
        RawPeer::greets(self.endpoint.address(), REQ)
    }

    fn dropped(&self, cause: DropCause) -> u64 {
        self.rep.stats().dropped(cause)
    }
}

/// Words, and a body.
fn message(words: &[u32], body: &[u8]) -> Vec<u8> {
    let mut octets: Vec<u8> = words.iter().flat_map(|word| word.to_be_bytes()).collect();
    octets.extend(body);
    octets
}

/// A back-trace of so many words, the id among them.
fn hops(count: usize) -> Vec<u32> {
    let mut words = vec![5; count - 1];
    words.push(ID);
    words
}

// rfc: sp-reqrep R-22 R-23
#[test]
fn fault_17_19_a_back_trace_without_an_end_costs_a_count_and_no_pipe() {
    let mut stage = Stage::new();
    let mut client = stage.client();
    let endless = [
        vec![],
        vec![0x80],
        vec![0x80, 0, 0],
        message(&[0], b""),
        message(&[0], b"\x80\0\0"),
        message(&[5; 7], b"odd"),
        message(&[5; 8], b""),
    ];
    for (count, octets) in (1..).zip(endless) {
        assert!(client.sends(&octets));
        until("it is counted", || {
            stage.dropped(DropCause::Malformed) == count
        });
        stage.the_good_client_is_answered();
    }
    client.sends(&message(&[ID], b"a good one"));
    assert_eq!(stage.rep.recv_timeout(SOON).unwrap().body(), b"a good one");
    stage.rep.send("at last").unwrap();
    assert_eq!(client.receives().unwrap(), message(&[ID], b"at last"));
}

// rfc: sp-reqrep R-24
#[test]
fn fault_18_too_many_hops_cost_a_count_and_no_pipe() {
    let mut stage = Stage::new();
    let mut client = stage.client();
    let too_many = [
        hops(9),
        hops(16),
        hops(100),
        hops(200_000),
        vec![0; 200_000],
    ];
    for (count, words) in (1..).zip(too_many) {
        assert!(client.sends(&message(&words, b"from far away")));
        until("it is counted", || {
            stage.dropped(DropCause::TooManyHops) == count
        });
        stage.the_good_client_is_answered();
    }
    client.sends(&message(&hops(8), b"as far as it goes"));
    let question = stage.rep.recv_timeout(SOON).unwrap();
    assert_eq!(question.body(), b"as far as it goes");
    stage.rep.send("and all the way back").unwrap();
    let answer = message(&hops(8), b"and all the way back");
    assert_eq!(client.receives().unwrap(), answer);
    assert_eq!(stage.dropped(DropCause::Malformed), 0);
}

// rfc: sp-reqrep R-30
#[test]
fn fault_22_an_answer_to_a_client_that_is_gone_is_nobody_elses() {
    let mut stage = Stage::new();
    let mut gone = stage.client();
    gone.sends(&message(&[ID], b"?"));
    assert_eq!(stage.rep.recv_timeout(SOON).unwrap().body(), b"?");
    drop(gone);
    until("it is gone", || stage.rep.pipes() == 1);
    // It has the place of the other, and the same id.
    let mut next = stage.client();
    until("it is there", || stage.rep.pipes() == 2);
    stage.rep.send("too late").unwrap();
    assert_eq!(stage.dropped(DropCause::PipeLost), 1);
    next.sends(&message(&[ID], b"and I?"));
    assert_eq!(stage.rep.recv_timeout(SOON).unwrap().body(), b"and I?");
    stage.rep.send("yes").unwrap();
    assert_eq!(next.receives().unwrap(), message(&[ID], b"yes"));
    stage.the_good_client_is_answered();
}

// rfc: sp-reqrep R-34 R-35
#[test]
fn fault_22_a_raw_answer_to_a_pipe_that_is_gone_is_nobody_elses() {
    let rep = RawRep::new().unwrap();
    let endpoint = rep.bind("tcp://127.0.0.1:0").unwrap();
    let asks = |client: &mut RawPeer| {
        client.sends(&message(&[ID], b"?"));
        rep.recv_timeout(SOON).unwrap()
    };
    let mut gone = RawPeer::greets(endpoint.address(), REQ);
    let late = asks(&mut gone);
    drop(gone);
    until("it is gone", || rep.pipes() == 0);
    let mut next = RawPeer::greets(endpoint.address(), REQ);
    let question = asks(&mut next);
    assert_ne!(question.header(), late.header());
    rep.send(late).unwrap();
    rep.send(Message::with_header(
        b"\0\0\0\0\x80\0\0\x07",
        "a guess".into(),
    ))
    .unwrap();
    assert_eq!(rep.stats().dropped(DropCause::NoPeer), 2);
    rep.send(question).unwrap();
    assert_eq!(next.receives().unwrap(), message(&[ID], b"?"));
}

// rfc: sp-reqrep R-27 R-28
#[test]
fn a_server_that_hears_another_question_forgets_the_last() {
    let stage = Stage::new();
    let (mut first, mut second) = (stage.client(), stage.client());
    first.sends(&message(&[ID], b"first"));
    assert_eq!(stage.rep.recv_timeout(SOON).unwrap().body(), b"first");
    // Nobody else asks: the first is not forgotten by looking.
    let error = stage.rep.try_recv().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::WouldBlock);
    second.sends(&message(&[ID], b"second"));
    assert_eq!(stage.rep.recv_timeout(SOON).unwrap().body(), b"second");
    stage.rep.send("to the second").unwrap();
    assert_eq!(second.receives().unwrap(), message(&[ID], b"to the second"));
    let error = stage.rep.send("to the first").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::State);
    first.sends(&message(&[ID + 1], b"again"));
    assert_eq!(stage.rep.recv_timeout(SOON).unwrap().body(), b"again");
    stage.rep.send("now").unwrap();
    assert_eq!(first.receives().unwrap(), message(&[ID + 1], b"now"));
}

// rfc: sp-reqrep R-31
#[test]
fn row_83_a_req_that_does_not_read_costs_its_own_replies_and_no_others() {
    a_deaf_client_costs_its_own_answers(&Rep::new().unwrap(), &Req::new().unwrap(), REQ);
}

// rfc: sp-survey S-20
#[test]
fn row_83_a_surveyor_that_does_not_read_costs_its_own_answers_and_no_others() {
    let surveyor = Surveyor::new().unwrap();
    surveyor.set_deadline(SOON).unwrap();
    a_deaf_client_costs_its_own_answers(&Respondent::new().unwrap(), &surveyor, SURVEYOR);
}

fn a_deaf_client_costs_its_own_answers(
    rep: &Socket<impl CanSend + CanReceive>,
    req: &Socket<impl CanSend + CanReceive>,
    client: u16,
) {
    const ANSWER: usize = 10_000;
    const ASKED: u32 = 2000;
    const BUFFER: usize = 50_000;
    rep.set_send_buffer(BUFFER).unwrap();
    let endpoint = rep.bind("tcp://127.0.0.1:0").unwrap();
    req.connect(endpoint.address()).unwrap();
    let mut deaf = RawPeer::greets_with_recv_buffer(endpoint.address(), client, BUFFER);
    until("all are there", || rep.pipes() == 2 && req.pipes() == 1);
    let answer = |body: &[u8]| body.repeat(ANSWER / body.len());
    let mut worst = Duration::ZERO;
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for _ in 0..ASKED + ASKED / 10 {
                let question = rep.recv_timeout(SOON).unwrap();
                rep.send(answer(question.body())).unwrap();
            }
        });
        for number in 0..ASKED {
            let body = number.to_be_bytes();
            assert!(deaf.sends(&message(&[ID], &body)));
            if number % 10 == 0 {
                req.send(body).unwrap();
                let (answered, took) = timed(|| req.recv_timeout(SOON).unwrap());
                assert_eq!(answered.body(), answer(&body));
                worst = worst.max(took);
            }
        }
    });
    let lost = rep.stats().dropped(DropCause::Overflow);
    println!("{lost} of {ASKED} answers lost to the deaf; the worst of the others took {worst:?}");
    assert!(worst < Duration::from_secs(2), "{worst:?}");
    assert!(lost > 0 && lost < u64::from(ASKED), "{lost}");
    // What it was given is whole and in order, and it is still welcome.
    let mut last = None;
    for _ in lost..u64::from(ASKED) {
        let octets = deaf.receives().unwrap();
        let (_, body) = octets.split_at(4);
        let number = u32::from_be_bytes(*body.first_chunk().unwrap());
        assert_eq!(octets, message(&[ID], &answer(&number.to_be_bytes())));
        assert!(last < Some(number), "{last:?}, {number}");
        last = Some(number);
    }
    deaf.sends(&message(&[ID], b"sorry"));
    assert_eq!(rep.recv_timeout(SOON).unwrap().body(), b"sorry");
    rep.send("never mind").unwrap();
    assert_eq!(deaf.receives().unwrap(), message(&[ID], b"never mind"));
}
