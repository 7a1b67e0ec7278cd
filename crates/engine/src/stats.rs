//! What was counted: of a pipe its messages, of an endpoint and of a socket also its connections.
//! Counters only grow. See `rfc/sp-monitor.md` section 2.

use std::ops::{AddAssign, Deref};

use speedwell_protocol::DropCause;

/// The messages of one pipe, or of several together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Traffic {
    /// Messages given to pipes.
    pub messages_out: u64,
    /// Octets of them, header and body.
    pub octets_out: u64,
    /// Messages that the protocol took from pipes.
    pub messages_in: u64,
    /// Octets of them, header and body.
    pub octets_in: u64,
    /// Of the messages given to pipes, those that came back when their pipe ended, since no octet
    /// of them had left. They went to the protocol, or were dropped and counted.
    pub returned: u64,
    /// Of the messages given to pipes, those that had left in part when their pipe ended. Whether
    /// the peer has seen their beginning is unknown; it delivers none of them.
    pub cut: u64,
    drops: [u64; DropCause::ALL.len()],
}

impl Traffic {
    /// Messages dropped for one cause.
    #[must_use]
    pub fn dropped(&self, cause: DropCause) -> u64 {
        self.drops.get(cause.index()).copied().unwrap_or(0)
    }

    /// Messages dropped, whatever the cause.
    #[must_use]
    pub fn dropped_in_all(&self) -> u64 {
        self.drops
            .iter()
            .fold(0, |sum, one| sum.saturating_add(*one))
    }

    pub(crate) fn count_drop(&mut self, cause: DropCause, messages: u64) {
        if let Some(count) = self.drops.get_mut(cause.index()) {
            add(count, messages);
        }
    }
}

impl AddAssign for Traffic {
    fn add_assign(&mut self, other: Self) {
        let Self {
            messages_out,
            octets_out,
            messages_in,
            octets_in,
            returned,
            cut,
            drops,
        } = other;
        add(&mut self.messages_out, messages_out);
        add(&mut self.octets_out, octets_out);
        add(&mut self.messages_in, messages_in);
        add(&mut self.octets_in, octets_in);
        add(&mut self.returned, returned);
        add(&mut self.cut, cut);
        for (count, more) in self.drops.iter_mut().zip(drops) {
            add(count, more);
        }
    }
}

/// The counters of an endpoint, or of a whole socket: those of connections, and [`Traffic`], which
/// it reads as.
///
/// Each connection that was established, by a dialer or a listener, is live or has ended in one of
/// four ways: `connected + accepted` is the live pipes and
/// `closed_by_peer + broken + ended_by_protocol + closed_here`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// Connections that dialers made and that became pipes.
    pub connected: u64,
    /// Connections that listeners took and that became pipes.
    pub accepted: u64,
    /// Addresses that could not be bound.
    pub bind_errors: u64,
    /// Attempts to connect that failed before the handshake.
    pub dial_errors: u64,
    /// Failures of accepting.
    pub accept_errors: u64,
    /// Handshakes that failed: silence, junk, a connection that broke.
    pub handshake_errors: u64,
    /// Peers of an endpoint type that this socket does not link to.
    pub wrong_protocol: u64,
    /// Peers that the protocol did not want, such as the second peer of a PAIR.
    pub rejected: u64,
    /// Peers that the application did not approve, or not in time.
    pub unapproved: u64,
    /// Connections refused because of `pipes_max` or `half_open_max`.
    pub over_limit: u64,
    /// Pipes that ended because the peer closed them.
    pub closed_by_peer: u64,
    /// Pipes that failed.
    pub broken: u64,
    /// Pipes that the protocol ended, since their peer had broken its rules.
    pub ended_by_protocol: u64,
    /// Pipes that ended because their endpoint or the socket was closed here.
    pub closed_here: u64,
    /// Messages: sent, received, dropped.
    pub traffic: Traffic,
}

impl Deref for Stats {
    type Target = Traffic;

    fn deref(&self) -> &Traffic {
        &self.traffic
    }
}

impl AddAssign for Stats {
    fn add_assign(&mut self, other: Self) {
        let Self {
            connected,
            accepted,
            bind_errors,
            dial_errors,
            accept_errors,
            handshake_errors,
            wrong_protocol,
            rejected,
            unapproved,
            over_limit,
            closed_by_peer,
            broken,
            ended_by_protocol,
            closed_here,
            traffic,
        } = other;
        add(&mut self.connected, connected);
        add(&mut self.accepted, accepted);
        add(&mut self.bind_errors, bind_errors);
        add(&mut self.dial_errors, dial_errors);
        add(&mut self.accept_errors, accept_errors);
        add(&mut self.handshake_errors, handshake_errors);
        add(&mut self.wrong_protocol, wrong_protocol);
        add(&mut self.rejected, rejected);
        add(&mut self.unapproved, unapproved);
        add(&mut self.over_limit, over_limit);
        add(&mut self.closed_by_peer, closed_by_peer);
        add(&mut self.broken, broken);
        add(&mut self.ended_by_protocol, ended_by_protocol);
        add(&mut self.closed_here, closed_here);
        self.traffic += traffic;
    }
}

/// A counter goes on, and stops at its end rather than beginning anew.
pub(crate) fn add(count: &mut u64, by: u64) {
    *count = count.saturating_add(by);
}
