//! Rows 71 and 72: `kill -9` of one end, again and again. Each request has its answer. Of a stream
//! nothing arrives twice or out of order, and what is lost is what the dead pipe or process held.

use std::time::{Duration, Instant};

use anyhow::Result;

use crate::chaos::bench::{ANYWHERE, Bench};
use crate::chaos::lives::{self, Life, Verdict};
use crate::chaos::patience::{LIMIT, until};
use crate::chaos::peer::Peer;
use crate::chaos::report::{Report, wide};

use super::comes_to_rest;

/// Octets of each body.
pub(super) const SIZE: usize = 1024;
/// Octets of each message on the wire.
pub(super) const ON_WIRE: u64 = 1024 + 8;
/// `SNDBUF` and `RCVBUF` of both ends.
pub(super) const BUFFER: u64 = 64 * 1024;
/// What the kernel makes of a buffer that it is asked for, and the one packet by which it may go
/// over that.
const KERNEL_BUFFER: u64 = 2 * BUFFER + 64 * 1024;
/// Octets that a receiving process has read and its application not taken: the inbox that its
/// protocol holds, and the next one.
const READ_AHEAD: u64 = 2 * 64 * 1024;
/// Octets that a connection and its receiver hold when the receiver is killed.
pub(super) const HELD: u64 = 2 * KERNEL_BUFFER + READ_AHEAD;
/// Messages that show that the stream flows.
pub(super) const FLOWING: u64 = 1_000;
/// Answers that show that requests flow.
const ANSWERS: u64 = 200;
/// Ten times the wait before a reconnection and what asking again may take, 10 ms each.
const FIRST_ANSWER: Duration = Duration::from_millis(200);
/// Ten times the longest wait before a reconnection.
const RECONNECTION: Duration = Duration::from_millis(1_000);

/// The server is killed, and another started in its place; the client asks again by itself.
pub(crate) fn rep(bench: &Bench, report: &mut Report) -> Result<()> {
    let rounds = rounds(bench);
    let mut rep = bench.serve(&format!("rep --bind {ANYWHERE}"))?;
    let address = rep.address()?.to_owned();
    let mut req = bench.serve(&format!("req --connect {address} --reconnect-ms 10 0"))?;
    rep.ask("echo")?;
    req.ask("ask 64")?;
    let mut slowest = Duration::ZERO;
    for _ in 0..rounds {
        let before = req.ask("progress")?.count("received")?;
        req.until_received(before + ANSWERS)?;
        rep.kill();
        let before = req.ask("progress")?.count("received")?;
        rep = bench.serve(&format!("rep --bind {address}"))?;
        rep.ask("echo")?;
        slowest = slowest.max(req.until_received(before + 1)?);
    }
    let tally = req.ask("halt")?;
    let (asked, answered) = (tally.count("sent")?, tally.count("received")?);
    report.note("kills", wide(rounds), "");
    report.note("requests", wide(asked), "");
    report.exactly("of them answered", answered, asked);
    let wrong = tally.sum(&["gaps", "repeats", "altered"])?;
    report.exactly("answers to something else", wrong, 0);
    report.within(
        "the slowest first answer of a new server",
        slowest,
        FIRST_ANSWER,
    );
    req.ends()?;
    rep.ends()
}

/// The receiver is killed, and another started in its place; the sender connects again.
pub(crate) fn pull(bench: &Bench, report: &mut Report) -> Result<()> {
    let rounds = rounds(bench);
    let serve = |at: &str, round: u64| {
        let words = format!("pull --bind {at} --recv-buffer {BUFFER} --log pulled-{round}");
        bench.serve(&words)
    };
    let mut pull = serve(ANYWHERE, 0)?;
    let address = pull.address()?.to_owned();
    let mut push = bench.serve(&format!(
        "push --connect {address} --send-buffer {BUFFER} --reconnect-ms 10 100 \
         --linger-ms 10000 --log pushed"
    ))?;
    push.ask(&format!("stream {SIZE}"))?;
    let mut slowest = Duration::ZERO;
    for round in 1..=rounds {
        pull.ask("drain")?;
        pull.until_received(FLOWING)?;
        if round % 2 == 0 {
            // It hangs before it dies: every buffer on the way to it is full.
            pull.stop()?;
            comes_to_rest(&mut push, "sent")?;
        }
        pull.kill();
        pull = serve(&address, round)?;
        let started = Instant::now();
        push.until_stat("connected", round + 1)?;
        slowest = slowest.max(started.elapsed());
    }
    pull.ask("drain")?;
    let sent = push.ask("halt")?.count("sent")?;
    let stats = push.ask("stats")?;
    let closed = push.ask("close")?;
    report.exactly("unsent at the end", closed.sum(&["unsent", "cut"])?, 0);
    comes_to_rest(&mut pull, "received")?;
    pull.ends()?;
    push.ends()?;

    // What a dead pipe had not begun to send came back, and went to the next: each message was
    // given to one pipe more than it came back from.
    let returned = stats.count("returned")?;
    report.at_least(
        "messages that came back",
        wide(returned),
        wide(rounds / 2),
        "",
    );
    let given = stats.count("messages_out")?;
    report.exactly(
        "given to pipes and not back",
        given.saturating_sub(returned),
        sent,
    );
    report.exactly("dropped by the sender", stats.count("dropped")?, 0);

    let pulled: Vec<Life> = (0..=rounds)
        .map(|round| lives::read(&bench.file(&format!("pulled-{round}"))))
        .collect::<Result<_>>()?;
    let verdict = lives::judge(&[lives::read(&bench.file("pushed"))?], &pulled);
    report.exactly("messages accepted and noted", verdict.accepted, sent);
    report.within("the slowest reconnection", slowest, RECONNECTION);
    tell(&verdict, rounds, HELD, report);
    Ok(())
}

/// The sender is killed, and another started in its place.
pub(crate) fn push(bench: &Bench, report: &mut Report) -> Result<()> {
    let rounds = rounds(bench);
    let options = format!("--recv-buffer {BUFFER} --log taken");
    let mut pull = bench.serve(&format!("pull --bind {ANYWHERE} {options}"))?;
    pull.ask("drain")?;
    for round in 0..rounds {
        let before = pull.ask("progress")?.count("received")?;
        let address = pull.address()?;
        let mut push = bench.serve(&format!(
            "push --connect {address} --send-buffer {BUFFER} --producer {round} --log given-{round}"
        ))?;
        push.ask(&format!("stream {SIZE}"))?;
        pull.until_received(before + FLOWING)?;
        push.kill();
    }
    let gone = |pull: &mut Peer| Ok(pull.stat("pipes")? == 0);
    until("every pipe has ended", LIMIT, || gone(&mut pull))?;
    comes_to_rest(&mut pull, "received")?;
    pull.ends()?;

    let given: Vec<Life> = (0..rounds)
        .map(|round| lives::read(&bench.file(&format!("given-{round}"))))
        .collect::<Result<_>>()?;
    let verdict = lives::judge(&given, &[lives::read(&bench.file("taken"))?]);
    tell(&verdict, rounds, BUFFER, report);
    Ok(())
}

fn rounds(bench: &Bench) -> u64 {
    bench.pick(5, 200)
}

/// Reports what was lost, where a dead pipe or process may have held so many octets.
fn tell(verdict: &Verdict, kills: u64, held: u64, report: &mut Report) {
    let at_most = held / ON_WIRE + 2;
    report.note("kills", wide(kills), "");
    report.note("messages accepted", wide(verdict.accepted), "");
    report.note("messages received", wide(verdict.received), "");
    report.note("lost in all", wide(verdict.lost), "");
    report.at_most(
        "lost with one kill",
        wide(verdict.lost_in_a_row),
        wide(at_most),
        "",
    );
    report.exactly("lost within a life", verdict.holes, 0);
    let wrong = u64::try_from(verdict.violations.len()).unwrap_or(u64::MAX);
    report.exactly("twice, out of order, altered or invented", wrong, 0);
    for violation in verdict.violations.iter().take(5) {
        report.remark(violation.to_string());
    }
}
