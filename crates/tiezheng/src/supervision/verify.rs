//! 完整性核验: the catalogue against the log, the log against itself, the store against both.
//!
//! An administrator with full access to the database can change any row here, but not the signed log: every event is
//! held against its leaf, every recording against the event that sealed it, every object against the recording, and
//! every other row that matters against what events told of it last.

use futures_util::{StreamExt, stream};
use serde::Serialize;
use serde_json::{Map, Value, json};
use tiezheng_vault::verify::{Claim, Depth};
use tiezheng_vault::{Digests, commitment};

use crate::app::App;
use crate::args;
use crate::audit::{self, Act, Event};
use crate::db::Tx;
use crate::db::told::{Last, Told};
use crate::error::{Problem, Result};
use crate::recordings::{self, Recording};
use crate::regulations;
use crate::supervision::rows;

/// Something that is not as it should be. The sentence for people stands under `code` in `locales`.
#[derive(Debug, Clone, Serialize, PartialEq, Eq)]
pub struct Finding {
    pub code: String,
    /// What it is about: an event, a recording, a path in the store.
    pub subject: String,
    pub params: Map<String, Value>,
}

#[derive(Debug, Default, Serialize)]
pub struct Report {
    pub depth: &'static str,
    pub recordings: u64,
    pub events: u64,
    pub checked: u64,
    pub bytes: u64,
    pub log_size: u64,
    pub root: Option<String>,
    pub findings: Vec<Finding>,
    /// What crashes leave and nobody misses.
    pub remains: Vec<Finding>,
}

#[derive(Clone, Default)]
pub struct Options {
    /// Payload bytes read per second at most.
    pub rate_bytes_per_s: Option<u64>,
    /// Goes on behind this recording.
    pub resume_from: Option<String>,
    /// Recomputes the flat SHA-256 and SM3 too, not only the tree.
    pub every_digest: bool,
    pub progress: Option<tiezheng_vault::verify::OnProgress>,
}

pub fn depth_name(depth: Depth) -> &'static str {
    match depth {
        Depth::Presence => "presence",
        Depth::Size => "size",
        Depth::Digest => "digest",
    }
}

pub fn parse_depth(name: &str) -> Option<Depth> {
    [Depth::Presence, Depth::Size, Depth::Digest].into_iter().find(|depth| depth_name(*depth) == name)
}

pub(super) fn finding(code: &str, subject: impl Into<String>, params: Value) -> Finding {
    let params = if let Value::Object(params) = params { params } else { Map::new() };
    Finding { code: code.into(), subject: subject.into(), params }
}

fn from_vault(found: tiezheng_vault::verify::Finding) -> Finding {
    let params = found.params.into_iter().map(|(name, value)| (name, Value::String(value))).collect();
    Finding { code: found.code, subject: found.subject, params }
}

/// Everything: log, events, catalogue, store.
pub async fn installation(app: &App, depth: Depth, options: &Options) -> Result<Report> {
    let mut report = Report { depth: depth_name(depth), ..Report::default() };
    let vault_options = tiezheng_vault::verify::Options {
        rate_bytes_per_s: options.rate_bytes_per_s,
        resume_from: options.resume_from.clone(),
        every_digest: options.every_digest,
        progress: options.progress.clone(),
        // What is being sealed at this moment is nobody's remains.
        unclaimed_before_ms: Some(jiff::Timestamp::now().as_millisecond() - 60_000),
        threads: std::thread::available_parallelism().map_or(2, usize::from),
    };
    let log = log_at_rest(app, &vault_options).await?;
    report.findings.extend(log.findings.into_iter().map(from_vault));
    report.remains.extend(log.remains.into_iter().map(from_vault));
    if let Ok(Some(checkpoint)) = app.vault.log().checkpoint().await {
        report.log_size = checkpoint.size;
        report.root = Some(hex::encode(checkpoint.root));
    }
    // One view of the database for all of it: whoever writes meanwhile is neither half seen nor held up.
    let (mut tx, mut told) = (app.db.read().await?, Told::new().await?);
    events(app, &mut tx, &mut told, &mut report).await?;
    catalogue(&mut tx, &mut told, &mut report).await?;
    report.findings.extend(rows::findings(&mut tx, &mut told).await?);
    drop((tx, told));
    let claims = Box::pin(claims(app.clone()));
    let store = tiezheng_vault::verify::store(&app.vault, claims, depth, &vault_options).await?;
    report.checked += store.checked;
    report.bytes = store.bytes;
    // An object without a row was never promised to anybody: a hand-in was cut off behind the sealing, and the next one
    // seals the file again. Had its row been deleted, the sealing event in the log would miss it.
    let (unclaimed, altered): (Vec<_>, Vec<_>) =
        store.findings.into_iter().partition(|finding| finding.code == "vault.unclaimed");
    report.findings.extend(altered.into_iter().map(from_vault));
    report.remains.extend(store.remains.into_iter().chain(unclaimed).map(from_vault));
    Ok(report)
}

/// The log, also while a server extends it: new leaves supersede partial files, which are removed under the reader's
/// hands. So a finding counts only when it is there twice in a row.
async fn log_at_rest(app: &App, options: &tiezheng_vault::verify::Options) -> Result<tiezheng_vault::verify::Report> {
    const TRIES: usize = 20;
    let mut found = tiezheng_vault::verify::log(&app.vault, options).await?;
    for _ in 1..TRIES {
        if found.findings.is_empty() {
            break;
        }
        let again = tiezheng_vault::verify::log(&app.vault, options).await?;
        let stays = again.findings == found.findings;
        found = again;
        if stays {
            break;
        }
    }
    Ok(found)
}

/// An event is under a signed checkpoint a second after it was written; longer than this, and something holds it up.
pub const WAIT_MOST_MS: i64 = 60_000;

/// Every event against its leaf, without a gap, and what they tell of rows: recordings sealed among them.
async fn events(app: &App, tx: &mut Tx, told: &mut Told, report: &mut Report) -> Result<()> {
    const PAGE: i64 = 512;
    let mut next = 0u64;
    let beyond = "select count(*) from event where log_index < 0";
    if tx.number(beyond, args![]).await? > 0 {
        report.findings.push(finding("event.index", "event", json!({})));
    }
    loop {
        let page = audit::store::numbered_from(tx, next, PAGE).await?;
        let Some(last) = page.last().and_then(|event| event.log_index) else { break };
        for event in page {
            let index = event.log_index.unwrap_or_default().unsigned_abs();
            missing(report, next, index.min(report.log_size));
            next = index + 1;
            report.events += 1;
            take_over(told, &event).await?;
            if index < report.log_size {
                check_event(app, &event, index, report).await?;
            }
        }
        next = next.max(last.unsigned_abs() + 1);
    }
    if next < report.log_size {
        let params = json!({"log": report.log_size, "database": next});
        report.findings.push(finding("database.behind", "event", params));
    }
    missing(report, next, report.log_size);
    let numbered = tx.number("select coalesce(max(numbered), 0) from log_head", args![]).await?.unsigned_abs();
    if numbered < report.log_size || numbered < next {
        let params = json!({"log": report.log_size.max(next), "database": numbered});
        report.findings.push(finding("log.head_behind", "log_head", params));
    }
    for event in audit::store::unnumbered(tx).await? {
        take_over(told, &event).await?;
    }
    let (count, oldest) = audit::store::kept_waiting(tx, report.log_size, WAIT_MOST_MS).await?;
    if count > 0 {
        report.findings.push(finding("event.waiting", "event", json!({"count": count, "oldest_ms": oldest})));
    }
    Ok(())
}

async fn take_over(told: &mut Told, event: &Event) -> Result<()> {
    if event.act == Act::RecordingSealed.name()
        && let Some(recording) = &event.subject
    {
        let last = Last { digest: Vec::new(), event: event.id.clone() };
        told.note(SEALED, recording.clone(), Some(last)).await?;
    }
    told.event(&event.id, &event.payload).await
}

/// Under this name are noted the recordings that some event sealed.
const SEALED: &str = "recording";

/// Names the indices no event has; a long run as one finding.
fn missing(report: &mut Report, from: u64, to: u64) {
    if from < to {
        let subject = if to - from == 1 { format!("event {from}") } else { format!("events {from}–{}", to - 1) };
        let params = json!({"from": from, "to": to - 1, "count": to - from});
        report.findings.push(finding("event.missing", subject, params));
    }
}

async fn check_event(app: &App, event: &Event, index: u64, report: &mut Report) -> Result<()> {
    let subject = format!("event {index}");
    if let Some(column) = event.mismatch() {
        let params = json!({"index": index, "id": event.id, "column": column});
        report.findings.push(finding("event.altered", &subject, params));
    }
    match app.vault.log().entry(index).await {
        Ok(entry) if entry == commitment(&event.salt, &event.payload) => {}
        Ok(_) => {
            let params = json!({"index": index, "id": event.id, "column": "payload"});
            report.findings.push(finding("event.altered", &subject, params));
        }
        // The log's own check has named the broken tile already.
        Err(_) => {}
    }
    Ok(())
}

/// Every recording against the event that sealed it, and every sealing event against the catalogue.
async fn catalogue(tx: &mut Tx, told: &mut Told, report: &mut Report) -> Result<()> {
    let (mut after, mut explained) = (String::new(), 0);
    loop {
        let page = recordings::store::evidence_after(tx, &after, 500).await?;
        let Some(last) = page.last() else { break };
        after = last.id.clone();
        let ids: Vec<&str> = page.iter().map(|recording| recording.id.as_str()).collect();
        explained += told.of(SEALED, &ids).await?.len() as u64;
        for recording in page {
            report.recordings += 1;
            let event = audit::store::by_id(tx, &recording.event).await?;
            report.findings.extend(check_row(&recording, event.as_ref()));
        }
    }
    for (event, what) in regulations::store::altered(tx).await? {
        report.findings.push(finding("regulation.altered", format!("event {event}"), json!({"what": what})));
    }
    if told.count(SEALED).await? != explained {
        missing_recordings(tx, told, report).await?;
    }
    Ok(())
}

async fn missing_recordings(tx: &mut Tx, told: &mut Told, report: &mut Report) -> Result<()> {
    let mut after = String::new();
    loop {
        let page = told.page(SEALED, &after, 500).await?;
        let Some((last, _)) = page.last() else { return Ok(()) };
        after = last.clone();
        for (recording, event) in page {
            if !crate::custody::store::knows(tx, "recording", &recording).await? {
                let subject = format!("recording {recording}");
                report.findings.push(finding("recording.missing", subject, json!({"event": event})));
            }
        }
    }
}

fn check_row(recording: &Recording, event: Option<&Event>) -> Option<Finding> {
    let subject = format!("recording {}", recording.id);
    let Some(event) = event else {
        return Some(finding("recording.event_missing", subject, json!({"event": recording.event})));
    };
    let column = recording.mismatch(event)?;
    Some(finding("recording.altered", subject, json!({"column": column})))
}

/// What the catalogue says lies in the store, in the order of the segments: originals, then derivatives.
fn claims(app: App) -> impl futures_util::Stream<Item = Result<Claim>> + Send {
    let pages = stream::try_unfold((app, Some(Cursor::default())), |(app, cursor)| async move {
        let Some(cursor) = cursor else { return Ok(None) };
        let (claims, next) = page_of_claims(&app, &cursor).await?;
        Ok::<_, Problem>(Some((stream::iter(claims.into_iter().map(Ok)), (app, next))))
    });
    pages.flat_map(|page| match page {
        Ok(claims) => claims.left_stream(),
        Err(problem) => stream::iter([Err(problem)]).right_stream(),
    })
}

#[derive(Default, Clone)]
struct Cursor {
    segment: String,
    offset: i64,
}

async fn page_of_claims(app: &App, cursor: &Cursor) -> Result<(Vec<Claim>, Option<Cursor>)> {
    const PAGE: i64 = 1000;
    let sql = "select what, segment, segment_offset, segment_length, object, bytes, sha256, sm3, tree from (
        select 'recording ' || id as what, segment, segment_offset, segment_length, object, bytes, sha256, sm3, tree
          from recording
        union all
        select 'derivative ' || recording_id || '/' || kind, segment, segment_offset, segment_length, object, bytes,
          sha256, sm3, tree from derivative
        union all
        select 'regulation ' || profile || '/' || event_id, segment, segment_offset, segment_length, object, bytes,
          sha256, sm3, tree from regulation_file
        union all
        select 'document ' || id, segment, segment_offset, segment_length, object, bytes, sha256, sm3, tree
          from document) c
      where (segment, segment_offset) > ($1, $2) order by segment, segment_offset limit $3";
    let mut tx = app.db.read().await?;
    let mut claims = Vec::new();
    let mut last = None;
    for row in tx.rows(sql, args![cursor.segment.as_str(), cursor.offset, PAGE]).await? {
        let digest = |column| -> Result<[u8; 32]> {
            row.get::<Vec<u8>>(column)?.try_into().map_err(|_| Problem::refused(500, "recording.digest"))
        };
        let place = recordings::store::place(&row)?;
        last = Some(Cursor { segment: place.segment.clone(), offset: row.get("segment_offset")? });
        claims.push(Claim {
            what: row.get("what")?,
            place,
            digests: Digests {
                size: row.get::<i64>("bytes")?.unsigned_abs(),
                sha256: digest("sha256")?,
                sm3: digest("sm3")?,
                tree: digest("tree")?,
            },
        });
    }
    let next = if claims.len() as i64 == PAGE { last } else { None };
    Ok((claims, next))
}

/// One recording in full depth: its object, its row, its event and its leaf.
pub async fn recording(app: &App, id: &str) -> Result<Vec<Finding>> {
    let mut tx = app.db.read().await?;
    let recording = recordings::store::evidence(&mut tx, id).await?;
    let event = audit::store::by_id(&mut tx, &recording.event).await?;
    drop(tx);
    let mut report = Report::default();
    report.findings.extend(check_row(&recording, event.as_ref()));
    if let Some(event) = &event
        && let Some(index) = event.log_index
    {
        check_event(app, event, index.unsigned_abs(), &mut report).await?;
        let receipt = recordings::receipt(app, event).await?;
        if let Err(error) = receipt.verify(Some(&app.keys.log_verifier())) {
            let params = json!({"index": index, "detail": error.to_string()});
            report.findings.push(finding("receipt.invalid", format!("event {index}"), params));
        }
    }
    let claim = Claim { what: format!("recording {id}"), place: recording.place.clone(), digests: recording.digests() };
    let options = tiezheng_vault::verify::Options {
        every_digest: true,
        unclaimed_before_ms: None,
        ..tiezheng_vault::verify::Options::default()
    };
    let one = stream::iter([Ok::<_, Problem>(claim)]);
    let store = tiezheng_vault::verify::store(&app.vault, one, Depth::Digest, &options).await?;
    report.findings.extend(store.findings.into_iter().map(from_vault));
    Ok(report.findings)
}
