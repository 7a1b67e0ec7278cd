//! The nevers that edges show, one function each.

use super::graph::{Crate, Edge, Graph, Purpose, is_binding};
use super::table::{self, FACADE, FOR_STRANGERS, Room, SIM, TESTKIT};

/// A new crate is given its place before it is used.
pub(crate) fn every_crate_has_a_row(graph: &Graph, out: &mut Vec<String>) {
    for member in &graph.crates {
        if table::find(&member.name).is_none() {
            out.push(format!("{}: no row in xtask/src/dag/table.rs", member.name));
        }
    }
}

/// A crate uses what its row says; its tests may also stand on everything below it.
pub(crate) fn edges_are_in_the_table(graph: &Graph, out: &mut Vec<String>) {
    for (member, edge) in our_edges(graph) {
        let allowed = match edge.purpose {
            Purpose::Product => product_may_use(&member.name, &edge.to),
            Purpose::Tests => tests_may_use(&member.name, &edge.to),
        };
        if !allowed {
            let what = if edge.purpose == Purpose::Tests {
                "its tests use"
            } else {
                "it uses"
            };
            out.push(format!(
                "{}: {what} {}, which its row does not allow",
                member.name, edge.to
            ));
        }
    }
}

/// Never 5: no protocol uses a protocol, no transport a transport, not even in its tests.
pub(crate) fn wings_do_not_meet(graph: &Graph, out: &mut Vec<String>) {
    for (member, edge) in our_edges(graph) {
        let rooms = (room(&member.name), room(&edge.to));
        let siblings = matches!(
            rooms,
            (Some(Room::Protocol), Some(Room::Protocol))
                | (Some(Room::Transport), Some(Room::Transport))
        );
        if siblings {
            out.push(format!(
                "{}: never 5: {} is its sibling",
                member.name, edge.to
            ));
        }
    }
}

/// Never 2: transports see no protocol, contracts no implementation, the engine no plug-in.
pub(crate) fn contracts_see_no_implementation(graph: &Graph, out: &mut Vec<String>) {
    for (member, edge) in our_edges(graph).filter(|(_, edge)| edge.purpose == Purpose::Product) {
        let of_transports =
            room(&member.name) == Some(Room::Transport) || table::serves_transports(&member.name);
        if of_transports && table::speaks_of_protocols(&edge.to) {
            out.push(format!(
                "{}: never 2: sees the protocol side: {}",
                member.name, edge.to
            ));
        }
        let contract = room(&member.name) == Some(Room::Contract);
        if contract && room(&edge.to) != Some(Room::Ground) {
            out.push(format!(
                "{}: never 2: a contract that sees {}",
                member.name, edge.to
            ));
        }
        if table::is_engine(&member.name) && table::is_plug_in(&edge.to) {
            out.push(format!(
                "{}: never 2: names the plug-in {}",
                member.name, edge.to
            ));
        }
    }
}

/// Never 3: who may use the facade and the testkit; nobody uses the simulator.
pub(crate) fn facade_and_testkit_have_few_users(graph: &Graph, out: &mut Vec<String>) {
    for (member, edge) in our_edges(graph) {
        let from = room(&member.name);
        let product = edge.purpose == Purpose::Product;
        let users = matches!(from, Some(Room::User | Room::Tool));
        let testers = matches!(from, Some(Room::Simulator | Room::Tool));
        let wrong = (edge.to == SIM)
            || (edge.to == FACADE && product && !users)
            || (edge.to == TESTKIT && product && !testers);
        if wrong {
            out.push(format!("{}: never 3: may not use {}", member.name, edge.to));
        }
    }
}

/// Never 4: the ground uses next to nothing.
pub(crate) fn ground_stands_alone(graph: &Graph, out: &mut Vec<String>) {
    for member in &graph.crates {
        let Some(limit) = table::registry_limit(&member.name) else {
            continue;
        };
        let product = member
            .edges
            .iter()
            .filter(|edge| edge.purpose == Purpose::Product);
        for edge in product.filter(|edge| !edge.is_optional) {
            if !limit.contains(&edge.to.as_str()) {
                out.push(format!("{}: never 4: may not use {}", member.name, edge.to));
            }
        }
    }
}

/// Never 4: the ground builds without the standard library.
pub(crate) fn ground_needs_no_std(graph: &Graph, out: &mut Vec<String>) {
    for member in graph
        .crates
        .iter()
        .filter(|member| room(&member.name) == Some(Room::Ground))
    {
        if !member.is_no_std {
            out.push(format!(
                "{}: never 4: its library is not `#![no_std]`",
                member.name
            ));
        }
    }
}

/// Never 6: no feature is for our own crates only.
pub(crate) fn features_are_for_everyone(graph: &Graph, out: &mut Vec<String>) {
    for member in &graph.crates {
        for feature in member
            .features
            .iter()
            .filter(|feature| feature.starts_with('_'))
        {
            out.push(format!(
                "{}: never 6: the hidden feature `{feature}`",
                member.name
            ));
        }
    }
    for (member, edge) in our_edges(graph) {
        if !edge.default_features {
            out.push(format!(
                "{}: never 6: {} without its defaults",
                member.name, edge.to
            ));
        }
        for feature in edge
            .features
            .iter()
            .filter(|feature| feature.starts_with('_'))
        {
            let to = &edge.to;
            out.push(format!(
                "{}: never 6: {to} with its hidden `{feature}`",
                member.name
            ));
        }
    }
}

/// Every crate is held to the same lints.
pub(crate) fn lints_are_inherited(graph: &Graph, out: &mut Vec<String>) {
    for member in graph.crates.iter().filter(|member| !member.inherits_lints) {
        out.push(format!(
            "{}: its manifest lacks `[lints] workspace = true`",
            member.name
        ));
    }
}

/// Never 6: no crate of ours links C, and nothing below one does.
pub(crate) fn no_links_to_c(graph: &Graph, out: &mut Vec<String>) {
    for member in &graph.crates {
        if let Some(library) = &member.links {
            out.push(format!("{}: links C: `links = \"{library}\"`", member.name));
        }
        for edge in member.edges.iter().filter(|edge| is_binding(&edge.to)) {
            out.push(format!("{}: links C: uses {}", member.name, edge.to));
        }
    }
    for (name, reason) in &graph.foreign {
        out.push(format!(
            "{name}: links C: {reason}, and a crate of ours stands on it"
        ));
    }
}

/// What a third party publishes needs the contracts and what surrounds them, no more.
pub(crate) fn strangers_use_contracts_only(graph: &Graph, out: &mut Vec<String>) {
    for stranger in &graph.strangers {
        let product = stranger
            .edges
            .iter()
            .filter(|edge| edge.purpose == Purpose::Product);
        for edge in product.filter(|edge| table::find(&edge.to).is_some()) {
            if !FOR_STRANGERS.contains(&edge.to.as_str()) {
                out.push(format!(
                    "{}: a third party that needs {}",
                    stranger.name, edge.to
                ));
            }
        }
    }
}

/// The edges between crates of this workspace.
fn our_edges(graph: &Graph) -> impl Iterator<Item = (&Crate, &Edge)> {
    let edges = graph
        .crates
        .iter()
        .flat_map(|member| member.edges.iter().map(move |edge| (member, edge)));
    edges.filter(|(_, edge)| edge.is_ours)
}

/// Where the crate `name` lives.
fn room(name: &str) -> Option<Room> {
    table::find(name).map(|row| row.room)
}

/// Whether the row of `from` names `to`.
fn product_may_use(from: &str, to: &str) -> bool {
    table::find(from).is_some_and(|row| row.may_use.contains(&to))
}

/// Whether the tests and examples of `from` may use `to`: what the crate may, the testkit,
/// the facade, and whatever stands on a lower floor. The driver is tested with both wings.
fn tests_may_use(from: &str, to: &str) -> bool {
    if product_may_use(from, to) || to == TESTKIT || to == FACADE {
        return true;
    }
    let (Some(from), Some(to)) = (room(from), room(to)) else {
        return false;
    };
    match from {
        Room::Driver => matches!(to, Room::Protocol | Room::Transport) || to < from,
        Room::Protocol | Room::Transport => to < Room::Driver,
        _ => to < from,
    }
}
