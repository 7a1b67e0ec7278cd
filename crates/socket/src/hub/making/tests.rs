//! Connections that come too late: what another thread ended meanwhile leaves no trace.

use std::net::UdpSocket;
use std::sync::Arc;
use std::time::{Duration, Instant};

use speedwell_engine::{EndReason, EndpointId};
use speedwell_message::{Inbox, Message, PipeId};
use speedwell_os::Watch;
use speedwell_protocol::{Priority, ProtocolId, ProtocolIds};
use speedwell_transport::{
    Addr, Budget, Conn, End, EndpointOptions, Env, Halves, OsSource, PeerInfo, PollCx, Progress,
    RxHalf, RxState, Source, Transport, Tx,
};

use crate::Reactor;
use crate::hub::{Hub, Target};
use crate::io::{ConnIo, Limits, Role, Watcher};
use crate::sync::Mutex;
use crate::testing::{FullStream, SOON, StubConn, Visits, hub};
use crate::turn::Work;

const FITTING: ProtocolId = ProtocolId(0xff00);
const LIMITS: Limits = Limits { send: 1, recv: 1 };

/// Adds a dialer whose attempt runs.
fn dialer(hub: &Arc<Hub>) -> EndpointId {
    let (transport, _visited) = Visits::new("visit");
    let addr = Addr::parse("visit://x").unwrap();
    let dialer = transport
        .dialer(&addr, &EndpointOptions::default(), &Env::new())
        .unwrap();
    let mut state = hub.state.lock();
    let id = state
        .engine
        .add_dialer(Priority::default(), Priority::default());
    let endpoint = hub.install(id, Role::Dialer(dialer), LIMITS, addr);
    state.endpoints.insert(id, endpoint);
    id
}

/// Enters a connection in its handshake, as another thread has done.
fn entered(hub: &Arc<Hub>, pipe: PipeId) -> Arc<ConnIo> {
    let shared = hub.reactor.shared();
    let (key, bell) = shared.enter(hub.clone(), Target::Pipe(pipe));
    let io = Arc::new(ConnIo {
        conn: Mutex::new(None),
        watcher: Mutex::new(Some(Watcher::new(shared.clone(), key, bell))),
        limits: LIMITS,
    });
    hub.state.lock().conns.insert(pipe, io.clone());
    io
}

/// The engine gives a connection of the dialer its place.
fn dialed(hub: &Arc<Hub>, id: EndpointId) -> PipeId {
    hub.enter(&mut Work::default(), |engine, turn| engine.dialed(id, turn))
        .unwrap()
}

fn remove(hub: &Arc<Hub>, id: EndpointId) {
    let mut work = Work::default();
    hub.enter(&mut work, |engine, turn| engine.remove_endpoint(id, turn));
    hub.settle(&mut work);
}

fn close(hub: &Arc<Hub>) {
    let mut work = Work::default();
    hub.enter(&mut work, |engine, turn| {
        engine.begin_close(Duration::ZERO, turn);
    });
    hub.settle(&mut work);
}

/// A connection, and what counts while it exists.
fn conn(greeting: Option<ProtocolId>) -> (Box<StubConn>, Arc<()>) {
    let alive = Arc::new(());
    let conn = StubConn {
        greeting,
        alive: alive.clone(),
    };
    (Box::new(conn), alive)
}

// rfc: sp-endpoint E-62
#[test]
fn a_connection_whose_endpoint_was_removed_meanwhile_is_dropped() {
    let reactor = Reactor::new().unwrap();
    let hub = hub(&reactor);
    let id = dialer(&hub);
    let pipe = dialed(&hub, id);
    remove(&hub, id);
    let (conn, alive) = conn(None);
    hub.shake(Some(pipe), LIMITS, conn, &mut Work::default());
    assert_eq!(Arc::strong_count(&alive), 1, "the connection is gone");
    assert!(hub.state.lock().conns.is_empty());
    close(&hub);
    assert!(hub.state.lock().engine.is_closed());
    assert!(reactor.shared().is_idle(), "nothing is entered any more");
}

// rfc: sp-endpoint E-62
#[test]
fn a_handshake_that_is_done_too_late_leaves_the_slot_to_its_new_owner() {
    let reactor = Reactor::new().unwrap();
    let hub = hub(&reactor);
    let (first, second) = (dialer(&hub), dialer(&hub));
    let late = dialed(&hub, first);
    let late_io = entered(&hub, late);
    let mut not_carried_out = Work::default();
    hub.enter(&mut not_carried_out, |engine, turn| {
        engine.remove_endpoint(first, turn)
    });

    let owner = dialed(&hub, second);
    assert_eq!(owner.slot(), late.slot());
    let (owner_conn, owner_alive) = conn(Some(FITTING));
    let owner_io = entered(&hub, owner);
    hub.go_live(
        owner,
        &owner_io,
        &PeerInfo::new(FITTING),
        owner_conn,
        &mut Work::default(),
    );
    let (late_conn, late_alive) = conn(Some(FITTING));
    hub.go_live(
        late,
        &late_io,
        &PeerInfo::new(FITTING),
        late_conn,
        &mut Work::default(),
    );

    assert_eq!(Arc::strong_count(&late_alive), 1, "the late one is gone");
    assert!(Arc::strong_count(&owner_alive) > 1);
    assert!(hub.state.lock().live(owner).is_some(), "the owner stays");
    assert!(hub.state.lock().conns.is_empty());
    hub.settle(&mut not_carried_out);
    assert!(hub.state.lock().live(owner).is_some());
    close(&hub);
    assert!(reactor.shared().is_idle());
}

// rfc: sp-endpoint E-63
#[test]
fn a_dropped_endpoint_is_not_watched_by_a_poll_that_was_under_way() {
    let reactor = Reactor::new().unwrap();
    let hub = hub(&reactor);
    let id = dialer(&hub);
    let socket = Arc::new(UdpSocket::bind("127.0.0.1:0").unwrap());
    let source = OsSource::new(socket.clone());
    let polled = hub.endpoint(id).unwrap();
    polled.watcher.watch(Some((&source, Watch::READ))).unwrap();
    drop(source);
    std::thread::scope(|scope| {
        let role = polled.role.lock();
        let dropping = scope.spawn(|| hub.drop_endpoint(id));
        // The poll goes on for a while, and then says what it waits for.
        std::thread::sleep(Duration::from_millis(50));
        let again = OsSource::new(socket.clone());
        polled.watcher.watch(Some((&again, Watch::READ))).unwrap();
        drop(again);
        drop(role);
        dropping.join().unwrap();
    });
    assert_eq!(
        Arc::strong_count(&socket),
        1,
        "nobody keeps the socket open"
    );
    remove(&hub, id);
    close(&hub);
}

/// A connection whose peer has ended its own side, and takes nothing now.
struct Parting;

impl Conn for Parting {
    fn poll_handshake(&mut self, _: ProtocolIds, _: &mut PollCx<'_>) -> Progress<PeerInfo> {
        Progress::Ready(PeerInfo::new(FITTING))
    }

    fn split(self: Box<Self>) -> Halves {
        Halves {
            source: Source::Doorbell,
            tx: Tx::Stream {
                framing: |_, _| 0,
                io: Box::new(FullStream),
            },
            rx: self,
        }
    }
}

impl RxHalf for Parting {
    fn read(&mut self, _: &mut Inbox, _: &mut Budget<'_>) -> RxState {
        RxState::ended(End::Closed)
    }
}

// rfc: sp-endpoint E-46
#[test]
fn a_peer_that_ends_before_the_command_to_finish_costs_nothing_that_is_unsent() {
    let reactor = Reactor::new().unwrap();
    let hub = hub(&reactor);
    let id = dialer(&hub);
    let id = dialed(&hub, id);
    let io = entered(&hub, id);
    let peer = PeerInfo::new(FITTING);
    hub.go_live(id, &io, &peer, Box::new(Parting), &mut Work::default());
    let pipe = {
        let mut state = hub.state.lock();
        let live = state.live(id).unwrap();
        let _ = live
            .tx
            .push(&live.pipe, &mut Message::from("last"), Instant::now);
        live.pipe.clone()
    };

    let mut not_carried_out = Work::default();
    hub.enter(&mut not_carried_out, |engine, turn| {
        engine.begin_close(SOON, turn);
    });
    hub.pump(&pipe, &mut Work::default());
    let is_there = hub.state.lock().live(id).is_some();
    assert!(is_there, "the message has the linger to leave in");
    hub.settle(&mut not_carried_out);
    assert!(!hub.state.lock().engine.is_closed());
    hub.end(&pipe, &EndReason::ClosedByPeer, &mut Work::default());
    let state = hub.state.lock();
    assert!(state.engine.is_closed());
    assert_eq!(state.engine.close_report().unsent, 1);
}

/// A connection over a source of the system.
#[derive(Debug)]
struct OverSystem(Box<StubConn>, OsSource);

impl Conn for OverSystem {
    fn poll_handshake(&mut self, me: ProtocolIds, cx: &mut PollCx<'_>) -> Progress<PeerInfo> {
        self.0.poll_handshake(me, cx)
    }

    fn split(self: Box<Self>) -> Halves {
        let source = Source::Os(self.1);
        Halves {
            source,
            ..self.0.split()
        }
    }
}

/// A peer that waits to be approved, and what counts while its connection exists.
fn waiting(hub: &Arc<Hub>) -> (PipeId, Arc<()>) {
    hub.state.lock().engine.options_mut().require_approval = true;
    let pipe = dialed(hub, dialer(hub));
    let io = entered(hub, pipe);
    let (conn, alive) = conn(Some(FITTING));
    let source = OsSource::new(Arc::new(UdpSocket::bind("127.0.0.1:0").unwrap()));
    if let Some(watcher) = &*io.watcher.lock() {
        watcher.watch(Some((&source, Watch::READ))).unwrap();
    }
    let peer = PeerInfo::new(FITTING);
    let conn = Box::new(OverSystem(conn, source));
    hub.go_live(pipe, &io, &peer, conn, &mut Work::default());
    (pipe, alive)
}

// rfc: sp-monitor M-20
#[test]
fn who_waits_to_be_approved_is_neither_visited_nor_watched() {
    let reactor = Reactor::new().unwrap();
    let hub = hub(&reactor);
    let (id, alive) = waiting(&hub);
    assert!(hub.state.lock().live(id).is_none(), "no visit finds it");
    let pipe = hub.state.lock().waiting.get(&id).unwrap().pipe.clone();
    assert!(
        !pipe.is_watched(),
        "or the reactor would never come to rest"
    );
    assert!(hub.approve(id) && pipe.is_watched());
    assert!(hub.state.lock().live(id).is_some());
    drop(pipe);
    close(&hub);
    assert_eq!(Arc::strong_count(&alive), 1);
    assert!(reactor.shared().is_idle());
}

// rfc: sp-monitor M-22
#[test]
fn fault_89_an_answer_that_crosses_the_deadline_leaves_nothing_behind() {
    let reactor = Reactor::new().unwrap();
    let hub = hub(&reactor);
    let (id, alive) = waiting(&hub);
    // The engine has refused it, and another thread has not carried that out yet.
    let mut not_carried_out = Work::default();
    hub.enter(&mut not_carried_out, |engine, turn| engine.deny(id, turn));
    assert!(!hub.approve(id));
    assert_eq!(Arc::strong_count(&alive), 1, "the connection is gone");
    hub.settle(&mut not_carried_out);
    hub.deny(id);
    assert!(!hub.approve(id));
    assert!(hub.state.lock().waiting.is_empty());
    close(&hub);
    assert!(reactor.shared().is_idle(), "nothing is entered any more");
}
