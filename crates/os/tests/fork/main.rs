//! What a child process that `fork` makes has of its parent's sockets, and what the parent has
//! afterwards. The rules are in `rfc/sp-waiting.md` section 6.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "tests")]
#![allow(unsafe_code, reason = "the system's calls: fork and what follows it")]

mod child;

use std::thread;
use std::time::Duration;

use speedwell::{Builder, ErrorKind, Pair, Pull, Push, Reactor, Req, default_transports};

use child::in_child;

const SOON: Duration = Duration::from_secs(20);

fn pipeline() -> (Push, Pull, String) {
    let (push, pull) = (Push::new().unwrap(), Pull::new().unwrap());
    let bound = pull.bind("tcp://127.0.0.1:0").unwrap();
    push.connect(bound.address()).unwrap();
    push.wait_for_peers(1, SOON).unwrap();
    (push, pull, bound.address().to_owned())
}

fn exchange(push: &Push, pull: &Pull) {
    for number in 0..100_u32 {
        push.send_timeout(number.to_be_bytes(), SOON).unwrap();
        let message = pull.recv_timeout(SOON).unwrap();
        assert_eq!(message.body(), number.to_be_bytes());
    }
}

// rfc: sp-waiting W-50
#[test]
fn fault_67_a_child_gets_a_clear_error_from_every_call() {
    let pair = Pair::new().unwrap();
    let endpoint = pair.bind("tcp://127.0.0.1:0").unwrap();
    let events = pair.events();
    let req = Req::new().unwrap();
    let context = req.context().unwrap();
    let reactor = Reactor::new().unwrap();
    in_child(|| {
        let sent = pair.send("no").unwrap_err();
        assert_eq!(sent.kind(), ErrorKind::Forked);
        assert_eq!(sent.into_message().body(), b"no");
        let builder = Builder::new(default_transports()).reactor(reactor.clone());
        let kinds = [
            pair.try_send("no").unwrap_err().kind(),
            pair.recv().unwrap_err().kind(),
            pair.try_recv().unwrap_err().kind(),
            pair.bind("tcp://127.0.0.1:0").unwrap_err().kind(),
            pair.connect("tcp://127.0.0.1:1").unwrap_err().kind(),
            pair.with(|_, _| ()).unwrap_err().kind(),
            pair.wait_for_peers(1, SOON).unwrap_err().kind(),
            pair.recv_fd().unwrap_err().kind(),
            pair.set_name("no").unwrap_err().kind(),
            pair.messages().try_recv().unwrap_err().kind(),
            events.next().unwrap_err().kind(),
            context.recv().unwrap_err().kind(),
            req.context().unwrap_err().kind(),
            Pair::with_builder(&builder).unwrap_err().kind(),
        ];
        assert_eq!(kinds, [ErrorKind::Forked; 14]);
        // What cannot fail says what a socket has that was never used.
        assert!(endpoint.status().is_none() && pair.pipes() == 0 && pair.name().is_empty());
        assert_eq!(pair.stats(), speedwell::Stats::default());
        println!("{pair:?} {:?} {:?}", pair.settings(), pair.snapshot());
        endpoint.close();
        assert!(pair.close().is_clean());
    });
    let peer = Pair::new().unwrap();
    peer.connect(endpoint.address()).unwrap();
    peer.send_timeout("the parent is unharmed", SOON).unwrap();
    pair.recv_timeout(SOON).unwrap();
}

// rfc: sp-waiting W-50
#[test]
fn fault_67_a_child_that_drops_its_parents_sockets_harms_nobody() {
    let (push, pull, _) = pipeline();
    let mut sockets = Some((push, pull));
    for _ in 0..3 {
        in_child(|| drop(sockets.take()));
        let (push, pull) = sockets.as_ref().unwrap();
        exchange(push, pull);
    }
}

// rfc: sp-waiting W-51
#[test]
fn fault_67_a_child_opens_sockets_and_talks_to_its_parent() {
    let (push, pull, address) = pipeline();
    let inproc = Pull::new().unwrap();
    inproc.bind("inproc://the same name").unwrap();
    in_child(|| {
        let (mine, own) = (Push::new().unwrap(), Pull::new().unwrap());
        own.bind("inproc://the same name").unwrap();
        mine.connect("inproc://the same name").unwrap();
        exchange(&mine, &own);
        let to_parent = Push::new().unwrap();
        to_parent.connect(&address).unwrap();
        to_parent.send_timeout("from the child", SOON).unwrap();
        assert!(to_parent.close().is_clean());
        // A child of the child is another process again.
        in_child(|| {
            assert_eq!(mine.try_send("x").unwrap_err().kind(), ErrorKind::Forked);
            exchange_of_its_own();
        });
        exchange(&mine, &own);
    });
    let message = pull.recv_timeout(SOON).unwrap();
    assert_eq!(message.body(), b"from the child");
    exchange(&push, &pull);
    assert_eq!(inproc.pipes(), 0, "names are each process's own");
}

// rfc: sp-waiting W-13
#[cfg(target_os = "linux")]
#[test]
fn fault_67_every_descriptor_is_closed_in_programs_that_are_executed() {
    in_child(|| {
        let inherited = descriptors();
        let folder = std::env::temp_dir().join(format!("forks-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let mut sockets = Vec::new();
        let ipc = format!("ipc://{}/socket", folder.display());
        for address in ["tcp://127.0.0.1:0", "tcp://*:0", &ipc, "inproc://forks"] {
            let (one, other) = (Pair::new().unwrap(), Pair::new().unwrap());
            let bound = one.bind(address).unwrap();
            other
                .connect(bound.address().replace("[::]", "localhost"))
                .unwrap();
            one.wait_for_peers(1, SOON).unwrap();
            let fds = (one.recv_fd().unwrap(), other.send_fd().unwrap());
            sockets.push((one, other, fds));
        }
        let own = Builder::new(default_transports()).reactor(Reactor::new().unwrap());
        let pair = Pair::with_builder(&own).unwrap();
        let ours = descriptors();
        let ours: Vec<_> = ours.difference(&inherited).collect();
        for number in &ours {
            // SAFETY: it asks about a number, which may even mean nothing.
            let flags = unsafe { libc::fcntl(**number, libc::F_GETFD) };
            assert_eq!(flags & libc::FD_CLOEXEC, libc::FD_CLOEXEC, "{number}");
        }
        println!("{} descriptors", ours.len());
        // Listeners, both ends of three, the pollable ones, a file's folder, and two poll sets.
        assert!(ours.len() >= 3 + 6 + 8 + 1 + 4, "{ours:?}");
        drop((sockets, pair));
        std::fs::remove_dir_all(&folder).unwrap();
    });
}

#[cfg(target_os = "linux")]
fn descriptors() -> std::collections::BTreeSet<i32> {
    let entries = std::fs::read_dir("/proc/self/fd").unwrap();
    let numbers = entries.map(|entry| {
        entry
            .unwrap()
            .file_name()
            .to_str()
            .unwrap()
            .parse()
            .unwrap()
    });
    // SAFETY: it asks about a number; that of the listing means nothing any more.
    let is_open = |number: &i32| unsafe { libc::fcntl(*number, libc::F_GETFD) } >= 0;
    let numbers: Vec<i32> = numbers.collect();
    numbers.into_iter().filter(is_open).collect()
}

fn exchange_of_its_own() {
    let (push, pull, _) = pipeline();
    exchange(&push, &pull);
}

// rfc: sp-waiting W-50 W-51
#[test]
fn fault_67_children_are_made_while_every_thread_is_busy() {
    let (push, pull, _) = pipeline();
    let count = thread::scope(|scope| {
        scope.spawn(|| while push.send("x").is_ok() {});
        let receiver = scope.spawn(|| {
            let mut count = 0_u64;
            while pull.recv().is_ok() {
                count += 1;
            }
            count
        });
        for _ in 0..10 {
            in_child(|| {
                assert_eq!(push.send("x").unwrap_err().kind(), ErrorKind::Forked);
                assert_eq!(pull.recv().unwrap_err().kind(), ErrorKind::Forked);
                exchange_of_its_own();
            });
        }
        push.close();
        pull.close();
        receiver.join().unwrap()
    });
    println!("{count} messages meanwhile");
    assert!(count > 0);
}
