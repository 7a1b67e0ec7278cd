//! The application of PAIR, PUSH, PULL, PUB and BUS: it sends a number of messages at its pace,
//! receives at its pace, and waits where a real one would block. Knows no fault. See
//! `rfc/sp-simulation.md` section 6.

use std::ops::RangeInclusive;
use std::time::{Duration, Instant};

use speedwell_message::{CtxId, Message};
use speedwell_protocol::Verdict;
use speedwell_testkit::accounting::{PartyId, Stamp};

use super::{Application, Waiting};
use crate::{Bench, SimSocket};

/// What an application does with its socket.
#[derive(Clone, Debug)]
pub struct Script {
    /// Messages to send.
    pub sends: u64,
    /// Octets of their bodies.
    pub sizes: Vec<RangeInclusive<usize>>,
    /// The time between two of them, unless sending blocks.
    pub send_gap: RangeInclusive<Duration>,
    /// Whether it receives, and the time between two messages.
    pub recv_gap: Option<RangeInclusive<Duration>>,
}

/// An application that sends and receives as its [`Script`] says.
#[derive(Debug)]
pub(crate) struct Talker {
    script: Script,
    party: PartyId,
    sent: u64,
    /// The message that is to be sent next, once it was made.
    next: Option<Message>,
    send_at: Waiting,
    recv_at: Waiting,
    received: u64,
}

impl Talker {
    /// An application that begins now.
    pub(crate) fn new(script: Script, party: PartyId, now: Instant) -> Self {
        Self {
            script,
            party,
            sent: 0,
            next: None,
            send_at: Waiting::Until(now),
            recv_at: Waiting::Until(now),
            received: 0,
        }
    }

    fn send(&mut self, socket: &mut SimSocket, bench: &mut Bench) {
        let stamp = Stamp {
            producer: self.party,
            seq: self.sent,
        };
        let mut message = self.next.take();
        if message.is_none() {
            let of = bench.random.pick(&self.script.sizes).cloned();
            let len = of.map_or(0, |sizes| bench.random.size(sizes));
            message = Some(socket.form().message(stamp, len));
        }
        let now = bench.now();
        match socket.send(stamp, &mut message, bench) {
            Ok(()) => {
                self.sent += 1;
                let gap = bench.random.time(self.script.send_gap.clone());
                self.send_at = Waiting::Until(now + gap);
            }
            Err(Verdict::Wait) => self.send_at = Waiting::Woken(now),
            Err(verdict) => {
                bench.journal.breach(format!("sending failed: {verdict}"));
                self.sent = self.script.sends;
            }
        }
        if message.is_none() && !matches!(self.send_at, Waiting::Until(_)) {
            bench
                .journal
                .breach("a refused message was not left to its sender");
        }
        self.next = message;
    }

    fn receive(&mut self, socket: &mut SimSocket, bench: &mut Bench) {
        let now = bench.now();
        match socket.recv(bench) {
            Ok(_) => {
                self.received += 1;
                let gap = self.script.recv_gap.clone();
                let gap = gap.map_or(Duration::ZERO, |gap| bench.random.time(gap));
                self.recv_at = Waiting::Until(now + gap);
            }
            Err(Verdict::Wait) => self.recv_at = Waiting::Woken(now),
            Err(verdict) => {
                bench.journal.breach(format!("receiving failed: {verdict}"));
                self.script.recv_gap = None;
            }
        }
    }
}

impl Application for Talker {
    fn has_sent_all(&self) -> bool {
        self.sent >= self.script.sends
    }

    fn has_received_all(&self, socket: &SimSocket, _: &Bench) -> bool {
        !socket.ready(CtxId::MAIN).recv
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

    fn next_time(&self, _: &Bench) -> Option<Instant> {
        let send = self.send_at.time().filter(|_| !self.has_sent_all());
        let recv = self
            .recv_at
            .time()
            .filter(|_| self.script.recv_gap.is_some());
        send.into_iter().chain(recv).min()
    }

    fn step(&mut self, socket: &mut SimSocket, bench: &mut Bench) {
        let now = bench.now();
        let sends = self.send_at.is_due(now) && !self.has_sent_all();
        let receives = self.recv_at.is_due(now) && self.script.recv_gap.is_some();
        if sends && (!receives || bench.random.chance(1, 2)) {
            self.send(socket, bench);
        } else if receives {
            self.receive(socket, bench);
        }
    }
}
