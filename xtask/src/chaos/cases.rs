//! The cases, a file for each family. Each is a function that starts processes, does them a
//! fault, and reports figures. The catalogue's numbers are in the table.

use std::thread;
use std::time::Duration;

use anyhow::Result;

use super::bench::{ANYWHERE, Bench};
use super::gauge::Gauge;
use super::patience::{LIMIT, until};
use super::peer::Peer;
use super::report::Report;

pub(crate) mod close;
pub(crate) mod descriptors;
pub(crate) mod fickle;
pub(crate) mod idle;
pub(crate) mod junk;
pub(crate) mod kill;
pub(crate) mod kill_of_many;
pub(crate) mod limits;
pub(crate) mod silence;
pub(crate) mod stampede;
pub(crate) mod stop;
pub(crate) mod storm;

/// Ten times what is promised to take no time: a bound on waiting, for machines that are busy.
const AT_ONCE: Duration = Duration::from_secs(1);

/// How long nothing happens in a stream that has come to rest: TCP asks a full receiver again after
/// 200 ms, and may find some room yet.
const REST: Duration = Duration::from_millis(500);

/// The share of one processor that doing nothing may take.
const IDLE_SHARE: f64 = 0.02;

/// A PULL that receives all the time, and a well-behaved PUSH whose messages have to arrive
/// whatever is done to the PULL by others.
struct Pair {
    pull: Peer,
    push: Peer,
    /// Descriptors of the PULL with its one good peer.
    descriptors: u64,
}

impl Pair {
    fn new(bench: &Bench, options: &str) -> Result<Self> {
        let mut pull = bench.serve(&format!("pull --bind {ANYWHERE} {options}"))?;
        let mut push = bench.serve(&format!("push --connect {}", pull.address()?))?;
        pull.ask("drain")?;
        push.ask("send 100 64")?;
        pull.until_received(100)?;
        let descriptors = pull.gauge().descriptors()?;
        Ok(Self {
            pull,
            push,
            descriptors,
        })
    }

    fn port(&self) -> Result<u16> {
        self.pull.port()
    }

    /// Sends messages of the good peer, which have to arrive.
    fn exchange(&mut self, count: u64) -> Result<()> {
        let before = self.pull.ask("progress")?.count("received")?;
        self.push.ask(&format!("send {count} 64"))?;
        self.pull.until_received(before + count)?;
        Ok(())
    }

    /// Waits until whatever came is gone again, and looks whether the good peer noticed.
    fn returns_to_base(mut self, report: &mut Report) -> Result<()> {
        let gauge = self.pull.gauge();
        let read = || gauge.descriptors();
        report.settles(
            "descriptors afterwards",
            self.descriptors,
            AT_ONCE * 10,
            read,
        )?;
        self.exchange(100)?;
        let progress = self.pull.ask("progress")?;
        let sent = self.push.ask("progress")?.count("sent")?;
        report.exactly(
            "messages of the good peer",
            progress.count("received")?,
            sent,
        );
        let wrong = progress.sum(&["gaps", "repeats", "altered"])?;
        report.exactly("of them lost, twice or altered", wrong, 0);
        report.exactly(
            "connections of the good peer",
            self.push.stat("connected")?,
            1,
        );
        self.push.ends()?;
        self.pull.ends()
    }
}

/// Waits until a count of messages grows no more; says what it is.
fn comes_to_rest(peer: &mut Peer, key: &str) -> Result<u64> {
    let mut count = peer.ask("progress")?.count(key)?;
    until("the stream comes to rest", LIMIT, || {
        thread::sleep(REST);
        let before = std::mem::replace(&mut count, peer.ask("progress")?.count(key)?);
        Ok(count == before)
    })?;
    Ok(count)
}

/// The processor time that a process takes while nothing is asked of it.
fn idle_time(gauge: &Gauge, look: Duration) -> Result<Duration> {
    let before = gauge.processor_time()?;
    thread::sleep(look);
    Ok(gauge.processor_time()?.saturating_sub(before))
}

/// Reports the processor time that doing nothing took.
fn report_idle(report: &mut Report, gauge: &Gauge, look: Duration) -> Result<()> {
    let what = format!("processor time in {} s", look.as_secs_f64());
    let took = idle_time(gauge, look)?;
    report.within(&what, took, look.mul_f64(IDLE_SHARE));
    Ok(())
}
