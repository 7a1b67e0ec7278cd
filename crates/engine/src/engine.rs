//! The pure core of a socket. It is told what happened, decides, and leaves commands for its
//! driver; it owns no connection, thread, lock or clock. See `rfc/sp-endpoint.md`.

mod approval;
mod closing;
mod contexts;
mod counting;
mod draining;
mod endpoints;
mod messages;
mod pipes;
mod priorities;
mod telling;

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::time::Instant;

use slab::Slab;
use speedwell_message::{CtxId, PipeId};
use speedwell_protocol::{Cx, Protocol, ProtocolIds, TimerKey};

use crate::effects::Call;
use crate::endpoint::Endpoint;
use crate::events::{Event, EventQueue};
use crate::pipe::{Pipe, PipeState};
use crate::timers::Timers;
use crate::words::Words;
use contexts::Contexts;

use crate::{CloseReport, Command, EndpointId, SocketOptions, Stats, World};

/// What a deadline is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Due {
    /// The attempt of a dialer, or its wait for the next.
    Endpoint(EndpointId),
    /// The handshake of a connection.
    Handshake(PipeId),
    /// The rest of a message, to a peer that has ended its own side.
    ReadOut(PipeId),
    /// A timer of the machine.
    Machine(TimerKey),
    /// The end of closing.
    Linger,
}

/// Where a socket stands between opening and the end.
///
/// ```text
///   Open ──begin_close──► Closing ──machine holds nothing──► Finishing ──no pipe left──► Closed
///    │                       ▲ └───────────── linger over: pipes are ended ─────────────►
///    │                       └────── no exchange open ──────┐
///    └──begin_drain──► Draining ────────────────────────────┤
///                         │ nothing held, no exchanges      │ no pipe left,
///                         └──────────► Emptying ────────────┘ nothing to receive
/// ```
///
/// The linger may be over in Draining and Emptying too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    Open,
    Draining,
    Emptying,
    Closing,
    Finishing,
    Closed,
}

/// The engine's state apart from the machine.
pub(crate) struct Core {
    pub(crate) ids: ProtocolIds,
    pub(crate) options: SocketOptions,
    pub(crate) phase: Phase,
    pub(crate) endpoints: BTreeMap<EndpointId, Endpoint>,
    pub(crate) next_endpoint: u32,
    pub(crate) pipes: Slab<Pipe>,
    pub(crate) half_open: usize,
    /// Of them, those that listeners took.
    pub(crate) half_open_accepted: usize,
    pub(crate) words: Words,
    pub(crate) timers: Timers<Due>,
    pub(crate) commands: VecDeque<Command>,
    pub(crate) woken: Vec<CtxId>,
    /// What belongs to no endpoint, or to one that is gone.
    pub(crate) other: Stats,
    pub(crate) report: CloseReport,
    pub(crate) contexts: Contexts,
    /// What waits to be told; `None` while nobody asked.
    pub(crate) events: Option<Box<EventQueue>>,
    /// The same events, for the driver itself.
    pub(crate) journal: Option<Vec<Event>>,
}

impl Core {
    pub(crate) fn pipe(&mut self, id: PipeId) -> Option<&mut Pipe> {
        let slot = usize::try_from(id.slot()).ok()?;
        self.pipes.get_mut(slot).filter(|pipe| pipe.id == id)
    }

    pub(crate) fn pipe_state(&mut self, id: PipeId) -> Option<&mut PipeState> {
        self.pipe(id).map(|pipe| &mut pipe.state)
    }

    /// A word for a new pipe.
    pub(crate) fn draw_word(&mut self) -> u32 {
        let pipes = &self.pipes;
        self.words
            .draw(|word| pipes.iter().any(|(_, pipe)| pipe.id.word() == word))
    }

    /// A connection begins its handshake.
    pub(crate) fn count_half_open(&mut self, was_accepted: bool) {
        self.half_open = self.half_open.saturating_add(1);
        let of_listener = usize::from(was_accepted);
        self.half_open_accepted = self.half_open_accepted.saturating_add(of_listener);
    }

    /// A connection is no longer in its handshake.
    pub(crate) fn uncount_half_open(&mut self, was_accepted: bool) {
        self.half_open = self.half_open.saturating_sub(1);
        let of_listener = usize::from(was_accepted);
        self.half_open_accepted = self.half_open_accepted.saturating_sub(of_listener);
    }
}

/// One socket: its protocol machine, endpoints, pipes and timers.
///
/// # Implementing
///
/// For drivers. Every method returns at once. After each call, and holding no lock of the socket,
/// the driver empties [`Engine::next_command`], flushes the pipes that were pushed to, and looks
/// at [`Engine::take_woken`] and [`Engine::next_deadline`].
pub struct Engine {
    machine: Box<dyn Protocol>,
    core: Core,
}

impl Engine {
    /// A socket with a machine and no endpoint. `random` decides where pipe numbers begin.
    #[must_use]
    pub fn new(machine: Box<dyn Protocol>, options: SocketOptions, random: u64) -> Self {
        let ids = machine.ids();
        let core = Core {
            ids,
            options,
            phase: Phase::Open,
            endpoints: BTreeMap::new(),
            next_endpoint: 1,
            pipes: Slab::new(),
            half_open: 0,
            half_open_accepted: 0,
            words: Words::new(random),
            timers: Timers::new(),
            commands: VecDeque::new(),
            woken: Vec::new(),
            other: Stats::default(),
            report: CloseReport::default(),
            contexts: Contexts::new(),
            events: None,
            journal: None,
        };
        Self { machine, core }
    }

    /// The endpoint types of this socket and of its peers.
    #[must_use]
    pub fn ids(&self) -> ProtocolIds {
        self.core.ids
    }

    /// The options; changing them concerns what begins later.
    pub fn options_mut(&mut self) -> &mut SocketOptions {
        &mut self.core.options
    }

    /// The options.
    #[must_use]
    pub fn options(&self) -> &SocketOptions {
        &self.core.options
    }

    /// The next thing for the driver to do.
    pub fn next_command(&mut self) -> Option<Command> {
        self.core.commands.pop_front()
    }

    /// True when there is a command or a woken context.
    #[must_use]
    #[inline]
    pub fn has_work(&self) -> bool {
        !self.core.commands.is_empty() || !self.core.woken.is_empty()
    }

    /// The contexts whose readiness may have risen since the last call of this, with no order.
    /// The memory is used again: `woken` comes back empty.
    pub fn take_woken(&mut self, woken: &mut Vec<CtxId>) {
        woken.clear();
        std::mem::swap(woken, &mut self.core.woken);
    }

    /// When [`Engine::on_deadline`] is to be called.
    #[must_use]
    #[inline]
    pub fn next_deadline(&self) -> Option<Instant> {
        self.core.timers.next()
    }

    /// The time has come for what was due. A timer that is armed for now meanwhile waits for the
    /// next call, so that this one ends.
    // rfc: sp-endpoint E-18
    pub fn on_deadline(&mut self, world: &mut dyn World) {
        let now = world.now();
        for _ in 0..self.core.timers.len() {
            let Some(due) = self.core.timers.pop_due(now) else {
                break;
            };
            match due {
                Due::Endpoint(endpoint) => self.endpoint_due(endpoint, world),
                Due::Handshake(pipe) => self.handshake_due(pipe, world),
                Due::ReadOut(pipe) => self.read_out_due(pipe),
                Due::Machine(key) => self.with_machine(world, |machine, cx| {
                    machine.on_timer(key, cx);
                }),
                Due::Linger => self.linger_over(world),
            }
        }
        self.progress_close(world);
    }

    /// Runs something on the machine with its effects.
    pub fn with_machine<R>(
        &mut self,
        world: &mut dyn World,
        run: impl FnOnce(&mut dyn Protocol, &mut Cx<'_>) -> R,
    ) -> R {
        let mut call = Call {
            core: &mut self.core,
            world,
        };
        run(&mut *self.machine, &mut Cx::new(&mut call))
    }

    /// The machine, for looking only.
    #[must_use]
    pub fn machine(&self) -> &dyn Protocol {
        &*self.machine
    }
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine")
            .field("ids", &self.core.ids)
            .field("phase", &self.core.phase)
            .field("endpoints", &self.core.endpoints.len())
            .field("pipes", &self.core.pipes.len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
