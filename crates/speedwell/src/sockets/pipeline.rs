//! PUSH and PULL, for applications and for devices. No logic. See `rfc/sp-pipeline.md`.

use super::socket;

socket! {
    /// Hands each message to one of its peers. It has no `recv`:
    ///
    /// ```compile_fail,E0599
    /// speedwell::Push::new().unwrap().recv();
    /// ```
    Push, speedwell_pipeline::Push
}

socket! {
    /// PUSH whose headers are the application's.
    RawPush, speedwell_pipeline::RawPush
}

socket! {
    /// Takes messages from its peers in turn. It has no `send`:
    ///
    /// ```compile_fail,E0599
    /// speedwell::Pull::new().unwrap().send("no");
    /// ```
    Pull, speedwell_pipeline::Pull
}

socket! {
    /// PULL that shows headers.
    RawPull, speedwell_pipeline::RawPull
}
