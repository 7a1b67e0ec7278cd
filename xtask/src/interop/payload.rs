//! What a body looks like, and how a receiver's output is compared with it.
//!
//! The other programs print each message with `--msgpack`: a type octet, a length and the
//! body as it is. It is the one form of theirs that is exact and says where a message ends.

use anyhow::{Result, bail};

/// A body of `octets` octets, as `speedwell-peer` makes it: each is its place modulo 251.
pub(crate) fn body(octets: usize) -> Vec<u8> {
    (0..=250).cycle().take(octets).collect()
}

/// The 64-bit FNV-1a hash of `body`.
pub(crate) fn fnv1a64(body: &[u8]) -> u64 {
    body.iter().fold(0xcbf2_9ce4_8422_2325, |hash, octet| {
        (hash ^ u64::from(*octet)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

/// The line `speedwell-peer` prints for a message with this body.
pub(crate) fn receipt(body: &[u8]) -> String {
    format!("recv {} {:016x}", body.len(), fnv1a64(body))
}

/// Takes the first message off `output`; `None` while it is not all there.
pub(crate) fn take_message(output: &mut Vec<u8>) -> Result<Option<Vec<u8>>> {
    let (start, len) = match *output.as_slice() {
        [] => return Ok(None),
        [0xc4, len, ..] => (2, usize::from(len)),
        [0xc5, a, b, ..] => (3, usize::from(u16::from_be_bytes([a, b]))),
        [0xc6, a, b, c, d, ..] => (5, usize::try_from(u32::from_be_bytes([a, b, c, d]))?),
        [0xc4..=0xc6, ..] => return Ok(None),
        [other, ..] => bail!("its output starts with {other:#04x}, which is no message"),
    };
    if output.len() < start + len {
        return Ok(None);
    }
    let rest = output.split_off(start + len);
    let mut message = std::mem::replace(output, rest);
    Ok(Some(message.split_off(start)))
}

/// Compares what arrived with what was sent.
pub(crate) fn compare(received: &[u8], sent: &[u8]) -> Result<()> {
    if received.len() != sent.len() {
        bail!(
            "a body of {} octets arrived, not {}",
            received.len(),
            sent.len()
        );
    }
    if let Some(at) = received.iter().zip(sent).position(|(a, b)| a != b) {
        bail!("the body differs from octet {at} on");
    }
    Ok(())
}
