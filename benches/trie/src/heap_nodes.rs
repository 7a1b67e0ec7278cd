//! A trie of heap nodes, to compare with: up to ten octets of prefix in a node, a list of up to
//! eight children, a table of 256 above that. It stands for what nanomsg does, and is written for
//! speed: a node and its children are one piece of memory. Counts as `u32`, and does not shrink.

/// Octets of prefix in a node.
const PREFIX_MAX: usize = 10;
/// Children in a list.
const SPARSE_MAX: usize = 8;

struct Node<K: ?Sized> {
    count: u32,
    prefix_len: u8,
    prefix: [u8; PREFIX_MAX],
    /// The octets of the children in a list.
    octets: [u8; SPARSE_MAX],
    kids: K,
}

/// A node, or nothing.
#[derive(Default)]
pub(crate) struct Tree(Option<Box<Node<[Self]>>>);

/// A node taken apart.
#[derive(Default)]
struct Parts {
    count: u32,
    prefix: Vec<u8>,
    octets: [u8; SPARSE_MAX],
    kids: Vec<Tree>,
}

macro_rules! boxed {
    ($parts:expr, $prefix:expr, $($len:literal)*) => {
        match $parts.kids.len() {
            $($len => Box::new(Node {
                count: $parts.count,
                prefix_len: $parts.prefix.len() as u8,
                prefix: $prefix,
                octets: $parts.octets,
                kids: <[Tree; $len]>::try_from($parts.kids).ok().unwrap(),
            }) as Box<Node<[Tree]>>,)*
            len => panic!("{len} children"),
        }
    };
}

impl Parts {
    fn boxed(self) -> Tree {
        let mut prefix = [0; PREFIX_MAX];
        prefix[..self.prefix.len()].copy_from_slice(&self.prefix);
        Tree(Some(boxed!(self, prefix, 0 1 2 3 4 5 6 7 8 256)))
    }

    fn of(node: &mut Node<[Tree]>) -> Self {
        Self {
            count: node.count,
            prefix: node.prefix().to_vec(),
            octets: node.octets,
            kids: node.kids.iter_mut().map(std::mem::take).collect(),
        }
    }

    fn add(&mut self, octet: u8, kid: Tree) {
        if self.kids.len() < SPARSE_MAX {
            self.octets[self.kids.len()] = octet;
            self.kids.push(kid);
            return;
        }
        if self.kids.len() == SPARSE_MAX {
            let list = std::mem::take(&mut self.kids);
            self.kids.resize_with(256, Tree::default);
            for (octet, kid) in self.octets.iter().zip(list) {
                self.kids[usize::from(*octet)] = kid;
            }
        }
        self.kids[usize::from(octet)] = kid;
    }
}

impl Node<[Tree]> {
    #[inline]
    fn prefix(&self) -> &[u8] {
        &self.prefix[..usize::from(self.prefix_len)]
    }

    #[inline]
    fn kid(&self, octet: u8) -> Option<usize> {
        if self.kids.len() > SPARSE_MAX {
            return Some(usize::from(octet));
        }
        self.octets[..self.kids.len()]
            .iter()
            .position(|&own| own == octet)
    }
}

/// A chain of nodes for what is left of a key.
fn chain(key: &[u8]) -> Tree {
    let (head, rest) = key.split_at(key.len().min(PREFIX_MAX));
    let mut parts = Parts {
        prefix: head.to_vec(),
        ..Parts::default()
    };
    match rest.split_first() {
        Some((octet, rest)) => parts.add(*octet, chain(rest)),
        None => parts.count = 1,
    }
    parts.boxed()
}

impl Tree {
    pub(crate) fn insert(&mut self, mut key: &[u8]) {
        let mut tree = self;
        loop {
            let Some(node) = &mut tree.0 else {
                *tree = chain(key);
                return;
            };
            let prefix = node.prefix();
            let same = prefix.iter().zip(key).take_while(|(a, b)| a == b).count();
            if same < prefix.len() {
                let mut below = Parts::of(node);
                let octet = below.prefix[same];
                let head = below.prefix[..same].to_vec();
                below.prefix.drain(..=same);
                let mut above = Parts {
                    prefix: head,
                    ..Parts::default()
                };
                above.add(octet, below.boxed());
                match key[same..].split_first() {
                    Some((octet, rest)) => above.add(*octet, chain(rest)),
                    None => above.count = 1,
                }
                *tree = above.boxed();
                return;
            }
            let Some((&octet, rest)) = key[same..].split_first() else {
                node.count += 1;
                return;
            };
            match node.kid(octet) {
                Some(kid) => tree = &mut tree.0.as_mut().unwrap().kids[kid],
                None => {
                    let mut parts = Parts::of(node);
                    parts.add(octet, chain(rest));
                    *tree = parts.boxed();
                    return;
                }
            }
            key = rest;
        }
    }

    #[inline]
    pub(crate) fn matches(&self, mut topic: &[u8]) -> bool {
        let mut tree = self;
        while let Some(node) = &tree.0 {
            let Some(rest) = topic.strip_prefix(node.prefix()) else {
                return false;
            };
            if node.count > 0 {
                return true;
            }
            let Some((&octet, rest)) = rest.split_first() else {
                return false;
            };
            match node.kid(octet) {
                Some(kid) => tree = &node.kids[kid],
                None => return false,
            }
            topic = rest;
        }
        false
    }

    /// Takes one off the count of `key`, and a node without children or count away; whether this
    /// tree is empty then.
    pub(crate) fn remove(&mut self, key: &[u8]) -> bool {
        let Some(node) = &mut self.0 else {
            return true;
        };
        let Some(rest) = key.strip_prefix(node.prefix()) else {
            return false;
        };
        match rest.split_first() {
            None => node.count = node.count.saturating_sub(1),
            Some((&octet, rest)) => {
                let kid = node.kid(octet);
                if kid.is_some_and(|kid| node.kids[kid].remove(rest)) {
                    let kid = kid.unwrap_or(0);
                    node.kids[kid] = Self(None);
                    if node.kids.len() <= SPARSE_MAX {
                        let mut parts = Parts::of(node);
                        parts.kids.remove(kid);
                        parts.octets.copy_within(kid + 1.., kid);
                        *self = parts.boxed();
                    }
                }
            }
        }
        self.0
            .as_ref()
            .is_some_and(|node| node.count == 0 && node.kids.is_empty())
    }
}
