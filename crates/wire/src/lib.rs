//! The scalability protocols on the wire: greeting, lengths and header words
