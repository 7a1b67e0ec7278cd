//! The world of PUB and SUB: some of each, connected so that everybody has somebody, and
//! subscriptions that change. See `rfc/sp-simulation.md` section 10.

use std::time::Duration;

use speedwell_testkit::random::Random;

use super::shape::{Scale, couples, draw, gap, overflow, stamped};
use super::{Plan, Role, WorldName, spread};
use crate::application::{Job, Script, TOPICS, Wishes};
use crate::socket::Draws;

const MS: Duration = Duration::from_millis(1);

pub(super) fn plan(random: &mut Random) -> Plan {
    let scale = Scale::draw(random);
    let net = scale.net(random);
    let publishers = random.size(1..=3);
    let readers = random.size(1..=4);
    let ways = couples(random, publishers, readers);
    spread::plan(
        WorldName::Pubsub,
        (scale, net),
        &ways,
        random,
        |process, random| {
            let (role, job) = if process < publishers {
                publishes(random, scale)
            } else {
                (Role::Sub, reads(random))
            };
            (role, job, Draws::Fair)
        },
    )
}

fn publishes(random: &mut Random, scale: Scale) -> (Role, Job) {
    let overflow = overflow(random);
    let script = Script {
        // More than are held for a full pipe.
        sends: scale.sends(random) * draw(random, &[1, 1, 3]),
        sizes: stamped(scale.sizes()),
        send_gap: gap(random),
        recv_gap: None,
    };
    (Role::Pub(overflow), Job::Talk(script))
}

fn reads(random: &mut Random) -> Job {
    let first = random.size(0..=3);
    let topic = |_| random.pick(&TOPICS).copied().unwrap_or_default();
    Job::Read(Wishes {
        first: (0..first).map(topic).collect(),
        changes: draw(random, &[0, 0, 3, 12]),
        change_gap: Duration::ZERO..=draw(random, &[MS, 10 * MS, 100 * MS]),
        recv_gap: gap(random),
    })
}
