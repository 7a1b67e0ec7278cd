//! The world of PUSH and PULL: some of each, connected so that everybody has somebody.
//! See `rfc/sp-simulation.md` section 6.

use std::time::Duration;

use speedwell_testkit::random::Random;

use super::shape::{
    SETTLE_MAX, STARTS_MAX, Scale, carriers, couples, endpoint, gap, linger, socket_options,
};
use super::{Ending, EndpointPlan, Plan, ProcessPlan, Role, WorldName, faults};
use crate::application::{Job, Script};
use crate::socket::Draws;

pub(super) fn plan(random: &mut Random) -> Plan {
    let scale = Scale::draw(random);
    let net = scale.net(random);
    let pushers = random.size(1..=4);
    let pullers = random.size(1..=4);
    let ways = couples(random, pushers, pullers);
    let carriers = carriers(random, ways.len());
    let processes: Vec<ProcessPlan> = ways
        .iter()
        .enumerate()
        .map(|(process, ways)| {
            let role = if process < pushers {
                Role::Push
            } else {
                Role::Pull
            };
            let ends = ways.iter();
            let ends = ends.map(|way| endpoint(random, &carriers, process, *way));
            let ends = ends.collect();
            process_plan(random, scale, role, ends)
        })
        .collect();
    let faults = faults::draw_faults(random, &processes, &net);
    let ending = match random.below(4) {
        0 => Ending::Abrupt(linger(random)),
        _ => Ending::Settled,
    };
    let is_faultless = ending == Ending::Settled && faults::excuse_nothing(&faults, &processes);
    Plan {
        world: WorldName::Pipeline,
        net,
        processes,
        faults,
        ending,
        settles_within: SETTLE_MAX,
        slack: Duration::ZERO,
        is_faultless,
    }
}

fn process_plan(
    random: &mut Random,
    scale: Scale,
    role: Role,
    endpoints: Vec<EndpointPlan>,
) -> ProcessPlan {
    let pushes = role == Role::Push;
    let script = Script {
        sends: if pushes { scale.sends(random) } else { 0 },
        sizes: scale.sizes(),
        send_gap: gap(random),
        recv_gap: (!pushes).then(|| gap(random)),
    };
    ProcessPlan {
        role,
        endpoints,
        options: socket_options(random),
        endpoint_options: scale.endpoint(random),
        job: Job::Talk(script),
        draws: Draws::Fair,
        leaves: (pushes && random.chance(1, 3)).then(|| linger(random)),
        starts: random.time(Duration::ZERO..=STARTS_MAX),
    }
}
