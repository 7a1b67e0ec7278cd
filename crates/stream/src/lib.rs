//! Any byte stream becomes a scalability-protocol pipe
