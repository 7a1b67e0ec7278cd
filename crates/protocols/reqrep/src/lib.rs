#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod raw_rep;
mod raw_req;
mod rep;
mod req;
mod requests;
#[cfg(test)]
mod table;

pub use raw_rep::RawRep;
pub use raw_req::RawReq;
pub use rep::Rep;
pub use req::{RESEND_DEFAULT, RESEND_MIN, Req};
pub use requests::TTL_DEFAULT;
