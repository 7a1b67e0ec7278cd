//! Descriptors that are not what they were: the standard ones are closed, or a stranger in the same
//! program puts something else in the place of one of ours. Each case in a process of its own. That
//! a stranger closes one of ours for a third to have its number is not tried.
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
use std::mem::ManuallyDrop;
use std::net::TcpStream;
use std::os::fd::{AsRawFd, FromRawFd, RawFd};
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use speedwell::{Pull, Push};

use child::in_child;

const SOON: Duration = Duration::from_secs(20);

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
