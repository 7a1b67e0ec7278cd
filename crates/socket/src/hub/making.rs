//! How pipes come to be: polling dialers, listeners and handshakes. See `rfc/sp-endpoint.md`.

use std::sync::Arc;

use speedwell_engine::{Admission, EndpointId, Engine};
use speedwell_message::PipeId;
use speedwell_transport::{
    Addr, Conn, Dialer, Error, Interest, Listener, PeerInfo, PollCx, Progress,
};

use super::{Hub, Live, State, Target};
use crate::io::{ConnIo, EndpointIo, Limits, Role, Watcher};
use crate::line::Side;
use crate::pipe::Pipe;
use crate::sync::{Mutex, MutexGuard, now};
use crate::turn::{Turn, Work};

/// Connections that one visit accepts before others get their turn.
const ACCEPTS_MAX: usize = 64;

/// What polling an endpoint gave.
enum Polled {
    Conn(Box<dyn Conn>),
    Waits(Interest),
    Failed(Error),
}

impl From<Progress<Box<dyn Conn>>> for Polled {
    fn from(progress: Progress<Box<dyn Conn>>) -> Self {
        match progress {
            Progress::Ready(conn) => Self::Conn(conn),
            Progress::Wait(interest) => Self::Waits(interest),
            Progress::Fail(error) => Self::Failed(error),
        }
    }
}

impl Hub {
    /// Enters an endpoint's object; the engine knows the endpoint already.
    pub(crate) fn install(
        self: &Arc<Self>,
        id: EndpointId,
        role: Role,
        limits: Limits,
        address: Addr,
    ) -> Arc<EndpointIo> {
        let (key, bell) = self
            .reactor
            .shared()
            .enter(self.clone(), Target::Endpoint(id));
        let watcher = Watcher::new(self.reactor.shared().clone(), key, bell);
        Arc::new(EndpointIo {
            address,
            role: Mutex::new(Some(role)),
            limits,
            watcher,
        })
    }

    fn endpoint(&self, id: EndpointId) -> Option<Arc<EndpointIo>> {
        self.state.lock().endpoints.get(&id).cloned()
    }

    /// Polls a dialer or a listener as far as it goes.
    pub(super) fn poll_endpoint(self: &Arc<Self>, id: EndpointId, work: &mut Work) {
        let Some(endpoint) = self.endpoint(id) else {
            return;
        };
        let mut role = endpoint.role.lock();
        match &mut *role {
            Some(Role::Dialer(dialer)) => self.dial(id, &endpoint, &mut **dialer, work),
            Some(Role::Listener(listener)) => self.accept(id, &endpoint, &mut **listener, work),
            None => {}
        }
    }

    fn dial(
        self: &Arc<Self>,
        id: EndpointId,
        endpoint: &EndpointIo,
        dialer: &mut dyn Dialer,
        work: &mut Work,
    ) {
        if !self.state.lock().engine.is_dialing(id) {
            return;
        }
        let bell = endpoint.watcher.doorbell();
        match Polled::from(dialer.poll_dial(&mut PollCx::new(now(), &bell))) {
            Polled::Conn(conn) => {
                // The connection's source is watched under a key of its own from here on.
                let _ = endpoint.watcher.watch(None);
                let pipe = self.enter(work, |engine, turn| engine.dialed(id, turn));
                self.shake(pipe, endpoint.limits, conn, work);
            }
            Polled::Waits(interest) => {
                if !interest.is_bell_alone() {
                    self.enter(work, |engine, turn| engine.dialing(id, turn));
                }
                if let Err(error) = endpoint.watcher.wait_for(&interest) {
                    dialer.abandon();
                    let error = Error::from_io("cannot watch the connection", error);
                    self.enter(work, |engine, turn| engine.dial_failed(id, error, turn));
                }
            }
            Polled::Failed(error) => {
                let _ = endpoint.watcher.watch(None);
                self.enter(work, |engine, turn| engine.dial_failed(id, error, turn));
            }
        }
    }

    fn accept(
        self: &Arc<Self>,
        id: EndpointId,
        endpoint: &EndpointIo,
        listener: &mut dyn Listener,
        work: &mut Work,
    ) {
        let bell = endpoint.watcher.doorbell();
        for _ in 0..ACCEPTS_MAX {
            let polled = listener.poll_accept(&mut PollCx::new(now(), &bell));
            let error = match Polled::from(polled) {
                Polled::Conn(conn) => {
                    let pipe = self.enter(work, |engine, turn| engine.accepted(id, turn));
                    self.shake(pipe, endpoint.limits, conn, work);
                    continue;
                }
                Polled::Waits(interest) => match endpoint.watcher.wait_for(&interest) {
                    Ok(()) => return,
                    Err(error) => Error::from_io("cannot watch the listener", error),
                },
                Polled::Failed(error) => error,
            };
            let go_on = self.enter(work, |engine, turn| engine.accept_failed(id, error, turn));
            if !go_on {
                let _ = endpoint.watcher.watch(None);
                return;
            }
        }
        bell.ring();
    }

    pub(super) fn abandon(&self, id: EndpointId) {
        let Some(endpoint) = self.endpoint(id) else {
            return;
        };
        if let Some(Role::Dialer(dialer)) = &mut *endpoint.role.lock() {
            let _ = endpoint.watcher.watch(None);
            dialer.abandon();
        }
    }

    pub(super) fn drop_endpoint(&self, id: EndpointId) {
        let gone = self.state.lock().endpoints.remove(&id);
        if let Some(endpoint) = gone {
            // First the role: a poll that is under way ends by watching what it waits for, and the
            // watch would keep the address taken.
            // rfc: sp-endpoint E-63
            let role = endpoint.role.lock().take();
            let _ = endpoint.watcher.watch(None);
            drop(role);
        }
    }

    pub(super) fn drop_conn(&self, id: PipeId) {
        let (gone, waiting) = {
            let mut state = self.state.lock();
            (state.conns.remove(&id), state.waiting.remove(&id))
        };
        drop(waiting);
        if let Some(conn) = gone {
            drop(conn.watcher.lock().take());
            let conn = conn.conn.lock().take();
            drop(conn);
        }
    }

    /// Begins the handshake of a connection, if the engine gave it a place.
    fn shake(
        self: &Arc<Self>,
        id: Option<PipeId>,
        limits: Limits,
        conn: Box<dyn Conn>,
        work: &mut Work,
    ) {
        let Some(id) = id else { return };
        let (key, bell) = self.reactor.shared().enter(self.clone(), Target::Pipe(id));
        let watcher = Watcher::new(self.reactor.shared().clone(), key, bell);
        {
            let mut state = self.state.lock();
            // rfc: sp-endpoint E-62
            if !state.engine.is_half_open(id) {
                drop(state);
                return;
            }
            let conn = ConnIo {
                conn: Mutex::new(Some(conn)),
                watcher: Mutex::new(Some(watcher)),
                limits,
            };
            state.conns.insert(id, Arc::new(conn));
        }
        self.poll_conn(id, work);
    }

    /// Goes on with a handshake.
    pub(super) fn poll_conn(&self, id: PipeId, work: &mut Work) {
        let Some(io) = self.state.lock().conns.get(&id).cloned() else {
            return;
        };
        let mut place = io.conn.lock();
        let ids = self.state.lock().engine.ids();
        let progress = {
            let (Some(conn), Some(watcher)) = (&mut *place, &*io.watcher.lock()) else {
                return;
            };
            let bell = watcher.doorbell();
            // rfc: sp-waiting W-61
            let polled = match watcher.look() {
                Ok(()) => conn.poll_handshake(ids, &mut PollCx::new(now(), &bell)),
                Err(error) => Progress::Fail(error),
            };
            match polled {
                Progress::Wait(interest) => match watcher.wait_for(&interest) {
                    Ok(()) => return,
                    Err(error) => Err(Error::from_io("cannot watch the connection", error)),
                },
                Progress::Fail(error) => Err(error),
                Progress::Ready(peer) => Ok(peer),
            }
        };
        let conn = place.take();
        drop(place);
        match (progress, conn) {
            (Ok(peer), Some(conn)) => self.go_live(id, &io, &peer, conn, work),
            (Err(error), _) => {
                self.drop_conn(id);
                self.enter(work, |engine, turn| {
                    engine.handshake_failed(id, error, turn)
                });
            }
            (Ok(_), None) => {}
        }
    }

    /// A handshake is done: the connection becomes a pipe, if the engine admits it.
    fn go_live(
        &self,
        id: PipeId,
        io: &ConnIo,
        peer: &PeerInfo,
        conn: Box<dyn Conn>,
        work: &mut Work,
    ) {
        let Some(watcher) = io.watcher.lock().take() else {
            return;
        };
        let halves = conn.split();
        let (pipe, tx) = Pipe::new(id, halves, watcher, io.limits);
        let pipe = Arc::new(pipe);
        let live = Live { pipe, tx };
        let mut state = self.state.lock();
        let shaken = state.conns.remove(&id);
        // The slot may be another pipe's by now. rfc: sp-endpoint E-62
        if !state.engine.is_half_open(id) {
            drop(state);
            drop(shaken);
            return;
        }
        let _ = self.admit(state, live, work, |engine, turn| {
            engine.handshaken(id, peer, turn)
        });
    }

    /// Offers a pipe to the engine, which may push to it from then on; keeps it if it is wanted.
    pub(super) fn admit(
        &self,
        mut state: MutexGuard<'_, State>,
        live: Live,
        work: &mut Work,
        offer: impl FnOnce(&mut Engine, &mut Turn<'_>) -> Admission,
    ) -> Admission {
        let pipe = live.pipe.clone();
        let slot = usize::try_from(pipe.id.slot()).unwrap_or(usize::MAX);
        if state.pipes.len() <= slot {
            state.pipes.resize_with(slot.saturating_add(1), || None);
        }
        if let Some(place) = state.pipes.get_mut(slot) {
            *place = Some(live);
        }
        let admission = state.call(work, offer);
        if admission != Admission::Live
            && let Some(live) = state.pipes.get_mut(slot).and_then(Option::take)
            && admission == Admission::Waits
        {
            state.waiting.insert(pipe.id, live);
        }
        // rfc: sp-endpoint E-74
        state.dismiss_line(Side::Peers);
        self.leave(state, work);
        match admission {
            Admission::Live => work.pump.push(pipe),
            // What the handshake waited for is watched still, and nobody is going to read.
            Admission::Waits => pipe.sync_watch(),
            Admission::Refused => {}
        }
        admission
    }
}

#[cfg(test)]
mod tests;
