#![doc = include_str!("../README.md")]
#![allow(
    unsafe_code,
    reason = "the crate that keeps promises to the system, so that no other crate has to"
)]

mod accept;
mod connect;
mod credentials;
mod events;
mod fork;
#[cfg(unix)]
mod generations;
mod identity;
mod interfaces;
#[cfg(unix)]
mod latch;
mod own;
mod poll_set;
mod stream_socket;

pub use accept::poll_accept;
pub use connect::{Connecting, connect};
pub use credentials::peer_credentials;
pub use events::{EVENTS_MAX, Event, Events};
pub use fork::{PerProcess, generation, watch_forks};
pub use identity::{Lost, is_lost};
pub use interfaces::{InterfaceAddress, interface_addresses};
#[cfg(unix)]
pub use latch::Latch;
pub use own::Own;
pub use poll_set::{PollSet, Watch};
pub use stream_socket::{BufferSizes, StreamSocket, ask_for_buffers, buffer_sizes};
