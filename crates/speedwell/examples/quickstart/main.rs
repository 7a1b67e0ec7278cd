//! A tour of Speedwell, told as it runs: the six patterns, with workers that die and servers that
//! are killed, a device, and on Unix a listener in the place of a dead one. Each stop is a file of
//! its own.

mod broker;
#[cfg(unix)]
mod local;
mod news;
mod pair;
mod pipeline;
mod question;
mod survey;
mod village;

use std::error::Error;
use std::time::Duration;

use speedwell::Message;

/// Whatever went wrong.
type Failure = Box<dyn Error + Send + Sync>;

/// What a stop of the tour gives.
type Outcome = Result<(), Failure>;

/// A title, and what it stands for.
type Stop = (&'static str, fn() -> Outcome);

/// Far longer than anything here takes.
const SOON: Duration = Duration::from_secs(5);

/// The stops, in their order. A further one is a line here and a file.
#[rustfmt::skip]
const STOPS: &[Stop] = &[
    ("PUSH and PULL: work for three, over tcp, and one of them dies", pipeline::run),
    ("REQ and REP: a question over tcp, whose server is killed", question::run),
    ("PUB and SUB: news over tcp, for whoever wants them", news::run),
    ("SURVEYOR and RESPONDENT: a question to everybody, with a deadline", survey::run),
    ("BUS: everybody to everybody", village::run),
    ("PAIR: two over inproc, connected before it is bound", pair::run),
    ("a device: a broker between two networks", broker::run),
    #[cfg(unix)]
    ("ipc: a pipeline between processes of one host, where somebody died", local::run),
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

/// What a message says.
fn text(message: &Message) -> String {
    String::from_utf8_lossy(message.body()).into_owned()
}
