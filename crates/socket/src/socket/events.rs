//! What happens on a socket, told to whoever asked. Never holds a socket up. See
//! `rfc/sp-monitor.md` section 3.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use speedwell_engine::{EndpointEvent, PipeEvent};

use speedwell_message::CtxId;

use super::calls::Attempt;
use super::patience::Wait;
use super::{AnySocket, EventFuture, PipeRequest};
use crate::hub::{Hub, State};
use crate::line::Side;
use crate::sync::MutexGuard;
use crate::turn::Work;
use crate::{Error, ErrorKind};

/// Something that happened on a socket.
#[derive(Debug)]
#[non_exhaustive]
pub enum Event {
    /// Something happened to an endpoint.
    Endpoint(EndpointEvent),
    /// Something happened to a pipe.
    Pipe(PipeEvent),
    /// A peer waits for an answer; see [`AnySocket::require_approval`].
    Request(PipeRequest),
    /// So many events came here while nobody took them and there was no room for more.
    Missed(u64),
}

/// What happens on a socket from the first handle on, in its order.
///
/// All handles of a socket take from one row, so each event comes to one of them. The row holds
/// [`EVENTS_MAX`](crate::EVENTS_MAX) events; from then on the newest are only counted, and the
/// socket goes on. With the last handle the row is gone. A handle outlives the socket, so that the
/// last events can be taken: it keeps the memory of the socket and its reactor, nothing else.
pub struct Events {
    hub: Arc<Hub>,
}

impl AnySocket {
    /// Asks for events; those before this call are not told.
    ///
    /// ```no_run
    /// # fn example(socket: &speedwell_socket::AnySocket) -> Result<(), speedwell_socket::Error> {
    /// let events = socket.events();
    /// socket.connect("tcp://localhost:5555")?;
    /// loop {
    ///     println!("{:?}", events.next()?); // ends with the socket
    /// }
    /// # }
    /// ```
    // rfc: sp-monitor M-10
    #[must_use]
    pub fn events(&self) -> Events {
        Events::of(&self.hub)
    }
}

impl Events {
    fn of(hub: &Arc<Hub>) -> Self {
        if let Ok(mut state) = hub.lock() {
            state.event_handles = state.event_handles.saturating_add(1);
            state.engine.keep_events();
        }
        Self { hub: hub.clone() }
    }

    /// The next event; waits for one.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Closed`] when the socket is closed and every event was taken.
    pub fn next(&self) -> Result<Event, Error> {
        self.take(Wait::AsSet)
    }

    /// The next event, if one is there.
    ///
    /// # Errors
    ///
    /// As [`Events::next`]; [`ErrorKind::WouldBlock`] when none is there.
    pub fn try_next(&self) -> Result<Event, Error> {
        self.take(Wait::Never)
    }

    /// The next event within `timeout`.
    ///
    /// # Errors
    ///
    /// As [`Events::next`]; [`ErrorKind::TimedOut`] when none came.
    pub fn next_timeout(&self, timeout: Duration) -> Result<Event, Error> {
        self.take(Wait::AtMost(timeout))
    }

    /// The next event, without a thread; ends otherwise as [`Events::next`].
    // rfc: sp-waiting W-30
    pub fn next_async(&self) -> EventFuture<'_> {
        EventFuture::new(&self.hub)
    }

    fn take(&self, wait: Wait) -> Result<Event, Error> {
        let mut state = self.hub.lock()?;
        let mut patience = wait.patience(None);
        loop {
            match self.hub.event_once(state) {
                Attempt::Done(taken) => return taken,
                Attempt::Waits(waiting) => state = waiting,
            }
            patience.wait_in(Side::Event, CtxId::MAIN, &mut state)?;
        }
    }
}

impl Hub {
    /// Takes an event if there is one.
    pub(super) fn event_once<'a>(
        self: &'a Arc<Self>,
        mut state: MutexGuard<'a, State>,
    ) -> Attempt<'a, Result<Event, Error>> {
        if let Some(event) = state.engine.next_event() {
            // One who waits is called at a time, however many events there are.
            state.call_next(Side::Event, CtxId::MAIN);
            let mut work = Work::default();
            self.leave(state, &mut work);
            self.settle(&mut work);
            return Attempt::Done(Ok(Event::of(event, self)));
        }
        if state.engine.is_closed() {
            return Attempt::Done(Err(ErrorKind::Closed.into()));
        }
        Attempt::Waits(state)
    }
}

impl Event {
    fn of(event: speedwell_engine::Event, hub: &Arc<Hub>) -> Self {
        match event {
            speedwell_engine::Event::Endpoint(event) => Self::Endpoint(event),
            speedwell_engine::Event::Pipe(event) => Self::Pipe(event),
            speedwell_engine::Event::Request(request) => {
                Self::Request(PipeRequest::new(hub.clone(), request))
            }
            speedwell_engine::Event::Missed(count) => Self::Missed(count),
        }
    }
}

impl Clone for Events {
    fn clone(&self) -> Self {
        Self::of(&self.hub)
    }
}

impl Drop for Events {
    fn drop(&mut self) {
        let Ok(mut state) = self.hub.lock() else {
            return;
        };
        state.event_handles = state.event_handles.saturating_sub(1);
        if state.event_handles == 0 {
            state.engine.forget_events();
        }
    }
}

impl fmt::Debug for Events {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Events")
    }
}
