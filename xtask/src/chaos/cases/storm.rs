//! Row 73: connections that end in every wrong place, by a reset or in peace. Each is counted,
//! nobody else notices, and what was whole before the end arrives.

use anyhow::Result;

use super::Pair;
use crate::chaos::bench::{ANYWHERE, Bench};
use crate::chaos::patience::{LIMIT, until};
use crate::chaos::report::Report;
use crate::chaos::stranger::{PUSH, Stranger, claim};

/// The counters under which a connection ends that was none yet.
const UNBORN: &[&str] = &["handshake_errors", "accept_errors"];
/// The counters under which a pipe ends.
const ENDED: &[&str] = &["closed_by_peer", "broken"];
/// Messages of one stranger that half-closes.
const WHOLE: u64 = 5;

/// All of it, one kind after the other, with exchanges of the good peer in between.
pub(crate) fn storm(bench: &Bench, report: &mut Report) -> Result<()> {
    let count = bench.pick(100, 5_000);
    let mut pair = Pair::new(bench, "")?;
    let port = pair.port()?;
    for _ in 0..count {
        Stranger::connects(port)?.resets()?;
    }
    counted(
        &mut pair,
        "resets right after connecting",
        UNBORN,
        count,
        report,
    )?;

    let bad_end = |end: fn(Stranger) -> Result<()>, octets: &[u8]| -> Result<()> {
        for _ in 0..count {
            let mut stranger = Stranger::connects(port)?;
            stranger.greets(PUSH)?;
            stranger.is_greeted()?;
            stranger.sends(octets)?;
            end(stranger)?;
        }
        Ok(())
    };
    let in_peace = |stranger: Stranger| {
        drop(stranger);
        Ok(())
    };
    bad_end(Stranger::resets, b"")?;
    let either: Vec<_> = [UNBORN, ENDED].concat();
    counted(
        &mut pair,
        "resets after the greeting",
        &either,
        2 * count,
        report,
    )?;
    let mut cut = claim(100).to_vec();
    cut.extend_from_slice(b"ten octets");
    bad_end(Stranger::resets, &cut)?;
    counted(
        &mut pair,
        "resets in mid-message",
        &either,
        3 * count,
        report,
    )?;
    bad_end(in_peace, &cut)?;
    counted(&mut pair, "ends in mid-message", &either, 4 * count, report)?;
    let received = pair.pull.ask("progress")?.count("altered")?;
    report.exactly("messages received of all these", received, 0);
    half_closes(bench, report)?;
    pair.returns_to_base(report)
}

/// Waits until so many connections have ended under these counters, one each.
fn counted(
    pair: &mut Pair,
    what: &str,
    counters: &[&str],
    count: u64,
    report: &mut Report,
) -> Result<()> {
    pair.exchange(100)?;
    // When they are not counted, the figure says so.
    let _in_vain = until(what, LIMIT, || {
        Ok(pair.pull.ask("stats")?.sum(counters)? >= count)
    });
    let ended = pair.pull.ask("stats")?.sum(counters)?;
    report.exactly(&format!("{what}: counted by then"), ended, count);
    Ok(())
}

/// Strangers send whole messages and half-close. These are messages like others.
fn half_closes(bench: &Bench, report: &mut Report) -> Result<()> {
    let count = bench.pick(20, 1_000);
    let mut pull = bench.serve(&format!("pull --bind {}", ANYWHERE))?;
    pull.ask("drain")?;
    for _ in 0..count {
        let mut stranger = Stranger::connects(pull.port()?)?;
        stranger.greets(PUSH)?;
        for _ in 0..WHOLE {
            stranger.sends_message(b"whole")?;
        }
        stranger.half_closes()?;
        stranger.until_dropped()?;
    }
    pull.until_received(count * WHOLE)?;
    pull.until_stat("closed_by_peer", count)?;
    let received = pull.ask("progress")?.count("received")?;
    report.exactly("whole messages before half-closes", received, count * WHOLE);
    report.exactly(
        "half-closed pipes counted",
        pull.stat("closed_by_peer")?,
        count,
    );
    pull.ends()
}
