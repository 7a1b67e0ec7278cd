//! Doorbells: progress that no descriptor shows. A ring only notes that an object wants a visit.
//! See `rfc/0001-contracts.md`.

use std::fmt;
use std::sync::Arc;
use std::time::Instant;

/// What is behind a [`Doorbell`]; drivers implement it.
///
/// # Implementing
///
/// `ring` may come from any thread, under any lock of a transport, at any time, also after the
/// object is gone. It must not call into a transport.
pub trait Ring: Send + Sync {
    /// Asks the driver to visit the object that this bell belongs to.
    fn ring(&self);
}

/// The bell of one dialer, listener or connection. A clone is the same bell.
///
/// A ring is never lost: one that comes before the driver visits leads to a visit. Rings before a
/// visit count as one.
#[derive(Clone)]
pub struct Doorbell(Arc<dyn Ring>);

impl Doorbell {
    /// Makes a bell of whatever rings. Drivers and tests do this.
    pub fn new(ring: Arc<dyn Ring>) -> Self {
        Self(ring)
    }

    /// Asks for a visit. Cheap, and never calls back.
    pub fn ring(&self) {
        self.0.ring();
    }
}

impl fmt::Debug for Doorbell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Doorbell")
    }
}

/// What a driver gives to each poll of an object: the time, and the object's bell.
#[derive(Debug)]
pub struct PollCx<'a> {
    now: Instant,
    bell: &'a Doorbell,
}

impl<'a> PollCx<'a> {
    /// Drivers and tests make these.
    #[must_use]
    pub fn new(now: Instant, bell: &'a Doorbell) -> Self {
        Self { now, bell }
    }

    /// The time of this poll.
    #[must_use]
    pub fn now(&self) -> Instant {
        self.now
    }

    /// The bell of the polled object. It stays the same for the life of the object, and for a
    /// connection also after its split: then a ring asks that both halves be visited.
    #[must_use]
    pub fn bell(&self) -> &'a Doorbell {
        self.bell
    }
}
