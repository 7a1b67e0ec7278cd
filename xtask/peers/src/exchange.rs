//! The roles of interop: a known number of messages of a known pattern, and the end.
//!
//! Every wait has the time-out of the task. See `xtask/src/interop.rs`, which starts them.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use clap::Args;
use speedwell::{
    AnySocket, Bus, CloseReport, ErrorKind, Message, Overflow, Pair, Pair1, Pub, Pull, Push, Rep,
    Req, Respondent, Sub, Surveyor,
};

use crate::say;

/// What to exchange, and where.
#[derive(Debug, Args)]
pub(crate) struct Task {
    /// Where to listen.
    #[arg(long, conflicts_with = "connect", required_unless_present = "connect")]
    bind: Option<String>,
    /// Where to connect.
    #[arg(long)]
    connect: Option<String>,
    /// How many messages.
    #[arg(long, default_value_t = 1)]
    count: u64,
    /// Octets of each message sent.
    #[arg(long, default_value_t = 0)]
    size: usize,
    /// A file to send in place of the pattern.
    #[arg(long)]
    file: Option<PathBuf>,
    /// The largest message received, in octets, or `none`.
    #[arg(long)]
    recv_max: Option<String>,
    /// How long to wait for anything.
    #[arg(long, default_value_t = 10_000)]
    timeout_ms: u64,
    /// Having sent or answered everything, keep the connections until the time to wait is over.
    #[arg(long)]
    stay: bool,
    /// Raw sockets are not needed here yet; accepted for the harness.
    #[arg(long)]
    raw: bool,
}

impl Task {
    fn set_up(&self, socket: &AnySocket) -> Result<()> {
        let timeout = Duration::from_millis(self.timeout_ms);
        socket.set_send_timeout(Some(timeout));
        socket.set_recv_timeout(Some(timeout));
        socket.set_linger(timeout);
        match self.recv_max.as_deref() {
            Some("none") => socket.set_recv_max(None),
            Some(octets) => socket.set_recv_max(Some(octets.parse().context("--recv-max")?)),
            None => {}
        }
        if let Some(address) = &self.bind {
            say(&format!("bound {}", socket.bind(address)?.address()))?;
        }
        if let Some(address) = &self.connect {
            socket.connect(address)?;
        }
        Ok(())
    }

    /// Waits until so many peers are there.
    fn meet(&self, socket: &AnySocket, peers: u64) -> Result<()> {
        let start = Instant::now();
        while u64::try_from(socket.pipes())? < peers {
            if start.elapsed() > Duration::from_millis(self.timeout_ms) {
                bail!("{} of {peers} came", socket.pipes());
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        Ok(())
    }

    fn stay(&self) -> Result<()> {
        if self.stay {
            say("staying")?;
            std::thread::sleep(Duration::from_millis(self.timeout_ms));
        }
        Ok(())
    }

    fn body(&self) -> Result<Vec<u8>> {
        match &self.file {
            Some(path) => Ok(std::fs::read(path)?),
            None => Ok((0..=250).cycle().take(self.size).collect()),
        }
    }
}

/// Sends on a PUSH.
pub(crate) fn push(task: &Task) -> Result<()> {
    let push = Push::new()?;
    task.set_up(&push)?;
    let body = task.body()?;
    (0..task.count).try_for_each(|_| push.send(&body))?;
    task.stay()?;
    sent(task, push.close().is_clean())
}

/// Receives on a PULL.
pub(crate) fn pull(task: &Task) -> Result<()> {
    let pull = Pull::new()?;
    task.set_up(&pull)?;
    (0..task.count).try_for_each(|_| report(&pull.recv()?))
}

/// Sends on a PUB, as soon as somebody is there, and waits while he is slow.
pub(crate) fn publish(task: &Task) -> Result<()> {
    let publisher = Pub::new()?;
    publisher.set_overflow(Overflow::Block)?;
    task.set_up(&publisher)?;
    task.meet(&publisher, 1)?;
    let body = task.body()?;
    (0..task.count).try_for_each(|_| publisher.send(&body))?;
    task.stay()?;
    sent(task, publisher.close().is_clean())
}

/// Receives everything on a SUB.
pub(crate) fn subscribe(task: &Task) -> Result<()> {
    let sub = Sub::new()?;
    sub.subscribe("")?;
    task.set_up(&sub)?;
    (0..task.count).try_for_each(|_| report(&sub.recv()?))
}

/// A PAIR of either version.
pub(crate) trait OnePeer {
    fn any(&self) -> &AnySocket;
    fn sends(&self, message: Message) -> Result<()>;
    fn receives(&self) -> Result<Message>;
    fn ends(&self) -> CloseReport;
}

macro_rules! one_peer {
    ($pair:ty) => {
        impl OnePeer for $pair {
            fn any(&self) -> &AnySocket {
                self
            }

            fn sends(&self, message: Message) -> Result<()> {
                Ok(self.send(message)?)
            }

            fn receives(&self) -> Result<Message> {
                Ok(self.recv()?)
            }

            fn ends(&self) -> CloseReport {
                self.close()
            }
        }
    };
}

one_peer!(Pair);
one_peer!(Pair1);

/// Sends on a PAIR of either version.
pub(crate) fn pair_send(task: &Task, pair: &impl OnePeer) -> Result<()> {
    task.set_up(pair.any())?;
    let body = task.body()?;
    (0..task.count).try_for_each(|_| pair.sends(body.as_slice().into()))?;
    task.stay()?;
    sent(task, pair.ends().is_clean())
}

/// Receives on a PAIR of either version.
pub(crate) fn pair_recv(task: &Task, pair: &impl OnePeer) -> Result<()> {
    task.set_up(pair.any())?;
    (0..task.count).try_for_each(|_| report(&pair.receives()?))
}

/// Sends back what it receives on a PAIR of either version.
pub(crate) fn pair_echo(task: &Task, pair: &impl OnePeer) -> Result<()> {
    task.set_up(pair.any())?;
    for _ in 0..task.count {
        let message = pair.receives()?;
        report(&message)?;
        pair.sends(message)?;
    }
    task.stay()?;
    pair.ends();
    Ok(())
}

/// Asks on a REQ, and expects each question back as its answer.
pub(crate) fn ask(task: &Task) -> Result<()> {
    let req = Req::new()?;
    task.set_up(&req)?;
    let body = task.body()?;
    for number in 0..task.count {
        req.send(&body)?;
        let answer = req.recv()?;
        if answer.body() != body {
            bail!("answer {number} has {} other octets", answer.body().len());
        }
    }
    sent(task, req.close().is_clean())
}

/// Answers each question on a REP with itself.
pub(crate) fn answer(task: &Task) -> Result<()> {
    let rep = Rep::new()?;
    task.set_up(&rep)?;
    for _ in 0..task.count {
        let question = rep.recv()?;
        report(&question)?;
        rep.send(question)?;
    }
    task.stay()?;
    sent(task, rep.close().is_clean())
}

/// Asks surveys on a SURVEYOR, and expects each back as the answer of one peer.
pub(crate) fn survey(task: &Task) -> Result<()> {
    let surveyor = Surveyor::new()?;
    surveyor.set_deadline(Duration::from_millis(task.timeout_ms))?;
    task.set_up(&surveyor)?;
    task.meet(&surveyor, 1)?;
    let body = task.body()?;
    for number in 0..task.count {
        surveyor.send(&body)?;
        let answer = surveyor.recv()?;
        if answer.body() != body {
            bail!("answer {number} has {} other octets", answer.body().len());
        }
    }
    sent(task, surveyor.close().is_clean())
}

/// Answers each survey on a RESPONDENT with itself.
pub(crate) fn respond(task: &Task) -> Result<()> {
    let respondent = Respondent::new()?;
    task.set_up(&respondent)?;
    for _ in 0..task.count {
        let survey = respondent.recv()?;
        report(&survey)?;
        respondent.send(survey)?;
    }
    task.stay()?;
    sent(task, respondent.close().is_clean())
}

/// Asks one survey of all, takes an answer of each, the time-out once, and then the error of who
/// has asked nothing.
pub(crate) fn poll(task: &Task) -> Result<()> {
    /// How long answers are heard: far longer than they take, and short enough to be waited for.
    const DEADLINE: Duration = Duration::from_secs(3);
    let surveyor = Surveyor::new()?;
    surveyor.set_deadline(DEADLINE)?;
    task.set_up(&surveyor)?;
    task.meet(&surveyor, task.count)?;
    let started = Instant::now();
    surveyor.send(task.body()?)?;
    (0..task.count).try_for_each(|_| report(&surveyor.recv()?))?;
    for expected in [ErrorKind::TimedOut, ErrorKind::State] {
        match surveyor.recv() {
            Err(error) if error.kind() == expected => say(&format!("{expected:?}"))?,
            Err(error) => bail!("not {expected:?} but {error}"),
            Ok(_) => bail!("one answer too many"),
        }
    }
    if started.elapsed() < DEADLINE {
        bail!("over after {:?}", started.elapsed());
    }
    sent(task, surveyor.close().is_clean())
}

/// Sends on a BUS, as soon as somebody is there.
pub(crate) fn bus_send(task: &Task) -> Result<()> {
    let bus = Bus::new()?;
    task.set_up(&bus)?;
    task.meet(&bus, 1)?;
    let body = task.body()?;
    (0..task.count).try_for_each(|_| bus.send(&body))?;
    task.stay()?;
    sent(task, bus.close().is_clean())
}

/// Receives on a BUS.
pub(crate) fn bus_receive(task: &Task) -> Result<()> {
    let bus = Bus::new()?;
    task.set_up(&bus)?;
    (0..task.count).try_for_each(|_| report(&bus.recv()?))
}

/// The FNV-1a hash of a body.
fn fnv1a(body: &[u8]) -> u64 {
    body.iter().fold(0xcbf2_9ce4_8422_2325, |hash, octet| {
        (hash ^ u64::from(*octet)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

fn report(message: &Message) -> Result<()> {
    say(&format!(
        "recv {} {:016x}",
        message.body().len(),
        fnv1a(message.body())
    ))
}

fn sent(task: &Task, clean: bool) -> Result<()> {
    if !clean {
        bail!("closing left messages unsent");
    }
    say(&format!("sent {}", task.count))
}
