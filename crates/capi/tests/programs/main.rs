//! Programs of other languages against the library, as their authors would build and run them: C,
//! C++ and Python, and nanomsg's own library beside it. See `rfc/sp-capi.md`.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

mod exports;
mod memory;
mod plugins;
mod rows;
mod stage;
