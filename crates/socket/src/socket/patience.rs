//! How long a call may wait. The clock is read when waiting begins, and not before: most calls
//! need not wait. See `rfc/sp-endpoint.md`.

use std::time::{Duration, Instant};

use speedwell_message::CtxId;

use crate::ErrorKind;
use crate::hub::State;
use crate::line::{Side, wait};
use crate::sync::{MutexGuard, now};

/// How long a call may wait, as its caller said.
#[derive(Clone, Copy, Debug)]
pub(super) enum Wait {
    Never,
    /// As long as the option of the socket says.
    AsSet,
    AtMost(Duration),
    Endless,
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
    /// As an option says: `None` is for ever.
    pub(super) fn within(timeout: Option<Duration>) -> Self {
        timeout.map_or(Self::Endless, Self::AtMost)
    }

    /// The patience of a call; `option` is the socket's own time-out.
    pub(super) fn patience(self, option: Option<Duration>) -> Patience {
        match (self, option) {
            (Self::Never, _) => Patience::None,
            (Self::AtMost(time), _) | (Self::AsSet, Some(time)) => Patience::Whole(time),
            (Self::Endless, _) | (Self::AsSet, None) => Patience::Endless,
        }
    }
}

impl Patience {
    /// Waits in a line of a context, as long as the caller may.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::WouldBlock`] when it may not, [`ErrorKind::TimedOut`] when it has.
    pub(super) fn wait_in(
        &mut self,
        side: Side,
        ctx: CtxId,
        state: &mut MutexGuard<'_, State>,
    ) -> Result<(), ErrorKind> {
        let until = self.begin()?;
        if wait(state, side, ctx, until) {
            Ok(())
        } else {
            Err(ErrorKind::TimedOut)
        }
    }

    /// Until when to wait; `None` is for ever.
    fn begin(&mut self) -> Result<Option<Instant>, ErrorKind> {
        if let Self::Whole(time) = *self {
            *self = now().checked_add(time).map_or(Self::Endless, Self::Until);
        }
        match *self {
            Self::None => Err(ErrorKind::WouldBlock),
            Self::Until(at) => Ok(Some(at)),
            Self::Whole(_) | Self::Endless => Ok(None),
        }
    }
}
