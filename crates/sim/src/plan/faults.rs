//! The faults of a schedule, each with its mending: after the last one, everything works again.
//! See `rfc/sp-simulation.md` section 6.

use std::time::Duration;

use speedwell_testkit::net::{Break, NetOptions};
use speedwell_testkit::random::Random;

use super::shape::{draw, linger, window};
use super::{Fault, ProcessPlan, Way};

const MS: Duration = Duration::from_millis(1);
/// The longest that an application stops receiving.
const STALL_MAX: Duration = Duration::from_secs(20);
/// Connections that break in one storm.
const STORM_MAX: u64 = 30;

/// Draws faults for these processes, in the order of time.
// rfc: sp-simulation S-31
pub(super) fn draw_faults(
    random: &mut Random,
    processes: &[ProcessPlan],
    net: &NetOptions,
) -> Vec<(Duration, Fault)> {
    let count = match random.below(10) {
        0..3 => 0,
        3..8 => random.within(1..=3),
        _ => random.within(4..=8),
    };
    let window = window(random);
    let mut faults = Vec::new();
    for _ in 0..count {
        let at = random.time(Duration::ZERO..=window);
        let mended = at + random.time(MS..=window.max(20 * MS));
        if random.chance(1, 8) {
            faults.extend(storm(random, at, mended));
            continue;
        }
        let (fault, mending) = draw_fault(random, processes, net, mended - at);
        faults.push((at, fault));
        faults.extend(mending.map(|mending| (mended, mending)));
    }
    faults.sort_by_key(|(at, _)| *at);
    faults
}

/// Connections break one after the other.
fn storm(random: &mut Random, from: Duration, to: Duration) -> Vec<(Duration, Fault)> {
    let breaks = random.within(3..=STORM_MAX);
    let how = Break::Reset(Duration::ZERO);
    (0..breaks)
        .map(|_| (random.time(from..=to), Fault::Break(how)))
        .collect()
}

/// A fault, and what mends it.
fn draw_fault(
    random: &mut Random,
    processes: &[ProcessPlan],
    net: &NetOptions,
    lasts: Duration,
) -> (Fault, Option<Fault>) {
    let last = processes.len().saturating_sub(1);
    let process = random.size(0..=last);
    let endpoints = processes
        .get(process)
        .map_or(0, |plan| plan.endpoints.len());
    let endpoint = random.size(0..=endpoints.saturating_sub(1));
    match random.below(16) {
        0..5 => {
            let within = draw(random, &[Duration::ZERO, MS, 100 * MS]);
            let how = [Break::Reset(within), Break::Reset(within), Break::End];
            let how = random.pick(&how).copied().unwrap_or(Break::End);
            (Fault::Break(how), None)
        }
        5..7 => {
            let power = random.chance(1, 2).then(|| draw(random, &[MS, 200 * MS]));
            let crash = Fault::Crash { process, power };
            (crash, Some(Fault::Start { process }))
        }
        7 => {
            let linger = linger(random);
            let leave = Fault::Leave { process, linger };
            (leave, Some(Fault::Start { process }))
        }
        8..10 if endpoints > 0 => {
            let add = Fault::Add { process, endpoint };
            (Fault::Remove { process, endpoint }, Some(add))
        }
        10..12 => {
            let longest = draw(random, &[50 * MS, 2000 * MS, STALL_MAX]);
            let time = random.time(MS..=longest);
            (Fault::Stall { process, time }, None)
        }
        12..14 => {
            let to = random.size(0..=last);
            (Fault::Block { from: process, to }, Some(Fault::Heal))
        }
        14 => {
            let slow = NetOptions {
                latency: net.latency + lasts,
                ..net.clone()
            };
            (Fault::Net(slow), Some(Fault::Net(net.clone())))
        }
        _ => {
            let count = 3;
            (Fault::Exhaust { process, count }, None)
        }
    }
}

/// True when nothing among the faults excuses a loss: pipes live on, whatever it takes.
pub(super) fn excuse_nothing(faults: &[(Duration, Fault)], processes: &[ProcessPlan]) -> bool {
    let harmless = faults.iter().all(|(_, fault)| match fault {
        Fault::Stall { .. } | Fault::Exhaust { .. } => true,
        // Slow and blocked ways count: a handshake may be done for one side only.
        Fault::Block { .. }
        | Fault::Heal
        | Fault::Net(_)
        | Fault::Break(_)
        | Fault::Crash { .. }
        | Fault::Leave { .. }
        | Fault::Retire { .. }
        | Fault::Start { .. }
        | Fault::Remove { .. }
        | Fault::Add { .. } => false,
    });
    // A PAIR that closes takes no more, and one of several ways to the same PAIR is refused.
    let single = |plan: &ProcessPlan| {
        let ways = plan.endpoints.len();
        let connects = plan.endpoints.iter().any(|end| end.way != Way::Bind);
        !plan.role.is_pair() || (plan.leaves.is_none() && (ways == 1 || !connects))
    };
    let pairs = processes.iter().filter(|plan| plan.role.is_pair());
    harmless && processes.iter().all(single) && pairs.count() <= 2
}
