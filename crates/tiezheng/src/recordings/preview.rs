//! 预览: derivatives through which a browser shows what it could not play, or what somebody may not see in the original.
//!
//! The original is only read. Its plaintext passes through files without a name, ffmpeg sees it as a confined child
//! ([`super::confine`]), and what comes out is sealed as an object of its own that names its original. A derivative is
//! never evidence: it carries a mark, and the custody timeline says when and with what it was made.

mod ffmpeg;
mod film;
mod nameless;
mod recipes;
#[cfg(test)]
mod room_tests;
mod store;
mod studio;
#[cfg(test)]
mod tests;

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};

use bytes::Bytes;
use serde::Serialize;
use serde_json::{Value as Json, json};
use tiezheng_media::{Container, Examination, Playable, Source};
use tiezheng_vault::{ALONE_FROM, ObjectReader, Sealed, SyncReader};

use super::Recording;
use super::store::{self as catalogue, Derivative};
use crate::app::App;
use crate::audit::{self, Act};
use crate::db::Tx;
use crate::error::{Problem, Result};
use crate::people::Actor;
use ffmpeg::{Fault, Tools};
pub use recipes::Kind;
use studio::{Made, Reel, Studio};

/// What the detail page shows about the preview. `reason` is a code under `preview.` in `locales/`.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct State {
    /// none (nobody has asked yet), queued, running, ready, failed, not_needed
    pub state: &'static str,
    pub reason: Option<String>,
}

/// Makes what the recording needs and does not have yet. Doing it again makes nothing twice.
///
/// A preview of what a browser plays anyway is only made when somebody who may not have the original has asked for it.
///
/// # Errors
/// `preview.ffmpeg_missing`, `preview.timeout`, `preview.failed` with `why`; the derivatives that could be made are kept.
pub async fn make(app: &App, now: i64, recording: &str) -> Result<()> {
    let mut tx = app.db.read().await?;
    let asked = store::asked(&mut tx, recording).await?;
    let recording = catalogue::evidence(&mut tx, recording).await?;
    drop(tx);
    let needed = recording.examined().map(|examined| recipes::needed(&examined, asked)).unwrap_or_default();
    make_kinds(app, now, &recording, &needed).await
}

/// Makes these derivatives of a recording, so far as they are missing.
///
/// # Errors
/// As [`make`].
pub async fn make_kinds(app: &App, now: i64, recording: &Recording, kinds: &[Kind]) -> Result<()> {
    let existing = catalogue::derivatives(&mut app.db.read().await?, &recording.id).await?;
    let missing: Vec<Kind> = kinds.iter().copied().filter(|kind| !has(&existing, *kind)).collect();
    let Some(examined) = recording.examined().filter(|_| !missing.is_empty()) else { return Ok(()) };
    let folder = app.staging();
    let tools = Tools::find(&folder).await?;
    let mark = mark();
    let studio = Studio { tools: &tools, folder: &folder, examined: &examined, mark: (&mark.0, &mark.1) };
    let mut work =
        Work { app, studio, original: app.vault.read(&recording.place).await?, plain: None, made: Vec::new() };
    let done = work.all(&missing, &existing).await;
    // What came out before something failed is worth keeping.
    seal(app, now, recording, &tools.version, work.made).await?;
    done
}

fn has(existing: &[Derivative], kind: Kind) -> bool {
    existing.iter().any(|derivative| derivative.kind == kind.name())
}

/// The mark in both languages, and in English alone for fonts without Chinese.
fn mark() -> (String, String) {
    let text = |language| crate::locale::text(language, "preview.mark", &serde_json::Map::new());
    (format!("{}  {}", text("zh-CN"), text("en")), text("en"))
}

struct Work<'a> {
    app: &'a App,
    studio: Studio<'a>,
    original: ObjectReader,
    /// The original decrypted, once somebody needs all of it.
    plain: Option<File>,
    made: Vec<Made>,
}

impl Work<'_> {
    async fn all(&mut self, missing: &[Kind], existing: &[Derivative]) -> Result<()> {
        if missing.contains(&Kind::Preview) {
            let plain = self.plain().await?;
            self.made.push(self.studio.preview(&plain).await?);
        }
        let preview = self.moving_preview(existing).await?;
        let mut first = Ok(());
        if missing.contains(&Kind::Poster) || missing.contains(&Kind::Strip) {
            first = self.pictures(missing, preview.as_ref()).await;
        }
        if missing.contains(&Kind::Waveform) {
            let wave = self.waveform(preview.as_ref()).await;
            first = first.and(wave);
        }
        first
    }

    async fn plain(&mut self) -> Result<File> {
        if self.plain.is_none() {
            self.plain = Some(decrypted(self.app, &self.original).await?);
        }
        match &self.plain {
            Some(plain) => Ok(plain.try_clone()?),
            None => Err(Problem::internal("the plaintext was just made")),
        }
    }

    /// A preview of pictures or sound that move: smaller and easier to decode than its original, so the rest is made
    /// from it. With it, whether it has sound.
    async fn moving_preview(&self, existing: &[Derivative]) -> Result<Option<(File, bool)>> {
        let sounds = |facts: &Json| facts["audio"] == json!(true);
        if let Some(made) = self.made.iter().find(|made| made.kind == Kind::Preview) {
            return Ok((made.mime != "image/jpeg")
                .then_some(made.file.try_clone()?)
                .map(|file| (file, sounds(&made.facts))));
        }
        let Some(kept) = existing.iter().find(|kept| kept.kind == Kind::Preview.name() && kept.mime != "image/jpeg")
        else {
            return Ok(None);
        };
        let reader = self.app.vault.read(&kept.place).await?;
        Ok(Some((decrypted(self.app, &reader).await?, sounds(&kept.facts))))
    }

    async fn pictures(&mut self, missing: &[Kind], preview: Option<&(File, bool)>) -> Result<()> {
        let film = match preview {
            Some((preview, _)) => self.studio.film_of(preview).await?,
            None if matches!(self.container(), Container::Mp4 | Container::Mov) => {
                self.studio.film(Box::new(Opened::new(&self.original))).await?
            }
            None => None,
        };
        let done = match &film {
            Some(film) => self.stills(missing, film).await,
            None => Err(Fault::Failed("nothing", String::new())),
        };
        match done {
            // No film could be cut, or none that decodes: all of it then.
            Err(Fault::Failed(..)) => {}
            done => return Ok(done?),
        }
        let (file, demuxer) = match preview {
            Some((preview, _)) => (preview.try_clone()?, "mov"),
            None => (self.plain().await?, self.demuxer()?),
        };
        let whole = self.studio.whole(file, demuxer);
        Ok(self.stills(missing, &whole).await?)
    }

    async fn stills(&mut self, missing: &[Kind], reel: &Reel) -> std::result::Result<(), Fault> {
        for kind in [Kind::Poster, Kind::Strip] {
            if !missing.contains(&kind) || self.made.iter().any(|made| made.kind == kind) {
                continue;
            }
            let made =
                if kind == Kind::Poster { self.studio.poster(reel).await } else { self.studio.strip(reel).await };
            self.made.push(made?);
        }
        Ok(())
    }

    async fn waveform(&mut self, preview: Option<&(File, bool)>) -> Result<()> {
        let (file, demuxer) = match preview {
            Some((preview, true)) => (preview.try_clone()?, "mov"),
            _ => (self.plain().await?, self.demuxer()?),
        };
        self.made.push(self.studio.waveform(&file, demuxer).await?);
        Ok(())
    }

    fn container(&self) -> Container {
        self.studio.examined.container
    }

    fn demuxer(&self) -> std::result::Result<&'static str, Fault> {
        recipes::demuxer(self.container()).ok_or_else(|| Fault::Failed("unsupported", String::new()))
    }
}

async fn decrypted(app: &App, reader: &ObjectReader) -> Result<File> {
    nameless::filled::<Problem, _>(&app.staging(), reader.size(), reader.stream(0..reader.size())).await
}

/// A sealed object as the media room reads: decrypted where it is touched.
struct Opened {
    reader: SyncReader,
    bytes: u64,
}

impl Opened {
    fn new(object: &ObjectReader) -> Opened {
        Opened { reader: object.blocking(), bytes: object.size() }
    }
}

impl Source for Opened {
    fn len(&self) -> u64 {
        self.bytes
    }

    fn read_at(&mut self, offset: u64, buf: &mut [u8]) -> std::io::Result<usize> {
        self.reader.seek(SeekFrom::Start(offset))?;
        self.reader.read(buf)
    }
}

/// Seals what was made, small ones together, and enters it with its event.
///
/// A crash before the commit leaves objects that name their original and no row: the next run makes them anew.
async fn seal(app: &App, now: i64, recording: &Recording, version: &str, made: Vec<Made>) -> Result<()> {
    if made.is_empty() {
        return Ok(());
    }
    let (mut pack, mut packed, mut derivatives) = (app.vault.packer(), Vec::new(), Vec::new());
    for made in made {
        let described = json!({
            "derived_from": recording.id, "kind": made.kind.name(), "mime": made.mime, "facts": made.facts,
        });
        let described = tiezheng_vault::canonical::to_bytes(&described)?;
        let bytes = made.file.metadata()?.len();
        if bytes < ALONE_FROM {
            pack.add(whole(&made.file, bytes).await?, |_| described).await?;
            packed.push(made);
        } else {
            let sealed = alone(app, &made.file, described).await?;
            derivatives.push(entry(made, sealed));
        }
    }
    let sealed = pack.flush().await?;
    derivatives.extend(packed.into_iter().zip(sealed).map(|(made, sealed)| entry(made, sealed)));
    let mut tx = app.db.begin().await?;
    let existing = catalogue::derivatives(&mut tx, &recording.id).await?;
    let mut unclaimed = Vec::new();
    for derivative in derivatives {
        if existing.iter().any(|kept| kept.kind == derivative.kind) {
            unclaimed.push(derivative.place); // somebody else was quicker
            continue;
        }
        catalogue::put_derivative(&mut tx, &recording.id, &derivative, now).await?;
        let detail = json!({
            "kind": derivative.kind, "mime": derivative.mime, "bytes": derivative.digests.size,
            "sha256": hex::encode(derivative.digests.sha256), "tool": format!("ffmpeg {version}"),
        });
        let (agency, subject) = (Some(recording.agency.as_str()), Some(recording.id.as_str()));
        audit::record(&mut tx, &Actor::system(), now, Act::DerivativeMade, agency, subject, detail).await?;
    }
    tx.commit().await?;
    for place in unclaimed {
        app.vault.remove_unclaimed(&place).await?;
    }
    Ok(())
}

fn entry(made: Made, sealed: Sealed) -> Derivative {
    Derivative {
        kind: made.kind.name().to_owned(),
        mime: made.mime.to_owned(),
        facts: made.facts,
        digests: sealed.digests,
        place: sealed.place,
    }
}

async fn whole(file: &File, bytes: u64) -> Result<Bytes> {
    let mut file = file.try_clone()?;
    let read = move || -> std::io::Result<Bytes> {
        file.rewind()?;
        let mut all = Vec::new();
        file.take(bytes).read_to_end(&mut all)?;
        Ok(all.into())
    };
    Ok(tokio::task::spawn_blocking(read).await.map_err(|error| Problem::internal(error.to_string()))??)
}

async fn alone(app: &App, file: &File, described: Vec<u8>) -> Result<Sealed> {
    use tokio::io::AsyncReadExt;
    let mut file = file.try_clone()?;
    file.rewind()?;
    let mut file = tokio::fs::File::from_std(file);
    let mut writer = app.vault.start().await?;
    loop {
        let mut piece = bytes::BytesMut::with_capacity(1 << 20);
        if file.read_buf(&mut piece).await? == 0 {
            break;
        }
        writer.write(piece.freeze()).await?;
    }
    Ok(writer.finish(|_| described).await?)
}

impl From<Fault> for Problem {
    fn from(fault: Fault) -> Problem {
        match fault {
            // May be installed any minute: tried again.
            Fault::NoFfmpeg => Problem::refused(503, "preview.ffmpeg_missing"),
            Fault::TimedOut => Problem::refused(422, "preview.timeout"),
            Fault::Failed(why, said) => Problem::refused(422, "preview.failed").with("why", why).because(said),
            Fault::Storage(error) => Problem::from(error),
        }
    }
}

/// Where the preview of a recording stands.
pub async fn state(tx: &mut Tx, recording: &Recording) -> Result<State> {
    let existing = catalogue::derivatives(tx, &recording.id).await?;
    let asked = store::asked(tx, &recording.id).await?;
    let job = store::job(tx, &recording.id).await?;
    Ok(stands(recording.examined().as_ref(), has(&existing, Kind::Preview), asked, job))
}

fn stands(examined: Option<&Examination>, ready: bool, asked: bool, job: Option<(String, Option<String>)>) -> State {
    let plain = |state| State { state, reason: None };
    let needed = examined.is_some_and(|examined| match examined.playable {
        Playable::NeedsPreview => true,
        Playable::Native => asked,
        Playable::None => false,
    });
    match job {
        _ if ready => plain("ready"),
        _ if !needed => plain("not_needed"),
        Some((state, _)) if state == "waiting" => plain("queued"),
        Some((state, _)) if state == "running" => plain("running"),
        Some((state, problem)) if state == "failed" => {
            State { state: "failed", reason: Some(reason(problem.as_deref())) }
        }
        _ => plain("none"),
    }
}

/// `ffmpeg_missing`, `timeout`, `failed_broken` …; `interrupted` for what is no fault of the recording.
fn reason(problem: Option<&str>) -> String {
    let problem: Json = problem.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
    match (problem["code"].as_str(), problem["params"]["why"].as_str()) {
        (Some("preview.failed"), Some(why)) => format!("failed_{why}"),
        (Some(code), _) => code.strip_prefix("preview.").unwrap_or("interrupted").to_owned(),
        _ => "interrupted".to_owned(),
    }
}
