//! Row 80: more peers than a socket is willing to have. The newest are refused and counted; those
//! who were there are served.

use anyhow::{Result, ensure};

use super::AT_ONCE;
use crate::chaos::bench::{ANYWHERE, Bench};
use crate::chaos::patience::{LIMIT, until};
use crate::chaos::peer::Peer;
use crate::chaos::report::Report;
use crate::chaos::stranger::{PUSH, Stranger};

/// The limit.
const PLACES: u64 = 20;
/// Those who come when every place is taken.
const LATE: u64 = 200;

/// More pipes than there may be.
pub(crate) fn pipes(bench: &Bench, report: &mut Report) -> Result<()> {
    let mut pull = bench.serve(&format!("pull --bind {ANYWHERE} --limits {PLACES} 4096"))?;
    pull.ask("drain")?;
    let mut early = Stranger::crowd(pull.port()?, PLACES)?;
    for stranger in &mut early {
        stranger.greets(PUSH)?;
    }
    pull.until_stat("accepted", PLACES)?;
    flood(&mut pull, report)?;
    served(&mut pull, early, report)?;
    pull.ends()
}

/// More connections in their handshake than there may be.
pub(crate) fn half_open(bench: &Bench, report: &mut Report) -> Result<()> {
    let options = format!("--limits 65536 {PLACES}");
    let mut pull = bench.serve(&format!("pull --bind {ANYWHERE} {options}"))?;
    pull.ask("drain")?;
    let base = pull.gauge().descriptors()?;
    let mut early = Stranger::crowd(pull.port()?, PLACES)?;
    until("all of them are here", LIMIT, || {
        Ok(pull.gauge().descriptors()? == base + PLACES)
    })?;
    flood(&mut pull, report)?;
    for stranger in &mut early {
        stranger.greets(PUSH)?;
    }
    served(&mut pull, early, report)?;
    pull.ends()
}

/// More come, and each is refused.
fn flood(pull: &mut Peer, report: &mut Report) -> Result<()> {
    let descriptors = pull.gauge().descriptors()?;
    let mut late = Stranger::crowd(pull.port()?, LATE)?;
    let mut slowest = std::time::Duration::ZERO;
    for stranger in &mut late {
        slowest = slowest.max(stranger.until_dropped()?);
    }
    report.within("the slowest refusal", slowest, AT_ONCE);
    report.exactly("refused and counted", pull.stat("over_limit")?, LATE);
    let now = pull.gauge().descriptors()?;
    report.exactly(
        "descriptors of the refused",
        now.saturating_sub(descriptors),
        0,
    );
    Ok(())
}

/// Those who were there first send a message each, which arrives.
fn served(pull: &mut Peer, mut early: Vec<Stranger>, report: &mut Report) -> Result<()> {
    for stranger in &mut early {
        ensure!(!stranger.is_dropped()?, "one who was there was dropped");
        stranger.sends_message(b"still here")?;
    }
    pull.until_received(PLACES)?;
    let received = pull.ask("progress")?.count("received")?;
    report.exactly("messages of those who were there", received, PLACES);
    Ok(())
}
