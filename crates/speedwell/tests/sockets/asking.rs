//! A REQ and the answers of a server that is a plain TCP connection: only the one to the question
//! that is open counts, and no other does any harm. Obeys `rfc/sp-reqrep.md` sections 3 and 4.

use speedwell::{DropCause, ErrorKind, Rep, Req};

use crate::raw_peer::{REP, RawPeer};
use crate::watch::{SOON, until};

/// A REQ, and a server that says what it is told to.
fn req_and_server() -> (Req, RawPeer) {
    let req = Req::new().unwrap();
    let endpoint = req.bind("tcp://127.0.0.1:0").unwrap();
    let server = RawPeer::greets(endpoint.address(), REP);
    until("the server is there", || req.pipes() == 1);
    (req, server)
}

/// The id of the next question, which is as expected.
fn hears(server: &mut RawPeer, question: &[u8]) -> u32 {
    let message = server.receives().unwrap();
    let (id, body) = message.split_first_chunk().unwrap();
    assert_eq!(body, question);
    u32::from_be_bytes(*id)
}

/// A message of one word and a body.
fn reply(id: u32, body: &[u8]) -> Vec<u8> {
    [&id.to_be_bytes()[..], body].concat()
}

// rfc: sp-reqrep R-03 R-06
#[test]
fn fault_28_ids_have_their_top_bit_set_and_count_up_from_a_start_of_their_own() {
    let [one, two, three] = [(); 3].map(|()| {
        let (req, mut server) = req_and_server();
        req.send("first").unwrap();
        let first = hears(&mut server, b"first");
        req.send("second").unwrap();
        let second = hears(&mut server, b"second");
        assert!(first & second & 1 << 31 > 0, "{first:#x}, {second:#x}");
        assert_eq!(second, first.wrapping_add(1) | 1 << 31);
        first
    });
    assert!(one != two || two != three, "{one:#x}");
}

// rfc: sp-reqrep R-18 R-19 R-20
#[test]
fn fault_19_20_what_is_no_answer_is_dropped_and_the_good_one_is_intact() {
    let (req, mut server) = req_and_server();
    let strays = |server: &mut RawPeer, id: u32| {
        for malformed in [&b""[..], b"\x80", b"\x80\0", b"\x80\0\0"] {
            assert!(server.sends(malformed));
        }
        assert!(server.sends(&reply(id & !(1 << 31), b"top bit clear")));
        for other in [id.wrapping_add(1), id.wrapping_sub(1), id ^ 1 << 30] {
            assert!(server.sends(&reply(other | 1 << 31, b"never asked")));
        }
    };
    let dropped = |cause| req.stats().dropped(cause);
    // Before there is a question, while it is open, while its answer waits, and afterwards.
    strays(&mut server, 1 << 31 | 5);
    until("strays are counted", || dropped(DropCause::Stale) == 3);
    assert_eq!(req.try_recv().unwrap_err().kind(), ErrorKind::State);
    req.send("?").unwrap();
    let id = hears(&mut server, b"?");
    strays(&mut server, id);
    until("strays are counted", || dropped(DropCause::Stale) == 6);
    assert_eq!(req.try_recv().unwrap_err().kind(), ErrorKind::WouldBlock);
    server.sends(&reply(id, b"!"));
    server.sends(&reply(id, b"! and another"));
    strays(&mut server, id);
    until("strays are counted", || dropped(DropCause::Stale) == 10);
    assert_eq!(req.recv_timeout(SOON).unwrap().body(), b"!");
    server.sends(&reply(id, b"! once more"));
    until("it is counted", || dropped(DropCause::Stale) == 11);
    assert_eq!(req.try_recv().unwrap_err().kind(), ErrorKind::State);
    assert_eq!(dropped(DropCause::Malformed), 15);
    // The connection is still the first, and good.
    req.send("and now?").unwrap();
    let id = hears(&mut server, b"and now?");
    server.sends(&reply(id, b"now, too"));
    assert_eq!(req.recv_timeout(SOON).unwrap().body(), b"now, too");
    assert_eq!(req.stats().accepted, 1);
}

// rfc: sp-reqrep R-18
#[test]
fn fault_20_a_good_answer_counts_only_from_who_was_asked() {
    let (req, mut server) = req_and_server();
    req.send("?").unwrap();
    let id = hears(&mut server, b"?");
    let endpoint = req.bind("tcp://127.0.0.1:0").unwrap();
    let mut stranger = RawPeer::greets(endpoint.address(), REP);
    stranger.sends(&reply(id, b"a guess"));
    until("it is counted", || {
        req.stats().dropped(DropCause::Stale) == 1
    });
    assert_eq!(req.try_recv().unwrap_err().kind(), ErrorKind::WouldBlock);
    server.sends(&reply(id, b"the answer"));
    assert_eq!(req.recv_timeout(SOON).unwrap().body(), b"the answer");
    assert_eq!(req.pipes(), 2);
}

// rfc: sp-reqrep R-07
#[test]
fn a_new_question_cancels_the_last_wherever_that_is() {
    let cancelled = |req: &Req| req.stats().dropped(DropCause::Cancelled);
    // On its way to the server: its answer is nobody's.
    let (req, mut server) = req_and_server();
    req.send("first").unwrap();
    req.send("second").unwrap();
    let first = hears(&mut server, b"first");
    let second = hears(&mut server, b"second");
    server.sends(&reply(first, b"to the first"));
    server.sends(&reply(second, b"to the second"));
    assert_eq!(req.recv_timeout(SOON).unwrap().body(), b"to the second");
    assert_eq!(req.stats().dropped(DropCause::Stale), 1);
    // Answered, and the answer not received yet.
    req.send("third").unwrap();
    let third = hears(&mut server, b"third");
    server.sends(&reply(third, b"to the third"));
    server.sends(&reply(third, b"which is there when this is counted"));
    until("it is counted", || {
        req.stats().dropped(DropCause::Stale) == 2
    });
    assert_eq!(cancelled(&req), 0);
    req.send("fourth").unwrap();
    assert_eq!(cancelled(&req), 1);
    let fourth = hears(&mut server, b"fourth");
    server.sends(&reply(fourth, b"to the fourth"));
    assert_eq!(req.recv_timeout(SOON).unwrap().body(), b"to the fourth");
    // Not sent to anybody.
    let req = Req::new().unwrap();
    req.send("nobody hears this").unwrap();
    req.send("somebody will").unwrap();
    assert_eq!(cancelled(&req), 1);
    let rep = Rep::new().unwrap();
    req.connect(rep.bind("tcp://127.0.0.1:0").unwrap().address())
        .unwrap();
    assert_eq!(rep.recv_timeout(SOON).unwrap().body(), b"somebody will");
    rep.send("it did").unwrap();
    assert_eq!(req.recv_timeout(SOON).unwrap().body(), b"it did");
}
