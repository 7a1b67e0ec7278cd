//! The two halves of a live pipe. The receiving half fills inboxes within a budget; the
//! transmitting half is a stream of octets, or takes whole messages. See `rfc/0001-contracts.md`.

use std::fmt;

use crate::{Doorbell, Error, Flow, Inbox, Message, Scratch, Source, StreamTx};

/// Writes what stands on the wire in front of a message of `len` octets (header and body) into
/// `out`, and says how many octets that is (at most 16).
pub type Framing = fn(len: u64, out: &mut [u8; 16]) -> usize;

/// A live pipe, as a transport hands it to the driver.
pub struct Halves {
    /// What tells that a half can go on.
    pub source: Source,
    /// The transmitting half.
    pub tx: Tx,
    /// The receiving half.
    pub rx: Box<dyn RxHalf>,
}

/// How a pipe transmits.
pub enum Tx {
    /// A stream of octets: the driver batches frames in a buffer of its own and writes it.
    Stream {
        /// What precedes each message.
        framing: Framing,
        /// Where the octets go.
        io: Box<dyn StreamTx>,
    },
    /// Messages change hands inside this process (or by shared memory) without a system call.
    Direct(Box<dyn DirectTx>),
}

/// A transmitting half that takes whole messages at once.
///
/// # Implementing
///
/// Every method is called under the driver's transmit lock: no system call, no waiting. What the
/// peer has not taken yet counts against the peer's receive limit.
pub trait DirectTx: Send {
    /// Hands a message over. It is always accepted, also when the peer is gone: then it waits for
    /// `take_unsent`. After [`Flow::Full`] the bell is rung when there is room again.
    fn push(&mut self, message: Message) -> Flow;

    /// The peer's bell, when what was pushed since the last call is news to it. The driver calls
    /// this after each row of pushes, and rings once it holds no lock: a ring may wake a thread,
    /// which is a system call. A transport whose peers look for themselves has none.
    fn take_ring(&mut self) -> Option<Doorbell> {
        None
    }

    /// Hands over what was kept back, where a transport keeps the newest messages of a stream to
    /// hand over many at once, and has its own bell rung when the peer waits for them. The driver
    /// calls this on each visit that a bell has asked for, and when it finishes the pipe; then it
    /// calls `take_ring`. See `rfc/0003-direct-halves-keep-back.md`.
    fn flush(&mut self) {}

    /// Whether there is room now. After [`Flow::Full`], open again at half the limit.
    fn flow(&self) -> Flow;

    /// False once the peer is gone.
    fn is_alive(&self) -> bool;

    /// False while the peer has not taken all that was pushed; the bell is rung when it has. A
    /// transport that cannot tell says true.
    fn is_drained(&self) -> bool {
        true
    }

    /// Leaves what was pushed to the peer, and pushes nothing more: the half is dropped next. False
    /// when the peer takes nothing more; then everything that it has not taken is to be asked back.
    fn leave(&mut self) -> bool {
        self.is_alive()
    }

    /// The oldest message that was pushed and that the peer has not taken. Called only when the
    /// pipe is dead; from the first call on the peer takes nothing more.
    fn take_unsent(&mut self) -> Option<Message>;
}

/// How much one reading may put into an inbox, and what it may use meanwhile.
#[derive(Debug)]
pub struct Budget<'a> {
    /// Messages that may still be added.
    pub messages: usize,
    /// Octets after which nothing more is added. A message of any size fits an empty inbox.
    pub octets: usize,
    /// A buffer that belongs to the reading thread. Nothing in it survives the call.
    pub scratch: &'a mut Scratch,
}

impl Budget<'_> {
    /// True while one more message may be added to `inbox`.
    #[must_use]
    #[inline]
    pub fn allows(&self, inbox: &Inbox) -> bool {
        inbox.is_empty() || (inbox.len() < self.messages && inbox.octets() < self.octets)
    }
}

/// The receiving half of a pipe.
pub trait RxHalf: Send {
    /// Reads without waiting, and adds whole messages to `inbox` while the budget allows.
    ///
    /// After [`RxState::end`] is set it is not called again, except when `more` is set too.
    fn read(&mut self, inbox: &mut Inbox, budget: &mut Budget<'_>) -> RxState;

    /// Reads nothing more, and leaves what was not read to the peer, which gets it back when the
    /// pipe ends. False when the peer is gone and could not: then everything is to be read to the
    /// end. A stream has no way back: what this side has not read is read by nobody.
    fn give_back(&mut self) -> bool {
        true
    }
}

/// What a reading left behind.
#[derive(Debug, Default)]
#[must_use]
pub struct RxState {
    /// The budget ended the reading: call again without waiting for the source.
    pub more: bool,
    /// Nothing will come any more. What was read before it stands in the inbox.
    pub end: Option<End>,
    /// The transport has octets of its own to send: flush the transmitting half.
    pub flush: bool,
}

impl RxState {
    /// Nothing more until the source says so.
    pub fn idle() -> Self {
        Self::default()
    }

    /// The budget is used up.
    pub fn more() -> Self {
        Self {
            more: true,
            ..Self::default()
        }
    }

    /// The pipe has ended.
    pub fn ended(end: End) -> Self {
        Self {
            end: Some(end),
            ..Self::default()
        }
    }
}

/// How receiving ended.
#[derive(Clone, Debug)]
pub enum End {
    /// The peer closed, at the border between two messages.
    Closed,
    /// The connection failed, or the peer broke the framing. A message cut short is not delivered.
    Failed(Error),
}

impl fmt::Debug for Halves {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Halves")
            .field("source", &self.source)
            .field("tx", &self.tx)
            .finish()
    }
}

impl fmt::Debug for Tx {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Stream { .. } => "Tx::Stream",
            Self::Direct(_) => "Tx::Direct",
        })
    }
}
