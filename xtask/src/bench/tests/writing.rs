//! The page and its plots.

use super::{entry, note, run_of};
use crate::bench::gate::{Verdict, judge};
use crate::bench::who::Who;
use crate::bench::{page, plot};

#[test]
fn a_miss_stands_as_plainly_as_a_win_and_beside_its_profile() {
    let mut run = run_of(vec![
        entry("tcp/64/oneway", Who::Speedwell, 4e6),
        entry("tcp/64/oneway", Who::Libzmq, 1e6),
    ]);
    run.about.quick = true;
    run.about.processors = 2;
    run.about.load_before = "3.5".to_owned();
    run.about.lacks = vec![note("inproc/64/oneway", Who::Raw, "it lacks inproc")];
    let verdicts: Vec<Verdict> = judge(&run);
    let write =
        |profile: fn(&str) -> Option<String>| page::write(&run, &verdicts, &[], profile).unwrap();
    let text = write(|_| None);
    for line in [
        "**A quick run: few rows, few rounds. It decides nothing.**",
        "**The machine was busy with other work when this began: its figures mean little.**",
        "| tcp/64/oneway free: at least 2.00x libzmq | 4.000 | met |",
        "| tcp/64/oneway free: processor for each message at most 0.50x libzmq | 1.000 \
         | **missed** |",
        "No profile yet: `benches/profiles/tcp-64-oneway-cpu-libzmq.md`.",
        "| free | 64 B | 1 KiB | 64 KiB | 1 MiB |",
        "| speedwell | **4.00 M/s** (4.00 M/s to 4.00 M/s; cpu 100 ns) | | | |",
        "- raw: it lacks inproc: inproc/64/oneway",
    ] {
        assert!(text.lines().any(|other| other == line), "{line}\n\n{text}");
    }
    let text = write(|name| (name == "tcp-64-oneway-cpu-libzmq").then(|| "In send.\n".to_owned()));
    assert!(text.contains("\nIn send.\n") && !text.contains("No profile yet"));
}

#[test]
fn a_plot_has_a_bar_for_each_figure_on_a_logarithmic_scale() {
    let bar = |median: f64| {
        Some(plot::Bar {
            median,
            min: median / 2.0,
            max: median,
        })
    };
    let series = |name: &str, colour, bars| plot::Series {
        name: name.to_owned(),
        colour,
        bars,
    };
    let mut plot = plot::Plot {
        title: "more < most & all".to_owned(),
        groups: vec!["64 B".to_owned(), "1 KiB".to_owned()],
        series: vec![
            series("one", 0, vec![bar(100.0), bar(1000.0)]),
            series("two", 5, vec![bar(10.0), None]),
        ],
    };
    let svg = plot.draw().unwrap();
    assert!(svg.contains("more &lt; most &amp; all"));
    // The page, three bars, two names.
    assert_eq!(svg.matches("<rect").count(), 1 + 3 + 2);
    // The second has its own colour, though it is not the sixth here.
    assert_eq!(svg.matches("#9aa5b1").count(), 2);
    let height = |bar: &str| -> f64 {
        let (_, rest) = bar.split_once("height=\"").unwrap();
        rest.split_once('"').unwrap().0.parse().unwrap()
    };
    let bars: Vec<f64> = svg
        .lines()
        .filter(|line| line.starts_with("<rect x=") && !line.contains("height=\"12\""))
        .map(height)
        .collect();
    // From 1 to 1000: two, three and one of three steps of ten.
    let step = bars[2];
    for (bar, steps) in bars.iter().zip([2.0, 3.0, 1.0]) {
        assert!((bar - steps * step).abs() < 0.5, "{bars:?}");
    }
    plot.series.clear();
    assert!(plot.draw().is_none());
    assert_eq!(page::octets(64), "64 B");
    assert_eq!(page::octets(1_048_576), "1 MiB");
}
