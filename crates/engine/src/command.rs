//! What passes between the engine and its driver: what the driver lends for a call, what it is
//! told to do afterwards, and what it reports. See `rfc/0001-contracts.md`.

use std::time::Instant;

use speedwell_message::{Flow, Message, PipeId};
use speedwell_protocol::{DropCause, EndCause};
use speedwell_transport::Error;

use crate::EndpointId;

/// What a driver lends the engine for the length of one call.
pub trait World {
    /// The time of the call; does not move within it.
    fn now(&mut self) -> Instant;

    /// A random number, all 64 bits alike.
    fn random(&mut self) -> u64;

    /// Takes a message into the transmit side of a pipe, which always accepts it, and notes that
    /// the pipe is to be flushed after the call. What is left in its place means nothing.
    fn push(&mut self, pipe: PipeId, message: &mut Message) -> Flow;

    /// False while the transmit side of a pipe holds something that was pushed to it. A driver
    /// that cannot tell says true.
    fn is_drained(&mut self, pipe: PipeId) -> bool {
        let _ = pipe;
        true
    }

    /// The machine dropped messages and counted them: under a pipe, or under none. A driver that
    /// keeps no account of pipes does nothing.
    fn dropped(&mut self, pipe: Option<PipeId>, cause: DropCause, messages: u64) {
        let _ = (pipe, cause, messages);
    }
}

/// What the driver does after a call, in this order, holding no lock of the socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command {
    /// Poll the dialer: a new attempt begins.
    Dial(EndpointId),
    /// Tell the dialer to abandon its attempt.
    Abandon(EndpointId),
    /// Poll the listener until it waits; after a pause or at the start.
    Accept(EndpointId),
    /// Drop the dialer or the listener.
    DropEndpoint(EndpointId),
    /// Drop a connection that is in its handshake, or waits to be approved.
    DropConn(PipeId),
    /// Offer the inbox that was left, and read on.
    Resume(PipeId),
    /// End a live pipe now; answer with [`Engine::pipe_ended`](crate::Engine::pipe_ended).
    End(PipeId),
    /// Write what the pipe holds, tell the peer that nothing more comes, and then end it.
    Finish(PipeId),
    /// Write what the pipe holds, tell the peer that nothing more comes, and go on reading: the
    /// pipe ends when its peer has ended its side.
    HalfClose(PipeId),
}

/// Whether a connection becomes a pipe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Admission {
    /// It is a live pipe: read from it.
    Live,
    /// It waits to be approved: keep it and do not read from it, until [`Command::DropConn`] or
    /// [`Engine::approve`](crate::Engine::approve).
    Waits,
    /// It is refused and counted: drop it.
    Refused,
}

/// Why a live pipe ended.
#[derive(Clone, Debug)]
pub enum EndReason {
    /// The peer closed it.
    ClosedByPeer,
    /// It failed.
    Broken(Error),
    /// The protocol ended it.
    Protocol(EndCause),
    /// Its endpoint or its socket was closed here.
    Local,
}

/// What was accepted from the application and not handed to the system, or not whole, from the
/// start of closing on. [`Stats`](crate::Stats) has the same messages under their causes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct CloseReport {
    /// Messages of which no octet left.
    pub unsent: u64,
    /// Their octets, header and body.
    pub unsent_octets: u64,
    /// Messages cut in the middle.
    pub cut: u64,
    /// Messages that the protocol had received, and that the application did not take. What it had
    /// left with a pipe, an inbox at most, [`Stats`](crate::Stats) have too.
    pub unread: u64,
    /// Pipes whose peer had not ended its side when the time for draining was over: it may not have
    /// taken all that was sent to it.
    pub unconfirmed: u64,
}

impl CloseReport {
    /// True when everything was handed over that the application had sent.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.unsent == 0 && self.cut == 0
    }
}
