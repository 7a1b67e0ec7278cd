//! Row 70: a process is stopped and goes on. The other one waits with what it can hold, and
//! nothing is lost.

use std::thread;
use std::time::Duration;

use anyhow::Result;

use crate::chaos::bench::{ANYWHERE, Bench};
use crate::chaos::patience::{LIMIT, until};
use crate::chaos::peer::Peer;
use crate::chaos::report::Report;

/// Octets of each message.
const SIZE: usize = 1024;
/// KiB that the memory of a process may grow by while its peer is stopped: the transmit buffer,
/// and what the allocator makes of it.
const GROWTH_KIB: f64 = 512.0;
/// Messages that show that the stream flows.
const FLOWING: u64 = 2_000;

/// The receiver is stopped: the sender has to wait.
pub(crate) fn receiver(bench: &Bench, report: &mut Report) -> Result<()> {
    let (pull, mut push) = streaming(bench)?;
    let memory = push.gauge().memory()?;
    pull.stop()?;
    let held = stalls(&mut push, "sent", bench.look(), report)?;
    report.each(
        "memory the sender grew by",
        (memory, push.gauge().memory()?),
        1,
        GROWTH_KIB,
    );
    pull.go_on()?;
    let took = until("the stream goes on", LIMIT, || {
        Ok(push.ask("progress")?.count("sent")? > held + FLOWING)
    })?;
    report.within("the stream flows again after", took, super::AT_ONCE * 10);
    is_all_there(pull, push, report)
}

/// The sender is stopped: the receiver has nothing to do.
pub(crate) fn sender(bench: &Bench, report: &mut Report) -> Result<()> {
    let (mut pull, push) = streaming(bench)?;
    push.stop()?;
    let memory = pull.gauge().memory()?;
    let held = stalls(&mut pull, "received", bench.look(), report)?;
    super::report_idle(report, pull.gauge(), Duration::from_secs(1))?;
    report.each(
        "memory the receiver grew by",
        (memory, pull.gauge().memory()?),
        1,
        GROWTH_KIB,
    );
    push.go_on()?;
    let took = pull.until_received(held + FLOWING)?;
    report.within("the stream flows again after", took, super::AT_ONCE * 10);
    is_all_there(pull, push, report)
}

/// A PUSH that sends as fast as it can to a PULL, which takes all of it.
fn streaming(bench: &Bench) -> Result<(Peer, Peer)> {
    let mut pull = bench.serve(&format!("pull --bind {ANYWHERE}"))?;
    let mut push = bench.serve(&format!("push --connect {}", pull.address()?))?;
    pull.ask("drain")?;
    push.ask(&format!("stream {SIZE}"))?;
    pull.until_received(FLOWING)?;
    Ok((pull, push))
}

/// Looks at one who waits for a stopped peer: its count comes to rest. Says at what.
fn stalls(peer: &mut Peer, key: &str, look: Duration, report: &mut Report) -> Result<u64> {
    let count = super::comes_to_rest(peer, key)?;
    thread::sleep(look);
    let further = peer.ask("progress")?.count(key)? - count;
    report.exactly(
        &format!("further messages {key} in {} s", look.as_secs()),
        further,
        0,
    );
    Ok(count)
}

/// Ends the stream; everything that was sent has to be received, once and in order.
fn is_all_there(mut pull: Peer, mut push: Peer, report: &mut Report) -> Result<()> {
    let sent = push.ask("halt")?.count("sent")?;
    pull.until_received(sent)?;
    let progress = pull.ask("progress")?;
    report.exactly("messages received", progress.count("received")?, sent);
    let wrong = progress.sum(&["gaps", "repeats", "altered"])?;
    report.exactly("of them lost, twice or altered", wrong, 0);
    report.exactly("connections", push.stat("connected")?, 1);
    push.ends()?;
    pull.ends()
}
