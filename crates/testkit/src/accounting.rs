//! The accounting of messages: every one that was accepted is delivered once, reported, or excused
//! by a connection or a process that is gone. Never trusts what it judges: it joins the logs of
//! both ends. See `rfc/sp-simulation.md` section 4.

mod body;
mod checker;
mod event;
mod exchanges;
mod ledger;
mod spreads;
mod violation;

pub use body::{STAMP_LEN, TOPIC_LEN, answer, body, print_of, question_of, stamp_of, topic_of};
pub use checker::{Account, Rules, check};
pub use event::{Event, LinkId, PartyId, Stamp};
pub use exchanges::check_exchanges;
pub use spreads::{Wants, check_spreads};
pub use violation::Violation;

#[cfg(test)]
mod tests;
