//! Row 78: many clients lose their server together. They come back soon after it, and not all at
//! one moment.

use std::time::{Duration, Instant};

use anyhow::Result;

use crate::chaos::bench::{ANYWHERE, Bench};
use crate::chaos::patience::{LIMIT, until};
use crate::chaos::peer::Peer;
use crate::chaos::report::{Report, wide};

/// Processes that the clients are in.
const PROCESSES: u64 = 4;
/// Clients of one process.
const EACH: u64 = 125;
/// All clients.
const CLIENTS: u64 = PROCESSES * EACH;
/// How long the server is gone: long enough for the waits to grow.
const AWAY: Duration = Duration::from_secs(2);
/// When all have to be back.
const BACK: Duration = Duration::from_secs(5);
/// In which the most connections are looked for.
const WINDOW: Duration = Duration::from_millis(100);

/// The server is killed and comes back.
pub(crate) fn server_lost(bench: &Bench, report: &mut Report) -> Result<()> {
    let mut server = bench.serve(&format!("pull --bind {ANYWHERE}"))?;
    let address = server.address()?.to_owned();
    let words = format!("push --connect {address} --dialers {EACH} --reconnect-ms 100 2000");
    let mut clients: Vec<Peer> = (0..PROCESSES)
        .map(|_| bench.serve(&words))
        .collect::<Result<_>>()?;
    server.until_stat("pipes", CLIENTS)?;
    server.kill();
    std::thread::sleep(AWAY);
    let mut server = bench.serve(&format!("pull --bind {address}"))?;
    let started = Instant::now();
    let mut seen = Vec::new();
    until("all clients are back", LIMIT, || {
        let accepted = server.stat("accepted")?;
        seen.push((started.elapsed(), accepted));
        Ok(server.stat("pipes")? >= CLIENTS)
    })?;
    report.within("all clients are back after", started.elapsed(), BACK);
    report.note("the most connections in 100 ms", wide(peak(&seen)), "");
    for client in &mut clients {
        client.ask("send 1 64")?;
    }
    server.ask("drain")?;
    server.until_received(PROCESSES)?;
    for client in clients {
        client.ends()?;
    }
    server.ends()
}

/// The most that a count grew by within the window, between looks at it.
pub(crate) fn peak(seen: &[(Duration, u64)]) -> u64 {
    let growth = |(from, (at, count)): (usize, &(Duration, u64))| {
        seen.iter()
            .skip(from)
            .take_while(|(later, _)| later.saturating_sub(*at) <= WINDOW)
            .last()
            .map_or(0, |(_, later)| later - count)
    };
    seen.iter().enumerate().map(growth).max().unwrap_or(0)
}
