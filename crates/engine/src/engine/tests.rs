//! The engine's rules as transcripts on virtual time, the state tables as a snapshot, and scripts
//! of events in any order.

mod accepting;
mod admission;
mod approval;
mod closing;
mod counting;
mod dialing;
mod draining;
mod events;
mod messages;
mod pipes;
mod priorities;
mod rig;
mod scripts;
mod table;
