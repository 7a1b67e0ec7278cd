//! What one run is to do, from the arguments. Does none of it.

use std::process;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail};

/// Beyond warm-up and run; then a program that nobody ended ends itself.
const LIFE: Duration = Duration::from_secs(60);

/// `ADDRESS SIZE WARM_MS RUN_MS [tuned]`.
#[derive(Clone, Debug)]
pub(crate) struct Task {
    pub(crate) address: String,
    /// Octets of each message.
    pub(crate) size: usize,
    pub(crate) warm: Duration,
    pub(crate) run: Duration,
    /// Options chosen for this load, in place of the defaults.
    pub(crate) tuned: bool,
}

impl Task {
    pub(crate) fn parse(args: &[String]) -> Result<Self> {
        let [address, size, warm, run, rest @ ..] = args else {
            bail!("COMMAND ADDRESS SIZE WARM_MS RUN_MS [tuned]");
        };
        Ok(Self {
            address: address.clone(),
            size: size.parse().context("SIZE")?,
            warm: Duration::from_millis(warm.parse().context("WARM_MS")?),
            run: Duration::from_millis(run.parse().context("RUN_MS")?),
            tuned: rest.iter().any(|word| word == "tuned"),
        })
    }

    /// What stands before `://`.
    pub(crate) fn scheme(&self) -> &str {
        self.address.split(':').next().unwrap_or(&self.address)
    }

    /// Ends this process when nobody else has, long after it should be done.
    pub(crate) fn end_in_the_end(&self) {
        let life = LIFE + self.warm + self.run;
        thread::spawn(move || {
            thread::sleep(life);
            eprintln!("not ended within {life:?}");
            process::exit(1);
        });
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Result<Task> {
        let words: Vec<String> = text.split(' ').map(str::to_owned).collect();
        Task::parse(&words)
    }

    #[test]
    fn arguments_say_what_to_do() {
        let task = parsed("tcp://127.0.0.1:5 64 100 2000 tuned").unwrap();
        assert_eq!(task.scheme(), "tcp");
        assert_eq!((task.size, task.tuned), (64, true));
        assert_eq!(task.warm, Duration::from_millis(100));
        assert_eq!(task.run, Duration::from_secs(2));
        assert!(!parsed("inproc://a 64 1 1").unwrap().tuned);
    }

    #[test]
    fn what_is_no_number_or_missing_is_refused() {
        for text in [
            "tcp://a",
            "tcp://a x 1 1",
            "tcp://a 1 -1 1",
            "tcp://a 1 1 1.5",
        ] {
            assert!(parsed(text).is_err(), "{text}");
        }
    }
}
