//! A REP in a process of its own. Its answer names the request.

use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

use speedwell::Rep;

use super::child::{Process, place, say};

/// Says that the program is a server, and at which port.
const CHILD: &str = "SPEEDWELL_TEST_SERVER";

/// A server, as the test sees it.
pub(crate) struct Server {
    process: Process,
    first_request: Receiver<Instant>,
}

impl Server {
    /// Starts one at a port, "0" for any, and waits until it listens.
    pub(crate) fn start(port: &str) -> Self {
        let (tell, first_request) = mpsc::channel();
        let process = Process::start("as_a_child_it_serves", CHILD, port, move |line| {
            if line == "heard" {
                // The test may not care.
                let _ = tell.send(Instant::now());
            }
        });
        Self {
            process,
            first_request,
        }
    }

    /// Another process in the place of the one that was killed.
    pub(crate) fn comes_back(&mut self) {
        *self = Self::start(&self.process.port());
    }

    pub(crate) fn address(&self) -> &str {
        self.process.address()
    }

    pub(crate) fn bound_at(&self) -> Instant {
        self.process.bound_at()
    }

    /// When it had its first request.
    pub(crate) fn heard(&self, patience: Duration) -> Instant {
        self.first_request.recv_timeout(patience).unwrap()
    }

    /// Kills it, and waits until it is gone.
    pub(crate) fn kill(&mut self) {
        self.process.kill();
        self.process.finish();
    }
}

/// The answer that every server has to a question.
pub(crate) fn answer_to(question: &[u8]) -> Vec<u8> {
    [b"the answer to ", question].concat()
}

/// What the program does as a server.
pub(crate) fn run_if_child() {
    let Ok(port) = std::env::var(CHILD) else {
        return;
    };
    let rep = Rep::new().unwrap();
    let endpoint = rep.bind(place("127.71.0.71", &port)).unwrap();
    // The harness may have begun a line.
    say(format_args!("\nbound {}", endpoint.address()));
    thread::spawn(|| {
        // Until whoever started it is gone.
        let _ = std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
        std::process::exit(0);
    });
    for number in 0_u64.. {
        let question = rep.recv().unwrap();
        if number == 0 {
            say(format_args!("heard"));
        }
        rep.send(answer_to(question.body())).unwrap();
    }
}
