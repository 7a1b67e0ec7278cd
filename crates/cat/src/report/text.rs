//! Counters as text. Pure. Obeys `rfc/sp-swcat.md` section 5.

use std::time::Duration;

use serde_json::{Value, json};
use speedwell::{EndpointKind, Snapshot, Stats};

/// The counters of the sockets at one time.
#[derive(Debug)]
pub(super) struct Reading {
    /// Since the start.
    pub(super) at: Duration,
    /// Each with its name, which is empty where there is one only.
    pub(super) sockets: Vec<(&'static str, Snapshot)>,
}

impl Reading {
    fn total(&self) -> Stats {
        let mut total = Stats::default();
        for (_, snapshot) in &self.sockets {
            total += snapshot.total;
        }
        total
    }

    fn pipes(&self) -> usize {
        let pipes = self
            .sockets
            .iter()
            .map(|(_, snapshot)| snapshot.pipes.len());
        pipes.sum()
    }
}

/// What goes out and comes in each second, in messages and octets.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Rates {
    sent: f64,
    received: f64,
    octets: f64,
}

impl Rates {
    /// From the earlier reading to this one; since the start when there is none.
    pub(super) fn between(earlier: Option<&Reading>, now: &Reading) -> Self {
        let (old, since) = match earlier {
            Some(earlier) => (earlier.total(), now.at.saturating_sub(earlier.at)),
            None => (Stats::default(), now.at),
        };
        let total = now.total();
        let seconds = since.as_secs_f64().max(0.001);
        let rate = |new: u64, old: u64| float(new.saturating_sub(old)) / seconds;
        let octets = |stats: &Stats| stats.octets_out.saturating_add(stats.octets_in);
        Self {
            sent: rate(total.messages_out, old.messages_out),
            received: rate(total.messages_in, old.messages_in),
            octets: rate(octets(&total), octets(&old)),
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "a figure for readers")]
fn float(count: u64) -> f64 {
    count as f64
}

/// Octets in the unit that fits.
fn size(octets: f64) -> String {
    const UNITS: [&str; 5] = ["B", "KiB", "MiB", "GiB", "TiB"];
    let mut left = octets;
    for unit in UNITS {
        if left < 1024.0 || unit == "TiB" {
            let digits = usize::from(unit != "B");
            return format!("{left:.digits$} {unit}");
        }
        left /= 1024.0;
    }
    String::new()
}

/// One line with everything in sum.
pub(super) fn line(reading: &Reading, rates: Rates) -> String {
    let total = reading.total();
    format!(
        "stats: {:.1} s, pipes {}, sent {} ({:.0}/s), received {} ({:.0}/s), octets out {} in {}, \
         dropped {}, errors {}",
        reading.at.as_secs_f64(),
        reading.pipes(),
        total.messages_out,
        rates.sent,
        total.messages_in,
        rates.received,
        total.octets_out,
        total.octets_in,
        total.dropped_in_all(),
        errors(&total),
    )
}

/// Connections that were not made or did not stay.
fn errors(stats: &Stats) -> u64 {
    [
        stats.bind_errors,
        stats.dial_errors,
        stats.accept_errors,
        stats.handshake_errors,
        stats.wrong_protocol,
        stats.rejected,
        stats.over_limit,
        stats.broken,
    ]
    .into_iter()
    .fold(0, u64::saturating_add)
}

/// How far it has come.
pub(super) fn progress(reading: &Reading, rates: Rates, total: Option<u64>) -> String {
    let stats = reading.total();
    let octets = stats.octets_out.saturating_add(stats.octets_in);
    let messages = stats.messages_out.max(stats.messages_in);
    let share = match total {
        Some(total) if total > 0 => {
            format!(
                " of {total} ({:.0} %)",
                100.0 * float(messages) / float(total)
            )
        }
        _ => String::new(),
    };
    format!(
        "{messages} messages{share}, {}, {}/s, {:.1} s",
        size(float(octets)),
        size(rates.octets),
        reading.at.as_secs_f64(),
    )
}

/// An object with the sums and each endpoint.
pub(super) fn json(reading: &Reading) -> Value {
    let total = reading.total();
    let endpoints: Vec<_> = reading
        .sockets
        .iter()
        .flat_map(|(name, snapshot)| snapshot.endpoints.iter().map(move |one| (*name, one)))
        .map(|(name, one)| {
            json!({
                "side": name,
                "address": one.address.as_ref().map(AsRef::<str>::as_ref),
                "listens": one.kind == EndpointKind::Listener,
                "pipes": one.pipes,
                "messages_out": one.total.messages_out,
                "messages_in": one.total.messages_in,
                "last_error": one.last_error.as_ref().map(ToString::to_string),
            })
        })
        .collect();
    json!({"stats": {
        "seconds": reading.at.as_secs_f64(),
        "pipes": reading.pipes(),
        "messages_out": total.messages_out,
        "messages_in": total.messages_in,
        "octets_out": total.octets_out,
        "octets_in": total.octets_in,
        "dropped": total.dropped_in_all(),
        "errors": errors(&total),
        "endpoints": endpoints,
    }})
}

/// A row for each endpoint, and the sums.
pub(super) fn table(reading: &Reading, rates: Rates) -> Vec<String> {
    let mut rows = vec![row(["", "pipes", "sent", "received", "dropped", "errors"])];
    for (name, snapshot) in &reading.sockets {
        for one in &snapshot.endpoints {
            let address = one.address.as_ref().map_or("", AsRef::as_ref);
            let title = [*name, address].join(" ");
            rows.push(stats_row(title.trim(), one.pipes, &one.total));
            if let Some(error) = &one.last_error {
                rows.push(format!("    {error}"));
            }
        }
    }
    rows.push(stats_row("all", reading.pipes(), &reading.total()));
    rows.push(format!(
        "{:.1} s, {:.0} sent/s, {:.0} received/s, {}/s",
        reading.at.as_secs_f64(),
        rates.sent,
        rates.received,
        size(rates.octets),
    ));
    rows
}

fn stats_row(title: &str, pipes: usize, stats: &Stats) -> String {
    row([
        title,
        &pipes.to_string(),
        &stats.messages_out.to_string(),
        &stats.messages_in.to_string(),
        &stats.dropped_in_all().to_string(),
        &errors(stats).to_string(),
    ])
}

fn row(cells: [&str; 6]) -> String {
    let [title, pipes, sent, received, dropped, errors] = cells;
    format!("{title:<32} {pipes:>6} {sent:>12} {received:>12} {dropped:>9} {errors:>7}")
}

/// The rows, written over as many as there were.
pub(super) fn over(height: usize, rows: &[String]) -> String {
    let mut text = match height {
        0 => String::new(),
        height => format!("\x1b[{height}A\x1b[J"),
    };
    for row in rows {
        text.push_str(row);
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reading() -> Reading {
        let mut snapshot = Snapshot::default();
        snapshot.total.traffic.messages_out = 30;
        snapshot.total.traffic.octets_out = 3072;
        snapshot.total.dial_errors = 2;
        Reading {
            at: Duration::from_secs(3),
            sockets: vec![("", snapshot)],
        }
    }

    // rfc: sp-swcat W-30 W-31
    #[test]
    fn counters_are_told_as_a_line_as_json_and_as_a_table() {
        let reading = reading();
        let rates = Rates::between(None, &reading);
        assert_eq!(
            line(&reading, rates),
            "stats: 3.0 s, pipes 0, sent 30 (10/s), received 0 (0/s), octets out 3072 in 0, \
             dropped 0, errors 2"
        );
        assert_eq!(json(&reading)["stats"]["messages_out"], 30);
        let rows = table(&reading, rates);
        assert_eq!(rows.len(), 3);
        assert!(
            rows.iter()
                .any(|row| row.starts_with("all") && row.contains(" 30 "))
        );
        assert!(over(0, &rows).starts_with(' '));
        assert!(over(3, &rows).starts_with("\x1b[3A\x1b[J"));
    }

    // rfc: sp-swcat W-32
    #[test]
    fn progress_is_a_share_where_the_whole_is_known() {
        let reading = reading();
        let rates = Rates::between(None, &reading);
        let known = progress(&reading, rates, Some(40));
        assert_eq!(known, "30 messages of 40 (75 %), 3.0 KiB, 1.0 KiB/s, 3.0 s");
        let unknown = progress(&reading, rates, None);
        assert_eq!(unknown, "30 messages, 3.0 KiB, 1.0 KiB/s, 3.0 s");
    }

    #[test]
    fn the_latest_rate_is_that_since_the_reading_before() {
        let (earlier, mut now) = (reading(), reading());
        now.at = Duration::from_secs(5);
        now.sockets[0].1.total.traffic.messages_out = 130;
        assert_eq!(Rates::between(Some(&earlier), &now).sent, 50.0);
    }
}
