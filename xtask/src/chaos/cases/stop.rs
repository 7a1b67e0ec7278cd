//! Rows 69 and 70: a process is stopped and goes on. The other one waits with what it can hold, and
//! nothing is lost. Who was stopped does once what it missed, not as often as it missed it.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::Result;

use crate::chaos::bench::{ANYWHERE, Bench};
use crate::chaos::patience::{LIMIT, until};
use crate::chaos::peer::Peer;
use crate::chaos::report::{Report, wide};

/// Octets of each message.
const SIZE: usize = 1024;
/// KiB that the memory of a process may grow by while its peer is stopped: the transmit buffer,
/// and what the allocator makes of it.
const GROWTH_KIB: f64 = 512.0;
/// Messages that show that the stream flows.
const FLOWING: u64 = 2_000;
/// For how long a survey is answered, and how long a question waits before it is asked again.
const INTERVAL: Duration = Duration::from_millis(100);
/// Surveys that show that they are answered.
const ANSWERS: u64 = 200;

/// The receiver is stopped: the sender has to wait.
pub(crate) fn receiver(bench: &Bench, report: &mut Report) -> Result<()> {
    let (pull, mut push) = streaming(bench)?;
    let memory = push.gauge().memory()?;
    pull.stop()?;
    let held = stalls(&mut push, "sent", bench.stop(), report)?;
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
    let held = stalls(&mut pull, "received", bench.stop(), report)?;
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

/// Who asks without an answer is stopped for many of the intervals after which it asks again.
// rfc: sp-reqrep R-14
pub(crate) fn asker(bench: &Bench, report: &mut Report) -> Result<()> {
    let mut rep = bench.serve(&format!("rep --bind {ANYWHERE}"))?;
    let resend = format!("--resend-ms {}", INTERVAL.as_millis());
    let mut req = bench.serve(&format!("req --connect {} {resend}", rep.address()?))?;
    rep.ask("drain")?;
    req.ask("send 1 64")?;
    rep.until_received(3)?;
    req.stop()?;
    let asked = super::comes_to_rest(&mut rep, "received")?;
    thread::sleep(bench.stop());
    let woken = Instant::now();
    req.go_on()?;
    rep.until_received(asked + 3)?;
    let again = rep.ask("progress")?.count("received")? - asked;
    let intervals = woken.elapsed().as_secs_f64() / INTERVAL.as_secs_f64();
    report.note(
        "intervals slept",
        bench.stop().as_secs_f64() / INTERVAL.as_secs_f64(),
        "",
    );
    report.at_most(
        "asked again since it woke",
        wide(again),
        intervals + 2.0,
        "",
    );
    req.ends()?;
    rep.ends()
}

/// Who answers surveys is stopped: each ends at its deadline, and the next begins.
// rfc: sp-survey S-08
pub(crate) fn respondent(bench: &Bench, report: &mut Report) -> Result<()> {
    let (mut surveyor, respondent) = surveyed(bench)?;
    respondent.stop()?;
    let answered = super::comes_to_rest(&mut surveyor, "received")?;
    let asked = surveyor.ask("progress")?.count("sent")?;
    let began = Instant::now();
    thread::sleep(bench.stop());
    let further = surveyor.ask("progress")?.count("sent")? - asked;
    let deadlines = began.elapsed().as_secs_f64() / INTERVAL.as_secs_f64();
    report.at_most(
        "surveys, one each deadline",
        wide(further),
        deadlines + 1.0,
        "",
    );
    report.at_least(
        "of them at least a tenth",
        wide(further),
        deadlines / 10.0,
        "",
    );
    respondent.go_on()?;
    let took = surveyor.until_received(answered + ANSWERS)?;
    report.within("answers flow again after", took, super::AT_ONCE * 10);
    each_answer_fits(surveyor, respondent, report)
}

/// Who asks is stopped for many of its deadlines: one survey has no answer.
// rfc: sp-survey S-08
pub(crate) fn surveyor(bench: &Bench, report: &mut Report) -> Result<()> {
    let (mut surveyor, respondent) = surveyed(bench)?;
    surveyor.stop()?;
    thread::sleep(bench.stop());
    surveyor.go_on()?;
    let answered = surveyor.ask("progress")?.count("received")?;
    let took = surveyor.until_received(answered + ANSWERS)?;
    report.within("answers flow again after", took, super::AT_ONCE * 10);
    each_answer_fits(surveyor, respondent, report)
}

/// A SURVEYOR that asks again and again, and a RESPONDENT that answers.
fn surveyed(bench: &Bench) -> Result<(Peer, Peer)> {
    let deadline = format!("--deadline-ms {}", INTERVAL.as_millis());
    let mut surveyor = bench.serve(&format!("surveyor --bind {ANYWHERE} {deadline}"))?;
    let mut respondent = bench.serve(&format!("respondent --connect {}", surveyor.address()?))?;
    respondent.ask("echo")?;
    surveyor.until_stat("pipes", 1)?;
    surveyor.ask("ask 64")?;
    surveyor.until_received(ANSWERS)?;
    Ok((surveyor, respondent))
}

/// Ends the surveys. An answer is to the survey that is asked, or it is dropped and counted.
fn each_answer_fits(mut surveyor: Peer, respondent: Peer, report: &mut Report) -> Result<()> {
    let tally = surveyor.ask("halt")?;
    let (asked, answered) = (tally.count("sent")?, tally.count("received")?);
    report.note("surveys", wide(asked), "");
    report.note("of them not answered in time", wide(asked - answered), "");
    report.note(
        "answers too late, dropped",
        wide(surveyor.stat("stale")?),
        "",
    );
    let wrong = tally.sum(&["repeats", "altered"])?;
    report.exactly("answers twice, or to another survey", wrong, 0);
    surveyor.ends()?;
    respondent.ends()
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
