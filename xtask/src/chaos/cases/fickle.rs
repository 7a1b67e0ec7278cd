//! Row 79: a peer that takes each connection and ends it. The dialer's wait grows all the same,
//! and costs next to nothing.

use std::net::TcpListener;
use std::thread;

use anyhow::Result;

use crate::chaos::bench::Bench;
use crate::chaos::peer::Peer;
use crate::chaos::report::{Report, wide};
use crate::chaos::stranger::{PULL, Stranger, listener};

/// The first longest wait.
const MIN_MS: u32 = 10;
/// The longest wait.
const MAX_MS: u32 = 500;

/// It ends the connection without a word.
pub(crate) fn at_once(bench: &Bench, report: &mut Report) -> Result<()> {
    fickle(bench, report, |stranger| {
        drop(stranger);
        Ok(())
    })
}

/// It shakes hands first.
pub(crate) fn after_greeting(bench: &Bench, report: &mut Report) -> Result<()> {
    fickle(bench, report, |mut stranger| {
        stranger.greets(PULL)?;
        stranger.is_greeted()
    })
}

fn fickle(
    bench: &Bench,
    report: &mut Report,
    treat: impl Fn(Stranger) -> Result<()> + Send + 'static,
) -> Result<()> {
    let (listener, address) = listener()?;
    // It goes on until the process ends: for ever, seen from there.
    thread::spawn(move || take_all(&listener, treat));
    let reconnect = format!("--reconnect-ms {MIN_MS} {MAX_MS}");
    let mut push = bench.serve(&format!("push --connect {address} {reconnect}"))?;
    // The waits grow first; then they are looked at.
    thread::sleep(bench.look());
    let before = attempts(&mut push)?;
    let look = bench.look();
    super::report_idle(report, push.gauge(), look)?;
    let made = attempts(&mut push)? - before;
    // The wait is even over [0, MAX], so that MAX / 2 is its mean; by chance it may be far less.
    let mean = look.as_secs_f64() * 1000.0 / (f64::from(MAX_MS) / 2.0);
    report.note("attempts to be expected in that time", mean, "");
    report.at_most("attempts", wide(made), mean * 3.0, "");
    report.at_least("attempts", wide(made), 1.0, "");
    push.ends()
}

fn take_all(listener: &TcpListener, treat: impl Fn(Stranger) -> Result<()>) {
    while let Ok(stranger) = Stranger::accepts(listener) {
        // A connection that is gone before it was treated is one of the faults.
        let _gone = treat(stranger);
    }
}

/// Attempts to connect that have ended: each is counted once.
fn attempts(push: &mut Peer) -> Result<u64> {
    push.ask("stats")?
        .sum(&["connected", "dial_errors", "handshake_errors"])
}
