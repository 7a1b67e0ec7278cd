//! Devices over real sockets: what they pass on and what not, how hops are counted, how they end.
//! Obeys `rfc/sp-device.md`.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

mod ending;
mod fitting;
mod hops;
mod messages;
mod passing;
mod requests;
mod stage;
mod stub;
