//! The operating system's part: poll set, event latch, doorbell
