//! How much a test does: what is usual, or what a long run allows. Asks the environment and
//! nothing else. See `CONTRIBUTING.md`.

use std::env;
use std::ffi::OsStr;

/// The variable that makes a run a long one when it is `1`, as `cargo xtask test --long` sets it.
pub const VARIABLE: &str = "SPEEDWELL_LONG";

/// Gives `usual`, or `long` in a long run: a number of cases, a time, a size.
///
/// The usual one keeps a test within seconds, the long one within minutes, and both promise the
/// same.
///
/// ```
/// use speedwell_testkit::{effort::usual_or, random::Random};
///
/// for seed in 0..usual_or(100, 100_000) {
///     assert!(Random::new(seed).below(6) < 6);
/// }
/// ```
#[must_use]
pub fn usual_or<T>(usual: T, long: T) -> T {
    if is_long(env::var_os(VARIABLE).as_deref()) {
        long
    } else {
        usual
    }
}

fn is_long(value: Option<&OsStr>) -> bool {
    value.is_some_and(|value| value == "1")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_run_that_says_so_is_long() {
        assert!(is_long(Some("1".as_ref())));
        assert!(!is_long(Some("".as_ref())) && !is_long(Some("0".as_ref())) && !is_long(None));
    }
}
