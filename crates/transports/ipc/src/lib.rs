#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]
#![cfg(unix)]

mod acceptor;
mod binding;
mod bound;
mod claim;
mod connector;
mod ipc;
mod name;
mod options;
mod socket;

#[cfg(any(target_os = "linux", target_os = "android"))]
pub use ipc::Abstract;
pub use ipc::Ipc;
pub use options::IpcOptions;
