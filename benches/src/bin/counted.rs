//! Our side of `cargo xtask bench engine`, once more: says how much it has allocated. The counting
//! costs time, so no time is taken of this one.

#[path = "../../../crates/speedwell/tests/counting_alloc.rs"]
mod counting_alloc;

fn main() -> anyhow::Result<()> {
    speedwell_benches::run(Some(counting_alloc::allocations))
}
