//! Waiting on many sockets at a time. Takes no message and needs no descriptor.
//! See `rfc/sp-waiting.md` section 4.

use std::sync::Arc;
use std::time::Duration;

use super::AnySocket;
use crate::Error;
use crate::signals::{Sleeper, Ways};
use crate::sync::now;

/// A socket, what it is polled for, and what was found.
#[derive(Debug)]
pub struct PollItem<'a> {
    socket: &'a AnySocket,
    wants: Ways,
    found: Ways,
}

impl<'a> PollItem<'a> {
    /// Asks whether `recv` would wait.
    #[must_use]
    pub fn recv(socket: &'a AnySocket) -> Self {
        Self::new(socket, false, true)
    }

    /// Asks whether `send` would wait.
    #[must_use]
    pub fn send(socket: &'a AnySocket) -> Self {
        Self::new(socket, true, false)
    }

    /// Asks of both.
    #[must_use]
    pub fn both(socket: &'a AnySocket) -> Self {
        Self::new(socket, true, true)
    }

    fn new(socket: &'a AnySocket, send: bool, recv: bool) -> Self {
        Self {
            socket,
            wants: Ways { send, recv },
            found: Ways::default(),
        }
    }

    /// The last [`poll`] found that `recv` would give a message or fail at once. False for a
    /// protocol that receives nothing.
    #[must_use]
    pub fn can_recv(&self) -> bool {
        self.found.recv
    }

    /// The last [`poll`] found that `send` would take a message or fail at once. False for a
    /// protocol that sends nothing.
    #[must_use]
    pub fn can_send(&self) -> bool {
        self.found.send
    }

    /// Looks; who finds nothing is rung for when there is something.
    fn look(&mut self, sleeper: Option<&Arc<Sleeper>>) -> Result<bool, Error> {
        let mut state = self.socket.hub.lock()?;
        self.found = state.ways().and(self.wants);
        if let Some(sleeper) = sleeper {
            state.signals.join(sleeper, self.wants);
        }
        Ok(self.found.is_any())
    }

    fn leave(&self, sleeper: &Arc<Sleeper>) {
        if let Ok(mut state) = self.socket.hub.lock() {
            state.signals.leave(sleeper);
        }
    }
}

/// Waits until a call that an item asks about would not wait, at most for `timeout`; `None` is for
/// ever. Says how many items there are of which that is true, which is 0 when the time has passed;
/// each item says what was found.
///
/// It takes nothing: whoever is quicker may have taken the message, so the calls that follow are
/// best `try_recv` and `try_send`. A closed socket is always ready, for its calls fail at once.
///
/// ```
/// # use speedwell_socket::{AnySocket, Error, PollItem, poll};
/// # use std::time::Duration;
/// fn first_to_speak(left: &AnySocket, right: &AnySocket) -> Result<Option<&'static str>, Error> {
///     let mut items = [PollItem::recv(left), PollItem::recv(right)];
///     poll(&mut items, Some(Duration::from_secs(1)))?;
///     let names = items.iter().zip(["left", "right"]);
///     Ok(names.filter(|(item, _)| item.can_recv()).map(|(_, name)| name).next())
/// }
/// ```
///
/// # Errors
///
/// [`ErrorKind::Forked`](crate::ErrorKind::Forked).
// rfc: sp-waiting W-20
pub fn poll(items: &mut [PollItem<'_>], timeout: Option<Duration>) -> Result<usize, Error> {
    let until = timeout.and_then(|timeout| now().checked_add(timeout));
    if look_at_all(items, None)? || timeout == Some(Duration::ZERO) {
        return Ok(ready_in(items));
    }
    let sleeper = Arc::new(Sleeper::default());
    let mut found = look_at_all(items, Some(&sleeper));
    while found.as_ref().is_ok_and(|found| !found) {
        let is_late = !sleeper.sleep(until);
        found = look_at_all(items, None);
        if is_late {
            break;
        }
    }
    items.iter().for_each(|item| item.leave(&sleeper));
    found.map(|_| ready_in(items))
}

fn look_at_all(items: &mut [PollItem<'_>], sleeper: Option<&Arc<Sleeper>>) -> Result<bool, Error> {
    let mut found = false;
    for item in items {
        found |= item.look(sleeper)?;
    }
    Ok(found)
}

fn ready_in(items: &[PollItem<'_>]) -> usize {
    items.iter().filter(|item| item.found.is_any()).count()
}

/// Many sockets that are served in turn: each time one that is ready, and none for ever before
/// another.
///
/// ```
/// # use speedwell_socket::{AnySocket, Error, PollItem, Select};
/// fn serve(left: &AnySocket, right: &AnySocket) -> Result<(), Error> {
///     let mut select = Select::new([PollItem::recv(left), PollItem::recv(right)]);
///     while let Some(at) = select.wait(Some(std::time::Duration::from_secs(1)))? {
///         println!("socket {at} has a message");
///         # break;
///     }
///     Ok(())
/// }
/// ```
#[derive(Debug)]
pub struct Select<'a> {
    items: Vec<PollItem<'a>>,
    /// Where the next search begins.
    next: usize,
}

impl<'a> Select<'a> {
    /// Over these sockets.
    #[must_use]
    pub fn new(items: impl IntoIterator<Item = PollItem<'a>>) -> Self {
        Self {
            items: items.into_iter().collect(),
            next: 0,
        }
    }

    /// The index of a socket that is ready, the first after the last one given; waits for one, at
    /// most for `timeout`. `None` when the time has passed.
    ///
    /// # Errors
    ///
    /// As [`poll`].
    // rfc: sp-waiting W-21
    pub fn wait(&mut self, timeout: Option<Duration>) -> Result<Option<usize>, Error> {
        poll(&mut self.items, timeout)?;
        let count = self.items.len();
        let is_ready = |at: &usize| {
            let item = self.items.get(*at);
            item.is_some_and(|item| item.found.is_any())
        };
        let at = (self.next..count).chain(0..self.next).find(is_ready);
        self.next = at.map_or(self.next, |at| at.saturating_add(1));
        Ok(at)
    }

    /// What [`Select::wait`] found of each socket.
    #[must_use]
    pub fn items(&self) -> &[PollItem<'a>] {
        &self.items
    }
}
