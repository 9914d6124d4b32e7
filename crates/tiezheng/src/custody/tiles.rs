//! The public log from outside: the files of C2SP `tlog-tiles`, and the hashes they hold. Shares no code with what writes
//! them: a witness and the check of a bag read them as anybody would.

use std::path::PathBuf;

use tiezheng_vault::proof::{self, Hash};

use crate::error::{Problem, Result};

pub const WIDTH: u64 = 256;
/// A checkpoint with a hundred cosignatures is some 20 KB.
const CHECKPOINT_BYTES_MAX: usize = 64 << 10;
const TILE_BYTES_MAX: usize = 34 * WIDTH as usize;

/// One file of a log: its kind (`entries`, or the level of a tile), its number, and how many things it holds.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Name {
    pub level: Option<u8>,
    pub index: u64,
    pub width: u64,
}

impl Name {
    /// `tile/0/x001/234.p/17`
    pub fn path(&self) -> String {
        let kind = self.level.map_or("entries".to_owned(), |level| level.to_string());
        let mut number = format!("{:03}", self.index % 1000);
        let mut rest = self.index / 1000;
        while rest > 0 {
            number = format!("x{:03}/{number}", rest % 1000);
            rest /= 1000;
        }
        let partial = if self.width == WIDTH { String::new() } else { format!(".p/{}", self.width) };
        format!("tile/{kind}/{number}{partial}")
    }

    /// Bytes of one thing in the file.
    pub fn unit(&self) -> usize {
        if self.level.is_some() { 32 } else { 34 }
    }

    fn full(&self) -> Name {
        Name { width: WIDTH, ..self.clone() }
    }
}

/// Every file of a log of `size` entries, entries first, then tiles by level.
pub fn files(size: u64) -> impl Iterator<Item = Name> {
    let of_kind = move |level: Option<u8>| {
        let things = size >> (8 * u32::from(level.unwrap_or(0)));
        (0..things.div_ceil(WIDTH)).map(move |index| Name { level, index, width: (things - index * WIDTH).min(WIDTH) })
    };
    let levels = (0..8u8).take_while(move |level| size >> (8 * u32::from(*level)) > 0);
    of_kind(None).chain(levels.flat_map(move |level| of_kind(Some(level))))
}

/// Where a log is read: its public address, or a folder with the same files.
pub enum Source {
    Folder(PathBuf),
    Web { client: reqwest::Client, base: String },
}

impl Source {
    /// `https://…/log`, or a folder that holds `checkpoint` and `tile/`.
    pub fn parse(text: &str) -> Result<Source> {
        if !text.starts_with("http://") && !text.starts_with("https://") {
            return Ok(Source::Folder(text.into()));
        }
        let client = reqwest::Client::builder()
            .timeout(std::time::Duration::from_secs(30))
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(|error| Problem::internal(error.to_string()))?;
        Ok(Source::Web { client, base: text.trim_end_matches('/').to_owned() })
    }

    /// `None` where there is no such file. Reads `most` bytes at most and refuses longer answers.
    async fn get(&self, path: &str, most: usize) -> Result<Option<Vec<u8>>> {
        let failed =
            |detail: String| Problem::refused(502, "witness.unreachable").with("path", path).with("detail", detail);
        match self {
            Source::Folder(folder) => match std::fs::File::open(folder.join(path)) {
                Ok(file) => {
                    use std::io::Read;
                    let mut bytes = Vec::new();
                    file.take(most as u64 + 1).read_to_end(&mut bytes).map_err(|error| failed(error.to_string()))?;
                    if bytes.len() > most { Err(failed("too long".into())) } else { Ok(Some(bytes)) }
                }
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
                Err(error) => Err(failed(error.to_string())),
            },
            Source::Web { client, base } => {
                let answer = client.get(format!("{base}/{path}")).send().await;
                let mut answer = answer.map_err(|error| failed(error.without_url().to_string()))?;
                if answer.status() == 404 {
                    return Ok(None);
                }
                if answer.status() != 200 {
                    return Err(failed(answer.status().to_string()));
                }
                let mut bytes = Vec::new();
                while let Some(piece) = answer.chunk().await.map_err(|error| failed(error.without_url().to_string()))? {
                    bytes.extend_from_slice(&piece);
                    if bytes.len() > most {
                        return Err(failed("too long".into()));
                    }
                }
                Ok(Some(bytes))
            }
        }
    }

    pub async fn checkpoint(&self) -> Result<Vec<u8>> {
        let missing = || Problem::refused(404, "witness.no_checkpoint");
        self.get("checkpoint", CHECKPOINT_BYTES_MAX).await?.ok_or_else(missing)
    }

    /// The bytes of a file, cut to its width: a fuller one may have taken its place meanwhile.
    pub async fn file(&self, name: &Name) -> Result<Vec<u8>> {
        for candidate in [name.clone(), name.full()] {
            let Some(mut bytes) = self.get(&candidate.path(), TILE_BYTES_MAX).await? else { continue };
            let wanted = name.width as usize * name.unit();
            if bytes.len() < wanted || bytes.len() % name.unit() != 0 {
                return Err(Problem::refused(422, "witness.tile_length").with("path", candidate.path()));
            }
            bytes.truncate(wanted);
            return Ok(bytes);
        }
        Err(Problem::refused(404, "witness.tile_missing").with("path", name.path()))
    }

    /// Roots of ranges of leaves in a log of `size` entries, out of its tiles.
    pub async fn roots(&self, ranges: &[(u64, u64)], size: u64) -> Result<Vec<Hash>> {
        let mut read = std::collections::HashMap::new();
        let mut roots = Vec::new();
        for &(from, to) in ranges {
            let mut hashes = Vec::new();
            for (height, index) in proof::nodes(from, to) {
                let (level, within) = ((height / 8) as u8, height % 8);
                let start = index << within;
                let things = size >> (8 * u32::from(level));
                let tile = start / WIDTH;
                let name = Name { level: Some(level), index: tile, width: (things - tile * WIDTH).min(WIDTH) };
                if !read.contains_key(&name) {
                    read.insert(name.clone(), self.file(&name).await?.as_chunks::<32>().0.to_vec());
                }
                let at = (start % WIDTH) as usize;
                hashes.push(proof::root(&read[&name][at..at + (1 << within)]));
            }
            roots.push(proof::fold(&hashes));
        }
        Ok(roots)
    }
}

/// The tree as it grows: in each level the hashes of its last tile that is not full.
#[derive(Default)]
pub struct Growing {
    size: u64,
    levels: Vec<Vec<Hash>>,
}

impl Growing {
    /// Appends a leaf hash; `done` gets every tile that became full.
    pub fn push(&mut self, leaf: Hash, mut done: impl FnMut(Name, &[Hash])) {
        let mut hash = leaf;
        for level in 0u8.. {
            let at = usize::from(level);
            if self.levels.len() == at {
                self.levels.push(Vec::new());
            }
            self.levels[at].push(hash);
            if (self.levels[at].len() as u64) < WIDTH {
                break;
            }
            let index = (self.size >> (8 * u32::from(level))) / WIDTH;
            done(Name { level: Some(level), index, width: WIDTH }, &self.levels[at]);
            hash = proof::root(&self.levels[at]);
            self.levels[at].clear();
        }
        self.size += 1;
    }

    /// The tiles that are not full, and the root of the whole tree.
    pub fn finish(self, mut done: impl FnMut(Name, &[Hash])) -> Hash {
        let mut peaks = Vec::new();
        for (level, hashes) in self.levels.iter().enumerate().rev() {
            if hashes.is_empty() {
                continue;
            }
            let index = (self.size >> (8 * level)) / WIDTH;
            done(Name { level: Some(level as u8), index, width: hashes.len() as u64 }, hashes);
            let mut rest = &hashes[..];
            while !rest.is_empty() {
                let (peak, after) = rest.split_at(1 << rest.len().ilog2());
                peaks.push(proof::root(peak));
                rest = after;
            }
        }
        proof::fold(&peaks)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_the_specification() {
        for (level, index, width, expected) in [
            (Some(0), 0, 256, "tile/0/000"),
            (Some(0), 1_234_067, 256, "tile/0/x001/x234/067"),
            (Some(1), 5, 17, "tile/1/005.p/17"),
            (None, 1000, 1, "tile/entries/x001/000.p/1"),
        ] {
            assert_eq!(Name { level, index, width }.path(), expected);
        }
    }

    #[test]
    fn a_log_consists_of_these_files() {
        let paths = |size| files(size).map(|name| name.path()).collect::<Vec<_>>();
        assert!(paths(0).is_empty());
        assert_eq!(paths(1), ["tile/entries/000.p/1", "tile/0/000.p/1"]);
        let expected = ["tile/entries/000", "tile/entries/001.p/4", "tile/0/000", "tile/0/001.p/4", "tile/1/000.p/1"];
        assert_eq!(paths(260), expected);
    }

    #[test]
    fn the_growing_tree_has_the_root_of_rfc_6962() {
        for size in [0u64, 1, 2, 3, 255, 256, 257, 511, 512, 700] {
            let leaves: Vec<Hash> = (0..size).map(|n| proof::leaf(&n.to_be_bytes())).collect();
            let mut growing = Growing::default();
            let mut seen = Vec::new();
            for leaf in &leaves {
                growing.push(*leaf, |name, _| seen.push(name.path()));
            }
            assert_eq!(growing.finish(|name, _| seen.push(name.path())), proof::root(&leaves), "{size}");
            let mut expected: Vec<_> =
                files(size).filter(|name| name.level.is_some()).map(|name| name.path()).collect();
            seen.sort();
            expected.sort();
            assert_eq!(seen, expected, "{size}");
        }
    }
}
