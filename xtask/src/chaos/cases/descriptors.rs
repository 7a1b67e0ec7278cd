//! Rows 54 and 55: the system gives no further descriptor. A listener rests and recovers, and
//! opening a socket is an error that can be handled.

use std::time::Duration;

use anyhow::{Result, bail};

use super::{Pair, idle_time};
use crate::chaos::bench::{ANYWHERE, Bench};
use crate::chaos::gauge;
use crate::chaos::report::Report;
use crate::chaos::stranger::{PUSH, Stranger};

/// Connections that there are descriptors for.
const PLACES: usize = 10;
/// Connections that come.
const CROWD: u64 = 200;
/// How long recovery may take once a descriptor is free.
const RECOVERY: Duration = Duration::from_millis(500);
/// A program starts with the three usual descriptors, and the loader needs one for a moment.
const FEWEST: u64 = 4;
/// What our side says of a lack of descriptors: the kind of the error, the socket's or its
/// transport's.
const SHORT: [&str; 2] = ["refused Exhausted", "refused Transport/Exhausted"];
/// With this many a socket can certainly be opened.
const ENOUGH: u64 = 16;

/// Row 54.
pub(crate) fn listening(bench: &Bench, report: &mut Report) -> Result<()> {
    let mut pair = Pair::new(bench, "")?;
    let places = u64::try_from(PLACES)?;
    pair.pull.gauge().leave_descriptors(places)?;
    let mut crowd = Stranger::crowd(pair.port()?, CROWD)?;
    for stranger in &mut crowd {
        stranger.greets(PUSH)?;
    }
    pair.pull.until_stat("accepted", 1 + places)?;
    pair.exchange(100)?;
    let look = bench.look();
    let took = idle_time(pair.pull.gauge(), look)?;
    let what = format!("processor time in {} s without descriptors", look.as_secs());
    report.within(&what, took, look.mul_f64(super::IDLE_SHARE));
    pair.exchange(100)?;
    let stats = pair.pull.ask("stats")?;
    report.note(
        "failures of accepting that were counted",
        errors(&stats)?,
        "",
    );
    report.exactly("accepted meanwhile", stats.count("accepted")?, 1 + places);

    let load = gauge::load()?;
    report.note("load of the machine for each processor", load, "");
    let limit = if load > 1.0 { RECOVERY * 10 } else { RECOVERY };
    drop(crowd.drain(..PLACES));
    let took = pair.pull.until_stat("accepted", 1 + 2 * places)?;
    report.within(
        "as many more accepted once descriptors came free",
        took,
        limit,
    );

    pair.pull
        .gauge()
        .limit_descriptors(bench.descriptors_max())?;
    let took = pair.pull.until_stat("accepted", 1 + CROWD)?;
    report.within("all accepted once the limit was raised", took, limit);
    drop(crowd);
    pair.returns_to_base(report)
}

fn errors(stats: &crate::chaos::answer::Answer) -> Result<f64> {
    Ok(crate::chaos::report::wide(stats.count("accept_errors")?))
}

/// Row 55. Whatever is missing, the error says so; with enough, the socket opens.
pub(crate) fn opening(bench: &Bench, report: &mut Report) -> Result<()> {
    let (mut refused, mut opened) = (0, 0);
    for descriptors in FEWEST..=ENOUGH {
        let mut peer = bench.start_limited(&format!("pull --bind {ANYWHERE}"), descriptors)?;
        let said = peer.until_ready_or_refused()?;
        let status = peer.exit()?;
        let complaint = peer.complaint();
        let what = format!("with {descriptors} descriptors: `{said}`, {status:?}, `{complaint}`");
        match status.and_then(|status| status.code()) {
            Some(0) if said == "ready" => opened += 1,
            Some(1) if SHORT.contains(&said.as_str()) && opened == 0 => refused += 1,
            _ => bail!(what),
        }
    }
    report.at_least(
        "limits at which opening said it is short",
        refused.into(),
        2.0,
        "",
    );
    report.at_least("limits at which it opened", opened.into(), 1.0, "");
    Ok(())
}
