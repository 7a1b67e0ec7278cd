//! What a message costs through the C ABI beside the Rust API: a round trip of 64 octets between
//! two threads, and one way, on one processor, over a Unix socket. Each runs in a process of its
//! own, in turn; printed are the medians, and nothing is asserted. See `rfc/sp-capi.md`.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a bench")]

use std::env;
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, poll};
use speedwell::{ErrorKind, Message, Pair, Pull, Push, ReadyFd};

/// How often each is measured.
const TURNS: usize = 7;
const ROUND_TRIPS: u32 = 20_000;
const ONE_WAY: u32 = 300_000;
const BODY: [u8; 64] = [0; 64];

fn main() {
    let arguments: Vec<_> = env::args().collect();
    match arguments.get(1).map(String::as_str) {
        Some("child") => child(&arguments),
        _ => parent(),
    }
}

fn parent() {
    let folder = tempfile::tempdir().unwrap();
    let program = build(folder.path());
    let me = env::current_exe().unwrap();
    println!("nanoseconds, median of {TURNS} (least, most)");
    for (what, count) in [("round-trip", ROUND_TRIPS), ("one-way", ONE_WAY)] {
        let mut figures = [const { Vec::new() }; 3];
        for turn in 0..TURNS {
            let address = format!("ipc://{}/{turn}", folder.path().display());
            let arguments = [what, &count.to_string(), &address];
            for (who, place) in ["futex", "descriptor", "C"].iter().zip(&mut figures) {
                let mut command = Command::new("taskset");
                command.args(["-c", "0"]);
                if *who == "C" {
                    command.arg(&program).env("LD_LIBRARY_PATH", folder.path());
                } else {
                    command.arg(&me).args(["child", who]);
                }
                let output = command.args(arguments).output().unwrap();
                let text = String::from_utf8(output.stdout).unwrap();
                place.push(text.trim().parse::<f64>().unwrap());
            }
        }
        let medians = figures.map(|mut figures| {
            figures.sort_by(f64::total_cmp);
            (figures[TURNS / 2], figures[0], figures[TURNS - 1])
        });
        let names = ["Rust, on a futex", "Rust, on a descriptor", "C"];
        for (name, (median, least, most)) in names.iter().zip(medians) {
            println!("{what:<12}{name:<24}{median:>10.0} ({least:.0}, {most:.0})");
        }
        let [(futex, ..), (descriptor, ..), (c, ..)] = medians;
        println!(
            "{what:<12}C is {:.2} of the first, {:.2} of the second",
            c / futex,
            c / descriptor
        );
    }
}

fn build(folder: &Path) -> std::path::PathBuf {
    let home = Path::new(env!("CARGO_MANIFEST_DIR"));
    let library = env::current_exe()
        .unwrap()
        .with_file_name("libspeedwell_capi.so");
    std::os::unix::fs::symlink(library, folder.join("libnanomsg.so")).unwrap();
    let program = folder.join("beside");
    let mut cc = Command::new("cc");
    cc.args(["-O2", "-pthread", "-I"])
        .arg(home.join("include"))
        .arg("-o")
        .arg(&program);
    cc.arg(home.join("benches/beside_rust/beside.c"));
    cc.arg("-L").arg(folder).arg("-lnanomsg");
    assert!(cc.status().unwrap().success());
    program
}

fn child(arguments: &[String]) {
    let [_, _, who, what, count, address] = arguments else {
        panic!("{arguments:?}");
    };
    let count: u32 = count.parse().unwrap();
    let on_descriptor = who == "descriptor";
    let took = if what == "round-trip" {
        round_trips(on_descriptor, count, address)
    } else {
        one_way(on_descriptor, count, address)
    };
    println!("{:.1}", took.as_secs_f64() * 1e9 / f64::from(count));
    std::process::exit(0);
}

/// Receives, and waits on a descriptor as the loops of others do.
macro_rules! recv {
    ($socket:expr, $fd:expr) => {
        match &$fd {
            None => $socket.recv().unwrap(),
            Some(fd) => loop {
                match $socket.try_recv() {
                    Err(error) if error.kind() == ErrorKind::WouldBlock => wait(fd),
                    received => break received.unwrap(),
                }
            },
        }
    };
}

fn wait(fd: &ReadyFd) {
    poll(&mut [PollFd::new(fd, PollFlags::IN)], None).unwrap();
}

fn round_trips(on_descriptor: bool, count: u32, address: &str) -> Duration {
    let (one, other) = (Pair::new().unwrap(), Pair::new().unwrap());
    one.bind(address).unwrap();
    other.connect(address).unwrap();
    one.wait_for_peers(1, Duration::from_secs(10)).unwrap();
    thread::spawn(move || {
        let fd = on_descriptor.then(|| other.recv_fd().unwrap());
        loop {
            let message: Message = recv!(other, fd);
            other.send(message).unwrap();
        }
    });
    let fd = on_descriptor.then(|| one.recv_fd().unwrap());
    let start = Instant::now();
    for _ in 0..count {
        one.send(BODY).unwrap();
        recv!(one, fd);
    }
    start.elapsed()
}

fn one_way(on_descriptor: bool, count: u32, address: &str) -> Duration {
    let (pull, push) = (Pull::new().unwrap(), Push::new().unwrap());
    pull.bind(address).unwrap();
    push.connect(address).unwrap();
    pull.wait_for_peers(1, Duration::from_secs(10)).unwrap();
    thread::spawn(move || {
        for _ in 0..count {
            push.send(BODY).unwrap();
        }
        thread::park();
    });
    let fd = on_descriptor.then(|| pull.recv_fd().unwrap());
    let start = Instant::now();
    for _ in 0..count {
        recv!(pull, fd);
    }
    start.elapsed()
}
