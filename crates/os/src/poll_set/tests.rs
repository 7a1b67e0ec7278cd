//! The rules of the poll set, in each way: as this system reports, as other systems do, and where
//! one reports only once.
//! See `rfc/0001-contracts.md`.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Weak, mpsc};
use std::thread;

use polling::PollMode;

use super::portable::Portable;
use super::*;
use crate::Event;

const SHORT: Duration = Duration::from_millis(20);
/// kqueue reports a hang-up as the end of what can be read or written.
#[cfg(unix)]
const TELLS_HANG_UPS: bool = cfg!(any(target_os = "linux", target_os = "android"));
const LONG: Duration = Duration::from_secs(30);

/// Both ends of a connection; the set under test watches the first.
fn pair() -> (Arc<TcpStream>, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let dialed = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let (accepted, _) = listener.accept().unwrap();
    dialed.set_nonblocking(true).unwrap();
    (Arc::new(dialed), accepted)
}

fn source(stream: &Arc<TcpStream>) -> OsSource {
    OsSource::new(stream.clone())
}

fn each_way(test: impl Fn(PollSet)) {
    test(PollSet::new().unwrap());
    for mode in [PollMode::Level, PollMode::Oneshot] {
        let poller = polling::Poller::new().unwrap();
        test(PollSet::with(Box::new(Portable::with_mode(poller, mode))));
    }
}

/// Waits once and returns what happened to each key.
fn events(set: &PollSet, timeout: Duration) -> Vec<Event> {
    let mut events = Events::new();
    set.wait(&mut events, Some(timeout)).unwrap();
    events.iter().collect()
}

#[test]
fn reports_until_dealt_with() {
    each_way(|set| {
        let (mine, mut peer) = pair();
        set.add(5, &source(&mine), Watch::READ).unwrap();
        assert!(events(&set, SHORT).is_empty());
        peer.write_all(b"x").unwrap();
        for _ in 0..3 {
            let seen = events(&set, LONG);
            assert_eq!(seen.len(), 1);
            assert!(seen[0].key == 5 && seen[0].readable && !seen[0].hangup);
        }
        (&*mine).read_exact(&mut [0]).unwrap();
        assert!(events(&set, SHORT).is_empty());
    });
}

#[test]
fn reports_only_what_is_watched() {
    each_way(|set| {
        let (mine, mut peer) = pair();
        peer.write_all(b"x").unwrap();
        set.add(1, &source(&mine), Watch::NONE).unwrap();
        assert!(events(&set, SHORT).is_empty());
        set.modify(1, Watch::WRITE).unwrap();
        let seen = events(&set, LONG);
        assert!(seen[0].writable && !seen[0].readable);
        set.modify(1, Watch::BOTH).unwrap();
        // Where directions are reported separately, they come as two events.
        let seen = events(&set, LONG);
        assert!(seen.iter().any(|event| event.writable));
        set.modify(1, Watch::READ).unwrap();
        let seen = events(&set, LONG);
        assert!(seen[0].readable && !seen[0].writable);
        set.modify(1, Watch::NONE).unwrap();
        assert!(events(&set, SHORT).is_empty());
        set.remove(1).unwrap();
    });
}

#[test]
fn a_wait_clears_what_the_last_one_reported() {
    let set = PollSet::new().unwrap();
    let (mine, _peer) = pair();
    set.add(1, &source(&mine), Watch::WRITE).unwrap();
    let mut events = Events::new();
    set.wait(&mut events, Some(LONG)).unwrap();
    assert!(!events.is_empty());
    set.remove(1).unwrap();
    set.wait(&mut events, Some(SHORT)).unwrap();
    assert!(events.is_empty());
}

#[test]
fn a_change_reaches_a_wait_that_is_under_way() {
    each_way(|set| {
        let (mine, mut peer) = pair();
        peer.write_all(b"x").unwrap();
        set.add(1, &source(&mine), Watch::NONE).unwrap();
        let started = Instant::now();
        thread::scope(|scope| {
            let (waits, waiting) = mpsc::channel();
            let set = &set;
            let waiter = scope.spawn(move || {
                waits.send(()).unwrap();
                events(set, LONG)
            });
            waiting.recv().unwrap();
            // Whether the wait has begun or begins later, it must end.
            thread::sleep(SHORT);
            set.modify(1, Watch::READ).unwrap();
            assert!(waiter.join().unwrap()[0].readable);
        });
        assert!(started.elapsed() < LONG);
    });
}

#[test]
fn changes_from_many_threads_while_one_waits() {
    each_way(|set| {
        let pairs: Vec<_> = (0..4).map(|_| pair()).collect();
        thread::scope(|scope| {
            let set = &set;
            for (key, (mine, _)) in pairs.iter().enumerate() {
                scope.spawn(move || {
                    for _ in 0..200 {
                        set.add(key, &source(mine), Watch::NONE).unwrap();
                        set.modify(key, Watch::BOTH).unwrap();
                        set.modify(key, Watch::NONE).unwrap();
                        set.modify(key, Watch::WRITE).unwrap();
                        set.remove(key).unwrap();
                    }
                    set.notify();
                });
            }
            scope.spawn(move || {
                for _ in 0..20 {
                    assert!(events(set, SHORT).iter().all(|event| event.key < 4));
                }
            });
        });
    });
}

/// Systems repeat a hang-up even to those who watch nothing.
#[cfg(unix)]
#[test]
fn a_hang_up_without_a_watch_does_not_spin() {
    each_way(|set| {
        let (mine, peer) = std::os::unix::net::UnixStream::pair().unwrap();
        set.add(1, &OsSource::new(Arc::new(mine)), Watch::READ)
            .unwrap();
        drop(peer);
        let seen = events(&set, LONG);
        assert!(seen[0].readable && seen[0].hangup == TELLS_HANG_UPS);

        set.modify(1, Watch::NONE).unwrap();
        let started = Instant::now();
        assert!(events(&set, SHORT).is_empty());
        assert!(started.elapsed() >= SHORT);

        set.modify(1, Watch::WRITE).unwrap();
        let seen = events(&set, LONG);
        assert!(seen[0].writable && seen[0].hangup == TELLS_HANG_UPS);
    });
}

/// A peer that closes one direction only: what it sent is there until it is read, and its end too.
#[test]
fn a_half_close_is_readable_until_it_is_unwatched() {
    each_way(|set| {
        let (mine, mut peer) = pair();
        set.add(1, &source(&mine), Watch::READ).unwrap();
        peer.write_all(b"x").unwrap();
        peer.shutdown(std::net::Shutdown::Write).unwrap();
        assert!(events(&set, LONG)[0].readable);
        (&*mine).read_exact(&mut [0]).unwrap();
        for _ in 0..3 {
            assert!(events(&set, LONG)[0].readable);
            assert_eq!((&*mine).read(&mut [0]).unwrap(), 0);
        }
        set.modify(1, Watch::NONE).unwrap();
        assert!(events(&set, SHORT).is_empty());
        (&*mine).write_all(b"y").unwrap();
        peer.read_exact(&mut [0]).unwrap();
    });
}

/// More sources than one wait reports: none is starved. Some systems let a process have no more.
#[cfg(not(target_vendor = "apple"))]
#[test]
fn what_one_wait_does_not_report_comes_with_the_next() {
    each_way(|set| {
        let socket = || Arc::new(std::net::UdpSocket::bind("127.0.0.1:0").unwrap());
        let sockets: Vec<_> = (0..crate::EVENTS_MAX + 40).map(|_| socket()).collect();
        for (key, socket) in sockets.iter().enumerate() {
            set.add(key, &OsSource::new(socket.clone()), Watch::WRITE)
                .unwrap();
        }
        let mut seen = std::collections::BTreeSet::new();
        let started = Instant::now();
        while seen.len() < sockets.len() && started.elapsed() < LONG {
            let now = events(&set, LONG);
            assert!(!now.is_empty() && now.len() <= crate::EVENTS_MAX);
            seen.extend(now.iter().map(|event| event.key));
        }
        assert_eq!(seen.len(), sockets.len());
    });
}

#[cfg(target_os = "linux")]
#[test]
fn what_the_system_refuses_leaves_the_set_as_before() {
    each_way(|set| {
        let file = Arc::new(std::fs::File::open("/proc/self/exe").unwrap());
        let (mine, mut peer) = pair();
        for _ in 0..2 {
            let refused = set.add(1, &OsSource::new(file.clone()), Watch::READ);
            assert_eq!(refused.unwrap_err().kind(), io::ErrorKind::PermissionDenied);
        }
        assert_eq!(Arc::strong_count(&file), 1);
        // One descriptor under two keys: the second is refused and the first stays watched.
        set.add(1, &source(&mine), Watch::READ).unwrap();
        let twice = set.add(2, &source(&mine), Watch::READ);
        assert_eq!(twice.unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        peer.write_all(b"x").unwrap();
        assert_eq!(events(&set, LONG)[0].key, 1);
    });
}

#[test]
fn a_source_stays_open_while_it_is_in_the_set() {
    each_way(|set| {
        let (mine, mut peer) = pair();
        let still_open: Weak<TcpStream> = Arc::downgrade(&mine);
        set.add(1, &source(&mine), Watch::READ).unwrap();
        drop(mine);
        peer.write_all(b"x").unwrap();
        assert!(events(&set, LONG)[0].readable);
        set.modify(1, Watch::NONE).unwrap();
        assert!(still_open.upgrade().is_some());
        set.remove(1).unwrap();
        assert!(still_open.upgrade().is_none());

        let (mine, _peer) = pair();
        let still_open = Arc::downgrade(&mine);
        set.add(1, &source(&mine), Watch::READ).unwrap();
        drop(mine);
        drop(set);
        assert!(still_open.upgrade().is_none());
    });
}

#[test]
fn keys_that_are_taken_unknown_or_reserved() {
    let set = PollSet::new().unwrap();
    let (mine, _peer) = pair();
    let (other, _other_peer) = pair();
    let kind = |result: io::Result<()>| result.map_err(|error| error.kind());
    set.add(1, &source(&mine), Watch::READ).unwrap();
    assert_eq!(
        kind(set.add(1, &source(&other), Watch::READ)),
        Err(io::ErrorKind::AlreadyExists)
    );
    assert_eq!(
        kind(set.add(PollSet::RESERVED_KEY, &source(&other), Watch::NONE)),
        Err(io::ErrorKind::InvalidInput)
    );
    assert_eq!(
        kind(set.modify(2, Watch::READ)),
        Err(io::ErrorKind::NotFound)
    );
    set.remove(2).unwrap();
    set.remove(1).unwrap();
    set.add(1, &source(&other), Watch::READ).unwrap();
}

#[test]
fn waits_as_long_as_it_was_told() {
    let set = PollSet::new().unwrap();
    let mut events = Events::new();
    for micros in [0, 1, 999, 1_000, 1_001, 2_500, 10_499] {
        let timeout = Duration::from_micros(micros);
        let started = Instant::now();
        set.wait(&mut events, Some(timeout)).unwrap();
        assert!(started.elapsed() >= timeout, "{timeout:?}");
    }
}

/// The system may hold a notice that an earlier wait has answered already.
#[test]
fn goes_on_when_the_system_ends_a_wait_early() {
    let set = PollSet::new().unwrap();
    set.poller.notify();
    let started = Instant::now();
    assert!(events(&set, SHORT).is_empty());
    assert!(started.elapsed() >= SHORT);
}

#[test]
fn many_notices_end_one_wait() {
    let set = PollSet::new().unwrap();
    for _ in 0..100 {
        set.notify();
    }
    let mut events = Events::new();
    set.wait(&mut events, None).unwrap();
    let started = Instant::now();
    set.wait(&mut events, Some(SHORT)).unwrap();
    assert!(started.elapsed() >= SHORT);
}

/// Each side goes on only when the other's notice ended its wait: a lost one would hang.
#[test]
fn no_notice_is_lost() {
    let sets = [PollSet::new().unwrap(), PollSet::new().unwrap()];
    thread::scope(|scope| {
        for me in [0, 1] {
            let sets = &sets;
            scope.spawn(move || {
                let mut events = Events::new();
                for _ in 0..10_000 {
                    sets[1 - me].notify();
                    sets[me].wait(&mut events, None).unwrap();
                    assert!(events.is_empty());
                }
                // Two notices may have ended one wait of the other side.
                sets[1 - me].notify();
            });
        }
    });
}

#[test]
fn a_second_waiter_waits_for_its_turn() {
    let set = PollSet::new().unwrap();
    thread::scope(|scope| {
        let (starts, started) = mpsc::channel();
        let set = &set;
        let first = scope.spawn(move || {
            starts.send(()).unwrap();
            set.wait(&mut Events::new(), None).unwrap();
        });
        started.recv().unwrap();
        let begin = Instant::now();
        assert!(events(set, SHORT).is_empty());
        assert!(begin.elapsed() >= SHORT);
        set.notify();
        first.join().unwrap();
    });
}
