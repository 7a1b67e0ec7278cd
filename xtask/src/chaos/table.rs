//! Every case with its row of the catalogue, and how they are run and printed.

use std::io::{self, Write};
use std::time::Instant;

use anyhow::Result;

use super::bench::Bench;
use super::cases;
use super::report::Report;

/// One case.
#[derive(Debug)]
pub(crate) struct Case {
    /// The number of the fault in the catalogue; `-` when it is none.
    pub(crate) row: &'static str,
    /// What is done.
    pub(crate) title: &'static str,
    run: fn(&Bench, &mut Report) -> Result<()>,
}

const fn case(
    row: &'static str,
    title: &'static str,
    run: fn(&Bench, &mut Report) -> Result<()>,
) -> Case {
    Case { row, title, run }
}

/// Every case.
#[rustfmt::skip]
pub(crate) const CASES: &[Case] = &[
    case("3",  "random octets, then the end",                     cases::junk::random),
    case("4",  "HTTP, TLS, ZMTP and SSH at our port",             cases::junk::other_protocols),
    case("5",  "peers that connect and say nothing",              cases::silence::silent),
    case("6",  "a greeting an octet at a time",                   cases::silence::slow_greeting),
    case("11", "peers that claim a large message and stop",       cases::silence::boastful),
    case("54", "no descriptors left while peers connect",         cases::descriptors::listening),
    case("55", "no descriptors left when a socket is opened",     cases::descriptors::opening),
    case("69", "SIGSTOP of who asks, for many intervals",         cases::stop::asker),
    case("70", "SIGSTOP of the receiver, then SIGCONT",           cases::stop::receiver),
    case("70", "SIGSTOP of the sender, then SIGCONT",             cases::stop::sender),
    case("70", "SIGSTOP of who answers surveys, then SIGCONT",    cases::stop::respondent),
    case("70", "SIGSTOP of who asks surveys, then SIGCONT",       cases::stop::surveyor),
    case("71", "kill -9 of REP under requests",                   cases::kill::rep),
    case("72", "kill -9 of PULL under a stream",                  cases::kill::pull),
    case("72", "kill -9 of PUSH in the middle of its stream",     cases::kill::push),
    case("72", "kill -9 of SUB under a stream",                   cases::kill_of_many::sub),
    case("72", "kill -9 of PUB in the middle of its stream",      cases::kill_of_many::publisher),
    case("72", "kill -9 of BUS that all send on",                 cases::kill_of_many::bus),
    case("72", "kill -9 of RESPONDENT under surveys",             cases::kill_of_many::respondent),
    case("73", "storm of resets, ends in the middle, half-closes", cases::storm::storm),
    case("78", "clients that lose their server together",         cases::stampede::server_lost),
    case("79", "a peer that accepts and closes, for ever",        cases::fickle::at_once),
    case("79", "a peer that greets and closes, for ever",         cases::fickle::after_greeting),
    case("80", "more peers than pipes_max",                       cases::limits::pipes),
    case("80", "more peers than half_open_max",                   cases::limits::half_open),
    case("-",  "close with a peer that never reads",              cases::close::unread),
    case("-",  "close under a flood",                             cases::close::flooded),
    case("-",  "close of a PAIR whose peer never stops sending",  cases::close::endless),
    case("-",  "close during a handshake",                        cases::close::shaking),
    case("65", "close during a look-up that hangs",               cases::close::looking_up),
    case("-",  "idle connections",                                cases::idle::idle),
];

/// The cases of one row, or with a word in their title; all of them when nothing is asked for.
pub(crate) fn select(only: Option<&str>) -> Vec<&'static Case> {
    let wanted = |case: &&Case| match only {
        None => true,
        Some(asked) => case.row == asked || case.title.split_whitespace().any(|word| word == asked),
    };
    CASES.iter().filter(wanted).collect()
}

/// Runs cases, and prints each with its figures as it ends; true when none failed.
pub(crate) fn run(bench: &Bench, selected: &[&Case]) -> Result<bool> {
    let started = Instant::now();
    let (mut passed, mut failed) = (0, 0);
    for case in selected {
        print!("{:>4}  {:<52}", case.row, case.title);
        io::stdout().flush()?;
        let began = Instant::now();
        let mut report = Report::default();
        let outcome = (case.run)(bench, &mut report);
        let took = began.elapsed().as_secs_f64();
        if outcome.is_ok() && report.holds() {
            passed += 1;
            println!(" ok {took:>6.1} s");
        } else {
            failed += 1;
            println!(" FAILED {took:.1} s");
        }
        print!("{report}");
        if let Err(error) = outcome {
            println!("        {error:#}  FAILED");
        }
    }
    println!("chaos: {} s", started.elapsed().as_secs());
    println!("{passed} passed, {failed} failed");
    Ok(failed == 0)
}
