//! What a poll answers, and what an unfinished one waits for. See `rfc/0001-contracts.md`.

use std::time::Instant;

use crate::{Error, Source};

/// The answer of a poll.
#[derive(Debug)]
#[must_use]
pub enum Progress<T> {
    /// Done.
    Ready(T),
    /// Not yet: poll again when one of these happens.
    Wait(Interest),
    /// It failed. What happens next is the driver's decision.
    Fail(Error),
}

/// What an unfinished operation waits for. Its doorbell always counts, and need not be named.
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct Interest {
    source: Option<Source>,
    read: bool,
    write: bool,
    deadline: Option<Instant>,
    is_look_up: bool,
}

impl Interest {
    /// Nothing but the doorbell. A dialer waits so for a peer of this process to exist, and for
    /// as long as that takes.
    pub fn bell() -> Self {
        Self::default()
    }

    /// A name is being looked up, and the doorbell tells of its end. Other than [`Interest::bell`]
    /// this is work under way, and has the deadline of an attempt.
    pub fn look_up() -> Self {
        Self {
            is_look_up: true,
            ..Self::default()
        }
    }

    /// The source becomes readable.
    pub fn readable(source: Source) -> Self {
        Self {
            source: Some(source),
            read: true,
            ..Self::default()
        }
    }

    /// The source becomes writable.
    pub fn writable(source: Source) -> Self {
        Self {
            source: Some(source),
            write: true,
            ..Self::default()
        }
    }

    /// The source becomes readable or writable, whichever is first.
    pub fn either(source: Source) -> Self {
        Self {
            read: true,
            ..Self::writable(source)
        }
    }

    /// Also poll when this point in time comes.
    pub fn until(mut self, deadline: Instant) -> Self {
        self.deadline = Some(deadline);
        self
    }

    /// The source that is waited for, if any.
    #[must_use]
    pub fn source(&self) -> Option<&Source> {
        self.source.as_ref()
    }

    /// Whether the source must become readable.
    #[must_use]
    pub fn read(&self) -> bool {
        self.read
    }

    /// Whether the source must become writable.
    #[must_use]
    pub fn write(&self) -> bool {
        self.write
    }

    /// Whether it waits for nothing but the bell, and no work is under way.
    #[must_use]
    pub fn is_bell_alone(&self) -> bool {
        self.source.is_none() && self.deadline.is_none() && !self.is_look_up
    }

    /// When to poll in any case.
    #[must_use]
    pub fn deadline(&self) -> Option<Instant> {
        self.deadline
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_bell_is_a_bell_alone() {
        assert!(Interest::bell().is_bell_alone());
        assert!(!Interest::look_up().is_bell_alone());
        assert!(!Interest::bell().until(Instant::now()).is_bell_alone());
        let either = Interest::either(Source::Doorbell);
        assert!(!either.is_bell_alone() && either.read() && either.write());
    }
}
