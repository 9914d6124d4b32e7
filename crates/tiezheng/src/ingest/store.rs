//! Rows of ingest, ingest_file and upload.

use serde::Serialize;
use serde_json::Value as Json;
use utoipa::ToSchema;

use crate::args;
use crate::db::{Row, Tx};
use crate::error::{Problem, Result};

/// 入库批次
#[derive(Serialize, ToSchema)]
pub struct Ingest {
    pub id: String,
    pub agency_id: String,
    pub source: String,
    pub station: Option<String>,
    pub by: Option<String>,
    pub began_ms: i64,
    pub ended_ms: Option<i64>,
    /// running, done, failed; running long ago means it was cut off: run it again.
    pub state: String,
    pub files: i64,
    pub bytes: i64,
    pub sealed: i64,
    pub duplicates: i64,
    pub failed: i64,
}

#[derive(Clone)]
pub struct IngestFile {
    pub path: String,
    pub bytes: i64,
    /// sealed, duplicate, failed, ignored, cleared
    pub state: String,
    pub recording_id: Option<String>,
    pub code: Option<String>,
    pub params: Option<Json>,
}

pub struct NewIngest<'a> {
    pub id: &'a str,
    pub agency: &'a str,
    pub account: Option<&'a str>,
    pub source: &'a str,
    pub station: Option<&'a str>,
    pub began_ms: i64,
}

pub async fn begin(tx: &mut Tx, ingest: &NewIngest<'_>) -> Result<()> {
    tx.exec(
        "insert into ingest (id, agency_id, account, source, station, began_ms, state)
         values ($1, $2, $3, $4, $5, $6, 'running')",
        args![
            ingest.id,
            ingest.agency,
            ingest.account.map(str::to_owned),
            ingest.source,
            ingest.station.map(str::to_owned),
            ingest.began_ms
        ],
    )
    .await
    .map(drop)
}

pub async fn end(tx: &mut Tx, id: &str, now: i64, state: &str) -> Result<()> {
    tx.exec("update ingest set ended_ms = $1, state = $2 where id = $3", args![now, state, id]).await.map(drop)
}

pub async fn put_file(tx: &mut Tx, ingest: &str, file: &IngestFile) -> Result<()> {
    tx.exec(
        "insert into ingest_file (ingest_id, path, bytes, state, recording_id, code, params)
         values ($1, $2, $3, $4, $5, $6, $7)
         on conflict (ingest_id, path) do update set state = excluded.state, recording_id = excluded.recording_id,
           code = excluded.code, params = excluded.params",
        args![
            ingest,
            file.path.as_str(),
            file.bytes,
            file.state.as_str(),
            file.recording_id.clone(),
            file.code.clone(),
            file.params.as_ref().map(Json::to_string)
        ],
    )
    .await
    .map(drop)
}

/// What was sealed before under this path with this size: a hint only, the bytes decide.
pub async fn sealed_before(tx: &mut Tx, agency: &str, path: &str, bytes: u64) -> Result<bool> {
    let sql = "select count(*) from ingest_file f join ingest g on g.id = f.ingest_id
               where f.path = $1 and f.bytes = $2 and f.recording_id is not null and g.agency_id = $3";
    Ok(tx.number(sql, args![path, bytes, agency]).await? > 0)
}

/// Whether any recording lies in this segment.
pub async fn holds(tx: &mut Tx, segment: &str) -> Result<bool> {
    let sql = "select count(*) from (select 1 from recording where segment = $1 limit 1) r";
    Ok(tx.number(sql, args![segment]).await? > 0)
}

const INGEST: &str =
    "select g.id, g.agency_id, g.source, g.station, coalesce(a.name, g.account) as by_name, g.began_ms,
    g.ended_ms, g.state,
    (select count(*) from ingest_file f where f.ingest_id = g.id) as files,
    (select cast(coalesce(sum(f.bytes), 0) as bigint) from ingest_file f where f.ingest_id = g.id) as bytes,
    (select count(*) from ingest_file f where f.ingest_id = g.id and f.state in ('sealed', 'cleared')) as sealed,
    (select count(*) from ingest_file f where f.ingest_id = g.id and f.state = 'duplicate') as duplicates,
    (select count(*) from ingest_file f where f.ingest_id = g.id and f.state = 'failed') as failed
  from ingest g left join account a on a.account = g.account";

/// Newest first, before the run `before`.
pub async fn list(
    tx: &mut Tx,
    agency: Option<&str>,
    account: Option<&str>,
    before: Option<&str>,
    most: i64,
) -> Result<Vec<Ingest>> {
    let sql = format!(
        "{INGEST} where ($1 is null or g.agency_id = $1) and ($2 is null or g.account = $2) and ($3 is null or g.id < $3)
         order by g.id desc limit $4"
    );
    let args = args![agency.map(str::to_owned), account.map(str::to_owned), before.map(str::to_owned), most];
    tx.rows(sql, args).await?.iter().map(read).collect()
}

pub async fn one(tx: &mut Tx, agency: Option<&str>, id: &str) -> Result<Ingest> {
    let sql = format!("{INGEST} where g.id = $1 and ($2 is null or g.agency_id = $2)");
    let row = tx.row(sql, args![id, agency.map(str::to_owned)]).await?;
    row.map(|row| read(&row)).transpose()?.ok_or_else(Problem::not_found)
}

fn read(row: &Row) -> Result<Ingest> {
    Ok(Ingest {
        id: row.get("id")?,
        agency_id: row.get("agency_id")?,
        source: row.get("source")?,
        station: row.get("station")?,
        by: row.get("by_name")?,
        began_ms: row.get("began_ms")?,
        ended_ms: row.get("ended_ms")?,
        state: row.get("state")?,
        files: row.get("files")?,
        bytes: row.get("bytes")?,
        sealed: row.get("sealed")?,
        duplicates: row.get("duplicates")?,
        failed: row.get("failed")?,
    })
}

pub async fn files(tx: &mut Tx, ingest: &str, most: i64) -> Result<Vec<IngestFile>> {
    let sql = "select path, bytes, state, recording_id, code, params from ingest_file where ingest_id = $1
               order by path limit $2";
    tx.rows(sql, args![ingest, most])
        .await?
        .iter()
        .map(|row| {
            let params: Option<String> = row.get("params")?;
            Ok(IngestFile {
                path: row.get("path")?,
                bytes: row.get("bytes")?,
                state: row.get("state")?,
                recording_id: row.get("recording_id")?,
                code: row.get("code")?,
                params: params.as_deref().map(serde_json::from_str).transpose()?,
            })
        })
        .collect()
}

/// A tus upload.
#[derive(Clone, Debug)]
pub struct Upload {
    pub id: String,
    pub agency: String,
    pub account: String,
    pub length: Option<u64>,
    pub received: u64,
    pub part: bool,
    /// Partial uploads of a final one, in order.
    pub concat: Vec<String>,
    pub metadata: Json,
    pub created_ms: i64,
    pub expires_ms: i64,
    pub state: String,
    pub recording: Option<String>,
    pub problem: Option<Json>,
}

pub async fn insert_upload(tx: &mut Tx, upload: &Upload) -> Result<()> {
    let concat = (!upload.concat.is_empty()).then(|| serde_json::to_string(&upload.concat)).transpose()?;
    tx.exec(
        "insert into upload (id, agency_id, account, length, received, part, concat, metadata, created_ms, expires_ms, state)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        args![
            upload.id.as_str(),
            upload.agency.as_str(),
            upload.account.as_str(),
            upload.length,
            upload.received,
            upload.part,
            concat,
            upload.metadata.to_string(),
            upload.created_ms,
            upload.expires_ms,
            upload.state.as_str()
        ],
    )
    .await
    .map(drop)
}

/// What is staged and still to come.
pub struct Staged {
    /// Uploads of the account that can be gone on with.
    pub open: u64,
    /// Bytes received and announced by the agency.
    pub agency_bytes: u64,
    /// Bytes announced by everybody and not received.
    pub promised: u64,
}

/// Final uploads of a concatenation have no bytes of their own.
pub async fn staged(tx: &mut Tx, account: &str, agency: &str, now: i64) -> Result<Staged> {
    let sql = "select
        sum(case when account = $1 and state = 'receiving' and expires_ms > $2 then 1 else 0 end) as open,
        sum(case when agency_id <> $3 then 0 when coalesce(length, 0) > received then length else received end) as bytes,
        sum(case when state = 'receiving' and coalesce(length, 0) > received then length - received else 0 end) as promised
      from upload where state in ('receiving', 'joined', 'sealing') and concat is null";
    let sql = format!(
        "select cast(coalesce(open, 0) as bigint) as open, cast(coalesce(bytes, 0) as bigint) as bytes,
           cast(coalesce(promised, 0) as bigint) as promised from ({sql}) s"
    );
    let row = tx.row(sql, args![account, now, agency]).await?;
    let of = |name: &str| row.as_ref().map_or(Ok(0), |row| row.get::<i64>(name)).map(i64::unsigned_abs);
    Ok(Staged { open: of("open")?, agency_bytes: of("bytes")?, promised: of("promised")? })
}

pub async fn upload(tx: &mut Tx, id: &str) -> Result<Option<Upload>> {
    let sql = "select id, agency_id, account, length, received, part, concat, metadata, created_ms, expires_ms, state,
                 recording_id, problem from upload where id = $1";
    tx.row(sql, args![id]).await?.map(|row| read_upload(&row)).transpose()
}

/// Uploads whose bytes are complete and wait to be sealed, and those whose time is over.
pub async fn uploads_in(tx: &mut Tx, state: &str, expired_before: Option<i64>) -> Result<Vec<Upload>> {
    let sql = "select id, agency_id, account, length, received, part, concat, metadata, created_ms, expires_ms, state,
                 recording_id, problem from upload
               where state = $1 and ($2 is null or expires_ms < $2) order by id limit 1000";
    tx.rows(sql, args![state, expired_before]).await?.iter().map(read_upload).collect()
}

fn read_upload(row: &Row) -> Result<Upload> {
    let concat: Option<String> = row.get("concat")?;
    let problem: Option<String> = row.get("problem")?;
    Ok(Upload {
        id: row.get("id")?,
        agency: row.get("agency_id")?,
        account: row.get("account")?,
        length: row.get::<Option<i64>>("length")?.map(i64::unsigned_abs),
        received: row.get::<i64>("received")?.unsigned_abs(),
        part: row.get("part")?,
        concat: concat.as_deref().map(serde_json::from_str).transpose()?.unwrap_or_default(),
        metadata: serde_json::from_str(&row.get::<String>("metadata")?)?,
        created_ms: row.get("created_ms")?,
        expires_ms: row.get("expires_ms")?,
        state: row.get("state")?,
        recording: row.get("recording_id")?,
        problem: problem.as_deref().map(serde_json::from_str).transpose()?,
    })
}

pub async fn set_received(tx: &mut Tx, id: &str, received: u64, length: Option<u64>) -> Result<()> {
    let sql = "update upload set received = $1, length = $2 where id = $3";
    tx.exec(sql, args![received, length, id]).await.map(drop)
}

/// Moves an upload on; `false` when it was not in `from` any more.
pub async fn move_upload(
    tx: &mut Tx,
    id: &str,
    from: &str,
    to: &str,
    recording: Option<&str>,
    problem: Option<Json>,
) -> Result<bool> {
    let sql = "update upload set state = $1, recording_id = $2, problem = $3 where id = $4 and state = $5";
    let args = args![to, recording.map(str::to_owned), problem.map(|p| p.to_string()), id, from];
    Ok(tx.exec(sql, args).await? == 1)
}
