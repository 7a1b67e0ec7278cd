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
}

impl Interest {
    /// Nothing but the doorbell.
    pub fn bell() -> Self {
        Self::default()
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

    /// When to poll in any case.
    #[must_use]
    pub fn deadline(&self) -> Option<Instant> {
        self.deadline
    }
}
