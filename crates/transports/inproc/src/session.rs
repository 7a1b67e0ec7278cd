//! What the two sides of a connection share: their endpoint numbers, their bells, and a lane in
//! each direction. Decides nothing. See `rfc/sp-inproc.md` section 4.

use speedwell_transport::{Doorbell, ProtocolId};

use crate::lane::Lane;
use crate::sync::{Arc, Mutex, OnceLock};

/// Which side of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Seat {
    Dialer,
    Listener,
}

impl Seat {
    pub(crate) fn opposite(self) -> Self {
        match self {
            Self::Dialer => Self::Listener,
            Self::Listener => Self::Dialer,
        }
    }
}

pub(crate) struct Session {
    dialer: Side,
    listener: Side,
    greetings: Mutex<Greetings>,
}

/// One side: its bell, and the lane on which it receives.
struct Side {
    bell: OnceLock<Doorbell>,
    inbound: Lane,
}

/// The endpoint numbers posted so far.
#[derive(Default)]
struct Greetings {
    dialer: Option<ProtocolId>,
    listener: Option<ProtocolId>,
}

impl Session {
    /// Each lane is bounded by the limit of the side that receives on it.
    pub(crate) fn new(dialer_limit: usize, listener_limit: usize) -> Arc<Self> {
        Arc::new(Self {
            dialer: Side::new(dialer_limit),
            listener: Side::new(listener_limit),
            greetings: Mutex::default(),
        })
    }

    /// The lane on which `seat` receives.
    pub(crate) fn inbound(&self, seat: Seat) -> &Lane {
        &self.side(seat).inbound
    }

    /// Notes the bell of `seat`, which stays the same from then on.
    pub(crate) fn note_bell(&self, seat: Seat, bell: &Doorbell) {
        self.side(seat).bell.get_or_init(|| bell.clone());
    }

    /// Asks for a visit to `seat`. One whose bell is not known yet has not been visited at all,
    /// and its first visit looks at everything.
    pub(crate) fn ring(&self, seat: Seat) {
        if let Some(bell) = self.bell(seat) {
            bell.ring();
        }
    }

    /// The bell of `seat`, once it is known.
    pub(crate) fn bell(&self, seat: Seat) -> Option<&Doorbell> {
        self.side(seat).bell.get()
    }

    /// Posts the endpoint number of `seat`, and returns what the opposite side has posted.
    pub(crate) fn greet(&self, seat: Seat, me: ProtocolId) -> Option<ProtocolId> {
        let mut greetings = self.greetings.lock();
        let posted = &mut *greetings;
        let (mine, theirs) = match seat {
            Seat::Dialer => (&mut posted.dialer, posted.listener),
            Seat::Listener => (&mut posted.listener, posted.dialer),
        };
        let is_news = mine.replace(me).is_none();
        drop(greetings);
        if is_news {
            self.ring(seat.opposite());
        }
        theirs
    }

    fn side(&self, seat: Seat) -> &Side {
        match seat {
            Seat::Dialer => &self.dialer,
            Seat::Listener => &self.listener,
        }
    }
}

impl Side {
    fn new(limit: usize) -> Self {
        Self {
            bell: OnceLock::new(),
            inbound: Lane::new(limit),
        }
    }
}

#[cfg(test)]
mod tests;
