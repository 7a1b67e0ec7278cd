//! Names of hosts become addresses without anybody waiting for it. Holds no cache and no thread.
//! See `rfc/0001-contracts.md` and `rfc/sp-endpoint.md` section 11.

use std::fmt;
use std::net::SocketAddr;

use crate::{Doorbell, Error};

/// Looks names up. A driver passes one to its transports in [`Env`](crate::Env).
///
/// # Implementing
///
/// `look_up` never waits: it starts the work elsewhere, and what is elsewhere rings the bell.
/// However long a name takes, other names must not wait for it.
pub trait Resolver: Send + Sync {
    /// Begins to look up the addresses of `host`, each joined with `port`. `bell` is rung once the
    /// answer is there. Dropping the look-up gives it up at once.
    fn look_up(&self, host: &str, port: u16, bell: &Doorbell) -> Box<dyn LookUp>;
}

/// A look-up that is under way.
pub trait LookUp: Send {
    /// The answer, once it is there; `None` before and after it was given. At least one address,
    /// in the order in which they are to be tried.
    fn poll(&mut self) -> Option<Result<Vec<SocketAddr>, Error>>;
}

impl fmt::Debug for dyn Resolver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Resolver")
    }
}

impl fmt::Debug for dyn LookUp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LookUp")
    }
}
