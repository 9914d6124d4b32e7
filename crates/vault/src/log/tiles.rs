//! C2SP `tlog-tiles`: names of tiles and the nodes in them. Pure.

use crate::proof::{Hash, node};

pub const WIDTH: u64 = 256;
const LEVEL_MAX: u8 = 5;

/// Kinds of files that hold 256 things each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Hashes; level 0 holds leaf hashes, level L the roots of 256^L leaves each.
    Tile(u8),
    /// Entries, each with its length before it.
    Entries,
    /// Encrypted payloads and salts.
    Private,
}

/// One file: `index`-th of its kind with `width` things in it (256 = full).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name {
    pub kind: Kind,
    pub index: u64,
    pub width: u64,
}

impl Name {
    /// Path below `log/`.
    pub fn path(&self) -> String {
        let mut index = format!("{:03}", self.index % 1000);
        let mut rest = self.index / 1000;
        while rest > 0 {
            index = format!("x{:03}/{index}", rest % 1000);
            rest /= 1000;
        }
        let base = match self.kind {
            Kind::Tile(level) => format!("tile/{level}/{index}"),
            Kind::Entries => format!("tile/entries/{index}"),
            Kind::Private => format!("private/{index}"),
        };
        match self.width {
            WIDTH => base,
            width => format!("{base}.p/{width}"),
        }
    }

    /// The inverse of [`Name::path`]; anything else, or spelled otherwise, is refused.
    pub fn parse(path: &str) -> Option<Name> {
        let (base, width) = match path.split_once(".p/") {
            Some((base, width)) => (base, width.parse().ok().filter(|w| (1..WIDTH).contains(w))?),
            None => (path, WIDTH),
        };
        let (kind, index) = match base.strip_prefix("tile/") {
            Some(rest) => match rest.split_once('/')? {
                ("entries", index) => (Kind::Entries, index),
                (level, index) => (Kind::Tile(level.parse().ok().filter(|l| *l <= LEVEL_MAX)?), index),
            },
            None => (Kind::Private, base.strip_prefix("private/")?),
        };
        let mut number: u64 = 0;
        for group in index.split('/') {
            let digits = group.strip_prefix('x').unwrap_or(group);
            number = number.checked_mul(1000)?.checked_add(digits.parse().ok()?)?;
        }
        let name = Name { kind, index: number, width };
        (name.path() == path).then_some(name)
    }

    /// The file that holds thing number `at` of its kind in a log of `size` entries.
    pub fn holding(kind: Kind, at: u64, size: u64) -> Name {
        let things = match kind {
            Kind::Tile(level) => size >> (8 * u32::from(level)),
            Kind::Entries | Kind::Private => size,
        };
        let index = at / WIDTH;
        Name { kind, index, width: things.saturating_sub(index * WIDTH).min(WIDTH) }
    }
}

/// All levels that hold something in a log of `size` entries.
pub fn levels(size: u64) -> impl Iterator<Item = u8> {
    (0..=LEVEL_MAX).take_while(move |level| size >> (8 * u32::from(*level)) > 0)
}

/// The right edge of a tree: in each level the hashes of its last, not yet full tile.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Edge {
    pub size: u64,
    pub levels: Vec<Vec<Hash>>,
}

impl Edge {
    /// Appends a leaf hash. `full` gets every tile that became full, lowest level first.
    pub fn push(&mut self, leaf: Hash, mut full: impl FnMut(Name, &[Hash])) {
        let mut hash = leaf;
        for level in 0.. {
            if self.levels.len() == level {
                self.levels.push(Vec::new());
            }
            let tile = &mut self.levels[level];
            tile.push(hash);
            if tile.len() < WIDTH as usize {
                break;
            }
            let index = (self.size >> (8 * level)) / WIDTH;
            full(Name { kind: Kind::Tile(level as u8), index, width: WIDTH }, tile);
            hash = subtree(tile);
            tile.clear();
        }
        self.size += 1;
    }

    /// The tiles that are not full, for writing.
    pub fn partial(&self) -> impl Iterator<Item = (Name, &[Hash])> {
        self.levels.iter().enumerate().filter(|(_, tile)| !tile.is_empty()).map(|(level, tile)| {
            let index = (self.size >> (8 * level)) / WIDTH;
            let kind = Kind::Tile(level as u8);
            (Name { kind, index, width: tile.len() as u64 }, &tile[..])
        })
    }

    /// Root of the whole tree.
    pub fn root(&self) -> Hash {
        let mut peaks = Vec::new();
        for tile in self.levels.iter().rev() {
            let mut rest = &tile[..];
            while !rest.is_empty() {
                let (peak, after) = rest.split_at(1 << rest.len().ilog2());
                peaks.push(subtree(peak));
                rest = after;
            }
        }
        crate::proof::fold(&peaks)
    }
}

/// Root of a complete subtree: the number of hashes is a power of two.
pub fn subtree(hashes: &[Hash]) -> Hash {
    match hashes {
        [one] => *one,
        many => {
            let (left, right) = many.split_at(many.len() / 2);
            node(&subtree(left), &subtree(right))
        }
    }
}
