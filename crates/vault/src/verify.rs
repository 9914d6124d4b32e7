//! Verification: what the catalogue claims against what the store holds, and the log against itself.
//! Every finding names the very thing.

use crate::envelope::{self, Envelope};
use crate::error::{Error, Result};
use crate::read::entry_at;
use crate::scan::segment_of;
use crate::suite::{Sha256, Sm3};
use crate::{Digests, Place, Vault, durable};
use futures_util::{Stream, StreamExt, stream};
use serde::Serialize;
use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;
use uuid::Uuid;

#[cfg(test)]
mod forged;
mod log;

pub use log::log;

/// How deep to look. Costs are for one object; `docs/design/vault.md` has figures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Depth {
    /// Segment and envelope exist: two look-ups, nothing is read.
    Presence,
    /// The envelope is authentic, and segment and place have the lengths it says: one small read.
    Size,
    /// Every byte is read, decrypted and compared with the sealed tree of leaf digests; the digests
    /// sealed with it are those of the catalogue.
    Digest,
}

/// What the catalogue says exists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// Names the thing in findings, e.g. a recording's id. Unique, in the same order in every run.
    pub what: String,
    pub place: Place,
    pub digests: Digests,
}

pub type OnProgress = Arc<dyn Fn(&Progress) + Send + Sync>;

#[derive(Clone)]
pub struct Options {
    /// Payload bytes read per second at most.
    pub rate_bytes_per_s: Option<u64>,
    /// Segments looked at side by side.
    pub threads: usize,
    /// Goes on behind this claim ([`Progress::at`] of an interrupted run).
    pub resume_from: Option<String>,
    /// Recomputes the flat SHA-256 and SM3 too. The tree covers every byte already; this is for those who
    /// would not take our word that the three belong together. Bound by SM3.
    pub every_digest: bool,
    /// Names objects nobody claims, in segments last written before this (ms since 1970), so that what is
    /// being sealed meanwhile is left alone. `None`: does not look for them.
    pub unclaimed_before_ms: Option<i64>,
    pub progress: Option<OnProgress>,
}

impl Default for Options {
    fn default() -> Self {
        let (rate_bytes_per_s, resume_from, every_digest, progress) = (None, None, false, None);
        let unclaimed_before_ms = Some(i64::MAX);
        Options { rate_bytes_per_s, threads: 2, resume_from, every_digest, unclaimed_before_ms, progress }
    }
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Progress {
    /// Objects, or log entries.
    pub checked: u64,
    /// Payload bytes.
    pub bytes: u64,
    pub findings: u64,
    /// Everything up to here is done: where an interrupted run goes on.
    pub at: String,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    pub checked: u64,
    pub bytes: u64,
    /// Empty = everything is as it should be.
    pub findings: Vec<Finding>,
    /// What crashes leave and nobody misses; no reason for alarm.
    pub remains: Vec<Finding>,
}

/// Something that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Finding {
    /// Stable; the sentence for people is in `locales/vault.*.json`.
    pub code: String,
    /// What it is about: the claim's `what`, or a path in the store.
    pub subject: String,
    pub params: BTreeMap<String, String>,
}

impl Finding {
    fn new(code: &str, subject: impl Into<String>, params: &[(&str, String)]) -> Finding {
        let params = params.iter().map(|(name, value)| (name.to_string(), value.clone())).collect();
        Finding { code: code.into(), subject: subject.into(), params }
    }

    fn of(error: &Error, subject: impl Into<String>) -> Finding {
        let params = error.params().into_iter().map(|(name, value)| (name.to_string(), value)).collect();
        Finding { code: error.code().into(), subject: subject.into(), params }
    }
}

/// Whether an error says something about what is stored, and not about reaching it.
fn is_finding(error: &Error) -> bool {
    !matches!(error, Error::Io { .. } | Error::Store { .. } | Error::NoSpace { .. } | Error::Internal { .. })
}

/// Checks every claim, then looks for what nobody claims. Fails only where the store cannot be reached;
/// an unreadable sector of one file is a finding about that file.
pub async fn store<E: From<Error>>(
    vault: &Vault,
    claims: impl Stream<Item = Result<Claim, E>> + Send,
    depth: Depth,
    options: &Options,
) -> Result<Report, E> {
    let mut report = Report::default();
    let mut claimed = Claimed::default();
    let mut skipping = options.resume_from.clone();
    let limiter = options.rate_bytes_per_s.map(Limiter::new);

    let groups = grouped(claims).filter_map(|group| {
        let group = group.map(|mut claims: Vec<Claim>| {
            claimed.add(&claims);
            if let Some(last_done) = &skipping {
                let done = claims.iter().position(|claim| claim.what == *last_done);
                claims.drain(..done.map_or(claims.len(), |at| at + 1));
                if done.is_some() {
                    skipping = None;
                }
            }
            claims
        });
        std::future::ready(match group {
            Ok(claims) if claims.is_empty() => None,
            other => Some(other),
        })
    });
    let limiter = limiter.as_ref();
    let mut checks =
        Box::pin(
            groups
                .map(|group| async move {
                    Ok::<_, E>(check_group(vault, group?, depth, options.every_digest, limiter).await?)
                })
                .buffered(options.threads.max(1)),
        );
    while let Some(checked) = checks.next().await {
        let (claims, bytes, findings) = checked?;
        report.checked += claims.len() as u64;
        report.bytes += bytes;
        report.findings.extend(findings);
        if let (Some(progress), Some(last)) = (&options.progress, claims.last()) {
            let (checked, bytes) = (report.checked, report.bytes);
            let findings = report.findings.len() as u64;
            progress(&Progress { checked, bytes, findings, at: last.what.clone() });
        }
    }
    drop(checks);
    if let Some(what) = skipping {
        return Err(Error::ResumeUnknown { what }.into()); // a run that skipped everything proves nothing
    }
    if let Some(before_ms) = options.unclaimed_before_ms {
        unclaimed(vault, &claimed, before_ms, &mut report).await?;
    }
    Ok(report)
}

/// What has been claimed: 32 bytes each, so a million recordings take some 60 MB.
#[derive(Default)]
struct Claimed {
    segments: HashSet<Uuid>,
    objects: HashSet<(Uuid, Uuid)>,
}

impl Claimed {
    fn add(&mut self, claims: &[Claim]) {
        for claim in claims {
            if let (Ok(segment), Ok(object)) = (claim.place.segment_id(), claim.place.object_id()) {
                self.segments.insert(segment);
                self.objects.insert((segment, object));
            }
        }
    }
}

/// Claims that follow each other in one segment come together, so that a pack is opened once.
fn grouped<E>(claims: impl Stream<Item = Result<Claim, E>> + Send) -> impl Stream<Item = Result<Vec<Claim>, E>> {
    const GROUP_MAX: usize = 1024;
    let claims = Box::pin(claims.peekable());
    stream::unfold(claims, |mut claims| async move {
        let first = match claims.next().await? {
            Ok(first) => first,
            Err(error) => return Some((Err(error), claims)),
        };
        let segment = first.place.segment.clone();
        let mut group = vec![first];
        let same = |next: &Result<Claim, E>| next.as_ref().is_ok_and(|claim| claim.place.segment == segment);
        while group.len() < GROUP_MAX
            && let Some(Ok(claim)) = claims.as_mut().next_if(same).await
        {
            group.push(claim);
        }
        Some((Ok(group), claims))
    })
}

/// The claims of one segment: payload bytes read, and findings.
async fn check_group(
    vault: &Vault,
    claims: Vec<Claim>,
    depth: Depth,
    every_digest: bool,
    limiter: Option<&Limiter>,
) -> Result<(Vec<Claim>, u64, Vec<Finding>)> {
    let mut findings = Vec::new();
    let mut bytes = 0;
    match check_segment(vault, &claims[0].place, depth).await {
        Ok(None) => {}
        Ok(Some(envelope)) => {
            for claim in &claims {
                match check_claim(vault, &envelope, claim, depth, every_digest, limiter).await {
                    Ok(read) => bytes += read,
                    Err(error) => findings.push(named(vault, error, &claim.what).await?),
                }
            }
        }
        // One broken envelope or missing segment concerns everything that lies in it.
        Err(error) => {
            let finding = named(vault, error, "").await?;
            let about = |claim: &Claim| Finding { subject: claim.what.clone(), ..finding.clone() };
            findings.extend(claims.iter().map(about));
        }
    }
    Ok((claims, bytes, findings))
}

/// The finding an error stands for. A read error of one file is one too, as long as the store answers.
async fn named(vault: &Vault, error: Error, what: &str) -> Result<Finding> {
    if !is_finding(&error) && vault.store().get(crate::MARKER).await?.is_none() {
        return Err(error);
    }
    Ok(Finding::of(&error, what))
}

async fn check_segment(vault: &Vault, place: &Place, depth: Depth) -> Result<Option<Envelope>> {
    let segment = place.segment_id()?;
    let size = vault.store().size(&envelope::path("segments", segment)).await?;
    let found = size.ok_or_else(|| Error::SegmentMissing { segment: place.segment.clone() })?;
    if depth == Depth::Presence {
        let envelope = vault.store().size(&envelope::path("envelopes", segment)).await?;
        return match envelope {
            Some(_) => Ok(None),
            None => Err(Error::EnvelopeMissing { segment: place.segment.clone() }),
        };
    }
    let envelope = vault.envelope(segment).await?;
    if envelope.segment_length != found && depth == Depth::Size {
        let expected = envelope.segment_length;
        return Err(Error::SegmentLength { segment: place.segment.clone(), expected, found });
    }
    if envelope.segment_length < found {
        let expected = envelope.segment_length;
        return Err(Error::SegmentLength { segment: place.segment.clone(), expected, found });
    }
    Ok(Some(envelope)) // a short one at full depth: reading names the objects that are cut off
}

async fn check_claim(
    vault: &Vault,
    envelope: &Envelope,
    claim: &Claim,
    depth: Depth,
    every_digest: bool,
    limiter: Option<&Limiter>,
) -> Result<u64> {
    let index = entry_at(envelope, &claim.place)?;
    if depth < Depth::Digest {
        return Ok(0);
    }
    let reader = vault.open_object(envelope, index).await?;
    let (sealed, claimed) = (reader.digests(), &claim.digests);
    same("size", &claim.place, sealed.size == claimed.size)?;
    same("sha256", &claim.place, sealed.sha256 == claimed.sha256)?;
    same("sm3", &claim.place, sealed.sm3 == claimed.sm3)?;
    same("tree", &claim.place, sealed.tree == claimed.tree)?;
    let mut flat = every_digest.then(|| (Sha256::default(), Sm3::default()));
    let each = |plain: &[u8]| {
        if let Some((sha, sm3)) = &mut flat {
            sha.update(plain);
            sm3.update(plain);
        }
    };
    reader.check_all(limiter, each).await?;
    if let Some((sha, sm3)) = flat {
        same("sha256", &claim.place, sha.finish() == claimed.sha256)?;
        same("sm3", &claim.place, sm3.finish() == claimed.sm3)?;
    }
    Ok(sealed.size)
}

fn same(digest: &'static str, place: &Place, same: bool) -> Result<()> {
    let (segment, object) = (place.segment.clone(), place.object.clone());
    if same { Ok(()) } else { Err(Error::DigestDiffers { segment, object, digest }) }
}

/// Segments, objects and files nobody claims; envelopes without a segment.
async fn unclaimed(vault: &Vault, claimed: &Claimed, before_ms: i64, report: &mut Report) -> Result<()> {
    let mut present = HashSet::new();
    let mut files = vault.store().list("segments");
    while let Some(file) = files.next().await {
        let file = file?;
        let Some(segment) = segment_of(&file.path) else {
            stray(&file.path, report);
            continue;
        };
        present.insert(segment);
        if file.modified_ms >= before_ms {
            continue;
        }
        match vault.envelope(segment).await {
            Ok(envelope) => {
                let objects = envelope.entries.iter().map(|entry| entry.object);
                for object in objects.filter(|object| !claimed.objects.contains(&(segment, *object))) {
                    let params = [("segment", segment.to_string()), ("object", object.to_string())];
                    report.findings.push(Finding::new("vault.unclaimed", &file.path, &params));
                }
            }
            // Of a claimed segment this has been found already.
            Err(error) if is_finding(&error) && !claimed.segments.contains(&segment) => {
                report.findings.push(Finding::of(&error, &file.path));
            }
            Err(error) if is_finding(&error) => {}
            Err(error) => return Err(error),
        }
    }
    let mut files = vault.store().list("envelopes");
    while let Some(file) = files.next().await {
        let file = file?;
        match segment_of(&file.path) {
            None => stray(&file.path, report),
            Some(segment) if present.contains(&segment) || claimed.segments.contains(&segment) => {}
            Some(segment) => {
                let params = [("segment", segment.to_string())];
                report.remains.push(Finding::new("vault.envelope_alone", &file.path, &params));
            }
        }
    }
    let mut files = vault.store().list("incoming");
    while let Some(file) = files.next().await {
        stray(&file?.path, report);
    }
    Ok(())
}

/// A file that is none of ours by its name.
fn stray(path: &str, report: &mut Report) {
    let name = path.rsplit('/').next().unwrap_or_default();
    if durable::is_temporary(name) {
        report.remains.push(Finding::new("vault.temporary", path, &[]));
    } else {
        report.findings.push(Finding::new("vault.stray_file", path, &[]));
    }
}

/// Spreads reading over time.
pub(crate) struct Limiter {
    bytes_per_s: u64,
    free_at: tokio::sync::Mutex<Instant>,
}

impl Limiter {
    fn new(bytes_per_s: u64) -> Limiter {
        Limiter { bytes_per_s: bytes_per_s.max(1), free_at: tokio::sync::Mutex::new(Instant::now()) }
    }

    /// Waits until `bytes` more may be read.
    pub async fn take(&self, bytes: u64) {
        let mut free_at = self.free_at.lock().await;
        tokio::time::sleep_until(*free_at).await;
        let cost = Duration::from_micros(bytes.saturating_mul(1_000_000) / self.bytes_per_s);
        *free_at = (*free_at).max(Instant::now()) + cost;
    }
}
