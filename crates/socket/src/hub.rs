//! The driver of one socket: calls the engine under the socket's lock, and carries out what it
//! decided with no lock held. See `rfc/sp-endpoint.md`.

mod approving;
mod making;
mod moving;

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::Arc;
use std::time::Instant;

use speedwell_engine::{Command, EndpointId, Engine};
use speedwell_message::{CtxId, PipeId};

use crate::Reactor;
use crate::io::{ConnIo, EndpointIo};
use crate::options::Options;
use crate::pipe::{Pipe, Writer};
use crate::random::Random;
use crate::reactor::Visit;
use crate::sync::{AtomicUsize, Condvar, Mutex, MutexGuard, Ordering};
use crate::turn::{Task, Turn, Work};

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
    pub(crate) can_send: Condvar,
    pub(crate) can_recv: Condvar,
    pub(crate) closed: Condvar,
    pub(crate) has_events: Condvar,
    /// The key of the socket's timers in the reactor; `usize::MAX` before and after.
    pub(crate) timers_key: AtomicUsize,
    /// What traces call the socket; drawn at random.
    pub(crate) number: u32,
}

/// What the lock of a socket guards.
pub(crate) struct State {
    pub(crate) engine: Engine,
    pub(crate) options: Options,
    pub(crate) pipes: Vec<Option<Arc<Pipe>>>,
    pub(crate) conns: HashMap<PipeId, Arc<ConnIo>>,
    /// Pipes that wait, unread, to be approved.
    pub(crate) waiting: HashMap<PipeId, Arc<Pipe>>,
    pub(crate) endpoints: BTreeMap<EndpointId, Arc<EndpointIo>>,
    pub(crate) random: Random,
    pub(crate) armed: Option<Instant>,
    pub(crate) send_waiters: usize,
    pub(crate) recv_waiters: usize,
    pub(crate) woken: Vec<CtxId>,
    pub(crate) event_handles: usize,
    pub(crate) event_waiters: usize,
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
            pipes: &self.pipes,
            work,
        };
        run(&mut self.engine, &mut turn)
    }

    pub(crate) fn pipe(&self, id: PipeId) -> Option<Arc<Pipe>> {
        let slot = usize::try_from(id.slot()).ok()?;
        self.pipes
            .get(slot)?
            .as_ref()
            .filter(|pipe| pipe.id == id)
            .cloned()
    }
}

impl Hub {
    pub(crate) fn new(reactor: Reactor, engine: Engine, mut random: Random) -> Arc<Self> {
        let number = u32::try_from(random.next() >> 32).unwrap_or_default();
        let state = State {
            engine,
            options: Options::default(),
            pipes: Vec::new(),
            conns: HashMap::new(),
            waiting: HashMap::new(),
            endpoints: BTreeMap::new(),
            random,
            armed: None,
            send_waiters: 0,
            recv_waiters: 0,
            woken: Vec::new(),
            event_handles: 0,
            event_waiters: 0,
        };
        let hub = Arc::new(Self {
            reactor,
            state: Mutex::new(state),
            can_send: Condvar::new(),
            can_recv: Condvar::new(),
            closed: Condvar::new(),
            has_events: Condvar::new(),
            number,
            timers_key: AtomicUsize::new(usize::MAX),
        });
        let (key, _bell) = hub.reactor.shared().enter(hub.clone(), Target::Timers);
        hub.timers_key.store(key, Ordering::SeqCst);
        hub
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

    /// Ends a stay under the lock: takes over commands, wakes waiters, sets the timer.
    pub(crate) fn leave(&self, mut state: MutexGuard<'_, State>, work: &mut Work) {
        let mut wake_reactor = false;
        let State {
            engine,
            woken,
            armed,
            event_waiters,
            ..
        } = &mut *state;
        while let Some(command) = engine.next_command() {
            work.commands.push(command);
        }
        work.trail.take_journal(engine);
        engine.take_woken(woken);
        let next = engine.next_deadline();
        if next != *armed {
            *armed = next;
            let key = self.timers_key.load(Ordering::SeqCst);
            wake_reactor = self.reactor.shared().set_deadline(key, next);
        }
        let over = engine.is_closed();
        let tells = *event_waiters > 0 && engine.has_events();
        let (mut send, mut recv) = (false, false);
        if !woken.is_empty() {
            let ready = engine.ready(CtxId::MAIN);
            send = ready.send && state.send_waiters > 0;
            recv = ready.recv && state.recv_waiters > 0;
        }
        drop(state);
        if send {
            self.can_send.notify_one();
        }
        if recv {
            self.can_recv.notify_one();
        }
        if tells {
            self.has_events.notify_one();
        }
        if over {
            self.closed.notify_all();
            self.has_events.notify_all();
            self.retire();
        }
        if wake_reactor {
            self.reactor.shared().wake();
        }
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
            Command::Finish(id) => {
                if let Some(pipe) = self.live(id) {
                    pipe.finish();
                    work.add(Task::Flush(pipe.clone()));
                    work.pump.push(pipe);
                }
            }
        }
    }

    fn live(&self, id: PipeId) -> Option<Arc<Pipe>> {
        self.state.lock().pipe(id)
    }

    /// The reactor's visit.
    pub(crate) fn visit(self: &Arc<Self>, target: Target, visit: Visit) {
        let mut work = Work::default();
        match target {
            Target::Timers => {
                self.state.lock().armed = None;
                self.enter(&mut work, |engine, turn| engine.on_deadline(turn));
            }
            Target::Endpoint(id) => self.poll_endpoint(id, &mut work),
            Target::Pipe(id) => match self.live(id) {
                Some(pipe) => {
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
        f.debug_struct("Hub")
            .field("engine", &self.state.lock().engine)
            .finish_non_exhaustive()
    }
}
