//! Tells a stream of messages from single ones by the time between them, measured against what a
//! write costs. Reads no clock. See `rfc/sp-endpoint.md` section 7.

use std::time::{Duration, Instant};

/// Quick sends in a row after which they are a stream.
const ENTER: u8 = 16;
/// Quick sends beyond that which are remembered: so many slow ones end the stream.
const DEPTH: u8 = 24;
/// A gap that ends a stream by itself.
const PAUSE: Duration = Duration::from_micros(60);
/// A gap is quick below this part of the cost of a write.
const QUICK_PART: u32 = 4;
/// How much of the average a new measurement is.
const SMOOTHING: u32 = 8;

/// The pace at which one pipe is sent to.
///
/// A message by itself is written at once by its sender. Where the application sends faster than
/// a write could follow, messages are better gathered and written together: that is a stream. It
/// begins after many quick sends in a row and does not end with one slow gap, so that neither a
/// burst of a few messages waits for anybody, nor a hiccup costs a stream its batches.
///
/// ```
/// use std::time::{Duration, Instant};
/// use speedwell_engine::Pace;
///
/// let mut pace = Pace::default();
/// let mut now = Instant::now();
/// pace.wrote(now - Duration::from_micros(4), now);
/// let mut send = |gap| {
///     now += gap;
///     pace.is_stream(now)
/// };
/// let (slow, quick) = (Duration::from_micros(10), Duration::from_nanos(100));
/// assert!((0..100).all(|_| !send(slow)));
/// assert!((0..16).all(|_| !send(quick)));
/// assert!(send(quick));
/// ```
#[derive(Clone, Debug, Default)]
pub struct Pace {
    /// What a write costs that carries little, on average.
    cost: Duration,
    /// The end of the last send.
    last: Option<Instant>,
    /// Quick sends, less the slow ones.
    quick: u8,
    /// Sends since then whose time was not looked at.
    unseen: u32,
}

impl Pace {
    /// A message is sent at `now`. True when it belongs to a stream.
    // rfc: sp-endpoint E-25
    #[inline]
    pub fn is_stream(&mut self, now: Instant) -> bool {
        if let Some(last) = self.last {
            let sends = self.unseen.saturating_add(1);
            let gap = now.saturating_duration_since(last) / sends;
            if gap > PAUSE {
                self.quick = 0;
            } else if gap < self.cost / QUICK_PART {
                let sends = u8::try_from(sends).unwrap_or(u8::MAX);
                self.quick = self.quick.saturating_add(sends).min(ENTER + DEPTH);
            } else {
                self.quick = self.quick.saturating_sub(1);
            }
        }
        self.last = Some(now);
        self.unseen = 0;
        self.quick > ENTER
    }

    /// A message is sent while somebody is about to write in any case: its time is not looked at,
    /// since reading a clock would be a good part of what it costs. The next gap that is measured
    /// is shared among all.
    #[inline]
    pub fn goes_along(&mut self) {
        self.unseen = self.unseen.saturating_add(1);
    }

    /// A sender has written what it sent, by itself: the gap to its next message begins with the
    /// end of that.
    pub fn wrote(&mut self, began: Instant, ended: Instant) {
        let took = ended.saturating_duration_since(began);
        self.cost = if self.cost.is_zero() {
            took
        } else {
            self.cost - self.cost / SMOOTHING + took / SMOOTHING
        };
        self.last = Some(ended);
        self.unseen = 0;
    }

    /// A sender was busy with something else than small writes until `now`: the gap to its next
    /// message begins there.
    pub fn pause_ends(&mut self, now: Instant) {
        self.last = Some(now);
        self.unseen = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COST: Duration = Duration::from_micros(4);

    /// Sends one message every `gap`; counts those that belonged to a stream.
    struct Sender {
        pace: Pace,
        now: Instant,
    }

    impl Sender {
        fn new() -> Self {
            let mut pace = Pace::default();
            let now = Instant::now();
            pace.wrote(now, now + COST);
            Self {
                pace,
                now: now + COST,
            }
        }

        fn sends(&mut self, count: usize, gap: Duration) -> usize {
            let mut streamed = 0;
            for _ in 0..count {
                self.now += gap;
                if self.pace.is_stream(self.now) {
                    streamed += 1;
                } else {
                    self.pace.wrote(self.now, self.now + COST);
                    self.now += COST;
                }
            }
            streamed
        }
    }

    const QUICK: Duration = Duration::from_nanos(300);
    const SLOW: Duration = Duration::from_micros(10);
    const PAUSED: Duration = Duration::from_micros(61);

    // rfc: sp-endpoint E-25
    #[test]
    fn more_than_sixteen_quick_sends_in_a_row_are_a_stream() {
        assert_eq!(Sender::new().sends(16, QUICK), 0);
        assert_eq!(Sender::new().sends(1000, QUICK), 984);
    }

    // rfc: sp-endpoint E-25
    #[test]
    fn paced_sends_and_short_bursts_are_none() {
        assert_eq!(Sender::new().sends(1000, SLOW), 0);
        let mut bursts = Sender::new();
        for _ in 0..100 {
            assert_eq!(bursts.sends(16, QUICK), 0);
            assert_eq!(bursts.sends(1, PAUSED), 0);
        }
    }

    // rfc: sp-endpoint E-26
    #[test]
    fn one_slow_gap_does_not_end_a_stream_and_a_pause_does() {
        let mut sender = Sender::new();
        sender.sends(100, QUICK);
        assert_eq!(sender.sends(1, SLOW), 1);
        assert_eq!(sender.sends(10, QUICK), 10);
        assert_eq!(sender.sends(1, PAUSED), 0);
        assert_eq!(sender.sends(16, QUICK), 0);
    }

    // rfc: sp-endpoint E-26
    #[test]
    fn many_slow_gaps_end_a_stream() {
        let mut sender = Sender::new();
        sender.sends(100, QUICK);
        assert_eq!(sender.sends(100, SLOW), 23);
    }

    #[test]
    fn sends_whose_time_nobody_looked_at_share_the_next_gap() {
        let mut sender = Sender::new();
        sender.sends(20, QUICK);
        (0..9).for_each(|_| sender.pace.goes_along());
        sender.now += 10 * QUICK;
        assert!(sender.pace.is_stream(sender.now));
        (0..9).for_each(|_| sender.pace.goes_along());
        sender.now += 10 * PAUSED;
        assert!(!sender.pace.is_stream(sender.now), "a pause on average");
    }

    #[test]
    fn before_a_write_was_measured_nothing_is_quick() {
        let mut pace = Pace::default();
        let now = Instant::now();
        assert!((0..1000).all(|_| !pace.is_stream(now)));
    }
}
