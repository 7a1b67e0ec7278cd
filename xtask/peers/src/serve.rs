//! The role of chaos: a socket that lives until it is told to close, and obeys lines.
//!
//! Each line of standard input is answered by one line of `word key=value ...`. Faults are done
//! to this process from outside; it does none to itself. See `xtask/src/chaos.rs`.

mod census;
mod command;
mod kind;
mod settings;
mod traffic;

use std::io::BufRead;
use std::time::Instant;

use anyhow::{Context, Result};
use speedwell::{AnySocket, DropCause};

use crate::say;
use command::Command;
pub(crate) use settings::Settings;
use traffic::Traffic;

/// Opens a socket, says `ready`, and obeys until standard input ends.
pub(crate) fn run(settings: &Settings) -> Result<()> {
    say(&format!("before {}", census::line()))?;
    let mut server = match begin(settings) {
        Ok(traffic) => Some(traffic),
        Err(error) => {
            say(&format!("refused {}", kind_of(&error)))?;
            return Err(error);
        }
    };
    say("ready")?;
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        let answer = Command::parse(&line).and_then(|command| obey(&mut server, command));
        say(&answer.unwrap_or_else(|error| format!("error {error:#}")))?;
    }
    Ok(())
}

/// Opens the socket and its endpoints.
fn begin(settings: &Settings) -> Result<Traffic> {
    let traffic = Traffic::new(settings)?;
    for address in &settings.bind {
        say(&bind(traffic.socket(), address)?)?;
    }
    for address in &settings.connect {
        connect(traffic.socket(), address, settings.dialers)?;
    }
    Ok(traffic)
}

/// The kind of an error of the library, and after a slash that of its transport.
fn kind_of(error: &anyhow::Error) -> String {
    match error.downcast_ref::<speedwell::Error>() {
        None => "Other".to_owned(),
        Some(error) => match error.transport() {
            None => format!("{:?}", error.kind()),
            Some(transport) => format!("{:?}/{:?}", error.kind(), transport.kind()),
        },
    }
}

fn obey(server: &mut Option<Traffic>, command: Command) -> Result<String> {
    match command {
        Command::Stats => Ok(stats(open(server)?.socket())),
        Command::Census => Ok(format!("census {}", census::line())),
        Command::Bind(address) => bind(open(server)?.socket(), &address),
        Command::Connect { address, dialers } => {
            connect(open(server)?.socket(), &address, dialers)?;
            Ok("connecting".to_owned())
        }
        Command::Send { count, size } => Ok(format!("sent {}", open(server)?.send(count, size)?)),
        Command::Recv { count } => Ok(format!("received {}", open(server)?.recv(count)?)),
        Command::Stream { size } => {
            open(server)?.stream(size);
            Ok("streaming".to_owned())
        }
        Command::Drain => {
            open(server)?.drain();
            Ok("draining".to_owned())
        }
        Command::Ask { size } => {
            open(server)?.ask(size);
            Ok("asking".to_owned())
        }
        Command::Echo => {
            open(server)?.echo();
            Ok("echoing".to_owned())
        }
        Command::Progress => Ok(format!("progress {}", open(server)?.tally())),
        Command::Halt => {
            let traffic = open(server)?;
            traffic.halt();
            Ok(format!("halted {}", traffic.tally()))
        }
        Command::Close => close(server.take().context("it is closed")?),
    }
}

fn open(server: &mut Option<Traffic>) -> Result<&mut Traffic> {
    server.as_mut().context("it is closed")
}

fn bind(socket: &AnySocket, address: &str) -> Result<String> {
    Ok(format!("bound {}", socket.bind(address)?.address()))
}

fn connect(socket: &AnySocket, address: &str, dialers: usize) -> Result<()> {
    (0..dialers).try_for_each(|_| Ok(socket.connect(address).map(drop)?))
}

fn close(traffic: Traffic) -> Result<String> {
    let socket = traffic.into_socket()?;
    let started = Instant::now();
    let report = socket.close();
    let took = started.elapsed().as_millis();
    Ok(format!(
        "closed took_ms={took} unsent={} unsent_octets={} cut={}",
        report.unsent, report.unsent_octets, report.cut
    ))
}

/// Every counter of the socket, and its live pipes.
fn stats(socket: &AnySocket) -> String {
    let stats = socket.stats();
    let dropped: u64 = DropCause::ALL
        .iter()
        .map(|cause| stats.dropped(*cause))
        .sum();
    let counters = [
        ("connected", stats.connected),
        ("accepted", stats.accepted),
        ("dial_errors", stats.dial_errors),
        ("accept_errors", stats.accept_errors),
        ("handshake_errors", stats.handshake_errors),
        ("wrong_protocol", stats.wrong_protocol),
        ("rejected", stats.rejected),
        ("over_limit", stats.over_limit),
        ("closed_by_peer", stats.closed_by_peer),
        ("broken", stats.broken),
        ("messages_out", stats.messages_out),
        ("messages_in", stats.messages_in),
        ("returned", stats.returned),
        ("cut", stats.cut),
        ("dropped", dropped),
        ("overflow", stats.dropped(DropCause::Overflow)),
        ("no_peer", stats.dropped(DropCause::NoPeer)),
        ("stale", stats.dropped(DropCause::Stale)),
    ];
    let mut line = format!("stats pipes={}", socket.pipes());
    for (name, count) in counters {
        line.push_str(&format!(" {name}={count}"));
    }
    line
}
