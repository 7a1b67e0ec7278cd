//! What comes back from a pipe that died. Never a message that a peer may have seen a part of.
//! See `rfc/0001-contracts.md`.

use std::fmt;

use crate::Message;

/// The messages a dead pipe had accepted and no octet of which left this host, oldest first.
///
/// A machine takes what it wants to send elsewhere; what it leaves is dropped and counted.
pub struct Unsent<'a> {
    source: &'a mut dyn Iterator<Item = Message>,
}

impl<'a> Unsent<'a> {
    /// Wraps whatever yields the messages, oldest first. Drivers and tests do this.
    pub fn new(source: &'a mut dyn Iterator<Item = Message>) -> Self {
        Self { source }
    }
}

impl Iterator for Unsent<'_> {
    type Item = Message;

    fn next(&mut self) -> Option<Message> {
        self.source.next()
    }
}

impl fmt::Debug for Unsent<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Unsent")
    }
}
