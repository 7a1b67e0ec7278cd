//! What has to be true of a set at any time, checked. For tests: it reads everything.

use alloc::vec::Vec;

use crate::arena::{NIL, Ref};
use crate::bitmap::Bitmap;
use crate::first_octets::FirstOctets;
use crate::group::{BUCKET_MAX, Group};
use crate::header::{self, Kind};
use crate::node::Node;
use crate::store::{Store, first_octet};
use crate::trie::SubscriptionTrie;

impl SubscriptionTrie {
    /// Checks everything that has to be true of the set at any time, for tests. Its time grows
    /// with the set.
    ///
    /// # Panics
    ///
    /// When something is not as it has to be: never, unless this crate has a bug.
    pub fn assert_valid(&self) {
        let mut found = Found::default();
        if self.store.root == NIL {
            assert_eq!(
                (self.len, self.store.heap()),
                (0, 0),
                "nothing is left of nothing"
            );
            assert_eq!(
                self.first,
                FirstOctets::new(),
                "nothing begins with anything"
            );
            return;
        }
        let mut waiting = alloc::vec![(self.store.root, NIL)];
        while let Some((block, up)) = waiting.pop() {
            let octets = self.store.arena.get(block);
            assert_eq!(header::up(octets), up, "a block knows the node above it");
            found.blocks += 1;
            match header::kind(octets) {
                Kind::Node => {
                    let children = check_node(&self.store, block, up);
                    found.keys += Node::read(octets).terminals() as u64;
                    waiting.extend(children.into_iter().map(|child| (child, block)));
                }
                _ => found.keys += check_leaf(octets),
            }
        }
        assert_eq!(found.keys, self.len, "every key is counted");
        let (_, blocks) = self.store.arena.figures();
        assert_eq!(
            found.blocks, blocks,
            "every block is reached, and none is lost"
        );
        check_order(self);
    }
}

#[derive(Default)]
struct Found {
    blocks: usize,
    keys: u64,
}

fn check_node(store: &Store, block: Ref, up: Ref) -> Vec<Ref> {
    let node = store.node(block);
    assert!(
        up == NIL || !node.prefix().is_empty(),
        "a node below another has a prefix"
    );
    let fanout = node.fanout();
    let starts = &fanout.starts[..fanout.len];
    assert!(
        starts.is_sorted_by(|a, b| a < b) && starts.first() == Some(&0),
        "ranges in order"
    );
    for (slot, &child) in fanout.refs[..fanout.len].iter().enumerate() {
        assert_ne!(child, NIL, "no child is absent");
        let first = first_octet(store.arena.at(child)).map(|octet| node.slot(octet));
        assert_eq!(first, Some(slot), "a child is in its range");
        if fanout.len == 1 {
            assert!(!store.is_node(child), "an only child is a leaf");
        }
    }
    fanout.refs[..fanout.len].to_vec()
}

fn check_leaf(octets: &[u8]) -> u64 {
    let mut group = Group::default();
    group.read(octets, &[]);
    let len = group.len();
    assert!(len > 0, "a leaf has a key");
    let single = len == 1 || header::kind(octets) == Kind::Bitmap;
    assert!(
        octets.len() <= BUCKET_MAX || single,
        "a leaf is small, or has one key"
    );
    if header::kind(octets) == Kind::Bitmap {
        let bitmap = Bitmap::read(octets);
        assert_eq!(len, bitmap.len() + usize::from(bitmap.has_term()));
    }
    let widest = (0..len)
        .map(|key| crate::octets::width_for(group.count(key)))
        .max();
    assert!(widest <= Some(header::width(octets)), "counts fit");
    len as u64
}

/// The keys are in order, and the octets between them and their ranges agree.
fn check_order(trie: &SubscriptionTrie) {
    let (mut before, mut keys) = (None, trie.keys());
    let (mut len, mut first) = (0, FirstOctets::new());
    while let Some((key, count)) = keys.next_key() {
        assert!(count > 0, "a key is counted");
        assert!(before.as_deref() < Some(key), "keys in order");
        before = Some(key.to_vec());
        first.add(key);
        len += 1;
    }
    assert_eq!(len, trie.len, "every key is found in order");
    assert_eq!(first, trie.first, "the first octets are known");
}
