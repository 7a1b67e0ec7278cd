//! A PULL in a process of its own. It writes the number of each message on its standard output at
//! once; what it wrote before it was killed stays in the pipe, and so is known.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{self, Receiver};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use speedwell::{ErrorKind, Message, Pull};

use super::{BUFFER, SOON, ledger};

/// Says that the program is a consumer, and at which port.
const CHILD: &str = "SPEEDWELL_TEST_CONSUMER";

/// Where consumers listen. One that comes back needs the port it had: on Linux this host has
/// addresses that nobody else asks for ports of.
const HOST: &str = if cfg!(target_os = "linux") {
    "127.72.0.72"
} else {
    "127.0.0.1"
};

/// How long a consumer waits for a message before it looks whether it is over.
const LOOK_UP: Duration = Duration::from_millis(20);

/// A consumer, as the test sees it.
pub(crate) struct Consumer {
    child: Child,
    orders: Option<ChildStdin>,
    address: String,
    received: Arc<AtomicU64>,
    has_stopped: Receiver<()>,
    reader: Option<JoinHandle<Vec<u64>>>,
}

impl Consumer {
    /// Starts one at a port, "0" for any, and waits until it listens.
    pub(crate) fn start(port: &str) -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "as_a_child_it_consumes", "--nocapture"])
            .env(CHILD, port)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        let received = Arc::new(AtomicU64::new(0));
        let (tell, told) = mpsc::channel();
        let (say_stopped, has_stopped) = mpsc::channel();
        let count = received.clone();
        let reader = thread::spawn(move || {
            let mut numbers = Vec::new();
            for line in output.lines().map_while(Result::ok) {
                if let Some(address) = line.strip_prefix("bound ") {
                    tell.send(address.to_owned()).unwrap();
                } else if line == "stopped" {
                    say_stopped.send(()).unwrap();
                } else if let Some(number) = line.strip_prefix("took ") {
                    numbers.push(number.parse().unwrap());
                    count.fetch_add(1, Ordering::SeqCst);
                }
            }
            numbers
        });
        Self {
            orders: child.stdin.take(),
            child,
            address: told.recv_timeout(SOON).unwrap(),
            received,
            has_stopped,
            reader: Some(reader),
        }
    }

    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    pub(crate) fn port(&self) -> String {
        self.address.rsplit(':').next().unwrap().to_owned()
    }

    /// How many messages it has written down.
    pub(crate) fn received(&self) -> u64 {
        self.received.load(Ordering::SeqCst)
    }

    /// Has it take nothing more, and waits until it does not.
    pub(crate) fn stop(&mut self) {
        writeln!(self.orders.as_mut().unwrap(), "stop").unwrap();
        self.has_stopped.recv_timeout(SOON).unwrap();
    }

    /// Kills it: `SIGKILL` on Unix.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
    }

    /// Waits until its peer is gone or it was killed, and says what it took, in order.
    pub(crate) fn finish(&mut self) -> Vec<u64> {
        drop(self.orders.take());
        let numbers = self.reader.take().unwrap().join().unwrap();
        self.child.wait().unwrap();
        numbers
    }
}

impl Drop for Consumer {
    fn drop(&mut self) {
        // It may have been killed already; then there is nothing to end.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What the program does as a consumer.
pub(crate) fn run_if_child() {
    let Ok(port) = std::env::var(CHILD) else {
        return;
    };
    let pull = Pull::new().unwrap();
    pull.set_recv_buffer(BUFFER).unwrap();
    let endpoint = pull.bind(format!("tcp://{HOST}:{port}")).unwrap();
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

/// A line at once: what is written cannot be lost with the process.
fn say(line: std::fmt::Arguments<'_>) {
    let mut out = std::io::stdout().lock();
    out.write_all(format!("{line}\n").as_bytes()).unwrap();
    out.flush().unwrap();
}
