//! Sockets under schedules that `shuttle` draws: the whole driver, the transport inside a process
//! and the protocols' own machines, where threads do whatever an application can while another one
//! closes. A wait that nobody ends is a deadlock, which the checker reports.
//! Runs with `--cfg shuttle` only; `cargo xtask test` does that.
#![cfg(shuttle)]
#![allow(clippy::unwrap_used, reason = "tests")]

mod accounting;
mod calls;
mod closing;
mod exchanges;
mod stage;
