//! 导出: everything as plain files that prove themselves, one BagIt 1.0 bag for each agency. Leaving us is a command.
//!
//! Repeatable: a file that is there already, with the right digest, is kept; an interrupted run is simply run again.
//! `bagit.txt` is removed first and written last, so that half a bag is no bag.

use std::fs::{self, File};
use std::io::{BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use futures_util::StreamExt;
use serde::Serialize;
use serde_json::{Map, Value, json};
use tiezheng_vault::receipt::Receipt;
use tiezheng_vault::suite::{Sha256, Sm3};
use tiezheng_vault::{Checkpoint, Leaf};

use super::{names, part, safe_name, store, tiles};
use crate::app::{App, sha256};
use crate::audit::{self, Act};
use crate::error::{Problem, Result};
use crate::locale;
use crate::people::store::Agency;
use crate::people::{self, Actor, Scope};
use crate::recordings::{self, Recording};

pub const FORMAT: &str = "tiezheng-export/1";
/// Says that a folder is an export, and whose.
pub const MARKER: &str = "tiezheng-export.json";
pub const BAGIT: &str = "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n";

#[derive(Serialize, Debug)]
pub struct Report {
    pub to: PathBuf,
    pub origin: String,
    pub log_size: u64,
    pub bags: Vec<Bagged>,
    /// Originals that could not be given out: what the store holds is not what was sealed, or cannot be read.
    pub failed: Vec<Failed>,
}

#[derive(Serialize, Debug)]
pub struct Bagged {
    pub agency: String,
    pub folder: PathBuf,
    pub recordings: u64,
    /// Payload files and their bytes.
    pub files: u64,
    pub bytes: u64,
    /// Originals that an earlier run had written already.
    pub kept: u64,
}

#[derive(Serialize, Debug)]
pub struct Failed {
    pub recording: String,
    pub code: String,
    pub params: Map<String, Value>,
}

/// Writes all bags, or that of one agency. `progress` gets the bytes of originals as they are done.
pub async fn export(app: &App, actor: &Actor, to: &Path, only: Option<&str>, progress: impl Fn(u64)) -> Result<Report> {
    let agencies = people::store::agencies(&mut app.db.read().await?, only).await?;
    if agencies.is_empty() {
        let agency = only.unwrap_or("*");
        return Err(Problem::refused(404, "export.no_agency").with("agency", agency));
    }
    claim(app, to)?;
    // Whoever takes everything out leaves a mark before the first byte.
    let mut tx = app.db.begin().await?;
    let ids: Vec<&str> = agencies.iter().map(|agency| agency.id.as_str()).collect();
    let detail = json!({"to": to.display().to_string(), "agencies": ids});
    audit::record(&mut tx, actor, app.now(), Act::Exported, only, None, detail).await?;
    tx.commit().await?;
    let checkpoint = audit::sequence(app).await?.ok_or_else(|| Problem::refused(409, "receipt.waiting"))?;
    let mut report = Report {
        to: to.to_owned(),
        origin: checkpoint.origin.clone(),
        log_size: checkpoint.size,
        bags: Vec::new(),
        failed: Vec::new(),
    };
    for agency in agencies {
        let root = to.join(folder_name(&agency.id));
        let bagged = bag(app, &agency, &root, &checkpoint, &progress, &mut report.failed).await?;
        report.bags.push(bagged);
    }
    Ok(report)
}

/// An id that had to be made safe gets a mark, so that no two agencies share a folder.
fn folder_name(id: &str) -> String {
    match safe_name(id) {
        safe if safe == id => safe,
        safe => format!("{safe}-{}", hex::encode(&sha256(id.as_bytes())[..4])),
    }
}

/// An empty folder, or one we have exported into before.
fn claim(app: &App, to: &Path) -> Result<()> {
    let marker = json!({"format": FORMAT, "origin": app.keys.origin(), "vkey": app.keys.log_verifier()});
    let path = to.join(MARKER);
    let ours = fs::read(&path).ok().and_then(|bytes| serde_json::from_slice::<Value>(&bytes).ok());
    if ours.as_ref() == Some(&marker) {
        return Ok(());
    }
    if ours.is_some() || !super::is_empty(to)? {
        return Err(Problem::refused(409, "export.foreign_target").with("to", to.display().to_string()));
    }
    fs::create_dir_all(to)?;
    super::put(&path, format!("{marker}\n").as_bytes())
}

/// A bag being written: its manifests grow line by line.
struct Bag {
    root: PathBuf,
    sha256: BufWriter<File>,
    sm3: BufWriter<File>,
    files: u64,
    bytes: u64,
}

/// What a manifest says of a file.
struct Entry {
    sha256: [u8; 32],
    sm3: [u8; 32],
    bytes: u64,
}

impl Bag {
    fn begin(root: &Path) -> Result<Bag> {
        fs::create_dir_all(root.join("data"))?;
        // From here until the end it is no bag.
        match fs::remove_file(root.join("bagit.txt")) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
        let manifest = |name: &str| Ok::<_, Problem>(BufWriter::new(File::create(part(&root.join(name)))?));
        let (sha256, sm3) = (manifest("manifest-sha256.txt")?, manifest("sm3sums.txt")?);
        Ok(Bag { root: root.to_owned(), sha256, sm3, files: 0, bytes: 0 })
    }

    fn list(&mut self, path: &str, entry: &Entry) -> Result<()> {
        writeln!(self.sha256, "{}  {path}", hex::encode(entry.sha256))?;
        writeln!(self.sm3, "{}  {path}", hex::encode(entry.sm3))?;
        self.files += 1;
        self.bytes += entry.bytes;
        Ok(())
    }

    fn add(&mut self, path: &str, bytes: &[u8]) -> Result<()> {
        lay(&self.root.join(path), bytes)?;
        let mut sm3 = Sm3::default();
        sm3.update(bytes);
        self.list(path, &Entry { sha256: sha256(bytes), sm3: sm3.finish(), bytes: bytes.len() as u64 })
    }

    /// The tag files: what the payload is, how it is checked, and the log. `bagit.txt` comes last.
    async fn finish(mut self, app: &App, agency: &Agency, checkpoint: &Checkpoint) -> Result<(u64, u64)> {
        self.sha256.flush()?;
        self.sm3.flush()?;
        for name in ["manifest-sha256.txt", "sm3sums.txt"] {
            fs::rename(part(&self.root.join(name)), self.root.join(name))?;
        }
        let register = store::register(&mut app.db.read().await?, &agency.id).await?;
        lay(&self.root.join("register.json"), &pretty(&register)?)?;
        lay(&self.root.join("README.txt"), readme().as_bytes())?;
        let info = [
            ("Source-Organization", agency.name.clone()),
            ("External-Identifier", format!("{}/{}", checkpoint.origin, agency.id)),
            ("Bagging-Date", recordings::form::china_time(app.now())[..10].to_owned()),
            ("Payload-Oxum", format!("{}.{}", self.bytes, self.files)),
            ("Bag-Software-Agent", format!("tiezheng {}", env!("CARGO_PKG_VERSION"))),
            ("Tiezheng-Log-Key", app.keys.log_verifier()),
            ("Tiezheng-Log-Size", checkpoint.size.to_string()),
        ];
        // A value of one line each: an agency's name is what somebody typed.
        let line = |(label, value): &(&str, String)| format!("{label}: {}\n", value.replace(char::is_control, " "));
        lay(&self.root.join("bag-info.txt"), info.iter().map(line).collect::<String>().as_bytes())?;
        log(app, &self.root, checkpoint).await?;
        let root = self.root.clone();
        tokio::task::spawn_blocking(move || tags(&root))
            .await
            .map_err(|error| Problem::internal(error.to_string()))??;
        Ok((self.files, self.bytes))
    }
}

/// The tag manifest, then everything durable, then `bagit.txt`.
fn tags(root: &Path) -> Result<()> {
    let tag_manifest = "tagmanifest-sha256.txt";
    let mut lines = vec![format!("{}  bagit.txt\n", hex::encode(sha256(BAGIT.as_bytes())))];
    for name in names(root)? {
        if name == "data" || name == tag_manifest || name == "bagit.txt" || name.starts_with('.') {
            continue;
        }
        if root.join(&name).is_dir() {
            super::walk(&root.join(&name), &mut |below, _| {
                lines.push(format!("{}  {name}/{below}\n", hex::encode(hash(&root.join(&name).join(below))?)));
                Ok(())
            })?;
        } else {
            lines.push(format!("{}  {name}\n", hex::encode(hash(&root.join(&name))?)));
        }
    }
    lay(&root.join(tag_manifest), lines.concat().as_bytes())?;
    // One call for the whole file system instead of one for each of a million files.
    rustix::fs::syncfs(File::open(root)?).map_err(std::io::Error::from)?;
    super::put(&root.join("bagit.txt"), BAGIT.as_bytes())
}

async fn bag(
    app: &App,
    agency: &Agency,
    root: &Path,
    checkpoint: &Checkpoint,
    progress: &impl Fn(u64),
    failed: &mut Vec<Failed>,
) -> Result<Bagged> {
    const PAGE: i64 = 500;
    let mut bag = Bag::begin(root)?;
    let (mut recordings, mut kept, mut after) = (0, 0, String::new());
    loop {
        let ids = store::recording_ids(&mut app.db.read().await?, &agency.id, &after, PAGE).await?;
        let Some(last) = ids.last() else { break };
        after = last.clone();
        for id in ids {
            let mut tx = app.db.read().await?;
            let recording = recordings::store::evidence(&mut tx, &id).await?;
            let event = audit::store::by_id(&mut tx, &recording.event).await?;
            drop(tx);
            // What came in while we were at it is for the next run: this bag's checkpoint does not cover it.
            if event.is_none_or(|event| event.log_index.is_none_or(|index| index.unsigned_abs() >= checkpoint.size)) {
                continue;
            }
            kept += u64::from(one(app, &mut bag, &recording, checkpoint, failed).await?);
            recordings += 1;
            progress(recording.bytes.unsigned_abs());
        }
    }
    prune(app, agency, root).await?;
    let (files, bytes) = bag.finish(app, agency, checkpoint).await?;
    Ok(Bagged { agency: agency.id.clone(), folder: root.to_owned(), recordings, files, bytes, kept })
}

pub fn folder_of(recording: &Recording) -> String {
    let at = recordings::form::china_time(recording.began_ms().unwrap_or(recording.received_ms));
    format!("data/{}/{}", &at[..7], recording.id)
}

/// One recording with what is known of it. `true`: its original was there already.
async fn one(
    app: &App,
    bag: &mut Bag,
    recording: &Recording,
    checkpoint: &Checkpoint,
    failed: &mut Vec<Failed>,
) -> Result<bool> {
    let folder = folder_of(recording);
    let name = safe_name(&recording.file_name);
    fs::create_dir_all(bag.root.join(&folder))?;
    let mut written = vec!["recording.json", "receipt.json", "custody.json"];
    let original = original(app, recording, &bag.root.join(&folder).join(&name)).await;
    let kept = match original {
        Ok(kept) => {
            let entry = Entry { sha256: recording.sha256, sm3: recording.sm3, bytes: recording.bytes.unsigned_abs() };
            bag.list(&format!("{folder}/{name}"), &entry)?;
            written.push(&name);
            kept
        }
        // A full disk ends the run; a broken object is named, and the rest goes on.
        Err(problem) if problem.status == 507 => return Err(problem),
        Err(problem) => {
            failed.push(Failed { recording: recording.id.clone(), code: problem.code, params: problem.params });
            false
        }
    };
    bag.add(&format!("{folder}/recording.json"), &described(app, recording, &name).await?)?;
    let (receipt, custody) = proofs(app, recording, checkpoint).await?;
    bag.add(&format!("{folder}/receipt.json"), &receipt)?;
    bag.add(&format!("{folder}/custody.json"), &custody)?;
    for name in names(&bag.root.join(&folder))? {
        if !written.contains(&name.as_str()) {
            remove(&bag.root.join(&folder).join(name))?;
        }
    }
    Ok(kept)
}

/// The bytes as the device wrote them, checked while they pass.
async fn original(app: &App, recording: &Recording, path: &Path) -> Result<bool> {
    if fs::metadata(path).is_ok_and(|found| found.is_file() && found.len() == recording.bytes.unsigned_abs()) {
        let path = path.to_owned();
        let found = tokio::task::spawn_blocking(move || hash(&path)).await;
        if found.map_err(|error| Problem::internal(error.to_string()))?? == recording.sha256 {
            return Ok(true);
        }
    }
    let reader = app.vault.read(&recording.place).await?;
    let (mut file, mut sha, mut sm3) = (File::create(part(path))?, Sha256::default(), Sm3::default());
    let mut pieces = reader.stream(0..reader.size());
    while let Some(piece) = pieces.next().await {
        let piece = piece?;
        let work = move || -> std::io::Result<_> {
            sha.update(&piece);
            sm3.update(&piece);
            file.write_all(&piece)?;
            Ok((file, sha, sm3))
        };
        (file, sha, sm3) =
            tokio::task::spawn_blocking(work).await.map_err(|error| Problem::internal(error.to_string()))??;
    }
    if sha.finish() != recording.sha256 || sm3.finish() != recording.sm3 {
        fs::remove_file(part(path))?;
        return Err(Problem::refused(500, "export.differs").with("recording", recording.id.as_str()));
    }
    fs::rename(part(path), path)?;
    Ok(false)
}

/// `recording.json`: what was sealed, what people said about it since, what examining it found.
async fn described(app: &App, recording: &Recording, file: &str) -> Result<Vec<u8>> {
    let mut tx = app.db.read().await?;
    let row = recordings::store::row(&mut tx, &Scope::All, &recording.id).await?;
    let track = recordings::store::track(&mut tx, &recording.id).await?;
    let examination: Value = serde_json::from_str(&recording.examination).unwrap_or_default();
    pretty(&json!({
        "format": "tiezheng-recording/1",
        "id": recording.id,
        "file": file,
        "sealed": recording.sealed_facts(),
        "sealing_event": recording.event,
        "index": row,
        "track": track,
        "examination": examination,
        // The very text whose digest the sealing event names.
        "examination_text": recording.examination,
    }))
}

/// `receipt.json` and `custody.json`: every event of the recording with its place in the log.
async fn proofs(app: &App, recording: &Recording, checkpoint: &Checkpoint) -> Result<(Vec<u8>, Vec<u8>)> {
    const PAGE: i64 = 500;
    let log = app.vault.log();
    let mut receipt: Option<Receipt> = None;
    let mut events = Vec::new();
    let mut from = 0;
    loop {
        let mut tx = app.db.read().await?;
        let page = store::indices(&mut tx, &recording.id, from, checkpoint.size, PAGE).await?;
        let Some(last) = page.last() else { break };
        from = last + 1;
        for index in page {
            let Some(event) = audit::store::by_index(&mut tx, index).await? else { continue };
            let proof = log.inclusion(index, checkpoint.size).await?;
            if event.id == recording.event {
                let leaf = Leaf { payload: event.payload.clone(), salt: event.salt };
                receipt = Some(log.receipt_of(&leaf, index, proof.clone(), checkpoint, &app.witnesses)?);
            }
            events.push(json!({
                "event": serde_json::from_slice::<Value>(&event.payload)?,
                "salt": hex::encode(event.salt),
                "index": index,
                "proof": proof.iter().map(hex::encode).collect::<Vec<_>>(),
            }));
        }
    }
    let missing = || Problem::refused(500, "event.missing").with("event", recording.event.as_str());
    let custody = json!({
        "format": "tiezheng-custody/1", "recording": recording.id, "checkpoint": checkpoint.note,
        "vkey": log.verifier(), "events": events,
    });
    Ok((receipt.ok_or_else(missing)?.to_bytes()?, pretty(&custody)?))
}

/// The public log as it was under the checkpoint. It tells nobody anything without the salts beside the recordings.
async fn log(app: &App, root: &Path, checkpoint: &Checkpoint) -> Result<()> {
    let folder = root.join("log");
    let mut wanted = std::collections::HashSet::from(["checkpoint".to_owned(), "vkey.txt".to_owned()]);
    for name in tiles::files(checkpoint.size) {
        let full = tiles::Name { width: tiles::WIDTH, ..name.clone() };
        let mut found = None;
        for candidate in [&name, &full] {
            if found.is_none() {
                found = app.vault.log().tile(&candidate.path()).await?;
            }
        }
        let missing = || Problem::refused(500, "vault.tile_missing").with("path", name.path());
        let bytes = found.filter(|bytes| bytes.len() >= name.width as usize * name.unit()).ok_or_else(missing)?;
        lay(&folder.join(name.path()), &bytes[..name.width as usize * name.unit()])?;
        wanted.insert(name.path());
    }
    lay(&folder.join("vkey.txt"), format!("{}\n", app.keys.log_verifier()).as_bytes())?;
    lay(&folder.join("checkpoint"), checkpoint.note.as_bytes())?;
    let mut stale = Vec::new();
    super::walk(&folder, &mut |path, _| {
        if !wanted.contains(path) {
            stale.push(path.to_owned());
        }
        Ok(())
    })?;
    stale.iter().try_for_each(|path| remove(&folder.join(path)))
}

/// Removes what an earlier run has written and this one would not: recordings that are gone or moved to another month.
async fn prune(app: &App, agency: &Agency, root: &Path) -> Result<()> {
    let data = root.join("data");
    for month in names(&data)? {
        for id in names(&data.join(&month))? {
            let mut tx = app.db.read().await?;
            let belongs = match recordings::store::evidence(&mut tx, &id).await {
                Ok(recording) => recording.agency == agency.id && folder_of(&recording) == format!("data/{month}/{id}"),
                Err(problem) if problem.status == 404 => false,
                Err(problem) => return Err(problem),
            };
            if !belongs {
                remove(&data.join(&month).join(&id))?;
            }
        }
        if super::is_empty(&data.join(&month))? {
            fs::remove_dir(data.join(&month))?;
        }
    }
    Ok(())
}

fn remove(path: &Path) -> Result<()> {
    let removed = if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
    Ok(removed?)
}

/// Writes a file of the bag, whole or not at all; durable once the bag is finished.
fn lay(path: &Path, bytes: &[u8]) -> Result<()> {
    if fs::read(path).is_ok_and(|found| found == bytes) {
        return Ok(());
    }
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(part(path), bytes)?;
    Ok(fs::rename(part(path), path)?)
}

fn pretty(value: &Value) -> Result<Vec<u8>> {
    let mut bytes = serde_json::to_vec_pretty(value)?;
    bytes.push(b'\n');
    Ok(bytes)
}

fn readme() -> String {
    let text = |language: &&str| locale::text(language, "export.readme", &Map::new());
    locale::LANGUAGES.iter().map(text).collect::<Vec<_>>().join("\n\n")
}

pub fn hash(path: &Path) -> Result<[u8; 32]> {
    let mut file = File::open(path)?;
    let (mut sha, mut block) = (Sha256::default(), vec![0; 1 << 20]);
    loop {
        match file.read(&mut block)? {
            0 => return Ok(sha.finish()),
            n => sha.update(&block[..n]),
        }
    }
}
