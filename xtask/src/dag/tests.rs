//! Each rule finds a planted violation, and the workspace is clean.

use super::check;
use super::graph::{Crate, Edge, Graph, Purpose, inherits_lints, is_no_std};
use super::table::{Room, TABLE};
use crate::tree;

/// A crate that keeps the rules and uses `ours`.
fn member(name: &str, ours: &[&str]) -> Crate {
    let edges = ours.iter().map(|to| edge(to, Purpose::Product)).collect();
    Crate {
        name: name.to_owned(),
        edges,
        inherits_lints: true,
        is_no_std: true,
        ..Crate::default()
    }
}

fn edge(to: &str, purpose: Purpose) -> Edge {
    Edge {
        to: to.to_owned(),
        purpose,
        is_ours: to.starts_with("speedwell"),
        default_features: true,
        ..Edge::default()
    }
}

/// A crate whose tests use `to`.
fn tested_with(name: &str, to: &str) -> Crate {
    Crate {
        edges: vec![edge(to, Purpose::Tests)],
        ..member(name, &[])
    }
}

/// What dag finds in a workspace of one crate.
fn dag(member: Crate) -> Vec<String> {
    check(&Graph {
        crates: vec![member],
        ..Graph::default()
    })
}

/// Whether dag finds something that says `words`.
fn finds(member: Crate, words: &str) -> bool {
    dag(member).iter().any(|found| found.contains(words))
}

#[test]
fn the_workspace_is_clean() {
    let found = check(&Graph::read(&tree::root().unwrap()).unwrap());
    assert!(found.is_empty(), "\n{}\n", found.join("\n"));
}

#[test]
fn the_table_itself_keeps_the_nevers() {
    let whole = Graph {
        crates: TABLE
            .iter()
            .map(|row| member(row.name, row.may_use))
            .collect(),
        ..Graph::default()
    };
    assert_eq!(check(&whole), Vec::<String>::new());
    let below = |row: &super::table::Row, to: &str| {
        let to = super::table::find(to).unwrap();
        to.room < row.room || (to.room == Room::Workshop && row.room == Room::Workshop)
    };
    for row in TABLE {
        assert!(row.may_use.iter().all(|to| below(row, to)), "{row:?}");
    }
}

#[test]
fn a_crate_without_a_row() {
    assert!(finds(member("speedwell-mystery", &[]), "no row"));
}

#[test]
fn an_edge_the_table_does_not_know() {
    assert_eq!(
        dag(member("speedwell-tcp", &["speedwell-net"])),
        Vec::<String>::new()
    );
    assert!(finds(
        member("speedwell-tcp", &["speedwell-engine"]),
        "row does not allow"
    ));
    assert!(finds(
        member("speedwell-tcp", &["speedwell-novelty"]),
        "row does not allow"
    ));
}

#[test]
fn never_2_a_transport_that_sees_a_protocol() {
    for protocol in ["speedwell-protocol", "speedwell-pipeset", "speedwell-pair"] {
        for from in [
            "speedwell-tcp",
            "speedwell-stream",
            "speedwell-net",
            "speedwell-os",
        ] {
            assert!(
                finds(member(from, &[protocol]), "never 2"),
                "{from} {protocol}"
            );
        }
    }
}

#[test]
fn never_2_a_contract_that_sees_an_implementation() {
    assert!(finds(
        member("speedwell-protocol", &["speedwell-pair"]),
        "never 2"
    ));
    assert!(finds(
        member("speedwell-transport", &["speedwell-stream"]),
        "never 2"
    ));
    assert!(finds(
        member("speedwell-protocol", &["speedwell-transport"]),
        "never 2"
    ));
}

#[test]
fn never_2_an_engine_that_names_a_plug_in() {
    for plug_in in [
        "speedwell-tcp",
        "speedwell-pair",
        "speedwell-stream",
        "speedwell-os",
    ] {
        assert!(
            finds(member("speedwell-engine", &[plug_in]), "never 2"),
            "{plug_in}"
        );
    }
}

#[test]
fn never_3_the_facade_has_few_users() {
    assert!(finds(member("speedwell-sim", &["speedwell"]), "never 3"));
    assert!(finds(member("speedwell-socket", &["speedwell"]), "never 3"));
    assert_eq!(
        dag(member("speedwell-cat", &["speedwell"])),
        Vec::<String>::new()
    );
    assert_eq!(
        dag(tested_with("speedwell-tcp", "speedwell")),
        Vec::<String>::new()
    );
}

#[test]
fn never_3_the_testkit_is_for_tests() {
    assert!(finds(
        member("speedwell-tcp", &["speedwell-testkit"]),
        "never 3"
    ));
    assert!(finds(
        member("speedwell", &["speedwell-testkit"]),
        "never 3"
    ));
    assert_eq!(
        dag(tested_with("speedwell-tcp", "speedwell-testkit")),
        Vec::<String>::new()
    );
    assert_eq!(
        dag(member("speedwell-sim", &["speedwell-testkit"])),
        Vec::<String>::new()
    );
}

#[test]
fn never_3_nothing_uses_the_simulator() {
    assert!(finds(member("xtask", &["speedwell-sim"]), "never 3"));
    assert!(finds(
        tested_with("speedwell-engine", "speedwell-sim"),
        "never 3"
    ));
}

#[test]
fn never_4_the_ground_stands_alone() {
    let message = |used: &str| member("speedwell-message", &[used]);
    assert_eq!(dag(message("bytes")), Vec::<String>::new());
    assert_eq!(dag(message("smallvec")), Vec::<String>::new());
    assert!(finds(message("serde"), "never 4"));
    assert!(finds(member("speedwell-wire", &["bytes"]), "never 4"));
    assert!(finds(
        member("speedwell-trie", &["speedwell-message"]),
        "never 4"
    ));
    let mut optional = member("speedwell-wire", &["serde"]);
    optional
        .edges
        .iter_mut()
        .for_each(|edge| edge.is_optional = true);
    assert_eq!(dag(optional), Vec::<String>::new());
    assert_eq!(
        dag(tested_with("speedwell-wire", "proptest")),
        Vec::<String>::new()
    );
}

#[test]
fn never_4_the_ground_needs_no_std() {
    let hosted = Crate {
        is_no_std: false,
        ..member("speedwell-wire", &[])
    };
    assert!(finds(hosted, "never 4"));
    assert!(is_no_std("//! Wire.\n#![no_std]\n"));
    assert!(is_no_std("#![cfg_attr(not(test), no_std)]\n"));
    assert!(!is_no_std("//! Not #![no_std].\n"));
}

#[test]
fn never_5_siblings() {
    assert!(finds(
        member("speedwell-pair", &["speedwell-pipeline"]),
        "never 5"
    ));
    assert!(finds(member("speedwell-ws", &["speedwell-tls"]), "never 5"));
    assert!(finds(
        tested_with("speedwell-tcp", "speedwell-inproc"),
        "never 5"
    ));
}

#[test]
fn tests_of_a_wing_do_not_see_the_others() {
    let row = "row does not allow";
    assert!(finds(tested_with("speedwell-pair", "speedwell-tcp"), row));
    assert!(finds(tested_with("speedwell-tcp", "speedwell-socket"), row));
    assert_eq!(
        dag(tested_with("speedwell-socket", "speedwell-pair")),
        Vec::<String>::new()
    );
    assert_eq!(
        dag(tested_with("speedwell-pair", "speedwell-engine")),
        Vec::<String>::new()
    );
}

#[test]
fn never_6_hidden_features() {
    let hidden = vec!["_internal".to_owned()];
    let offers = Crate {
        features: hidden.clone(),
        ..member("speedwell-tcp", &[])
    };
    assert!(finds(offers, "never 6"));
    let mut asks = member("speedwell-tcp", &["speedwell-net"]);
    asks.edges
        .iter_mut()
        .for_each(|edge| edge.features = hidden.clone());
    assert!(finds(asks, "never 6"));
    let mut strips = member("speedwell-tcp", &["speedwell-net"]);
    strips
        .edges
        .iter_mut()
        .for_each(|edge| edge.default_features = false);
    assert!(finds(strips, "never 6"));
}

#[test]
fn lints_that_are_not_inherited() {
    let own = Crate {
        inherits_lints: false,
        ..member("speedwell-tcp", &[])
    };
    assert!(finds(own, "lints"));
    assert!(inherits_lints("[package]\n[lints]\nworkspace = true\n"));
    assert!(!inherits_lints(
        "[lints.rust]\n[package]\nworkspace = true\n"
    ));
}

#[test]
fn links_to_c() {
    let links = Crate {
        links: Some("z".to_owned()),
        ..member("speedwell-tcp", &[])
    };
    assert!(finds(links, "links C"));
    assert!(finds(member("speedwell-tcp", &["openssl-sys"]), "links C"));
    assert_eq!(
        dag(member("speedwell-os", &["linux-raw-sys"])),
        Vec::<String>::new()
    );
    let foreign = vec![("ring".to_owned(), "builds with `cc`".to_owned())];
    assert_eq!(
        check(&Graph {
            foreign,
            ..Graph::default()
        })
        .len(),
        1
    );
}

#[test]
fn a_third_party_that_needs_more_than_contracts() {
    let strangers = |uses: &str| Graph {
        strangers: vec![member("their-transport", &[uses])],
        ..Graph::default()
    };
    assert_eq!(check(&strangers("speedwell-stream")), Vec::<String>::new());
    assert_eq!(check(&strangers("speedwell-socket")).len(), 1);
}
