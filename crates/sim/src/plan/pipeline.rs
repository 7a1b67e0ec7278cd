//! The world of PUSH and PULL: some of each, connected so that everybody has somebody.
//! See `rfc/sp-simulation.md` section 6.

use std::time::Duration;

use speedwell_testkit::random::Random;

use super::shape::{STARTS_MAX, Scale, carriers, endpoint, gap, linger, socket_options};
use super::{Ending, EndpointPlan, Plan, ProcessPlan, Role, Way, WorldName, faults};
use crate::application::Script;

pub(super) fn plan(random: &mut Random) -> Plan {
    let scale = Scale::draw(random);
    let net = scale.net(random);
    let pushers = random.size(1..=4);
    let pullers = random.size(1..=4);
    let ways = connect(random, pushers, pullers);
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
        is_faultless,
    }
}

/// The endpoints of all processes: who binds is drawn for each couple, and each PUSH has at least
/// one PULL and the other way round.
fn connect(random: &mut Random, pushers: usize, pullers: usize) -> Vec<Vec<Way>> {
    let mut ways = vec![Vec::new(); pushers + pullers];
    let habit = random.below(3);
    for push in 0..pushers {
        for pull in 0..pullers {
            let is_needed = push % pullers == pull || pull % pushers == push;
            if !is_needed && random.chance(1, 4) {
                continue;
            }
            let push_binds = match habit {
                0 => true,
                1 => false,
                _ => random.chance(1, 2),
            };
            let pull = pushers + pull;
            let (binds, connects) = if push_binds {
                (push, pull)
            } else {
                (pull, push)
            };
            if let Some(ways) = ways.get_mut(binds)
                && !ways.contains(&Way::Bind)
            {
                ways.push(Way::Bind);
            }
            if let Some(ways) = ways.get_mut(connects) {
                ways.push(Way::Connect(binds));
            }
        }
    }
    ways
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
        script,
        leaves: (pushes && random.chance(1, 3)).then(|| linger(random)),
        starts: random.time(Duration::ZERO..=STARTS_MAX),
    }
}
