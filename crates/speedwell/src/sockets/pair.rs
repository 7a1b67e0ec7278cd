//! PAIR, for applications and for devices. No logic. See `rfc/sp-pair.md`.

use super::socket;

socket! {
    /// One peer, both ways.
    ///
    /// ```
    /// let (left, right) = (speedwell::Pair::new()?, speedwell::Pair::new()?);
    /// left.connect("inproc://a pair of rooms")?;
    /// right.bind("inproc://a pair of rooms")?;
    /// left.send("knock")?;
    /// assert_eq!(right.recv()?.body(), b"knock");
    /// # Ok::<(), speedwell::Error>(())
    /// ```
    Pair, speedwell_pair::Pair
}

socket! {
    /// PAIR whose headers are the application's.
    RawPair, speedwell_pair::RawPair
}
