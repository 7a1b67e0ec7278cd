//! A simulated connection: two sides, and a lane each way. Decides nothing by itself.
//! See `rfc/sp-simulation.md` section 3.

use speedwell_transport::Doorbell;

use super::HostId;
use super::lane::Lane;

/// The number of a connection: 0 and up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnectionId(pub u32);

/// A side of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Side {
    /// The one that connected.
    Dialer,
    /// The one that accepted.
    Listener,
}

impl Side {
    /// The side at the other end.
    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Self::Dialer => Self::Listener,
            Self::Listener => Self::Dialer,
        }
    }
}

/// What a side has been told of a reset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reset {
    No,
    /// What arrived before can still be read.
    Keeping,
    /// Nothing can be read any more.
    Losing,
}

#[derive(Debug)]
pub(super) struct End {
    pub(super) host: HostId,
    pub(super) bell: Option<Doorbell>,
    pub(super) reset: Reset,
    /// The application of this side is done with it.
    pub(super) is_closed: bool,
}

impl End {
    fn new(host: HostId) -> Self {
        Self {
            host,
            bell: None,
            reset: Reset::No,
            is_closed: false,
        }
    }

    pub(super) fn ring(&self) {
        if let Some(bell) = &self.bell {
            bell.ring();
        }
    }
}

#[derive(Debug)]
pub(super) struct Connection {
    dialer: End,
    listener: End,
    from_dialer: Lane,
    from_listener: Lane,
}

impl Connection {
    /// `dialer` and `listener` are the two hosts; `lanes` go out from them.
    pub(super) fn new(dialer: HostId, listener: HostId, lanes: [Lane; 2]) -> Self {
        let [from_dialer, from_listener] = lanes;
        Self {
            dialer: End::new(dialer),
            listener: End::new(listener),
            from_dialer,
            from_listener,
        }
    }

    pub(super) fn end(&mut self, side: Side) -> &mut End {
        match side {
            Side::Dialer => &mut self.dialer,
            Side::Listener => &mut self.listener,
        }
    }

    pub(super) fn host(&self, side: Side) -> HostId {
        match side {
            Side::Dialer => self.dialer.host,
            Side::Listener => self.listener.host,
        }
    }

    /// The lane that a side writes to.
    pub(super) fn lane_from(&mut self, side: Side) -> &mut Lane {
        match side {
            Side::Dialer => &mut self.from_dialer,
            Side::Listener => &mut self.from_listener,
        }
    }

    /// True while neither side is done or was told of a reset.
    pub(super) fn is_open(&self) -> bool {
        let open = |end: &End| !end.is_closed && end.reset == Reset::No;
        open(&self.dialer) && open(&self.listener)
    }
}
