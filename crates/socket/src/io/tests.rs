//! The watch that an object keeps: what it asks for, who prevails, and what stays behind.

use std::net::UdpSocket;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use speedwell_os::{Events, Watch};
use speedwell_transport::{Interest, OsSource, Source};

use super::Watcher;
use crate::bell::Bell;
use crate::reactor::Shared;
use crate::sync::{AtomicBool, Ordering};
use crate::testing::still;

const KEY: usize = 7;

fn watcher(shared: &Arc<Shared>, key: usize) -> Watcher {
    Watcher::new(shared.clone(), key, Bell::new(key, Arc::downgrade(shared)))
}

/// A socket on which something has arrived already.
fn readable() -> (Arc<UdpSocket>, OsSource) {
    let socket = Arc::new(UdpSocket::bind("127.0.0.1:0").unwrap());
    let at = socket.local_addr().unwrap();
    socket.send_to(b"hello", at).unwrap();
    socket.peek(&mut [0; 5]).unwrap();
    let source = OsSource::new(socket.clone());
    (socket, source)
}

/// The keys that are ready now.
fn ready(shared: &Shared) -> Vec<usize> {
    let mut events = Events::new();
    shared
        .set()
        .wait(&mut events, Some(Duration::ZERO))
        .unwrap();
    events.iter().map(|event| event.key).collect()
}

#[test]
fn a_source_is_watched_for_what_is_asked_and_no_longer() {
    let shared = still();
    let watcher = watcher(&shared, KEY);
    let (_socket, source) = readable();
    assert_eq!(ready(&shared), []);
    watcher.watch(Some((&source, Watch::READ))).unwrap();
    assert_eq!(ready(&shared), [KEY]);
    watcher.watch(Some((&source, Watch::NONE))).unwrap();
    assert_eq!(ready(&shared), []);
    watcher.watch(Some((&source, Watch::BOTH))).unwrap();
    assert_eq!(ready(&shared), [KEY]);
    watcher.watch(None).unwrap();
    assert_eq!(ready(&shared), []);
}

#[test]
fn another_source_takes_the_place_of_the_first() {
    let shared = still();
    let watcher = watcher(&shared, KEY);
    let ((first_socket, first), (second_socket, second)) = (readable(), readable());
    watcher.watch(Some((&first, Watch::READ))).unwrap();
    watcher.watch(Some((&second, Watch::READ))).unwrap();
    drop((first, second));
    assert_eq!(Arc::strong_count(&first_socket), 1, "the first is let go");
    assert_eq!(ready(&shared), [KEY]);
    second_socket.recv(&mut [0; 5]).unwrap();
    assert_eq!(ready(&shared), [], "only the second is watched");
}

#[test]
fn of_many_threads_the_last_to_change_its_mind_prevails() {
    let shared = still();
    let watcher = watcher(&shared, KEY);
    let (_socket, source) = readable();
    let wanted = AtomicBool::new(false);
    for _ in 0..200 {
        thread::scope(|scope| {
            for mind in [true, false, true, false] {
                let (watcher, source, wanted) = (&watcher, &source, &wanted);
                scope.spawn(move || {
                    for _ in 0..5 {
                        wanted.store(mind, Ordering::SeqCst);
                        let now = || {
                            let read = wanted.load(Ordering::SeqCst);
                            Some((source, Watch { read, write: false }))
                        };
                        watcher.watch_for(now).unwrap();
                    }
                });
            }
        });
        let is_watched = ready(&shared) == [KEY];
        assert_eq!(is_watched, wanted.load(Ordering::SeqCst));
    }
}

#[test]
fn an_unfinished_operation_waits_for_its_source_and_its_time() {
    let shared = still();
    let watcher = watcher(&shared, KEY);
    let (_socket, source) = readable();
    let later = Instant::now() + Duration::from_secs(3600);
    let interest = Interest::readable(Source::Os(source)).until(later);
    watcher.wait_for(&interest).unwrap();
    assert_eq!(ready(&shared), [KEY]);
    assert_eq!(shared.first_deadline(), Some(later));
    watcher.wait_for(&Interest::bell()).unwrap();
    assert_eq!(ready(&shared), []);
    assert_eq!(shared.first_deadline(), None);
}

#[test]
fn a_source_that_cannot_be_watched_is_an_error_and_the_watcher_goes_on() {
    let shared = still();
    let (one, other) = (watcher(&shared, KEY), watcher(&shared, KEY + 1));
    let ((_a, taken), (_b, free)) = (readable(), readable());
    one.watch(Some((&taken, Watch::READ))).unwrap();
    assert!(other.watch(Some((&taken, Watch::READ))).is_err());
    other.watch(Some((&free, Watch::READ))).unwrap();
    let mut keys = ready(&shared);
    keys.sort_unstable();
    assert_eq!(keys, [KEY, KEY + 1]);
}

#[test]
fn a_watcher_that_is_dropped_leaves_nothing() {
    let shared = still();
    let watcher = watcher(&shared, KEY);
    let (socket, source) = readable();
    let later = Instant::now() + Duration::from_secs(3600);
    let interest = Interest::readable(Source::Os(source)).until(later);
    watcher.wait_for(&interest).unwrap();
    drop((watcher, interest));
    assert_eq!(Arc::strong_count(&socket), 1);
    assert_eq!((ready(&shared), shared.first_deadline()), (vec![], None));
}
