//! What has to be true of a set at any time, checked. For tests: it reads everything.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use crate::arena::{NIL, Ref};
use crate::bitmap::Bitmap;
use crate::first_octets::FirstOctets;
use crate::group::{BUCKET_MAX, Group};
use crate::header::{self, Kind};
use crate::keys::Keys;
use crate::node::Node;
use crate::route::RouteTrie;
use crate::store::{Store, first_octet};
use crate::trie::SubscriptionTrie;

impl SubscriptionTrie {
    /// Checks everything that has to be true of the set at any time, for tests. Its time grows
    /// with the set.
    ///
    /// # Panics
    ///
    /// When something is not as it has to be: never, unless this crate has a bug.
    ///
    /// ```
    /// use speedwell_trie::SubscriptionTrie;
    ///
    /// let mut trie = SubscriptionTrie::new();
    /// trie.insert(b"a")?;
    /// trie.assert_valid();
    /// # Ok::<(), speedwell_trie::InsertError>(())
    /// ```
    pub fn assert_valid(&self) {
        let first = check_store(&self.store, |_| {});
        assert_eq!(first, self.first, "the first octets are known");
    }
}

impl RouteTrie {
    /// Checks everything that has to be true of the routes at any time, for tests. Its time grows
    /// with them.
    ///
    /// # Panics
    ///
    /// When something is not as it has to be: never, unless this crate has a bug.
    ///
    /// ```
    /// use speedwell_trie::RouteTrie;
    ///
    /// let mut routes = RouteTrie::new();
    /// routes.insert(b"a", 1)?;
    /// routes.assert_valid();
    /// # Ok::<(), speedwell_trie::InsertError>(())
    /// ```
    pub fn assert_valid(&self) {
        let mut uses = BTreeMap::new();
        check_store(&self.store, |number| {
            *uses.entry(number).or_default() += 1;
        });
        self.sets.assert_used(&uses);
    }
}

/// Checks blocks and keys, tells `visit` the count of each key, and gives the octets that they
/// begin with.
fn check_store(store: &Store, visit: impl FnMut(u64)) -> FirstOctets {
    if store.root == NIL {
        assert_eq!(
            (store.len, store.heap()),
            (0, 0),
            "nothing is left of nothing"
        );
        return FirstOctets::new();
    }
    let mut found = Found::default();
    let mut waiting = alloc::vec![(store.root, NIL)];
    while let Some((block, up)) = waiting.pop() {
        let octets = store.arena.get(block);
        assert_eq!(header::up(octets), up, "a block knows the node above it");
        found.blocks += 1;
        match header::kind(octets) {
            Kind::Node => {
                let children = check_node(store, block, up);
                found.keys += Node::read(octets).terminals() as u64;
                waiting.extend(children.into_iter().map(|child| (child, block)));
            }
            _ => found.keys += check_leaf(octets),
        }
    }
    assert_eq!(found.keys, store.len, "every key is counted");
    let (_, blocks) = store.arena.figures();
    assert_eq!(
        found.blocks, blocks,
        "every block is reached, and none is lost"
    );
    check_order(store, visit)
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

/// The keys are in order, and as many as they should be.
fn check_order(store: &Store, mut visit: impl FnMut(u64)) -> FirstOctets {
    let (mut before, mut keys) = (None, Keys::new(store));
    let (mut len, mut first) = (0, FirstOctets::new());
    while let Some((key, count)) = keys.next_key() {
        assert!(count > 0, "a key is counted");
        assert!(before.as_deref() < Some(key), "keys in order");
        before = Some(key.to_vec());
        first.add(key);
        visit(count);
        len += 1;
    }
    assert_eq!(len, store.len, "every key is found in order");
    first
}
