//! Makes derivatives of one recording: plaintext in nameless files in, the same out. Knows no vault and no catalogue.

use std::fs::File;
use std::path::Path;

use serde_json::{Value as Json, json};
use tiezheng_media::{Examination, FileSource, Kind as Medium, Source, TrackKind};

use super::ffmpeg::{Fault, Tools, limits};
use super::recipes::{self, Grid, Kind, STRIP_MOST, WAVEFORM};
use super::{film, nameless};

pub struct Studio<'a> {
    pub tools: &'a Tools,
    /// Where nameless files are made.
    pub folder: &'a Path,
    /// Of the original.
    pub examined: &'a Examination,
    /// 非原始: in Chinese, and for fonts without.
    pub mark: (&'a str, &'a str),
}

/// A derivative, not sealed yet.
#[derive(Debug)]
pub struct Made {
    pub kind: Kind,
    pub mime: &'static str,
    pub facts: Json,
    pub file: File,
}

/// What pictures are taken from.
pub struct Reel {
    pub file: File,
    pub demuxer: &'static str,
    pub grid: Grid,
}

impl Studio<'_> {
    /// What is played in place of the original. Where its sound cannot be decoded, the pictures alone.
    pub async fn preview(&self, plain: &File) -> Result<Made, Fault> {
        let x = self.examined;
        let demuxer = recipes::demuxer(x.container).ok_or_else(|| unsupported("container"))?;
        let mark = self.tools.mark(self.mark.0, self.mark.1);
        let audio = x.tracks.iter().find(|track| track.kind == TrackKind::Audio);
        let channels = audio.map(|track| track.channels.unwrap_or(2));
        let marked = mark.is_some() && x.kind != Medium::Audio;
        let (mime, made) = match x.kind {
            Medium::Image => ("image/jpeg", self.make(&recipes::image(demuxer, mark.as_ref()), plain).await?),
            Medium::Audio => ("audio/mp4", self.make(&recipes::audio(demuxer, channels.unwrap_or(2)), plain).await?),
            _ => {
                let encoder = self.tools.encoder.ok_or_else(|| unsupported("encoder"))?;
                let whole = self.make(&recipes::video(demuxer, encoder, channels, mark.as_ref()), plain).await;
                let made = match whole {
                    Err(Fault::Failed(..)) if channels.is_some() => {
                        self.make(&recipes::video(demuxer, encoder, None, mark.as_ref()), plain).await?
                    }
                    whole => whole?,
                };
                ("video/mp4", made)
            }
        };
        let (file, seen) = made;
        let shape = seen.tracks.iter().find(|track| track.width.is_some());
        let facts = json!({
            "width": shape.and_then(|track| track.width), "height": shape.and_then(|track| track.height),
            "duration_ms": seen.duration_ms, "audio": recipes::has_audio(&seen), "marked": marked,
        });
        Ok(Made { kind: Kind::Preview, mime, facts, file })
    }

    pub async fn poster(&self, reel: &Reel) -> Result<Made, Fault> {
        let (file, seen) = self.make(&recipes::poster(reel.demuxer), &reel.file).await?;
        let (width, height) = size(&seen);
        Ok(Made { kind: Kind::Poster, mime: "image/jpeg", facts: json!({"width": width, "height": height}), file })
    }

    pub async fn strip(&self, reel: &Reel) -> Result<Made, Fault> {
        let Grid { columns, rows, count, interval_ms } = reel.grid;
        let (file, seen) = self.make(&recipes::strip(reel.demuxer, reel.grid), &reel.file).await?;
        let (width, height) = size(&seen);
        let facts = json!({
            "columns": columns, "rows": rows, "count": count, "interval_ms": interval_ms,
            "width": u64::from(width) / columns, "height": u64::from(height) / rows,
        });
        Ok(Made { kind: Kind::Strip, mime: "image/jpeg", facts, file })
    }

    pub async fn waveform(&self, file: &File, demuxer: &'static str) -> Result<Made, Fault> {
        let (file, _) = self.make(&recipes::waveform(demuxer), file).await?;
        let facts = json!({"width": WAVEFORM.0, "height": WAVEFORM.1, "duration_ms": self.examined.duration_ms});
        Ok(Made { kind: Kind::Waveform, mime: "image/png", facts, file })
    }

    async fn make(&self, args: &[std::ffi::OsString], plain: &File) -> Result<(File, Examination), Fault> {
        self.tools.make(args, &limits(self.examined.duration_ms), plain, self.folder).await
    }

    /// All of a file, for what is no MP4: ffmpeg skips what are no key frames by itself.
    pub fn whole(&self, file: File, demuxer: &'static str) -> Reel {
        let duration_ms = self.examined.duration_ms.unwrap_or(0);
        let count = recipes::pictures(duration_ms, STRIP_MOST);
        Reel { file, demuxer, grid: Grid::new(count, duration_ms.div_ceil(count)) }
    }

    /// A film of key frames, where the recording is an MP4 that has some.
    pub async fn film(&self, mut source: Box<dyn Source + Send>) -> Result<Option<Reel>, Fault> {
        let (folder, duration_ms) = (self.folder.to_owned(), self.examined.duration_ms.unwrap_or(0));
        let work = move || -> Result<Option<Reel>, Fault> {
            let frames = tiezheng_media::keyframes(&mut *source);
            let Some(choice) = film::choose(&frames, duration_ms, STRIP_MOST) else { return Ok(None) };
            let Some(bytes) = film::film(&mut *source, &choice) else { return Ok(None) };
            let grid = Grid::new(choice.frames.len() as u64, choice.interval_ms);
            Ok(Some(Reel { file: nameless::holding(&folder, &bytes)?, demuxer: "mov", grid }))
        };
        let done = tokio::task::spawn_blocking(work).await;
        done.unwrap_or_else(|error| Err(Fault::Storage(std::io::Error::other(error))))
    }

    /// The same of a file at hand.
    pub async fn film_of(&self, file: &File) -> Result<Option<Reel>, Fault> {
        self.film(Box::new(FileSource::new(file.try_clone()?)?)).await
    }
}

fn unsupported(what: &str) -> Fault {
    Fault::Failed("unsupported", what.to_owned())
}

fn size(x: &Examination) -> (u32, u32) {
    x.tracks.first().map_or((0, 0), |track| (track.width.unwrap_or(0), track.height.unwrap_or(0)))
}
