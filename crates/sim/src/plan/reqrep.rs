//! The world of REQ and REP: some of each, connected so that everybody who asks has somebody to
//! answer, at times through devices. See `rfc/sp-simulation.md` section 9.

use std::num::NonZeroU8;
use std::ops::RangeInclusive;
use std::time::Duration;

use speedwell_reqrep::{RESEND_DEFAULT, RESEND_MIN, TTL_DEFAULT};
use speedwell_testkit::net::NetOptions;
use speedwell_testkit::random::Random;

use super::shape::{SETTLE_MAX, gap, socket_options, stamped, window};
use super::shape::{STARTS_MAX, Scale, carriers, couples, draw, endpoint, join, linger};
use super::{Ending, Plan, ProcessPlan, Role, Way, WorldName, faults};
use crate::application::{Answers, Job, Passing, Questions};
use crate::socket::Draws;

const MS: Duration = Duration::from_millis(1);
const SECOND: Duration = Duration::from_secs(1);

/// How many of the longest intervals everything may take: questions wait for each other.
const SETTLE_TURNS: u32 = 20;
/// What a question may take beyond an interval, once the last fault is over.
const SLACK: Duration = Duration::from_secs(5);
/// The longest that one who asks waits before the next question, if not for ever.
const PATIENCE_MAX: Duration = Duration::from_secs(2);
/// The longest that one who is moody thinks about an answer.
const DREAM_MAX: Duration = Duration::from_secs(3);

pub(super) fn plan(random: &mut Random) -> Plan {
    let scale = Scale::draw(random);
    let net = scale.net(random);
    let cast = Cast::draw(random);
    let pace = Pace::draw(random, scale, &net);
    let ways = cast.ways(random);
    let carriers = carriers(random, ways.len());
    let processes: Vec<ProcessPlan> = ways
        .iter()
        .enumerate()
        .map(|(number, ways)| {
            let (role, job) = cast.part(random, number, &pace);
            let ends = ways.iter();
            let ends = ends.map(|way| endpoint(random, &carriers, number, *way));
            ProcessPlan {
                role,
                job,
                endpoints: ends.collect(),
                options: socket_options(random),
                endpoint_options: scale.endpoint(random),
                draws: draw(random, &[Draws::Fair, Draws::Fair, Draws::NearTheEnd]),
                leaves: None,
                starts: random.time(Duration::ZERO..=STARTS_MAX),
            }
        })
        .collect();
    let faults = faults::draw_faults(random, &processes, &net);
    let resends = processes.iter().filter_map(|plan| match plan.role {
        Role::Req { resend, .. } => resend,
        _ => None,
    });
    let settles_within = SETTLE_MAX + resends.max().unwrap_or_default() * SETTLE_TURNS;
    let ending = match random.below(4) {
        0 => Ending::Abrupt(linger(random)),
        _ => Ending::Settled,
    };
    Plan {
        world: WorldName::Reqrep,
        net,
        processes,
        faults,
        ending,
        settles_within,
        slack: SLACK + pace.resend_min,
        is_faultless: false,
    }
}

/// Who takes part, in this order: those who ask, those who answer, the two halves of each device.
struct Cast {
    askers: usize,
    answerers: usize,
    /// In a row.
    devices: usize,
    /// Those who ask through the devices, and not otherwise: the first of them.
    far: usize,
    /// Words of a back-trace that everybody lets through.
    ttl: NonZeroU8,
}

impl Cast {
    fn draw(random: &mut Random) -> Self {
        let askers = random.size(1..=4);
        let devices = match random.below(4) {
            0 => random.size(1..=3),
            _ => 0,
        };
        let words = u8::try_from(random.size(1..=devices + 2)).ok();
        let few = words.and_then(NonZeroU8::new).unwrap_or(TTL_DEFAULT);
        Self {
            askers,
            answerers: random.size(1..=4),
            devices,
            far: if devices > 0 {
                random.size(1..=askers)
            } else {
                0
            },
            ttl: random
                .pick(&[TTL_DEFAULT, few])
                .copied()
                .unwrap_or(TTL_DEFAULT),
        }
    }

    /// The endpoints of all processes.
    fn ways(&self, random: &mut Random) -> Vec<Vec<Way>> {
        let near = couples(random, self.askers - self.far, self.answerers);
        let mut ways = vec![Vec::new(); self.far];
        let beyond = |way: Way| match way {
            Way::Bind => Way::Bind,
            Way::Connect(to) => Way::Connect(to + self.far),
        };
        ways.extend(
            near.into_iter()
                .map(|ways| ways.into_iter().map(beyond).collect()),
        );
        ways.resize(self.askers + self.answerers + 2 * self.devices, Vec::new());
        let mut couple = |one: usize, other: usize| {
            if random.chance(1, 2) {
                join(&mut ways, one, other);
            } else {
                join(&mut ways, other, one);
            }
        };
        let front = |device: usize| self.askers + self.answerers + 2 * device;
        (0..self.far).for_each(|asker| couple(asker, front(0)));
        (1..self.devices).for_each(|device| couple(front(device - 1) + 1, front(device)));
        if let Some(last) = self.devices.checked_sub(1) {
            (0..self.answerers).for_each(|it| couple(front(last) + 1, self.askers + it));
        }
        ways
    }

    /// What a process does.
    fn part(&self, random: &mut Random, number: usize, pace: &Pace) -> (Role, Job) {
        let ttl = self.ttl;
        if number < self.askers {
            // Nobody will answer: the devices are too many.
            let in_vain = number < self.far && self.devices >= usize::from(ttl.get());
            return pace.asks(random, in_vain);
        }
        let Some(half) = number.checked_sub(self.askers + self.answerers) else {
            return (Role::Rep { ttl }, pace.answers(random, ttl));
        };
        let (device, is_back) = (half / 2, half % 2);
        let passing = Passing {
            device: u32::try_from(device).unwrap_or(u32::MAX),
            takes: 2 * device + 1 - is_back,
            puts: 2 * device + is_back,
            ttl: ttl.get(),
        };
        let role = match is_back {
            0 => Role::RawRep { ttl },
            _ => Role::RawReq,
        };
        (role, Job::Pass(passing))
    }
}

/// How fast a schedule goes: nobody asks again sooner than the network and those who answer can
/// follow, so that what waits somewhere becomes less.
struct Pace {
    /// The shortest interval of resending.
    resend_min: Duration,
    sizes: Vec<RangeInclusive<usize>>,
    /// Questions of one context.
    count: u64,
    thinks: RangeInclusive<Duration>,
    moody_until: Duration,
}

impl Pace {
    fn draw(random: &mut Random, scale: Scale, net: &NetOptions) -> Self {
        let sizes = scale.sizes();
        let longest = sizes.iter().map(|sizes| *sizes.end()).max();
        let trips = longest.unwrap_or(0) / net.buffer.max(1) + 1;
        let trip = 2 * (net.latency + net.jitter);
        let resend_min = trip * u32::try_from(8 * trips).unwrap_or(u32::MAX);
        let resend_min = resend_min.max(RESEND_MIN);
        Self {
            resend_min,
            sizes: stamped(sizes),
            count: scale.sends(random) / 4 + 1,
            thinks: Duration::ZERO..=draw(random, &[Duration::ZERO, resend_min / 32]).min(5 * MS),
            moody_until: match random.below(3) {
                0 => window(random),
                _ => Duration::ZERO,
            },
        }
    }

    fn sizes(&self, random: &mut Random) -> RangeInclusive<usize> {
        random.pick(&self.sizes).cloned().unwrap_or(0..=0)
    }

    fn asks(&self, random: &mut Random, in_vain: bool) -> (Role, Job) {
        let least = self.resend_min;
        // What nobody answers is sent again for ever, and is not to crowd out the rest.
        let resend = match random.below(if in_vain { 2 } else { 8 }) {
            0 => None,
            1 => Some(least.max(RESEND_DEFAULT)),
            2..4 => Some(least),
            4..6 => Some(4 * least),
            6 => Some(least.max(SECOND)),
            _ => Some(least.max(RESEND_DEFAULT)),
        };
        let is_impatient = in_vain || resend.is_none() || random.chance(1, 6);
        let questions = Questions {
            contexts: draw(random, &[1, 1, 2, 3]),
            count: self.count,
            sizes: self.sizes(random),
            gap: gap(random),
            computes: gap(random),
            patience: is_impatient
                .then(|| Duration::ZERO..=draw(random, &[least, 8 * least]).min(PATIENCE_MAX)),
            gives_up: in_vain || resend.is_none(),
            resend,
            deadline: None,
        };
        let fail_fast = random.chance(1, 4);
        (Role::Req { resend, fail_fast }, Job::Ask(questions))
    }

    fn answers(&self, random: &mut Random, ttl: NonZeroU8) -> Job {
        Job::Answer(Answers {
            contexts: draw(random, &[1, 1, 2, 3]),
            sizes: self.sizes(random),
            thinks: self.thinks.clone(),
            dreams: (self.resend_min * 4).min(DREAM_MAX),
            moody_until: self.moody_until,
            ttl: ttl.get(),
            times: 1,
        })
    }
}
