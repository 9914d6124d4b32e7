//! Room for uploads: what one account, one agency and the disk can take at a time. Asked before the first byte, so that
//! nobody sends for hours what cannot be kept; a disk that fills up all the same is told of where the bytes are written.

use crate::app::App;
use crate::db::Tx;
use crate::error::{Problem, Result};
use crate::ingest::store::{self, Upload};

/// Key of the lock under which room is asked for and taken.
const LOCK: i64 = 0x5449_0003;

/// In the transaction that takes the upload down: two that begin at once do not both get the last of the room.
///
/// # Errors
/// 429 `upload.too_many`, 413 `upload.quota`, 507 `upload.no_room`.
pub async fn may_begin(app: &App, tx: &mut Tx, upload: &Upload) -> Result<()> {
    tx.lock(LOCK).await?;
    let staged = store::staged(tx, &upload.account, &upload.agency, app.now()).await?;
    if staged.open >= app.config.uploads.open_most {
        return Err(Problem::refused(429, "upload.too_many").with("most", app.config.uploads.open_most));
    }
    fits(app, &staged, upload.length.unwrap_or(0))
}

/// The same for bytes of an upload whose length was not told when it began. Of such an upload only what is durable is
/// known: it may be ahead by as much as is received between two syncs.
pub async fn may_grow(app: &App, upload: &Upload, more: u64) -> Result<()> {
    let staged = store::staged(&mut app.db.read().await?, &upload.account, &upload.agency, app.now()).await?;
    fits(app, &staged, more)
}

fn fits(app: &App, staged: &store::Staged, more: u64) -> Result<()> {
    let limits = &app.config.uploads;
    if staged.agency_bytes.saturating_add(more) > limits.bytes_most {
        return Err(Problem::refused(413, "upload.quota")
            .with("most", limits.bytes_most)
            .with("used", staged.agency_bytes)
            .with("asked", more));
    }
    let disk = rustix::fs::statvfs(app.staging()).map_err(std::io::Error::from)?;
    let free = disk.f_bavail.saturating_mul(disk.f_frsize);
    let needed = staged.promised.saturating_add(more).saturating_add(limits.keep_free);
    // What needs no room is always taken: an empty file, a length to be told later.
    if more > 0 && needed > free {
        let left = free.saturating_sub(staged.promised).saturating_sub(limits.keep_free);
        return Err(Problem::refused(507, "upload.no_room").with("free", left).with("asked", more));
    }
    Ok(())
}
