//! Takes the times of all, with the allocator of the system. Counts nothing.

fn main() -> anyhow::Result<()> {
    trie_bench::run(None)
}
