//! Sizes, times and limits of a schedule, drawn so that small ones meet large ones and a schedule
//! stays small. See `rfc/sp-simulation.md` section 6.

use std::ops::RangeInclusive;
use std::time::Duration;

use speedwell_engine::SocketOptions;
use speedwell_protocol::Priority;
use speedwell_pubsub::Overflow;
use speedwell_testkit::accounting::STAMP_LEN;
use speedwell_testkit::net::NetOptions;
use speedwell_testkit::random::Random;
use speedwell_transport::EndpointOptions;

use super::{EndpointPlan, Way};
use crate::socket::Carrier;

const US: Duration = Duration::from_micros(1);
const MS: Duration = Duration::from_millis(1);

/// The time within which the processes of a schedule start.
pub(super) const STARTS_MAX: Duration = Duration::from_millis(20);

/// How long everything may take, once the last fault is over.
pub(super) const SETTLE_MAX: Duration = Duration::from_secs(240);

/// How large things are in one schedule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scale {
    Small,
    Middle,
    Large,
}

impl Scale {
    pub(super) fn draw(random: &mut Random) -> Self {
        match random.below(20) {
            0..13 => Self::Small,
            13..18 => Self::Middle,
            _ => Self::Large,
        }
    }

    fn of<'a, T>(self, small: &'a [T], middle: &'a [T], large: &'a [T]) -> &'a [T] {
        match self {
            Self::Small => small,
            Self::Middle => middle,
            Self::Large => large,
        }
    }

    pub(super) fn net(self, random: &mut Random) -> NetOptions {
        let buffers = self.of(
            &[64, 300, 4096, 65_536],
            &[512, 4096, 65_536],
            &[4096, 16_384, 262_144],
        );
        let pieces = self.of(
            &[7, 100, 1460, 65_536],
            &[300, 1460, 65_536],
            &[1460, 65_536],
        );
        let latency = draw(random, &[Duration::ZERO, 50 * US, MS, 20 * MS, 100 * MS]);
        NetOptions {
            latency,
            jitter: draw(random, &[Duration::ZERO, latency, 5 * MS]),
            piece_max: draw(random, pieces),
            buffer: draw(random, buffers),
            noise: draw(random, &[0, 4, 16]),
        }
    }

    pub(super) fn sends(self, random: &mut Random) -> u64 {
        random.within(match self {
            Self::Small => 1..=60,
            Self::Middle => 1..=20,
            Self::Large => 1..=8,
        })
    }

    pub(super) fn sizes(self) -> Vec<RangeInclusive<usize>> {
        match self {
            Self::Small => vec![0..=0, 0..=20, 0..=200],
            Self::Middle => vec![0..=20, 0..=200, 0..=4096],
            Self::Large => vec![0..=200, 0..=20_000, 15_000..=40_000],
        }
    }

    pub(super) fn endpoint(self, random: &mut Random) -> EndpointOptions {
        let limits = self.of(
            &[1, 64, 500, 131_072],
            &[1, 500, 8192, 131_072],
            &[1, 8192, 131_072],
        );
        let mut options = EndpointOptions::default();
        options.send_buffer = Some(draw(random, limits));
        options.recv_buffer = Some(draw(random, limits));
        options
    }
}

/// The same, but for bodies that have a stamp in any case.
pub(super) fn stamped(sizes: Vec<RangeInclusive<usize>>) -> Vec<RangeInclusive<usize>> {
    let of =
        |sizes: RangeInclusive<usize>| STAMP_LEN.max(*sizes.start())..=STAMP_LEN.max(*sizes.end());
    sizes.into_iter().map(of).collect()
}

/// Over what each of so many processes is reached: the network mostly, memory at times, and both in
/// one schedule.
pub(super) fn carriers(random: &mut Random, processes: usize) -> Vec<Carrier> {
    let in_memory = draw(random, &[0, 0, 1, 2]);
    (0..processes)
        .map(|_| {
            if random.chance(in_memory, 2) {
                Carrier::Memory
            } else {
                Carrier::Network
            }
        })
        .collect()
}

/// The endpoints between those who send, which come first, and those who receive: who binds is
/// drawn for each couple, and each has at least one of the others.
pub(super) fn couples(random: &mut Random, senders: usize, receivers: usize) -> Vec<Vec<Way>> {
    let mut ways = vec![Vec::new(); senders + receivers];
    let habit = random.below(3);
    for sender in 0..senders {
        for receiver in 0..receivers {
            let is_needed = sender % receivers == receiver || receiver % senders == sender;
            if !is_needed && random.chance(1, 4) {
                continue;
            }
            let sender_binds = match habit {
                0 => true,
                1 => false,
                _ => random.chance(1, 2),
            };
            let receiver = senders + receiver;
            let (binds, connects) = if sender_binds {
                (sender, receiver)
            } else {
                (receiver, sender)
            };
            join(&mut ways, binds, connects);
        }
    }
    ways
}

/// One binds, if it does not yet, and the other connects to it.
pub(super) fn join(ways: &mut [Vec<Way>], binds: usize, connects: usize) {
    if let Some(ways) = ways.get_mut(binds)
        && !ways.contains(&Way::Bind)
    {
        ways.push(Way::Bind);
    }
    if let Some(ways) = ways.get_mut(connects) {
        ways.push(Way::Connect(binds));
    }
}

/// An endpoint of a process; its carrier is that of the process which binds.
pub(super) fn endpoint(
    random: &mut Random,
    carriers: &[Carrier],
    process: usize,
    way: Way,
) -> EndpointPlan {
    let binder = match way {
        Way::Bind => process,
        Way::Connect(to) => to,
    };
    EndpointPlan {
        way,
        carrier: carriers.get(binder).copied().unwrap_or_default(),
        send: priority(random),
        recv: priority(random),
    }
}

/// The time between two calls of an application.
pub(super) fn gap(random: &mut Random) -> RangeInclusive<Duration> {
    Duration::ZERO..=draw(random, &[Duration::ZERO, Duration::ZERO, MS, 30 * MS])
}

pub(super) fn socket_options(random: &mut Random) -> SocketOptions {
    let mut options = SocketOptions::default();
    options.reconnect_min = draw(random, &[10 * MS, 50 * MS, 100 * MS]);
    options.reconnect_max = draw(random, &[Duration::ZERO, 1000 * MS, 5000 * MS]);
    options.stable_after = draw(random, &[20 * MS, 1000 * MS]);
    options.handshake_timeout = draw(random, &[1000 * MS, 5000 * MS]);
    options
}

/// Mostly the usual one, so that pipes also share a level.
fn priority(random: &mut Random) -> Priority {
    let levels = [Priority::HIGHEST, Priority::LOWEST];
    match random.below(6) {
        0 => draw(random, &levels),
        _ => Priority::default(),
    }
}

pub(super) fn linger(random: &mut Random) -> Duration {
    draw(
        random,
        &[Duration::ZERO, MS, 50 * MS, 1000 * MS, 600_000 * MS],
    )
}

/// The times within which faults happen.
pub(super) fn window(random: &mut Random) -> Duration {
    draw(random, &[5 * MS, 100 * MS, 1500 * MS])
}

/// What a socket that sends to many does when a peer is full.
pub(super) fn overflow(random: &mut Random) -> Overflow {
    let all = [Overflow::DropNewest, Overflow::DropOldest, Overflow::Block];
    draw(random, &all)
}

pub(super) fn draw<T: Copy + Default>(random: &mut Random, items: &[T]) -> T {
    random.pick(items).copied().unwrap_or_default()
}
