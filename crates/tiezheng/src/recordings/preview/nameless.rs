//! Files without a name: plaintext of a recording on its way to and from ffmpeg. A crash or a power cut leaves nothing
//! that anybody could find.

use std::fs::File;
use std::io::{Result, Write};
use std::path::Path;

use futures_util::{Stream, StreamExt};
use rustix::fs::{MemfdFlags, Mode, OFlags};
use tokio::io::AsyncWriteExt;

/// Below this a file in memory is quicker than one on disk, and a few at a time do no harm.
const MEMORY_BYTES: u64 = 64 << 20;

/// A file of this size to come: in memory when it is small, else in `folder`.
pub fn sized(folder: &Path, bytes: u64) -> Result<File> {
    if bytes < MEMORY_BYTES {
        return Ok(rustix::fs::memfd_create("recording", MemfdFlags::CLOEXEC)?.into());
    }
    on_disk(folder)
}

/// A file in `folder` that never had a name; where the file system knows no such files, one that has lost its name
/// before the first byte is written.
pub fn on_disk(folder: &Path) -> Result<File> {
    let flags = OFlags::TMPFILE | OFlags::RDWR | OFlags::CLOEXEC;
    match rustix::fs::open(folder, flags, Mode::RUSR | Mode::WUSR) {
        Ok(file) => Ok(file.into()),
        Err(rustix::io::Errno::OPNOTSUPP | rustix::io::Errno::ISDIR | rustix::io::Errno::INVAL) => unlinked(folder),
        Err(error) => Err(error.into()),
    }
}

fn unlinked(folder: &Path) -> Result<File> {
    use std::os::unix::fs::OpenOptionsExt;
    let path = folder.join(format!("nameless-{}", uuid::Uuid::new_v4()));
    let file = File::options().read(true).write(true).create_new(true).mode(0o600).open(&path)?;
    std::fs::remove_file(&path)?;
    Ok(file)
}

/// Writes all pieces into a nameless file.
pub async fn filled<E, P>(
    folder: &Path,
    bytes: u64,
    pieces: impl Stream<Item = std::result::Result<bytes::Bytes, P>>,
) -> std::result::Result<File, E>
where
    E: From<std::io::Error> + From<P>,
{
    let mut file = tokio::fs::File::from_std(sized(folder, bytes)?);
    let mut pieces = std::pin::pin!(pieces);
    while let Some(piece) = pieces.next().await {
        file.write_all(&piece?).await?;
    }
    file.flush().await?;
    Ok(file.into_std().await)
}

/// A nameless file with these bytes.
pub fn holding(folder: &Path, bytes: &[u8]) -> Result<File> {
    let mut file = sized(folder, bytes.len() as u64)?;
    file.write_all(bytes)?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_is_ever_left_in_the_folder() {
        let folder = tempfile::tempdir().unwrap();
        for file in [sized(folder.path(), MEMORY_BYTES), on_disk(folder.path()), unlinked(folder.path())] {
            let mut file = file.unwrap();
            file.write_all(b"plain").unwrap();
            assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
            assert_eq!(file.metadata().unwrap().len(), 5);
        }
    }

    #[tokio::test]
    async fn pieces_are_written_in_order_and_a_failing_one_ends_it() {
        use std::io::{Error, Read, Seek};
        let folder = tempfile::tempdir().unwrap();
        let piece = |text: &'static str| Ok::<_, Error>(bytes::Bytes::from_static(text.as_bytes()));
        let all = futures_util::stream::iter([piece("one "), piece("two")]);
        let mut file = filled::<Error, _>(folder.path(), 7, all).await.unwrap();
        let mut text = String::new();
        file.rewind().unwrap();
        file.read_to_string(&mut text).unwrap();
        assert_eq!(text, "one two");
        let broken = futures_util::stream::iter([piece("one "), Err(Error::other("storage"))]);
        assert!(filled::<Error, _>(folder.path(), 7, broken).await.is_err());
    }
}
