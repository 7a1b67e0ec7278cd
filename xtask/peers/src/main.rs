//! Our side of interop and chaos as a process: says what it does on standard output, a line each.
//!
//! Uses the facade as any application does. See `CONTRIBUTING.md`.

mod device;
mod exchange;
mod serve;

use std::io::Write;

use anyhow::Result;
use clap::{Parser, Subcommand};
use speedwell::{Pair, Pair1};

/// What to be.
#[derive(Debug, Parser)]
struct Cli {
    #[command(subcommand)]
    role: Role,
}

#[derive(Debug, Subcommand)]
enum Role {
    /// Sends on a PUSH.
    Push(exchange::Task),
    /// Receives on a PULL.
    Pull(exchange::Task),
    /// Sends on a PUB, to whoever is there first.
    Pub(exchange::Task),
    /// Receives everything on a SUB.
    Sub(exchange::Task),
    /// Sends on a PAIR.
    PairSend(exchange::Task),
    /// Sends on a PAIR of version 1.
    Pair1Send(exchange::Task),
    /// Receives on a PAIR.
    PairRecv(exchange::Task),
    /// Receives on a PAIR of version 1.
    Pair1Recv(exchange::Task),
    /// Sends back what it receives on a PAIR.
    PairEcho(exchange::Task),
    /// Sends back what it receives on a PAIR of version 1.
    Pair1Echo(exchange::Task),
    /// Asks on a REQ, and expects each question back as its answer.
    Req(exchange::Task),
    /// Answers each question on a REP with itself.
    Rep(exchange::Task),
    /// Is a device between who asks and who answers, until it is killed.
    Device(device::Place),
    /// Is both ends of somebody else's device, and sends what has come by many devices.
    Traces(device::Place),
    /// Asks and answers through a row of our devices and somebody else's.
    Row(device::Place),
    /// Asks surveys on a SURVEYOR, and expects each back as the answer of one peer.
    Survey(exchange::Task),
    /// Answers each survey on a RESPONDENT with itself.
    Respond(exchange::Task),
    /// Asks one survey when so many peers are there as messages are expected, takes all answers,
    /// and then the time-out, once.
    Poll(exchange::Task),
    /// Sends on a BUS, to whoever is there first.
    BusSend(exchange::Task),
    /// Receives on a BUS.
    BusRecv(exchange::Task),
    /// Opens a socket and obeys the lines of standard input.
    Serve(serve::Settings),
}

fn main() -> Result<()> {
    match Cli::parse().role {
        Role::Push(task) => exchange::push(&task),
        Role::Pull(task) => exchange::pull(&task),
        Role::Pub(task) => exchange::publish(&task),
        Role::Sub(task) => exchange::subscribe(&task),
        Role::PairSend(task) => exchange::pair_send(&task, &Pair::new()?),
        Role::Pair1Send(task) => exchange::pair_send(&task, &Pair1::new()?),
        Role::PairRecv(task) => exchange::pair_recv(&task, &Pair::new()?),
        Role::Pair1Recv(task) => exchange::pair_recv(&task, &Pair1::new()?),
        Role::PairEcho(task) => exchange::pair_echo(&task, &Pair::new()?),
        Role::Pair1Echo(task) => exchange::pair_echo(&task, &Pair1::new()?),
        Role::Req(task) => exchange::ask(&task),
        Role::Rep(task) => exchange::answer(&task),
        Role::Device(place) => device::stand_between(&place),
        Role::Traces(place) => device::send_traces(&place),
        Role::Row(place) => device::ask_in_a_row(&place),
        Role::Survey(task) => exchange::survey(&task),
        Role::Respond(task) => exchange::respond(&task),
        Role::Poll(task) => exchange::poll(&task),
        Role::BusSend(task) => exchange::bus_send(&task),
        Role::BusRecv(task) => exchange::bus_receive(&task),
        Role::Serve(settings) => serve::run(&settings),
    }
}

/// Prints a line at once.
fn say(line: &str) -> Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}")?;
    Ok(out.flush()?)
}
