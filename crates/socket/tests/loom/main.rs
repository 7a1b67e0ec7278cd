//! The concurrent parts of the driver under every interleaving that `loom` finds: its own sources,
//! compiled once more with loom's primitives, and a socket around them that has just enough of one.
//! Runs with `--cfg loom` only; `cargo xtask test` does that.
#![cfg(loom)]
#![allow(clippy::unwrap_used, dead_code, unreachable_pub, reason = "tests")]

#[path = "../../src/bell.rs"]
mod bell;
mod hub;
#[path = "../../src/line.rs"]
mod line;
mod lines;
mod pipe;
mod reactor;
#[path = "../../src/rung.rs"]
mod rung;
mod socket;
mod sync;
mod turn;
#[path = "../../src/waker_cell.rs"]
mod waker_cell;
mod wakers;
mod writing;

/// Every interleaving with at most so many switches away from a thread that could have gone on:
/// for models with so many threads that all of them would take hours. Lost wake-ups need one or
/// two.
fn with_preemptions(most: usize, model: impl Fn() + Sync + Send + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(most);
    builder.check(model);
}
