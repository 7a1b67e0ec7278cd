//! inproc:// pipes inside one process
