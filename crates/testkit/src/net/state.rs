//! The state of the simulated network, and what happens in it as time goes. Reads no clock but the
//! virtual one. See `rfc/sp-simulation.md` section 3.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap, VecDeque};
use std::io::{self, IoSlice};
use std::time::{Duration, Instant};

use speedwell_transport::{Doorbell, Error, ErrorKind};

use super::connection::{Connection, ConnectionId, Reset, Side};
use super::lane::{Fin, Lane, Parcel};
use super::{HostId, NetOptions, Traffic};
use crate::clock::VirtualClock;
use crate::random::Random;

/// Connections that wait for one listener; the next is refused.
const BACKLOG_MAX: usize = 128;
/// How long a call that did less than it could keeps its caller waiting.
const NOISE_MAX: Duration = Duration::from_micros(500);
/// Pieces that one writing is split into at most, where `piece_max` allows.
const SPLITS_MAX: usize = 3;

/// What is going to happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Event {
    /// An attempt to connect reaches the listener's host.
    Knock(u64),
    /// The answer reaches the dialer.
    Answer(u64),
    /// The oldest parcel from this side reaches the other.
    Arrive(ConnectionId, Side),
    /// This side is told of a reset.
    Tell(ConnectionId, Side),
    /// This side can go on.
    Ring(ConnectionId, Side),
}

#[derive(Debug)]
pub(super) struct Listening {
    pub(super) host: HostId,
    pub(super) backlog: VecDeque<ConnectionId>,
    pub(super) bell: Option<Doorbell>,
    /// How many of the next calls fail for want of descriptors.
    pub(super) exhausted: u32,
}

#[derive(Debug)]
pub(super) struct Attempt {
    pub(super) host: HostId,
    pub(super) to: u32,
    pub(super) bell: Doorbell,
    pub(super) fate: Fate,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// Nobody has answered.
    Open,
    /// The answer is on its way, or came.
    Decided {
        connection: Option<ConnectionId>,
        came: bool,
    },
}

#[derive(Debug)]
pub(super) struct State {
    pub(super) clock: VirtualClock,
    pub(super) random: Random,
    pub(super) options: NetOptions,
    pub(super) listeners: BTreeMap<u32, Listening>,
    pub(super) attempts: BTreeMap<u64, Attempt>,
    next_attempt: u64,
    connections: Vec<Connection>,
    queue: BinaryHeap<Reverse<(Instant, u64, Event)>>,
    order: u64,
    /// Pairs of hosts, from and to, between which nothing passes.
    pub(super) walls: BTreeSet<(HostId, HostId)>,
    /// What waits at the walls, the oldest first.
    pub(super) held: Vec<Event>,
}

impl State {
    pub(super) fn new(clock: VirtualClock, seed: u64, options: NetOptions) -> Self {
        Self {
            clock,
            random: Random::new(seed),
            options,
            listeners: BTreeMap::new(),
            attempts: BTreeMap::new(),
            next_attempt: 0,
            connections: Vec::new(),
            queue: BinaryHeap::new(),
            order: 0,
            walls: BTreeSet::new(),
            held: Vec::new(),
        }
    }

    pub(super) fn connection(&mut self, id: ConnectionId) -> Option<&mut Connection> {
        self.connections.get_mut(usize::try_from(id.0).ok()?)
    }

    pub(super) fn connections_len(&self) -> u32 {
        u32::try_from(self.connections.len()).unwrap_or(u32::MAX)
    }

    pub(super) fn open_connections(&self) -> Vec<ConnectionId> {
        (0..)
            .map(ConnectionId)
            .zip(&self.connections)
            .filter(|(_, connection)| connection.is_open())
            .map(|(id, _)| id)
            .collect()
    }

    pub(super) fn octets_under_way(&mut self) -> usize {
        let lane = |connection: &mut Connection, reader: Side| {
            let end = connection.end(reader);
            let is_heard = !end.is_closed && end.reset != Reset::Losing;
            let lane = connection.lane_from(reader.other());
            if is_heard { lane.unread() } else { 0 }
        };
        let connections = self.connections.iter_mut();
        connections
            .map(|both| lane(both, Side::Dialer) + lane(both, Side::Listener))
            .sum()
    }

    pub(super) fn traffic(&mut self, id: ConnectionId, writer: Side) -> Option<Traffic> {
        let lane = self.connection(id)?.lane_from(writer);
        Some(Traffic {
            taken: lane.taken,
            read: lane.read,
            ended: lane.fin == Fin::Read,
        })
    }

    // Time

    pub(super) fn schedule(&mut self, at: Instant, event: Event) {
        self.order += 1;
        self.queue.push(Reverse((at, self.order, event)));
    }

    pub(super) fn schedule_after(&mut self, wait: Duration, event: Event) {
        self.schedule(self.clock.now() + wait, event);
    }

    /// One way through the network, drawn anew.
    pub(super) fn travel(&mut self) -> Duration {
        let longest = self.options.latency + self.options.jitter;
        self.random.time(self.options.latency..=longest)
    }

    pub(super) fn next_event(&self) -> Option<Instant> {
        self.queue.peek().map(|Reverse((at, ..))| *at)
    }

    pub(super) fn run_due(&mut self) {
        let now = self.clock.now();
        while let Some(Reverse((at, _, event))) = self.queue.peek().copied()
            && at <= now
        {
            self.queue.pop();
            self.happen(event);
        }
    }

    fn happen(&mut self, event: Event) {
        if let Some((from, to)) = self.way(event)
            && self.walls.contains(&(from, to))
        {
            self.held.push(event);
            return;
        }
        match event {
            Event::Knock(attempt) => self.knock(attempt),
            Event::Answer(attempt) => self.answer(attempt),
            Event::Arrive(id, writer) => self.arrive(id, writer),
            Event::Tell(id, side) => self.tell(id, side),
            Event::Ring(id, side) => {
                if let Some(connection) = self.connection(id) {
                    connection.end(side).ring();
                }
            }
        }
    }

    /// From which host to which an event travels.
    fn way(&self, event: Event) -> Option<(HostId, HostId)> {
        let of = |id: ConnectionId, to: Side| {
            let connection = self.connections.get(usize::try_from(id.0).ok()?)?;
            Some((connection.host(to.other()), connection.host(to)))
        };
        match event {
            Event::Knock(attempt) => {
                let attempt = self.attempts.get(&attempt)?;
                Some((attempt.host, self.listeners.get(&attempt.to)?.host))
            }
            Event::Answer(attempt) => match self.attempts.get(&attempt)?.fate {
                Fate::Decided {
                    connection: Some(id),
                    ..
                } => of(id, Side::Dialer),
                Fate::Decided { .. } | Fate::Open => None,
            },
            Event::Arrive(id, writer) => of(id, writer.other()),
            Event::Tell(id, side) => of(id, side),
            Event::Ring(..) => None,
        }
    }

    // Connecting

    pub(super) fn add_listener(&mut self, host: HostId, at: u32) -> Result<(), Error> {
        if self.listeners.contains_key(&at) {
            let what = format!("sim://{at} is taken");
            return Err(Error::new(ErrorKind::AddressInUse, what));
        }
        let listening = Listening {
            host,
            backlog: VecDeque::new(),
            bell: None,
            exhausted: 0,
        };
        self.listeners.insert(at, listening);
        Ok(())
    }

    pub(super) fn add_attempt(&mut self, host: HostId, to: u32, bell: Doorbell) -> u64 {
        let number = self.next_attempt;
        self.next_attempt += 1;
        let attempt = Attempt {
            host,
            to,
            bell,
            fate: Fate::Open,
        };
        self.attempts.insert(number, attempt);
        let travel = self.travel();
        self.schedule_after(travel, Event::Knock(number));
        number
    }

    // rfc: sp-simulation S-07
    fn knock(&mut self, number: u64) {
        let Some(attempt) = self.attempts.get(&number) else {
            return;
        };
        let (host, to) = (attempt.host, attempt.to);
        let free = |listening: &&mut Listening| listening.backlog.len() < BACKLOG_MAX;
        let connection = self.listeners.get_mut(&to).filter(free).map(|listening| {
            let (now, capacity) = (self.clock.now(), self.options.buffer);
            let lanes = [(); 2].map(|()| Lane::new(capacity, now));
            let id = ConnectionId(u32::try_from(self.connections.len()).unwrap_or(u32::MAX));
            self.connections
                .push(Connection::new(host, listening.host, lanes));
            listening.backlog.push_back(id);
            if let Some(bell) = &listening.bell {
                bell.ring();
            }
            id
        });
        if let Some(attempt) = self.attempts.get_mut(&number) {
            let came = false;
            attempt.fate = Fate::Decided { connection, came };
        }
        let travel = self.travel();
        self.schedule_after(travel, Event::Answer(number));
    }

    fn answer(&mut self, number: u64) {
        if let Some(attempt) = self.attempts.get_mut(&number)
            && let Fate::Decided { came, .. } = &mut attempt.fate
        {
            *came = true;
            attempt.bell.ring();
        }
    }

    // Octets. rfc: sp-simulation S-04

    /// What a call that could do `possible` does, and whether it is to be called again soon.
    fn noisy(&mut self, possible: usize) -> io::Result<usize> {
        if !self.random.chance(self.options.noise, 64) {
            return Ok(possible);
        }
        match self.random.below(8) {
            0 => Err(io::ErrorKind::Interrupted.into()),
            1 => Err(io::ErrorKind::WouldBlock.into()),
            _ => Ok(self.random.size(1..=possible)),
        }
    }

    /// A call that would block for no reason but the noise comes again.
    fn ring_soon(&mut self, id: ConnectionId, side: Side, error: &io::Error) {
        if error.kind() == io::ErrorKind::WouldBlock {
            let wait = self.random.time(Duration::ZERO..=NOISE_MAX);
            self.schedule_after(wait, Event::Ring(id, side));
        }
    }

    pub(super) fn write(
        &mut self,
        id: ConnectionId,
        side: Side,
        slices: &[IoSlice<'_>],
    ) -> io::Result<usize> {
        let Some(connection) = self.connection(id) else {
            return Err(io::ErrorKind::NotConnected.into());
        };
        if connection.end(side).reset != Reset::No {
            return Err(io::ErrorKind::ConnectionReset.into());
        }
        let lane = connection.lane_from(side);
        if lane.fin != Fin::No {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        let wanted: usize = slices.iter().map(|slice| slice.len()).sum();
        if wanted == 0 {
            return Ok(0);
        }
        let possible = wanted.min(lane.room());
        if possible == 0 {
            lane.is_starved = true;
            return Err(io::ErrorKind::WouldBlock.into());
        }
        let most = self
            .noisy(possible)
            .inspect_err(|error| self.ring_soon(id, side, error))?;
        let Some(connection) = self.connection(id) else {
            return Err(io::ErrorKind::NotConnected.into());
        };
        let taken = connection.lane_from(side).put(slices, most);
        self.dispatch(id, side, taken);
        Ok(taken)
    }

    /// Sends octets on their way, in pieces.
    fn dispatch(&mut self, id: ConnectionId, side: Side, octets: usize) {
        let piece_max = self.options.piece_max.max(1);
        let splits = self.random.size(1..=SPLITS_MAX);
        let mut left = octets;
        for split in 1.. {
            if left == 0 {
                return;
            }
            let most = left.min(piece_max);
            let piece = if split < splits {
                self.random.size(1..=most)
            } else {
                most
            };
            left = left.saturating_sub(piece);
            self.dispatch_parcel(id, side, Parcel::Octets(piece));
        }
    }

    pub(super) fn dispatch_parcel(&mut self, id: ConnectionId, side: Side, parcel: Parcel) {
        let arrival = self.clock.now() + self.travel();
        let Some(connection) = self.connection(id) else {
            return;
        };
        let lane = connection.lane_from(side);
        let arrival = arrival.max(lane.last_arrival);
        lane.send(parcel, arrival);
        self.schedule(arrival, Event::Arrive(id, side));
    }

    fn arrive(&mut self, id: ConnectionId, writer: Side) {
        let Some(connection) = self.connection(id) else {
            return;
        };
        let lane = connection.lane_from(writer);
        let is_news = lane.arrive();
        let is_void = lane.is_void;
        let is_fin = lane.fin == Fin::Arrived;
        if !is_news {
            return;
        }
        if !is_void {
            connection.end(writer.other()).ring();
        } else if !is_fin {
            let travel = self.travel();
            self.schedule_after(travel, Event::Tell(id, writer));
        }
    }

    pub(super) fn read(
        &mut self,
        id: ConnectionId,
        side: Side,
        buffer: &mut [u8],
    ) -> io::Result<usize> {
        let Some(connection) = self.connection(id) else {
            return Err(io::ErrorKind::NotConnected.into());
        };
        let reset = connection.end(side).reset;
        if reset == Reset::Losing {
            return Err(io::ErrorKind::ConnectionReset.into());
        }
        let lane = connection.lane_from(side.other());
        let possible = lane.readable().min(buffer.len());
        if possible == 0 {
            return match (reset, lane.fin) {
                (Reset::No, Fin::Arrived | Fin::Read) => {
                    lane.fin = Fin::Read;
                    Ok(0)
                }
                (Reset::No, _) => Err(io::ErrorKind::WouldBlock.into()),
                _ => Err(io::ErrorKind::ConnectionReset.into()),
            };
        }
        let most = self
            .noisy(possible)
            .inspect_err(|error| self.ring_soon(id, side, error))?;
        let Some(connection) = self.connection(id) else {
            return Err(io::ErrorKind::NotConnected.into());
        };
        let lane = connection.lane_from(side.other());
        let count = lane.take(buffer, most);
        if std::mem::take(&mut lane.is_starved) {
            let travel = self.travel();
            self.schedule_after(travel, Event::Ring(id, side.other()));
        }
        Ok(count)
    }
}
