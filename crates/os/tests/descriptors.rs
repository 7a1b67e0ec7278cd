//! A poll set gives back every descriptor. One test, so that nothing else opens any meanwhile.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "tests")]

use std::net::UdpSocket;
use std::sync::Arc;
use std::time::Duration;

use speedwell_os::{Events, PollSet, Watch};
use speedwell_transport::OsSource;

fn open_descriptors() -> usize {
    std::fs::read_dir("/proc/self/fd").unwrap().count()
}

fn source() -> OsSource {
    OsSource::new(Arc::new(UdpSocket::bind("127.0.0.1:0").unwrap()))
}

#[test]
fn fault_91_sets_and_sources_come_and_go_and_leave_no_descriptor() {
    let before = open_descriptors();
    for round in 0..1_000 {
        let set = PollSet::new().unwrap();
        set.add(1, &source(), Watch::BOTH).unwrap();
        set.add(2, &source(), Watch::NONE).unwrap();
        set.add(1, &source(), Watch::READ).unwrap_err();
        set.add(PollSet::RESERVED_KEY, &source(), Watch::READ)
            .unwrap_err();
        set.wait(&mut Events::new(), Some(Duration::ZERO)).unwrap();
        if round % 2 == 0 {
            set.remove(1).unwrap();
            set.remove(2).unwrap();
        }
    }
    assert_eq!(open_descriptors(), before);
}
