//! One way through a device: takes a message from one socket when the other can send, and passes
//! it on. Holds one message at most. Obeys `rfc/sp-device.md` sections 3 and 5.

use std::sync::Arc;
use std::time::{Duration, Instant};

use speedwell_protocol::Message;
use speedwell_socket::{Error, ErrorKind, Messages};

use crate::device::Shared;
use crate::report::Tally;
use crate::{End, Side};

/// One way through a device.
pub(crate) struct Mover {
    pub(crate) shared: Arc<Shared>,
    pub(crate) from: Side,
    pub(crate) to: Side,
    pub(crate) strips_header: bool,
}

impl Mover {
    /// Moves messages until the device ends.
    pub(crate) fn run(self) {
        let (from, to) = (self.shared.socket(self.from), self.shared.socket(self.to));
        let tally = self.shared.tally(self.from);
        while self.shared.goes_on() {
            if let Err(end) = self.step(from, to, tally) {
                self.shared.end(end);
            }
        }
    }

    /// Moves one message, or waits for something to change.
    fn step(&self, from: &Messages, to: &Messages, tally: &Tally) -> Result<(), End> {
        // rfc: sp-device D-13
        Self::waited(self.to, to.wait_to_send(None, || self.shared.goes_on()))?;
        match from.try_recv() {
            Ok(message) => {
                tally.take();
                self.pass(message, to, tally);
                Ok(())
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                Self::waited(self.from, from.wait_to_recv(None, || self.shared.goes_on()))
            }
            Err(error) => Err(Self::failed(self.from, &error)),
        }
    }

    /// Gives a message away: as long as the device goes on, and then for the linger time.
    // rfc: sp-device D-10, D-14, D-15, D-24
    fn pass(&self, mut message: Message, to: &Messages, tally: &Tally) {
        // rfc: sp-device D-11
        if self.strips_header {
            message.set_header(&[]);
        }
        let octets = message.octets();
        let mut grace = Grace::default();
        loop {
            let refused = match to.try_send(message) {
                Ok(()) => return tally.pass(octets),
                Err(refused) => refused,
            };
            let has_to_wait = refused.kind() == ErrorKind::WouldBlock;
            message = refused.into_message();
            if !has_to_wait || !self.outlasts(to, &mut grace) {
                return tally.drop_one();
            }
        }
    }

    /// Waits until a message can be given away, or the device ends meanwhile; false when there is
    /// no hope left.
    fn outlasts(&self, to: &Messages, grace: &mut Grace) -> bool {
        if !self.shared.goes_on() {
            return to.wait_to_send(grace.left(to), || true).is_ok();
        }
        let waited = to.wait_to_send(None, || self.shared.goes_on());
        waited.is_ok() || !self.shared.goes_on()
    }

    /// What the end of a wait means to the device. An interruption is not its own affair.
    fn waited(side: Side, waited: Result<(), Error>) -> Result<(), End> {
        match waited {
            Err(error) if error.kind() != ErrorKind::WouldBlock => Err(Self::failed(side, &error)),
            Ok(()) | Err(_) => Ok(()),
        }
    }

    // rfc: sp-device D-21, D-22
    fn failed(side: Side, error: &Error) -> End {
        match error.kind() {
            ErrorKind::Closed => End::Closed(side),
            kind => End::Failed(side, kind),
        }
    }
}

/// The linger time of the socket that a message goes out by. It begins when it is first asked for.
#[derive(Default)]
struct Grace {
    over: Option<Option<Instant>>,
}

impl Grace {
    /// What is left of it; `None` is for ever.
    fn left(&mut self, to: &Messages) -> Option<Duration> {
        let now = Instant::now();
        let over = self
            .over
            .get_or_insert_with(|| now.checked_add(to.linger()));
        over.map(|over| over.saturating_duration_since(now))
    }
}
