//! Telling whoever asked for events what happens. Free while nobody asked.
//! See `rfc/sp-monitor.md` section 3.

use speedwell_message::PipeId;

use super::{Core, Engine};
use crate::EndpointId;
use crate::events::{EndpointChange, EndpointEvent, Event, PipeChange, PipeEvent, Request, Taken};
use crate::pipe::{Asked, Pipe, PipeState};

impl Core {
    /// Notes what happened to an endpoint, if anybody wants to know.
    // rfc: sp-monitor M-10
    pub(crate) fn tell(&mut self, endpoint: EndpointId, change: impl FnOnce() -> EndpointChange) {
        if let Some(events) = &mut self.events {
            let change = change();
            events.push(Event::Endpoint(EndpointEvent { endpoint, change }));
        }
    }

    /// Notes what happened to a pipe, if anybody wants to know.
    // rfc: sp-monitor M-10
    pub(crate) fn tell_of(&mut self, pipe: PipeId, change: impl FnOnce() -> PipeChange) {
        if self.events.is_none() {
            return;
        }
        let event = self.pipe(pipe).map(|pipe| pipe.event(change()));
        if let (Some(events), Some(event)) = (&mut self.events, event) {
            events.push(event);
        }
    }
}

impl Pipe {
    fn event(&self, change: PipeChange) -> Event {
        Event::Pipe(PipeEvent {
            pipe: self.id,
            endpoint: self.endpoint,
            peer: self.peer.clone(),
            change,
        })
    }
}

impl Engine {
    /// Events are kept from now on, at most [`EVENTS_MAX`](crate::EVENTS_MAX) of them.
    // rfc: sp-monitor M-10
    pub fn keep_events(&mut self) {
        if self.core.events.is_none() {
            self.core.events = Some(Box::default());
            self.core.ask_for_all();
        }
    }

    /// Events are no longer kept, and those that wait are forgotten.
    pub fn forget_events(&mut self) {
        self.core.events = None;
        self.core.unask_all();
    }

    /// The oldest event that waits.
    pub fn next_event(&mut self) -> Option<Event> {
        match self.core.events.as_mut()?.pop()? {
            Taken::Event(event) => Some(event),
            Taken::Request(id) => {
                let pipe = self.core.pipe(id)?;
                pipe.state = PipeState::Waiting(Asked::Taken);
                Some(Event::Request(Request {
                    pipe: id,
                    endpoint: pipe.endpoint,
                    peer: pipe.peer.clone()?,
                }))
            }
        }
    }

    /// True when an event waits.
    #[must_use]
    #[inline]
    pub fn has_events(&self) -> bool {
        self.core
            .events
            .as_ref()
            .is_some_and(|events| !events.is_empty())
    }
}
