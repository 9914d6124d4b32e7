//! 见证: a body outside the agency (司法行政部门) keeps its own key, looks at the public log from time to time, and
//! cosigns only a checkpoint that continues the one it cosigned before. Whoever rolls the log back or shows two
//! histories then needs the witness as an accomplice.

use std::fs;
use std::path::{Path, PathBuf};

use serde::Serialize;
use tiezheng_vault::Checkpoint;
use tiezheng_vault::note::{CheckpointText, Kind, Note, Signer, Verifier};
use tiezheng_vault::proof;

use super::put;
use super::tiles::Source;
use crate::app::App;
use crate::audit::{self, Act};
use crate::error::{Problem, Result};
use crate::people::Actor;

/// Makes the key of a witness. Refuses where one is: a lost key is a lost name.
pub fn init(dir: &Path, name: &str) -> Result<Verifier> {
    let key = dir.join("witness.key");
    if key.exists() {
        return Err(Problem::refused(409, "witness.exists").with("dir", dir.display().to_string()));
    }
    let signer = Signer::from_seed(name, Kind::Cosignature, tiezheng_vault::suite::random())
        .map_err(|_| Problem::invalid("name", "witness.name"))?;
    fs::create_dir_all(dir)?;
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(dir, fs::Permissions::from_mode(0o700))?;
    put(&dir.join("witness.vkey"), format!("{}\n", signer.verifier()).as_bytes())?;
    // Last: a crash before it leaves no witness.
    put(&key, format!("{}\n", signer.secret_text()).as_bytes())?;
    fs::set_permissions(&key, fs::Permissions::from_mode(0o600))?;
    Ok(signer.verifier().clone())
}

/// The key `init` made.
pub fn signer(dir: &Path) -> Result<Signer> {
    let path = dir.join("witness.key");
    let unusable = || Problem::refused(404, "witness.no_key").with("dir", dir.display().to_string());
    let text = fs::read_to_string(&path).map_err(|error| unusable().because(error))?;
    let signer: Signer = text.trim_end().parse().map_err(|_| unusable())?;
    if signer.verifier().kind() == Kind::Cosignature { Ok(signer) } else { Err(unusable()) }
}

/// What a look at the log found.
#[derive(Serialize, Debug)]
pub struct Seen {
    pub origin: String,
    pub size: u64,
    pub root: String,
    /// first, grown, same
    pub state: &'static str,
    /// The cosigned checkpoint, to be handed to the agency.
    pub cosigned: PathBuf,
}

/// A checkpoint whose signature holds.
struct Read {
    note: Note,
    text: CheckpointText,
}

fn read(bytes: &[u8], log: &Verifier) -> Result<Read> {
    let bad = |error: tiezheng_vault::Error| Problem::refused(422, "witness.checkpoint_bad").because(error);
    let note = Note::parse(bytes).map_err(bad)?;
    log.verify(&note).map_err(bad)?;
    let text = CheckpointText::parse(&note.text).map_err(bad)?;
    if text.origin != log.name() {
        return Err(Problem::refused(422, "witness.checkpoint_bad"));
    }
    Ok(Read { note, text })
}

/// Where this witness keeps what it knows of one log.
fn home(dir: &Path, log: &Verifier) -> PathBuf {
    let name: String =
        log.name().chars().map(|c| if c.is_alphanumeric() || "-.".contains(c) { c } else { '_' }).collect();
    dir.join("logs").join(format!("{}-{}", name.trim_start_matches('.'), hex::encode(log.key_id())))
}

/// Looks once: verifies, compares with what was cosigned before, cosigns.
///
/// # Errors
/// `witness.rolled_back`, `witness.forked`: both checkpoints lie in `evidence` as proof; nothing is cosigned.
pub async fn look(dir: &Path, signer: &Signer, log: &Verifier, source: &Source, now_ms: i64) -> Result<Seen> {
    let home = home(dir, log);
    let found = read(&source.checkpoint().await?, log)?;
    let cosigned = home.join("checkpoint");
    let before = match fs::read(&cosigned) {
        Ok(bytes) => Some(read(&bytes, log)?),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
        Err(error) => return Err(error.into()),
    };
    if let Some(before) = &before {
        compare(&home, before, &found, source).await?;
    }
    // The tiles hash to the root: a log that withholds its tiles is not vouched for.
    let whole: Vec<(u64, u64)> = (found.text.size > 0).then_some((0, found.text.size)).into_iter().collect();
    if source.roots(&whole, found.text.size).await?.first().is_some_and(|root| *root != found.text.root) {
        return Err(Problem::refused(422, "witness.tiles_differ").with("size", found.text.size));
    }
    let state = match &before {
        None => "first",
        Some(before) if before.text.size == found.text.size => "same",
        Some(_) => "grown",
    };
    let mut note = found.note;
    note.signatures.retain(|signature| signature.name == log.name() && signature.key_id == log.key_id());
    signer.sign(&mut note, now_ms.div_euclid(1000).unsigned_abs());
    // Durable before it is shown to anybody: a witness that forgets can be made to vouch for two histories.
    put(&cosigned, note.to_text().as_bytes())?;
    let root = hex::encode(found.text.root);
    Ok(Seen { origin: found.text.origin, size: found.text.size, root, state, cosigned })
}

async fn compare(home: &Path, before: &Read, found: &Read, source: &Source) -> Result<()> {
    let (old, new) = (before.text.size, found.text.size);
    if new < old {
        return Err(accuse(home, before, found, "witness.rolled_back"));
    }
    let ranges = if old == 0 || old == new { Vec::new() } else { proof::consistency_ranges(old, new) };
    let steps = source.roots(&ranges, new).await?;
    let continued = proof::verify_consistency(old, new, &steps, &before.text.root, &found.text.root);
    continued.map_err(|_| accuse(home, before, found, "witness.forked"))
}

/// Keeps both signed checkpoints: together they prove it to anybody who has the log's public key.
fn accuse(home: &Path, before: &Read, found: &Read, code: &str) -> Problem {
    let digest = crate::app::sha256(found.note.text.as_bytes());
    let stem = format!("{}-{}-{}", before.text.size, found.text.size, hex::encode(&digest[..6]));
    let evidence = home.join("evidence");
    let kept = put(&evidence.join(format!("{stem}-before.txt")), before.note.to_text().as_bytes())
        .and_then(|()| put(&evidence.join(format!("{stem}-found.txt")), found.note.to_text().as_bytes()));
    let problem = Problem::refused(409, code)
        .with("before", before.text.size)
        .with("found", found.text.size)
        .with("evidence", evidence.join(stem).display().to_string());
    match kept {
        Ok(()) => problem,
        Err(failed) => problem.because(failed),
    }
}

/// Where an installation keeps the newest checkpoint that a trusted witness has cosigned.
pub fn path(data: &Path) -> PathBuf {
    data.join("witnessed")
}

/// The newest checkpoint over leaf `index` that a trusted witness has cosigned; `newest` where there is none.
pub fn best(app: &App, newest: Checkpoint, index: u64) -> Result<Checkpoint> {
    let witnessed = |note: &Note| app.witnesses.iter().any(|witness| witness.verify(note).is_ok());
    if app.witnesses.is_empty() || Note::parse(newest.note.as_bytes()).is_ok_and(|note| witnessed(&note)) {
        return Ok(newest);
    }
    let log: Verifier = app.keys.log_verifier().parse()?;
    let Ok(bytes) = fs::read(path(&app.data)) else { return Ok(newest) };
    let Ok(kept) = read(&bytes, &log) else { return Ok(newest) };
    if kept.text.size <= index || kept.text.size > newest.size || !witnessed(&kept.note) {
        return Ok(newest);
    }
    Ok(checkpoint(&kept))
}

fn checkpoint(read: &Read) -> Checkpoint {
    Checkpoint {
        origin: read.text.origin.clone(),
        size: read.text.size,
        root: read.text.root,
        note: read.note.to_text(),
        signed_ms: read.text.signed_ms(),
    }
}

#[derive(Serialize)]
pub struct Attached {
    pub size: u64,
    pub witnesses: Vec<String>,
    /// The log has not grown since: its published checkpoint carries the cosignature too.
    pub newest: bool,
}

/// Takes over a cosigned checkpoint. It must be of our log, of our history, and of a witness named in `tiezheng.toml`.
pub async fn attach(app: &App, actor: &Actor, text: &[u8]) -> Result<Attached> {
    let log: Verifier = app.keys.log_verifier().parse()?;
    let theirs = read(text, &log)?;
    let witnesses: Vec<&Verifier> =
        app.witnesses.iter().filter(|witness| witness.verify(&theirs.note).is_ok()).collect();
    if witnesses.is_empty() {
        return Err(Problem::refused(422, "witness.untrusted"));
    }
    let unknown = || Problem::refused(409, "witness.other_history").with("size", theirs.text.size);
    let newest =
        app.vault.log().checkpoint().await?.filter(|newest| newest.size >= theirs.text.size).ok_or_else(unknown)?;
    let steps = app.vault.log().consistency(theirs.text.size, newest.size).await?;
    proof::verify_consistency(theirs.text.size, newest.size, &steps, &theirs.text.root, &newest.root)
        .map_err(|_| unknown())?;
    let same = Note::parse(newest.note.as_bytes())?.text == theirs.note.text;
    let mut kept = theirs.note.clone();
    let ours = [&log].into_iter().chain(witnesses.iter().copied());
    let vouched: Vec<_> = ours.map(|key| (key.name().to_owned(), key.key_id())).collect();
    // One signature for each key, the one that was verified: a receipt holds nothing nobody vouches for.
    let mut seen = std::collections::HashSet::new();
    kept.signatures.retain(|signature| {
        let key = (signature.name.clone(), signature.key_id);
        vouched.contains(&key) && seen.insert(key)
    });
    if let Ok(before) = fs::read(path(&app.data)).map_err(Problem::from).and_then(|bytes| read(&bytes, &log)) {
        if before.text.size > theirs.text.size {
            return Err(Problem::refused(409, "witness.older")
                .with("size", theirs.text.size)
                .with("kept", before.text.size));
        }
        // Another witness has cosigned the very same text: both stand.
        if before.note.text == theirs.note.text {
            let new = |s: &&tiezheng_vault::note::Signature| !vouched.contains(&(s.name.clone(), s.key_id));
            kept.signatures.extend(before.note.signatures.iter().filter(new).cloned());
        }
    }
    if same {
        for witness in &witnesses {
            app.vault.log().add_cosignature(&theirs.note.to_text(), witness).await?;
        }
    }
    put(&path(&app.data), kept.to_text().as_bytes())?;
    let names: Vec<String> = witnesses.iter().map(|witness| witness.name().to_owned()).collect();
    let mut tx = app.db.begin().await?;
    let detail = serde_json::json!({"size": theirs.text.size, "witnesses": names});
    audit::record(&mut tx, actor, app.now(), Act::CheckpointWitnessed, None, None, detail).await?;
    tx.commit().await?;
    audit::sequence(app).await?;
    Ok(Attached { size: theirs.text.size, witnesses: names, newest: same })
}
