//! No allocation for each message, once every buffer has met its fill. Asserts no speed.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use speedwell::{Bytes, Message, Pull, Push};

use super::allocations;
use super::stage::{SOON, alone, pair, pipeline, req_rep, scaled};

/// Messages before counting begins.
const WARM_UP: u64 = 20_000;
/// Messages of a window.
const COUNTED: u64 = 100_000;
/// Times that every buffer between two sockets is filled to the brim and emptied before that.
const SATURATIONS: u32 = 8;

/// Sends until nothing more fits anywhere, and takes it all out again.
fn saturate(push: &Push, pull: &Pull, message: &Message) {
    push.send_timeout(message.clone(), SOON).unwrap();
    let mut sent = 1_u64;
    while push.try_send(message.clone()).is_ok() {
        sent += 1;
    }
    for _ in 0..sent {
        pull.recv_timeout(SOON).unwrap();
    }
}

/// Windows of counted messages, of which one has to be without a growth of a buffer that happened
/// to meet its fill late: what is allocated for messages is allocated in each window.
const WINDOWS: u64 = 16;

/// The fewest allocations of all threads in a window, of a few.
fn fewest(mut window: impl FnMut()) -> u64 {
    let mut fewest = u64::MAX;
    for _ in 0..WINDOWS {
        let before = allocations();
        window();
        fewest = fewest.min(allocations() - before);
        if fewest == 0 {
            break;
        }
    }
    fewest
}

/// Allocations of all threads while `counted` messages pass one way, after a warm-up.
fn one_way(address: &str, message: &Message, counted: u64) -> u64 {
    let (push, pull) = pipeline(address);
    for _ in 0..SATURATIONS {
        saturate(&push, &pull, message);
    }
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        let sender = scope.spawn(|| {
            while !is_over.load(Ordering::SeqCst) {
                push.send_timeout(message.clone(), SOON).unwrap();
            }
        });
        let receive = |count: u64| (0..count).for_each(|_| drop(pull.recv_timeout(SOON).unwrap()));
        receive(WARM_UP);
        let allocated = fewest(|| receive(counted));
        is_over.store(true, Ordering::SeqCst);
        while !sender.is_finished() {
            let _ = pull.try_recv();
        }
        allocated
    })
}

/// Allocations of all threads while `counted` messages go there and back, after a warm-up. `ask`
/// sends one and receives its answer; `answer` receives one, sends it back, and says its length.
fn round_trips(counted: u64, ask: impl Fn(&[u8]), answer: impl Fn() -> usize + Sync) -> u64 {
    thread::scope(|scope| {
        scope.spawn(|| while answer() > 0 {});
        (0..WARM_UP / 10).for_each(|_| ask(&[7; 64]));
        let allocated = fewest(|| (0..counted).for_each(|_| ask(&[7; 64])));
        ask(b"");
        allocated
    })
}

/// A round trip of PAIR.
fn between_pairs(address: &str, counted: u64) -> u64 {
    let (left, right) = pair(address);
    let ask = |body: &[u8]| {
        left.send_timeout(body, SOON).unwrap();
        assert_eq!(left.recv_timeout(SOON).unwrap().body(), body);
    };
    let answer = || {
        let message = right.recv_timeout(SOON).unwrap();
        let octets = message.body().len();
        right.send_timeout(message, SOON).unwrap();
        octets
    };
    round_trips(counted, ask, answer)
}

/// A request and its reply.
fn from_req_to_rep(address: &str, counted: u64) -> u64 {
    let (req, rep) = req_rep(address);
    let ask = |body: &[u8]| {
        req.send(body).unwrap();
        assert_eq!(req.recv_timeout(SOON).unwrap().body(), body);
    };
    let answer = || {
        let question = rep.recv_timeout(SOON).unwrap();
        let octets = question.body().len();
        rep.send(question).unwrap();
        octets
    };
    round_trips(counted, ask, answer)
}

// rfc: sp-endpoint E-23, sp-monitor M-07
#[test]
fn a_small_message_allocates_nothing_one_way() {
    let _alone = alone();
    // In process a burst of thousands that are smaller than 24 octets gives memory back at its end.
    for (transport, sizes) in [
        ("tcp://127.0.0.1:0", [0, 64, 72]),
        ("inproc://steady one way", [24, 64, 72]),
    ] {
        for octets in sizes {
            let message = Message::copy_from_slice(&[7; 72][..octets]);
            let allocated = one_way(transport, &message, scaled(COUNTED));
            println!("{transport}: {octets} octets one way: {allocated} allocations");
            assert_eq!(allocated, 0, "{transport}, {octets} octets");
        }
    }
}

// rfc: sp-endpoint E-23
#[test]
fn a_small_message_allocates_nothing_there_and_back() {
    let _alone = alone();
    for place in ["tcp://127.0.0.1:0", "inproc://steady round trip"] {
        let allocated = between_pairs(place, scaled(COUNTED / 5));
        println!("{place}: 64 octets there and back: {allocated} allocations");
        assert_eq!(allocated, 0, "{place}");
    }
}

// rfc: sp-endpoint E-23 sp-reqrep R-15 R-16
#[test]
fn a_small_request_and_its_reply_allocate_nothing() {
    let _alone = alone();
    for place in ["tcp://127.0.0.1:0", "inproc://steady request"] {
        let allocated = from_req_to_rep(place, scaled(COUNTED / 5));
        println!("{place}: 64 octets and the reply: {allocated} allocations");
        assert_eq!(allocated, 0, "{place}");
    }
}

/// Over a stream a larger message is copied once when it is received. The one of each reading that
/// is split needs its memory in two steps, and one to share it. In process it is shared.
// rfc: sp-endpoint E-23
#[test]
fn a_kibibyte_is_copied_once_when_received_and_shared_in_process() {
    let _alone = alone();
    let counted = scaled(COUNTED / 2);
    let message = Message::from(Bytes::from(vec![7; 1024]));
    let over_tcp = one_way("tcp://127.0.0.1:0", &message, counted);
    println!("tcp: {over_tcp} allocations for {counted} messages of 1 KiB");
    assert!(over_tcp <= counted + counted / 4, "{over_tcp}");
    let in_process = one_way("inproc://steady kibibyte", &message, counted);
    println!("inproc: {in_process} allocations for {counted} messages of 1 KiB");
    assert_eq!(in_process, 0);
}
