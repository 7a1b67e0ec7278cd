//! A PULL in a process of its own. It writes the number of each message on its standard output at
//! once.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use speedwell::{ErrorKind, Message, Pull};

use super::child::{Process, SOON, place, say};
use super::{BUFFER, ledger};

/// Says that the program is a consumer, and at which port.
const CHILD: &str = "SPEEDWELL_TEST_CONSUMER";

/// How long a consumer waits for a message before it looks whether it is over.
const LOOK_UP: Duration = Duration::from_millis(20);

/// A consumer, as the test sees it.
pub(crate) struct Consumer {
    process: Process,
    taken: Arc<Mutex<Vec<u64>>>,
    has_stopped: Receiver<()>,
}

impl Consumer {
    /// Starts one at a port, "0" for any, and waits until it listens.
    pub(crate) fn start(port: &str) -> Self {
        Self::start_as(port)
    }

    /// Starts one with buffers as the system likes them, and a limit of what is under way if so.
    pub(crate) fn start_with_inflight(limit: Option<usize>) -> Self {
        Self::start_as(&format!("0 {}", limit.unwrap_or(0)))
    }

    fn start_as(port: &str) -> Self {
        let taken = Arc::new(Mutex::new(Vec::new()));
        let numbers = taken.clone();
        let (say_stopped, has_stopped) = mpsc::channel();
        let process = Process::start("as_a_child_it_consumes", CHILD, port, move |line| {
            if line == "stopped" {
                say_stopped.send(()).unwrap();
            } else if let Some(number) = line.strip_prefix("took ") {
                numbers.lock().unwrap().push(number.parse().unwrap());
            }
        });
        Self {
            process,
            taken,
            has_stopped,
        }
    }

    pub(crate) fn address(&self) -> &str {
        self.process.address()
    }

    pub(crate) fn port(&self) -> String {
        self.process.port()
    }

    /// How many messages it has written down.
    pub(crate) fn received(&self) -> usize {
        self.taken.lock().unwrap().len()
    }

    /// Has it take nothing more, and waits until it does not.
    pub(crate) fn stop(&mut self) {
        self.process.order("stop");
        self.has_stopped.recv_timeout(SOON).unwrap();
    }

    /// Kills it: `SIGKILL` on Unix.
    pub(crate) fn kill(&mut self) {
        self.process.kill();
    }

    /// Waits until its peer is gone or it was killed, and says what it took, in order.
    pub(crate) fn finish(&mut self) -> Vec<u64> {
        self.process.finish();
        std::mem::take(&mut self.taken.lock().unwrap())
    }
}

/// What the program does as a consumer.
pub(crate) fn run_if_child() {
    let Ok(form) = std::env::var(CHILD) else {
        return;
    };
    let pull = Pull::new().unwrap();
    let port = match form.split_once(' ') {
        None => {
            pull.set_recv_buffer(BUFFER).unwrap();
            form.as_str()
        }
        Some((port, limit)) => {
            let limit = limit.parse().ok().filter(|limit| *limit > 0);
            pull.set_inflight(limit).unwrap();
            port
        }
    };
    let endpoint = pull.bind(place("127.72.0.72", port)).unwrap();
    // The harness may have begun a line.
    say(format_args!("\nbound {}", endpoint.address()));
    let is_stopped = Arc::new(AtomicBool::new(false));
    let orders = is_stopped.clone();
    let follower = thread::spawn(move || {
        for _ in std::io::stdin().lines().map_while(Result::ok) {
            orders.store(true, Ordering::SeqCst);
        }
    });
    while !is_stopped.load(Ordering::SeqCst) {
        let is_over = is_over(&pull, &follower);
        match pull.recv_timeout(LOOK_UP) {
            Ok(message) => say(format_args!("took {}", number(&message))),
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::TimedOut);
                if is_over {
                    return;
                }
            }
        }
    }
    say(format_args!("stopped"));
    // Until it is killed, or whoever started it is gone.
    follower.join().unwrap();
}

/// The test is through with its orders, and no more can come.
fn is_over(pull: &Pull, follower: &JoinHandle<()>) -> bool {
    follower.is_finished() && pull.pipes() == 0
}

fn number(message: &Message) -> u64 {
    ledger::number_of(message.body()).unwrap()
}
