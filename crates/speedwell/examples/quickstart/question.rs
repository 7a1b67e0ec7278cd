//! A question and its answer: REQ and REP. The server is another process, which is killed while it
//! thinks about a question; the client does nothing about that, and has its answer.

use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use speedwell::{Rep, Req};

use crate::{Failure, Outcome, SOON, text};

/// A question that the first server will not live to answer.
const HARD: &str = "how long is the coast?";

/// How long there is no server.
const AWAY: Duration = Duration::from_millis(300);

/// Questions asked at the end, one after the other.
const EASY: u32 = 5_000;

pub(crate) fn run() -> Outcome {
    let mut server = Server::start("tcp://127.0.0.1:0")?;
    let address = server.line_after("bound ")?;
    let process = server.child.id();
    println!("   the server is process {process}, at {address}");
    let req = Req::new()?;
    req.connect(&address)?;

    req.send(HARD)?;
    server.line_after("thinking ")?;
    println!("   it was asked: {HARD} It thinks");
    let _server = thread::scope(|scope| {
        let client = scope.spawn(|| hears_the_answer(&req));
        let next = replace(server, &address)?;
        client.join().map_err(|_| "the client panicked")??;
        Ok::<_, Failure>(next)
    })?;
    let times = req.stats().messages_out;
    println!("   it asked once, and its socket {times} times");

    let start = Instant::now();
    for number in 0..EASY {
        req.send(number.to_string())?;
        req.recv_timeout(SOON)?;
    }
    println!(
        "   {EASY} more questions, {:?} each",
        start.elapsed() / EASY
    );
    Ok(())
}

/// The client, in a thread of its own. It knows nothing of what happens to the server.
fn hears_the_answer(req: &Req) -> Outcome {
    println!("   the client hears: {}", text(&req.recv_timeout(SOON)?));
    Ok(())
}

/// Kills the server, and has another process take its place after a while.
fn replace(mut server: Server, address: &str) -> Result<Server, Failure> {
    server.child.kill()?;
    server.child.wait()?;
    println!("   it is killed; the client waits for its answer, and is not disturbed");
    thread::sleep(AWAY);
    let mut next = Server::start(address)?;
    next.line_after("bound ")?;
    let process = next.child.id();
    println!("   {AWAY:?} later a new server, process {process}, takes its place");
    Ok(next)
}

/// What the program does as the server: it answers, until it is killed.
pub(crate) fn serve(address: &str) -> Outcome {
    let rep = Rep::new()?;
    let endpoint = rep.bind(address)?;
    println!("bound {}", endpoint.address());
    thread::spawn(|| {
        // Its standard input ends with whoever started it.
        let _ = std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
        std::process::exit(0);
    });
    let is_the_first = address.ends_with(":0");
    loop {
        let question = rep.recv()?;
        if is_the_first && question.body() == HARD.as_bytes() {
            println!("thinking about it");
            thread::sleep(SOON);
        }
        rep.send(format!("it depends, says process {}", std::process::id()))?;
    }
}

/// The server's process, killed at the latest when the tour is over.
struct Server {
    child: Child,
    says: BufReader<ChildStdout>,
}

impl Server {
    fn start(address: &str) -> std::io::Result<Self> {
        let mut child = Command::new(std::env::current_exe()?)
            .arg(address)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let says = child.stdout.take().map(BufReader::new);
        let says = says.ok_or(std::io::ErrorKind::BrokenPipe)?;
        Ok(Self { child, says })
    }

    /// What it says next, which begins like this.
    fn line_after(&mut self, beginning: &str) -> std::io::Result<String> {
        let mut line = String::new();
        self.says.read_line(&mut line)?;
        let rest = line.trim_end().strip_prefix(beginning);
        rest.map(str::to_owned)
            .ok_or_else(|| std::io::Error::other(format!("the server said: {line}")))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have been killed already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
