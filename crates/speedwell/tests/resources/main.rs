//! What silent and boastful peers cost, and very many sockets: descriptors, memory and time of this
//! very process, which is why each of these tests has a process of its own.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

mod crowds;
mod pairs;
mod process;
#[path = "../sockets/raw_peer.rs"]
#[allow(dead_code, reason = "other tests say and hear more")]
mod raw_peer;
#[path = "../sockets/watch.rs"]
mod watch;
