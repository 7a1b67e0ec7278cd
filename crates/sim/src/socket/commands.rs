//! Commands of the engine and rings of bells: dialing, accepting, handshakes. Decides nothing that
//! the engine decides. Obeys `rfc/sp-endpoint.md` section 10.

use speedwell_engine::{Admission, Command, EndpointId, Intake};
use speedwell_message::PipeId;
use speedwell_testkit::accounting::Event;
use speedwell_testkit::net::Side;
use speedwell_transport::{Addr, Conn, Halves, PeerInfo, PollCx, Progress};

use super::bells::Owner;
use super::pipe::{Finish, LivePipe};
use super::wire::Wire;
use super::{Endpoint, HalfOpen, SimSocket, mark};
use crate::Bench;

impl SimSocket {
    pub(super) fn carry_out_next(&mut self, bench: &mut Bench) {
        let Some(command) = self.engine.next_command() else {
            return;
        };
        let host = self.setup.host.0;
        bench.journal.note(|| format!("host {host}: {command:?}"));
        match command {
            Command::Dial(id) => {
                self.dials.push(bench.now());
                self.set_trying(id);
                self.poll_dialer(id, bench);
            }
            Command::Abandon(id) => {
                if let Some(Endpoint::Dialer {
                    dialer, is_trying, ..
                }) = self.endpoints.get_mut(&id)
                {
                    *is_trying = false;
                    dialer.abandon();
                }
            }
            Command::Accept(id) => {
                if let Some(Endpoint::Listener { is_resting, .. }) = self.endpoints.get_mut(&id) {
                    *is_resting = false;
                }
                self.poll_listener(id, bench);
            }
            Command::DropEndpoint(id) => drop(self.endpoints.remove(&id)),
            Command::DropConn(id) => drop(self.half_open.remove(&id)),
            Command::Resume(id) => mark(&mut self.reading, id),
            Command::End(id) => self.end_here(id, bench),
            Command::Finish(id) | Command::HalfClose(id) => {
                if let Some(pipe) = self.pipes.get_mut(&id) {
                    pipe.finish = Finish::Writing;
                    mark(&mut self.dirty, id);
                    mark(&mut self.reading, id);
                }
            }
        }
    }

    /// A bell has rung.
    pub(super) fn visit(&mut self, owner: Owner, bench: &mut Bench) {
        match owner {
            Owner::Endpoint(id) => match self.endpoints.get(&id) {
                Some(Endpoint::Dialer {
                    is_trying: true, ..
                }) => self.poll_dialer(id, bench),
                Some(Endpoint::Listener {
                    is_resting: false, ..
                }) => self.poll_listener(id, bench),
                Some(Endpoint::Dialer { .. } | Endpoint::Listener { .. }) | None => {}
            },
            Owner::Pipe(id) if self.half_open.contains_key(&id) => self.shake(id, bench),
            Owner::Pipe(id) if self.pipes.contains_key(&id) => {
                mark(&mut self.dirty, id);
                mark(&mut self.reading, id);
            }
            Owner::Pipe(_) => {}
        }
    }

    fn set_trying(&mut self, id: EndpointId) {
        if let Some(Endpoint::Dialer { is_trying, .. }) = self.endpoints.get_mut(&id) {
            *is_trying = true;
        }
    }

    fn poll_dialer(&mut self, id: EndpointId, bench: &mut Bench) {
        let Some(Endpoint::Dialer {
            dialer,
            bell,
            is_trying,
        }) = self.endpoints.get_mut(&id)
        else {
            return;
        };
        match dialer.poll_dial(&mut PollCx::new(bench.now(), bell)) {
            Progress::Wait(interest) => {
                if !interest.is_bell_alone() {
                    self.call(bench, |engine, lent| engine.dialing(id, lent));
                }
            }
            Progress::Ready(conn) => {
                *is_trying = false;
                let pipe = self.call(bench, |engine, lent| engine.dialed(id, lent));
                if let Some(pipe) = pipe {
                    self.take_in(pipe, conn, Side::Dialer, bench);
                }
            }
            Progress::Fail(error) => {
                *is_trying = false;
                self.call(bench, |engine, lent| engine.dial_failed(id, error, lent));
            }
        }
    }

    fn poll_listener(&mut self, id: EndpointId, bench: &mut Bench) {
        loop {
            let Some(Endpoint::Listener { listener, bell, .. }) = self.endpoints.get_mut(&id)
            else {
                return;
            };
            match listener.poll_accept(&mut PollCx::new(bench.now(), bell)) {
                Progress::Wait(_) => return,
                Progress::Ready(conn) => {
                    let pipe = self.call(bench, |engine, lent| engine.accepted(id, lent));
                    if let Some(pipe) = pipe {
                        self.take_in(pipe, conn, Side::Listener, bench);
                    }
                }
                Progress::Fail(error) => {
                    let goes_on =
                        self.call(bench, |engine, lent| engine.accept_failed(id, error, lent));
                    if !goes_on {
                        if let Some(Endpoint::Listener { is_resting, .. }) =
                            self.endpoints.get_mut(&id)
                        {
                            *is_resting = true;
                        }
                        return;
                    }
                }
            }
        }
    }

    /// A connection begins its handshake.
    fn take_in(&mut self, id: PipeId, conn: Box<dyn Conn>, side: Side, bench: &mut Bench) {
        let bell = self.bells.make(Owner::Pipe(id));
        self.half_open.insert(id, HalfOpen { conn, bell, side });
        self.shake(id, bench);
    }

    fn shake(&mut self, id: PipeId, bench: &mut Bench) {
        let me = self.engine.ids();
        let Some(half_open) = self.half_open.get_mut(&id) else {
            return;
        };
        let cx = &mut PollCx::new(bench.now(), &half_open.bell);
        match half_open.conn.poll_handshake(me, cx) {
            Progress::Wait(_) => {}
            Progress::Fail(error) => {
                self.half_open.remove(&id);
                self.call(bench, |engine, lent| {
                    engine.handshake_failed(id, error, lent)
                });
            }
            Progress::Ready(peer) => {
                if let Some(half_open) = self.half_open.remove(&id) {
                    self.admit(id, half_open, &peer, bench);
                }
            }
        }
    }

    /// The handshake is done: the transmit side stands before the engine is told.
    fn admit(&mut self, id: PipeId, half_open: HalfOpen, peer: &PeerInfo, bench: &mut Bench) {
        let Halves { tx, rx, .. } = half_open.conn.split();
        let peer_at = peer.address.as_ref();
        let Some(wire) = peer_at.and_then(|addr| Wire::to(addr, half_open.side)) else {
            return bench
                .journal
                .breach("a connection is of none of the carriers");
        };
        let options = &self.setup.endpoint;
        let intake = Intake::new(id, rx, options.recv_limit());
        let pipe = LivePipe::new(wire, tx, options.send_limit(), intake);
        self.pipes.insert(id, pipe);
        self.wires.insert(id, wire);
        match self.call(bench, |engine, lent| engine.handshaken(id, peer, lent)) {
            Admission::Live => {
                let host = self.setup.host.0;
                let from = peer.address.as_ref().map_or("", Addr::as_str);
                bench
                    .journal
                    .note(|| format!("host {host}: {id:?} to {from} is live"));
                mark(&mut self.reading, id);
                if self.is_told {
                    let (link, party) = (wire.outward(), self.setup.party);
                    bench.journal.log(Event::Joined { link, party });
                }
            }
            Admission::Waits => bench.journal.breach("nobody here approves of peers"),
            Admission::Refused => drop(self.pipes.remove(&id)),
        }
    }
}
