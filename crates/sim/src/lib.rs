#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod application;
mod bench;
mod campaign;
mod journal;
mod memory;
mod plan;
mod simulation;
mod socket;

pub use application::{Answers, Job, Passing, Questions, Script, TOPICS, Wishes};
pub use bench::Bench;
pub use campaign::{Campaign, Failure, Tally};
pub use journal::{Journal, Trace};
pub use memory::Memory;
pub use plan::{Ending, EndpointPlan, Fault, Plan, ProcessPlan, Role, Way, WorldName};
pub use simulation::{Outcome, run, run_plan};
pub use socket::{Carrier, Draws, Form, Place, SimSocket, SocketSetup};
