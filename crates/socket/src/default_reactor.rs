//! The reactor that sockets share unless they are given another: made on first use, never ended,
//! and made anew in a child process. One of the three process-wide values of the project. See
//! `rfc/0001-contracts.md` and `rfc/sp-waiting.md` section 6.

use speedwell_os::PerProcess;

use crate::sync::Mutex;
use crate::{Error, Reactor};

static DEFAULT: PerProcess<Mutex<Option<Reactor>>> = PerProcess::new();

/// The process's reactor.
// rfc: sp-waiting W-51
pub(crate) fn default_reactor() -> Result<Reactor, Error> {
    let mut place = DEFAULT.get(Mutex::default).lock();
    if let Some(reactor) = &*place {
        return Ok(reactor.clone());
    }
    let reactor = Reactor::new()?;
    *place = Some(reactor.clone());
    Ok(reactor)
}
