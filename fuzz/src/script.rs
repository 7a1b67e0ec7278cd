//! Octets read as a script: numbers and keys over an alphabet of some size. Never fails; what is
//! missing is zero.

/// How many letters keys are made of.
const ALPHABETS: [u16; 5] = [1, 2, 3, 26, 256];
/// How long they may be; the longest only where there are few letters, as what is compared grows.
const LENGTHS: [u8; 4] = [2, 8, 40, 255];

/// What is left of it.
pub(crate) struct Script<'o> {
    rest: &'o [u8],
    letters: u16,
    length: u8,
}

impl<'o> Script<'o> {
    /// The first octet chooses letters and lengths.
    pub(crate) fn new(octets: &'o [u8]) -> Self {
        let (&choice, rest) = octets.split_first().unwrap_or((&0, &[]));
        Self {
            rest,
            letters: ALPHABETS[usize::from(choice) % ALPHABETS.len()],
            length: LENGTHS[usize::from(choice) / ALPHABETS.len() % LENGTHS.len()],
        }
    }

    pub(crate) fn is_over(&self) -> bool {
        self.rest.is_empty()
    }

    pub(crate) fn octet(&mut self) -> u8 {
        let (&octet, rest) = self.rest.split_first().unwrap_or((&0, &[]));
        self.rest = rest;
        octet
    }

    /// A key. Over one letter it is its length alone, so that a short script makes long keys.
    pub(crate) fn key(&mut self) -> Vec<u8> {
        let len = usize::from(self.octet() % (self.length.saturating_add(1).max(1)));
        if self.letters == 1 {
            return vec![b'a'; len];
        }
        let letters = self.letters;
        let letter = |octet: &u8| match letters {
            256 => *octet,
            _ => b'a' + (u16::from(*octet) % letters) as u8,
        };
        let (own, rest) = self.rest.split_at(len.min(self.rest.len()));
        self.rest = rest;
        own.iter().map(letter).collect()
    }
}
