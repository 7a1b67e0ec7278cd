//! Four buses, each a peer of all others over tcp: each message reaches each peer once and in
//! order, or is counted as dropped for it. Obeys `rfc/sp-bus.md` section 3.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use speedwell::{Bus, DropCause, ErrorKind};

/// Far longer than anything here takes, on a busy machine too.
const SOON: Duration = Duration::from_secs(60);
/// How long a node waits before it looks whether everything has come.
const LOOK: Duration = Duration::from_millis(20);
const NODES: usize = 4;
const MESSAGES: u64 = 1_000;

/// Who sent a message, and which it is.
type Heard = (usize, u64);

/// What stops the receivers, and what they have.
#[derive(Default)]
struct Course {
    /// Nobody sends any more.
    is_sent: AtomicBool,
    /// Messages that pipes took, once nobody sends.
    on_the_way: AtomicU64,
    received: AtomicU64,
}

/// Each connected to every other, by one connection.
fn mesh(send_buffer: usize, recv_buffer: usize) -> Vec<Bus> {
    let buses: Vec<Bus> = (0..NODES).map(|_| Bus::new().unwrap()).collect();
    for (place, bus) in buses.iter().enumerate() {
        bus.set_send_buffer(send_buffer).unwrap();
        bus.set_recv_buffer(recv_buffer).unwrap();
        let endpoint = bus.bind("tcp://127.0.0.1:0").unwrap();
        for later in &buses[place + 1..] {
            later.set_send_buffer(send_buffer).unwrap();
            later.set_recv_buffer(recv_buffer).unwrap();
            later.connect(endpoint.address()).unwrap();
        }
    }
    let begin = Instant::now();
    while buses.iter().any(|bus| bus.pipes() < NODES - 1) {
        assert!(begin.elapsed() < SOON, "the mesh does not come about");
        thread::yield_now();
    }
    buses
}

/// Sends all messages of a node, of so many octets.
fn send_all(node: usize, bus: &Bus, octets: usize) {
    for number in 0..MESSAGES {
        let mut body = vec![0; octets.max(16)];
        body[..8].copy_from_slice(&u64::try_from(node).unwrap().to_be_bytes());
        body[8..16].copy_from_slice(&number.to_be_bytes());
        bus.send(body).unwrap();
    }
}

/// Receives until everything has come that is on the way to anybody.
fn receive_all(bus: &Bus, course: &Course) -> Vec<Heard> {
    let begin = Instant::now();
    let mut heard = Vec::new();
    loop {
        match bus.recv_timeout(LOOK) {
            Ok(message) => {
                let word = |at: usize| {
                    let octets = message.body()[at..at + 8].try_into().unwrap();
                    u64::from_be_bytes(octets)
                };
                heard.push((usize::try_from(word(0)).unwrap(), word(8)));
                course.received.fetch_add(1, Ordering::SeqCst);
            }
            Err(error) => assert_eq!(error.kind(), ErrorKind::TimedOut),
        }
        let received = course.received.load(Ordering::SeqCst);
        let on_the_way = course.on_the_way.load(Ordering::SeqCst);
        if course.is_sent.load(Ordering::SeqCst) && received >= on_the_way {
            return heard;
        }
        assert!(begin.elapsed() < SOON, "{received} of {on_the_way} came");
    }
}

/// All send, and all but the first receive meanwhile, which begins when all is sent.
fn exchange(buses: &[Bus], octets: usize) -> Vec<Vec<Heard>> {
    let course = &Course::default();
    thread::scope(|scope| {
        let hears = |bus| scope.spawn(move || receive_all(bus, course));
        let receivers: Vec<_> = buses[1..].iter().map(hears).collect();
        let senders = buses.iter().enumerate();
        let senders: Vec<_> = senders
            .map(|(node, bus)| scope.spawn(move || send_all(node, bus, octets)))
            .collect();
        senders
            .into_iter()
            .for_each(|sender| sender.join().unwrap());
        let on_the_way = buses.iter().map(|bus| bus.stats().messages_out).sum();
        course.on_the_way.store(on_the_way, Ordering::SeqCst);
        course.is_sent.store(true, Ordering::SeqCst);
        let receivers = [hears(&buses[0])].into_iter().chain(receivers);
        receivers.map(|receiver| receiver.join().unwrap()).collect()
    })
}

/// Each node heard each other one in order and nothing twice, and what it missed is in the counts
/// of who sent it. Says how many were dropped.
fn every_message_is_accounted_for(buses: &[Bus], heard: &[Vec<Heard>]) -> u64 {
    let peers = u64::try_from(NODES - 1).unwrap();
    let mut missed = [0; NODES];
    for (node, all) in heard.iter().enumerate() {
        for (sender, missed) in missed.iter_mut().enumerate() {
            let of_sender = all.iter().filter(|(from, _)| *from == sender);
            let numbers: Vec<u64> = of_sender.map(|(_, number)| *number).collect();
            if sender == node {
                assert_eq!(numbers, [0; 0], "node {node} hears itself");
                continue;
            }
            let in_order = numbers.windows(2).all(|pair| pair[0] < pair[1]);
            assert!(in_order, "{node} hears {sender} in another order, or twice");
            *missed += MESSAGES - u64::try_from(numbers.len()).unwrap();
        }
        let stats = buses[node].stats();
        assert_eq!(u64::try_from(all.len()).unwrap(), stats.messages_in);
    }
    for (sender, missed) in missed.iter().enumerate() {
        let stats = buses[sender].stats();
        assert_eq!(stats.dropped(DropCause::Overflow), *missed, "node {sender}");
        assert_eq!(stats.messages_out, peers * MESSAGES - missed);
        assert_eq!(stats.dropped(DropCause::NoPeer), 0);
    }
    let total: usize = heard.iter().map(Vec::len).sum();
    let nodes = u64::try_from(NODES).unwrap();
    let dropped = missed.iter().sum();
    let all = nodes * peers * MESSAGES;
    assert_eq!(u64::try_from(total).unwrap(), all - dropped);
    dropped
}

// rfc: sp-bus B-05 B-06 B-08
#[test]
fn each_of_four_has_all_3000_where_there_is_room_for_them() {
    // Each pipe has room for everything, even if nobody should ever receive.
    let buses = mesh(1 << 20, 1 << 20);
    let heard = exchange(&buses, 64);
    assert_eq!(every_message_is_accounted_for(&buses, &heard), 0);
    assert!(heard.iter().all(|heard| heard.len() == 3000));
}

// rfc: sp-bus B-05, sp-endpoint E-48
#[test]
fn fault_82_what_a_slow_peer_misses_is_counted_by_who_sent_it() {
    // Four times what the buffers of both sides hold, the system's included, for one who begins to
    // receive when all was sent.
    let buses = mesh(32 * 1024, 32 * 1024);
    let heard = exchange(&buses, 1024);
    let dropped = every_message_is_accounted_for(&buses, &heard);
    println!("{dropped} dropped");
    assert!(dropped > 0);
    let missed = heard.iter().map(|heard| 3 * 1000 - heard.len());
    println!("missed: {:?}", missed.collect::<Vec<_>>());
}
