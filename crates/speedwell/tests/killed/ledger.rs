//! What a producer sent, joined with what its consumers took. Decides nothing but what is missing.

use std::fmt;
use std::time::Duration;

use speedwell::{ErrorKind, Push};

/// Octets of a body.
pub(crate) const BODY: usize = 100;

/// A system that takes anything takes it by then.
const ROOM_COMES_WITHIN: Duration = Duration::from_millis(20);

/// Messages by their numbers: 0 and up as the socket accepted them.
#[derive(Default)]
pub(crate) struct Ledger {
    accepted: u64,
}

/// What became of them.
pub(crate) struct Account {
    pub(crate) accepted: u64,
    pub(crate) delivered: u64,
    /// Accepted, and taken by nobody.
    pub(crate) undelivered: u64,
    pub(crate) twice: u64,
    /// Taken, and never sent.
    pub(crate) invented: u64,
    missing: Vec<u64>,
}

impl Ledger {
    pub(crate) fn accepted(&self) -> u64 {
        self.accepted
    }

    /// Sends the next message, however long that takes.
    pub(crate) fn send(&mut self, push: &Push) {
        push.send_timeout(body(self.accepted), super::SOON).unwrap();
        self.accepted += 1;
    }

    /// Sends the next message, unless there is no room for it for a while: then the system is full
    /// too, and not only the pipe that somebody is writing from.
    pub(crate) fn fits(&mut self, push: &Push) -> bool {
        match push.send_timeout(body(self.accepted), ROOM_COMES_WITHIN) {
            Ok(()) => {
                self.accepted += 1;
                true
            }
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::TimedOut);
                false
            }
        }
    }

    /// Joins the logs of all consumers.
    pub(crate) fn settle(&self, taken: &[Vec<u64>]) -> Account {
        let mut times = vec![0_u64; usize::try_from(self.accepted).unwrap()];
        let mut account = Account {
            accepted: self.accepted,
            delivered: 0,
            undelivered: 0,
            twice: 0,
            invented: 0,
            missing: Vec::new(),
        };
        for number in taken.iter().flatten() {
            match times.get_mut(usize::try_from(*number).unwrap()) {
                Some(count) => *count += 1,
                None => account.invented += 1,
            }
        }
        for (number, count) in (0..).zip(times) {
            account.delivered += u64::from(count > 0);
            account.twice += u64::from(count > 1);
            if count == 0 {
                account.missing.push(number);
            }
        }
        account.undelivered = account.accepted - account.delivered;
        account
    }
}

impl Account {
    /// How many messages from this number on nobody took.
    pub(crate) fn missing_from(&self, number: u64) -> u64 {
        let missing = self.missing.iter().filter(|missing| **missing >= number);
        u64::try_from(missing.count()).unwrap()
    }
}

impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (first, last) = (self.missing.first(), self.missing.last());
        write!(
            f,
            "{} accepted, {} delivered, {} undelivered ({first:?} to {last:?})",
            self.accepted, self.delivered, self.undelivered
        )
    }
}

fn body(number: u64) -> [u8; BODY] {
    let mut body = [0; BODY];
    let (front, rest) = body.split_at_mut(8);
    front.copy_from_slice(&number.to_be_bytes());
    rest.fill(number.to_le_bytes()[0]);
    body
}

/// The number in a body; `None` when an octet of it is not what was sent.
pub(crate) fn number_of(octets: &[u8]) -> Option<u64> {
    let number = u64::from_be_bytes(*octets.first_chunk()?);
    (octets == body(number)).then_some(number)
}
