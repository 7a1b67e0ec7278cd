//! Looks names up on threads of their own, since the system's look-up blocks. Caches nothing.
//! Obeys `rfc/sp-endpoint.md` section 11.

mod pool;

use std::fmt;
use std::io;
use std::net::{SocketAddr, ToSocketAddrs};
use std::sync::Arc;
use std::time::Duration;

use speedwell_transport::{Doorbell, Error, LookUp, Resolver};

use crate::sync::Mutex;
use pool::{Name, Pool};

/// How long a look-up keeps its place. The system's own patience is shorter, unless it hangs.
const PATIENCE: Duration = Duration::from_secs(30);

/// Looks names up by a function that blocks, on a small pool of threads.
///
/// A name is looked up once at a time, whoever asks. At most 16 names are looked up at once; one
/// that takes more than 30 s is given up, so that others get its place, and counted. Threads end
/// when they have had nothing to do for a while.
///
/// ```
/// use speedwell_socket::BlockingResolver;
///
/// // Every name is this host.
/// let here = BlockingResolver::new(|_, port| Ok(vec![([127, 0, 0, 1], port).into()]));
/// assert_eq!(here.given_up(), 0);
/// ```
#[derive(Clone)]
pub struct BlockingResolver {
    pool: Arc<Pool>,
    // The threads know the pool; this is how they learn that nobody else does.
    _users: Arc<Users>,
}

struct Users(Arc<Pool>);

impl Drop for Users {
    fn drop(&mut self) {
        self.0.stop();
    }
}

impl BlockingResolver {
    /// A resolver that asks `resolve` for the addresses of a name, each with the port given.
    #[must_use]
    pub fn new(
        resolve: impl Fn(&str, u16) -> io::Result<Vec<SocketAddr>> + Send + Sync + 'static,
    ) -> Self {
        Self::with_patience(resolve, PATIENCE)
    }

    fn with_patience(
        resolve: impl Fn(&str, u16) -> io::Result<Vec<SocketAddr>> + Send + Sync + 'static,
        patience: Duration,
    ) -> Self {
        let pool = Pool::new(Box::new(resolve), patience);
        Self {
            _users: Arc::new(Users(pool.clone())),
            pool,
        }
    }

    /// A resolver that asks the system, as other programs of this host do.
    #[must_use]
    pub fn system() -> Self {
        Self::new(|host, port| uninterrupted(|| Ok((host, port).to_socket_addrs()?.collect())))
    }

    /// How many look-ups took too long and were given up.
    #[must_use]
    pub fn given_up(&self) -> u64 {
        self.pool.given_up()
    }
}

/// Asks again when a signal has interrupted it: the system's library does not always see to it.
// rfc: sp-waiting W-52
fn uninterrupted<T>(mut ask: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    loop {
        match ask() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}

impl Resolver for BlockingResolver {
    fn look_up(&self, host: &str, port: u16, bell: &Doorbell) -> Box<dyn LookUp> {
        let name = Name {
            host: host.to_owned(),
            port,
        };
        let answer = Arc::new(Answer {
            place: Mutex::new(None),
            bell: bell.clone(),
        });
        self.pool.ask(name, &answer);
        Box::new(Pending(answer))
    }
}

impl fmt::Debug for BlockingResolver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BlockingResolver")
            .field("given_up", &self.given_up())
            .finish_non_exhaustive()
    }
}

/// What a look-up found.
type Found = Result<Vec<SocketAddr>, Error>;

/// Where one asker's answer will be. The pool knows it weakly: an asker that is gone is forgotten.
struct Answer {
    place: Mutex<Option<Found>>,
    bell: Doorbell,
}

impl Answer {
    fn give(&self, found: Found) {
        *self.place.lock() = Some(found);
        self.bell.ring();
    }
}

struct Pending(Arc<Answer>);

impl LookUp for Pending {
    fn poll(&mut self) -> Option<Found> {
        self.0.place.lock().take()
    }
}

#[cfg(test)]
mod tests;
