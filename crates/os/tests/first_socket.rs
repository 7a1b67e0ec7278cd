//! A child that is made while another thread opens the first socket of the process. One test: in
//! this process nobody else opens any. The rules are in `rfc/sp-waiting.md` section 6.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "tests")]
#![allow(unsafe_code, reason = "the system's calls: fork and what follows it")]

#[path = "fork/child.rs"]
mod child;

use std::thread;
use std::time::{Duration, Instant};

use speedwell::{Pull, Push};

use child::in_child;

const SOON: Duration = Duration::from_secs(20);

fn exchange() {
    let (push, pull) = (Push::new().unwrap(), Pull::new().unwrap());
    let bound = pull.bind("tcp://127.0.0.1:0").unwrap();
    push.connect(bound.address()).unwrap();
    push.send_timeout("x", SOON).unwrap();
    pull.recv_timeout(SOON).unwrap();
}

// rfc: sp-waiting W-51
#[test]
fn fault_67_a_child_made_while_another_thread_opens_the_first_socket_opens_its_own() {
    for round in 0..300 {
        // In each of these processes there is a first time.
        in_child(|| {
            thread::scope(|scope| {
                let opening = scope.spawn(exchange);
                let start = Instant::now();
                while start.elapsed() < Duration::from_micros(round) {
                    std::hint::spin_loop();
                }
                in_child(exchange);
                opening.join().unwrap();
            });
        });
    }
}
