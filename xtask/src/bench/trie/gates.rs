//! What the set of subscriptions has to reach beside others, and what it aims at. A gate is `must`
//! or `goal`; one whose figures are missing is not judged. Measures nothing.

use std::fmt;

use super::rows::{Found, Row};

const OURS: &str = "speedwell-trie";
const HEAP_NODES: &str = "heap-nodes";
const PATRICIA: &str = "patricia_tree";
/// The number of keys that the gates are for, and the one that those of octets are for too.
const MILLION: u64 = 1_000_000;
const MORE: u64 = 10 * MILLION;
/// What a topic that no key begins like may take with few keys.
const FEW_NS: f64 = 10.0;
/// What one call may take with keys of up to 1,024 octets.
const CALL_US: f64 = 50.0;

/// The bounds of one set.
struct Bounds {
    set: &'static str,
    /// Octets a key: what must be, what is aimed at with a million, and with ten.
    octets: (f64, f64, f64),
    /// Hits against `patricia_tree`.
    patricia: f64,
    /// Hits and misses against heap nodes: what must be, what is aimed at.
    hit: (f64, f64),
    miss: (f64, f64),
}

#[rustfmt::skip]
const BOUNDS: [Bounds; 4] = [
    bounds("a", (10.5,  9.0,  8.8), 0.25, (0.75, 0.5),  (4.0, 2.0)),
    bounds("b", (17.6, 16.2, 15.8), 0.05, (1.25, 0.6),  (4.0, 1.5)),
    bounds("c", (17.8, 15.0, 14.8), 0.25, (0.75, 0.4),  (4.0, 1.5)),
    bounds("d", ( 0.7,  0.3,  0.3), 0.05, (0.75, 0.35), (6.0, 3.0)),
];

const fn bounds(
    set: &'static str,
    octets: (f64, f64, f64),
    patricia: f64,
    hit: (f64, f64),
    miss: (f64, f64),
) -> Bounds {
    Bounds {
        set,
        octets,
        patricia,
        hit,
        miss,
    }
}

/// Sets whose hits have to be no slower than those of any that answers rightly.
const FASTEST: [&str; 2] = ["a", "c"];
/// Insertions and removals against heap nodes, which are only aimed at.
const INSERT: f64 = 1.0;
const REMOVE: f64 = 0.7;

/// What became of a gate.
#[derive(Debug, PartialEq)]
pub(crate) struct Verdict {
    is_goal: bool,
    what: String,
    bound: f64,
    /// `None` where a figure is missing.
    value: Option<f64>,
}

/// All of them.
#[derive(Debug)]
pub(crate) struct Verdicts(pub(crate) Vec<Verdict>);

/// Judges every gate of the sets that were measured.
pub(crate) fn judge(found: &Found) -> Verdicts {
    let mut verdicts = Vec::new();
    for bounds in &BOUNDS {
        if let Some(ours) = found.of(bounds.set, OURS) {
            judge_octets(bounds, ours, &mut verdicts);
            if ours.n == MILLION {
                judge_times(bounds, found, ours, &mut verdicts);
            }
        }
    }
    for tails in &found.tails {
        for (step, tail) in [("insert", tails.insert), ("remove", tails.remove)] {
            let what = format!("{}: the slowest {step} of {}, us", tails.set, tails.n);
            verdicts.push(must(what, CALL_US, Some(tail.slowest_us)));
        }
    }
    if let Some(few) = found.of("few", OURS) {
        let what = "few: a topic that no key begins like, ns".to_owned();
        verdicts.push(must(what, FEW_NS, few.miss_ns));
    }
    Verdicts(verdicts)
}

fn judge_octets(bounds: &Bounds, ours: &Row, verdicts: &mut Vec<Verdict>) {
    let (at_most, goal, goal_of_more) = bounds.octets;
    let what = || format!("{}: octets a key of {}", bounds.set, ours.n);
    match ours.n {
        MILLION => {
            verdicts.push(must(what(), at_most, ours.bytes_per_sub));
            verdicts.push(aim(what(), goal, ours.bytes_per_sub));
        }
        MORE => verdicts.push(aim(what(), goal_of_more, ours.bytes_per_sub)),
        _ => {}
    }
}

fn judge_times(bounds: &Bounds, found: &Found, ours: &Row, verdicts: &mut Vec<Verdict>) {
    let set = bounds.set;
    let against = |who: &str, figure: fn(&Row) -> Option<f64>| {
        Some(figure(ours)? / figure(found.of(set, who)?)?)
    };
    let what = |step: &str, who: &str| format!("{set}: {step} against {who}");
    let patricia = against(PATRICIA, |row| row.hit_ns);
    verdicts.push(must(what("hit", PATRICIA), bounds.patricia, patricia));
    if FASTEST.contains(&set) {
        let (who, ratio) = fastest(found, ours).unzip();
        let who = who.unwrap_or("the fastest that answers rightly");
        verdicts.push(must(what("hit", who), 1.0, ratio));
    }
    let hit = against(HEAP_NODES, |row| row.hit_ns);
    verdicts.push(must(what("hit", HEAP_NODES), bounds.hit.0, hit));
    verdicts.push(aim(what("hit", HEAP_NODES), bounds.hit.1, hit));
    let miss = against(HEAP_NODES, |row| row.miss_ns);
    verdicts.push(must(what("miss", HEAP_NODES), bounds.miss.0, miss));
    verdicts.push(aim(what("miss", HEAP_NODES), bounds.miss.1, miss));
    let insert = against(HEAP_NODES, |row| row.insert_ns);
    verdicts.push(aim(what("insert", HEAP_NODES), INSERT, insert));
    let remove = against(HEAP_NODES, |row| row.remove_ns);
    verdicts.push(aim(what("remove", HEAP_NODES), REMOVE, remove));
}

/// The one with the fastest hits of those that answer rightly about any keys, and our ratio to it.
/// Heap nodes are none of them: nobody can take them from a registry.
fn fastest<'a>(found: &'a Found, ours: &Row) -> Option<(&'a str, f64)> {
    let others = found.rows.iter().filter(|row| {
        row.set == ours.set
            && ![OURS, HEAP_NODES].contains(&row.who.as_str())
            && found.is_able(&row.set, &row.who)
    });
    let hits = others.filter_map(|row| Some((row.who.as_str(), row.hit_ns?)));
    let (who, hit) = hits.min_by(|a, b| a.1.total_cmp(&b.1))?;
    Some((who, ours.hit_ns? / hit))
}

fn must(what: String, bound: f64, value: Option<f64>) -> Verdict {
    Verdict {
        is_goal: false,
        what,
        bound,
        value,
    }
}

fn aim(what: String, bound: f64, value: Option<f64>) -> Verdict {
    Verdict {
        is_goal: true,
        what,
        bound,
        value,
    }
}

impl Verdict {
    /// `None` where it could not be judged.
    pub(crate) fn is_met(&self) -> Option<bool> {
        self.value.map(|value| value <= self.bound)
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = if self.is_goal { "goal" } else { "must" };
        write!(f, "{kind} {} <= {}: ", self.what, self.bound)?;
        match (self.is_met(), self.value) {
            (Some(true), Some(value)) => write!(f, "met, {value:.2}"),
            (Some(false), Some(value)) => write!(f, "MISSED, {value:.2}"),
            _ => write!(f, "not judged"),
        }
    }
}

impl fmt::Display for Verdicts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0
            .iter()
            .try_for_each(|verdict| writeln!(f, "{verdict}"))?;
        for (name, is_goal) in [("musts", false), ("goals", true)] {
            let count = |met| {
                let of_kind = self.0.iter().filter(|verdict| verdict.is_goal == is_goal);
                of_kind.filter(|verdict| verdict.is_met() == met).count()
            };
            let (met, missed, unknown) = (count(Some(true)), count(Some(false)), count(None));
            writeln!(
                f,
                "{name}: {met} met, {missed} missed, {unknown} not judged"
            )?;
        }
        Ok(())
    }
}
