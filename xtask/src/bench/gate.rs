//! The gates: what the figures of one run have to be beside one another. A gate that could not be
//! judged is neither met nor missed. Measures nothing.

use std::fmt;

use super::result::{Entry, Run};
use super::row::{Kind, Placement, Row, SIZES, Transport};
use super::who::Who;

/// Allocations for a message that count as none: less than a buffer that grows once in a run.
const NO_ALLOCATION: f64 = 0.001;
/// How much fewer large messages may pass in process than of a sixteenth of the size: what is not
/// copied costs the same, and no less than this is beyond what rounds differ by.
const SAME_COST: f64 = 0.8;

/// Something that has to hold.
#[derive(Clone, Debug)]
pub(crate) struct Gate {
    row: Row,
    placement: Placement,
    figure: Figure,
    against: Against,
    bound: Bound,
}

/// Which of our figures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Figure {
    /// In the unit of the row.
    Median,
    /// Nanoseconds of processor for each message.
    Processor,
    /// Allocations for each message.
    Allocations,
}

/// What it is divided by.
#[derive(Clone, Copy, Debug)]
enum Against {
    One(Who),
    /// The best of the libraries of others that has the row.
    BestPeer,
    /// Our own figure of another row.
    OurRow(Row),
    /// Nothing: the figure itself counts.
    Nothing,
}

/// What the quotient has to be.
#[derive(Clone, Copy, Debug)]
enum Bound {
    AtLeast(f64),
    AtMost(f64),
}

/// What became of a gate.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Outcome {
    /// With the quotient.
    Met(f64),
    Missed(f64),
    /// Why it could not be judged.
    Unknown(String),
}

/// A gate and what became of it.
#[derive(Clone, Debug)]
pub(crate) struct Verdict {
    /// Fit for the name of a file: `tcp-64-oneway-libzmq`.
    pub(crate) name: String,
    pub(crate) gate: Gate,
    pub(crate) outcome: Outcome,
}

impl Gate {
    /// Every gate, in the order of the rows.
    pub(crate) fn all() -> Vec<Self> {
        Row::all().iter().flat_map(Self::of).collect()
    }

    /// The gates of one row.
    fn of(row: &Row) -> Vec<Self> {
        let gate = |figure, against, bound| Self {
            row: *row,
            placement: row.kind.gate_placement(),
            figure,
            against,
            bound,
        };
        let none = gate(
            Figure::Allocations,
            Against::Nothing,
            Bound::AtMost(NO_ALLOCATION),
        );
        let libzmq = Against::One(Who::Libzmq);
        let in_process = row.transport == Transport::Inproc;
        let [small, kibi, large, huge] = SIZES;
        let mut gates = match (row.kind, in_process, row.size) {
            (Kind::Oneway, false, size) if size == small => vec![
                gate(Figure::Median, libzmq, Bound::AtLeast(2.0)),
                gate(Figure::Processor, libzmq, Bound::AtMost(0.5)),
            ],
            (Kind::Oneway, _, size) if size == small || (size == kibi && !in_process) => {
                vec![gate(Figure::Median, libzmq, Bound::AtLeast(2.0))]
            }
            (Kind::Oneway, false, size) if size == large => beside_streams(&gate, 0.95, 0.7),
            (Kind::Oneway, false, size) if size == huge => beside_streams(&gate, 1.0, 0.85),
            (Kind::Oneway, true, size) if size == huge => {
                let smaller = Row {
                    size: large,
                    ..*row
                };
                let against = Against::OurRow(smaller);
                vec![gate(Figure::Median, against, Bound::AtLeast(SAME_COST))]
            }
            (Kind::Oneway, ..) => vec![],
            (Kind::PairRoundtrip | Kind::ReqrepRoundtrip, ..) => {
                vec![gate(Figure::Median, libzmq, Bound::AtMost(1.0))]
            }
            (Kind::PacedOneway, ..) => {
                let raw = Against::One(Who::Raw);
                vec![gate(Figure::Median, raw, Bound::AtMost(3.0))]
            }
        };
        if row.size == small && row.kind != Kind::PacedOneway {
            gates.push(none);
        }
        gates
    }

    /// Judges it by the figures of a run.
    fn judge(&self, run: &Run) -> Verdict {
        let outcome = match self.quotient(run) {
            Err(why) => Outcome::Unknown(why),
            Ok(quotient) if self.bound.holds(quotient) => Outcome::Met(quotient),
            Ok(quotient) => Outcome::Missed(quotient),
        };
        Verdict {
            name: self.name(),
            gate: self.clone(),
            outcome,
        }
    }

    /// Ours by theirs, or why there is no such number.
    fn quotient(&self, run: &Run) -> Result<f64, String> {
        let ours = self.figure(run, &self.row, Who::Speedwell)?;
        match self.against {
            Against::Nothing => Ok(ours),
            Against::One(who) => Ok(ours / self.figure(run, &self.row, who)?),
            Against::OurRow(row) => Ok(ours / self.figure(run, &row, Who::Speedwell)?),
            Against::BestPeer => Ok(ours / self.best_peer(run)?),
        }
    }

    fn best_peer(&self, run: &Run) -> Result<f64, String> {
        let mut best = None;
        for who in Who::PEERS {
            if lacks(run, &self.row, who).is_some() {
                continue;
            }
            let value = self.figure(run, &self.row, who)?;
            let is_better = |best: &f64| self.row.kind.unit().is_better(value, *best);
            if best.as_ref().is_none_or(is_better) {
                best = Some(value);
            }
        }
        best.ok_or_else(|| "no peer has it".to_owned())
    }

    /// The figure of somebody.
    fn figure(&self, run: &Run, row: &Row, who: Who) -> Result<f64, String> {
        let entry = run.find(row, self.placement, who);
        let value = entry.and_then(|entry| self.figure.of(entry));
        value.ok_or_else(|| match lacks(run, row, who) {
            Some(why) => format!("{who}: {why}"),
            None => format!("{who} was not measured at {row} {}", self.placement),
        })
    }

    fn name(&self) -> String {
        let Row {
            transport,
            size,
            kind,
        } = self.row;
        let figure = match self.figure {
            Figure::Median => "",
            Figure::Processor => "-cpu",
            Figure::Allocations => "-allocations",
        };
        let against = match self.against {
            Against::One(who) => format!("-{who}"),
            Against::BestPeer => "-best-peer".to_owned(),
            Against::OurRow(_) => "-smaller".to_owned(),
            Against::Nothing => String::new(),
        };
        format!("{transport}-{size}-{kind}{figure}{against}")
    }
}

/// Large messages: at least so much of the best peer, and so much of rawstream.
fn beside_streams(
    gate: &impl Fn(Figure, Against, Bound) -> Gate,
    peer: f64,
    rawstream: f64,
) -> Vec<Gate> {
    let stream = Against::One(Who::Rawstream);
    vec![
        gate(Figure::Median, Against::BestPeer, Bound::AtLeast(peer)),
        gate(Figure::Median, stream, Bound::AtLeast(rawstream)),
    ]
}

impl Figure {
    fn of(self, entry: &Entry) -> Option<f64> {
        match self {
            Self::Median => Some(entry.median),
            Self::Processor => entry.cpu_ns,
            Self::Allocations => entry.allocs,
        }
    }
}

impl Bound {
    fn holds(self, quotient: f64) -> bool {
        match self {
            Self::AtLeast(least) => quotient >= least,
            Self::AtMost(most) => quotient <= most,
        }
    }
}

/// `tcp/64/oneway free: at least 2.00x libzmq`.
impl fmt::Display for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.figure {
            Figure::Median => "",
            Figure::Processor => "processor for each message ",
            Figure::Allocations => "allocations for each message ",
        };
        let (word, bound) = match self.bound {
            Bound::AtLeast(bound) => ("at least", bound),
            Bound::AtMost(bound) => ("at most", bound),
        };
        write!(f, "{} {}: {what}{word} ", self.row, self.placement)?;
        match self.against {
            Against::Nothing => write!(f, "{bound}"),
            Against::One(who) => write!(f, "{bound:.2}x {who}"),
            Against::BestPeer => write!(f, "{bound:.2}x the best peer"),
            Against::OurRow(row) => write!(f, "{bound:.2}x our {row}"),
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Met(quotient) => write!(f, "met: {quotient:.3}"),
            Self::Missed(quotient) => write!(f, "MISSED: {quotient:.3}"),
            Self::Unknown(why) => write!(f, "not judged: {why}"),
        }
    }
}

/// Why somebody does not have a row, if it does not.
fn lacks<'a>(run: &'a Run, row: &Row, who: Who) -> Option<&'a str> {
    let (row, who) = (row.to_string(), who.to_string());
    let mut notes = run.about.lacks.iter();
    let note = notes.find(|note| note.row == row && note.who == who)?;
    Some(&note.why)
}

/// Judges all gates.
pub(crate) fn judge(run: &Run) -> Vec<Verdict> {
    Gate::all().iter().map(|gate| gate.judge(run)).collect()
}

/// Prints the gates of what was measured, and how many there are of each sort.
pub(crate) fn show(verdicts: &[Verdict]) {
    let (mut met, mut missed) = (0, 0);
    for verdict in verdicts {
        match verdict.outcome {
            Outcome::Met(_) => met += 1,
            Outcome::Missed(_) => missed += 1,
            Outcome::Unknown(_) => continue,
        }
        println!("{}: {}", verdict.gate, verdict.outcome);
    }
    let unknown = verdicts.len() - met - missed;
    println!("gates: {met} met, {missed} missed, {unknown} not judged");
}
