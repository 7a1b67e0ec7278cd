//! The whole way: sockets of the facade over a transport that it has never heard of.
#![cfg(unix)]

use speedwell::{Pull, Push, Transports};
use wormhole::Wormhole;

#[test]
fn a_message_goes_through_a_wormhole() -> Result<(), Box<dyn std::error::Error>> {
    let transports = Transports::default().with(Wormhole::new());
    let pull = Pull::with_transports(&transports)?;
    let endpoint = pull.bind("wormhole://x")?;
    let push = Push::with_transports(&transports)?;
    push.connect(endpoint.address())?;
    push.send("hello")?;
    assert_eq!(pull.recv()?.body(), b"hello");
    Ok(())
}
