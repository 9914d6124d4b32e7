//! The bytes of one request, appended to what is staged.
//!
//! In the database stands only what is durable, and it never says more than the file holds. What a crash means at each
//! step: bytes written: cut off by the next request; file synced: the same; offset in the database: they count; with the
//! last byte the same transaction moves the upload on to sealing, so that a complete upload is never forgotten.

use std::fs::File;
use std::io::{self, IoSlice, Write};
use std::os::unix::fs::MetadataExt;
use std::time::Duration;

use axum::body::{Body, HttpBody};
use bytes::Bytes;
use futures_util::StreamExt;

use super::headers::Checksum;
use super::staged::{self, Ahead};
use super::{LENGTH_MOST, gone, is_over};
use crate::app::App;
use crate::error::{Problem, Result};
use crate::ingest::store::{self, Upload};

/// Received bytes are made durable after so many, or so long.
const SYNC_BYTES: u64 = 16 << 20;
const SYNC_AFTER_MS: i64 = 5_000;
/// Bytes gathered for one write, and pieces at most: the memory of an upload.
const BATCH: usize = 1 << 20;
const PIECES_MOST: usize = 256;
/// A connection that says nothing for so long counts as broken: a half-open one must not lock its upload for hours.
const SILENCE: Duration = Duration::from_secs(60);

/// What a request says about its bytes.
pub struct Wanted {
    pub offset: u64,
    /// Told now where it was deferred before.
    pub length: Option<u64>,
    pub checksum: Option<Checksum>,
}

/// Takes the body behind what is staged. What arrived before a connection broke stays, unless it has a checksum: such
/// bytes count only as a whole.
pub async fn receive(app: &App, id: &str, wanted: Wanted, body: Body) -> Result<Upload> {
    let (app, id) = (app.clone(), id.to_owned());
    // A task of its own: when the connection breaks the server drops the handler, but what has arrived is to be kept.
    let taken = tokio::spawn(async move { take(&app, &id, wanted, body).await });
    taken.await.map_err(|error| Problem::internal(error.to_string()))?
}

async fn take(app: &App, id: &str, wanted: Wanted, body: Body) -> Result<Upload> {
    let file = staged::locked(app, id)?;
    // Only now is it certain that nobody else is writing: the row is read under the lock.
    let mut upload = store::upload(&mut app.db.read().await?, id).await?.ok_or_else(Problem::not_found)?;
    if is_over(&upload, app.now()) {
        drop(file);
        staged::remove(app, id).await;
        return Err(gone());
    }
    if upload.state != "receiving" {
        return Err(Problem::refused(403, "upload.closed"));
    }
    let mut end = End::of(app, &upload, file, wanted.checksum)?;
    if wanted.offset != end.began {
        return Err(Problem::refused(409, "upload.offset").with("offset", end.began));
    }
    learn_length(app, &mut upload, &end, wanted.length).await?;
    let most = upload.length.unwrap_or(LENGTH_MOST);
    if body.size_hint().lower() > most - end.began {
        return Err(too_long(most));
    }
    if upload.length.is_none() {
        super::room::may_grow(app, &upload, body.size_hint().lower()).await?;
    }
    // Bytes behind the offset are from a request that broke before they counted.
    end.file.set_len(end.began)?;
    let ended = end.fill(app, &mut upload, most, body).await;
    let done = end.close(app, &mut upload, ended).await;
    if end.file.metadata()?.nlink() == 0 {
        // Given up while it was being written.
        staged::remove(app, id).await;
        return Err(gone());
    }
    drop(end); // and with it the lock
    // Also when nobody waits for the answer any more: a client that asks and hears "all there" does not come again.
    super::seal::begin_if_complete(app, &upload);
    done.map(|()| upload)
}

fn too_long(most: u64) -> Problem {
    Problem::refused(413, "upload.too_long").with("length", most)
}

/// Takes down a length that was deferred, before the bytes that rely on it.
async fn learn_length(app: &App, upload: &mut Upload, end: &End, told: Option<u64>) -> Result<()> {
    let Some(told) = told else { return Ok(()) };
    match upload.length {
        Some(known) if known == told => Ok(()),
        None if told > LENGTH_MOST => Err(Problem::refused(413, "upload.too_large").with("most", LENGTH_MOST)),
        None if told >= end.began => {
            super::room::may_grow(app, upload, told - end.began).await?;
            upload.length = Some(told);
            if told == end.began {
                return Ok(()); // taken down when the upload moves on: complete and still receiving is nobody's to seal
            }
            let mut tx = app.db.begin().await?;
            store::set_received(&mut tx, &upload.id, upload.received, upload.length).await?;
            tx.commit().await
        }
        _ => Err(Problem::refused(400, "upload.length")),
    }
}

/// Why the bytes ended.
enum Ended {
    Whole,
    Broken(String),
    TooLong(u64),
    Failed(Problem),
}

/// The open end of a staged file, its lock held.
struct End {
    file: File,
    checksum: Option<Checksum>,
    /// Counts only as a whole.
    checked: bool,
    /// Offset of the request.
    began: u64,
    /// Offset behind the last byte written.
    at: u64,
    /// What the database says.
    durable: u64,
    /// When what the database says was all there was.
    since_ms: i64,
}

impl End {
    fn of(app: &App, upload: &Upload, file: File, checksum: Option<Checksum>) -> Result<End> {
        let (length, durable) = (file.metadata()?.len(), upload.received);
        if length < durable {
            // Bytes that were durable are gone: nothing to go on from, and nothing to fill the hole with.
            tracing::error!(upload = upload.id, length, durable, "a staged file is shorter than what was received");
            return Err(gone());
        }
        let ahead = staged::ahead(app, upload);
        let began = ahead.map_or(durable, |ahead| ahead.told);
        let since_ms = ahead.map_or_else(|| app.now(), |ahead| ahead.since_ms);
        Ok(End { file, checked: checksum.is_some(), checksum, began, at: began, durable, since_ms })
    }

    async fn fill(&mut self, app: &App, upload: &mut Upload, most: u64, body: Body) -> Ended {
        let told = body.size_hint().exact();
        let mut stream = body.into_data_stream();
        let (mut batch, mut gathered) = (Vec::new(), 0);
        let ended = loop {
            let block = match tokio::time::timeout(SILENCE, stream.next()).await {
                Ok(Some(Ok(block))) => block,
                // A connection torn down may look like an end: then bytes are missing from what the request told.
                Ok(None) if told.is_some_and(|told| self.began + told > self.at + gathered as u64) => {
                    break Ended::Broken("cut off".into());
                }
                Ok(None) => break Ended::Whole,
                Ok(Some(Err(error))) => break Ended::Broken(error.to_string()),
                Err(_) => break Ended::Broken("silence".into()),
            };
            gathered += block.len();
            if gathered as u64 > most - self.at {
                return Ended::TooLong(most);
            }
            batch.push(block);
            if gathered >= BATCH || batch.len() >= PIECES_MOST {
                gathered = 0;
                if let Err(problem) = self.append(app, upload, std::mem::take(&mut batch)).await {
                    return Ended::Failed(problem);
                }
            }
        };
        match self.append(app, upload, batch).await {
            Ok(()) => ended,
            Err(problem) => Ended::Failed(problem),
        }
    }

    /// Writes a batch; makes everything durable when it is time.
    async fn append(&mut self, app: &App, upload: &mut Upload, batch: Vec<Bytes>) -> Result<()> {
        if batch.is_empty() {
            return Ok(());
        }
        let bytes: u64 = batch.iter().map(|block| block.len() as u64).sum();
        let (mut file, mut checksum) = (self.file.try_clone()?, self.checksum.take());
        let at = self.at;
        let (checksum, written) = blocking(move || {
            if let Some(checksum) = &mut checksum {
                batch.iter().for_each(|block| checksum.update(block));
            }
            let written = write_at(&mut file, at, &batch);
            (checksum, written)
        })
        .await?;
        self.checksum = checksum;
        written?;
        self.at += bytes;
        if self.checked { Ok(()) } else { self.count(app, upload).await }
    }

    /// Counts what was written: durably when it is time, else so that it outlives this process.
    async fn count(&mut self, app: &App, upload: &mut Upload) -> Result<()> {
        let due = self.at - self.durable >= SYNC_BYTES || app.now() - self.since_ms >= SYNC_AFTER_MS;
        if !due && self.tell(app, upload, self.durable, self.at).await? {
            return Ok(());
        }
        self.settle(app, upload, false).await
    }

    /// `false` where it cannot be told before it is durable. That an upload is complete is never told before: a client
    /// that hears it after a kill -9 does not come again, and nobody would seal it.
    async fn tell(&self, app: &App, upload: &Upload, durable: u64, told: u64) -> Result<bool> {
        if upload.length == Some(told) {
            return Ok(true);
        }
        let ahead = Ahead { durable, told, since_ms: self.since_ms };
        let (app, id) = (app.clone(), upload.id.clone());
        blocking(move || staged::tell(&app, &id, ahead)).await
    }

    /// Makes what was written durable and counts it. At the end of a request that brought the last byte the upload moves
    /// on to sealing; not before, since more bytes than were declared may follow.
    async fn settle(&mut self, app: &App, upload: &mut Upload, ended: bool) -> Result<()> {
        let (file, first, folder) = (self.file.try_clone()?, self.durable == 0, app.staging());
        blocking(move || {
            file.sync_data()?;
            // The file's name has to survive too.
            if first { File::open(folder)?.sync_all() } else { Ok(()) }
        })
        .await??;
        let mut tx = app.db.begin().await?;
        let row = store::upload(&mut tx, &upload.id).await?.ok_or_else(Problem::not_found)?;
        if row.state != "receiving" {
            return Err(gone()); // given up meanwhile
        }
        store::set_received(&mut tx, &upload.id, self.at, upload.length).await?;
        if ended && upload.length == Some(self.at) && !upload.part {
            store::move_upload(&mut tx, &upload.id, "receiving", "sealing", None, None).await?;
            upload.state = "sealing".into();
        }
        tx.commit().await?;
        (self.durable, self.since_ms) = (self.at, app.now());
        upload.received = self.at;
        Ok(())
    }

    /// Decides what counts of this request.
    async fn close(&mut self, app: &App, upload: &mut Upload, ended: Ended) -> Result<()> {
        let began = self.began;
        let problem = match (ended, self.checked) {
            (Ended::Whole, _) if self.checksum.take().is_none_or(Checksum::holds) => {
                let last = upload.length == Some(self.at);
                let counted = if last { self.settle(app, upload, true).await } else { self.count(app, upload).await };
                upload.received = self.at;
                return counted.map_err(|problem| room(problem, began));
            }
            // A length or a checksum that is wrong puts the whole request in doubt.
            (Ended::TooLong(most), _) => self.take_back(app, upload, too_long(most)).await?,
            (Ended::Whole, _) => {
                let problem = Problem::refused(460, "upload.checksum").with("offset", began);
                self.take_back(app, upload, problem).await?
            }
            (Ended::Broken(why), true) => self.take_back(app, upload, broken(began, why)).await?,
            (Ended::Failed(problem), true) => self.take_back(app, upload, room(problem, began)).await?,
            (Ended::Broken(why), false) => {
                self.keep(app, upload).await?;
                broken(self.at, why)
            }
            (Ended::Failed(problem), false) => {
                // What was written before the disk was full stays; the database may have no room to say so.
                self.at = self.at.max(self.file.metadata()?.len());
                let _ = self.keep(app, upload).await;
                room(problem, self.at)
            }
        };
        Err(problem)
    }

    async fn keep(&mut self, app: &App, upload: &mut Upload) -> Result<()> {
        self.tell(app, upload, self.durable, self.at).await?;
        if self.at > self.durable || upload.length == Some(self.at) {
            self.settle(app, upload, true).await
        } else {
            Ok(())
        }
    }

    /// The offset is where it was before this request: first for the database, then for the file.
    async fn take_back(&self, app: &App, upload: &Upload, problem: Problem) -> Result<Problem> {
        let mut durable = self.durable;
        if durable > self.began {
            let mut tx = app.db.begin().await?;
            store::set_received(&mut tx, &upload.id, self.began, upload.length).await?;
            tx.commit().await?;
            durable = self.began;
        }
        self.file.set_len(self.began)?;
        self.tell(app, upload, durable, self.began).await?;
        Ok(problem)
    }
}

fn broken(offset: u64, why: String) -> Problem {
    Problem::refused(400, "upload.broken").with("offset", offset).because(why)
}

/// A full disk in the words of an upload.
fn room(problem: Problem, offset: u64) -> Problem {
    if problem.status != 507 {
        return problem;
    }
    Problem::refused(507, "upload.no_space").with("offset", offset).because(problem)
}

fn write_at(file: &mut File, at: u64, batch: &[Bytes]) -> Result<()> {
    use std::io::Seek;
    let written = file.seek(io::SeekFrom::Start(at)).and_then(|_| {
        let mut slices: Vec<IoSlice> = batch.iter().filter(|b| !b.is_empty()).map(|b| IoSlice::new(b)).collect();
        let mut rest = &mut slices[..];
        while !rest.is_empty() {
            match file.write_vectored(rest) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(count) => IoSlice::advance_slices(&mut rest, count),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    });
    written.map_err(|error| match error.kind() {
        // A quota or a limit on the size of files is a full disk to those who upload.
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
            Problem::refused(507, "storage.full").because(error)
        }
        _ => error.into(),
    })
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(|error| Problem::internal(error.to_string()))
}
