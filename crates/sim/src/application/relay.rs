//! One of the two sockets of a device: what it receives lies on a desk until the other one sends
//! it, header and all, and the other way round. Looks into no message. See
//! `rfc/sp-simulation.md` section 9.

use std::time::Instant;

use speedwell_message::CtxId;
use speedwell_protocol::Verdict;
use speedwell_testkit::accounting::{Event, PartyId};

use super::{Application, Waiting};
use crate::{Bench, SimSocket};

/// Messages on a desk, from which on no more are received for it.
const DESK_MAX: usize = 2;

/// Which half of which device.
#[derive(Clone, Copy, Debug)]
pub struct Passing {
    /// The number of the device.
    pub device: u32,
    /// The desk it takes from, to send.
    pub takes: usize,
    /// The desk it puts on what it received.
    pub puts: usize,
    /// How many words a back-trace may have.
    pub ttl: u8,
}

/// An application that passes on.
#[derive(Debug)]
pub(crate) struct Relay {
    passing: Passing,
    party: PartyId,
    send_at: Waiting,
    recv_at: Waiting,
    sent: u64,
    received: u64,
}

impl Relay {
    pub(crate) fn new(passing: Passing, party: PartyId, bench: &mut Bench) -> Self {
        let Passing {
            device,
            takes,
            puts,
            ttl,
        } = passing;
        let socket = party;
        let desks = takes.max(puts) + 1;
        if bench.desks.len() < desks {
            bench.desks.resize_with(desks, Default::default);
        }
        bench.journal.log(Event::Hears { party, socket, ttl });
        bench.journal.log(Event::Relays { socket, device });
        Self {
            passing,
            party,
            send_at: Waiting::Until(bench.now()),
            recv_at: Waiting::Until(bench.now()),
            sent: 0,
            received: 0,
        }
    }

    fn on_desk(desk: usize, bench: &Bench) -> usize {
        bench.desks.get(desk).map_or(0, |desk| desk.len())
    }

    fn send(&mut self, socket: &mut SimSocket, bench: &mut Bench) {
        let takes = self.passing.takes;
        let mut message = bench.desks.get_mut(takes).and_then(|desk| desk.pop_front());
        match socket.send_in(CtxId::MAIN, None, &mut message, bench) {
            Ok(()) => self.sent += 1,
            Err(Verdict::Wait) => self.send_at = Waiting::Woken(bench.now()),
            Err(verdict) => bench
                .journal
                .breach(format!("passing on failed: {verdict}")),
        }
        if let (Some(refused), Some(desk)) = (message, bench.desks.get_mut(takes)) {
            desk.push_front(refused);
        }
    }

    fn receive(&mut self, socket: &mut SimSocket, bench: &mut Bench) {
        match socket.recv_in(CtxId::MAIN, self.party, bench) {
            Ok(message) => {
                self.received += 1;
                if let Some(desk) = bench.desks.get_mut(self.passing.puts) {
                    desk.push_back(message);
                }
            }
            Err(Verdict::Wait) => self.recv_at = Waiting::Woken(bench.now()),
            Err(verdict) => bench.journal.breach(format!("a device heard {verdict}")),
        }
    }
}

impl Application for Relay {
    fn has_sent_all(&self) -> bool {
        true
    }

    fn has_received_all(&self, socket: &SimSocket, bench: &Bench) -> bool {
        let is_empty = Self::on_desk(self.passing.takes, bench) == 0;
        is_empty && !socket.ready(CtxId::MAIN).recv
    }

    fn sent(&self) -> u64 {
        self.sent
    }

    fn received(&self) -> u64 {
        self.received
    }

    fn stop_receiving(&mut self, until: Instant) {
        self.recv_at.put_off(until);
    }

    fn wake(&mut self, _: CtxId) {
        self.send_at.wake();
        self.recv_at.wake();
    }

    fn next_time(&self, bench: &Bench) -> Option<Instant> {
        let sends = Self::on_desk(self.passing.takes, bench) > 0;
        let receives = Self::on_desk(self.passing.puts, bench) < DESK_MAX;
        let send = self.send_at.time().filter(|_| sends);
        let recv = self.recv_at.time().filter(|_| receives);
        send.into_iter().chain(recv).min()
    }

    fn step(&mut self, socket: &mut SimSocket, bench: &mut Bench) {
        let now = bench.now();
        let sends = self.send_at.is_due(now) && Self::on_desk(self.passing.takes, bench) > 0;
        let receives =
            self.recv_at.is_due(now) && Self::on_desk(self.passing.puts, bench) < DESK_MAX;
        if sends && (!receives || bench.random.chance(1, 2)) {
            self.send(socket, bench);
        } else if receives {
            self.receive(socket, bench);
        }
    }
}
