//! `--bench`: how many messages a second, and how long a round trip, against another swcat. The
//! figures are those of two processes and all between. Obeys `rfc/sp-swcat.md` section 8.

use std::time::{Duration, Instant};

use serde_json::json;
use speedwell::{Bytes, ErrorKind};

use crate::failure::Failure;
use crate::party::Party;
use crate::plan::Plan;
use crate::screen::Screen;

/// How long it waits for the peer that it is to measure against.
const PEER_WAIT: Duration = Duration::from_secs(60);
/// Round trips whose times are kept, for the median and its like: 8 MB of them.
const TIMES_MAX: usize = 1_000_000;

/// Messages that went one way.
#[derive(Clone, Copy, Debug, PartialEq)]
struct OneWay {
    verb: &'static str,
    messages: u64,
    octets: u64,
    time: Duration,
}

impl OneWay {
    fn per_second(&self, what: u64) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "a figure for readers")]
        let what = what as f64;
        what / self.time.as_secs_f64().max(f64::MIN_POSITIVE)
    }

    fn line(&self, as_json: bool) -> String {
        let (messages, octets) = (self.per_second(self.messages), self.per_second(self.octets));
        let seconds = self.time.as_secs_f64();
        if as_json {
            let Self {
                verb,
                messages: count,
                octets: sum,
                ..
            } = self;
            return json!({
                "bench": verb, "messages": count, "octets": sum, "seconds": seconds,
                "messages_per_second": messages.round(), "octets_per_second": octets.round(),
            })
            .to_string();
        }
        format!(
            "{} {} messages, {} octets, in {seconds:.3} s: {messages:.0} messages/s, {:.1} MB/s",
            self.verb,
            self.messages,
            self.octets,
            octets / 1e6,
        )
    }
}

/// Sends, and says how fast: the time until everything has left this process.
// rfc: sp-swcat W-60
pub(crate) fn send(
    plan: &Plan,
    party: &dyn Party,
    octets: usize,
    screen: &mut Screen,
) -> Result<(), Failure> {
    let body = begin(party, octets)?;
    let messages = plan.count.unwrap_or_default();
    let started = Instant::now();
    for _ in 0..messages {
        party.send(body.clone().into()).map_err(Failure::Send)?;
    }
    let closed = party.close();
    let result = OneWay {
        verb: "sent",
        messages: messages.saturating_sub(closed.unsent),
        octets: party.any().stats().octets_out,
        time: started.elapsed(),
    };
    screen.line(&result.line(plan.talk.json))
}

/// Receives, and says how fast: from the first message to the last.
// rfc: sp-swcat W-60
pub(crate) fn receive(plan: &Plan, party: &dyn Party, screen: &mut Screen) -> Result<(), Failure> {
    let expected = plan.count.unwrap_or_default();
    let (mut messages, mut octets) = (0_u64, 0_u64);
    let mut started = Instant::now();
    let mut latest = started;
    let ended = loop {
        if messages == expected {
            break Ok(());
        }
        // The first comes when its sender does.
        match party.recv((messages == 0).then_some(PEER_WAIT)) {
            Ok(message) => {
                latest = Instant::now();
                if messages == 0 {
                    started = latest;
                }
                messages = messages.saturating_add(1);
                octets = octets.saturating_add(u64::try_from(message.octets()).unwrap_or(u64::MAX));
            }
            Err(error) => match error.kind() {
                ErrorKind::TimedOut | ErrorKind::Closed => {
                    break Err(Failure::Missing(messages, expected));
                }
                _ => break Err(Failure::Receive(error)),
            },
        }
    };
    let result = OneWay {
        verb: "received",
        messages,
        octets,
        time: latest.saturating_duration_since(started),
    };
    screen.line(&result.line(plan.talk.json))?;
    ended
}

/// Sends and waits for it to come back, again and again, and says how long that takes.
// rfc: sp-swcat W-61
pub(crate) fn round_trips(
    plan: &Plan,
    party: &dyn Party,
    octets: usize,
    screen: &mut Screen,
) -> Result<(), Failure> {
    let body = begin(party, octets)?;
    let mut times = Vec::new();
    let mut done = 0_u64;
    let started = Instant::now();
    let mut failure = None;
    for _ in 0..plan.count.unwrap_or_default() {
        let sent = Instant::now();
        let sending = party.send(body.clone().into()).map_err(Failure::Send);
        let round = sending.and_then(|()| party.recv(None).map_err(Failure::Receive));
        if let Err(error) = round {
            failure = Some(error);
            break;
        }
        done = done.saturating_add(1);
        if times.len() < TIMES_MAX {
            times.push(sent.elapsed());
        }
    }
    let time = started.elapsed();
    screen.line(&trips_line(done, time, times, plan.talk.json))?;
    failure.map_or(Ok(()), Err)
}

/// What each message has, once there is a peer to send it to.
fn begin(party: &dyn Party, octets: usize) -> Result<Bytes, Failure> {
    let came = party.any().wait_for_peers(1, PEER_WAIT);
    came.map_err(Failure::Receive)?;
    Ok(vec![b'.'; octets].into())
}

fn trips_line(done: u64, time: Duration, mut times: Vec<Duration>, as_json: bool) -> String {
    times.sort_unstable();
    let at = |percent: usize| {
        let last = times.len().saturating_sub(1);
        let place = last.saturating_mul(percent) / 100;
        micros(times.get(place).copied().unwrap_or_default())
    };
    let (least, median, p99, most) = (at(0), at(50), at(99), at(100));
    let seconds = time.as_secs_f64();
    if as_json {
        return json!({
            "bench": "round trips", "messages": done, "seconds": seconds,
            "us_min": least, "us_median": median, "us_99": p99, "us_max": most,
        })
        .to_string();
    }
    format!(
        "{done} round trips in {seconds:.3} s: median {median:.1} us, least {least:.1} us, \
         99 of 100 within {p99:.1} us, most {most:.1} us"
    )
}

fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}

#[cfg(test)]
mod tests {
    use super::*;

    // rfc: sp-swcat W-60
    #[test]
    fn a_rate_is_messages_over_seconds() {
        let result = OneWay {
            verb: "sent",
            messages: 1000,
            octets: 64_000,
            time: Duration::from_millis(500),
        };
        assert_eq!(
            result.line(false),
            "sent 1000 messages, 64000 octets, in 0.500 s: 2000 messages/s, 0.1 MB/s"
        );
        let read: serde_json::Value = serde_json::from_str(&result.line(true)).unwrap();
        assert_eq!(read["messages_per_second"], 2000.0);
        assert_eq!(read["octets_per_second"], 128_000.0);
    }

    // rfc: sp-swcat W-61
    #[test]
    fn round_trips_are_told_by_their_order() {
        let times = (1..=101).rev().map(Duration::from_micros).collect();
        let line = trips_line(101, Duration::from_secs(1), times, false);
        assert_eq!(
            line,
            "101 round trips in 1.000 s: median 51.0 us, least 1.0 us, \
             99 of 100 within 100.0 us, most 101.0 us"
        );
        let none = trips_line(0, Duration::ZERO, Vec::new(), true);
        assert!(none.contains("\"messages\":0"), "{none}");
    }
}
