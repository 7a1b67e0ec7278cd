//! The world of BUS: a few that are peers of each other, mostly all of all, at times twice. See
//! `rfc/sp-simulation.md` section 10.

use std::time::Duration;

use speedwell_testkit::random::Random;

use super::shape::{
    SETTLE_MAX, STARTS_MAX, Scale, carriers, endpoint, gap, join, linger, overflow, socket_options,
    stamped,
};
use super::{Ending, Plan, ProcessPlan, Role, Way, WorldName, faults};
use crate::application::{Job, Script};
use crate::socket::Draws;

pub(super) fn plan(random: &mut Random) -> Plan {
    let scale = Scale::draw(random);
    let net = scale.net(random);
    let ways = mesh(random);
    let carriers = carriers(random, ways.len());
    let processes: Vec<ProcessPlan> = ways
        .iter()
        .enumerate()
        .map(|(process, ways)| {
            let script = Script {
                sends: scale.sends(random) / 2 + 1,
                sizes: stamped(scale.sizes()),
                send_gap: gap(random),
                recv_gap: Some(gap(random)),
            };
            let role = Role::Bus(overflow(random));
            let ends = ways.iter();
            let ends = ends.map(|way| endpoint(random, &carriers, process, *way));
            ProcessPlan {
                role,
                job: Job::Talk(script),
                endpoints: ends.collect(),
                options: socket_options(random),
                endpoint_options: scale.endpoint(random),
                draws: Draws::Fair,
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
        world: WorldName::Bus,
        net,
        processes,
        faults,
        ending,
        settles_within: SETTLE_MAX,
        slack: Duration::ZERO,
        is_faultless: false,
    }
}

/// Two to four, most couples of which are connected; some twice, once from each side.
fn mesh(random: &mut Random) -> Vec<Vec<Way>> {
    let nodes = random.size(2..=4);
    let mut ways = vec![Vec::new(); nodes];
    for one in 0..nodes {
        for other in 0..one {
            // Nobody is left alone.
            let is_needed = one == other + 1;
            match random.below(8) {
                0 if !is_needed => {}
                1 => {
                    join(&mut ways, one, other);
                    join(&mut ways, other, one);
                }
                0 | 2..5 => join(&mut ways, one, other),
                _ => join(&mut ways, other, one),
            }
        }
    }
    ways
}
