//! Both sets written and read again, and what strangers may write instead
//! (`rfc/sp-trie.md` T-23, T-24).

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use proptest::prelude::*;
use serde::Deserialize;
use serde::de::IntoDeserializer;
use serde::de::value::{BytesDeserializer, Error, SeqDeserializer};
use speedwell_testkit::effort::usual_or;
use speedwell_trie::{RouteTrie, SubscriptionTrie};

/// Keys of few letters, so that much is shared, and of any octets.
fn key() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        prop::collection::vec(b'a'..b'c', 0..12),
        prop::collection::vec(any::<u8>(), 0..40),
    ]
}

/// Counts of all widths.
fn count() -> impl Strategy<Value = u64> {
    prop_oneof![4 => Just(1), 1 => 2_u64..300, 1 => 1..=u64::MAX, 1 => Just(u64::MAX)]
}

fn written<T: serde::Serialize>(set: &T) -> String {
    serde_json::to_string(set).unwrap()
}

fn subscriptions(text: &str) -> Result<SubscriptionTrie, serde_json::Error> {
    serde_json::from_str(text)
}

fn routes(text: &str) -> Result<RouteTrie, serde_json::Error> {
    serde_json::from_str(text)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(usual_or(64, 2_000)))]
    // rfc: sp-trie T-23
    #[test]
    fn subscriptions_are_read_as_they_were_written(
        keys in prop::collection::btree_map(key(), count(), 0..200),
    ) {
        let trie = subscriptions(&written(&keys.iter().collect::<Vec<_>>())).unwrap();
        trie.assert_valid();
        prop_assert!(trie.keys().eq(keys.clone()));
        let again = subscriptions(&written(&trie)).unwrap();
        again.assert_valid();
        prop_assert_eq!(again.len(), keys.len() as u64);
        prop_assert!(again.keys().eq(keys));
    }

    // rfc: sp-trie T-23
    #[test]
    fn routes_are_read_as_they_were_written(
        all in prop::collection::btree_map(
            key(),
            prop::collection::btree_set(0_u32..70, 1..5),
            0..100,
        ),
    ) {
        let mut own = RouteTrie::new();
        for (prefix, ids) in &all {
            ids.iter().for_each(|&id| assert_eq!(own.insert(prefix, id), Ok(true)));
        }
        let again = routes(&written(&own)).unwrap();
        again.assert_valid();
        prop_assert!(again.prefixes().eq(own.prefixes()));
        prop_assert_eq!(again.len(), all.len() as u64);
    }

    // rfc: sp-trie T-24
    #[test]
    fn octets_changed_on_the_way_are_another_set_or_an_error(
        keys in prop::collection::btree_map(key(), count(), 0..20),
        changes in prop::collection::vec((any::<prop::sample::Index>(), 0x20_u8..0x7f), 1..4),
        cut in any::<prop::sample::Index>(),
    ) {
        let mut text = written(&keys.iter().collect::<Vec<_>>()).into_bytes();
        for (at, octet) in changes {
            let at = at.index(text.len());
            text[at] = octet;
        }
        for text in [&text[..], &text[..cut.index(text.len())]] {
            if let Ok(trie) = serde_json::from_slice::<SubscriptionTrie>(text) {
                trie.assert_valid();
            }
            if let Ok(routes) = serde_json::from_slice::<RouteTrie>(text) {
                routes.assert_valid();
            }
        }
    }
}

#[test]
fn the_form_is_pairs_in_order_of_keys() {
    // rfc: sp-trie T-23
    let mut trie = SubscriptionTrie::new();
    for key in ["b", "a", "b", ""] {
        trie.insert(key.as_bytes()).unwrap();
    }
    assert_eq!(written(&trie), "[[[],1],[[97],1],[[98],2]]");
    let mut routes = RouteTrie::new();
    for (prefix, id) in [("b", 7), ("b", 3), ("a", 3)] {
        routes.insert(prefix.as_bytes(), id).unwrap();
    }
    assert_eq!(written(&routes), "[[[97],[3]],[[98],[3,7]]]");
    assert_eq!(written(&SubscriptionTrie::new()), "[]");
    assert_eq!(subscriptions("[]").unwrap().memory().heap, 0);
}

#[test]
fn pairs_may_come_in_any_order_and_keys_as_text() {
    // rfc: sp-trie T-24
    let trie = subscriptions(r#"[["b",2],[[97],1],["b/c",300]]"#).unwrap();
    trie.assert_valid();
    let counts = ["a", "b", "b/c", "c"].map(|key| trie.count(key.as_bytes()));
    assert_eq!(counts, [1, 2, 300, 0]);
    let routes = routes(r#"[["b",[7,3]],["a",[16777215]]]"#).unwrap();
    routes.assert_valid();
    assert_eq!(
        (routes.ids(b"b"), routes.ids(b"a")),
        (&[3, 7][..], &[RouteTrie::ID_MAX][..])
    );
}

#[test]
fn an_id_that_was_read_makes_no_set_of_ids_great() {
    // rfc: sp-trie T-24 T-25
    for id in [RouteTrie::ID_MAX + 1, u32::MAX] {
        let why = routes(&format!("[[[97],[3,{id}]]]")).unwrap_err();
        assert!(why.to_string().contains("greater than 16777215"), "{why}");
    }
}

#[test]
fn what_makes_no_sense_is_an_error() {
    // rfc: sp-trie T-24
    let why = |text: &str| subscriptions(text).unwrap_err().to_string();
    assert!(why("[[[97],0]]").contains("nonzero"));
    assert!(why("[[[97],1],[[98],1],[[97],3]]").contains("a key is there twice"));
    for text in [
        "",
        "7",
        "{}",
        "[7]",
        "[[]]",
        "[[[97]]]",
        "[[[97],1,1]]",
        "[[[256],1]]",
        "[[[97],-1]]",
        "[[[97],18446744073709551616]]",
        "[[[97],1]",
        "[[7,1]]",
    ] {
        assert!(subscriptions(text).is_err(), "{text}");
    }
    let why = |text: &str| routes(text).unwrap_err().to_string();
    assert!(why("[[[97],[]]]").contains("a prefix has no id"));
    assert!(why("[[[97],[3,7,3]]]").contains("a prefix has an id twice"));
    assert!(why("[[[97],[3]],[[97],[7]]]").contains("a prefix is there twice"));
    for text in [
        "[[[97],7]]",
        "[[[97],[4294967296]]]",
        "[[[97],[-1]]]",
        "[[[97],[[]]]]",
    ] {
        assert!(routes(text).is_err(), "{text}");
    }
}

/// A sequence of no element that claims to have as many as can be counted.
#[derive(Clone, Debug)]
struct Boasting;

impl Iterator for Boasting {
    type Item = u8;

    fn next(&mut self) -> Option<u8> {
        None
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (usize::MAX, Some(usize::MAX))
    }
}

/// Half of a pair as some format has it: a key, or its count or ids.
#[derive(Clone, Debug)]
enum Half {
    /// A list that claims to be endless.
    Boasting,
    Octets(&'static [u8]),
    Count(u64),
}

impl IntoDeserializer<'static, Error> for Half {
    type Deserializer = HalfDeserializer;

    fn into_deserializer(self) -> HalfDeserializer {
        HalfDeserializer(self)
    }
}

struct HalfDeserializer(Half);

impl<'de> serde::Deserializer<'de> for HalfDeserializer {
    type Error = Error;

    fn deserialize_any<V: serde::de::Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.0 {
            Half::Boasting => visitor.visit_seq(SeqDeserializer::new(Boasting)),
            Half::Octets(octets) => BytesDeserializer::new(octets).deserialize_any(visitor),
            Half::Count(count) => visitor.visit_u64(count),
        }
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf
        option unit unit_struct newtype_struct seq tuple tuple_struct map struct enum identifier
        ignored_any
    }
}

#[test]
fn nothing_is_reserved_for_what_was_only_announced() {
    // rfc: sp-trie T-24
    let endless = || SeqDeserializer::<_, Error>::new(Boasting);
    assert!(SubscriptionTrie::deserialize(endless()).unwrap().is_empty());
    assert!(RouteTrie::deserialize(endless()).unwrap().is_empty());
    let pairs = |first, second| vec![vec![first, second]].into_deserializer();
    let trie = SubscriptionTrie::deserialize(pairs(Half::Boasting, Half::Count(2))).unwrap();
    assert_eq!((trie.count(b""), trie.len()), (2, 1));
    let ids = pairs(Half::Octets(b"a"), Half::Boasting);
    let why = RouteTrie::deserialize(ids).unwrap_err().to_string();
    assert_eq!(why, "a prefix has no id");
}

#[test]
fn a_format_may_have_octets_of_its_own() {
    // rfc: sp-trie T-23
    let pairs = vec![vec![Half::Octets(b"\0\xff"), Half::Count(7)]].into_deserializer();
    let trie = SubscriptionTrie::deserialize(pairs).unwrap();
    assert_eq!(trie.count(b"\0\xff"), 7);
}
