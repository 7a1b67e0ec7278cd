//! This program again, as a child process: started, listened to, and killed. What it wrote before
//! it was killed stays in the pipe, and so is known.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// A bound on waiting, far beyond what anything here takes.
pub(crate) const SOON: Duration = Duration::from_secs(30);

/// A child that has bound an address.
pub(crate) struct Process {
    child: Child,
    orders: Option<ChildStdin>,
    address: String,
    bound_at: Instant,
    reader: Option<JoinHandle<()>>,
}

impl Process {
    /// Starts one that runs the test `role`, with the variable that tells it the port, "0" for any;
    /// and waits until it has said where it is bound. `hear` is told each line.
    pub(crate) fn start(
        role: &str,
        variable: &str,
        port: &str,
        mut hear: impl FnMut(&str) + Send + 'static,
    ) -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", role, "--nocapture"])
            .env(variable, port)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        let (tell, told) = mpsc::channel();
        let reader = thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                match line.strip_prefix("bound ") {
                    Some(address) => tell.send((address.to_owned(), Instant::now())).unwrap(),
                    None => hear(&line),
                }
            }
        });
        let (address, bound_at) = told.recv_timeout(SOON).unwrap();
        Self {
            orders: child.stdin.take(),
            child,
            address,
            bound_at,
            reader: Some(reader),
        }
    }

    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// When it said that it is bound.
    #[allow(dead_code, reason = "not every test asks")]
    pub(crate) fn bound_at(&self) -> Instant {
        self.bound_at
    }

    pub(crate) fn port(&self) -> String {
        self.address.rsplit(':').next().unwrap().to_owned()
    }

    /// Writes a line on its standard input.
    #[allow(dead_code, reason = "not every child takes orders")]
    pub(crate) fn order(&mut self, line: &str) {
        writeln!(self.orders.as_mut().unwrap(), "{line}").unwrap();
    }

    /// Kills it: `SIGKILL` on Unix.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
    }

    /// Ends its orders, and waits until it is gone and all it said was heard.
    pub(crate) fn finish(&mut self) {
        drop(self.orders.take());
        self.reader.take().unwrap().join().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have been killed already; then there is nothing to end.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Where a child listens. One that comes back needs the port it had: on Linux this host has
/// addresses that nobody else asks for ports of.
pub(crate) fn place(of_its_own: &str, port: &str) -> String {
    let host = if cfg!(target_os = "linux") {
        of_its_own
    } else {
        "127.0.0.1"
    };
    format!("tcp://{host}:{port}")
}

/// In the child: a line at once, since what is written cannot be lost with the process.
pub(crate) fn say(line: std::fmt::Arguments<'_>) {
    let mut out = std::io::stdout().lock();
    out.write_all(format!("{line}\n").as_bytes()).unwrap();
    out.flush().unwrap();
}
