//! A tour of Speedwell, told as it runs: a pipeline whose worker dies, a question whose server is
//! killed, a pair that connects before it is bound, and on Unix a pipeline between processes of one
//! host. Each stop is a file of its own.

#[cfg(unix)]
mod local;
mod pair;
mod pipeline;
mod question;

use std::error::Error;
use std::time::Duration;

/// Whatever went wrong.
type Failure = Box<dyn Error + Send + Sync>;

/// What a stop of the tour gives.
type Outcome = Result<(), Failure>;

/// A title, and what it stands for.
type Stop = (&'static str, fn() -> Outcome);

/// Far longer than anything here takes.
const SOON: Duration = Duration::from_secs(5);

/// The stops, in their order. A further one is a line here and a file.
const STOPS: &[Stop] = &[
    (
        "a pipeline over tcp: one source, three workers",
        pipeline::run,
    ),
    ("a question over tcp, whose server is killed", question::run),
    (
        "a pair over inproc, connected before it is bound",
        pair::run,
    ),
    #[cfg(unix)]
    ("a pipeline over ipc, where somebody died", local::run),
];

fn main() -> Outcome {
    // The second stop starts this program again, as the server.
    if let Some(address) = std::env::args().nth(1) {
        return question::serve(&address);
    }
    for (number, (title, stop)) in (1..).zip(STOPS) {
        println!("{number}. {title}");
        stop()?;
    }
    println!("done");
    Ok(())
}
