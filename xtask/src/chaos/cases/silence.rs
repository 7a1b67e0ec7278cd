//! Rows 5, 6 and 11: peers that say nothing, little, or less than they claim. They cost little
//! memory, and only until the deadline of the handshake.

use std::time::{Duration, Instant};

use anyhow::Result;

use super::{Pair, report_idle};
use crate::chaos::bench::Bench;
use crate::chaos::patience::{LIMIT, until};
use crate::chaos::report::{Report, ms};
use crate::chaos::stranger::{PUSH, Stranger, claim, greeting};

/// The deadline that the role is given.
const HANDSHAKE: Duration = Duration::from_secs(1);
/// The same as an option.
const HANDSHAKE_OPTION: &str = "--handshake-ms 1000";

/// How long a slow peer takes for each octet.
const BETWEEN_OCTETS: Duration = Duration::from_millis(200);

/// How many peers.
const CROWD: u64 = 500;

/// KiB that a peer may cost which has said nothing; the goal is 1.
const SILENT_KIB: f64 = 4.0;
/// KiB that a peer may cost which has said little.
const BOASTFUL_KIB: f64 = 8.0;

/// Row 5.
pub(crate) fn silent(bench: &Bench, report: &mut Report) -> Result<()> {
    cost_little(bench, report)?;
    are_released(bench, report)
}

/// What silent peers cost. They end before their deadline does it.
fn cost_little(bench: &Bench, report: &mut Report) -> Result<()> {
    let mut pair = Pair::new(bench, "--handshake-ms 60000")?;
    let before = pair.pull.gauge().memory()?;
    let crowd = Stranger::crowd(pair.port()?, CROWD)?;
    all_here(&pair, CROWD)?;
    let memory = (before, pair.pull.gauge().memory()?);
    let what = "memory of a silent peer (goal: 1)";
    report.each(what, memory, CROWD, SILENT_KIB);
    report_idle(report, pair.pull.gauge(), bench.look())?;
    drop(crowd);
    pair.pull.until_stat("handshake_errors", CROWD)?;
    pair.returns_to_base(report)
}

/// When silent peers are released.
fn are_released(bench: &Bench, report: &mut Report) -> Result<()> {
    let mut pair = Pair::new(bench, HANDSHAKE_OPTION)?;
    let before = pair.pull.gauge().processor_time()?;
    let started = Instant::now();
    let mut crowd = Stranger::crowd(pair.port()?, CROWD)?;
    if let Some(first) = crowd.first_mut() {
        first.until_dropped()?;
    }
    let first = started.elapsed();
    report.at_least(
        "the first is released after",
        ms(first),
        ms(HANDSHAKE),
        "ms",
    );
    pair.pull.until_stat("handshake_errors", CROWD)?;
    report.within("all are released after", started.elapsed(), HANDSHAKE * 10);
    let time = pair.pull.gauge().processor_time()?.saturating_sub(before);
    report.note("processor time of all that", ms(time), "ms");
    let errors = pair.pull.stat("handshake_errors")?;
    report.exactly("handshakes that failed", errors, CROWD);
    pair.returns_to_base(report)?;
    drop(crowd);
    Ok(())
}

/// Row 6. The greeting would be whole after 1.4 s, which is not waited for.
pub(crate) fn slow_greeting(bench: &Bench, report: &mut Report) -> Result<()> {
    let mut pair = Pair::new(bench, HANDSHAKE_OPTION)?;
    let mut stranger = Stranger::connects(pair.port()?)?;
    let started = Instant::now();
    let mut sent = 0;
    for (number, octet) in (0..).zip(greeting(PUSH)) {
        stranger.tries(&[octet]);
        sent += 1;
        let next = started + BETWEEN_OCTETS * (number + 1);
        let gone = until(
            "it is dropped",
            next.saturating_duration_since(Instant::now()),
            || stranger.is_dropped(),
        );
        if gone.is_ok() {
            break;
        }
    }
    let took = started.elapsed();
    report.note("octets of the greeting sent", f64::from(sent), "");
    report.at_least("dropped after", ms(took), ms(HANDSHAKE), "ms");
    report.within("dropped after", took, HANDSHAKE * 10);
    let stats = pair.pull.ask("stats")?;
    report.exactly(
        "handshakes that failed",
        stats.count("handshake_errors")?,
        1,
    );
    report.exactly("peers accepted, the good one", stats.count("accepted")?, 1);
    pair.returns_to_base(report)
}

/// Row 11.
pub(crate) fn boastful(bench: &Bench, report: &mut Report) -> Result<()> {
    let mut pair = Pair::new(bench, "")?;
    let memory = pair.pull.gauge().memory()?;
    let mut crowd = Stranger::crowd(pair.port()?, CROWD)?;
    for stranger in &mut crowd {
        stranger.greets(PUSH)?;
        stranger.sends(&claim(1024 * 1024))?;
        stranger.sends(b"four")?;
    }
    pair.pull.until_stat("accepted", CROWD + 1)?;
    // What the good peer sends now is read after what lay there before.
    pair.exchange(100)?;
    let after = pair.pull.gauge().memory()?;
    let what = "memory of a peer that claims 1 MiB, sends 4";
    report.each(what, (memory, after), CROWD, BOASTFUL_KIB);
    let received = pair.pull.stat("messages_in")?;
    report.exactly("messages received, of the good peer", received, 200);
    drop(crowd);
    pair.returns_to_base(report)
}

/// Waits until we have taken this many further connections.
fn all_here(pair: &Pair, count: u64) -> Result<()> {
    let expected = pair.descriptors + count;
    until("every connection is taken", LIMIT, || {
        Ok(pair.pull.gauge().descriptors()? >= expected)
    })?;
    Ok(())
}
