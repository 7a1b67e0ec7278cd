//! The state × event tables of the dialer, the listener and the socket, printed and compared with
//! `table.txt`. After a change that is meant, run the test with `UPDATE_TABLE=1` and review the
//! difference.

use std::fmt::Write;

use speedwell_message::{CtxId, Message, PipeId};
use speedwell_transport::{ErrorKind, PeerInfo};

use super::rig::{IDS, Rig, ms};
use crate::endpoint::{DialState, Role};
use crate::engine::Phase;
use crate::{Admission, Command, EndReason, EndpointId};

const SNAPSHOT: &str = include_str!("table.txt");

/// The endpoint and the pipe that the events of a table are about.
struct Cast {
    endpoint: EndpointId,
    pipe: PipeId,
}

type Setup = fn() -> (Rig, Cast);
/// Reports something, and gives the engine's answer in words.
type Event = fn(&mut Rig, &Cast) -> String;
type Named<T> = (&'static str, T);

/// A dialer, alone, that has failed once: so a stable connection makes a difference.
fn dialer(prepare: fn(&mut Rig, &mut Cast)) -> (Rig, Cast) {
    let mut rig = Rig::with(|options| options.reconnect_max = ms(1000));
    let mut cast = Cast {
        endpoint: rig.dialer(),
        pipe: PipeId::new(0, 99).unwrap(),
    };
    rig.dial_failed(cast.endpoint, ErrorKind::Refused);
    rig.passes(ms(100));
    prepare(&mut rig, &mut cast);
    rig.commands();
    (rig, cast)
}

const DIALER_STATES: &[Named<Setup>] = &[
    ("Dialing", || dialer(|_, _| {})),
    ("Dialing timed", || {
        dialer(|rig, cast| rig.engine.dialing(cast.endpoint, &mut rig.world))
    }),
    ("Shaking", || {
        dialer(|rig, cast| cast.pipe = rig.dialed(cast.endpoint).unwrap())
    }),
    ("Shaking, to be approved", || {
        dialer(|rig, cast| {
            cast.pipe = rig.dialed(cast.endpoint).unwrap();
            rig.engine.options_mut().require_approval = true;
            assert_eq!(rig.handshaken(cast.pipe), Admission::Waits);
        })
    }),
    ("Connected", || {
        dialer(|rig, cast| cast.pipe = rig.dials_through(cast.endpoint))
    }),
    ("Waiting", || {
        dialer(|rig, cast| rig.dial_failed(cast.endpoint, ErrorKind::Refused))
    }),
    ("removed", || {
        dialer(|rig, cast| assert!(rig.engine.remove_endpoint(cast.endpoint, &mut rig.world)))
    }),
];

const DIALER_EVENTS: &[Named<Event>] = &[
    ("dialing", |rig, cast| {
        rig.engine.dialing(cast.endpoint, &mut rig.world);
        silence()
    }),
    ("dialed", |rig, cast| {
        pipe_or_drop(rig.dialed(cast.endpoint))
    }),
    ("dialed, over pipes_max", |rig, cast| {
        rig.engine.options_mut().pipes_max = 0;
        pipe_or_drop(rig.dialed(cast.endpoint))
    }),
    ("dial_failed", |rig, cast| {
        rig.dial_failed(cast.endpoint, ErrorKind::Refused);
        silence()
    }),
    ("accepted", |rig, cast| {
        pipe_or_drop(rig.accepted(cast.endpoint))
    }),
    ("accept_failed, exhausted", |rig, cast| {
        polls(rig.accept_failed(cast.endpoint, ErrorKind::Exhausted))
    }),
    ("handshaken, fits", |rig, cast| {
        format!("{:?}", rig.handshaken(cast.pipe))
    }),
    ("handshaken, wrong type", |rig, cast| {
        let twin = PeerInfo::new(IDS.me);
        format!(
            "{:?}",
            rig.engine.handshaken(cast.pipe, &twin, &mut rig.world)
        )
    }),
    ("handshaken, rejected", |rig, cast| {
        rig.machine(|machine, _| machine.rejects = true);
        format!("{:?}", rig.handshaken(cast.pipe))
    }),
    ("handshaken, to approve", |rig, cast| {
        rig.engine.options_mut().require_approval = true;
        format!("{:?}", rig.handshaken(cast.pipe))
    }),
    ("approve", |rig, cast| {
        format!("{:?}", rig.engine.approve(cast.pipe, &mut rig.world))
    }),
    ("approve, rejected", |rig, cast| {
        rig.machine(|machine, _| machine.rejects = true);
        format!("{:?}", rig.engine.approve(cast.pipe, &mut rig.world))
    }),
    ("deny", |rig, cast| {
        rig.engine.deny(cast.pipe, &mut rig.world);
        silence()
    }),
    ("handshake_failed", |rig, cast| {
        rig.handshake_failed(cast.pipe, ErrorKind::BadPeer);
        silence()
    }),
    ("pipe_ended at once", |rig, cast| {
        rig.ended(cast.pipe, &EndReason::ClosedByPeer, &[]);
        silence()
    }),
    ("pipe_ended, was stable", |rig, cast| {
        rig.world.now += ms(1000);
        rig.ended(cast.pipe, &EndReason::ClosedByPeer, &[]);
        silence()
    }),
    ("deadline", |rig, _| {
        rig.world.now = rig.engine.next_deadline().unwrap_or(rig.world.now);
        rig.engine.on_deadline(&mut rig.world);
        silence()
    }),
    ("remove_endpoint", |rig, cast| {
        rig.engine
            .remove_endpoint(cast.endpoint, &mut rig.world)
            .to_string()
    }),
];

fn dialer_state(rig: &Rig, cast: &Cast) -> String {
    let role = rig
        .engine
        .core
        .endpoints
        .get(&cast.endpoint)
        .map(|endpoint| &endpoint.role);
    let (state, backoff) = match role {
        None => return "removed".to_owned(),
        Some(Role::Listener { .. }) => panic!("this table has dialers only"),
        Some(Role::Dialer { state, backoff }) => (state, backoff),
    };
    let name = match state {
        DialState::Dialing { timed: false } => "Dialing",
        DialState::Dialing { timed: true } => "Dialing timed",
        DialState::Shaking => "Shaking",
        DialState::Connected { .. } => "Connected",
        DialState::Waiting => "Waiting",
    };
    format!("{name} /{}", backoff.bound().as_millis())
}

/// A listener, alone.
fn listener(prepare: fn(&mut Rig, &Cast)) -> (Rig, Cast) {
    let mut rig = Rig::new();
    let cast = Cast {
        endpoint: rig.listener(),
        pipe: PipeId::new(0, 99).unwrap(),
    };
    prepare(&mut rig, &cast);
    rig.commands();
    (rig, cast)
}

fn runs_out(rig: &mut Rig, cast: &Cast) {
    let _ = rig.accept_failed(cast.endpoint, ErrorKind::Exhausted);
}

const LISTENER_STATES: &[Named<Setup>] = &[
    ("Accepting", || listener(|_, _| {})),
    ("Accepting, failed once", || {
        listener(|rig, cast| assert!(rig.accept_failed(cast.endpoint, ErrorKind::System)))
    }),
    ("Resting", || listener(runs_out)),
    ("Resting, long", || {
        listener(|rig, cast| (0..9).for_each(|_| runs_out(rig, cast)))
    }),
    ("Accepting, rested", || {
        listener(|rig, cast| {
            runs_out(rig, cast);
            rig.passes(ms(10));
        })
    }),
    ("removed", || {
        listener(|rig, cast| {
            runs_out(rig, cast);
            assert!(rig.engine.remove_endpoint(cast.endpoint, &mut rig.world));
        })
    }),
];

const LISTENER_EVENTS: &[Named<Event>] = &[
    ("accepted", |rig, cast| {
        pipe_or_drop(rig.accepted(cast.endpoint))
    }),
    ("accepted, no room", |rig, cast| {
        rig.engine.options_mut().half_open_max = 0;
        pipe_or_drop(rig.accepted(cast.endpoint))
    }),
    ("accept_failed", |rig, cast| {
        polls(rig.accept_failed(cast.endpoint, ErrorKind::System))
    }),
    ("accept_failed, exhausted", |rig, cast| {
        polls(rig.accept_failed(cast.endpoint, ErrorKind::Exhausted))
    }),
    ("dialed", |rig, cast| {
        pipe_or_drop(rig.dialed(cast.endpoint))
    }),
    ("dial_failed", |rig, cast| {
        rig.dial_failed(cast.endpoint, ErrorKind::Refused);
        silence()
    }),
    ("deadline", |rig, _| {
        rig.world.now = rig.engine.next_deadline().unwrap_or(rig.world.now);
        rig.engine.on_deadline(&mut rig.world);
        silence()
    }),
    ("remove_endpoint", |rig, cast| {
        rig.engine
            .remove_endpoint(cast.endpoint, &mut rig.world)
            .to_string()
    }),
];

fn listener_state(rig: &Rig, cast: &Cast) -> String {
    match rig.engine.core.endpoints.get(&cast.endpoint) {
        None => "removed".to_owned(),
        Some(endpoint) => match endpoint.role {
            Role::Listener { failures } => format!("{failures} failed"),
            Role::Dialer { .. } => panic!("this table has listeners only"),
        },
    }
}

/// A socket with a listener and a live pipe, whose machine holds so many messages.
fn socket(holds: usize, prepare: fn(&mut Rig, &Cast)) -> (Rig, Cast) {
    let mut rig = Rig::new();
    let endpoint = rig.listener();
    let pipe = rig.accepts_through(endpoint);
    rig.machine(|machine, _| {
        machine
            .held
            .extend((0..holds).map(|_| Message::from("held")))
    });
    let cast = Cast { endpoint, pipe };
    prepare(&mut rig, &cast);
    rig.commands();
    (rig, cast)
}

const SOCKET_STATES: &[Named<Setup>] = &[
    ("Open", || socket(0, |_, _| {})),
    ("Open, holding", || socket(1, |_, _| {})),
    ("Closing", || {
        socket(1, |rig, _| rig.begins_to_close(ms(1000)))
    }),
    ("Finishing", || {
        socket(0, |rig, _| rig.begins_to_close(ms(1000)))
    }),
    ("Finishing, late", || {
        socket(1, |rig, _| {
            rig.begins_to_close(ms(1000));
            rig.passes(ms(1000));
        })
    }),
    ("Closed", || {
        socket(0, |rig, _| {
            rig.begins_to_close(ms(1000));
            rig.obeys();
        })
    }),
];

const SOCKET_EVENTS: &[Named<Event>] = &[
    ("add_dialer", |rig, _| format!("{:?}", rig.dialer())),
    ("add_listener", |rig, _| format!("{:?}", rig.listener())),
    ("remove_endpoint", |rig, cast| {
        rig.engine
            .remove_endpoint(cast.endpoint, &mut rig.world)
            .to_string()
    }),
    ("send", |rig, _| {
        let mut message = Some(Message::from("new"));
        format!(
            "{:?}",
            rig.engine.send(CtxId::MAIN, &mut message, &mut rig.world)
        )
    }),
    ("accepted", |rig, cast| {
        pipe_or_drop(rig.accepted(cast.endpoint))
    }),
    ("on_batch", |rig, cast| {
        match rig.arrives(cast.pipe, &["a"]).len() {
            0 => "taken".to_owned(),
            _ => "left".to_owned(),
        }
    }),
    ("on_writable", |rig, cast| {
        rig.engine.on_writable(cast.pipe, &mut rig.world);
        silence()
    }),
    ("pipe_ended, 1 unsent", |rig, cast| {
        rig.ended(cast.pipe, &EndReason::Local, &["unsent"]);
        silence()
    }),
    ("deadline", |rig, _| {
        rig.world.now = rig.engine.next_deadline().unwrap_or(rig.world.now);
        rig.engine.on_deadline(&mut rig.world);
        silence()
    }),
    ("begin_close, 2 s", |rig, _| {
        rig.begins_to_close(ms(2000));
        silence()
    }),
    ("begin_close, 0 s", |rig, _| {
        rig.begins_to_close(ms(0));
        silence()
    }),
];

fn socket_state(rig: &Rig, _: &Cast) -> String {
    let name = match rig.engine.core.phase {
        Phase::Open => "Open",
        Phase::Draining => "Draining",
        Phase::Emptying => "Emptying",
        Phase::Closing => "Closing",
        Phase::Finishing => "Finishing",
        Phase::Closed => "Closed",
    };
    let held = rig.engine.machine().held().messages;
    format!(
        "{name}, {held} held, {} unsent",
        rig.engine.close_report().unsent
    )
}

fn silence() -> String {
    "-".to_owned()
}

fn polls(on: bool) -> String {
    if on { "poll on" } else { "stop polling" }.to_owned()
}

fn pipe_or_drop(pipe: Option<PipeId>) -> String {
    pipe.map_or("drop it", |_| "a pipe").to_owned()
}

/// A command without its number: there is one endpoint and one pipe.
fn name(command: &Command) -> &'static str {
    match command {
        Command::Dial(_) => "Dial",
        Command::Abandon(_) => "Abandon",
        Command::Accept(_) => "Accept",
        Command::DropEndpoint(_) => "DropEndpoint",
        Command::DropConn(_) => "DropConn",
        Command::Resume(_) => "Resume",
        Command::End(_) => "End",
        Command::Finish(_) => "Finish",
        Command::HalfClose(_) => "HalfClose",
    }
}

fn print(
    title: &str,
    states: &[Named<Setup>],
    events: &[Named<Event>],
    state_of: fn(&Rig, &Cast) -> String,
) -> String {
    let mut table = format!("{title}\n");
    for (state, setup) in states {
        let (rig, cast) = setup();
        writeln!(table, "\n{state}: {}", state_of(&rig, &cast)).unwrap();
        for (event, report) in events {
            let (mut rig, cast) = setup();
            let answer = report(&mut rig, &cast);
            let next = state_of(&rig, &cast);
            let due = rig.due_in().map_or_else(silence, |due| format!("{due} ms"));
            let commands = rig.commands();
            let commands: Vec<_> = commands.iter().map(name).collect();
            let row = format!(
                "  {event:<24}  {answer:<13}  {next:<28}  {due:<8}  {}",
                commands.join(" ")
            );
            writeln!(table, "{}", row.trim_end()).unwrap();
        }
    }
    table
}

// rfc: sp-endpoint E-01 E-03 E-04 E-05 E-08 E-40 E-41 E-42
#[test]
fn the_tables_are_as_reviewed() {
    let columns = "each row: event, answer, state after it, next deadline, commands";
    let title = format!("The dialer (the number is the bound of its next wait); {columns}");
    let dialer = print(&title, DIALER_STATES, DIALER_EVENTS, dialer_state);
    let title = format!("The listener (the number is its failures in a row); {columns}");
    let listener = print(&title, LISTENER_STATES, LISTENER_EVENTS, listener_state);
    let title = format!("The socket, with a listener and a live pipe; {columns}");
    let socket = print(&title, SOCKET_STATES, SOCKET_EVENTS, socket_state);
    let printed = format!("{dialer}\n\n{listener}\n\n{socket}");
    if std::env::var_os("UPDATE_TABLE").is_some() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/src/engine/tests/table.txt");
        std::fs::write(path, &printed).unwrap();
        return;
    }
    for (number, (now, reviewed)) in printed.lines().zip(SNAPSHOT.lines()).enumerate() {
        assert_eq!(now, reviewed, "line {} of table.txt", number + 1);
    }
    assert_eq!(printed, SNAPSHOT);
}
