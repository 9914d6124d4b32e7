//! 保管的延续: what carries custody beyond one machine and one maker: plain exports anybody can check, backups, a
//! catalogue rebuilt from storage and keys alone, and witnesses outside the agency who hold the log to its word.

pub mod backup;
pub mod bag;
pub mod export;
pub mod rebuild;
pub mod store;
pub mod tiles;
pub mod witness;

use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use crate::error::{Problem, Result};

/// Makes `path` hold exactly `bytes`: whenever the power goes, either all of the old ones or all of the new.
pub(crate) fn put(path: &Path, bytes: &[u8]) -> Result<()> {
    if fs::read(path).is_ok_and(|found| found == bytes) {
        return Ok(()); // repeating changes nothing
    }
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let part = part(path);
    let mut file = File::create(&part)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&part, path)?;
    sync(folder)
}

/// Where a file lies until it is whole.
pub(crate) fn part(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!(".{name}.part"))
}

pub(crate) fn sync(folder: &Path) -> Result<()> {
    Ok(File::open(folder)?.sync_all()?)
}

/// An absent folder is empty too.
pub(crate) fn is_empty(folder: &Path) -> Result<bool> {
    match fs::read_dir(folder) {
        Ok(mut entries) => Ok(entries.next().is_none()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(true),
        Err(error) => Err(error.into()),
    }
}

/// Names below a folder, in order of their bytes; what is no folder has none. Only UTF-8 names: all of ours are.
pub(crate) fn names(folder: &Path) -> Result<Vec<String>> {
    let mut names = Vec::new();
    match fs::read_dir(folder) {
        Ok(entries) => {
            for entry in entries {
                names.push(entry?.file_name().to_string_lossy().into_owned());
            }
        }
        Err(error) if [ErrorKind::NotFound, ErrorKind::NotADirectory].contains(&error.kind()) => {}
        Err(error) => return Err(error.into()),
    }
    names.sort();
    Ok(names)
}

/// Every file below `folder` by its path with slashes, one folder at a time. Links and other specials are refused: we
/// never make one, and following one would leave the folder.
pub(crate) fn walk(folder: &Path, each: &mut dyn FnMut(&str, &fs::Metadata) -> Result<()>) -> Result<()> {
    let mut open = vec![String::new()];
    while let Some(below) = open.pop() {
        for name in names(&folder.join(&below))?.into_iter().rev() {
            let path = if below.is_empty() { name } else { format!("{below}/{name}") };
            let found = fs::symlink_metadata(folder.join(&path))?;
            if found.is_dir() {
                open.push(path);
            } else if found.is_file() {
                each(&path, &found)?;
            } else {
                return Err(Problem::refused(422, "custody.not_a_file").with("path", path));
            }
        }
    }
    Ok(())
}

/// A file name that every file system, every shell and every bag checker takes as it is. The name as it was stands in
/// `recording.json`.
pub(crate) fn safe_name(name: &str) -> String {
    const BYTES_MAX: usize = 180;
    const ENDING_MAX: usize = 16;
    // `%`, `$` and `~` mean something to bag checkers, the others to Windows or to a shell.
    let safe = |c: char| if c.is_control() || "/\\:*?\"<>|%$~`".contains(c) { '_' } else { c };
    let text: String = name.chars().map(safe).collect();
    let text = text.trim().trim_start_matches('.').trim_end_matches(['.', ' ']);
    let (stem, ending) = match text.rsplit_once('.') {
        Some((stem, ending)) if !stem.is_empty() && ending.len() <= ENDING_MAX => (stem, format!(".{ending}")),
        _ => (text, String::new()),
    };
    let mut room = BYTES_MAX - ending.len();
    while !stem.is_char_boundary(room.min(stem.len())) {
        room -= 1;
    }
    let stem = stem[..room.min(stem.len())].trim_end();
    let reserved = {
        let upper = stem.split('.').next().unwrap_or("").to_ascii_uppercase();
        let numbered =
            |word: &str| upper.len() == 4 && upper.starts_with(word) && upper.ends_with(|c: char| c.is_ascii_digit());
        ["CON", "PRN", "AUX", "NUL"].contains(&upper.as_str()) || numbered("COM") || numbered("LPT")
    };
    let ours = format!("{stem}{ending}").to_lowercase();
    let taken = ["recording.json", "receipt.json", "custody.json"].contains(&ours.as_str());
    let mark = if stem.is_empty() || reserved || taken { "original-" } else { "" };
    format!("{mark}{stem}{ending}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_made_safe_and_keep_their_ending() {
        let long = format!("{}.mp4", "录".repeat(200));
        for (name, expected) in [
            ("执法 现场_0001.MP4", "执法 现场_0001.MP4"),
            ("../../etc/passwd", "_.._etc_passwd"),
            ("a\nb%0A$HOME~.mp4", "a_b_0A_HOME_.mp4"),
            ("C:\\x?.avi", "C__x_.avi"),
            ("con.mp4", "original-con.mp4"),
            ("COM1", "original-COM1"),
            ("Recording.JSON", "original-Recording.JSON"),
            ("", "original-"),
            ("...", "original-"),
            (".hidden", "hidden"),
            ("trailing. ", "trailing"),
            (long.as_str(), &format!("{}.mp4", "录".repeat(58))),
        ] {
            assert_eq!(safe_name(name), expected, "{name}");
            assert_eq!(safe_name(&safe_name(name)), expected, "{name} twice");
        }
    }

    #[test]
    fn a_repeated_write_changes_nothing_and_a_new_one_replaces() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("below/file");
        for bytes in [b"one".as_slice(), b"one", b"another"] {
            put(&path, bytes).unwrap();
            assert_eq!(fs::read(&path).unwrap(), bytes);
        }
        assert_eq!(names(&dir.path().join("below")).unwrap(), ["file"]);
        assert!(is_empty(&dir.path().join("absent")).unwrap());
        assert!(!is_empty(dir.path()).unwrap());
    }
}
