//! `cargo xtask dag`: the edges between crates, checked against the architecture.
//!
//! The facts come from `cargo metadata` and the manifests; the rules are functions over a
//! plain value, so that a test can plant a violation without a workspace. What a scan of the
//! sources can see is checked by `tidy`, not here.

mod graph;
mod rules;
mod table;

#[cfg(test)]
mod tests;

use std::path::Path;

use anyhow::Result;

use graph::Graph;
pub(crate) use graph::third_party;

/// A rule reads the graph and adds what it finds, a line for each violation.
type Rule = fn(&Graph, &mut Vec<String>);

/// Every rule, in the order of the report.
const RULES: &[Rule] = &[
    rules::every_crate_has_a_row,
    rules::edges_are_in_the_table,
    rules::wings_do_not_meet,
    rules::contracts_see_no_implementation,
    rules::facade_and_testkit_have_few_users,
    rules::ground_stands_alone,
    rules::ground_needs_no_std,
    rules::features_are_for_everyone,
    rules::lints_are_inherited,
    rules::no_links_to_c,
    rules::strangers_use_contracts_only,
];

/// Prints every violation and their count; true when there is none.
pub(crate) fn run(root: &Path) -> Result<bool> {
    let graph = Graph::read(root)?;
    let violations = check(&graph);
    for violation in &violations {
        println!("{violation}");
    }
    let edges: usize = graph.crates.iter().map(|member| member.edges.len()).sum();
    let crates = graph.crates.len();
    println!(
        "dag: {crates} crates, {edges} edges, {} violations",
        violations.len()
    );
    Ok(violations.is_empty())
}

/// What all rules find in `graph`.
fn check(graph: &Graph) -> Vec<String> {
    let mut violations = Vec::new();
    for rule in RULES {
        rule(graph, &mut violations);
    }
    violations
}
