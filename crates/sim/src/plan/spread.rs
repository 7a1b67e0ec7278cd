//! What the worlds have in common in which a message is for everybody: processes that are
//! connected as drawn, faults, and an end. Draws no role and no script. See
//! `rfc/sp-simulation.md` section 10.

use std::time::Duration;

use speedwell_testkit::net::NetOptions;
use speedwell_testkit::random::Random;

use super::shape::{SETTLE_MAX, STARTS_MAX, Scale, carriers, endpoint, linger, socket_options};
use super::{Ending, Plan, ProcessPlan, Role, Way, WorldName, faults};
use crate::application::Job;
use crate::socket::Draws;

/// What a process is, and how its socket draws.
pub(super) type Part = (Role, Job, Draws);

/// A plan of processes that are connected by these ways; `part` draws what each of them is.
pub(super) fn plan(
    world: WorldName,
    (scale, net): (Scale, NetOptions),
    ways: &[Vec<Way>],
    random: &mut Random,
    mut part: impl FnMut(usize, &mut Random) -> Part,
) -> Plan {
    let carriers = carriers(random, ways.len());
    let processes: Vec<ProcessPlan> = ways
        .iter()
        .enumerate()
        .map(|(process, ways)| {
            let (role, job, draws) = part(process, random);
            let ends = ways.iter();
            let ends = ends.map(|way| endpoint(random, &carriers, process, *way));
            ProcessPlan {
                role,
                job,
                endpoints: ends.collect(),
                options: socket_options(random),
                endpoint_options: scale.endpoint(random),
                draws,
                leaves: None,
                starts: random.time(Duration::ZERO..=STARTS_MAX),
            }
        })
        .collect();
    let faults = faults::draw_faults(random, &processes, &net);
    let ending = match random.below(4) {
        0 => Ending::Abrupt(linger(random)),
        _ => Ending::Settled,
    };
    Plan {
        world,
        net,
        processes,
        faults,
        ending,
        settles_within: SETTLE_MAX,
        slack: Duration::ZERO,
        is_faultless: false,
    }
}
