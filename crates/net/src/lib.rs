//! TCP addresses, dialing, listening and socket options for transports over TCP
