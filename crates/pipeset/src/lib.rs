#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod addressed;
mod answerer;
mod assembly;
mod backlog;
mod distribute;
mod exclusive;
mod fair_queue;
mod load_balance;
mod mode;
mod overflow;
mod pipe_map;
mod raw_answerer;
mod request_ids;
mod requests;
mod sift;
mod spare;
mod turns;

pub use addressed::Addressed;
pub use answerer::{Answerer, Answers};
pub use assembly::{Assembly, Speech};
pub use backlog::Backlog;
pub use distribute::Distribute;
pub use exclusive::Exclusive;
pub use fair_queue::{DEPARTED_MAX, FairQueue};
pub use load_balance::LoadBalance;
pub use mode::{Cooked, Mode, Raw};
pub use overflow::{HELD_MESSAGES_MAX, HELD_OCTETS_MAX, Overflow};
pub use raw_answerer::RawAnswerer;
pub use request_ids::{RequestIds, take_request_id};
pub use requests::TTL_DEFAULT;
pub use sift::sift;
pub use spare::SPARE_MESSAGES_MAX;
