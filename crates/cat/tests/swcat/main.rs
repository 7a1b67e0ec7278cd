//! `swcat` as a script runs it: command lines, what they print, and how they end. Nothing here
//! knows how it is built. See `rfc/sp-swcat.md`.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod ends;
mod exchanges;
mod formats;
mod reports;
mod stage;
mod stand_in;
