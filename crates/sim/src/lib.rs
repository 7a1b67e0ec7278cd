//! The simulator: engine, protocols and streams on a virtual clock
