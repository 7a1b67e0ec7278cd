//! PAIR, both versions, for applications and for devices. No logic. See `rfc/sp-pair.md`.

use super::{socket, ttl};

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

socket! {
    /// PAIR, version 1: as [`Pair`], but it counts the devices between. It links to sockets of
    /// version 1 alone.
    ///
    /// ```
    /// let (left, right) = (speedwell::Pair1::new()?, speedwell::Pair1::new()?);
    /// left.connect("inproc://two rooms and a corridor")?;
    /// right.bind("inproc://two rooms and a corridor")?;
    /// left.send("knock")?;
    /// assert_eq!(right.recv()?.body(), b"knock");
    /// # Ok::<(), speedwell::Error>(())
    /// ```
    Pair1, speedwell_pair::Pair1
}

socket! {
    /// PAIR, version 1, for devices. A header is the count of hops so far; what was received can
    /// be sent as it is.
    RawPair1, speedwell_pair::RawPair1
}

ttl!(Pair1);
ttl!(RawPair1);
