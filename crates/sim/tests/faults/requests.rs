//! Rows 20, 22, 71, 74 and 83: questions and answers that come late, twice or to the wrong place,
//! and servers that die, vanish or are not listened to.

#![allow(
    clippy::unwrap_used,
    reason = "a test ends where something is not as it must be"
)]

use std::num::NonZeroU8;
use std::time::Duration;

use speedwell_message::Message;
use speedwell_protocol::{DropCause, Verdict};
use speedwell_sim::Role;
use speedwell_testkit::accounting::{PartyId, Stamp, body};
use speedwell_testkit::net::{HostId, NetOptions};

use crate::stage::{MS, SECOND, Stage, framed, greeting, instant, small};

/// The longest wait of a dialer, as it is unless set.
const RECONNECT: Duration = Duration::from_millis(100);
const LATENCY: Duration = MS;
const RESEND: Duration = Duration::from_secs(60);
/// Octets of a question or an answer.
const LEN: usize = 40;

const REQ: Role = Role::Req {
    resend: Some(RESEND),
    fail_fast: false,
};
const TTL: NonZeroU8 = speedwell_reqrep::TTL_DEFAULT;
const REP: Role = Role::Rep { ttl: TTL };

fn slow_ways() -> NetOptions {
    NetOptions {
        latency: LATENCY,
        ..instant()
    }
}

/// The message with this number that a socket sends.
fn of(number: usize, seq: u64) -> Vec<u8> {
    let producer = PartyId(u32::try_from(number).unwrap());
    body(Stamp { producer, seq }, LEN)
}

/// One who asks, and servers that it is connected to.
fn with_servers(net: NetOptions, servers: usize) -> (Stage, usize, Vec<usize>) {
    let mut stage = Stage::new(net);
    let req = stage.add(REQ, |_| {});
    let servers: Vec<usize> = (0..servers).map(|_| stage.add(REP, |_| {})).collect();
    for server in &servers {
        stage.bind(*server);
        stage.connect(req, *server);
    }
    let count = servers.len();
    stage.wait_for(SECOND, |stage| stage.live_pipes(req) == count);
    (stage, req, servers)
}

/// Waits until one of the servers has heard something, and says which and how long that took.
fn hears(stage: &mut Stage, most: Duration, servers: &[usize]) -> (usize, Vec<u8>, Duration) {
    let mut heard = None;
    let took = stage.wait_for(most, |stage| {
        heard = servers
            .iter()
            .find_map(|server| Some((*server, stage.receives(*server)?)));
        heard.is_some()
    });
    let (server, body) = heard.unwrap();
    (server, body, took)
}

// rfc: sp-reqrep R-18 R-20
#[test]
fn fault_20_stray_replies_change_nothing_before_and_after_the_good_one() {
    let mut stage = Stage::new(instant());
    let req = stage.add(REQ, |_| {});
    stage.bind(req);
    let mut peer = stage.raw(req);
    peer.writes(&greeting(REP));
    stage.wait_for(SECOND, |stage| stage.live_pipes(req) == 1);
    peer.reads();
    // The first question is given up for the second.
    let mut ask = |stage: &mut Stage| {
        assert!(stage.sends(req, LEN));
        stage.now();
        let (octets, _) = peer.reads();
        let id: [u8; 4] = octets[8..12].try_into().unwrap();
        id
    };
    let (old, id) = (ask(&mut stage), ask(&mut stage));
    let unknown = (u32::from_be_bytes(id) ^ 0x4000_0000).to_be_bytes();
    let strays = [old, unknown].map(|id| framed(&[&id[..], b"wrong"].concat()));
    let good = framed(&[&id[..], b"right"].concat());
    let stale = |stage: &mut Stage| stage.socket(req).stats().dropped(DropCause::Stale);

    strays.iter().for_each(|stray| peer.writes(stray));
    assert_eq!(stage.takes(req), Err(Verdict::Wait));
    assert_eq!(stale(&mut stage), 2);
    peer.writes(&good);
    stage.now();
    // While the good one lies there: strays, and the same again.
    strays.iter().for_each(|stray| peer.writes(stray));
    peer.writes(&framed(&[&id[..], b"again"].concat()));
    assert_eq!(stage.receives(req), Some(b"right".to_vec()));
    assert_eq!(stale(&mut stage), 5);
    // And once it was received.
    peer.writes(&good);
    assert_eq!(stage.takes(req), Err(Verdict::State));
    assert_eq!((stale(&mut stage), stage.live_pipes(req)), (6, 1));
}

// rfc: sp-reqrep R-30 R-35, sp-endpoint E-15
#[test]
fn fault_22_a_reply_for_a_dead_pipe_does_not_reach_who_has_its_place() {
    let raw = Role::RawRep { ttl: TTL };
    let (causes, roles) = ([DropCause::PipeLost, DropCause::NoPeer], [REP, raw]);
    for (role, cause) in roles.into_iter().zip(causes) {
        let mut stage = Stage::new(instant());
        let server = stage.add(role, |_| {});
        stage.bind(server);
        let mut answers = Vec::new();
        for _ in 0..100 {
            let mut peer = stage.raw(server);
            peer.writes(&greeting(REQ));
            // Everybody asks under the same id, which is all that a cooked peer would look at.
            peer.writes(&framed(b"\x80\0\0\x07who am I?"));
            stage.wait_for(SECOND, |stage| stage.live_pipes(server) == 1);
            let asked = stage.takes(server).unwrap();
            answers.push(Message::with_header(
                asked.header(),
                b"late".to_vec().into(),
            ));
            drop(peer);
            stage.wait_for(SECOND, |stage| stage.live_pipes(server) == 0);
            // The next one has the same slot, and asks nothing.
            let mut next = stage.raw(server);
            next.writes(&greeting(REQ));
            stage.wait_for(SECOND, |stage| stage.live_pipes(server) == 1);
            next.reads();
            let late = answers.last().unwrap().clone();
            stage.gives(server, late);
            stage.now();
            assert_eq!(next.reads().0, b"");
            drop(next);
            stage.wait_for(SECOND, |stage| stage.live_pipes(server) == 0);
        }
        assert_eq!(stage.socket(server).stats().dropped(cause), 100);
        assert_eq!(stage.socket(server).stats().messages_out, 0);
    }
}

// rfc: sp-reqrep R-12
#[test]
fn fault_71_a_question_goes_to_another_server_as_soon_as_its_own_dies() {
    let (mut stage, req, servers) = with_servers(slow_ways(), 2);
    assert!(stage.sends(req, LEN));
    let (first, question, _) = hears(&mut stage, SECOND, &servers);
    stage.kill(first);
    let others: Vec<usize> = servers.into_iter().filter(|it| *it != first).collect();
    let (other, again, took) = hears(&mut stage, SECOND, &others);
    assert_eq!(again, question);
    // One way for the news, one for the question.
    assert!(took <= 2 * LATENCY, "{took:?}");
    assert!(stage.sends(other, LEN));
    stage.wait(LATENCY);
    assert_eq!(stage.receives(req), Some(of(other, 0)));
    stage.is_fine();
}

// rfc: sp-reqrep R-08 R-12
#[test]
fn fault_71_a_server_that_is_killed_again_and_again_gets_each_question_when_it_is_back() {
    let (mut stage, req, servers) = with_servers(slow_ways(), 1);
    let server = servers[0];
    for round in 0..200_u32 {
        assert!(stage.sends(req, LEN));
        // Killed before the question came, when it has it, or when it has nothing to do.
        stage.wait(round % 3 * LATENCY / 2);
        stage.kill(server);
        stage.wait(round * 7 % 250 * MS);
        stage.begin(server, REP, |_| {});
        stage.bind(server);
        let (_, question, took) = hears(&mut stage, SECOND, &[server]);
        assert_eq!(question, of(req, u64::from(round)));
        assert!(took <= RECONNECT + 10 * MS, "{took:?}");
        assert!(stage.sends(server, LEN));
        stage.wait(2 * LATENCY);
        // The server counts on through its lives.
        assert_eq!(stage.receives(req), Some(of(server, u64::from(round))));
        assert_eq!(stage.takes(req), Err(Verdict::State));
    }
    stage.is_fine();
}

// rfc: sp-reqrep R-08
#[test]
fn a_server_that_starts_later_has_the_question_while_who_asked_does_nothing() {
    let mut stage = Stage::new(slow_ways());
    let [req, rep] = [REQ, REP].map(|role| stage.add(role, |_| {}));
    stage.connect(req, rep);
    assert!(stage.sends(req, LEN));
    stage.wait(5 * SECOND);
    stage.bind(rep);
    let (_, question, took) = hears(&mut stage, 5 * SECOND, &[rep]);
    assert_eq!(question, of(req, 0));
    // A refusal and a dial take two ways each, the greeting one, the question one more.
    assert!(took <= RECONNECT + 7 * LATENCY, "{took:?}");
    assert!(stage.elapsed() < 10 * SECOND);
    stage.is_fine();
}

// rfc: sp-reqrep R-11 R-14
#[test]
fn fault_74_a_question_to_a_server_that_vanished_goes_to_another_after_the_interval() {
    let (mut stage, req, servers) = with_servers(slow_ways(), 2);
    assert!(stage.sends(req, LEN));
    let (first, question, took) = hears(&mut stage, SECOND, &servers);
    assert_eq!(took, LATENCY);
    // Its box is gone, and nobody says so.
    let [here, there] = [req, first].map(|it| HostId(u32::try_from(it).unwrap()));
    stage.bench.net.block(here, there);
    stage.bench.net.block(there, here);
    let others: Vec<usize> = servers.into_iter().filter(|it| *it != first).collect();
    let (other, again, took) = hears(&mut stage, 2 * RESEND, &others);
    assert_eq!((again, took), (question, RESEND));
    assert_eq!(stage.live_pipes(req), 2, "the dead one is not noticed");
    assert!(stage.sends(other, LEN));
    stage.wait(LATENCY);
    assert_eq!(stage.receives(req), Some(of(other, 0)));
    stage.is_fine();
}

// rfc: sp-reqrep R-31
#[test]
fn fault_83_a_client_that_reads_nothing_loses_its_replies_and_nobody_else_does() {
    const KERNEL: usize = 2000;
    const SNDBUF: usize = 1000;
    /// Octets of a question or an answer on the wire.
    const MESSAGE: usize = LEN + 12;
    let mut stage = Stage::new(NetOptions {
        buffer: KERNEL,
        ..instant()
    });
    let server = stage.add(REP, |setup| setup.endpoint = small(SNDBUF));
    let client = stage.add(REQ, |_| {});
    stage.bind(server);
    stage.connect(client, server);
    let mut deaf = stage.raw(server);
    deaf.writes(&greeting(REQ));
    stage.wait_for(SECOND, |stage| stage.live_pipes(server) == 2);
    let asked = 1000;
    let mut heard = 0;
    for _ in 0..asked {
        deaf.writes(&framed(b"\x80\0\0\x07more"));
        assert!(stage.sends(client, LEN));
        stage.now();
        while stage.receives(server).is_some() {
            heard += 1;
            assert!(stage.sends(server, LEN), "an answer never waits");
            let pending = stage.socket(server).pending_octets();
            assert!(pending < SNDBUF + 2 * MESSAGE, "{pending}");
        }
        assert!(stage.receives(client).is_some(), "at once");
    }
    assert_eq!(heard, 2 * asked);
    let stats = stage.socket(server).stats();
    let dropped = stats.dropped(DropCause::Overflow);
    // Its replies fill both systems' buffers and the pipe, and the rest is counted.
    let fit = (2 * KERNEL + SNDBUF) / MESSAGE + 2;
    assert!(dropped >= u64::try_from(asked - fit).unwrap(), "{dropped}");
    assert_eq!(
        stats.messages_out + dropped,
        2 * u64::try_from(asked).unwrap()
    );
    stage.is_fine();
}
