//! What do a greeting, a frame and header words cost? Slices only, as in `rfc/sp-wire.md`.
#![allow(clippy::unwrap_used, reason = "a bench fails by panicking")]

use std::hint::black_box;

use criterion::{Criterion, Throughput};
use speedwell_wire::frame::encode_length;
use speedwell_wire::words::{TTL_DEFAULT, scan_backtrace};
use speedwell_wire::{Framing, Greeting, GreetingDecoder, PrefixDecoder, role};

/// Octets of a read, as large as the reading thread's buffer.
const READ: usize = 64 * 1024;
/// Octets of each message in it.
const BODY: usize = 64;

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    greeting(&mut criterion);
    frames(&mut criterion);
    words(&mut criterion);
    criterion.final_summary();
}

fn greeting(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("wire/greeting");
    let greeting = Greeting {
        protocol: role::PUSH,
    };
    group.bench_function("encode", |bencher| {
        bencher.iter(|| black_box(greeting).encode());
    });
    let octets = greeting.encode();
    group.bench_function("decode", |bencher| {
        bencher.iter(|| GreetingDecoder::new().push(black_box(&octets)).unwrap());
    });
    group.finish();
}

/// All messages of one read: their lengths, and where they end.
fn frames(criterion: &mut Criterion) {
    for (name, framing) in [("tcp", Framing::Tcp), ("ipc", Framing::Ipc)] {
        let mut prefix = [0; 16];
        let len = encode_length(framing, BODY as u64, &mut prefix);
        let mut frame = prefix.get(..len).unwrap().to_vec();
        frame.extend([7; BODY]);
        let messages = READ / frame.len();
        let read = frame.repeat(messages);

        let mut group = criterion.benchmark_group(format!("wire/frame/{name}"));
        group.throughput(Throughput::Elements(messages as u64));
        group.bench_function("decode 64 B", |bencher| {
            bencher.iter(|| lengths(framing, black_box(&read)));
        });
        group.throughput(Throughput::Elements(1));
        group.bench_function("encode", |bencher| {
            let mut out = [0; 16];
            bencher.iter(|| encode_length(framing, black_box(BODY as u64), black_box(&mut out)));
        });
        group.finish();
    }
}

/// The sum of the lengths in a read.
fn lengths(framing: Framing, read: &[u8]) -> u64 {
    let mut decoder = PrefixDecoder::new(framing, None);
    let (mut rest, mut sum) = (read, 0);
    while !rest.is_empty() {
        let (taken, length) = decoder.push(rest).unwrap();
        let length = length.unwrap();
        sum += length;
        rest = rest
            .get(taken + usize::try_from(length).unwrap()..)
            .unwrap();
    }
    sum
}

fn words(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("wire/words");
    let direct = *b"\xe2\x3c\x2d\xe1body";
    let mut far = [4_u8; 4 * TTL_DEFAULT as usize];
    *far.last_chunk_mut().unwrap() = [0x80, 0, 0, 1];
    for (name, message) in [("one word", &direct[..]), ("eight words", &far[..])] {
        group.bench_function(name, |bencher| {
            bencher.iter(|| scan_backtrace(black_box(message), TTL_DEFAULT));
        });
    }
    group.finish();
}
