//! The world of SURVEYOR and RESPONDENT: some of each, connected so that everybody has somebody,
//! deadlines that the network can keep or cannot, and at times one who answers twice. See
//! `rfc/sp-simulation.md` section 10.

use std::ops::RangeInclusive;
use std::time::Duration;

use speedwell_testkit::random::Random;

use super::shape::{Scale, couples, draw, gap, overflow, stamped, window};
use super::{Plan, Role, WorldName, spread};
use crate::application::{Answers, Job, Questions};
use crate::socket::Draws;

const MS: Duration = Duration::from_millis(1);
/// The words of a back-trace that a RESPONDENT lets through unless it is told otherwise.
const TTL: u8 = 8;

pub(super) fn plan(random: &mut Random) -> Plan {
    let scale = Scale::draw(random);
    let net = scale.net(random);
    let surveyors = random.size(1..=3);
    let respondents = random.size(1..=4);
    let ways = couples(random, surveyors, respondents);
    let latency = net.latency;
    spread::plan(
        WorldName::Survey,
        (scale, net),
        &ways,
        random,
        |process, random| {
            let (role, job) = if process < surveyors {
                asks(random, scale, latency)
            } else {
                answers(random, scale, latency)
            };
            let draws = draw(random, &[Draws::Fair, Draws::Fair, Draws::NearTheEnd]);
            (role, job, draws)
        },
    )
}

fn asks(random: &mut Random, scale: Scale, latency: Duration) -> (Role, Job) {
    // What a way there and back takes at least, so that some answers come just then; or far more.
    let trip = 2 * latency;
    let deadline = draw(random, &[trip, 4 * trip + 20 * MS, 1000 * MS]).max(MS);
    let patience = random.chance(1, 5).then(|| Duration::ZERO..=2 * deadline);
    let questions = Questions {
        contexts: draw(random, &[1, 1, 2, 3]),
        count: scale.sends(random) / 8 + 1,
        sizes: sizes(random, scale),
        gap: gap(random),
        computes: gap(random),
        gives_up: patience.is_some(),
        patience,
        resend: None,
        deadline: Some(deadline),
    };
    let overflow = overflow(random);
    (Role::Surveyor { deadline, overflow }, Job::Ask(questions))
}

fn answers(random: &mut Random, scale: Scale, latency: Duration) -> (Role, Job) {
    let is_raw = random.chance(1, 4);
    // A slow network cannot carry more of them in any time.
    let often: &[u32] = if latency <= MS {
        &[1, 2, 12, 100]
    } else {
        &[1, 2, 6]
    };
    let job = Job::Answer(Answers {
        contexts: if is_raw {
            1
        } else {
            draw(random, &[1, 1, 2, 3])
        },
        sizes: sizes(random, scale),
        thinks: gap(random),
        dreams: 500 * MS,
        moody_until: match random.below(3) {
            0 => window(random),
            _ => Duration::ZERO,
        },
        ttl: TTL,
        times: if is_raw { draw(random, often) } else { 1 },
    });
    let role = if is_raw {
        Role::RawRespondent
    } else {
        Role::Respondent
    };
    (role, job)
}

fn sizes(random: &mut Random, scale: Scale) -> RangeInclusive<usize> {
    random
        .pick(&stamped(scale.sizes()))
        .cloned()
        .unwrap_or(0..=0)
}
