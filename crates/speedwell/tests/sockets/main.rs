//! Sockets of the facade on this machine's own network: what they promise to applications, and
//! what they do when others misbehave. A test is named after its row in the list of faults.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

mod addresses;
mod answering;
mod approving;
mod asking;
mod back_pressure;
mod closing;
mod contexts;
mod counting;
mod draining;
mod events;
mod freeing;
mod hops;
mod inproc;
mod options;
mod overflow;
mod pairing;
mod peers;
mod priorities;
mod publishing;
mod raw_peer;
mod sharing;
mod sizes;
mod strangers;
mod waiting;
mod watch;
