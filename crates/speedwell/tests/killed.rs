//! A peer whose process is killed costs what was on its way to it, and nothing else. The peers are
//! this program again, as child processes that write down what they received, as they go.
#![allow(clippy::unwrap_used, reason = "tests")]

#[path = "killed/child.rs"]
mod child;
#[path = "killed/consumer.rs"]
mod consumer;
#[path = "killed/ledger.rs"]
mod ledger;

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::{Duration, Instant};

use child::SOON;
use consumer::Consumer;
use ledger::Ledger;
use speedwell::{Priority, Pull, Push};
use speedwell_testkit::effort::usual_or;

/// `SNDBUF` and `RCVBUF`, small, so that little can be under way. The system has room for twice
/// what it is asked for, and counts its own expense too.
const BUFFER: usize = 4096;

/// Messages that may be of unknown fate when one consumer is killed: what both systems' buffers
/// hold, and what the consumer had read and not written down.
fn unknown_max() -> u64 {
    let (buffer, body) = (BUFFER as u64, ledger::BODY as u64);
    let of_system = 2 * buffer / (8 + body) + 1;
    // An inbox is full when it has as many octets of bodies as `RCVBUF`: one waits at the machine,
    // one at the pipe, and what was decoded of neither came with one reading. And the one in hand.
    let inbox = buffer / body + 1;
    let (sending, receiving, reading) = (of_system, of_system, of_system);
    sending + receiving + reading + 2 * inbox + 1
}

/// A PUSH that any of the tests sends with.
fn producer() -> Push {
    let push = Push::new().unwrap();
    push.set_send_buffer(BUFFER).unwrap();
    push.set_reconnect(Duration::from_millis(1), Duration::from_millis(20));
    push.set_linger(SOON);
    push
}

/// A peer that greets as a PULL and then reads nothing.
fn silent_pull(listener: &TcpListener) -> TcpStream {
    let (mut stream, _) = listener.accept().unwrap();
    stream.set_read_timeout(Some(SOON)).unwrap();
    stream.write_all(b"\0SP\0\0\x51\0\0").unwrap();
    let mut greeting = [0; 8];
    stream.read_exact(&mut greeting).unwrap();
    assert_eq!(greeting, *b"\0SP\0\0\x50\0\0");
    stream
}

/// The numbers of the whole messages in a stream, and whether a part of one follows.
fn messages_in(mut octets: &[u8]) -> (Vec<u64>, bool) {
    let mut numbers = Vec::new();
    while let Some((frame, rest)) = octets.split_at_checked(8 + ledger::BODY) {
        let (prefix, body) = frame.split_first_chunk().unwrap();
        assert_eq!(u64::from_be_bytes(*prefix), ledger::BODY as u64);
        numbers.push(ledger::number_of(body).unwrap());
        octets = rest;
    }
    (numbers, !octets.is_empty())
}

/// Exactly: every octet that the system took is read in the end, so nothing is of unknown fate.
// rfc: sp-endpoint E-22 E-47
#[test]
fn what_no_octet_of_had_left_goes_to_the_other_peer() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let push = producer();
    let address = format!("tcp://{}", listener.local_addr().unwrap());
    let endpoint = push.connect(address).unwrap();
    let mut peer = silent_pull(&listener);
    let mut ledger = Ledger::default();
    ledger.send(&push);
    while ledger.fits(&push) {}
    endpoint.close();
    let mut octets = Vec::new();
    peer.read_to_end(&mut octets).unwrap();
    let (first, is_cut) = messages_in(&octets);

    let pull = Pull::new().unwrap();
    push.connect(pull.bind("tcp://127.0.0.1:0").unwrap().address())
        .unwrap();
    let rest = ledger.accepted() - first.len() as u64 - u64::from(is_cut);
    let second = (0..rest).map(|_| {
        let message = pull.recv_timeout(SOON).unwrap();
        ledger::number_of(message.body()).unwrap()
    });
    let account = ledger.settle(&[first, second.collect()]);
    let stats = push.stats();
    println!(
        "ended: {account}, {} returned, {} cut",
        stats.returned, stats.cut
    );
    assert_eq!(stats.returned, rest);
    assert_eq!(
        (account.undelivered, stats.cut),
        (u64::from(is_cut), u64::from(is_cut))
    );
    assert_eq!((account.twice, account.invented), (0, 0));
    assert!(push.close().is_clean());
}

/// The program as a child: not a test, unless it was started by one.
#[test]
fn as_a_child_it_consumes() {
    consumer::run_if_child();
}

// rfc: sp-endpoint E-14 E-22 E-47
#[test]
fn fault_72_a_killed_pull_loses_what_was_on_its_way_and_nothing_else() {
    let (mut survivor, mut victim) = (Consumer::start("0"), Consumer::start("0"));
    let push = producer();
    push.connect(survivor.address()).unwrap();
    push.connect(victim.address()).unwrap();
    let mut ledger = Ledger::default();

    // Both get messages; then the victim stops taking them, and its pipe fills.
    while survivor.received() < 100 || victim.received() < 100 {
        ledger.send(&push);
    }
    victim.stop();
    let stopped = ledger.accepted();
    while ledger.accepted() < stopped + 500 {
        ledger.send(&push);
    }
    victim.kill();
    let deadline = Instant::now() + SOON;
    while push.pipes() > 1 {
        assert!(Instant::now() < deadline, "{:?}", push.stats());
        ledger.send(&push);
    }
    let noticed = ledger.accepted();
    while ledger.accepted() < noticed + 500 {
        ledger.send(&push);
    }
    let stats = push.stats();
    let report = push.close();
    assert!(report.is_clean(), "{report:?}");

    let account = ledger.settle(&[survivor.finish(), victim.finish()]);
    let (returned, cut) = (stats.returned, stats.cut);
    println!("killed once: {account}, {returned} returned, {cut} cut");
    assert_eq!(stats.messages_out - returned, account.accepted);
    assert!(returned > 0 && cut <= account.undelivered, "{stats:?}");
    assert!(account.undelivered <= unknown_max(), "{account}");
    assert_eq!((account.twice, account.invented), (0, 0));
    assert_eq!(account.missing_from(noticed), 0, "what came later is safe");
}

// rfc: sp-endpoint E-43 E-47
#[test]
fn fault_72_closing_reports_what_a_killed_pull_left_behind() {
    let mut consumer = Consumer::start("0");
    let push = producer();
    push.connect(consumer.address()).unwrap();
    let mut ledger = Ledger::default();
    while consumer.received() < 100 {
        ledger.send(&push);
    }
    consumer.stop();
    while ledger.fits(&push) {}
    consumer.kill();
    push.set_linger(Duration::from_millis(50));
    let report = push.close();

    let account = ledger.settle(&[consumer.finish()]);
    println!("killed and closed: {account}, {report:?}");
    let unknown = account.undelivered - report.unsent;
    assert!(report.unsent > 0 && report.cut <= unknown);
    assert_eq!(report.unsent_octets, report.unsent * ledger::BODY as u64);
    assert!(unknown <= unknown_max(), "{account}");
    assert_eq!(
        account.missing_from(account.accepted - report.unsent),
        report.unsent,
        "those that came last never left"
    );
    assert_eq!((account.twice, account.invented), (0, 0));
}

// rfc: sp-endpoint E-04 E-22 E-47
#[test]
fn fault_72_a_pull_that_is_killed_and_comes_back_again_and_again() {
    let rounds = usual_or(50, 500);
    let mut consumer = Consumer::start("0");
    let port = consumer.port();
    let push = producer();
    push.connect(consumer.address()).unwrap();
    let mut ledger = Ledger::default();
    let mut taken = Vec::new();
    for round in 0..rounds {
        while consumer.received() < 20 {
            ledger.send(&push);
        }
        if round % 2 == 0 {
            consumer.stop();
            while ledger.fits(&push) {}
        }
        consumer.kill();
        taken.push(consumer.finish());
        consumer = Consumer::start(&port);
    }
    while consumer.received() < 20 {
        ledger.send(&push);
    }
    let stats = push.stats();
    let report = push.close();
    assert!(report.is_clean(), "{report:?}");
    taken.push(consumer.finish());

    let account = ledger.settle(&taken);
    let (returned, cut) = (stats.returned, stats.cut);
    println!("killed {rounds} times: {account}, {returned} returned, {cut} cut");
    assert_eq!(stats.messages_out - returned, account.accepted);
    assert!(
        stats.connected > rounds && cut <= account.undelivered,
        "{stats:?}"
    );
    assert!(account.undelivered <= rounds * unknown_max(), "{account}");
    assert_eq!((account.twice, account.invented), (0, 0));
}

// rfc: sp-endpoint E-70
#[test]
fn the_second_level_takes_over_when_the_first_is_killed_and_gives_back_when_it_returns() {
    let (mut first, mut second) = (Consumer::start("0"), Consumer::start("0"));
    let port = first.port();
    let push = Push::new().unwrap();
    push.set_reconnect(Duration::from_millis(1), Duration::from_millis(20));
    push.set_linger(SOON);
    for (consumer, level) in [(&first, 1), (&second, 2)] {
        push.set_priorities(Priority::new(level).unwrap(), Priority::default());
        push.connect(consumer.address()).unwrap();
    }
    until("both are there", || push.pipes() == 2);
    let mut ledger = Ledger::default();
    let thousand_to = |ledger: &mut Ledger, consumer: &Consumer, other: &Consumer| {
        let (had, other_had) = (consumer.received(), other.received());
        (0..1000).for_each(|_| ledger.send(&push));
        until("all have come", || consumer.received() >= had + 1000);
        let others = other.received() - other_had;
        assert_eq!((consumer.received() - had, others), (1000, 0));
    };
    thousand_to(&mut ledger, &first, &second);
    assert_eq!((first.received(), second.received()), (1000, 0));

    // On the way when it is killed: these may be lost, and what is not goes to the second.
    (0..500).for_each(|_| ledger.send(&push));
    first.kill();
    until("that is noticed", || push.pipes() == 1);
    let noticed = ledger.accepted();
    let taken = first.finish();
    (0..1000).for_each(|_| ledger.send(&push));
    let returned = usize::try_from(push.stats().returned).unwrap();
    until("all have come", || second.received() >= 1000 + returned);
    assert_eq!(second.received(), 1000 + returned);

    first = Consumer::start(&port);
    let bound = Instant::now();
    until("it is back", || push.pipes() == 2);
    let back = bound.elapsed();
    thousand_to(&mut ledger, &first, &second);
    assert!(push.close().is_clean());
    let account = ledger.settle(&[taken, first.finish(), second.finish()]);
    println!("{account}, {returned} returned; back after {back:?}");
    assert_eq!((account.twice, account.invented), (0, 0));
    assert_eq!(account.missing_from(noticed), 0);
    assert_eq!(account.undelivered, account.missing_from(1000));
}

/// A PUSH that fills a consumer which takes nothing, and then learns that it was killed: how many
/// octets with their prefixes were lost.
fn lost_with_a_killed_pull(limit: Option<usize>) -> usize {
    let mut consumer = Consumer::start_with_inflight(limit);
    let push = Push::new().unwrap();
    push.set_inflight(limit).unwrap();
    push.set_linger(Duration::ZERO);
    push.connect(consumer.address()).unwrap();
    let mut ledger = Ledger::default();
    while consumer.received() < 100 {
        ledger.send(&push);
    }
    consumer.stop();
    while ledger.fits(&push) {}
    consumer.kill();
    until("that is noticed", || push.pipes() == 0);
    let report = push.close();
    let account = ledger.settle(&[consumer.finish()]);
    println!("{limit:?}: {account}, {} of them unsent", report.unsent);
    assert_eq!((account.twice, account.invented), (0, 0));
    let lost = account.undelivered - report.unsent;
    usize::try_from(lost).unwrap() * (8 + ledger::BODY)
}

// rfc: sp-endpoint E-75
#[test]
fn a_limit_of_what_is_under_way_bounds_what_is_lost() {
    const PLACES: usize = 5;
    for limit in [8 * 1024, 64 * 1024] {
        let lost = lost_with_a_killed_pull(Some(limit));
        println!("{lost} octets lost, at most {limit} in each of {PLACES} places");
        assert!(lost <= PLACES * (limit + ledger::BODY), "{lost}");
    }
    let lost = lost_with_a_killed_pull(None);
    println!("{lost} octets lost without a limit");
}

fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let deadline = Instant::now() + SOON;
    while !is_so() {
        assert!(Instant::now() < deadline, "in vain: {what}");
        std::thread::sleep(Duration::from_millis(1));
    }
}
