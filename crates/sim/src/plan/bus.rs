//! The world of BUS: a few that are peers of each other, mostly all of all, at times twice. See
//! `rfc/sp-simulation.md` section 10.

use speedwell_testkit::random::Random;

use super::shape::{Scale, gap, join, overflow, stamped};
use super::{Plan, Role, Way, WorldName, spread};
use crate::application::{Job, Script};
use crate::socket::Draws;

pub(super) fn plan(random: &mut Random) -> Plan {
    let scale = Scale::draw(random);
    let net = scale.net(random);
    let ways = mesh(random);
    spread::plan(WorldName::Bus, (scale, net), &ways, random, |_, random| {
        let script = Script {
            sends: scale.sends(random) / 2 + 1,
            sizes: stamped(scale.sizes()),
            send_gap: gap(random),
            recv_gap: Some(gap(random)),
        };
        (Role::Bus(overflow(random)), Job::Talk(script), Draws::Fair)
    })
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
