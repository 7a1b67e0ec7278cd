//! Row 72 where a message goes to many: `kill -9` of one end, again and again. What a living sender
//! counts as dropped, and what the dead connection held, is all that is missing; nothing comes
//! twice, out of order, or back to who sent it.

use anyhow::{Context, Result};
use speedwell_testkit::accounting::PartyId;

use crate::chaos::answer::Answer;
use crate::chaos::bench::{ANYWHERE, Bench};
use crate::chaos::lives::{self, Life, Verdict};
use crate::chaos::patience::{LIMIT, until};
use crate::chaos::peer::Peer;
use crate::chaos::report::{Report, wide};

use super::comes_to_rest;
use super::kill::{BUFFER, FLOWING, HELD, ON_WIRE, SIZE};

/// For how long a survey is answered: ten times what an answer takes on a busy machine.
const DEADLINE_MS: u64 = 1_000;
/// Surveys that show that they are answered.
const ANSWERS: u64 = 200;

/// The receiver is killed, and another started; the sender goes on all the while.
// rfc: sp-pubsub B-05 B-07 B-10 B-12 B-23
pub(crate) fn sub(bench: &Bench, report: &mut Report) -> Result<()> {
    let rounds = bench.pick(5, 40);
    let publisher = format!("pub --bind {ANYWHERE} --send-buffer {BUFFER} --log published");
    let mut publisher = bench.serve(&publisher)?;
    let address = publisher.address()?.to_owned();
    publisher.ask(&format!("stream {SIZE}"))?;
    for round in 0..rounds {
        let mut sub = bench.serve(&format!(
            "sub --connect {address} --recv-buffer {BUFFER} --log heard-{round}"
        ))?;
        sub.ask("drain")?;
        sub.until_received(FLOWING)?;
        if round % 2 == 1 {
            // It hangs before it dies: every buffer on the way to it is full.
            sub.stop()?;
            let overflow = publisher.stat("overflow")?;
            publisher.until_stat("overflow", overflow + FLOWING)?;
        }
        sub.kill();
        until_alone(&mut publisher)?;
    }
    let stats = halted(&mut publisher)?;
    publisher.ends()?;
    let heard = lives_of(bench, "heard", rounds)?;
    let verdict = lives::judge(&[lives::read(&bench.file("published"))?], &heard);
    report.note("kills", wide(rounds), "");
    account_of_sender(&verdict, &stats, rounds, report)?;
    report_wrong(&verdict, report);
    Ok(())
}

/// The sender is killed, and another started. Every other one is asked for its counts before.
// rfc: sp-pubsub B-05 B-07 B-10 B-23
pub(crate) fn publisher(bench: &Bench, report: &mut Report) -> Result<()> {
    let rounds = bench.pick(6, 40);
    let options = format!("--recv-buffer {BUFFER} --log heard");
    let mut sub = bench.serve(&format!("sub --bind {ANYWHERE} {options}"))?;
    sub.ask("drain")?;
    let mut counted = Vec::new();
    for round in 0..rounds {
        let before = sub.ask("progress")?.count("received")?;
        let address = sub.address()?;
        let mut publisher = bench.serve(&format!(
            "pub --connect {address} --send-buffer {BUFFER} --producer {round} \
             --log published-{round}"
        ))?;
        publisher.ask(&format!("stream {SIZE}"))?;
        sub.until_received(before + FLOWING)?;
        if round % 2 == 0 {
            let stats = halted(&mut publisher)?;
            counted.push((round, stats.sum(&["overflow", "no_peer"])?));
        }
        publisher.kill();
    }
    until_alone(&mut sub)?;
    comes_to_rest(&mut sub, "received")?;
    sub.ends()?;

    let published = lives_of(bench, "published", rounds)?;
    let heard = lives::read(&bench.file("heard"))?;
    report.note("kills", wide(rounds), "");
    let mut most = 0;
    for (round, counted) in counted {
        let place = usize::try_from(round)?;
        let of_round = published.get(place).context("a life")?.clone();
        let heard = from(&heard, |producer| u64::from(producer.0) == round);
        let lost = lives::judge(&[of_round], &[heard]).lost;
        let beyond = lost.checked_sub(counted);
        most = most.max(beyond.context("more was counted than is missing")?);
    }
    let held = BUFFER / ON_WIRE + 2;
    report.at_most(
        "lost with one kill and not counted",
        wide(most),
        wide(held),
        "",
    );
    let verdict = lives::judge(&published, &[heard]);
    report.note("messages accepted", wide(verdict.accepted), "");
    report.note("messages received", wide(verdict.received), "");
    report_wrong(&verdict, report);
    Ok(())
}

/// Two that send and hear each other; one is killed, and another started.
// rfc: sp-bus B-05 B-06 B-07 B-08
pub(crate) fn bus(bench: &Bench, report: &mut Report) -> Result<()> {
    let rounds = bench.pick(5, 40);
    let buffers = format!("--send-buffer {BUFFER} --recv-buffer {BUFFER}");
    let mut keeper = bench.serve(&format!("bus --bind {ANYWHERE} {buffers} --log kept"))?;
    let address = keeper.address()?.to_owned();
    keeper.ask("drain")?;
    keeper.ask(&format!("stream {SIZE}"))?;
    for round in 0..rounds {
        let before = keeper.ask("progress")?.count("received")?;
        let mut other = bench.serve(&format!(
            "bus --connect {address} {buffers} --producer {} --log other-{round}",
            round + 1
        ))?;
        other.ask("drain")?;
        other.ask(&format!("stream {SIZE}"))?;
        keeper.until_received(before + FLOWING)?;
        other.until_received(FLOWING)?;
        other.kill();
        until_alone(&mut keeper)?;
    }
    let stats = halted(&mut keeper)?;
    keeper.ends()?;

    let kept = lives::read(&bench.file("kept"))?;
    let others = lives_of(bench, "other", rounds)?;
    let is_keeper = |producer: PartyId| producer.0 == 0;
    let is_other = |producer: PartyId| producer.0 != 0;
    let heard: Vec<Life> = others.iter().map(|life| from(life, is_keeper)).collect();
    let verdict = lives::judge(&[from(&kept, is_keeper)], &heard);
    report.note("kills", wide(rounds), "");
    account_of_sender(&verdict, &stats, rounds, report)?;
    report_wrong(&verdict, report);
    // What the dead ones counted is gone with them: order is what can be judged.
    let sent: Vec<Life> = others.iter().map(|life| from(life, is_other)).collect();
    report_wrong(&lives::judge(&sent, &[from(&kept, is_other)]), report);
    Ok(())
}

/// Who answers is killed, and another started; who asks goes on all the while.
// rfc: sp-survey S-07 S-08 S-12 S-13
pub(crate) fn respondent(bench: &Bench, report: &mut Report) -> Result<()> {
    let rounds = bench.pick(3, 20);
    let mut surveyor = bench.serve(&format!(
        "surveyor --bind {ANYWHERE} --deadline-ms {DEADLINE_MS}"
    ))?;
    let serve = |address: &str| -> Result<Peer> {
        let mut respondent = bench.serve(&format!("respondent --connect {address}"))?;
        respondent.ask("echo")?;
        Ok(respondent)
    };
    let address = surveyor.address()?.to_owned();
    let mut respondent = serve(&address)?;
    surveyor.until_stat("pipes", 1)?;
    surveyor.ask("ask 64")?;
    for _ in 0..rounds {
        let before = surveyor.ask("progress")?.count("received")?;
        surveyor.until_received(before + ANSWERS)?;
        respondent.kill();
        respondent = serve(&address)?;
    }
    let before = surveyor.ask("progress")?.count("received")?;
    surveyor.until_received(before + ANSWERS)?;
    let tally = surveyor.ask("halt")?;
    let stats = surveyor.ask("stats")?;
    let (asked, answered) = (tally.count("sent")?, tally.count("received")?);
    report.note("kills", wide(rounds), "");
    report.note("surveys", wide(asked), "");
    report.note("of them answered", wide(answered), "");
    let counted = stats.sum(&["no_peer", "overflow", "stale"])?;
    report.note("without a peer, or answered too late", wide(counted), "");
    let rest = asked.checked_sub(answered + counted);
    let rest = rest.context("more was counted than is missing")?;
    // One was in the hands of each that was killed.
    report.at_most("the rest of them", wide(rest), wide(rounds), "");
    let wrong = tally.sum(&["repeats", "altered"])?;
    report.exactly("answers twice, or to another survey", wrong, 0);
    surveyor.ends()?;
    respondent.ends()
}

/// The counts of a sender that sends no more.
fn halted(sender: &mut Peer) -> Result<Answer> {
    let sent = sender.ask("halt")?.count("sent")?;
    let stats = sender.ask("stats")?;
    Ok(Answer::new(&format!("{} sent={sent}", stats.line())))
}

/// Waits until every pipe has ended, so that no message goes to two.
fn until_alone(peer: &mut Peer) -> Result<()> {
    let gone = |peer: &mut Peer| Ok(peer.stat("pipes")? == 0);
    until("every pipe has ended", LIMIT, || gone(peer))?;
    Ok(())
}

/// The logs of all lives.
fn lives_of(bench: &Bench, name: &str, rounds: u64) -> Result<Vec<Life>> {
    (0..rounds)
        .map(|round| lives::read(&bench.file(&format!("{name}-{round}"))))
        .collect()
}

/// The messages of some senders.
fn from(life: &Life, is_wanted: impl Fn(PartyId) -> bool) -> Life {
    let of_sender = life
        .iter()
        .filter(|record| is_wanted(record.stamp.producer));
    of_sender.copied().collect()
}

/// What a sender to one peer at a time accepted went to a pipe or was counted, and what did not
/// arrive of the former is no more than so many dead pipes held.
fn account_of_sender(
    verdict: &Verdict,
    stats: &Answer,
    kills: u64,
    report: &mut Report,
) -> Result<()> {
    let (sent, given) = (stats.count("sent")?, stats.count("messages_out")?);
    let dropped = stats.sum(&["overflow", "no_peer"])?;
    report.exactly("messages accepted and noted", verdict.accepted, sent);
    report.exactly(
        "given to a pipe, or dropped and counted",
        given + dropped,
        sent,
    );
    report.note("dropped and counted", wide(dropped), "");
    let returned = stats.count("returned")?;
    report.note("given back by dead pipes, and counted", wide(returned), "");
    report.note("messages received", wide(verdict.received), "");
    let left = given.checked_sub(returned + verdict.received);
    let lost = left.context("more arrived than had left")?;
    let held = kills * (HELD / ON_WIRE + 2);
    report.at_most("left and not received", wide(lost), wide(held), "");
    let within = verdict.lost_within;
    report.at_most("missing within a life", wide(within), wide(dropped), "");
    Ok(())
}

fn report_wrong(verdict: &Verdict, report: &mut Report) {
    let wrong = u64::try_from(verdict.violations.len()).unwrap_or(u64::MAX);
    report.exactly("twice, out of order, altered or invented", wrong, 0);
    for violation in verdict.violations.iter().take(5) {
        report.remark(violation.to_string());
    }
}
