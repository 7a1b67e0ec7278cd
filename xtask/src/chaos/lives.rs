//! The logs of processes that were killed, joined and judged: what came twice, what is missing,
//! and where. The judge of single messages is the accounting of `speedwell-testkit`; see
//! `rfc/sp-simulation.md` section 4.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use speedwell_testkit::accounting::{Event, PartyId, Rules, Stamp, Violation, check};

/// One line of a log: a message that was accepted, or received.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Record {
    /// Which message.
    pub(crate) stamp: Stamp,
    /// What its body was.
    pub(crate) print: u64,
}

/// The log of one life of one process.
pub(crate) type Life = Vec<Record>;

/// Reads a log.
pub(crate) fn read(path: &Path) -> Result<Life> {
    let text = fs::read_to_string(path).with_context(|| path.display().to_string())?;
    text.lines()
        .map(|line| parse(line).with_context(|| format!("`{line}` in a log")))
        .collect()
}

/// Reads a line of a log.
pub(crate) fn parse(line: &str) -> Option<Record> {
    let mut numbers = line.split(' ');
    let producer = PartyId(numbers.next()?.parse().ok()?);
    let seq = numbers.next()?.parse().ok()?;
    let print = numbers.next()?.parse().ok()?;
    let stamp = Stamp { producer, seq };
    numbers.next().is_none().then_some(Record { stamp, print })
}

/// What became of the messages of all lives.
#[derive(Debug, Default)]
pub(crate) struct Verdict {
    /// Messages that were accepted.
    pub(crate) accepted: u64,
    /// Messages that were received.
    pub(crate) received: u64,
    /// Messages that were accepted and not received.
    pub(crate) lost: u64,
    /// The most of them in one row of numbers.
    pub(crate) lost_in_a_row: u64,
    /// Rows of lost messages that lie inside a life of a receiver, where no loss is excused.
    pub(crate) holes: u64,
    /// The messages in those rows.
    pub(crate) lost_within: u64,
    /// Whatever else is wrong.
    pub(crate) violations: Vec<Violation>,
}

/// Joins the logs of senders and receivers, each a life.
pub(crate) fn judge(senders: &[Life], receivers: &[Life]) -> Verdict {
    let senders = completed(senders, receivers);
    let mut log: Vec<Event> = Vec::new();
    log.extend(senders.iter().flatten().map(|record| Event::Accepted {
        stamp: record.stamp,
        print: record.print,
    }));
    for (life, records) in (u32::MAX / 2..).zip(receivers) {
        log.extend(records.iter().map(|record| Event::Delivered {
            consumer: PartyId(life),
            link: None,
            stamp: Some(record.stamp),
            print: record.print,
        }));
    }
    let mut account = check(
        &log,
        Rules {
            ordered: true,
            faultless: false,
        },
    );
    // Whether a loss is excused is judged by its extent and its place, not here.
    account
        .violations
        .retain(|violation| !matches!(violation, Violation::Lost { .. }));
    let missing = missing(&senders, receivers);
    let is_within = |row: &&Row| receivers.iter().any(|life| row.is_inside(life));
    let within: Vec<&Row> = missing.iter().filter(is_within).collect();
    Verdict {
        accepted: account.accepted,
        received: account.delivered,
        lost: missing.iter().map(|row| row.count).sum(),
        lost_in_a_row: missing.iter().map(|row| row.count).max().unwrap_or(0),
        holes: within.len().try_into().unwrap_or(u64::MAX),
        lost_within: within.iter().map(|row| row.count).sum(),
        violations: account.violations,
    }
}

/// The logs of senders, and what a sender did not come to note before it was killed: at most the
/// one message that it had in hand.
fn completed(senders: &[Life], receivers: &[Life]) -> Vec<Life> {
    let mut senders = senders.to_vec();
    for life in senders.iter_mut().filter(|life| !life.is_empty()) {
        let in_hand = |record: &&Record| {
            life.last().is_some_and(|last| {
                record.stamp.producer == last.stamp.producer
                    && record.stamp.seq == last.stamp.seq + 1
            })
        };
        if let Some(record) = receivers.iter().flatten().find(in_hand).copied() {
            life.push(record);
        }
    }
    senders
}

/// Messages of one sender, one after the other, that nobody received.
#[derive(Debug)]
struct Row {
    first: Stamp,
    count: u64,
}

impl Row {
    /// Whether a life received messages both before and after these.
    fn is_inside(&self, life: &Life) -> bool {
        let of_sender = || {
            let seqs = life.iter().map(|record| record.stamp);
            seqs.filter(|stamp| stamp.producer == self.first.producer)
        };
        of_sender().any(|stamp| stamp.seq < self.first.seq)
            && of_sender().any(|stamp| stamp.seq >= self.first.seq + self.count)
    }
}

fn missing(senders: &[Life], receivers: &[Life]) -> Vec<Row> {
    let mut received: BTreeMap<PartyId, Vec<u64>> = BTreeMap::new();
    for record in receivers.iter().flatten() {
        let seqs = received.entry(record.stamp.producer).or_default();
        seqs.push(record.stamp.seq);
    }
    let mut rows = Vec::new();
    for last in senders.iter().filter_map(|life| life.last()) {
        let producer = last.stamp.producer;
        let mut seqs = received.remove(&producer).unwrap_or_default();
        seqs.sort_unstable();
        seqs.push(last.stamp.seq + 1);
        let mut next = 0;
        for seq in seqs {
            if seq > next {
                let first = Stamp {
                    producer,
                    seq: next,
                };
                let count = seq - next;
                rows.push(Row { first, count });
            }
            next = next.max(seq + 1);
        }
    }
    rows
}
