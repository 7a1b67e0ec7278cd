//! The driver of one socket: calls the engine under the socket's lock, and carries out what it
//! decided with no lock held. See `rfc/sp-endpoint.md`.

mod approving;
mod calling;
mod making;
mod moving;

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use speedwell_engine::{Command, EndReason, EndpointId, Engine};
use speedwell_message::{CtxId, PipeId};
use speedwell_protocol::ProtocolIds;

use calling::Recall;

use crate::few::Few;
use crate::io::{ConnIo, EndpointIo, lost};
use crate::line::{Called, Line, Side};
use crate::options::Options;
use crate::pipe::{Pipe, TxSide, Writer};
use crate::random::Random;
use crate::reactor::{Descriptor, Visit};
use crate::signals::Signals;
use crate::socket::AtClose;
use crate::sync::{AtomicUsize, Mutex, MutexGuard, Ordering};
use crate::turn::{Task, Turn, Work};
use crate::{ErrorKind, Reactor};

/// What of a socket the reactor visits.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Target {
    Timers,
    Endpoint(EndpointId),
    Pipe(PipeId),
}

/// One socket.
pub(crate) struct Hub {
    pub(crate) reactor: Reactor,
    pub(crate) state: Mutex<State>,
    /// How many sockets and contexts are handles of this: the last one closes it.
    pub(crate) handles: AtomicUsize,
    /// The key of the socket's timers in the reactor; `usize::MAX` before and after.
    pub(crate) timers_key: AtomicUsize,
    /// What traces call the socket; drawn at random.
    pub(crate) number: u32,
    pub(crate) ids: ProtocolIds,
    /// The process that made it, among its ancestors and descendants.
    generation: u32,
}

/// What the lock of a socket guards.
pub(crate) struct State {
    pub(crate) engine: Engine,
    pub(crate) options: Options,
    pub(crate) pipes: Vec<Option<Live>>,
    pub(crate) conns: HashMap<PipeId, Arc<ConnIo>>,
    /// Pipes that wait, unread, to be approved.
    pub(crate) waiting: HashMap<PipeId, Live>,
    pub(crate) endpoints: BTreeMap<EndpointId, Arc<EndpointIo>>,
    pub(crate) random: Random,
    pub(crate) armed: Option<Instant>,
    pub(crate) senders: Line,
    pub(crate) receivers: Line,
    pub(crate) listeners: Line,
    pub(crate) peer_waiters: Line,
    pub(crate) closers: Line,
    pub(crate) recall: Recall,
    pub(crate) woken: Vec<CtxId>,
    /// Who was called, and is rung for when the lock is let go.
    pub(crate) called: Few<Called>,
    /// Who wants to know whether calls would wait.
    pub(crate) signals: Signals,
    pub(crate) at_close: AtClose,
    pub(crate) event_handles: usize,
}

/// A live pipe, and the side of it that the socket's lock guards.
pub(crate) struct Live {
    pub(crate) pipe: Arc<Pipe>,
    pub(crate) tx: TxSide,
}

impl State {
    /// Calls the engine.
    #[inline]
    pub(crate) fn call<R>(
        &mut self,
        work: &mut Work,
        run: impl FnOnce(&mut Engine, &mut Turn<'_>) -> R,
    ) -> R {
        work.trail.prepare(&mut self.engine);
        let mut turn = Turn {
            now: None,
            random: &mut self.random,
            pipes: &mut self.pipes,
            work,
        };
        run(&mut self.engine, &mut turn)
    }

    pub(crate) fn live(&mut self, id: PipeId) -> Option<&mut Live> {
        let slot = usize::try_from(id.slot()).ok()?;
        let live = self.pipes.get_mut(slot)?.as_mut();
        live.filter(|live| live.pipe.id == id)
    }

    /// The transmitting side of a live pipe.
    pub(crate) fn tx(&mut self, id: PipeId) -> Option<&mut TxSide> {
        self.live(id).map(|live| &mut live.tx)
    }
}

impl Hub {
    pub(crate) fn new(reactor: Reactor, engine: Engine, mut random: Random) -> Arc<Self> {
        let number = u32::try_from(random.next() >> 32).unwrap_or_default();
        let ids = engine.ids();
        let state = State {
            engine,
            options: Options::default(),
            pipes: Vec::new(),
            conns: HashMap::new(),
            waiting: HashMap::new(),
            endpoints: BTreeMap::new(),
            random,
            armed: None,
            senders: Line::default(),
            receivers: Line::default(),
            listeners: Line::default(),
            peer_waiters: Line::default(),
            closers: Line::default(),
            recall: Recall::default(),
            woken: Vec::new(),
            called: Few::default(),
            signals: Signals::default(),
            at_close: AtClose::new(),
            event_handles: 0,
        };
        let hub = Arc::new(Self {
            reactor,
            state: Mutex::new(state),
            handles: AtomicUsize::new(1),
            number,
            ids,
            generation: speedwell_os::generation(),
            timers_key: AtomicUsize::new(usize::MAX),
        });
        let (key, _bell) = hub.reactor.shared().enter(hub.clone(), Target::Timers);
        hub.timers_key.store(key, Ordering::SeqCst);
        hub
    }

    /// Whether this process is the one that made the socket, and not its child. A child never
    /// takes a lock of it: a thread that it does not have may hold that.
    #[inline]
    pub(crate) fn is_ours(&self) -> bool {
        self.generation == speedwell_os::generation()
    }

    /// Whether the socket can be used in this process.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Forked`].
    // rfc: sp-waiting W-50
    #[inline]
    pub(crate) fn check(&self) -> Result<(), ErrorKind> {
        if self.is_ours() {
            Ok(())
        } else {
            Err(ErrorKind::Forked)
        }
    }

    /// The lock of the socket, for a call of the application.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Forked`].
    #[inline]
    pub(crate) fn lock(&self) -> Result<MutexGuard<'_, State>, ErrorKind> {
        self.check().map(|()| self.state.lock())
    }

    /// Calls the engine, and notes what is to be done afterwards.
    pub(crate) fn enter<R>(
        &self,
        work: &mut Work,
        run: impl FnOnce(&mut Engine, &mut Turn<'_>) -> R,
    ) -> R {
        let mut state = self.state.lock();
        let result = state.call(work, run);
        self.leave(state, work);
        result
    }

    /// Ends a stay under the lock: takes over commands, wakes waiters, sets the timer. Mostly there
    /// is nothing of all that. Futures are woken by [`Hub::settle`], which has to follow.
    #[inline]
    pub(crate) fn leave(&self, state: MutexGuard<'_, State>, work: &mut Work) {
        let engine = &state.engine;
        if engine.has_work()
            || engine.has_journal()
            || engine.next_deadline() != state.armed
            || engine.is_shut()
            || !state.called.is_empty()
            || !state.signals.is_idle()
            || (!state.listeners.is_empty() && engine.has_events())
        {
            self.leave_with_news(state, work);
        }
    }

    fn leave_with_news(&self, mut state: MutexGuard<'_, State>, work: &mut Work) {
        let State { engine, woken, .. } = &mut *state;
        while let Some(command) = engine.next_command() {
            work.commands.push(command);
        }
        work.trail.take_journal(engine);
        engine.take_woken(woken);
        let over = engine.is_closed();
        state.call_woken();
        state.call_listeners();
        if over {
            state.dismiss_line(Side::End);
        }
        let wake_reactor = self.arm(&mut state);
        let mut rung = state.tell_signals();
        let mut called = std::mem::take(&mut state.called);
        drop(state);
        while let Some(sleeper) = rung.pop() {
            sleeper.ring();
        }
        while let Some(called) = called.pop() {
            if let Some(future) = called.ring() {
                // Whoever is here may have a pipe or an endpoint locked.
                // rfc: sp-waiting W-34
                work.add(Task::Wake(future));
            }
        }
        if over {
            self.retire();
        }
        if wake_reactor {
            self.reactor.shared().wake();
        }
    }

    /// Tells the reactor when to visit the socket, if that has changed; true: it is to be woken.
    fn arm(&self, state: &mut State) -> bool {
        state.note_owed();
        let next = state.engine.next_deadline();
        let is_new = next != state.armed;
        state.armed = next;
        state.recall.arm(next, is_new).is_some_and(|at| {
            let key = self.timers_key.load(Ordering::SeqCst);
            self.reactor.shared().set_deadline(key, at)
        })
    }

    /// Starts to close, and calls everybody who waits or wants to know.
    // rfc: sp-endpoint E-60
    pub(crate) fn begin_close(&self, linger: Duration, work: &mut Work) {
        let mut state = self.state.lock();
        state.call(work, |engine, turn| engine.begin_close(linger, turn));
        state.dismiss_all();
        state.dismiss_line(Side::Peers);
        let told = std::mem::take(&mut state.at_close);
        self.leave(state, work);
        for told in told.iter().filter_map(Weak::upgrade) {
            told();
        }
    }

    /// Starts to drain, and has everybody who waits look whether that still makes sense.
    // rfc: sp-endpoint E-90
    pub(crate) fn begin_drain(&self, time: Duration, work: &mut Work) {
        let mut state = self.state.lock();
        state.call(work, |engine, turn| engine.begin_drain(time, turn));
        state.dismiss_all();
        state.dismiss_line(Side::Peers);
        self.leave(state, work);
    }

    /// Carries out what calls of the engine left to do, and what follows from that.
    #[inline]
    pub(crate) fn settle(self: &Arc<Self>, work: &mut Work) {
        work.trail.tell(self.number);
        if !work.is_empty() {
            self.settle_all(work);
        }
    }

    fn settle_all(self: &Arc<Self>, work: &mut Work) {
        while !work.is_empty() {
            if let Some(command) = work.commands.pop() {
                self.carry_out(command, work);
            } else if let Some(task) = work.tasks.pop() {
                match task {
                    Task::Flush(pipe) => self.flush(&pipe, Writer::Sender, work),
                    Task::Ask(pipe) => pipe.ask(),
                    Task::Ring(peer) => peer.ring(),
                    Task::Wake(future) => future.wake(),
                }
            } else if let Some(pipe) = work.pump.pop() {
                self.pump(&pipe, work);
            }
            work.trail.tell(self.number);
        }
    }

    fn carry_out(self: &Arc<Self>, command: Command, work: &mut Work) {
        match command {
            Command::Dial(id) | Command::Accept(id) => self.poll_endpoint(id, work),
            Command::Abandon(id) => self.abandon(id),
            Command::DropEndpoint(id) => self.drop_endpoint(id),
            Command::DropConn(id) => self.drop_conn(id),
            Command::Resume(id) => {
                if let Some(pipe) = self.live(id) {
                    work.pump.push(pipe);
                }
            }
            Command::End(id) => {
                let reason = self.state.lock().engine.end_reason(id);
                if let Some(pipe) = self.live(id) {
                    self.end(&pipe, &reason, work);
                }
            }
            Command::HalfClose(id) => {
                if let Some(pipe) = self.live(id) {
                    self.half_close(&pipe);
                    work.add(Task::Flush(pipe.clone()));
                    work.pump.push(pipe);
                }
            }
            Command::Finish(id) => {
                if let Some(pipe) = self.live(id) {
                    self.finish(&pipe);
                    work.add(Task::Flush(pipe.clone()));
                    work.pump.push(pipe);
                }
            }
        }
    }

    fn live(&self, id: PipeId) -> Option<Arc<Pipe>> {
        let mut state = self.state.lock();
        state.live(id).map(|live| live.pipe.clone())
    }

    /// The reactor's visit.
    pub(crate) fn visit(self: &Arc<Self>, target: Target, visit: Visit) {
        let mut work = Work::default();
        match target {
            Target::Timers => {
                let mut state = self.state.lock();
                state.armed = None;
                state.call(&mut work, |engine, turn| engine.on_deadline(turn));
                state.recall();
                self.leave_with_news(state, &mut work);
            }
            Target::Endpoint(id) => self.poll_endpoint(id, &mut work),
            Target::Pipe(id) => match self.live(id) {
                Some(pipe) if visit.descriptor == Descriptor::Lost => {
                    self.end(&pipe, &EndReason::Broken(lost()), &mut work);
                }
                Some(pipe) => {
                    if visit.descriptor == Descriptor::Reported {
                        pipe.note_reported();
                    }
                    if visit.write {
                        pipe.unblock();
                    }
                    if visit.write || visit.flush {
                        self.flush(&pipe, Writer::Reactor, &mut work);
                    }
                    if visit.read {
                        work.pump.push(pipe);
                    }
                }
                None => self.poll_conn(id, &mut work),
            },
        }
        self.settle(&mut work);
    }

    /// Takes the socket's timers out of the reactor; the socket is closed.
    pub(crate) fn retire(&self) {
        let key = self.timers_key.swap(usize::MAX, Ordering::SeqCst);
        if key != usize::MAX {
            self.reactor.shared().leave(key);
        }
    }
}

impl fmt::Debug for Hub {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Ok(state) = self.lock() else {
            return f.write_str("Hub of a parent");
        };
        f.debug_struct("Hub")
            .field("name", &state.options.name)
            .field("engine", &state.engine)
            .finish_non_exhaustive()
    }
}
