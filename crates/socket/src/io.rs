//! Objects before there is a pipe: dialers, listeners, connections in their handshake; and the
//! watch that each keeps in the poll set. Decides nothing. See `rfc/sp-endpoint.md`.

use std::fmt;
use std::io;
use std::sync::Arc;

use speedwell_os::{Lost, Watch};
use speedwell_transport::{
    Addr, Conn, Dialer, Doorbell, EndpointOptions, Error, Interest, Listener, OsSource, Source,
};

use crate::bell::Bell;
use crate::reactor::{Shared, Visit};
use crate::sync::Mutex;

/// An object's place in the reactor, and what the poll set watches for it.
pub(crate) struct Watcher {
    reactor: Arc<Shared>,
    key: usize,
    bell: Arc<Bell>,
    watched: Mutex<Option<(OsSource, Watch)>>,
}

impl Watcher {
    pub(crate) fn new(reactor: Arc<Shared>, key: usize, bell: Arc<Bell>) -> Self {
        Self {
            reactor,
            key,
            bell,
            watched: Mutex::new(None),
        }
    }

    pub(crate) fn doorbell(&self) -> Doorbell {
        self.bell.doorbell()
    }

    /// Has the reactor write what waits in this object.
    pub(crate) fn ask_to_flush(&self) {
        self.reactor.enqueue(self.key, Visit::FLUSH);
    }

    /// Watches one source, or none.
    pub(crate) fn watch(&self, wanted: Option<(&OsSource, Watch)>) -> io::Result<()> {
        self.watch_for(|| wanted)
    }

    /// Watches what `wanted` says. It is asked under the lock, so that of several threads the last
    /// one to change its mind prevails.
    pub(crate) fn watch_for<'a>(
        &self,
        wanted: impl FnOnce() -> Option<(&'a OsSource, Watch)>,
    ) -> io::Result<()> {
        let mut watched = self.watched.lock();
        let wanted = wanted();
        let set = self.reactor.set();
        match (&mut *watched, wanted) {
            (Some((source, watch)), Some((other, wanted))) if source.is(other) => {
                if *watch != wanted {
                    set.modify(self.key, wanted)?;
                    *watch = wanted;
                }
            }
            (place, wanted) => {
                if place.take().is_some() {
                    // It is out of the set, whatever the system says of a descriptor that a
                    // stranger has closed.
                    let _ = set.remove(self.key);
                }
                if let Some((source, watch)) = wanted {
                    set.add(self.key, source, watch)?;
                    *place = Some((source.clone(), watch));
                }
            }
        }
        Ok(())
    }

    /// Has the reactor end what lost its descriptor.
    pub(crate) fn report_lost(&self) {
        self.reactor.enqueue(self.key, Visit::LOST);
    }

    /// Whether what is watched is still what it was.
    ///
    /// # Errors
    ///
    /// What says that a stranger has closed it.
    // rfc: sp-waiting W-61
    pub(crate) fn look(&self) -> Result<(), Error> {
        if self.reactor.set().has(self.key) {
            Ok(())
        } else {
            Err(lost())
        }
    }

    /// True when the poll set watches something for it.
    #[cfg(test)]
    pub(crate) fn is_watching(&self) -> bool {
        let watched = self.watched.lock();
        matches!(&*watched, Some((_, watch)) if watch.read || watch.write)
    }

    /// Watches what an unfinished operation waits for.
    pub(crate) fn wait_for(&self, interest: &Interest) -> io::Result<()> {
        if self.reactor.set_deadline(self.key, interest.deadline()) {
            self.reactor.wake();
        }
        let watch = Watch {
            read: interest.read(),
            write: interest.write(),
        };
        match interest.source() {
            Some(Source::Os(source)) => self.watch(Some((source, watch))),
            Some(Source::Doorbell) | None => self.watch(None),
        }
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        // Watching nothing cannot fail: the source is out of the set in any case.
        let _ = self.watch(None);
        self.reactor.leave(self.key);
    }
}

/// What becomes of a connection whose descriptor a stranger has closed.
pub(crate) fn lost() -> Error {
    Error::from_io("the connection is lost", Lost.into())
}

impl fmt::Debug for Watcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watcher")
            .field("key", &self.key)
            .finish_non_exhaustive()
    }
}

/// What an endpoint polls.
pub(crate) enum Role {
    Dialer(Box<dyn Dialer>),
    Listener(Box<dyn Listener>),
}

/// What the pipes of an endpoint may hold, in octets: as the socket was set when it was added.
// rfc: sp-endpoint E-71
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    pub(crate) send: usize,
    pub(crate) recv: usize,
}

impl Limits {
    pub(crate) fn of(options: &EndpointOptions) -> Self {
        Self {
            send: options.send_limit(),
            recv: options.recv_limit(),
        }
    }
}

/// An endpoint's object; `None` once the endpoint is closed.
pub(crate) struct EndpointIo {
    pub(crate) address: Addr,
    pub(crate) role: Mutex<Option<Role>>,
    pub(crate) limits: Limits,
    pub(crate) watcher: Watcher,
}

/// A connection in its handshake; `None` once it is split or dropped.
pub(crate) struct ConnIo {
    pub(crate) conn: Mutex<Option<Box<dyn Conn>>>,
    pub(crate) watcher: Mutex<Option<Watcher>>,
    pub(crate) limits: Limits,
}

#[cfg(test)]
mod tests;
