//! Both sets as data of `serde`: pairs of a key and its count, or of a prefix and its ids, in the
//! order of the keys. Read, they may come in any order and from anybody: what makes no sense is an
//! error, and memory is taken for what was read, never for what was announced. See
//! `rfc/sp-trie.md` section 5.

use core::fmt;
use core::num::NonZeroU64;

use alloc::vec::Vec;
use serde::de::{Deserialize, Deserializer, Error, SeqAccess, Visitor};
use serde::ser::{Serialize, SerializeSeq, Serializer};

use crate::{RouteTrie, SubscriptionTrie};

/// Octets of a key that are reserved before they are read.
const RESERVED_MAX: usize = 4096;

/// A key on its way out, as octets and not as a list of numbers.
struct Lent<'a>(&'a [u8]);

impl Serialize for Lent<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(self.0)
    }
}

// rfc: sp-trie T-23
impl Serialize for SubscriptionTrie {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut pairs = serializer.serialize_seq(usize::try_from(self.len()).ok())?;
        let mut keys = self.keys();
        while let Some((key, count)) = keys.next_key() {
            pairs.serialize_element(&(Lent(key), count))?;
        }
        pairs.end()
    }
}

// rfc: sp-trie T-23
impl Serialize for RouteTrie {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut pairs = serializer.serialize_seq(usize::try_from(self.len()).ok())?;
        let mut prefixes = self.prefixes();
        while let Some((prefix, ids)) = prefixes.next_prefix() {
            pairs.serialize_element(&(Lent(prefix), ids))?;
        }
        pairs.end()
    }
}

/// A key that was read.
struct Read(Vec<u8>);

impl<'de> Deserialize<'de> for Read {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_byte_buf(Octets).map(Self)
    }
}

/// Takes octets in whichever form a format has them.
struct Octets;

impl<'de> Visitor<'de> for Octets {
    type Value = Vec<u8>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the octets of a key")
    }

    fn visit_bytes<E: Error>(self, octets: &[u8]) -> Result<Vec<u8>, E> {
        Ok(octets.to_vec())
    }

    fn visit_byte_buf<E: Error>(self, octets: Vec<u8>) -> Result<Vec<u8>, E> {
        Ok(octets)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Vec<u8>, E> {
        Ok(text.as_bytes().to_vec())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut numbers: A) -> Result<Vec<u8>, A::Error> {
        let announced = numbers.size_hint().unwrap_or(0);
        let mut octets = Vec::with_capacity(announced.min(RESERVED_MAX));
        while let Some(octet) = numbers.next_element()? {
            octets.push(octet);
        }
        Ok(octets)
    }
}

// rfc: sp-trie T-23, T-24
impl<'de> Deserialize<'de> for SubscriptionTrie {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(Counted)
    }
}

struct Counted;

impl<'de> Visitor<'de> for Counted {
    type Value = SubscriptionTrie;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("pairs of a key and its count")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut pairs: A) -> Result<Self::Value, A::Error> {
        let mut trie = SubscriptionTrie::new();
        while let Some((Read(key), count)) = pairs.next_element::<(_, NonZeroU64)>()? {
            if !trie.insert(&key).map_err(Error::custom)? {
                return Err(Error::custom("a key is there twice"));
            }
            trie.recount(&key, count.get());
        }
        Ok(trie)
    }
}

// rfc: sp-trie T-23, T-24
impl<'de> Deserialize<'de> for RouteTrie {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(Routed)
    }
}

struct Routed;

impl<'de> Visitor<'de> for Routed {
    type Value = RouteTrie;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("pairs of a prefix and its ids")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut pairs: A) -> Result<Self::Value, A::Error> {
        let mut routes = RouteTrie::new();
        while let Some((Read(prefix), mut ids)) = pairs.next_element::<(_, Vec<u32>)>()? {
            ids.sort_unstable();
            if ids.is_empty() {
                return Err(Error::custom("a prefix has no id"));
            }
            if ids.windows(2).any(|pair| pair[0] == pair[1]) {
                return Err(Error::custom("a prefix has an id twice"));
            }
            if !routes.insert_set(&prefix, &ids).map_err(Error::custom)? {
                return Err(Error::custom("a prefix is there twice"));
            }
        }
        Ok(routes)
    }
}
