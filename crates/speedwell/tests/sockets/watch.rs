//! Waiting for what another thread or process does: until it is so, and never for ever.

use std::time::{Duration, Instant};

/// Far longer than anything here takes, on a busy machine too.
pub(crate) const SOON: Duration = Duration::from_secs(20);

/// Runs something, and says how long it took.
pub(crate) fn timed<T>(run: impl FnOnce() -> T) -> (T, Duration) {
    let start = Instant::now();
    let result = run();
    (result, start.elapsed())
}
