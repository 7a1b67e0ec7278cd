//! A plot as SVG: bars beside one another for each size, on a logarithmic scale, with a line from
//! the worst round to the best. Knows nothing of what it shows.

const WIDTH: f64 = 860.0;
const HEIGHT: f64 = 380.0;
const LEFT: f64 = 70.0;
const RIGHT: f64 = 130.0;
const TOP: f64 = 46.0;
const BOTTOM: f64 = 36.0;
/// How much of the width of a group its bars take.
const FILLED: f64 = 0.84;
/// Colours that differ in brightness too.
const COLOURS: [&str; 7] = [
    "#0b3d91", "#d1495b", "#edae49", "#66a182", "#8d6a9f", "#9aa5b1", "#4a4e57",
];

/// One bar.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Bar {
    pub(crate) median: f64,
    pub(crate) min: f64,
    pub(crate) max: f64,
}

/// What is to be drawn.
#[derive(Debug)]
pub(crate) struct Plot {
    pub(crate) title: String,
    /// What stands below each group of bars.
    pub(crate) groups: Vec<String>,
    pub(crate) series: Vec<Series>,
}

/// The bars of one, of one colour.
#[derive(Debug)]
pub(crate) struct Series {
    pub(crate) name: String,
    /// Which of the colours: the same for the same name on every plot.
    pub(crate) colour: usize,
    /// One for each group that there is one for.
    pub(crate) bars: Vec<Option<Bar>>,
}

impl Plot {
    /// The text of an SVG file; `None` when there is no bar.
    pub(crate) fn draw(&self) -> Option<String> {
        let scale = Scale::over(self.bars())?;
        let mut svg = String::new();
        self.frame(&mut svg, &scale);
        let slot = (WIDTH - LEFT - RIGHT) / count(self.groups.len());
        let wide = slot * FILLED / count(self.series.len());
        for (number, series) in self.series.iter().enumerate() {
            let colour = COLOURS.iter().cycle().nth(series.colour).unwrap_or(&"#000");
            for (group, bar) in series.bars.iter().enumerate() {
                let left = LEFT + slot * (count(group) + (1.0 - FILLED) / 2.0);
                if let Some(bar) = bar {
                    let place = (left + wide * count(number), wide);
                    draw_bar(&mut svg, &scale, bar, place, colour);
                }
            }
            legend(&mut svg, number, &series.name, colour);
        }
        svg += "</svg>\n";
        Some(svg)
    }

    fn bars(&self) -> impl Iterator<Item = &Bar> {
        let bars = self.series.iter().flat_map(|series| &series.bars);
        bars.flatten()
    }

    /// Title, lines of the scale, and the names of the groups.
    fn frame(&self, svg: &mut String, scale: &Scale) {
        *svg += &format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" \
             font-family=\"sans-serif\" font-size=\"12\">\n\
             <rect width=\"{WIDTH}\" height=\"{HEIGHT}\" fill=\"#fff\"/>\n"
        );
        text(svg, (LEFT, 24.0), "start", &self.title);
        for power in scale.lowest..=scale.highest {
            let y = scale.y(10_f64.powi(power));
            let end = WIDTH - RIGHT;
            line(svg, (LEFT, y), (end, y), "#ddd");
            text(svg, (LEFT - 6.0, y + 4.0), "end", &power_of_ten(power));
        }
        let slot = (WIDTH - LEFT - RIGHT) / count(self.groups.len());
        for (number, group) in self.groups.iter().enumerate() {
            let middle = LEFT + slot * (count(number) + 0.5);
            text(svg, (middle, HEIGHT - BOTTOM + 20.0), "middle", group);
        }
    }
}

/// From figures to heights.
#[derive(Debug)]
struct Scale {
    /// Powers of ten at the bottom and at the top.
    lowest: i32,
    highest: i32,
}

impl Scale {
    /// A scale on which all bars fit; `None` when there is none above zero.
    fn over<'a>(bars: impl Iterator<Item = &'a Bar>) -> Option<Self> {
        let (mut least, mut most) = (f64::INFINITY, 0.0_f64);
        for bar in bars {
            least = least.min(bar.min);
            most = most.max(bar.max);
        }
        if least.is_infinite() || least <= 0.0 {
            return None;
        }
        let mut lowest = 0;
        while 10_f64.powi(lowest) >= least {
            lowest -= 1;
        }
        while 10_f64.powi(lowest + 1) < least {
            lowest += 1;
        }
        let mut highest = lowest + 1;
        while 10_f64.powi(highest) < most {
            highest += 1;
        }
        Some(Self { lowest, highest })
    }

    fn y(&self, value: f64) -> f64 {
        let span = f64::from(self.highest - self.lowest);
        let part = (value.log10() - f64::from(self.lowest)) / span;
        HEIGHT - BOTTOM - part.clamp(0.0, 1.0) * (HEIGHT - TOP - BOTTOM)
    }
}

/// A bar from the bottom to the median, and a line from the least to the most.
fn draw_bar(svg: &mut String, scale: &Scale, bar: &Bar, place: (f64, f64), colour: &str) {
    let (left, wide) = place;
    let top = scale.y(bar.median);
    let tall = HEIGHT - BOTTOM - top;
    *svg += &format!(
        "<rect x=\"{left:.1}\" y=\"{top:.1}\" width=\"{:.1}\" height=\"{tall:.1}\" \
         fill=\"{colour}\"/>\n",
        wide * 0.9
    );
    let middle = left + wide * 0.45;
    let (low, high) = (scale.y(bar.min), scale.y(bar.max));
    line(svg, (middle, low), (middle, high), "#000");
}

fn legend(svg: &mut String, number: usize, who: &str, colour: &str) {
    let (left, y) = (WIDTH - RIGHT + 14.0, TOP + 20.0 * count(number));
    *svg += &format!(
        "<rect x=\"{left:.1}\" y=\"{y:.1}\" width=\"12\" height=\"12\" fill=\"{colour}\"/>\n"
    );
    text(svg, (left + 18.0, y + 11.0), "start", who);
}

fn line(svg: &mut String, from: (f64, f64), to: (f64, f64), colour: &str) {
    let ((x1, y1), (x2, y2)) = (from, to);
    *svg += &format!(
        "<line x1=\"{x1:.1}\" y1=\"{y1:.1}\" x2=\"{x2:.1}\" y2=\"{y2:.1}\" stroke=\"{colour}\"/>\n"
    );
}

fn text(svg: &mut String, at: (f64, f64), anchor: &str, words: &str) {
    let (x, y) = at;
    let mut escaped = String::new();
    for letter in words.chars() {
        match letter {
            '&' => escaped += "&amp;",
            '<' => escaped += "&lt;",
            '>' => escaped += "&gt;",
            other => escaped.push(other),
        }
    }
    *svg += &format!("<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\">{escaped}</text>\n");
}

/// `1`, `100`, `10 k`, `1 M`, `0.1`.
fn power_of_ten(power: i32) -> String {
    let value = 10_f64.powi(power);
    match power {
        6.. => format!("{} M", value / 1e6),
        3..=5 => format!("{} k", value / 1e3),
        _ => format!("{value}"),
    }
}

/// A number of things as a length.
fn count(things: usize) -> f64 {
    u32::try_from(things).map_or(f64::MAX, f64::from)
}
