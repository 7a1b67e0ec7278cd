//! Signals that interrupt whatever the system is asked: no call of the library notices. One test
//! each in a row, for signals concern the whole process. See `rfc/sp-waiting.md` section 6.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "tests")]
#![allow(unsafe_code, reason = "the system's calls: handlers and signals")]

use std::mem::{MaybeUninit, zeroed};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use speedwell::{ErrorKind, Pair, PollItem, Pull, Push, poll};

const SOON: Duration = Duration::from_secs(20);

static SEEN: AtomicU64 = AtomicU64::new(0);

extern "C" fn note(_: libc::c_int) {
    SEEN.fetch_add(1, Ordering::Relaxed);
}

/// Has a signal noted, and system calls fail by it that would otherwise be started again.
fn interrupt_by(signal: libc::c_int) {
    // SAFETY: all octets zero are a valid `sigaction`: no flag, and so no restart.
    let mut action: libc::sigaction = unsafe { zeroed() };
    let handler: extern "C" fn(libc::c_int) = note;
    action.sa_sigaction = handler as libc::sighandler_t;
    // SAFETY: the handler does only what a handler may.
    let set = unsafe { libc::sigaction(signal, &action, std::ptr::null_mut()) };
    assert_eq!(set, 0);
}

/// Sends signals to every thread of the process, one after the other, until it is told to stop.
fn storm(is_over: &AtomicBool) {
    let process = libc::pid_t::try_from(std::process::id()).unwrap();
    while !is_over.load(Ordering::Relaxed) {
        for task in std::fs::read_dir("/proc/self/task").unwrap() {
            let thread: libc::pid_t = task.unwrap().file_name().to_str().unwrap().parse().unwrap();
            for signal in [libc::SIGUSR1, libc::SIGCHLD, libc::SIGINT] {
                // SAFETY: a signal with a handler, to a thread of this process or to none.
                unsafe { libc::syscall(libc::SYS_tgkill, process, thread, signal) };
            }
        }
        thread::sleep(Duration::from_micros(200));
    }
}

// rfc: sp-waiting W-52
#[test]
fn fault_66_a_storm_of_signals_is_noticed_by_no_call() {
    for signal in [libc::SIGUSR1, libc::SIGCHLD, libc::SIGINT] {
        interrupt_by(signal);
    }
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| storm(&is_over));
        let file = std::env::temp_dir().join(format!("signals-{}", std::process::id()));
        let ipc = format!("ipc://{}", file.display());
        for address in ["tcp://127.0.0.1:0", &ipc, "inproc://signals"] {
            exchanges(address);
        }
        names();
        waits();
        is_over.store(true, Ordering::Relaxed);
    });
    let seen = SEEN.load(Ordering::Relaxed);
    println!("{seen} signals");
    assert!(seen > 100);
    a_pipe_without_a_reader_is_an_error_and_no_signal();
}

fn exchanges(address: &str) {
    for _ in 0..4 {
        let (push, pull) = (Push::new().unwrap(), Pull::new().unwrap());
        let bound = pull.bind(address).unwrap();
        push.connect(bound.address()).unwrap();
        push.wait_for_peers(1, SOON).unwrap();
        thread::scope(|scope| {
            scope.spawn(|| {
                for number in 0..1_000_u32 {
                    push.send(number.to_be_bytes().repeat(100)).unwrap();
                }
            });
            for number in 0..1_000_u32 {
                let message = pull.recv_timeout(SOON).unwrap();
                assert!(message.body().starts_with(&number.to_be_bytes()));
            }
        });
        assert!(push.close().is_clean() && pull.close().is_clean());
    }
}

/// Connections to a name, over and over: looking it up, connecting, accepting, greeting.
fn names() {
    let pull = Pull::new().unwrap();
    let bound = pull.bind("tcp://127.0.0.1:0").unwrap();
    let address = bound.address().replace("127.0.0.1", "localhost");
    for number in 0..50_u32 {
        let push = Push::new().unwrap();
        push.connect(&address).unwrap();
        push.send_timeout(number.to_be_bytes(), SOON).unwrap();
        assert_eq!(
            pull.recv_timeout(SOON).unwrap().body(),
            number.to_be_bytes()
        );
        let stats = push.stats();
        assert_eq!((stats.dial_errors, stats.handshake_errors), (0, 0));
        assert!(push.close().is_clean());
    }
    let stats = pull.stats();
    assert_eq!(
        (stats.accept_errors, stats.handshake_errors, stats.broken),
        (0, 0, 0)
    );
}

/// Nothing happens but signals: each wait takes its whole time.
fn waits() {
    let time = Duration::from_millis(100);
    let pair = Pair::new().unwrap();
    let took = |wait: &dyn Fn()| {
        let start = Instant::now();
        wait();
        start.elapsed()
    };
    let ends = |kind: ErrorKind| assert_eq!(kind, ErrorKind::TimedOut);
    for took in [
        took(&|| ends(pair.recv_timeout(time).unwrap_err().kind())),
        took(&|| ends(pair.send_timeout("x", time).unwrap_err().kind())),
        took(&|| ends(pair.wait_for_peers(1, time).unwrap_err().kind())),
        took(&|| assert_eq!(poll(&mut [PollItem::both(&pair)], Some(time)).unwrap(), 0)),
    ] {
        println!("waited {took:?} of {time:?}");
        assert!(took >= time && took < 20 * time);
    }
}

/// The peer is gone while we write to it, in a program in which that signal ends the process.
fn a_pipe_without_a_reader_is_an_error_and_no_signal() {
    // SAFETY: the default of a signal that nothing here relies on.
    unsafe { libc::signal(libc::SIGPIPE, libc::SIG_DFL) };
    for _ in 0..10 {
        let push = Push::new().unwrap();
        push.set_linger(Duration::ZERO);
        let bound = push.bind("tcp://127.0.0.1:0").unwrap();
        let pull = Pull::new().unwrap();
        pull.connect(bound.address()).unwrap();
        push.wait_for_peers(1, SOON).unwrap();
        pull.set_linger(Duration::ZERO);
        thread::scope(|scope| {
            scope.spawn(|| pull.close());
            while push
                .send_timeout([7; 1000], Duration::from_millis(20))
                .is_ok()
            {}
        });
    }
    let mut action = MaybeUninit::<libc::sigaction>::zeroed();
    // SAFETY: there is room for what is written.
    unsafe { libc::sigaction(libc::SIGPIPE, std::ptr::null(), action.as_mut_ptr()) };
    // SAFETY: it was written just now, or is zero, which is valid too.
    let action = unsafe { action.assume_init() };
    assert_eq!(
        action.sa_sigaction,
        libc::SIG_DFL,
        "it is still the default"
    );
}
