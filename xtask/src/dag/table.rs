//! Who may use whom: the picture of the architecture page as one table.
//!
//! A new crate is a new row; a new edge is a new name in a row, and a commit of its own that
//! says why. The order is the order of the floors, from the ground up.

use Room::{
    Bridge, Contract, Driver, Facade, Ground, Protocol, Simulator, Tool, Transport, User, Workshop,
};

/// Which part of the house a crate lives in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Room {
    /// What everyone may speak of.
    Ground,
    /// What implementers promise.
    Contract,
    /// What implementers and drivers are built from.
    Workshop,
    /// The wing that owns threads and clocks.
    Driver,
    /// The wing of transports.
    Transport,
    /// The wing of protocols.
    Protocol,
    /// What joins sockets, and knows no protocol and no transport.
    Bridge,
    /// What applications use.
    Facade,
    /// The other driver, on a virtual clock; beside the facade.
    Simulator,
    /// What is built from the facade.
    User,
    /// What is never published.
    Tool,
}

/// One crate and the workspace crates it may use.
#[derive(Debug)]
pub(crate) struct Row {
    /// Where it lives.
    pub(crate) room: Room,
    /// Its name.
    pub(crate) name: &'static str,
    /// What it may use, tests and examples apart.
    pub(crate) may_use: &'static [&'static str],
}

const fn row(room: Room, name: &'static str, may_use: &'static [&'static str]) -> Row {
    Row {
        room,
        name,
        may_use,
    }
}

const MESSAGE: &str = "speedwell-message";
const WIRE: &str = "speedwell-wire";
const TRIE: &str = "speedwell-trie";
const PROTOCOL: &str = "speedwell-protocol";
const TRANSPORT: &str = "speedwell-transport";
const ENGINE: &str = "speedwell-engine";
const NET: &str = "speedwell-net";
const OS: &str = "speedwell-os";
const PIPESET: &str = "speedwell-pipeset";
const STREAM: &str = "speedwell-stream";
pub(crate) const TESTKIT: &str = "speedwell-testkit";
const SOCKET: &str = "speedwell-socket";
const DEVICE: &str = "speedwell-device";
pub(crate) const FACADE: &str = "speedwell";
pub(crate) const SIM: &str = "speedwell-sim";

/// Who may use whom.
#[rustfmt::skip]
pub(crate) const TABLE: &[Row] = &[
    row(Ground,    MESSAGE,   &[]),
    row(Ground,    WIRE,      &[]),
    row(Ground,    TRIE,      &[]),

    row(Contract,  PROTOCOL,  &[MESSAGE]),
    row(Contract,  TRANSPORT, &[MESSAGE]),

    row(Workshop,  ENGINE,    &[MESSAGE, PROTOCOL, TRANSPORT]),
    row(Workshop,  OS,        &[TRANSPORT]),
    row(Workshop,  NET,       &[OS, TRANSPORT]),
    row(Workshop,  STREAM,    &[MESSAGE, TRANSPORT, WIRE]),
    row(Workshop,  PIPESET,   &[MESSAGE, PROTOCOL, WIRE]),
    row(Workshop,  TESTKIT,   &[MESSAGE, PROTOCOL, TRANSPORT]),

    row(Driver,    SOCKET,    &[ENGINE, MESSAGE, OS, PROTOCOL, TRANSPORT]),

    row(Transport, "speedwell-inproc", &[MESSAGE, TRANSPORT]),
    row(Transport, "speedwell-shm",    &[MESSAGE, TRANSPORT]),
    row(Transport, "speedwell-ipc",    &[OS, STREAM, TRANSPORT]),
    row(Transport, "speedwell-tcp",    &[NET, STREAM, TRANSPORT]),
    row(Transport, "speedwell-tls",    &[NET, STREAM, TRANSPORT]),
    row(Transport, "speedwell-ws",     &[MESSAGE, NET, STREAM, TRANSPORT]),

    row(Protocol,  "speedwell-pair",     &[MESSAGE, PIPESET, PROTOCOL, WIRE]),
    row(Protocol,  "speedwell-pipeline", &[MESSAGE, PIPESET, PROTOCOL]),
    row(Protocol,  "speedwell-pubsub",   &[MESSAGE, PIPESET, PROTOCOL, TRIE]),
    row(Protocol,  "speedwell-reqrep",   &[MESSAGE, PIPESET, PROTOCOL, WIRE]),
    row(Protocol,  "speedwell-survey",   &[MESSAGE, PIPESET, PROTOCOL, WIRE]),
    row(Protocol,  "speedwell-bus",      &[MESSAGE, PIPESET, PROTOCOL]),

    row(Bridge,    DEVICE,    &[PROTOCOL, SOCKET]),

    row(Facade,    FACADE,    &[
        MESSAGE, PROTOCOL, TRANSPORT, SOCKET, DEVICE,
        "speedwell-inproc", "speedwell-shm", "speedwell-ipc", "speedwell-tcp", "speedwell-tls",
        "speedwell-ws",
        "speedwell-pair", "speedwell-pipeline", "speedwell-pubsub", "speedwell-reqrep",
        "speedwell-survey", "speedwell-bus",
    ]),
    row(Simulator, SIM,       &[
        MESSAGE, PROTOCOL, TRANSPORT, ENGINE, STREAM, TESTKIT,
        "speedwell-inproc",
        "speedwell-pair", "speedwell-pipeline", "speedwell-pubsub", "speedwell-reqrep",
        "speedwell-survey", "speedwell-bus",
    ]),

    row(User,      "speedwell-cat",         &[FACADE]),
    row(User,      "speedwell-capi",        &[OS, FACADE]),
    row(Tool,      "xtask",                 &[TESTKIT]),
    row(Tool,      "speedwell-xtask-peers", &[FACADE, TESTKIT]),
    row(Tool,      "speedwell-benches",     &[FACADE, TESTKIT]),
    row(Tool,      "speedwell-fuzz",        &[FACADE, TESTKIT]),
];

/// The row of the crate `name`.
pub(crate) fn find(name: &str) -> Option<&'static Row> {
    TABLE.iter().find(|row| row.name == name)
}

/// What the crates of this room may use from the registry; `None` where that is open.
pub(crate) fn registry_limit(name: &str) -> Option<&'static [&'static str]> {
    match name {
        MESSAGE => Some(&["bytes", "smallvec"]),
        WIRE | TRIE => Some(&[]),
        _ => None,
    }
}

/// What a third-party transport or protocol may use, its tests apart.
pub(crate) const FOR_STRANGERS: &[&str] = &[MESSAGE, PROTOCOL, TRANSPORT, STREAM, PIPESET];

/// The crates that neither a transport nor what it is built from may see.
pub(crate) fn speaks_of_protocols(name: &str) -> bool {
    name == PROTOCOL || name == PIPESET || find(name).is_some_and(|row| row.room == Protocol)
}

/// The crates that the engine may not see: everything that can be plugged in.
pub(crate) fn is_plug_in(name: &str) -> bool {
    let wing = |row: &Row| matches!(row.room, Driver | Transport | Protocol);
    [STREAM, NET, OS, PIPESET].contains(&name) || find(name).is_some_and(wing)
}

/// The engine's name.
pub(crate) fn is_engine(name: &str) -> bool {
    name == ENGINE
}

/// The workshops that transports are built from, and the contract they keep.
pub(crate) fn serves_transports(name: &str) -> bool {
    [TRANSPORT, STREAM, NET, OS].contains(&name)
}
