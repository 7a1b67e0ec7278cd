//! One run in which all take turns: a part of the keys or topics each, then the next part. Each is
//! in a process of its own, and works while all others wait.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

use crate::check::{self, Answers};
use crate::rivals::{self, NAMES};
use crate::row::{Row, Unable, rounded, say};
use crate::topics::topics;
use crate::turn::TOPICS;
use crate::{Options, key_sets};

/// Keys inserted or removed before it is another's turn.
const PART: u64 = 50_000;
/// Turns of look-ups: a million topics. The median of the turns counts.
const LOOKS: u64 = 5;
/// How often a run says where it is.
const PROGRESS: Duration = Duration::from_secs(5);

/// Somebody who takes part, and what was found of them.
struct Part {
    who: &'static str,
    /// `None` once it has failed.
    process: Option<Child>,
    octets: u64,
    /// Nanoseconds.
    insert: u64,
    remove: u64,
    looks: [Vec<u64>; 2],
}

struct Batch<'o> {
    set: char,
    options: &'o Options,
    parts: Vec<Part>,
    told: Instant,
}

/// Measures the keys of one set; counts octets if `is_counted`, and takes times if not.
pub(crate) fn measure(set: char, options: &Options, is_counted: bool) -> Result<()> {
    let is_wanted = |who: &&str| {
        *who == NAMES[0] || options.who.is_empty() || options.who.iter().any(|own| own == who)
    };
    let (parts, told) = (Vec::new(), Instant::now());
    let mut batch = Batch {
        set,
        options,
        parts,
        told,
    };
    for who in NAMES.into_iter().filter(is_wanted) {
        batch.admit(who)?;
    }
    batch.change("insert")?;
    if !is_counted {
        for look in 0..LOOKS {
            batch.look(0, options.seed + look)?;
            batch.look(1, options.seed + look)?;
        }
        batch.change("remove")?;
    }
    for part in &mut batch.parts {
        part.say(set, options.n, is_counted)?;
    }
    Ok(())
}

impl Batch<'_> {
    /// Lets `who` take part if it answers as it should, or says why not.
    fn admit(&mut self, who: &'static str) -> Result<()> {
        match check::in_a_process(who, self.set)? {
            Answers::Wrongly(why) => return self.unable(who, why, true),
            Answers::UnlessNested(why) => self.unable(who, why, false)?,
            Answers::Rightly => {}
        }
        let mut command = Command::new(std::env::current_exe()?);
        command
            .args(["--turn", who, "--sets", &self.set.to_string()])
            .args(["--n", &self.options.n.to_string()])
            .args(["--seed", &self.options.seed.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        self.parts.push(Part {
            who,
            process: Some(command.spawn()?),
            octets: 0,
            insert: 0,
            remove: 0,
            looks: [Vec::new(), Vec::new()],
        });
        Ok(())
    }

    fn unable(&self, unable: &'static str, why: String, left_out: bool) -> Result<()> {
        let set = self.set.to_string();
        say(&Unable {
            set,
            unable,
            why,
            left_out,
        })
    }

    /// Inserts or removes all, part by part.
    fn change(&mut self, step: &'static str) -> Result<()> {
        let n = self.options.n;
        for first in (0..n).step_by(usize::try_from(PART)?) {
            let end = n.min(first + PART);
            for nth in 0..self.parts.len() {
                let answer = self.turn(nth, &format!("{step} {first} {end}"))?;
                let part = &mut self.parts[nth];
                if let Some((took, octets)) = answer {
                    if step == "insert" {
                        (part.insert, part.octets) = (part.insert + took, octets);
                    } else {
                        part.remove += took;
                    }
                }
            }
            self.progress(&format!("{step} {end} of {n}"));
        }
        Ok(())
    }

    /// Asks all about topics that match, or that do not.
    fn look(&mut self, kind: usize, seed: u64) -> Result<()> {
        let (word, expected) = [("hit", TOPICS), ("miss", 0)][kind];
        for nth in 0..self.parts.len() {
            match self.turn(nth, &format!("{word} {seed}"))? {
                Some((took, found)) if found == expected => self.parts[nth].looks[kind].push(took),
                Some((_, found)) => {
                    let why = format!("{found} topics of {TOPICS} match instead of {expected}");
                    self.fail(nth, why)?;
                }
                None => {}
            }
        }
        self.progress(word);
        Ok(())
    }

    /// Lets one of them work; `None` when it has failed.
    fn turn(&mut self, nth: usize, line: &str) -> Result<Option<(u64, u64)>> {
        let Some(process) = &mut self.parts[nth].process else {
            return Ok(None);
        };
        if let Ok(answer) = ask(process, line) {
            return Ok(Some(answer));
        }
        let status = process.wait()?;
        self.fail(nth, format!("{line}: {status}"))?;
        Ok(None)
    }

    /// Says that somebody has failed on the way; it is left out from then on.
    fn fail(&mut self, nth: usize, why: String) -> Result<()> {
        let part = &mut self.parts[nth];
        if let Some(mut process) = part.process.take() {
            let _gone = process.kill();
            process.wait()?;
        }
        let who = part.who;
        self.unable(who, why, true)
    }

    fn progress(&mut self, what: &str) {
        if self.told.elapsed() >= PROGRESS {
            eprintln!("trie-bench: set {}: {what}", self.set);
            self.told = Instant::now();
        }
    }
}

/// Says a line to a process, and hears the two numbers it answers.
fn ask(process: &mut Child, line: &str) -> Result<(u64, u64)> {
    let input = process.stdin.as_mut().context("no input")?;
    writeln!(input, "{line}")?;
    let output = process.stdout.as_mut().context("no output")?;
    let mut answer = String::new();
    // It says one line and waits: nothing is left behind in the buffer.
    BufReader::new(output).read_line(&mut answer)?;
    let (took, found) = answer.trim_end().split_once(' ').context("no answer")?;
    Ok((took.parse()?, found.parse()?))
}

impl Part {
    /// Prints what was found of it, unless it has failed, and lets its process end.
    fn say(&mut self, set: char, n: u64, is_counted: bool) -> Result<()> {
        let Some(mut process) = self.process.take() else {
            return Ok(());
        };
        drop(process.stdin.take());
        ensure!(process.wait()?.success(), "{} does not end well", self.who);
        let look = |times: &Vec<u64>| {
            let mut sorted = times.clone();
            sorted.sort_unstable();
            let middle = sorted.get(sorted.len() / 2)?;
            Some(rounded(*middle as f64 / TOPICS as f64))
        };
        let timed = |took| (!is_counted).then(|| rounded(took as f64 / n as f64));
        say(&Row {
            set: set.to_string(),
            n,
            who: self.who,
            bytes_per_sub: is_counted.then(|| rounded(self.octets as f64 / n as f64)),
            insert_ns: timed(self.insert),
            hit_ns: look(&self.looks[0]),
            miss_ns: look(&self.looks[1]),
            remove_ns: timed(self.remove),
        })
    }
}

/// A few subscriptions of ours, and topics that begin like none of them: what a message costs that
/// concerns nobody.
pub(crate) fn few() -> Result<()> {
    const KEYS: u64 = 63;
    let mut trie = rivals::new(NAMES[0]);
    for i in 0..KEYS {
        trie.insert(&key_sets::key('a', i));
    }
    let texts = topics('d', 0, TOPICS, 10_000, 1);
    let topics = texts.all();
    let mut times = Vec::new();
    for _ in 0..101 {
        let start = Instant::now();
        ensure!(trie.matching(&topics) == 0, "nothing begins with a zero");
        times.push(start.elapsed().as_secs_f64() * 1e9 / topics.len() as f64);
    }
    times.sort_by(f64::total_cmp);
    say(&Row {
        set: "few".to_owned(),
        n: KEYS,
        who: NAMES[0],
        miss_ns: Some(rounded(times[times.len() / 2])),
        ..Row::default()
    })
}
