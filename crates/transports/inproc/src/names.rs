//! The table of names: who listens under which name, who waits for a name, and which connections
//! wait for their listener. Never looks into a connection. See `rfc/sp-inproc.md` sections 2
//! and 3.
//!
//! One lock covers the table, so that binding, dialing, accepting and unbinding happen one after
//! the other. Bells are rung, and connections dropped, after it is released. No wake-up is lost:
//! a dialer looks for a listener and enters itself as waiting under one hold of the lock, so a
//! bind either comes before, and is seen, or after, and finds the waiter. The same holds for a
//! listener that finds its backlog empty, and for a dialer that finds it full.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::fmt;

use speedwell_transport::{Addr, Doorbell, Error, ErrorKind};

use crate::conn::InprocConn;
use crate::sync::{Arc, Mutex};

/// Connections that wait to be accepted by one listener at most. A dialer that finds so many
/// waits: each holds memory, and a listener that nobody visits must not gather them for ever. 128
/// is what systems commonly let a listening socket gather.
pub const BACKLOG_MAX: usize = 128;

/// A table of names. Cloning gives another handle to the same table; `default` makes a new one.
#[derive(Clone, Default)]
pub struct Names(Arc<Mutex<Table>>);

#[derive(Default)]
struct Table {
    /// Names that somebody listens under or waits for, and no others. rfc: sp-inproc I-01
    places: HashMap<String, Place>,
    last_waiter: u64,
}

/// One name.
#[derive(Default)]
struct Place {
    opening: Option<Opening>,
    waiters: BTreeMap<Waiter, Doorbell>,
}

/// A listener, as dialers see it.
struct Opening {
    recv_limit: usize,
    /// Known from the first time that the listener found nothing to accept, or something.
    bell: Option<Doorbell>,
    backlog: VecDeque<InprocConn>,
}

/// A dialer, as the table knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Waiter(u64);

impl Names {
    /// Enrols a dialer. It takes no place until it has to wait.
    pub(crate) fn enrol(&self) -> Waiter {
        let mut table = self.0.lock();
        table.last_waiter += 1;
        Waiter(table.last_waiter)
    }

    /// Claims a name, and rings everyone who waits for it.
    pub(crate) fn bind(&self, addr: &Addr, recv_limit: usize) -> Result<(), Error> {
        let mut table = self.0.lock();
        let place = table.places.entry(addr.location().to_owned()).or_default();
        if place.opening.is_some() {
            // rfc: sp-inproc I-03
            drop(table);
            let what = format!("somebody listens on {addr} already");
            return Err(Error::new(ErrorKind::AddressInUse, what));
        }
        place.opening = Some(Opening {
            recv_limit,
            bell: None,
            backlog: VecDeque::new(),
        });
        // rfc: sp-inproc I-05
        let waiters = std::mem::take(&mut place.waiters);
        drop(table);
        waiters.values().for_each(Doorbell::ring);
        Ok(())
    }

    /// Frees a name that was claimed. Connections in the backlog end.
    pub(crate) fn unbind(&self, addr: &Addr) {
        let mut table = self.0.lock();
        let opening = table
            .places
            .get_mut(addr.location())
            .and_then(|place| place.opening.take());
        table.tidy(addr);
        drop(table);
        // rfc: sp-inproc I-08: dropping the backlog rings the dialers of what is in it.
        drop(opening);
    }

    /// The oldest connection in the backlog; otherwise `bell` is rung when there is one.
    pub(crate) fn accept(&self, addr: &Addr, bell: &Doorbell) -> Option<InprocConn> {
        let mut table = self.0.lock();
        let place = table.places.get_mut(addr.location())?;
        let opening = place.opening.as_mut()?;
        opening.bell.get_or_insert_with(|| bell.clone());
        let conn = opening.backlog.pop_front()?;
        // While somebody listens, one can only be waiting for room. rfc: sp-inproc I-07
        let waiters = std::mem::take(&mut place.waiters);
        drop(table);
        waiters.values().for_each(Doorbell::ring);
        Some(conn)
    }

    /// Connects to whoever listens; otherwise `bell` is rung when trying again makes sense.
    pub(crate) fn dial(
        &self,
        addr: &Addr,
        waiter: Waiter,
        recv_limit: usize,
        bell: &Doorbell,
    ) -> Option<InprocConn> {
        let mut table = self.0.lock();
        let place = table.places.entry(addr.location().to_owned()).or_default();
        match &mut place.opening {
            // Where there is room nobody waits: whatever makes room rings all who do.
            Some(opening) if opening.backlog.len() < BACKLOG_MAX => {
                debug_assert!(place.waiters.is_empty());
                // rfc: sp-inproc I-06
                let (mine, theirs) = InprocConn::pair(addr, recv_limit, opening.recv_limit);
                opening.backlog.push_back(theirs);
                let listener = opening.bell.clone();
                drop(table);
                if let Some(listener) = listener {
                    listener.ring();
                }
                Some(mine)
            }
            _ => {
                let earlier = place.waiters.insert(waiter, bell.clone());
                drop(table);
                drop(earlier);
                None
            }
        }
    }

    /// Forgets that a dialer waits, if it does.
    pub(crate) fn forget(&self, addr: &Addr, waiter: Waiter) {
        // rfc: sp-inproc I-10
        let mut table = self.0.lock();
        let bell = table
            .places
            .get_mut(addr.location())
            .and_then(|place| place.waiters.remove(&waiter));
        table.tidy(addr);
        drop(table);
        // What rings may be the driver's last trace of the dialer: not dropped under our lock.
        drop(bell);
    }
}

impl Table {
    /// Forgets a name that means nothing to anybody.
    fn tidy(&mut self, addr: &Addr) {
        let unused = |place: &Place| place.opening.is_none() && place.waiters.is_empty();
        if self.places.get(addr.location()).is_some_and(unused) {
            self.places.remove(addr.location());
        }
    }
}

impl fmt::Debug for Names {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.0.try_lock().map(|table| table.places.len());
        f.debug_struct("Names").field("names", &count).finish()
    }
}

#[cfg(test)]
mod tests;
