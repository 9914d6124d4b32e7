//! 存储卡目录: what lies on a card. The only part of reading a card that touches the disk.
//!
//! Folders are opened one below the other by handle, never by path, and never through a link: a card cannot lead the
//! walk out of itself, into a loop, or past the longest path. Modification times are not read at all.

use std::{ffi::CStr, fs::File, io, os::fd::OwnedFd, path::Path};

use encoding_rs::GB18030;
use rustix::fs::{AtFlags, CWD, Dir, FileType, Mode, OFlags};
use serde::Serialize;

/// Bounds: far above any real card, far below what would hurt.
pub const ENTRIES_MAX: usize = 200_000;
pub const DEPTH_MAX: usize = 64;

/// One file of a card.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize)]
pub struct Entry {
    /// Relative, with `/`. A name that is not UTF-8 is shown decoded as GBK, as old Chinese cameras write on FAT.
    pub path: String,
    /// The bytes as they are on the card, in hex, when `path` is not exactly these. They alone open the file.
    pub raw_hex: Option<String>,
    pub bytes: u64,
}

impl Entry {
    pub fn new(path: &str, bytes: u64) -> Entry {
        Entry { path: path.to_owned(), raw_hex: None, bytes }
    }

    pub fn from_raw(raw: &[u8], bytes: u64) -> Entry {
        match std::str::from_utf8(raw) {
            Ok(path) => Entry::new(path, bytes),
            Err(_) => Entry { path: decoded(raw), raw_hex: Some(hex(raw)), bytes },
        }
    }

    /// The path as the card has it. `None` when `raw_hex` is no hex.
    pub fn raw(&self) -> Option<Vec<u8>> {
        let Some(hex) = &self.raw_hex else {
            return Some(self.path.clone().into_bytes());
        };
        let pairs = hex.as_bytes().chunks(2);
        pairs.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()).collect()
    }
}

/// GBK where it is GBK; otherwise every foreign byte as `\xNN`, so that two names never look alike.
fn decoded(raw: &[u8]) -> String {
    if let Some(text) = GB18030.decode_without_bom_handling_and_without_replacement(raw) {
        return text.into_owned();
    }
    let mut shown = String::new();
    for chunk in raw.utf8_chunks() {
        shown.push_str(chunk.valid());
        shown.extend(chunk.invalid().iter().map(|byte| format!("\\x{byte:02x}")));
    }
    shown
}

fn hex(raw: &[u8]) -> String {
    raw.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// 目录清单, sorted by the bytes of the names. Whatever could not be listed is named: never silently left out.
#[derive(Debug, Default, Eq, PartialEq, Serialize)]
pub struct Listing {
    pub entries: Vec<Entry>,
    /// (path, stable code): `card.walk.symlink`, `.special`, `.unreadable`, `.too_deep`, `.too_many`, `.other_filesystem`.
    pub problems: Vec<(String, &'static str)>,
}

/// Lists a card. An error only when `root` itself cannot be opened as a folder.
pub fn list(root: &Path) -> io::Result<Listing> {
    let fd = rustix::fs::openat(CWD, root, FOLDER, Mode::empty())?;
    let device = rustix::fs::fstat(&fd)?.st_dev;
    let mut listing = Listing::default();
    folder(&[], &fd, device, 0, &mut listing);
    listing.entries.sort_by_cached_key(Entry::raw);
    listing.problems.sort_unstable();
    Ok(listing)
}

const FOLDER: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);

/// Depth first, so that no more than [`DEPTH_MAX`] folders are open however many lie side by side.
fn folder(path: &[u8], fd: &OwnedFd, device: u64, depth: usize, listing: &mut Listing) {
    let Ok(items) = Dir::read_from(fd) else {
        return listing.problem(path, "card.walk.unreadable");
    };
    for item in items {
        let Ok(item) = item else {
            return listing.problem(path, "card.walk.unreadable");
        };
        let name = item.file_name();
        if matches!(name.to_bytes(), b"." | b"..") {
            continue;
        }
        match listing.entries.len() + listing.problems.len() {
            ENTRIES_MAX => return listing.problem(path, "card.walk.too_many"),
            over if over > ENTRIES_MAX => return,
            _ => {}
        }
        let below = joined(path, name);
        match one(fd, name, device, depth) {
            Ok(Seen::File(bytes)) => listing.entries.push(Entry::from_raw(&below, bytes)),
            Ok(Seen::Folder(inner)) => folder(&below, &inner, device, depth + 1, listing),
            Err(code) => listing.problem(&below, code),
        }
    }
}

enum Seen {
    File(u64),
    Folder(OwnedFd),
}

fn one(fd: &OwnedFd, name: &CStr, device: u64, depth: usize) -> Result<Seen, &'static str> {
    let stat = rustix::fs::statat(fd, name, AtFlags::SYMLINK_NOFOLLOW).map_err(|_| "card.walk.unreadable")?;
    match FileType::from_raw_mode(stat.st_mode) {
        FileType::RegularFile => Ok(Seen::File(u64::try_from(stat.st_size).unwrap_or(0))),
        FileType::Symlink => Err("card.walk.symlink"),
        FileType::Directory if stat.st_dev != device => Err("card.walk.other_filesystem"),
        FileType::Directory if depth + 1 >= DEPTH_MAX => Err("card.walk.too_deep"),
        FileType::Directory => rustix::fs::openat(fd, name, FOLDER | OFlags::NOFOLLOW, Mode::empty())
            .map(Seen::Folder)
            .map_err(|_| "card.walk.unreadable"),
        _ => Err("card.walk.special"),
    }
}

fn joined(path: &[u8], name: &CStr) -> Vec<u8> {
    let mut joined = path.to_vec();
    if !joined.is_empty() {
        joined.push(b'/');
    }
    joined.extend_from_slice(name.to_bytes());
    joined
}

impl Listing {
    fn problem(&mut self, path: &[u8], code: &'static str) {
        self.problems.push((Entry::from_raw(path, 0).path, code));
    }
}

/// Opens a listed file for reading, again folder by folder and through no link: between listing and reading a card can
/// be swapped. Refuses what is no plain file.
pub fn open(root: &Path, entry: &Entry) -> io::Result<File> {
    let invalid = || io::Error::from(io::ErrorKind::InvalidInput);
    let raw = entry.raw().ok_or_else(invalid)?;
    let mut segments = raw.split(|byte| *byte == b'/').peekable();
    let mut fd = rustix::fs::openat(CWD, root, FOLDER, Mode::empty())?;
    while let Some(segment) = segments.next() {
        if matches!(segment, b"" | b"." | b"..") {
            return Err(invalid());
        }
        let last = segments.peek().is_none();
        // NONBLOCK: opening a pipe that took a file's place must not hang.
        let file = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let flags = if last { file } else { FOLDER } | OFlags::NOFOLLOW;
        fd = rustix::fs::openat(&fd, segment, flags, Mode::empty())?;
    }
    let plain = FileType::from_raw_mode(rustix::fs::fstat(&fd)?.st_mode) == FileType::RegularFile;
    if plain { Ok(File::from(fd)) } else { Err(invalid()) }
}

#[cfg(test)]
mod tests {
    use std::{
        fs,
        io::Read,
        os::unix::{ffi::OsStrExt, fs::symlink},
    };

    use super::*;

    fn paths(listing: &Listing) -> Vec<&str> {
        listing.entries.iter().map(|entry| entry.path.as_str()).collect()
    }

    #[test]
    fn files_are_listed_in_order_with_their_sizes() {
        let card = tempfile::tempdir().unwrap();
        fs::create_dir_all(card.path().join("DCIM/100MEDIA")).unwrap();
        fs::write(card.path().join("DCIM/100MEDIA/b.mp4"), b"12345").unwrap();
        fs::write(card.path().join("DCIM/100MEDIA/a.mp4"), b"").unwrap();
        let listing = list(card.path()).unwrap();
        assert_eq!(paths(&listing), ["DCIM/100MEDIA/a.mp4", "DCIM/100MEDIA/b.mp4"]);
        assert_eq!((listing.entries[1].bytes, listing.problems.len()), (5, 0));
    }

    #[test]
    fn links_pipes_and_loops_are_named_and_not_followed() {
        let card = tempfile::tempdir().unwrap();
        let other = tempfile::tempdir().unwrap();
        fs::write(other.path().join("secret"), b"x").unwrap();
        symlink(card.path(), card.path().join("loop")).unwrap();
        symlink(other.path(), card.path().join("out")).unwrap();
        symlink(other.path().join("secret"), card.path().join("s.mp4")).unwrap();
        rustix::fs::mknodat(CWD, card.path().join("pipe"), FileType::Fifo, Mode::RUSR, 0).unwrap();
        let listing = list(card.path()).unwrap();
        assert_eq!(listing.entries, []);
        let link = "card.walk.symlink";
        let named = [("loop", link), ("out", link), ("pipe", "card.walk.special"), ("s.mp4", link)];
        assert_eq!(listing.problems, named.map(|(path, code)| (path.to_owned(), code)));
        for path in ["s.mp4", "out/secret", "../x", "pipe", "/etc/hostname", "a//b", ""] {
            assert!(open(card.path(), &Entry::new(path, 1)).is_err(), "{path}");
        }
    }

    #[test]
    fn a_name_in_gbk_is_shown_in_chinese_and_opened_by_its_bytes() {
        let card = tempfile::tempdir().unwrap();
        let raw = b"\xd6\xb4\xb7\xa8_0001.mp4"; // 执法
        fs::write(card.path().join(std::ffi::OsStr::from_bytes(raw)), b"seen").unwrap();
        let listing = list(card.path()).unwrap();
        assert_eq!(paths(&listing), ["执法_0001.mp4"]);
        let entry = &listing.entries[0];
        assert_eq!(entry.raw().unwrap(), raw);
        let mut text = String::new();
        open(card.path(), entry).unwrap().read_to_string(&mut text).unwrap();
        assert_eq!(text, "seen");
        assert_eq!(Entry::from_raw(b"a\xff\xff", 0).path, "a\\xff\\xff");
    }

    #[test]
    fn a_card_nested_beyond_measure_is_cut_with_a_name() {
        let card = tempfile::tempdir().unwrap();
        let mut fd = rustix::fs::openat(CWD, card.path(), OFlags::DIRECTORY, Mode::empty()).unwrap();
        for _ in 0..2_000 {
            rustix::fs::mkdirat(&fd, "d", Mode::RWXU).unwrap();
            fd = rustix::fs::openat(&fd, "d", OFlags::DIRECTORY, Mode::empty()).unwrap();
        }
        let listing = list(card.path()).unwrap();
        assert_eq!(listing.problems.len(), 1);
        assert_eq!(listing.problems[0].1, "card.walk.too_deep");
    }

    #[test]
    fn what_is_not_there_is_an_error() {
        assert_eq!(list(Path::new("/nonexistent-card")).unwrap_err().kind(), io::ErrorKind::NotFound);
    }
}
