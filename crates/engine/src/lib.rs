//! The pure core of a scalability-protocol socket: endpoints, pipes, timers, buffers
