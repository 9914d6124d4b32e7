//! 核验导出: a bag against its manifests, its receipts and its log, with nothing but the bag. What is wrong is named by
//! its path.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde_json::{Map, Value, json};
use tiezheng_vault::note::{CheckpointText, Note, Verifier};
use tiezheng_vault::proof::{self, Hash};
use tiezheng_vault::receipt::Receipt;
use tiezheng_vault::suite::{Sha256, Sm3};
use tiezheng_vault::verify::Depth;
use tiezheng_vault::{canonical, commitment};

use super::tiles::{self, Growing, Source, WIDTH};
use super::{export, names, walk};
use crate::error::Result;
use crate::supervision::verify::Finding;

/// A manifest line is a digest and a path; a longer one is no line of ours.
const LINE_BYTES_MAX: u64 = 8 << 10;
/// Metadata of one recording: far more than a recording watched every day for ten years needs.
const JSON_BYTES_MAX: u64 = 256 << 20;

#[derive(Serialize, Debug, Default)]
pub struct Report {
    pub bags: u64,
    pub recordings: u64,
    pub files: u64,
    pub bytes: u64,
    pub events: u64,
    pub log_size: u64,
    pub root: Option<String>,
    pub vkey: Option<String>,
    /// Whether the log's key was given by somebody and is that one; else the bag vouches only for itself.
    pub trusted: bool,
    pub findings: Vec<Finding>,
}

/// A bag, or a folder of them as `export` writes it.
pub fn is_target(path: &Path) -> bool {
    ["bagit.txt", "manifest-sha256.txt", export::MARKER].iter().any(|name| path.join(name).is_file())
}

/// Checks one bag, or every bag of an export. `key`: the log's public key learnt from somebody you trust.
pub async fn check(target: &Path, depth: Depth, key: Option<&str>) -> Result<Report> {
    let mut report = Report { trusted: key.is_some(), ..Report::default() };
    if !target.join(export::MARKER).is_file() {
        one(target, "", depth, key, &mut report).await?;
        return Ok(report);
    }
    let marker = fs::read(target.join(export::MARKER))?;
    let marker: Value = serde_json::from_slice(&marker).unwrap_or_default();
    if marker["format"] != export::FORMAT {
        report.find("bag.marker", export::MARKER, json!({}));
    }
    let marked = marker["vkey"].as_str().map(str::to_owned);
    for name in names(target)? {
        if target.join(&name).is_dir() {
            one(&target.join(&name), &format!("{name}/"), depth, key, &mut report).await?;
        }
    }
    if report.bags > 0 && marked.is_some() && marked != report.vkey {
        report.find("bag.marker", export::MARKER, json!({}));
    }
    if report.bags == 0 {
        report.find("bag.none", export::MARKER, json!({}));
    }
    Ok(report)
}

impl Report {
    fn find(&mut self, code: &str, subject: impl Into<String>, params: Value) {
        let params = if let Value::Object(params) = params { params } else { Map::new() };
        self.findings.push(Finding { code: code.into(), subject: subject.into(), params });
    }
}

/// What is known of a payload file: the digests its manifests name, and whether it was met.
struct Listed {
    sha256: Option<Hash>,
    sm3: Option<Hash>,
    met: bool,
}

struct Bag<'a> {
    root: &'a Path,
    /// Put before paths in findings.
    prefix: &'a str,
    depth: Depth,
    payload: HashMap<String, Listed>,
    checkpoint: Option<Checkpoint>,
}

struct Checkpoint {
    note: String,
    size: u64,
    root: Hash,
    vkey: String,
}

async fn one(root: &Path, prefix: &str, depth: Depth, key: Option<&str>, report: &mut Report) -> Result<()> {
    report.bags += 1;
    let mut bag = Bag { root, prefix, depth, payload: HashMap::new(), checkpoint: None };
    if read_text(&root.join("bagit.txt"))?.as_deref() != Some(export::BAGIT) {
        report.find("bag.declaration", bag.named("bagit.txt"), json!({}));
    }
    bag.tags(report)?;
    bag.manifest("manifest-sha256.txt", |listed| &mut listed.sha256, report)?;
    bag.manifest("sm3sums.txt", |listed| &mut listed.sm3, report)?;
    bag.checkpoint = bag.read_checkpoint(key, report)?;
    let (files, bytes) = (report.files, report.bytes);
    bag.payload(report)?;
    bag.oxum(report.files - files, report.bytes - bytes, report)?;
    if depth == Depth::Digest {
        bag.log(report).await?;
        bag.recordings(report)?;
    }
    Ok(())
}

impl Bag<'_> {
    fn named(&self, path: &str) -> String {
        format!("{}{path}", self.prefix)
    }

    /// Tag files: everything outside `data/`, few and small.
    fn tags(&self, report: &mut Report) -> Result<()> {
        const MANIFEST: &str = "tagmanifest-sha256.txt";
        let mut listed: HashMap<String, Hash> = HashMap::new();
        for line in lines(&self.root.join(MANIFEST))? {
            match line?.as_deref().and_then(split) {
                Some((digest, path)) if !path.starts_with("data/") => drop(listed.insert(path, digest)),
                _ => report.find("bag.manifest_line", self.named(MANIFEST), json!({})),
            }
        }
        if listed.is_empty() {
            report.find("bag.missing", self.named(MANIFEST), json!({"manifest": MANIFEST}));
        }
        let mut found = Vec::new();
        for name in names(self.root)?.into_iter().filter(|name| name != "data" && name != MANIFEST) {
            if self.root.join(&name).is_dir() {
                walk(&self.root.join(&name), &mut |below, _| {
                    found.push(format!("{name}/{below}"));
                    Ok(())
                })?;
            } else {
                found.push(name);
            }
        }
        for path in found {
            match listed.remove(&path) {
                None => report.find("bag.unlisted", self.named(&path), json!({"manifest": MANIFEST})),
                Some(digest) if self.depth == Depth::Digest && export::hash(&self.root.join(&path))? != digest => {
                    report.find("bag.differs", self.named(&path), json!({"digest": "SHA-256", "manifest": MANIFEST}));
                }
                Some(_) => {}
            }
        }
        for path in listed.into_keys() {
            report.find("bag.missing", self.named(&path), json!({"manifest": MANIFEST}));
        }
        Ok(())
    }

    fn manifest(&mut self, name: &str, slot: fn(&mut Listed) -> &mut Option<Hash>, report: &mut Report) -> Result<()> {
        if !self.root.join(name).is_file() {
            report.find("bag.missing", self.named(name), json!({"manifest": name}));
        }
        for line in lines(&self.root.join(name))? {
            let Some((digest, path)) = line?.as_deref().and_then(split).filter(|(_, path)| path.starts_with("data/"))
            else {
                report.find("bag.manifest_line", self.named(name), json!({}));
                continue;
            };
            let listed = self.payload.entry(path).or_insert(Listed { sha256: None, sm3: None, met: false });
            if slot(listed).replace(digest).is_some() {
                report.find("bag.manifest_line", self.named(name), json!({})); // one path twice
            }
        }
        Ok(())
    }

    /// Every payload file: listed in both manifests, and what they say.
    fn payload(&mut self, report: &mut Report) -> Result<()> {
        let data = self.root.join("data");
        let (prefix, depth) = (self.prefix, self.depth);
        let payload = &mut self.payload;
        walk(&data, &mut |below, found| {
            let path = format!("data/{below}");
            let subject = format!("{prefix}{path}");
            report.files += 1;
            report.bytes += found.len();
            let Some(listed) = payload.get_mut(&path) else {
                report.find("bag.unlisted", subject, json!({"manifest": "manifest-sha256.txt"}));
                return Ok(());
            };
            listed.met = true;
            let digests = if depth == Depth::Digest { Some(digests(&data.join(below))?) } else { None };
            for (name, manifest, said, is) in [
                ("SHA-256", "manifest-sha256.txt", listed.sha256, digests.map(|digests| digests.0)),
                ("SM3", "sm3sums.txt", listed.sm3, digests.map(|digests| digests.1)),
            ] {
                let params = json!({"digest": name, "manifest": manifest});
                match (said, is) {
                    (None, _) => report.find("bag.unlisted", &subject, params),
                    (Some(said), Some(is)) if said != is => report.find("bag.differs", &subject, params),
                    _ => {}
                }
            }
            Ok(())
        })?;
        let mut missing: Vec<&String> =
            self.payload.iter().filter(|(_, listed)| !listed.met).map(|(path, _)| path).collect();
        missing.sort();
        for path in missing {
            report.find("bag.missing", self.named(path), json!({"manifest": "manifest-sha256.txt"}));
        }
        Ok(())
    }

    fn oxum(&self, files: u64, bytes: u64, report: &mut Report) -> Result<()> {
        let info = read_text(&self.root.join("bag-info.txt"))?.unwrap_or_default();
        let said = info.lines().find_map(|line| line.strip_prefix("Payload-Oxum: "));
        let is = format!("{bytes}.{files}");
        if said != Some(is.as_str()) {
            report.find("bag.oxum", self.named("bag-info.txt"), json!({"said": said, "is": is}));
        }
        Ok(())
    }

    fn read_checkpoint(&self, key: Option<&str>, report: &mut Report) -> Result<Option<Checkpoint>> {
        let own = read_text(&self.root.join("log/vkey.txt"))?.unwrap_or_default().trim().to_owned();
        let vkey = key.map_or(own.as_str(), str::trim);
        if own != vkey {
            report.find("bag.other_key", self.named("log/vkey.txt"), json!({"vkey": own}));
        }
        report.vkey = Some(own.clone());
        let note = read_text(&self.root.join("log/checkpoint"))?.unwrap_or_default();
        let read = || -> tiezheng_vault::Result<Checkpoint> {
            let (verifier, parsed): (Verifier, Note) = (vkey.parse()?, Note::parse(note.as_bytes())?);
            verifier.verify(&parsed)?;
            let text = CheckpointText::parse(&parsed.text)?;
            if text.origin != verifier.name() || parsed.to_text() != note {
                return Err(tiezheng_vault::Error::CheckpointBad { detail: "another origin" });
            }
            Ok(Checkpoint { note: note.clone(), size: text.size, root: text.root, vkey: vkey.to_owned() })
        };
        match read() {
            Ok(checkpoint) => {
                report.log_size = checkpoint.size;
                report.root = Some(hex::encode(checkpoint.root));
                Ok(Some(checkpoint))
            }
            Err(error) => {
                let params = Value::Object(error.params().into_iter().map(|(k, v)| (k.to_owned(), v.into())).collect());
                report.find(error.code(), self.named("log/checkpoint"), params);
                Ok(None)
            }
        }
    }

    /// Every tile out of the entries, the root out of the tiles.
    async fn log(&self, report: &mut Report) -> Result<()> {
        let Some(checkpoint) = &self.checkpoint else { return Ok(()) };
        let source = Source::Folder(self.root.join("log"));
        let mut growing = Growing::default();
        let mut tiles = Vec::new();
        for index in 0..checkpoint.size.div_ceil(WIDTH) {
            let width = (checkpoint.size - index * WIDTH).min(WIDTH);
            let name = tiles::Name { level: None, index, width };
            let Ok(bytes) = source.file(&name).await else {
                report.find(
                    "vault.tile_missing",
                    self.named(&format!("log/{}", name.path())),
                    json!({"path": name.path()}),
                );
                return Ok(());
            };
            for entry in bytes.as_chunks::<34>().0 {
                growing.push(proof::leaf(&entry[2..]), |name, hashes| tiles.push((name, hashes.to_vec())));
            }
            for (name, hashes) in tiles.drain(..) {
                self.tile(&source, &name, &hashes, report).await?;
            }
        }
        let root = growing.finish(|name, hashes| tiles.push((name, hashes.to_vec())));
        for (name, hashes) in tiles {
            self.tile(&source, &name, &hashes, report).await?;
        }
        if root != checkpoint.root {
            let params = json!({"size": checkpoint.size, "root": hex::encode(root)});
            report.find("vault.log_root_differs", self.named("log/checkpoint"), params);
        }
        Ok(())
    }

    async fn tile(&self, source: &Source, name: &tiles::Name, hashes: &[Hash], report: &mut Report) -> Result<()> {
        let subject = self.named(&format!("log/{}", name.path()));
        match source.file(name).await {
            Ok(bytes) if bytes == hashes.as_flattened() => {}
            Ok(_) => report.find("vault.tile_corrupt", subject, json!({"path": name.path(), "detail": "hash"})),
            Err(_) => report.find("vault.tile_missing", subject, json!({"path": name.path()})),
        }
        Ok(())
    }

    /// Receipt, metadata and history of each recording.
    fn recordings(&self, report: &mut Report) -> Result<()> {
        let data = self.root.join("data");
        for month in names(&data)? {
            for id in names(&data.join(&month))? {
                if !data.join(&month).join(&id).is_dir() {
                    continue; // a stray file, named as unlisted
                }
                report.recordings += 1;
                self.recording(&format!("data/{month}/{id}"), &id, report)?;
            }
        }
        Ok(())
    }

    fn recording(&self, folder: &str, id: &str, report: &mut Report) -> Result<()> {
        let Some(checkpoint) = &self.checkpoint else { return Ok(()) };
        let path = format!("{folder}/receipt.json");
        let bytes = read_bytes(&self.root.join(&path))?.unwrap_or_default();
        let verified =
            Receipt::parse(&bytes).and_then(|receipt| receipt.verify(Some(&checkpoint.vkey)).map(|_| receipt));
        let receipt = match verified {
            Ok(receipt) => receipt,
            Err(error) => {
                let params = json!({"index": "", "detail": error.to_string()});
                report.find("receipt.invalid", self.named(&path), params);
                return Ok(());
            }
        };
        let detail = &receipt.event["detail"];
        if receipt.event["subject"] != id || receipt.event["act"] != "recording.sealed" {
            report.find("bag.other_receipt", self.named(&path), json!({}));
        }
        self.original(folder, detail, report);
        let path = format!("{folder}/recording.json");
        let told: Value = read_json(&self.root.join(&path))?;
        let examined = told["examination_text"].as_str().unwrap_or("").as_bytes();
        let examined_as_sealed = detail["examination_sha256"] == hex::encode(crate::app::sha256(examined));
        if told["id"] != id || told["sealed"] != *detail || !examined_as_sealed {
            report.find("bag.metadata", self.named(&path), json!({}));
        }
        self.history(folder, id, checkpoint, report)
    }

    /// The one file beside the three of ours is what the receipt is about.
    fn original(&self, folder: &str, detail: &Value, report: &mut Report) {
        let ours = ["recording.json", "receipt.json", "custody.json"];
        let of_folder = self.root.join(folder);
        let others = names(&of_folder).unwrap_or_default().into_iter().filter(|name| !ours.contains(&name.as_str()));
        let others: Vec<String> = others.map(|name| format!("{folder}/{name}")).collect();
        let [path] = &others[..] else {
            report.find("bag.original", self.named(folder), json!({"count": others.len()}));
            return;
        };
        // The payload check has held the manifest against the bytes; here the receipt is held against the manifest.
        let Some(listed) = self.payload.get(path) else { return };
        let hex = |digest: &Option<Hash>| digest.map(hex::encode).unwrap_or_default();
        let size = fs::metadata(self.root.join(path)).map(|found| found.len()).unwrap_or_default();
        if detail["sha256"] != hex(&listed.sha256) || detail["sm3"] != hex(&listed.sm3) || detail["bytes"] != size {
            report.find("bag.not_what_was_sealed", self.named(path), json!({}));
        }
    }

    fn history(&self, folder: &str, id: &str, checkpoint: &Checkpoint, report: &mut Report) -> Result<()> {
        let path = format!("{folder}/custody.json");
        let told: Value = read_json(&self.root.join(&path))?;
        if told["checkpoint"] != checkpoint.note || told["recording"] != id {
            report.find("bag.history", self.named(&path), json!({"index": null}));
        }
        let none = Vec::new();
        let events = told["events"].as_array().unwrap_or(&none);
        if events.is_empty() {
            report.find("bag.history", self.named(&path), json!({"index": null}));
        }
        for event in events {
            report.events += 1;
            if event["event"]["subject"] != id || !proven(event, checkpoint) {
                report.find("bag.history", self.named(&path), json!({"index": event["index"]}));
            }
        }
        Ok(())
    }
}

/// Whether an event of `custody.json` is the leaf it says it is.
fn proven(event: &Value, checkpoint: &Checkpoint) -> bool {
    let hash = |value: &Value| -> Option<Hash> { hex::decode(value.as_str()?).ok()?.try_into().ok() };
    let proof: Option<Vec<Hash>> = event["proof"].as_array().map(|steps| steps.iter().filter_map(hash).collect());
    let (Some(salt), Some(index), Some(steps)) = (hash(&event["salt"]), event["index"].as_u64(), proof) else {
        return false;
    };
    let Ok(payload) = canonical::to_bytes(&event["event"]) else { return false };
    let leaf = proof::leaf(&commitment(&salt, &payload));
    proof::verify_inclusion(index, checkpoint.size, &leaf, &steps, &checkpoint.root).is_ok()
}

/// `<64 hex digits>  <path>`; a path that leaves the bag is none.
fn split(line: &str) -> Option<(Hash, String)> {
    let (digest, path) = line.split_at_checked(64)?;
    let path = path.strip_prefix("  ")?;
    let inside = !path.is_empty() && path.split('/').all(|part| !part.is_empty() && part != "." && part != "..");
    let mut hash = [0; 32];
    hex::decode_to_slice(digest, &mut hash).ok()?;
    (inside && digest == hex::encode(hash)).then(|| (hash, path.to_owned()))
}

/// The lines of a manifest, `None` for one that is too long or not text. A file that is not there has none.
fn lines(path: &Path) -> Result<impl Iterator<Item = Result<Option<String>>> + use<>> {
    let mut reader = match File::open(path) {
        Ok(file) => Some(BufReader::new(file)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
        Err(error) => return Err(error.into()),
    };
    Ok(std::iter::from_fn(move || {
        let mut line = Vec::new();
        match reader.as_mut()?.by_ref().take(LINE_BYTES_MAX).read_until(b'\n', &mut line) {
            Ok(0) => None,
            Ok(_) => Some(Ok(match line.strip_suffix(b"\n") {
                Some(line) => String::from_utf8(line.to_vec()).ok(),
                None => None,
            })),
            Err(error) => {
                reader = None;
                Some(Err(error.into()))
            }
        }
    }))
}

/// SHA-256 and SM3 of a file, one read.
fn digests(path: &Path) -> Result<(Hash, Hash)> {
    let mut file = File::open(path)?;
    let (mut sha, mut sm3, mut block) = (Sha256::default(), Sm3::default(), vec![0; 1 << 20]);
    loop {
        match file.read(&mut block)? {
            0 => return Ok((sha.finish(), sm3.finish())),
            n => {
                sha.update(&block[..n]);
                sm3.update(&block[..n]);
            }
        }
    }
}

fn read_bytes(path: &PathBuf) -> Result<Option<Vec<u8>>> {
    match File::open(path) {
        Ok(file) => {
            let mut bytes = Vec::new();
            file.take(JSON_BYTES_MAX).read_to_end(&mut bytes)?;
            Ok(Some(bytes))
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn read_text(path: &Path) -> Result<Option<String>> {
    Ok(read_bytes(&path.to_owned())?.map(|bytes| String::from_utf8(bytes).unwrap_or_default()))
}

/// `null` where it is not JSON: then nothing in it agrees with anything.
fn read_json(path: &Path) -> Result<Value> {
    let bytes = read_bytes(&path.to_owned())?.unwrap_or_default();
    Ok(serde_json::from_slice(&bytes).unwrap_or_default())
}
