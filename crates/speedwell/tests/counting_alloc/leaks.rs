//! What is closed is given back: descriptors, threads and memory are as many after thousands of
//! rounds as before their second half. Asserts no speed; the time of a round is printed.

use std::collections::VecDeque;
use std::fmt;
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

use speedwell::{Pull, Push};

use super::live_octets;
use super::stage::{SOON, alone, pipeline, scaled};

/// Peers that say nothing and stay at a time.
const SILENT: usize = 1000;

/// Runs of the second half, of which one has to leave everything as it was. The reactor's pool of
/// read buffers grows three times at most.
const ATTEMPTS: u64 = 8;

/// How long the reactor may take to let go of the last things.
const WINDING_DOWN: Duration = Duration::from_secs(2);

/// What this process has of the system.
#[derive(Clone, Copy)]
struct Footprint {
    descriptors: usize,
    threads: usize,
    octets: u64,
}

impl Footprint {
    fn now() -> Self {
        Self {
            descriptors: entries("/proc/self/fd"),
            threads: entries("/proc/self/task"),
            octets: live_octets(),
        }
    }

    /// At most one part in a hundred more than before; of what is counted by the piece, none.
    fn is_within(&self, before: &Self) -> bool {
        self.descriptors <= before.descriptors
            && self.threads <= before.threads
            && self.octets <= before.octets + before.octets / 100
    }
}

impl fmt::Display for Footprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            descriptors,
            threads,
            octets,
        } = self;
        write!(f, "{descriptors} fds, {threads} threads, {octets} octets")
    }
}

/// Entries of a folder that has one for each thing; none where there is no such folder.
fn entries(folder: &str) -> usize {
    std::fs::read_dir(folder).map_or(0, Iterator::count)
}

/// Runs the rounds, half of them to warm up. What the second half leaves has to be gone by the end
/// of a bounded wait, since the reactor lets go of the last things after the call that closes has
/// returned. Room that a pool or a list grew to once is kept, and then the second half is run
/// again: what leaks grows each time.
fn is_flat(what: &str, rounds: u64, mut round: impl FnMut(u64)) {
    let half = rounds / 2;
    (0..half).for_each(&mut round);
    for attempt in 1..=ATTEMPTS {
        let before = settled();
        let started = Instant::now();
        (attempt * half..(attempt + 1) * half).for_each(&mut round);
        let each = started.elapsed() / u32::try_from(half).unwrap();
        let ended = Instant::now();
        let mut after = Footprint::now();
        while !after.is_within(&before) && ended.elapsed() < WINDING_DOWN {
            thread::yield_now();
            after = Footprint::now();
        }
        println!("{what}: {before} -> {after}; {each:?} a round, {half} rounds");
        if after.is_within(&before) {
            return;
        }
    }
    panic!("{what}: more with each {half} rounds");
}

/// The least that is seen while the first half winds down.
fn settled() -> Footprint {
    let started = Instant::now();
    let mut least = Footprint::now();
    while started.elapsed() < Duration::from_millis(100) {
        thread::yield_now();
        let now = Footprint::now();
        least.descriptors = least.descriptors.min(now.descriptors);
        least.threads = least.threads.min(now.threads);
        least.octets = least.octets.min(now.octets);
    }
    least
}

// rfc: sp-endpoint E-45
#[test]
fn fault_91_sockets_that_come_and_go_leave_nothing() {
    let _alone = alone();
    is_flat("bare", scaled(10_000), |_| {
        assert!(Push::new().unwrap().close().is_clean());
        assert!(Pull::new().unwrap().close().is_clean());
    });
    is_flat("inproc", scaled(10_000), |_| {
        drop(pipeline("inproc://comes and goes"));
    });
    // Each has an address of its own: the system remembers closed connections for a minute, and
    // one address has not so many ports.
    is_flat("tcp", scaled(10_000), |round| {
        let (high, low) = (round / 250 % 250, round % 250);
        drop(pipeline(&format!("tcp://127.1.{high}.{low}:0")));
    });
}

// rfc: sp-endpoint E-07
#[test]
fn fault_91_connections_that_come_and_go_leave_nothing() {
    let _alone = alone();
    for address in ["tcp://127.0.0.1:0", "inproc://comes and goes again"] {
        let (pull, push) = (Pull::new().unwrap(), Push::new().unwrap());
        let bound = pull.bind(address).unwrap();
        is_flat(address, scaled(1000), |round| {
            let endpoint = push.connect(bound.address()).unwrap();
            push.send_timeout(round.to_be_bytes(), SOON).unwrap();
            let message = pull.recv_timeout(SOON).unwrap();
            assert_eq!(message.body(), round.to_be_bytes());
            endpoint.close();
        });
    }
}

/// The reactor accepts a connection while another thread closes the socket: the connection goes
/// too, also when its peer never says a word.
// rfc: sp-endpoint E-41
#[test]
fn fault_91_silent_peers_of_a_closing_socket_leave_nothing() {
    let _alone = alone();
    let mut clients = VecDeque::new();
    is_flat("silent peers", scaled(4000), |round| {
        let (high, low) = (round / 250 % 250, round % 250);
        let pull = Pull::new().unwrap();
        let endpoint = pull.bind(format!("tcp://127.2.{high}.{low}:0")).unwrap();
        let (_, location) = endpoint.address().split_once("://").unwrap();
        clients.push_back(TcpStream::connect(location).unwrap());
        // As long as the reactor takes to accept, more or less.
        let wait = Duration::from_micros(round % 100 * 2);
        let connected = Instant::now();
        while connected.elapsed() < wait {
            std::hint::spin_loop();
        }
        drop(pull);
        if clients.len() > SILENT {
            clients.pop_front();
        }
    });
}
