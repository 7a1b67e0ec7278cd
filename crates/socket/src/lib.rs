//! Sockets of the scalability protocols: the real driver of the engine
