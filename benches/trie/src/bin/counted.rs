//! Counts the octets that each keeps on the heap. The counting costs time, so no time is taken.

#[path = "../../../../crates/speedwell/tests/counting_alloc.rs"]
#[allow(dead_code, reason = "other programs count allocations")]
mod counting_alloc;

fn main() -> anyhow::Result<()> {
    trie_bench::run(Some(counting_alloc::live_octets))
}
