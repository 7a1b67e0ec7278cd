//! Runs the targets on random octets for some time, on stable Rust and without coverage: fewer ways
//! are found than by libFuzzer, but it runs everywhere. `speedwell-fuzz SECONDS SEED [TARGET…]`;
//! `speedwell-fuzz --input FILE TARGET` runs one input again. The last line is
//! `N passed, M failed`.

use std::panic::catch_unwind;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use speedwell_fuzz::{TARGETS, Target};

/// The longest input.
const OCTETS_MAX: u64 = 512;
/// Inputs that are kept to be changed: the last ones.
const KEPT: usize = 64;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let outcome = match &arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["--input", file, name] => again(file, name),
        [seconds, seed, names @ ..] => all(seconds, seed, names),
        _ => Err("speedwell-fuzz SECONDS SEED [TARGET...], or --input FILE TARGET".into()),
    };
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("speedwell-fuzz: {error}");
            ExitCode::from(2)
        }
    }
}

type Failure = Box<dyn std::error::Error>;

/// Runs one input.
fn again(file: &str, name: &str) -> Result<bool, Failure> {
    let octets = std::fs::read(file)?;
    let (_, target) = TARGETS
        .iter()
        .find(|(own, _)| *own == name)
        .ok_or("no such target")?;
    target(&octets);
    Ok(true)
}

/// Runs the targets, each for its part of the time.
fn all(seconds: &str, seed: &str, names: &[&str]) -> Result<bool, Failure> {
    let (seconds, seed): (u64, u64) = (seconds.parse()?, seed.parse()?);
    let chosen = TARGETS
        .iter()
        .filter(|(name, _)| names.is_empty() || names.contains(name));
    let chosen: Vec<_> = chosen.collect();
    if chosen.is_empty() {
        return Err("no such target".into());
    }
    let part = Duration::from_secs(seconds) / u32::try_from(chosen.len())?;
    let mut passed = 0;
    for (name, target) in &chosen {
        passed += usize::from(run(name, *target, part, seed)?);
    }
    let failed = chosen.len() - passed;
    println!("{passed} passed, {failed} failed");
    Ok(failed == 0)
}

/// Runs one target for some time; an input that it fails on is kept in a file.
fn run(name: &str, target: Target, limit: Duration, seed: u64) -> Result<bool, Failure> {
    let (mut random, mut kept): (_, Vec<Vec<u8>>) = (Random(seed), Vec::new());
    let (start, mut inputs) = (Instant::now(), 0_u64);
    while start.elapsed() < limit || inputs == 0 {
        let nth = random.below_len(kept.len().max(1) as u64);
        let octets = match kept.get(nth) {
            Some(octets) if random.below(4) > 0 => random.changed(octets),
            _ => random.octets(),
        };
        inputs += 1;
        if catch_unwind(|| target(&octets)).is_err() {
            let file = std::env::temp_dir().join(format!("speedwell-fuzz-{name}-{seed}"));
            std::fs::write(&file, &octets)?;
            println!(
                "fuzz: {name} FAILED at input {inputs} of seed {seed}: {}",
                file.display()
            );
            return Ok(false);
        }
        let place = random.below_len(KEPT as u64);
        match kept.get_mut(place) {
            Some(old) => *old = octets,
            None => kept.push(octets),
        }
    }
    let took = start.elapsed().as_secs_f64();
    println!("fuzz: {name}: {inputs} inputs of seed {seed} in {took:.1} s");
    Ok(true)
}

/// SplitMix64.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    fn below_len(&mut self, end: u64) -> usize {
        self.below(end) as usize
    }

    /// One octet: often one that lengths, greetings and words begin with.
    fn octet(&mut self) -> u8 {
        const LIKELY: [u8; 8] = [0, 1, 0x7f, 0x80, 0xff, b'S', b'P', 8];
        match self.below(3) {
            0 => LIKELY[self.below_len(8)],
            _ => self.next() as u8,
        }
    }

    fn octets(&mut self) -> Vec<u8> {
        let most = 1 << self.below(10);
        let len = self.below(OCTETS_MAX.min(most) + 1);
        (0..len).map(|_| self.octet()).collect()
    }

    /// An input that is a little different.
    fn changed(&mut self, octets: &[u8]) -> Vec<u8> {
        let mut octets = octets.to_vec();
        for _ in 0..=self.below(4) {
            let at = self.below_len(octets.len() as u64 + 1);
            match self.below(4) {
                0 => octets.insert(at, self.octet()),
                1 => octets.truncate(at),
                2 => octets.extend(self.octets()),
                _ => {
                    let octet = self.octet();
                    if let Some(own) = octets.get_mut(at) {
                        *own = octet;
                    }
                }
            }
        }
        octets.truncate(OCTETS_MAX as usize);
        octets
    }
}
