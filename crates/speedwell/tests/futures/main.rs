//! Sockets as futures: on two runtimes, on an executor written by hand, and among threads; and
//! what is left when a future is dropped.
#![allow(clippy::unwrap_used, reason = "tests")]

mod by_hand;
mod cancelled;
mod ending;
mod forgotten;
mod mixed;
mod raw_peer;
mod readying;
mod runtimes;
mod sweep;
mod wakers;
