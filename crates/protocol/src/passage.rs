//! What a device may do with a machine. Says nothing of how messages are moved.
//! See `rfc/sp-device.md` section 2.

/// How messages pass through the raw form of a machine: which ways, and what their headers mean.
///
/// A device joins two raw sockets and passes on what either receives. It knows no protocol, so a
/// machine says itself what it is good for; see
/// [`Protocol::passage`](crate::Protocol::passage).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Passage {
    sends: bool,
    receives: bool,
    header: RawHeader,
}

/// What the header of a message that a raw machine received means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RawHeader {
    /// It goes with the message, as a back-trace does.
    #[default]
    Travels,
    /// It means something to this very socket alone, as the word of a pipe does, and is taken off
    /// before another socket sends the message.
    StaysHere,
}

impl Passage {
    /// The machine sends and receives.
    pub const BOTH_WAYS: Self = Self::new(true, true);
    /// The machine only receives.
    pub const IN: Self = Self::new(false, true);
    /// The machine only sends.
    pub const OUT: Self = Self::new(true, false);

    const fn new(sends: bool, receives: bool) -> Self {
        Self {
            sends,
            receives,
            header: RawHeader::Travels,
        }
    }

    /// The same, with another meaning of headers.
    #[must_use]
    pub const fn with_header(mut self, header: RawHeader) -> Self {
        self.header = header;
        self
    }

    /// Whether the machine ever sends.
    #[must_use]
    pub const fn sends(self) -> bool {
        self.sends
    }

    /// Whether the machine ever receives.
    #[must_use]
    pub const fn receives(self) -> bool {
        self.receives
    }

    /// What the header of a received message means.
    #[must_use]
    pub const fn header(self) -> RawHeader {
        self.header
    }
}
