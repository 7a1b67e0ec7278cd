//! What connections cost that do nothing: memory on either side, and no processor time.

use anyhow::{Context, Result};

use crate::chaos::bench::{ANYWHERE, Bench};
use crate::chaos::report::{Report, wide};

/// KiB that one of them may cost a process.
const IDLE_KIB: f64 = 4.0;
/// Connections that are begun together: fewer than a listener may have in its handshake.
const BATCH: u64 = 500;
/// Descriptors of a process that are no connections, with room to spare.
const OTHERS: u64 = 64;

/// Many connections between two processes.
pub(crate) fn idle(bench: &Bench, report: &mut Report) -> Result<()> {
    let wanted: u64 = bench.pick(500, 10_000);
    let room = bench.descriptors_max().saturating_sub(OTHERS) / BATCH * BATCH;
    let count = wanted.min(room);
    if count < wanted {
        report.remark(format!(
            "ONLY {count} OF {wanted}: the system's limit of descriptors"
        ));
    }
    let mut pull = bench.serve(&format!("pull --bind {ANYWHERE}"))?;
    let address = pull.address()?.to_owned();
    let mut push = bench.serve(&format!("push --connect {address}"))?;
    pull.until_stat("pipes", 1)?;
    let before = (pull.gauge().memory()?, push.gauge().memory()?);
    for batch in 1..=count.checked_div(BATCH).context("a batch")? {
        push.ask(&format!("connect {address} {BATCH}"))?;
        pull.until_stat("pipes", 1 + batch * BATCH)?;
        push.until_stat("pipes", 1 + batch * BATCH)?;
    }
    let after = (pull.gauge().memory()?, push.gauge().memory()?);
    report.note("connections", wide(count), "");
    report.each(
        "memory of each, accepting side",
        (before.0, after.0),
        count,
        IDLE_KIB,
    );
    report.each(
        "memory of each, dialing side",
        (before.1, after.1),
        count,
        IDLE_KIB,
    );
    super::report_idle(report, pull.gauge(), bench.look())?;
    super::report_idle(report, push.gauge(), bench.look())?;
    push.ends()?;
    pull.ends()
}
