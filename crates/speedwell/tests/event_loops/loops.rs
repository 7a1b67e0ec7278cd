//! The loops that a descriptor is watched in.

use std::time::Duration;

use rustix::event::Timespec;
use speedwell::{ErrorKind, Pull, Push};

use crate::stage::{SOON, address};

const MESSAGES: usize = 200;

/// Sends so many messages from another thread, some of them at a time, and then closes.
fn fed(test: &str, receive: impl FnOnce(&Pull)) {
    let address = address(test);
    let (push, pull) = (Push::new().unwrap(), Pull::new().unwrap());
    pull.bind(&address).unwrap();
    push.connect(&address).unwrap();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for number in 0..MESSAGES {
                push.send(number.to_string()).unwrap();
                if number % 7 == 0 {
                    std::thread::sleep(Duration::from_micros(300));
                }
            }
        });
        receive(&pull);
    });
    assert_eq!(pull.try_recv().unwrap_err().kind(), ErrorKind::WouldBlock);
}

fn take(pull: &Pull, number: usize) {
    let message = pull.try_recv().unwrap();
    assert_eq!(message.body(), number.to_string().as_bytes());
}

// rfc: sp-waiting W-10
#[test]
fn poll_of_the_system() {
    fed("poll", |pull| {
        let ready = pull.recv_fd().unwrap();
        for number in 0..MESSAGES {
            assert!(crate::stage::readable_within(&ready, SOON));
            take(pull, number);
        }
    });
}

// rfc: sp-waiting W-10
#[cfg(target_os = "linux")]
#[test]
fn epoll_level_triggered() {
    use rustix::event::epoll;
    fed("epoll", |pull| {
        let ready = pull.recv_fd().unwrap();
        let set = epoll::create(epoll::CreateFlags::CLOEXEC).unwrap();
        let key = epoll::EventData::new_u64(1);
        epoll::add(&set, &ready, key, epoll::EventFlags::IN).unwrap();
        let mut events = Vec::with_capacity(4);
        let timeout = Timespec {
            tv_sec: 20,
            tv_nsec: 0,
        };
        for number in 0..MESSAGES {
            events.clear();
            let room = rustix::buffer::spare_capacity(&mut events);
            epoll::wait(&set, room, Some(&timeout)).unwrap();
            assert_eq!(events.len(), 1);
            take(pull, number);
        }
    });
}
