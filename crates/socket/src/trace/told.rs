//! Tracing: what happened under a lock is written down there and told when none is held, since a
//! subscriber is the application's own code. Never a body. See `rfc/sp-monitor.md` section 5.

use speedwell_engine::{
    EndpointChange, EndpointEvent, Engine, Event, PipeChange, PipeEvent, Request,
};
use speedwell_message::{PipeId, ProtocolId};
use speedwell_transport::PeerInfo;
use tracing::level_filters::{LevelFilter, STATIC_MAX_LEVEL};
use tracing::{debug, trace};

/// What happened under a lock, which is told when none is held.
#[derive(Debug, Default)]
pub(crate) struct Trail {
    steps: Vec<Step>,
}

#[derive(Debug)]
enum Step {
    Sends {
        protocol: ProtocolId,
    },
    Pushed {
        pipe: PipeId,
        octets: usize,
        full: bool,
    },
    Read {
        pipe: PipeId,
        messages: usize,
        octets: usize,
    },
    Offered {
        pipe: PipeId,
        messages: usize,
        left: usize,
    },
    Event(Event),
}

impl Trail {
    /// Has the engine keep its journal while anybody listens.
    #[inline]
    pub(crate) fn prepare(&self, engine: &mut Engine) {
        engine.keep_journal(may_hear(LevelFilter::DEBUG));
    }

    #[inline]
    pub(crate) fn take_journal(&mut self, engine: &mut Engine) {
        let journal = engine.take_journal();
        self.steps.extend(journal.into_iter().map(Step::Event));
    }

    /// The machine is given a message.
    #[inline]
    pub(crate) fn sends(&mut self, protocol: ProtocolId) {
        self.add(|| Step::Sends { protocol });
    }

    /// The machine gave a message to a pipe.
    #[inline]
    pub(crate) fn pushed(&mut self, pipe: PipeId, octets: usize, full: bool) {
        self.add(|| Step::Pushed { pipe, octets, full });
    }

    /// A pipe was read.
    #[inline]
    pub(crate) fn read(&mut self, pipe: PipeId, messages: usize, octets: usize) {
        self.add(|| Step::Read {
            pipe,
            messages,
            octets,
        });
    }

    /// The machine was offered what a pipe had, and left some.
    #[inline]
    pub(crate) fn offered(&mut self, pipe: PipeId, messages: usize, left: usize) {
        self.add(|| Step::Offered {
            pipe,
            messages,
            left,
        });
    }

    #[inline]
    fn add(&mut self, step: impl FnOnce() -> Step) {
        if may_hear(LevelFilter::TRACE) {
            self.steps.push(step());
        }
    }

    /// Tells what was written down. No lock is held.
    #[inline]
    pub(crate) fn tell(&mut self, socket: u32) {
        if !self.steps.is_empty() {
            for step in std::mem::take(&mut self.steps) {
                step.tell(socket);
            }
        }
    }
}

/// False when no subscriber wants to hear of this level. Asks none of them: a lock is held.
// rfc: sp-monitor M-30 M-32
#[inline]
fn may_hear(level: LevelFilter) -> bool {
    level <= STATIC_MAX_LEVEL && level <= LevelFilter::current()
}

impl Step {
    fn tell(self, socket: u32) {
        match self {
            Self::Sends { protocol } => {
                let protocol = protocol.0;
                trace!(target: "speedwell", socket, protocol, "Engine::send");
            }
            Self::Pushed { pipe, octets, full } => {
                let pipe = pipe.word();
                trace!(target: "speedwell", socket, pipe, octets, full, "Cx::push");
            }
            Self::Read {
                pipe,
                messages,
                octets,
            } => {
                let pipe = pipe.word();
                trace!(target: "speedwell", socket, pipe, messages, octets, "RxHalf::read");
            }
            Self::Offered {
                pipe,
                messages,
                left,
            } => {
                let pipe = pipe.word();
                trace!(target: "speedwell", socket, pipe, messages, left, "Engine::on_batch");
            }
            Self::Event(Event::Endpoint(event)) => tell_of_endpoint(socket, &event),
            Self::Event(Event::Pipe(event)) => tell_of_pipe(socket, &event),
            Self::Event(Event::Request(request)) => tell_of_request(socket, &request),
            Self::Event(Event::Missed(_)) => {}
        }
    }
}

fn tell_of_endpoint(socket: u32, event: &EndpointEvent) {
    let endpoint = event.endpoint.0;
    match &event.change {
        EndpointChange::Listening => debug!(target: "speedwell", socket, endpoint, "listening"),
        EndpointChange::DialFailed(error) => {
            debug!(target: "speedwell", socket, endpoint, %error, "cannot connect");
        }
        EndpointChange::AcceptFailed(error) => {
            debug!(target: "speedwell", socket, endpoint, %error, "cannot accept");
        }
        EndpointChange::BacksOff(wait) => {
            debug!(target: "speedwell", socket, endpoint, ?wait, "backs off");
        }
        EndpointChange::Closed => debug!(target: "speedwell", socket, endpoint, "closed"),
        other => debug!(target: "speedwell", socket, endpoint, change = ?other, "endpoint"),
    }
}

fn tell_of_pipe(socket: u32, event: &PipeEvent) {
    let (endpoint, pipe) = (event.endpoint.0, event.pipe.word());
    let peer = event.peer.as_ref().map_or("", at);
    match &event.change {
        PipeChange::Offered => {
            debug!(target: "speedwell", socket, endpoint, pipe, peer, "pipe offered");
        }
        PipeChange::Added => {
            debug!(target: "speedwell", socket, endpoint, pipe, peer, "pipe added");
        }
        PipeChange::Refused(reason) => {
            debug!(target: "speedwell", socket, endpoint, pipe, peer, ?reason, "pipe refused");
        }
        PipeChange::Removed(reason) => {
            debug!(target: "speedwell", socket, endpoint, pipe, peer, ?reason, "pipe removed");
        }
        other => {
            debug!(target: "speedwell", socket, endpoint, pipe, peer, change = ?other, "pipe");
        }
    }
}

fn tell_of_request(socket: u32, request: &Request) {
    let (endpoint, pipe) = (request.endpoint.0, request.pipe.word());
    let peer = at(&request.peer);
    debug!(target: "speedwell", socket, endpoint, pipe, peer, "pipe waits for approval");
}

fn at(peer: &PeerInfo) -> &str {
    peer.address.as_ref().map_or("", AsRef::as_ref)
}
