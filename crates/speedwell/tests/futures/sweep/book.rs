//! What went in and what came out, for the checker that the simulation has too. Decides nothing.
//! See `rfc/sp-simulation.md` section 4.

use std::collections::BTreeMap;

use speedwell::Message;
use speedwell_testkit::accounting::{
    Event, PartyId, Rules, STAMP_LEN, Stamp, body, check, print_of, stamp_of,
};

/// Who receives.
const CONSUMER: PartyId = PartyId(100);

/// The log of one sweep.
#[derive(Default)]
pub(crate) struct Book {
    log: Vec<Event>,
    accepted: BTreeMap<u32, u64>,
    delivered: u64,
}

impl Book {
    /// The next message of a sender. While it is not accepted the next one has the same stamp, and
    /// another body if its length is another: both cannot have been sent.
    pub(crate) fn message(&self, producer: u32, more: usize) -> Message {
        let seq = self.accepted.get(&producer).copied().unwrap_or_default();
        let producer = PartyId(producer);
        body(Stamp { producer, seq }, STAMP_LEN + more).into()
    }

    /// A socket took a message.
    pub(crate) fn accepted(&mut self, body: &[u8]) {
        let stamp = stamp_of(body).unwrap();
        let print = print_of(body);
        self.log.push(Event::Accepted { stamp, print });
        *self.accepted.entry(stamp.producer.0).or_default() += 1;
    }

    /// The application took a message.
    pub(crate) fn delivered(&mut self, body: &[u8]) {
        self.delivered += 1;
        self.log.push(Event::Delivered {
            consumer: CONSUMER,
            link: None,
            stamp: stamp_of(body),
            print: print_of(body),
        });
    }

    /// Messages that were taken and not given yet.
    pub(crate) fn under_way(&self) -> u64 {
        self.accepted.values().sum::<u64>() - self.delivered
    }

    /// Nothing is lost, doubled, halved or sent though it was given up.
    pub(crate) fn judge(mut self, name: &str) {
        self.log.push(Event::Settled);
        let rules = Rules {
            ordered: true,
            faultless: true,
        };
        let account = check(&self.log, rules);
        assert_eq!(account.violations, [], "{name}");
        assert_eq!(account.accepted, account.delivered, "{name}");
        println!("{name}: {} messages, each once", account.delivered);
    }
}
