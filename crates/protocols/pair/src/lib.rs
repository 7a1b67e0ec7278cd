//! PAIR: one peer, both ways
