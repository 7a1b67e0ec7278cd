//! What all sockets of a schedule share: time, network, memory, chance, the journal. Owns no
//! socket. See `rfc/sp-simulation.md` section 2.

use std::collections::VecDeque;
use std::time::Instant;

use speedwell_message::Message;
use speedwell_testkit::accounting::PartyId;
use speedwell_testkit::clock::VirtualClock;
use speedwell_testkit::net::{NetOptions, SimNet};
use speedwell_testkit::random::Random;
use speedwell_transport::Scratch;

use crate::{Journal, Memory, Trace};

/// The bench that a schedule runs on. One seed decides everything on it.
#[derive(Debug)]
pub struct Bench {
    /// The time.
    pub clock: VirtualClock,
    /// The network.
    pub net: SimNet,
    /// The process that they share.
    pub memory: Memory,
    /// What decides.
    pub random: Random,
    /// What devices took in and have not passed on, by number: two of each device.
    pub desks: Vec<VecDeque<Message>>,
    /// How many parties there were.
    parties: u32,
    /// What happened.
    pub journal: Journal,
    /// The read buffer, as a thread of a real driver owns one.
    pub scratch: Scratch,
}

impl Bench {
    /// A bench at the start of time.
    #[must_use]
    pub fn new(seed: u64, net: NetOptions, trace: Trace) -> Self {
        let mut random = Random::new(seed);
        let clock = VirtualClock::new();
        Self {
            net: SimNet::new(clock.clone(), random.bits(), net),
            memory: Memory::new(),
            desks: Vec::new(),
            parties: 0,
            journal: Journal::new(clock.clone(), trace),
            clock,
            random,
            scratch: Scratch::new(),
        }
    }

    /// A party that nobody is yet.
    pub fn draw_party(&mut self) -> PartyId {
        let party = PartyId(self.parties);
        self.parties += 1;
        party
    }

    /// The time.
    #[must_use]
    pub fn now(&self) -> Instant {
        self.clock.now()
    }
}
