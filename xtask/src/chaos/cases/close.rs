//! Closing, whatever the peers do: it returns within its deadline, and leaves no thread and no
//! descriptor behind.

use std::thread;
use std::time::Duration;

use anyhow::Result;

use super::AT_ONCE;
use crate::chaos::bench::{ANYWHERE, Bench};
use crate::chaos::patience::{LIMIT, until};
use crate::chaos::peer::Peer;
use crate::chaos::report::{Report, wide};
use crate::chaos::stranger::{PAIR, PULL, Stranger, listener};

/// The linger time that is set.
const LINGER: Duration = Duration::from_millis(200);
/// Ten times that, for machines that are busy.
const LINGER_BOUND: Duration = Duration::from_secs(2);
/// Ten times the linger time of a socket that sets none.
const FLOOD_BOUND: Duration = Duration::from_secs(10);

/// A peer took the connection, and reads nothing.
pub(crate) fn unread(bench: &Bench, report: &mut Report) -> Result<()> {
    let (listener, address) = listener()?;
    let options = format!("--linger-ms {} --timeout-ms 100", LINGER.as_millis());
    let mut push = bench.serve(&format!("push --connect {address} {options}"))?;
    let mut stranger = Stranger::accepts(&listener)?;
    stranger.greets(PULL)?;
    push.until_stat("connected", 1)?;
    // It ends with a time-out: every buffer is full.
    let full = push.ask("send 100000 4096");
    anyhow::ensure!(full.is_err(), "the buffers took 400 MB");
    let closed = closes(&mut push, LINGER_BOUND, report)?;
    report.at_least("messages reported as unsent", wide(closed), 1.0, "");
    leaves_nothing(&mut push, 0, report)?;
    push.ends()
}

/// Many peers send without an end.
pub(crate) fn flooded(bench: &Bench, report: &mut Report) -> Result<()> {
    let peers = bench.pick(200, 2_000);
    let mut pull = bench.serve(&format!("pull --bind {ANYWHERE}"))?;
    let address = pull.address()?.to_owned();
    let mut push = bench.serve(&format!("push --connect {address} --dialers {peers}"))?;
    pull.until_stat("pipes", peers)?;
    pull.ask("drain")?;
    push.ask("stream 1024")?;
    pull.until_received(10_000)?;
    report.note("peers", wide(peers), "");
    closes(&mut pull, FLOOD_BOUND, report)?;
    leaves_nothing(&mut pull, 0, report)?;
    pull.ends()?;
    push.ask("halt")?;
    push.kill();
    Ok(())
}

/// Messages went both ways, so that closing waits for the peer to end; it does not.
pub(crate) fn endless(bench: &Bench, report: &mut Report) -> Result<()> {
    let options = format!("--linger-ms {}", LINGER.as_millis());
    let mut pair = bench.serve(&format!("pair --bind {ANYWHERE} {options}"))?;
    let mut stranger = Stranger::connects(pair.port()?)?;
    stranger.greets(PAIR)?;
    stranger.sends_message(b"first of many")?;
    pair.ask("recv 1")?;
    pair.ask("send 1 64")?;
    pair.ask("drain")?;
    // It ends when the connection does.
    let flood = thread::spawn(move || while stranger.sends_message(&[0; 1024]).is_ok() {});
    pair.until_received(1_000)?;
    closes(&mut pair, LINGER_BOUND, report)?;
    let over = || Ok(flood.is_finished());
    until("the connection has ended", LIMIT, over)?;
    leaves_nothing(&mut pair, 0, report)?;
    pair.ends()
}

/// One handshake was begun by us, and one by a peer; neither ends.
pub(crate) fn shaking(bench: &Bench, report: &mut Report) -> Result<()> {
    let (listener, address) = listener()?;
    let mut push = bench.serve(&format!("push --connect {address} --bind {ANYWHERE}"))?;
    let mut dialed = Stranger::accepts(&listener)?;
    dialed.is_greeted()?;
    let mut accepted = Stranger::connects(push.port()?)?;
    accepted.is_greeted()?;
    closes(&mut push, AT_ONCE, report)?;
    dialed.until_dropped()?;
    accepted.until_dropped()?;
    leaves_nothing(&mut push, 0, report)?;
    push.ends()
}

/// A look-up was begun that never answers. Its thread is the system's.
pub(crate) fn looking_up(bench: &Bench, report: &mut Report) -> Result<()> {
    let names = "--connect tcp://nowhere.example:1 --names-hang";
    let mut push = bench.serve(&format!("push {names}"))?;
    closes(&mut push, AT_ONCE, report)?;
    leaves_nothing(&mut push, 1, report)?;
    push.ends()
}

/// Closes the socket; says how many messages were reported as unsent.
fn closes(peer: &mut Peer, bound: Duration, report: &mut Report) -> Result<u64> {
    let closed = peer.ask("close")?;
    let took = Duration::from_millis(closed.count("took_ms")?);
    report.within("closing took", took, bound);
    closed.count("unsent")
}

/// Compares threads and descriptors with those before the socket was opened, as the process
/// itself counts them. `held` threads are in a look-up that the system does not give back.
fn leaves_nothing(peer: &mut Peer, held: u64, report: &mut Report) -> Result<()> {
    for (key, more) in [("threads", held), ("fds", 0)] {
        let before = peer.before()?.count(key)?;
        report.note(&format!("{key} before opening"), wide(before), "");
        let read = || peer.ask("census")?.count(key);
        report.settles(
            &format!("{key} after closing"),
            before + more,
            AT_ONCE * 10,
            read,
        )?;
    }
    Ok(())
}
