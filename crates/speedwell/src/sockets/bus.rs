//! The sockets of BUS. See `rfc/sp-bus.md`.

use super::{overflow, socket};

socket! {
    /// Sends each message to all of its peers, and receives theirs.
    ///
    /// ```
    /// let (left, right) = (speedwell::Bus::new()?, speedwell::Bus::new()?);
    /// left.bind("inproc://a village")?;
    /// right.connect("inproc://a village")?;
    /// while left.pipes() + right.pipes() < 2 {
    ///     std::thread::yield_now();
    /// }
    /// left.send("rain")?;
    /// assert_eq!(right.recv()?.body(), b"rain");
    /// # Ok::<(), speedwell::Error>(())
    /// ```
    Bus, speedwell_bus::Bus
}

socket! {
    /// BUS for devices. The header of what it receives names the pipe it came on; sent with that
    /// header, a message goes to all others.
    RawBus, speedwell_bus::RawBus
}

overflow!(Bus);
overflow!(RawBus);
