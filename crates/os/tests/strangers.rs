//! Descriptors that are not what they were: the standard ones are closed, or a stranger in the same
//! program closes one of ours, and somebody else has its number: another of ours, something of the
//! stranger's, or nobody. Each case in a process of its own. See `rfc/sp-waiting.md` section 7.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "tests")]
#![allow(
    unsafe_code,
    reason = "the system's calls: what strangers do to descriptors"
)]

#[path = "fork/child.rs"]
mod child;

use std::fs::{self, File};
use std::io::{ErrorKind, Read, Write};
use std::mem::{ManuallyDrop, MaybeUninit};
use std::net::{TcpStream, UdpSocket};
use std::os::fd::{AsFd, AsRawFd, FromRawFd, RawFd};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::time::{Duration, Instant};

use speedwell::{Builder, Pair, Pull, Push, Reactor, default_transports};
use speedwell_os::{Events, Own, PollSet, Watch, is_lost};
use speedwell_transport::OsSource;

use child::in_child;

const SOON: Duration = Duration::from_secs(20);

/// What takes longer than this to be sent is not read.
const FULL: Duration = Duration::from_secs(1);

fn pipeline() -> (Push, Pull, u16) {
    let (push, pull) = (Push::new().unwrap(), Pull::new().unwrap());
    let bound = pull.bind("tcp://127.0.0.1:0").unwrap();
    push.connect(bound.address()).unwrap();
    push.wait_for_peers(1, SOON).unwrap();
    pull.wait_for_peers(1, SOON).unwrap();
    let (_, port) = bound.address().rsplit_once(':').unwrap();
    (push, pull, port.parse().unwrap())
}

fn exchange(push: &Push, pull: &Pull) {
    for number in 0..1_000_u32 {
        push.send_timeout(number.to_be_bytes(), SOON).unwrap();
        let message = pull.recv_timeout(SOON).unwrap();
        assert_eq!(message.body(), number.to_be_bytes());
    }
}

fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < SOON, "in vain: {what}");
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// What each of our descriptors is.
fn descriptors() -> Vec<(RawFd, String)> {
    let entries = fs::read_dir("/proc/self/fd").unwrap();
    let named = entries.filter_map(|entry| {
        let path = entry.unwrap().path();
        let number = path.file_name()?.to_str()?.parse().ok()?;
        // The listing itself is gone by the time it is looked at.
        Some((number, fs::read_link(&path).ok()?.display().to_string()))
    });
    named.collect()
}

/// The connected socket of which `is_it` holds: the port here, and that of the peer.
fn socket_with(is_it: impl Fn(u16, u16) -> bool) -> RawFd {
    let sockets = descriptors().into_iter();
    let mut sockets = sockets.filter(|(_, name)| name.starts_with("socket:"));
    let found = sockets.find(|(number, _)| {
        // SAFETY: it is open, nobody closes it meanwhile, and it is not closed here.
        let socket = ManuallyDrop::new(unsafe { TcpStream::from_raw_fd(*number) });
        let ports = (socket.local_addr(), socket.peer_addr());
        matches!(ports, (Ok(here), Ok(there)) if is_it(here.port(), there.port()))
    });
    found.unwrap().0
}

/// A stranger closes `number`.
fn closes(number: RawFd) {
    // SAFETY: that this is wrong is what is tried here; memory is not touched by it.
    assert_eq!(unsafe { libc::close(number) }, 0);
}

/// Our own descriptor of this kind: the poll set's, or what ends its wait.
fn one_of(kind: &str) -> RawFd {
    let found = descriptors().into_iter().find(|(_, name)| name == kind);
    found.unwrap().0
}

/// Processor time of this process.
fn processor_time() -> Duration {
    let mut time = MaybeUninit::<libc::timespec>::zeroed();
    // SAFETY: there is room for what is written.
    unsafe { libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, time.as_mut_ptr()) };
    // SAFETY: it was written just now, or is zero, which is valid too.
    let time = unsafe { time.assume_init() };
    Duration::new(
        time.tv_sec.try_into().unwrap(),
        time.tv_nsec.try_into().unwrap(),
    )
}

/// A stranger closes `number` and has it mean something else.
fn takes_over(number: RawFd, by: RawFd) {
    // SAFETY: that this is wrong is what is tried here; memory is not touched by it.
    assert_eq!(unsafe { libc::dup2(by, number) }, number);
}

#[test]
fn fault_68_sockets_may_have_the_numbers_of_the_standard_descriptors() {
    in_child(|| {
        for number in 0..3 {
            // SAFETY: nothing in this process uses them any more.
            unsafe { libc::close(number) };
        }
        let (push, pull, _) = pipeline();
        let ours = descriptors();
        let taken = |number| {
            ours.iter()
                .any(|(it, name)| *it == number && !name.contains('/'))
        };
        assert!((0..3).all(taken), "{ours:?}");
        exchange(&push, &pull);
        assert!(push.close().is_clean() && pull.close().is_clean());
    });
}

#[test]
fn fault_68_octets_of_a_stranger_in_the_place_of_a_connection_are_never_delivered() {
    in_child(|| {
        let (push, pull, port) = pipeline();
        exchange(&push, &pull);
        let (mut stranger, mut other) = UnixStream::pair().unwrap();
        let octets = [&7_u64.to_be_bytes()[..], b"foreign"].concat();
        other.write_all(&octets).unwrap();
        let accepted = socket_with(|here, _| here == port);
        takes_over(accepted, stranger.as_raw_fd());
        // The connection ended with its descriptor; its dialer makes another.
        until("it is connected again", || push.stats().connected == 2);
        exchange(&push, &pull);
        exchange(&push, &pull);
        // The stranger has its octets, and none of ours.
        let mut found = vec![0; octets.len()];
        stranger.read_exact(&mut found).unwrap();
        assert_eq!(found, octets);
        other.set_nonblocking(true).unwrap();
        let none = other.read(&mut found).unwrap_err();
        assert_eq!(none.kind(), ErrorKind::WouldBlock);
        push.close();
        pull.close();
    });
}

#[test]
fn fault_68_a_file_in_the_place_of_a_connection_is_an_error_and_stays_as_it_is() {
    in_child(|| {
        let (push, pull, port) = pipeline();
        let path = std::env::temp_dir().join(format!("strangers-{}", std::process::id()));
        let file = File::create(&path).unwrap();
        takes_over(socket_with(|_, there| there == port), file.as_raw_fd());
        // What is sent before anybody notices goes into the dead connection, and back.
        until("a message arrives", || {
            push.send_timeout("x", SOON).unwrap();
            pull.recv_timeout(Duration::from_millis(10)).is_ok()
        });
        while pull.recv_timeout(Duration::from_millis(100)).is_ok() {}
        assert_eq!((push.stats().broken, push.stats().connected), (1, 2));
        exchange(&push, &pull);
        assert_eq!(
            file.metadata().unwrap().len(),
            0,
            "nothing was written to it"
        );
        fs::remove_file(&path).unwrap();
        push.close();
        pull.close();
    });
}

// rfc: sp-waiting W-60 W-63
#[test]
fn fault_68_a_number_that_is_given_again_is_the_new_connection_alone() {
    in_child(|| {
        let (first, its_pull, port) = pipeline();
        exchange(&first, &its_pull);
        let (second, pull) = (Push::new().unwrap(), Pull::new().unwrap());
        let bound = pull.bind("tcp://127.0.0.1:0").unwrap();
        let number = socket_with(|_, there| there == port);
        closes(number);
        second.connect(bound.address()).unwrap();
        second.wait_for_peers(1, SOON).unwrap();
        let (_, its_port) = bound.address().rsplit_once(':').unwrap();
        let its_port: u16 = its_port.parse().unwrap();
        assert_eq!(socket_with(|_, there| there == its_port), number);
        // Whatever the first one sends, none of it goes through what has its number now.
        exchange(&first, &its_pull);
        assert_eq!((first.stats().broken, first.stats().connected), (1, 2));
        assert!(pull.try_recv().is_err());
        exchange(&second, &pull);
        // Nor does its end: the number is closed once, by its owner.
        assert!(first.close().is_clean());
        exchange(&second, &pull);
        assert_eq!((second.stats().broken, second.stats().connected), (0, 1));
        assert!(
            second.close().is_clean() && pull.close().is_clean() && its_pull.close().is_clean()
        );
    });
}

// rfc: sp-waiting W-63
#[test]
fn fault_68_a_listener_hears_of_a_number_that_it_was_given_again() {
    in_child(|| {
        let (listening, dialing) = (Pair::new().unwrap(), Pair::new().unwrap());
        let bound = listening.bind("tcp://127.0.0.1:0").unwrap();
        dialing.connect(bound.address()).unwrap();
        dialing.wait_for_peers(1, SOON).unwrap();
        let (_, port) = bound.address().rsplit_once(':').unwrap();
        let port: u16 = port.parse().unwrap();
        // A PAIR has one peer, so the next is admitted only when the one that was lost has ended.
        closes(socket_with(|here, _| here == port));
        until("the connection that was lost ends", || {
            listening.stats().broken == 1
        });
        until("another takes its place", || {
            dialing.send_timeout("x", SOON).unwrap();
            listening.recv_timeout(Duration::from_millis(10)).is_ok()
        });
    });
}

// rfc: sp-waiting W-61
#[test]
fn fault_68_a_connection_that_rested_is_not_read_on_when_it_is_a_strangers() {
    in_child(|| {
        let (push, pull, port) = pipeline();
        // The reader rests once it holds as much as it may.
        while push.send_timeout([7; 1000], FULL).is_ok() {}
        let (mut stranger, mut other) = UnixStream::pair().unwrap();
        let octets = [&7_u64.to_be_bytes()[..], b"foreign"].concat();
        other.write_all(&octets).unwrap();
        takes_over(socket_with(|here, _| here == port), stranger.as_raw_fd());
        let mut count = 0;
        while pull.stats().broken == 0 || pull.try_recv().is_ok() {
            if let Ok(message) = pull.recv_timeout(Duration::from_millis(10)) {
                assert!(
                    message.body().iter().all(|octet| *octet == 7),
                    "{message:?}"
                );
                count += 1;
            }
        }
        println!("{count} messages before it was noticed");
        exchange_of_what_comes(&push, &pull);
        let mut found = vec![0; octets.len()];
        stranger.read_exact(&mut found).unwrap();
        assert_eq!(found, octets, "the stranger has its octets");
    });
}

/// What was sent before comes first, and then a message of now.
fn exchange_of_what_comes(push: &Push, pull: &Pull) {
    push.send_timeout("now", SOON).unwrap();
    while pull.recv_timeout(SOON).unwrap().body() != b"now" {}
}

// rfc: sp-waiting W-64
#[test]
fn fault_68_the_poll_sets_own_descriptors_are_made_anew() {
    let kinds = ["anon_inode:[eventpoll]", "anon_inode:[eventfd]"];
    for (kind, is_replaced) in kinds
        .into_iter()
        .flat_map(|kind| [(kind, false), (kind, true)])
    {
        in_child(|| {
            let (push, pull, _) = pipeline();
            exchange(&push, &pull);
            let number = one_of(kind);
            if is_replaced {
                let file = File::open("/dev/null").unwrap();
                takes_over(number, file.as_raw_fd());
            } else {
                closes(number);
            }
            exchange(&push, &pull);
            let (push_too, pull_too, _) = pipeline();
            exchange(&push_too, &pull_too);
            let before = processor_time();
            let look = Duration::from_millis(500);
            std::thread::sleep(look);
            let took = processor_time() - before;
            println!("{kind}, replaced {is_replaced}: {took:?} of {look:?} afterwards");
            assert!(took < look / 4, "it spins");
            exchange(&push, &pull);
            assert!(push.close().is_clean() && pull.close().is_clean());
        });
    }
}

// rfc: sp-waiting W-62 W-63
#[test]
fn fault_68_what_lost_its_descriptors_closes_without_them() {
    in_child(|| {
        let (push, pull, _) = pipeline();
        let own = Builder::new(default_transports()).reactor(Reactor::new().unwrap());
        let pair = Pair::with_builder(&own).unwrap();
        let listener = pair.bind("tcp://127.0.0.1:0").unwrap();
        let _fd = pair.recv_fd().unwrap();
        // As one does that wants to have none of its parent's.
        for number in 3..1_000 {
            // SAFETY: that this is wrong is what is tried here; memory is not touched by it.
            unsafe { libc::close(number) };
        }
        let mine = File::open("/dev/null").unwrap();
        until("the connection that was lost ends", || {
            push.stats().broken == 1 || push.send_timeout("x", Duration::from_millis(1)).is_err()
        });
        drop((push, pull, listener, pair, own));
        mine.metadata().unwrap();
        let (push, pull, _) = pipeline();
        exchange(&push, &pull);
    });
}

// rfc: sp-waiting W-62
#[test]
fn fault_68_a_child_that_closed_every_descriptor_drops_its_parents_sockets() {
    let (push, pull, _) = pipeline();
    let mut sockets = Some((push, pull));
    in_child(|| {
        for number in 3..1_000 {
            // SAFETY: that this is wrong is what is tried here; memory is not touched by it.
            unsafe { libc::close(number) };
        }
        let mine: Vec<_> = (0..100).map(|_| File::open("/dev/null").unwrap()).collect();
        drop(sockets.take());
        assert!(mine.iter().all(|file| file.metadata().is_ok()));
    });
    let (push, pull) = sockets.as_ref().unwrap();
    exchange(push, pull);
}

// rfc: sp-waiting W-60 W-63
#[test]
fn fault_68_a_poll_set_gives_a_number_to_its_new_owner() {
    in_child(|| {
        let socket = || Arc::new(Own::new(UdpSocket::bind("127.0.0.1:0").unwrap()));
        let (first, set) = (socket(), PollSet::new().unwrap());
        set.add(1, &OsSource::new(first.clone()), Watch::READ)
            .unwrap();
        assert!(set.has(1) && set.take_lost().is_none());
        closes(first.as_fd().as_raw_fd());
        assert!(!set.has(1), "a look shows it");
        let second = socket();
        assert_eq!(second.as_fd().as_raw_fd(), first.as_fd().as_raw_fd());
        set.add(2, &OsSource::new(second.clone()), Watch::READ)
            .unwrap();
        assert_eq!(set.take_lost(), Some(1), "and so does the other");
        assert!(set.take_lost().is_none() && set.has(2));
        assert!(first.check().is_err() && second.check().is_ok());
        // Nothing that is done to the first concerns the second.
        assert!(is_lost(&set.modify(1, Watch::BOTH).unwrap_err()));
        assert!(is_lost(&set.modify(1, Watch::NONE).unwrap_err()));
        assert!(is_lost(&set.remove(1).unwrap_err()));
        drop(first);
        let address = second.local_addr().unwrap();
        socket().send_to(b"x", address).unwrap();
        let mut events = Events::new();
        set.wait(&mut events, Some(SOON)).unwrap();
        assert!(events.iter().all(|event| event.key == 2 && event.readable));
        assert!(!events.is_empty());
    });
}
