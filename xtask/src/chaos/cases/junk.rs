//! Rows 3 and 4: octets that are not ours. Such a connection is dropped at once and counted.

use std::time::Duration;

use anyhow::Result;

use super::{AT_ONCE, Pair};
use crate::chaos::bench::Bench;
use crate::chaos::report::Report;
use crate::chaos::stranger::Stranger;

/// What others say first.
const FIRST_OCTETS: &[(&str, &[u8])] = &[
    ("HTTP", b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"),
    ("TLS", b"\x16\x03\x01\x00\xf4\x01\x00\x00\xf0\x03\x03"),
    (
        "ZMTP",
        b"\xff\x00\x00\x00\x00\x00\x00\x00\x01\x7f\x03\x00NULL",
    ),
    ("SSH", b"SSH-2.0-OpenSSH_9.6\r\n"),
];

/// The most random octets of one connection.
const OCTETS_MAX: u64 = 64;

/// Row 4. The deadline of the handshake is five seconds, so it is not what ends these.
pub(crate) fn other_protocols(bench: &Bench, report: &mut Report) -> Result<()> {
    let mut pair = Pair::new(bench, "")?;
    for (name, octets) in FIRST_OCTETS {
        let mut stranger = Stranger::connects(pair.port()?)?;
        stranger.sends(octets)?;
        let took = stranger.until_dropped()?;
        report.within(&format!("{name} is dropped after"), took, AT_ONCE);
    }
    let count = u64::try_from(FIRST_OCTETS.len())?;
    pair.pull.until_stat("handshake_errors", count)?;
    let errors = pair.pull.stat("handshake_errors")?;
    report.exactly("handshakes that failed", errors, count);
    pair.returns_to_base(report)
}

/// Row 3.
pub(crate) fn random(bench: &Bench, report: &mut Report) -> Result<()> {
    let mut pair = Pair::new(bench, "")?;
    let count = bench.pick(100, 5_000);
    let seed = seed();
    report.remark(format!("seed {seed}"));
    let mut random = seed;
    for _ in 0..count {
        let octets: Vec<u8> = (0..draw(&mut random) % (OCTETS_MAX + 1))
            .map(|_| draw(&mut random).to_le_bytes()[0])
            .collect();
        Stranger::connects(pair.port()?)?.tries(&octets);
    }
    pair.pull.until_stat("handshake_errors", count)?;
    let stats = pair.pull.ask("stats")?;
    let errors = stats.count("handshake_errors")?;
    report.exactly("handshakes that failed", errors, count);
    report.exactly("peers accepted, the good one", stats.count("accepted")?, 1);
    pair.returns_to_base(report)
}

/// Another seed for each run; it is printed.
fn seed() -> u64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    u64::from(now.unwrap_or(Duration::ZERO).subsec_nanos())
}

/// The next of a row of numbers that look random: splitmix64.
fn draw(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut word = *state;
    word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    word ^ (word >> 31)
}
