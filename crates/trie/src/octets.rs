//! Octets compared, lengths written and counts stored. Knows nothing of blocks.

use alloc::vec::Vec;

/// Octets compared at a time where keys are long.
const STRIDE: usize = 128;

/// How many octets `a` and `b` have in common at their fronts.
#[inline]
pub(crate) fn shared(a: &[u8], b: &[u8]) -> usize {
    let len = a.len().min(b.len());
    let (a, b) = (&a[..len], &b[..len]);
    let mut done = 0;
    // Long keys: most of them at the speed of memory.
    while done + STRIDE <= len && a[done..done + STRIDE] == b[done..done + STRIDE] {
        done += STRIDE;
    }
    while let (Some(x), Some(y)) = (a[done..].first_chunk(), b[done..].first_chunk()) {
        match first_difference(x, y) {
            Some(at) => return done + at,
            None => done += 8,
        }
    }
    // The end once more with what is before it, which is equal: no loop over single octets.
    if let (Some(x), Some(y)) = (a.last_chunk(), b.last_chunk()) {
        return first_difference(x, y).map_or(len, |at| len - 8 + at);
    }
    let rest = a.iter().zip(b);
    rest.take_while(|(x, y)| x == y).count()
}

/// Where eight octets differ first.
#[inline]
fn first_difference(x: &[u8; 8], y: &[u8; 8]) -> Option<usize> {
    let differs = u64::from_le_bytes(*x) ^ u64::from_le_bytes(*y);
    (differs != 0).then_some((differs.trailing_zeros() / 8) as usize)
}

/// Eight octets as a number, the first of them lowest.
#[inline]
pub(crate) fn word(octets: &[u8]) -> u64 {
    let mut word = [0; 8];
    word.copy_from_slice(octets);
    u64::from_le_bytes(word)
}

/// Writes a length: seven bits an octet, the low ones first.
pub(crate) fn put_len(out: &mut Vec<u8>, mut len: usize) {
    while len >= 0x80 {
        out.push(len as u8 | 0x80);
        len >>= 7;
    }
    out.push(len as u8);
}

/// Reads a length at `at`, and says where the octets behind it begin.
#[inline]
pub(crate) fn get_len(octets: &[u8], at: usize) -> (usize, usize) {
    let first = octets[at];
    if first < 0x80 {
        return (usize::from(first), at + 1);
    }
    let (mut len, mut shift, mut next) = (usize::from(first & 0x7f), 7, at + 1);
    loop {
        let octet = octets[next];
        len |= usize::from(octet & 0x7f) << shift;
        (shift, next) = (shift + 7, next + 1);
        if octet < 0x80 {
            return (len, next);
        }
    }
}

/// Octets that [`put_len`] writes.
pub(crate) const fn len_of_len(mut len: usize) -> usize {
    let mut octets = 1;
    while len >= 0x80 {
        (len, octets) = (len >> 7, octets + 1);
    }
    octets
}

/// Octets a count needs when it is kept beside others: none for one.
pub(crate) const fn width_for(count: u64) -> usize {
    // rfc: sp-trie T-14
    match count {
        0..=1 => 0,
        2..=0xff => 1,
        0x100..=0xffff => 2,
        0x1_0000..=0xffff_ffff => 4,
        _ => 8,
    }
}

/// The count at `index` in a table of `width` octets each.
pub(crate) fn count_at(counts: &[u8], width: usize, index: usize) -> u64 {
    if width == 0 {
        return 1;
    }
    let mut octets = [0; 8];
    octets[..width].copy_from_slice(&counts[index * width..][..width]);
    u64::from_le_bytes(octets)
}

/// Appends a count to a table; it fits `width`.
pub(crate) fn put_count(out: &mut Vec<u8>, width: usize, count: u64) {
    out.extend_from_slice(&count.to_le_bytes()[..width]);
}

#[cfg(test)]
mod tests {
    use super::shared;

    #[test]
    fn every_length_and_every_place_of_the_first_difference() {
        let all: [u8; 300] = core::array::from_fn(|at| at as u8);
        for len in (0..40).chain(120..140).chain([255, 256, 257, 300]) {
            assert_eq!(shared(&all[..len], &all), len);
            for at in 0..len {
                let mut other = all;
                other[at] ^= 0x80;
                assert_eq!(shared(&all[..len], &other), at, "of {len}");
                assert_eq!(shared(&other, &all[..len]), at, "of {len}");
            }
        }
    }
}
