#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod raw_surveyor;
mod respondent;
mod surveyor;

pub use raw_surveyor::{RawSurveyor, Surveys};
pub use respondent::{AnswersSurveys, RawRespondent, Respondent};
pub use speedwell_pipeset::{Overflow, TTL_DEFAULT};
pub use surveyor::{DEADLINE_DEFAULT, DEADLINE_MIN, Surveyor};
