//! Rows of recording, recording_index, recording_text, recording_track and derivative.

use serde::Serialize;
use serde_json::{Map, Value as Json, json};
use tiezheng_vault::{Digests, Place};
use utoipa::ToSchema;

mod capture;
mod list;

pub use self::capture::{capture_so_far, part_before, parts};
use self::list::{Filter, scoped};
pub use self::list::{Wanted, cursor, facets, list, tally};
use super::extension::{Entered, Extension};
use super::{IndexChange, Recording, text};
use crate::args;
use crate::db::owner::must_belong;
use crate::db::{Row, Tx};
use crate::equipment::store::named;
use crate::error::{Problem, Result};
use crate::laws::HandIn;
use crate::people::Scope;
use crate::people::store::Named;

/// A recording in a list.
#[derive(Serialize, ToSchema)]
pub struct RecordingRow {
    pub id: String,
    pub title: Option<String>,
    pub file_name: String,
    pub kind: String,
    pub container: String,
    pub duration_ms: Option<i64>,
    pub bytes: i64,
    /// Corrected begin; null where the device claimed no time.
    pub began_ms: Option<i64>,
    pub ended_ms: Option<i64>,
    pub received_ms: i64,
    pub time_source: String,
    pub officer: Option<Named>,
    pub device: Option<Named>,
    pub unit: Option<Named>,
    pub agency: Named,
    pub place: Option<String>,
    pub party: Option<String>,
    pub event_type: Option<String>,
    pub activity_id: Option<String>,
    pub key_mark: bool,
    /// sealing: waiting for its leaf; sealed: a receipt can be had.
    pub state: String,
    pub verdict: Option<HandIn>,
    pub flags: Vec<String>,
    pub log_index: Option<i64>,
    /// Id of the first part and this one's number, where a device split one continuous capture.
    pub capture: Option<String>,
    pub part_no: Option<i64>,
}

/// What the list is made of when a recording enters the catalogue.
#[derive(Clone, Debug, Default)]
pub struct Index {
    pub unit: Option<String>,
    pub activity: Option<String>,
    pub ended_ms: Option<i64>,
    pub title: Option<String>,
    pub place: Option<String>,
    pub party: Option<String>,
    pub event_type: Option<String>,
    pub key_mark: bool,
    pub flags: Vec<String>,
    pub capture: Option<String>,
    pub part_no: Option<i64>,
    pub hand_in: Option<HandIn>,
    /// The regulation that binds who made it, at the time of the act.
    pub profile: Option<String>,
    /// All its regulations had expired when it was made.
    pub lapsed: bool,
}

const FROM: &str = "from recording_index i
  join recording r on r.id = i.recording_id
  join agency a on a.id = i.agency_id
  left join event e on e.id = r.event_id
  left join person p on p.id = i.officer_id
  left join device d on d.id = i.device_id
  left join unit u on u.id = i.unit_id";

const COLUMNS: &str = "r.id, i.title, r.file_name, i.kind, r.container, r.duration_ms, r.bytes, r.claimed_ms, i.began_ms,
  i.ended_ms, r.received_ms, r.time_source, i.place, i.party, i.event_type, i.activity_id, i.key_mark, i.flags, i.capture, i.part_no,
  i.verdict, e.log_index, p.id as officer_id, p.name as officer_name, d.id as device_id, d.serial_no as device_name,
  u.id as unit_id, u.name as unit_name, a.id as agency_id, a.name as agency_name,
  (select published from log_head) as published";

/// Inserts the sealed facts. The caller inserts the event in the same transaction.
pub async fn insert_evidence(tx: &mut Tx, recording: &Recording) -> Result<()> {
    tx.exec(
        "insert into recording (id, agency_id, ingest_id, event_id, file_name, source_path, raw_name_hex, kind, container,
           mime, bytes, sha256, sm3, tree, segment, segment_offset, segment_length, object, claimed_ms, time_source,
           drift_ms, received_ms, duration_ms, device_id, officer_id, examination)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23,
           $24, $25, $26)",
        args![
            recording.id.as_str(),
            recording.agency.as_str(),
            recording.ingest.clone(),
            recording.event.as_str(),
            recording.file_name.as_str(),
            recording.source_path.as_str(),
            recording.raw_name_hex.clone(),
            recording.kind.as_str(),
            recording.container.as_str(),
            recording.mime.as_str(),
            recording.bytes,
            recording.sha256,
            recording.sm3,
            recording.tree,
            recording.place.segment.as_str(),
            recording.place.offset,
            recording.place.length,
            recording.place.object.as_str(),
            recording.claimed_ms,
            recording.time_source.as_str(),
            recording.drift_ms,
            recording.received_ms,
            recording.duration_ms,
            recording.device.clone(),
            recording.officer.clone(),
            recording.examination.as_str()
        ],
    )
    .await
    .map(drop)
}

/// Inserts a sealed recording, its index row and its text.
pub async fn insert(tx: &mut Tx, recording: &Recording, index: &Index) -> Result<()> {
    insert_evidence(tx, recording).await?;
    let verdict = index.hand_in.as_ref().map(serde_json::to_string).transpose()?;
    tx.exec(
        "insert into recording_index (recording_id, row_no, agency_id, unit_id, device_id, officer_id, activity_id, kind,
           began_ms, ended_ms, received_ms, title, place, party, event_type, key_mark, flags, capture, part_no, hand_in,
           due_ms, verdict, lapsed, profile)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23,
           $24)",
        args![
            recording.id.as_str(),
            row_no(&recording.id),
            recording.agency.as_str(),
            index.unit.clone(),
            recording.device.clone(),
            recording.officer.clone(),
            index.activity.clone(),
            recording.kind.as_str(),
            recording.began_ms().unwrap_or(recording.received_ms),
            index.ended_ms,
            recording.received_ms,
            index.title.clone(),
            index.place.clone(),
            index.party.clone(),
            index.event_type.clone(),
            index.key_mark,
            format!(" {} ", index.flags.join(" ")),
            index.capture.clone(),
            index.part_no,
            index.hand_in.as_ref().map(|h| h.status.clone()),
            index.hand_in.as_ref().and_then(|h| h.due_ms),
            verdict,
            index.lapsed,
            index.profile.clone()
        ],
    )
    .await?;
    put_text(tx, &recording.id).await
}

pub async fn put_extension(tx: &mut Tx, id: &str, extension: &Extension, account: &str, now: i64) -> Result<()> {
    let told = serde_json::to_string(extension)?;
    tx.exec(
        "insert into hand_in_extension (recording_id, told, account, at_ms) values ($1, $2, $3, $4)
         on conflict (recording_id) do update set told = excluded.told, account = excluded.account, at_ms = excluded.at_ms",
        args![id, told, account, now],
    )
    .await
    .map(drop)
}

pub async fn extension(tx: &mut Tx, id: &str) -> Result<Option<Entered>> {
    let sql = "select e.told, e.account, e.at_ms, a.name from hand_in_extension e left join account a on a.account = e.account
         where e.recording_id = $1";
    let Some(row) = tx.row(sql, args![id]).await? else { return Ok(None) };
    let extension = serde_json::from_str(&row.get::<String>("told")?)?;
    let by = row.get("name")?;
    Ok(Some(Entered { extension, account: row.get("account")?, by, at_ms: row.get("at_ms")? }))
}

/// The full-text key of a recording: 63 bits of its random id. A collision is refused by the unique column and the
/// sealing is repeated with another id.
fn row_no(id: &str) -> i64 {
    let digest = crate::app::sha256(id.as_bytes());
    let mut first = [0u8; 8];
    first.copy_from_slice(&digest[..8]);
    i64::from_be_bytes(first) & i64::MAX
}

/// Writes the full-text terms anew from what the catalogue says now.
pub async fn put_text(tx: &mut Tx, id: &str) -> Result<()> {
    let sql = format!(
        "select r.file_name, r.source_path, i.title, i.place, i.party, i.event_type, p.name as officer, p.certificate_no,
           d.serial_no, d.asset_no, u.name as unit {FROM} where r.id = $1"
    );
    let row = tx.row(sql, args![id]).await?.ok_or_else(Problem::not_found)?;
    let mut fields = Vec::new();
    for column in [
        "title",
        "party",
        "place",
        "officer",
        "unit",
        "event_type",
        "file_name",
        "serial_no",
        "asset_no",
        "certificate_no",
    ] {
        fields.push(row.get::<Option<String>>(column)?.unwrap_or_default());
    }
    let fields: Vec<&str> = fields.iter().map(String::as_str).collect();
    let (terms, row_no) = (text::terms(&fields), row_no(id));
    if tx.is_postgres() {
        tx.exec("delete from recording_text where row_no = $1", args![row_no]).await?;
        let sql = "insert into recording_text (row_no, terms) values ($1, cast($2 as tsvector))";
        tx.exec(sql, args![row_no, text::tsvector(&terms)]).await?;
    } else {
        tx.exec("delete from recording_text where rowid = $1", args![row_no]).await?;
        let sql = "insert into recording_text (rowid, terms) values ($1, $2)";
        tx.exec(sql, args![row_no, terms.join(" ")]).await?;
    }
    Ok(())
}

/// One row, if the reader may see it.
pub async fn row(tx: &mut Tx, scope: &Scope, id: &str) -> Result<Option<RecordingRow>> {
    let mut filter = Filter { sql: "where 1 = 1".into(), args: Vec::new() };
    scoped(&mut filter, scope);
    filter.and("r.id = ?", args![id]);
    let sql = format!("select {COLUMNS} {FROM} {}", filter.sql);
    tx.row(sql, filter.args).await?.map(|row| read_row(&row)).transpose()
}

fn read_row(row: &Row) -> Result<RecordingRow> {
    let (log_index, published): (Option<i64>, Option<i64>) = (row.get("log_index")?, row.get("published")?);
    let sealed = log_index.is_some_and(|index| index < published.unwrap_or(0));
    let claimed: Option<i64> = row.get("claimed_ms")?;
    let verdict: Option<String> = row.get("verdict")?;
    let flags: String = row.get("flags")?;
    Ok(RecordingRow {
        id: row.get("id")?,
        title: row.get("title")?,
        file_name: row.get("file_name")?,
        kind: row.get("kind")?,
        container: row.get("container")?,
        duration_ms: row.get("duration_ms")?,
        bytes: row.get("bytes")?,
        began_ms: claimed.map(|_| row.get("began_ms")).transpose()?,
        ended_ms: row.get("ended_ms")?,
        received_ms: row.get("received_ms")?,
        time_source: row.get("time_source")?,
        officer: named(row, "officer_id", "officer_name")?,
        device: named(row, "device_id", "device_name")?,
        unit: named(row, "unit_id", "unit_name")?,
        agency: Named { id: row.get("agency_id")?, name: row.get("agency_name")? },
        place: row.get("place")?,
        party: row.get("party")?,
        event_type: row.get("event_type")?,
        activity_id: row.get("activity_id")?,
        key_mark: row.get("key_mark")?,
        state: if sealed { "sealed" } else { "sealing" }.into(),
        verdict: verdict.as_deref().and_then(|text| serde_json::from_str(text).ok()),
        flags: flags.split_whitespace().map(str::to_owned).collect(),
        log_index,
        capture: row.get("capture")?,
        part_no: row.get("part_no")?,
    })
}

const EVIDENCE: &str =
    "id, agency_id, ingest_id, event_id, file_name, source_path, raw_name_hex, kind, container, mime,
  bytes, sha256, sm3, tree, segment, segment_offset, segment_length, object, claimed_ms, time_source, drift_ms,
  received_ms, duration_ms, device_id, officer_id, examination";

/// The sealed facts of one recording. Whoever asks has checked that the reader may see it.
pub async fn evidence(tx: &mut Tx, id: &str) -> Result<Recording> {
    let sql = format!("select {EVIDENCE} from recording where id = $1");
    tx.row(sql, args![id]).await?.map(|row| read_evidence(&row)).transpose()?.ok_or_else(Problem::not_found)
}

/// All recordings by id, a page at a time.
pub async fn evidence_after(tx: &mut Tx, after: &str, most: i64) -> Result<Vec<Recording>> {
    let sql = format!("select {EVIDENCE} from recording where id > $1 order by id limit $2");
    tx.rows(sql, args![after, most]).await?.iter().map(read_evidence).collect()
}

/// The recording of these bytes in this agency, if it was handed in before: `(id, event_id)`.
pub async fn same_bytes(tx: &mut Tx, agency: &str, sha256: &[u8; 32]) -> Result<Option<String>> {
    let sql = "select id from recording where agency_id = $1 and sha256 = $2";
    tx.row(sql, args![agency, sha256]).await?.map(|row| row.get("id")).transpose()
}

fn read_evidence(row: &Row) -> Result<Recording> {
    Ok(Recording {
        id: row.get("id")?,
        agency: row.get("agency_id")?,
        ingest: row.get("ingest_id")?,
        event: row.get("event_id")?,
        file_name: row.get("file_name")?,
        source_path: row.get("source_path")?,
        raw_name_hex: row.get("raw_name_hex")?,
        kind: row.get("kind")?,
        container: row.get("container")?,
        mime: row.get("mime")?,
        bytes: row.get("bytes")?,
        sha256: digest(row, "sha256")?,
        sm3: digest(row, "sm3")?,
        tree: digest(row, "tree")?,
        place: place(row)?,
        claimed_ms: row.get("claimed_ms")?,
        time_source: row.get("time_source")?,
        drift_ms: row.get("drift_ms")?,
        received_ms: row.get("received_ms")?,
        duration_ms: row.get("duration_ms")?,
        device: row.get("device_id")?,
        officer: row.get("officer_id")?,
        examination: row.get("examination")?,
    })
}

fn digest(row: &Row, column: &str) -> Result<[u8; 32]> {
    row.get::<Vec<u8>>(column)?.try_into().map_err(|_| Problem::refused(500, "recording.digest"))
}

pub fn place(row: &Row) -> Result<Place> {
    Ok(Place {
        segment: row.get("segment")?,
        offset: row.get::<i64>("segment_offset")?.unsigned_abs(),
        length: row.get::<i64>("segment_length")?.unsigned_abs(),
        object: row.get("object")?,
    })
}

/// Applies an overlay; returns what it changed, old and new.
pub async fn change_index(tx: &mut Tx, id: &str, agency: &str, change: &IndexChange) -> Result<Json> {
    let sql = "select title, place, party, event_type, key_mark, officer_id, activity_id from recording_index
               where recording_id = $1";
    let before = tx.row(sql, args![id]).await?.ok_or_else(Problem::not_found)?;
    let mut changed = Map::new();
    for (column, new) in [
        ("title", &change.title),
        ("place", &change.place),
        ("party", &change.party),
        ("event_type", &change.event_type),
        ("officer_id", &change.officer_id),
        ("activity_id", &change.activity_id),
    ] {
        let Some(new) = new else { continue };
        let new = Some(new.trim()).filter(|text| !text.is_empty()).map(str::to_owned);
        let old: Option<String> = before.get(column)?;
        if old == new {
            continue;
        }
        if let (Some(new), Some(table)) = (&new, known_in(column)) {
            must_belong(tx, agency, table, column, &[new]).await?;
        }
        let sql = format!("update recording_index set {column} = $1 where recording_id = $2");
        tx.exec(sql, args![new.clone(), id]).await?;
        changed.insert(column.into(), json!({"from": old, "to": new}));
    }
    if let Some(mark) = change.key_mark.filter(|mark| before.get::<bool>("key_mark").is_ok_and(|old| old != *mark)) {
        tx.exec("update recording_index set key_mark = $1 where recording_id = $2", args![mark, id]).await?;
        changed.insert("key_mark".into(), json!({"from": !mark, "to": mark}));
    }
    put_text(tx, id).await?;
    Ok(changed.into())
}

fn known_in(column: &str) -> Option<&'static str> {
    match column {
        "officer_id" => Some("person"),
        "activity_id" => Some("activity"),
        _ => None,
    }
}

pub async fn put_track(tx: &mut Tx, id: &str, points: &str) -> Result<()> {
    let sql =
        "insert into recording_track (recording_id, points) values ($1, $2) on conflict (recording_id) do nothing";
    tx.exec(sql, args![id, points]).await.map(drop)
}

pub async fn track(tx: &mut Tx, id: &str) -> Result<Json> {
    let row = tx.row("select points from recording_track where recording_id = $1", args![id]).await?;
    Ok(match row {
        Some(row) => serde_json::from_str(&row.get::<String>("points")?)?,
        None => Json::Array(Vec::new()),
    })
}

/// 调看: a look somebody opened.
pub struct Look {
    pub recording: String,
    pub account: String,
    /// original, preview, none
    pub kind: String,
    pub expires_ms: i64,
}

pub async fn put_look(tx: &mut Tx, id: &str, look: &Look, now: i64) -> Result<()> {
    tx.exec(
        "insert into viewing (id, recording_id, account, kind, opened_ms, expires_ms) values ($1, $2, $3, $4, $5, $6)",
        args![id, look.recording.as_str(), look.account.as_str(), look.kind.as_str(), now, look.expires_ms],
    )
    .await
    .map(drop)
}

pub async fn look(tx: &mut Tx, id: &str) -> Result<Option<Look>> {
    let sql = "select recording_id, kind, account, expires_ms from viewing where id = $1";
    let Some(row) = tx.row(sql, args![id]).await? else { return Ok(None) };
    Ok(Some(Look {
        recording: row.get("recording_id")?,
        account: row.get("account")?,
        kind: row.get("kind")?,
        expires_ms: row.get("expires_ms")?,
    }))
}

/// 派生件: a preview, poster, strip or waveform.
pub struct Derivative {
    pub kind: String,
    pub mime: String,
    pub facts: Json,
    pub digests: Digests,
    pub place: Place,
}

pub async fn derivatives(tx: &mut Tx, id: &str) -> Result<Vec<Derivative>> {
    let sql = "select kind, mime, facts, bytes, sha256, sm3, tree, segment, segment_offset, segment_length, object from derivative
               where recording_id = $1 order by kind";
    tx.rows(sql, args![id])
        .await?
        .iter()
        .map(|row| {
            Ok(Derivative {
                kind: row.get("kind")?,
                mime: row.get("mime")?,
                facts: serde_json::from_str(&row.get::<String>("facts")?)?,
                digests: Digests {
                    size: row.get::<i64>("bytes")?.unsigned_abs(),
                    sha256: digest(row, "sha256")?,
                    sm3: digest(row, "sm3")?,
                    tree: digest(row, "tree")?,
                },
                place: place(row)?,
            })
        })
        .collect()
}

pub async fn put_derivative(tx: &mut Tx, id: &str, derivative: &Derivative, now: i64) -> Result<()> {
    tx.exec(
        "insert into derivative (recording_id, kind, mime, facts, bytes, sha256, segment, segment_offset, segment_length,
           object, sm3, tree, created_ms)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
         on conflict (recording_id, kind) do nothing",
        args![
            id,
            derivative.kind.as_str(),
            derivative.mime.as_str(),
            derivative.facts.to_string(),
            derivative.digests.size,
            derivative.digests.sha256,
            derivative.place.segment.as_str(),
            derivative.place.offset,
            derivative.place.length,
            derivative.place.object.as_str(),
            derivative.digests.sm3,
            derivative.digests.tree,
            now
        ],
    )
    .await
    .map(drop)
}
