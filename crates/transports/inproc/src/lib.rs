#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod conn;
mod default_names;
mod dialer;
mod inproc;
mod lane;
mod listener;
mod names;
mod receiver;
mod sender;
mod session;
mod sync;

pub use inproc::Inproc;
pub use lane::{CAPACITY_RETAINED_MAX, MESSAGE_COST};
pub use names::{BACKLOG_MAX, Names};
