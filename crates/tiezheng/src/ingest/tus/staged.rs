//! The staging folder: `DATA/staging/<id of the upload>`, on the disk of the data folder, readable by us alone.

use std::fs::File;
use std::io;
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::PathBuf;
use std::sync::LazyLock;
use std::time::SystemTime;

use tiezheng_media::Source;

use crate::app::App;
use crate::error::{Problem, Result};
use crate::ingest::store::Upload;

/// What a client was told before it was durable: so that a thousand small requests need not be a thousand fsyncs.
///
/// It stands beside the bytes in `<id>.told`, neither of them synced. After a kill -9 both are still in the memory of the
/// operating system, and the client goes on where it was told. After a power cut (another boot) only the database's own
/// figure counts; the client, which asks first, goes on from there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ahead {
    /// What the database said when the client was told: an entry counts only on top of that.
    pub durable: u64,
    pub told: u64,
    /// When `durable` was all there was.
    pub since_ms: i64,
}

/// Names one run of the operating system; empty where it does not tell, and then nothing is ever ahead.
fn boot() -> &'static str {
    static BOOT: LazyLock<String> = LazyLock::new(|| {
        let told = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
        told.split_whitespace().collect()
    });
    &BOOT
}

impl Ahead {
    /// One line of fixed length, its digest first, so that half of one is never taken for a whole.
    fn line(self, boot: &str) -> String {
        let facts = format!("{boot} {:020} {:020} {:020}", self.durable, self.told, self.since_ms);
        format!("{} {facts}\n", hex::encode(crate::app::sha256(facts.as_bytes())))
    }

    fn parse(line: &str, boot: &str) -> Option<Ahead> {
        let mut words = line.split_whitespace().skip(2);
        let (durable, told) = (words.next()?.parse().ok()?, words.next()?.parse().ok()?);
        let ahead = Ahead { durable, told, since_ms: words.next()?.parse().ok()? };
        (!boot.is_empty() && ahead.line(boot) == line).then_some(ahead)
    }
}

fn told_path(app: &App, id: &str) -> PathBuf {
    app.staging().join(format!("{id}.told"))
}

/// What is ahead of the database, if the bytes are really there.
pub fn ahead(app: &App, upload: &Upload) -> Option<Ahead> {
    let line = std::fs::read_to_string(told_path(app, &upload.id)).ok()?;
    let ahead = Ahead::parse(&line, boot()).filter(|ahead| ahead.durable == upload.received)?;
    let length = std::fs::metadata(path(app, &upload.id)).ok()?.len();
    // Complete only counts once it is durable.
    (ahead.told <= length && upload.length != Some(ahead.told)).then_some(ahead)
}

/// `false` where the client must not be told before the bytes are durable.
pub fn tell(app: &App, id: &str, ahead: Ahead) -> bool {
    let mut options = File::options();
    let file = options.write(true).create(true).truncate(false).mode(0o600).open(told_path(app, id));
    !boot().is_empty() && file.and_then(|file| file.write_all_at(ahead.line(boot()).as_bytes(), 0)).is_ok()
}

fn segment_path(app: &App, id: &str) -> PathBuf {
    app.staging().join(format!("{id}.segment"))
}

/// Notes durably where the vault is about to put an upload. Should a crash come between the vault and the catalogue, the
/// next attempt removes what lies there before it seals again: no object is left that nobody claims.
pub fn note_segment(app: &App, id: &str, segment: uuid::Uuid) -> io::Result<()> {
    let mut file = File::options();
    let file = file.write(true).create(true).truncate(true).mode(0o600).open(segment_path(app, id))?;
    file.write_all_at(segment.to_string().as_bytes(), 0)?;
    file.sync_all()?;
    File::open(app.staging())?.sync_all()
}

pub fn noted_segment(app: &App, id: &str) -> Option<uuid::Uuid> {
    uuid::Uuid::try_parse(std::fs::read_to_string(segment_path(app, id)).ok()?.trim()).ok()
}

/// The upload a staged file belongs to, by its name.
pub fn owner(name: &str) -> Option<&str> {
    let id = name.strip_suffix(".told").or(name.strip_suffix(".segment")).unwrap_or(name);
    uuid::Uuid::try_parse(id).is_ok().then_some(id)
}

pub fn path(app: &App, id: &str) -> PathBuf {
    app.staging().join(id)
}

/// Removes the bytes of an upload that is over. What a crash leaves is found by the next start.
pub async fn remove(app: &App, id: &str) {
    let _ = tokio::fs::remove_file(told_path(app, id)).await;
    let _ = tokio::fs::remove_file(segment_path(app, id)).await;
    let _ = tokio::fs::remove_file(path(app, id)).await;
}

/// The file of an upload, locked until it is closed: two connections must not write the same upload, and nobody may
/// while it is sealed. The later one is told to come again.
pub fn locked(app: &App, id: &str) -> Result<File> {
    let mut options = File::options();
    let file = options.read(true).write(true).create(true).truncate(false).mode(0o600).open(path(app, id))?;
    rustix::fs::flock(&file, rustix::fs::FlockOperation::NonBlockingLockExclusive)
        .map_err(|_| Problem::refused(423, "upload.locked"))?;
    Ok(file)
}

/// The bytes of a complete upload: one file, or those of its parts one after the other.
pub struct Pieces {
    /// Each with the offset it begins at and its length.
    files: Vec<(File, u64, u64)>,
    len: u64,
    /// When the last byte came.
    pub written: Option<SystemTime>,
}

impl Pieces {
    pub fn open(app: &App, ids: &[String]) -> io::Result<Pieces> {
        let mut pieces = Pieces { files: Vec::new(), len: 0, written: None };
        for id in ids {
            let file = match File::open(path(app, id)) {
                Ok(file) => file,
                // No byte ever came. Should some be missing, the sum tells.
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(error) => return Err(error),
            };
            pieces.push(file)?;
        }
        Ok(pieces)
    }

    fn push(&mut self, file: File) -> io::Result<()> {
        let metadata = file.metadata()?;
        self.written = self.written.max(metadata.modified().ok());
        self.files.push((file, self.len, metadata.len()));
        self.len += metadata.len();
        Ok(())
    }
}

impl Source for Pieces {
    fn len(&self) -> u64 {
        self.len
    }

    fn read_at(&mut self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        let after = self.files.partition_point(|(_, began, _)| *began <= offset);
        let Some((file, began, length)) = after.checked_sub(1).and_then(|at| self.files.get(at)) else { return Ok(0) };
        let rest = usize::try_from((began + length).saturating_sub(offset)).unwrap_or(usize::MAX);
        let count = rest.min(buf.len());
        if count == 0 { Ok(0) } else { file.read_at(&mut buf[..count], offset - began) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_whole_line_of_this_boot_counts() {
        let ahead = Ahead { durable: 16 << 20, told: (16 << 20) + 65_536, since_ms: 1_780_000_000_000 };
        let line = ahead.line("boot-1");
        let other = Ahead { told: u64::MAX, ..ahead }.line("boot-1");
        assert_eq!(line.len(), other.len(), "a shorter line must not leave the end of a longer one");
        for (line, boot, counts) in [
            (line.clone(), "boot-1", true),
            (line.clone(), "boot-2", false),
            (line.clone(), "", false),
            (ahead.line(""), "", false),
            (line[..line.len() - 1].to_owned(), "boot-1", false),
            (line.replace("16842752", "16842753"), "boot-1", false),
            (String::new(), "boot-1", false),
            ("x".repeat(100_000), "boot-1", false),
        ] {
            assert_eq!(Ahead::parse(&line, boot), counts.then_some(ahead), "{line}{boot}");
        }
    }

    #[test]
    fn pieces_read_as_one_file() {
        let folder = tempfile::tempdir().unwrap();
        let mut pieces = Pieces { files: Vec::new(), len: 0, written: None };
        for (name, bytes) in [("a", &b"first"[..]), ("b", b""), ("c", b" second"), ("d", b"")] {
            std::fs::write(folder.path().join(name), bytes).unwrap();
            pieces.push(File::open(folder.path().join(name)).unwrap()).unwrap();
        }
        let (mut whole, mut buf) = (Vec::new(), [0; 4]);
        loop {
            match pieces.read_at(whole.len() as u64, &mut buf).unwrap() {
                0 => break,
                count => whole.extend_from_slice(&buf[..count]),
            }
        }
        assert_eq!((whole.as_slice(), pieces.len()), (&b"first second"[..], 12));
        assert_eq!((pieces.read_at(12, &mut buf).unwrap(), pieces.read_at(u64::MAX, &mut buf).unwrap()), (0, 0));
    }
}
