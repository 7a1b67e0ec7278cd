//! The reactor that sockets share unless they are given another: made on first use, never ended.
//! One of the three process-wide values of the project. See `rfc/0001-contracts.md`.

use crate::sync::Mutex;
use crate::{Error, Reactor};

static DEFAULT: Mutex<Option<Reactor>> = Mutex::new(None);

/// The process's reactor.
pub(crate) fn default_reactor() -> Result<Reactor, Error> {
    let mut place = DEFAULT.lock();
    if let Some(reactor) = &*place {
        return Ok(reactor.clone());
    }
    let reactor = Reactor::new()?;
    *place = Some(reactor.clone());
    Ok(reactor)
}
