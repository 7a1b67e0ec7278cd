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
        if self.is_heard() {
            let change = change();
            self.note(Event::Endpoint(EndpointEvent { endpoint, change }));
        }
    }

    /// Notes what happened to a pipe, if anybody wants to know.
    // rfc: sp-monitor M-10
    pub(crate) fn tell_of(&mut self, pipe: PipeId, change: impl FnOnce() -> PipeChange) {
        if self.is_heard()
            && let Some(pipe) = self.pipe(pipe)
        {
            let event = pipe.event(change());
            self.note(event);
        }
    }

    /// Writes down that a peer waits; those who take events hear it by its request.
    pub(super) fn note_request(&mut self, id: PipeId) {
        if self.journal.is_some()
            && let Some(request) = self.pipe(id).and_then(|pipe| pipe.request())
            && let Some(journal) = &mut self.journal
        {
            journal.push(Event::Request(request));
        }
    }

    fn is_heard(&self) -> bool {
        self.events.is_some() || self.journal.is_some()
    }

    fn note(&mut self, event: Event) {
        if let Some(journal) = &mut self.journal {
            journal.push(event.clone());
        }
        if let Some(events) = &mut self.events {
            events.push(event);
        }
    }
}

impl Pipe {
    fn request(&self) -> Option<Request> {
        Some(Request {
            pipe: self.id,
            endpoint: self.endpoint,
            peer: self.peer.clone()?,
        })
    }

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
                pipe.request().map(Event::Request)
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

    /// Whether events are also written to a journal, from which the driver takes them after each
    /// call. It has no bound of its own.
    // rfc: sp-monitor M-30
    #[inline]
    pub fn keep_journal(&mut self, keep: bool) {
        if keep != self.core.journal.is_some() {
            self.core.journal = keep.then(Vec::new);
        }
    }

    /// True when the journal has something.
    #[must_use]
    #[inline]
    pub fn has_journal(&self) -> bool {
        let journal = self.core.journal.as_ref();
        journal.is_some_and(|journal| !journal.is_empty())
    }

    /// What the journal has, oldest first; it is empty then.
    pub fn take_journal(&mut self) -> Vec<Event> {
        self.core
            .journal
            .as_mut()
            .map(std::mem::take)
            .unwrap_or_default()
    }
}
