//! tcp:// pipes
