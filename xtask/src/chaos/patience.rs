//! Waiting for something to become true, and no longer than a limit. Sleeps between two looks.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

/// Between two looks.
const PAUSE: Duration = Duration::from_millis(5);

/// How long anything may take that is not measured.
pub(crate) const LIMIT: Duration = Duration::from_secs(20);

/// Waits until `look` is true, at most for `limit`; says how long it took.
pub(crate) fn until(
    what: &str,
    limit: Duration,
    mut look: impl FnMut() -> Result<bool>,
) -> Result<Duration> {
    let started = Instant::now();
    while !look()? {
        if started.elapsed() > limit {
            bail!("waited {} ms in vain: {what}", limit.as_millis());
        }
        thread::sleep(PAUSE);
    }
    Ok(started.elapsed())
}
