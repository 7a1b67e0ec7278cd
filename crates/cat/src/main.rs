//! `swcat`: scalability protocols on the command line. Reads the flags, does what they ask, and
//! ends with an exit code. Obeys `rfc/sp-swcat.md`.
#![forbid(unsafe_code)]

mod address;
mod args;
mod bench;
mod device;
mod events;
mod failure;
mod feed;
mod format;
mod generate;
mod interrupt;
mod party;
mod plan;
mod report;
mod role;
mod run;
mod say;
mod screen;

use std::env;
use std::io;
use std::process::ExitCode;

use args::Arguments;
use failure::Failure;
use plan::Plan;
use say::Say;

fn main() -> ExitCode {
    let arguments = match args::read(env::args_os()) {
        Ok(arguments) => arguments,
        // Help and version are errors of this kind too, with the exit code 0.
        Err(error) => {
            let _unheard = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
        }
    };
    match done(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            if !failure.is_quiet() {
                Say::new(0).error(&failure);
            }
            failure.exit_code()
        }
    }
}

fn done(arguments: Arguments) -> Result<(), Failure> {
    if let Some(what) = arguments.generate {
        return Ok(what.write(&mut io::stdout().lock())?);
    }
    run::run(&Plan::of(arguments)?)
}
