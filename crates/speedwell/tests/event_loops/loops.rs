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

// rfc: sp-waiting W-10
#[test]
fn mio() {
    use mio::unix::SourceFd;
    use std::os::fd::AsRawFd;
    fed("mio", |pull| {
        let ready = pull.recv_fd().unwrap();
        let mut poll = mio::Poll::new().unwrap();
        let mut events = mio::Events::with_capacity(4);
        let key = mio::Token(1);
        let reading = mio::Interest::READABLE;
        poll.registry()
            .register(&mut SourceFd(&ready.as_raw_fd()), key, reading)
            .unwrap();
        let mut number = 0;
        while number < MESSAGES {
            poll.poll(&mut events, Some(SOON)).unwrap();
            assert!(events.iter().any(|event| event.is_readable()));
            // It tells of each change once, so all that is there is taken.
            while let Ok(message) = pull.try_recv() {
                assert_eq!(message.body(), number.to_string().as_bytes());
                number += 1;
            }
        }
    });
}

// rfc: sp-waiting W-10
#[allow(
    deprecated,
    reason = "what replaces it is unsafe; this names one descriptor always"
)]
#[test]
fn async_fd_of_tokio() {
    use tokio::io::Interest;
    use tokio::io::unix::AsyncFd;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    fed("async fd", |pull| {
        runtime.block_on(async {
            let ready = pull.recv_fd().unwrap();
            let ready = AsyncFd::with_interest(ready, Interest::READABLE).unwrap();
            for number in 0..MESSAGES {
                loop {
                    let mut guard = ready.readable().await.unwrap();
                    match pull.try_recv() {
                        Ok(message) => {
                            assert_eq!(message.body(), number.to_string().as_bytes());
                            break;
                        }
                        Err(error) => {
                            assert_eq!(error.kind(), ErrorKind::WouldBlock);
                            guard.clear_ready();
                        }
                    }
                }
            }
        });
    });
}
