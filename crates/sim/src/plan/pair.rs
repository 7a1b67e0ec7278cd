//! The world of PAIR, in either version: two that talk to each other, and at times a third that
//! contends for one of them. See `rfc/sp-simulation.md` section 6.

use std::time::Duration;

use speedwell_testkit::random::Random;

use super::shape::{
    SETTLE_MAX, STARTS_MAX, Scale, carriers, endpoint, gap, linger, socket_options, window,
};
use super::{Ending, EndpointPlan, Fault, Plan, ProcessPlan, Role, Way, WorldName, faults};
use crate::application::{Job, Script};
use crate::socket::Draws;

/// Process 0 is the one that the others want to talk to.
const MIDDLE: usize = 0;

pub(super) fn plan(random: &mut Random) -> Plan {
    let scale = Scale::draw(random);
    let net = scale.net(random);
    let contenders = if random.chance(1, 4) { 2 } else { 1 };
    let mut ways = vec![Vec::new(); contenders + 1];
    for contender in 1..=contenders {
        for (process, way) in connect(random, contender) {
            if let Some(ways) = ways.get_mut(process)
                && !ways.contains(&way)
            {
                ways.push(way);
            }
        }
    }
    let carriers = carriers(random, ways.len());
    let role = if random.chance(1, 3) {
        Role::Pair1
    } else {
        Role::Pair
    };
    let processes: Vec<ProcessPlan> = ways
        .iter()
        .enumerate()
        .map(|(number, ways)| {
            let ends = ways.iter();
            let ends = ends.map(|way| endpoint(random, &carriers, number, *way));
            let ends = ends.collect();
            process(random, role, scale, ends)
        })
        .collect();
    let mut faults = faults::draw_faults(random, &processes, &net);
    let is_faultless = faults::excuse_nothing(&faults, &processes);
    for contender in 2..=contenders {
        let last = faults.last().map_or(Duration::ZERO, |(at, _)| *at);
        faults.push(retire(random, contender, last));
    }
    let ending = match random.below(4) {
        0 => Ending::Abrupt(linger(random)),
        _ => Ending::Settled,
    };
    Plan {
        world: WorldName::Pair,
        net,
        processes,
        faults,
        ending,
        settles_within: SETTLE_MAX,
        slack: Duration::ZERO,
        is_faultless: is_faultless && ending == Ending::Settled,
    }
}

/// The endpoints between the middle and a contender: one binds and the other connects, or both
/// do both, as two who do not know of each other.
fn connect(random: &mut Random, contender: usize) -> Vec<(usize, Way)> {
    let to_middle = [(MIDDLE, Way::Bind), (contender, Way::Connect(MIDDLE))];
    let to_contender = [(contender, Way::Bind), (MIDDLE, Way::Connect(contender))];
    match random.below(8) {
        0..4 => to_middle.to_vec(),
        4..7 => to_contender.to_vec(),
        _ => [to_middle, to_contender].concat(),
    }
}

fn process(
    random: &mut Random,
    role: Role,
    scale: Scale,
    endpoints: Vec<EndpointPlan>,
) -> ProcessPlan {
    let script = Script {
        sends: scale.sends(random),
        sizes: scale.sizes(),
        send_gap: gap(random),
        recv_gap: Some(gap(random)),
    };
    ProcessPlan {
        role,
        endpoints,
        options: socket_options(random),
        endpoint_options: scale.endpoint(random),
        job: Job::Talk(script),
        draws: Draws::Fair,
        leaves: None,
        starts: random.time(Duration::ZERO..=STARTS_MAX),
    }
}

/// All contenders but the first leave for good, so that the first has its turn in the end.
fn retire(random: &mut Random, process: usize, last: Duration) -> (Duration, Fault) {
    let at = last + STARTS_MAX + window(random) * 2;
    let linger = linger(random);
    (at, Fault::Retire { process, linger })
}
