//! Where blocks live: pages of one size of block each, without a hole. Never reads a block beyond
//! its length, and knows nothing of keys. See `DESIGN.md`, "The arena".
//!
//! ```text
//! class of 48 octets   page 3 [48][48] … [48]   page 9 [48][48][  room  ]
//!                                                          └ the last block
//! ```
//!
//! A freed block is filled at once with the last block of its class, so a class is an array. Who
//! frees is told which block moved, and mends the reference to it. Blocks too large for a class
//! have a page of their own, and keep their reference whatever their length becomes.

use alloc::boxed::Box;
use alloc::vec::Vec;

use crate::header;

/// A reference to a block: page number and place in that page.
pub(crate) type Ref = u32;

/// No block.
pub(crate) const NIL: Ref = Ref::MAX;

/// Blocks begin and end at multiples of this many octets.
const GRANULE: usize = 8;
/// Octets in a page of small blocks, at most.
const PAGE: usize = GRANULE << PLACE_BITS;
/// Bits of a reference that say where in its page a block begins.
const PLACE_BITS: u32 = 10;
/// Pages there can be; the last number is kept for [`NIL`].
const PAGES_MAX: usize = (1 << (32 - PLACE_BITS)) - 1;
/// The largest leaf and the largest node that share a page with others. A node is small, so that
/// moving it changes few children.
const SMALL_MAX: [usize; 2] = [512, 128];
/// The part of its class by which a page grows: one 64th is room at most.
const GROWTH: usize = 64;

/// Blocks of one size: full pages, and a last one.
#[derive(Clone, Debug, Default)]
struct Class {
    pages: Vec<u32>,
    /// Octets of the last page that hold blocks.
    fill: usize,
}

impl Class {
    /// Octets by which the last page grows.
    fn step(&self, size: usize) -> usize {
        let share = self.pages.len() * PAGE / GROWTH;
        (share / size).max(1) * size
    }
}

/// A block that was moved into the hole another one left.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moved {
    pub(crate) from: Ref,
    pub(crate) to: Ref,
}

/// All blocks.
#[derive(Clone, Debug, Default)]
pub(crate) struct Arena {
    pages: Vec<Box<[u8]>>,
    /// Page numbers that are free.
    vacant: Vec<u32>,
    /// Classes of leaves and of nodes, by granules less one.
    classes: [Vec<Class>; 2],
    /// Octets in all pages.
    octets: usize,
    /// What calls did, for tests.
    #[cfg(test)]
    pub(crate) work: crate::work::Work,
}

/// The set and the class of a block; `None` when it has a page of its own.
fn home(is_node: bool, len: usize) -> Option<(usize, usize)> {
    let set = usize::from(is_node);
    (1..=SMALL_MAX[set])
        .contains(&len)
        .then(|| (set, (len - 1) / GRANULE))
}

/// Octets of the blocks of a class.
const fn size_of_class(class: usize) -> usize {
    (class + 1) * GRANULE
}

const fn page_of(block: Ref) -> usize {
    (block >> PLACE_BITS) as usize
}

const fn place_of(block: Ref) -> usize {
    (block & ((1 << PLACE_BITS) - 1)) as usize * GRANULE
}

const fn reference(page: u32, place: usize) -> Ref {
    page << PLACE_BITS | (place / GRANULE) as u32
}

/// Has all lines of memory that a leaf may be in fetched at a time, before they are needed one
/// after the other: reads an octet of each. What is behind the leaf is read with it; at the end of
/// a page nothing is.
#[inline(always)]
pub(crate) fn fetch(block: &[u8]) {
    const LINE: usize = 64;
    if let Some(lines) = block.first_chunk::<{ SMALL_MAX[0] }>() {
        let ahead = (LINE..SMALL_MAX[0]).step_by(LINE).map(|at| lines[at]);
        core::hint::black_box(ahead.fold(0, |all, octet| all | octet));
    }
}

impl Arena {
    pub(crate) const fn new() -> Self {
        Self {
            pages: Vec::new(),
            vacant: Vec::new(),
            classes: [Vec::new(), Vec::new()],
            octets: 0,
            #[cfg(test)]
            work: crate::work::Work::new(),
        }
    }

    /// Whether `pages` more pages can be numbered.
    pub(crate) const fn has_room(&self, pages: usize) -> bool {
        self.pages.len() + pages <= PAGES_MAX + self.vacant.len()
    }

    /// The block from its first octet to the end of its page: what is behind it is not its own.
    #[inline]
    pub(crate) fn at(&self, block: Ref) -> &[u8] {
        #[cfg(test)]
        self.work.touch(block);
        &self.pages[page_of(block)][place_of(block)..]
    }

    /// The octets of a block, exactly.
    pub(crate) fn get(&self, block: Ref) -> &[u8] {
        let rest = self.at(block);
        let used = header::used(rest);
        if used == 0 { rest } else { &rest[..used] }
    }

    /// The octets of a block, to be changed in place.
    pub(crate) fn get_mut(&mut self, block: Ref) -> &mut [u8] {
        #[cfg(test)]
        self.work.touch(block);
        &mut self.pages[page_of(block)][place_of(block)..]
    }

    /// Makes a block of `image`; moves no other.
    pub(crate) fn alloc(&mut self, image: &[u8]) -> Ref {
        let block = match home(header::is_node(image), image.len()) {
            Some((set, class)) => self.alloc_small(set, class),
            None => reference(self.add_page(image.len()), 0),
        };
        self.write(block, image);
        block
    }

    /// Puts `image` where `block` is, if it fits there; says whether it did.
    pub(crate) fn rewrite(&mut self, block: Ref, image: &[u8]) -> bool {
        let old = self.at(block);
        let was = home(header::is_node(old), header::used(old));
        let becomes = home(header::is_node(image), image.len());
        if was != becomes {
            return false;
        }
        if was.is_none() && old.len() != image.len() {
            let page = page_of(block);
            self.octets -= self.pages[page].len();
            self.octets += image.len();
            self.pages[page] = Box::default();
            self.pages[page] = alloc::vec![0; image.len()].into_boxed_slice();
        }
        self.write(block, image);
        true
    }

    fn write(&mut self, block: Ref, image: &[u8]) {
        #[cfg(test)]
        self.work.copy(image.len());
        let target = self.get_mut(block);
        target[..image.len()].copy_from_slice(image);
        let small = home(header::is_node(image), image.len()).is_some();
        header::set_used(target, if small { image.len() } else { 0 });
    }

    /// Gives a block back, and says which one took its place.
    pub(crate) fn free(&mut self, block: Ref) -> Option<Moved> {
        let octets = self.at(block);
        let used = header::used(octets);
        match home(header::is_node(octets), used) {
            Some((set, class)) => self.free_small(block, set, class),
            None => {
                self.drop_page(page_of(block));
                None
            }
        }
    }

    fn alloc_small(&mut self, set: usize, class: usize) -> Ref {
        let classes = &mut self.classes[set];
        if classes.len() <= class {
            classes.reserve_exact(class + 1 - classes.len());
            classes.resize_with(class + 1, Class::default);
        }
        let size = size_of_class(class);
        let full = PAGE / size * size;
        let Class { pages, fill } = &self.classes[set][class];
        let (last, fill) = (pages.last().copied(), *fill);
        let step = self.classes[set][class].step(size);
        let (page, place) = match last {
            Some(page) if fill < full => {
                if fill == self.pages[page as usize].len() {
                    self.resize_page(page as usize, full.min(fill + step));
                }
                (page, fill)
            }
            _ => {
                let page = self.add_page(full.min(step));
                self.classes[set][class].pages.push(page);
                (page, 0)
            }
        };
        self.classes[set][class].fill = place + size;
        reference(page, place)
    }

    fn free_small(&mut self, block: Ref, set: usize, class: usize) -> Option<Moved> {
        let size = size_of_class(class);
        let full = PAGE / size * size;
        let step = self.classes[set][class].step(size);
        let Class { pages, fill } = &mut self.classes[set][class];
        let page = *pages.last()?;
        *fill -= size;
        let (place, left) = (*fill, *fill);
        if left == 0 {
            pages.pop();
            *fill = if pages.is_empty() { 0 } else { full };
        }
        let last = reference(page, place);
        debug_assert!(page_of(block) != page as usize || place_of(block) <= place);
        if last != block {
            #[cfg(test)]
            self.work.copy(size);
            // Taken out for a moment: the two pages may be one.
            let source = core::mem::take(&mut self.pages[page as usize]);
            if page_of(block) == page as usize {
                self.pages[page as usize] = source;
                let target = place_of(block);
                self.pages[page as usize].copy_within(place..place + size, target);
            } else {
                self.get_mut(block)[..size].copy_from_slice(&source[place..place + size]);
                self.pages[page as usize] = source;
            }
        }
        if left == 0 {
            self.drop_page(page as usize);
        } else if self.pages[page as usize].len() > left + 2 * step {
            self.resize_page(page as usize, left + step);
        }
        (last != block).then_some(Moved {
            from: last,
            to: block,
        })
    }

    fn add_page(&mut self, len: usize) -> u32 {
        self.octets += len;
        let octets = alloc::vec![0; len].into_boxed_slice();
        if let Some(page) = self.vacant.pop() {
            self.pages[page as usize] = octets;
            return page;
        }
        #[cfg(test)]
        if self.pages.len() == self.pages.capacity() {
            self.work.grow(size_of_val(&*self.pages));
        }
        self.pages.push(octets);
        (self.pages.len() - 1) as u32
    }

    fn drop_page(&mut self, page: usize) {
        self.octets -= self.pages[page].len();
        self.pages[page] = Box::default();
        self.vacant.push(page as u32);
    }

    fn resize_page(&mut self, page: usize, len: usize) {
        let mut octets = core::mem::take(&mut self.pages[page]).into_vec();
        self.octets = self.octets - octets.len() + len;
        #[cfg(test)]
        self.work.copy(len.min(octets.len()));
        octets.reserve_exact(len.saturating_sub(octets.len()));
        octets.resize(len, 0);
        self.pages[page] = octets.into_boxed_slice();
    }

    /// Octets asked of the allocator.
    pub(crate) fn heap(&self) -> usize {
        let lists = self
            .classes
            .iter()
            .flatten()
            .map(|class| class.pages.capacity());
        let words = lists.sum::<usize>() + self.vacant.capacity();
        let classes = self.classes.iter().map(Vec::capacity).sum::<usize>();
        self.octets
            + words * size_of::<u32>()
            + classes * size_of::<Class>()
            + self.pages.capacity() * size_of::<Box<[u8]>>()
    }

    /// Octets of pages that hold no block, and the number of blocks.
    pub(crate) fn figures(&self) -> (usize, usize) {
        let (mut shared, mut octets, mut blocks) = (0, 0, 0);
        for (class, list) in self.classes.iter().flat_map(|set| set.iter().enumerate()) {
            let size = size_of_class(class);
            let full = PAGE / size * size;
            let filled = list.pages.len().saturating_sub(1) * full + list.fill;
            octets += filled;
            blocks += filled / size;
            shared += list.pages.len();
        }
        // Every other page is one block.
        let own = self.pages.len() - self.vacant.len() - shared;
        let shared = self.classes.iter().flatten().flat_map(|list| &list.pages);
        let shared = shared
            .map(|&page| self.pages[page as usize].len())
            .sum::<usize>();
        (shared - octets, blocks + own)
    }
}
