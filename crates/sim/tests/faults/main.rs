//! Rows of the catalogue of faults, each on the virtual clock and with its exact bound. See
//! `rfc/sp-simulation.md` section 8.

mod circles;
mod clocks;
mod connections;
mod consumers;
mod crowds;
mod handshakes;
mod networks;
mod requests;
mod stage;
