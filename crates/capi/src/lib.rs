#![doc = include_str!("../README.md")]
#![cfg(unix)]
#![allow(
    unsafe_code,
    reason = "the memory of C programs, which only they know, and the names they call us by"
)]

mod address;
mod bell;
mod boundary;
mod buffers;
mod control;
mod device;
mod draining;
mod errno;
mod events;
mod exchange;
mod exports;
mod fault;
mod given;
mod handle;
mod handles;
mod layout;
mod memory;
mod options;
mod own_options;
mod places;
mod polling;
mod recent;
mod role;
mod statistics;
mod symbols;
mod table;
mod transfer;
mod waiting;
