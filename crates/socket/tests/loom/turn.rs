//! What is left to do after a call: here nothing.

#[derive(Debug, Default)]
pub(crate) struct Work;
