#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod raw_req;
mod rep;
mod req;

pub use raw_req::RawReq;
pub use rep::{AnswersRequests, RawRep, Rep};
pub use req::{RESEND_DEFAULT, RESEND_MIN, Req};
pub use speedwell_pipeset::TTL_DEFAULT;
