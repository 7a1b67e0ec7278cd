//! Our side of `cargo xtask bench engine`, as it is measured. Counts no allocations.

fn main() -> anyhow::Result<()> {
    speedwell_benches::run(None)
}
