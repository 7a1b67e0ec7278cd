//! How many servers were up, and when. Starts and kills nothing.

use std::time::{Duration, Instant};

/// How many were up from each moment on, oldest first; none before the first.
#[derive(Default)]
pub(crate) struct Uptime(Vec<(Instant, usize)>);

impl Uptime {
    /// One more server is up.
    pub(crate) fn begins(&mut self, at: Instant) {
        self.0.push((at, self.now() + 1));
    }

    /// One server less.
    pub(crate) fn ends(&mut self, at: Instant) {
        self.0.push((at, self.now() - 1));
    }

    fn now(&self) -> usize {
        self.0.last().map_or(0, |(_, up)| *up)
    }

    /// How long from `begin` to `end` at least one server was up.
    pub(crate) fn within(&self, begin: Instant, end: Instant) -> Duration {
        let until = self.0.iter().skip(1).map(|(at, _)| *at).chain([end]);
        let spans = self.0.iter().zip(until);
        let up = spans.filter(|((_, up), _)| *up > 0).map(|((from, _), to)| {
            let to = to.min(end);
            to.saturating_duration_since(begin.max(*from))
        });
        up.sum()
    }

    /// Whether nobody was killed and nobody came from `begin` to `end`, and all were up.
    pub(crate) fn is_calm(&self, begin: Instant, end: Instant, all: usize) -> bool {
        let before = self.0.iter().rev().find(|(at, _)| *at <= begin);
        let is_full = before.is_some_and(|(_, up)| *up == all);
        is_full && !self.0.iter().any(|(at, _)| (begin..end).contains(at))
    }
}

#[test]
fn only_time_with_a_server_counts() {
    let (start, ms) = (Instant::now(), Duration::from_millis);
    let mut uptime = Uptime::default();
    uptime.begins(start);
    uptime.begins(start + ms(10));
    uptime.ends(start + ms(20));
    uptime.ends(start + ms(30));
    uptime.begins(start + ms(100));
    let within = |from, to| uptime.within(start + ms(from), start + ms(to));
    assert_eq!(within(5, 25), ms(20));
    assert_eq!(within(25, 110), ms(15));
    assert_eq!(within(40, 90), ms(0));
    assert_eq!(within(200, 300), ms(100));
    let is_calm = |from, to| uptime.is_calm(start + ms(from), start + ms(to), 2);
    assert!(is_calm(12, 19) && !is_calm(12, 21));
    assert!(!is_calm(5, 9) && !is_calm(35, 90));
}
