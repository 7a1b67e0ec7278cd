//! How long a call may wait. The clock is read when waiting begins, and not before: most calls
//! need not wait. See `rfc/sp-endpoint.md`.

use std::time::{Duration, Instant};

use crate::ErrorKind;
use crate::hub::State;
use crate::sync::{Condvar, MutexGuard};

/// How long a call may wait, as its caller said.
#[derive(Clone, Copy, Debug)]
pub(super) enum Wait {
    Never,
    /// As long as the option of the socket says.
    AsSet,
    AtMost(Duration),
}

/// What is left of a call's time.
#[derive(Clone, Copy, Debug)]
pub(super) enum Patience {
    None,
    Endless,
    /// Waiting has not begun.
    Whole(Duration),
    Until(Instant),
}

impl Wait {
    /// The patience of a call; `option` is the socket's own time-out.
    pub(super) fn patience(self, option: Option<Duration>) -> Patience {
        match (self, option) {
            (Self::Never, _) => Patience::None,
            (Self::AtMost(time), _) | (Self::AsSet, Some(time)) => Patience::Whole(time),
            (Self::AsSet, None) => Patience::Endless,
        }
    }
}

impl Patience {
    /// Waits for a change, as long as the caller may.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::WouldBlock`] when it may not, [`ErrorKind::TimedOut`] when it has.
    pub(super) fn wait_on(
        &mut self,
        condvar: &Condvar,
        state: &mut MutexGuard<'_, State>,
    ) -> Result<(), ErrorKind> {
        if let Self::Whole(time) = *self {
            *self = Instant::now()
                .checked_add(time)
                .map_or(Self::Endless, Self::Until);
        }
        match *self {
            Self::None => Err(ErrorKind::WouldBlock),
            Self::Until(at) if condvar.wait_until(state, at).timed_out() => {
                Err(ErrorKind::TimedOut)
            }
            Self::Until(_) => Ok(()),
            Self::Whole(_) | Self::Endless => {
                condvar.wait(state);
                Ok(())
            }
        }
    }
}
