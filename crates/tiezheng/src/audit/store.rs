//! Rows of `event` and `log_head`.

use crate::args;
use crate::audit::Event;
use crate::db::{Row, Tx};
use crate::error::{Problem, Result};

pub struct Head {
    pub numbered: u64,
    pub published: u64,
    pub checkpoint: Option<String>,
    pub published_ms: Option<i64>,
}

const COLUMNS: &str = "id, at_ms, agency_id, actor, act, subject, payload, salt, log_index";

pub async fn insert(tx: &mut Tx, event: &Event) -> Result<()> {
    let (greatest, clock) = (tx.greatest(), tx.clock());
    let behind = "coalesce((select max(queued_ms) from event where log_index is null), 0) + 1";
    let sql = format!(
        "insert into event (id, at_ms, agency_id, actor, act, subject, payload, salt, log_index, queued_ms)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, {greatest}({clock}, {behind}))"
    );
    tx.exec(
        sql,
        args![
            event.id.as_str(),
            event.at_ms,
            event.agency.clone(),
            event.actor.clone(),
            event.act.as_str(),
            event.subject.clone(),
            event.payload.as_slice(),
            event.salt,
            event.log_index,
        ],
    )
    .await?;
    Ok(())
}

pub async fn head(tx: &mut Tx) -> Result<Head> {
    let row = tx
        .row("select numbered, published, checkpoint, published_ms from log_head where id = 1", args![])
        .await?
        .ok_or_else(|| Problem::refused(409, "log.head_missing"))?;
    Ok(Head {
        numbered: row.get::<i64>("numbered")?.unsigned_abs(),
        published: row.get::<i64>("published")?.unsigned_abs(),
        checkpoint: row.get("checkpoint")?,
        published_ms: row.get("published_ms")?,
    })
}

pub async fn is_behind(tx: &mut Tx) -> Result<bool> {
    let waiting = tx.number("select count(*) from (select 1 from event where log_index is null limit 1) w", args![]);
    if waiting.await? > 0 {
        return Ok(true);
    }
    let head = head(tx).await?;
    Ok(head.published < head.numbered)
}

/// Numbers up to `most` waiting events, in the order in which they were written, from `first` on; returns the next free number.
pub async fn number_waiting(tx: &mut Tx, first: u64, most: i64) -> Result<u64> {
    let waiting =
        tx.rows("select id from event where log_index is null order by queued_ms, id limit $1", args![most]).await?;
    let mut next = first;
    for row in &waiting {
        tx.exec("update event set log_index = $1 where id = $2", args![next, row.get::<String>("id")?]).await?;
        next += 1;
    }
    if !waiting.is_empty() {
        tx.exec("update log_head set numbered = $1 where id = 1", args![next]).await?;
    }
    Ok(next)
}

/// Numbered events from this index on, without a gap: stops before the first missing one.
pub async fn from_index(tx: &mut Tx, first: u64, most: i64) -> Result<Vec<Event>> {
    let sql = format!("select {COLUMNS} from event where log_index >= $1 order by log_index limit $2");
    let mut events = Vec::new();
    for row in tx.rows(sql, args![first, most]).await? {
        let event = read(&row)?;
        if event.log_index != i64::try_from(first + events.len() as u64).ok() {
            break;
        }
        events.push(event);
    }
    Ok(events)
}

pub async fn by_id(tx: &mut Tx, id: &str) -> Result<Option<Event>> {
    let sql = format!("select {COLUMNS} from event where id = $1");
    tx.row(sql, args![id]).await?.map(|row| read(&row)).transpose()
}

pub async fn by_index(tx: &mut Tx, index: u64) -> Result<Option<Event>> {
    let sql = format!("select {COLUMNS} from event where log_index = $1");
    tx.row(sql, args![index]).await?.map(|row| read(&row)).transpose()
}

/// What whoever acted is called; the account itself where it is gone.
pub async fn name_of(tx: &mut Tx, account: &str) -> Result<String> {
    let row = tx.row("select name from account where account = $1", args![account]).await?;
    Ok(row.map(|row| row.get("name")).transpose()?.unwrap_or_else(|| account.to_owned()))
}

/// Events without a leaf.
pub async fn waiting(tx: &mut Tx) -> Result<i64> {
    tx.number("select count(*) from event where log_index is null", args![]).await
}

/// Notes how far the log is signed.
pub async fn publish(tx: &mut Tx, reached: u64, checkpoint: &str, now: i64) -> Result<()> {
    let sql = "update log_head set published = $1, checkpoint = $2, published_ms = $3 where id = 1";
    tx.exec(sql, args![reached, checkpoint, now]).await.map(drop)
}

/// Everything done to one thing, oldest first.
pub async fn of_subject(tx: &mut Tx, subject: &str, most: i64) -> Result<Vec<Event>> {
    let sql = format!("select {COLUMNS} from event where subject = $1 order by at_ms, id limit $2");
    tx.rows(sql, args![subject, most]).await?.iter().map(read).collect()
}

/// A page of the whole history, newest first. `before` is the last id of the page before.
pub async fn page(
    tx: &mut Tx,
    agency: Option<&str>,
    act: Option<&str>,
    actor: Option<&str>,
    range: (i64, i64),
    before: Option<&str>,
    most: i64,
) -> Result<Vec<Event>> {
    let sql = format!(
        "select {COLUMNS} from event
         where at_ms >= $1 and at_ms < $2
           and ($3 is null or agency_id = $3) and ($4 is null or act = $4) and ($5 is null or actor = $5)
           and ($6 is null or id < $6)
         order by id desc limit $7"
    );
    let args = args![
        range.0,
        range.1,
        agency.map(str::to_owned),
        act.map(str::to_owned),
        actor.map(str::to_owned),
        before.map(str::to_owned),
        most
    ];
    tx.rows(sql, args).await?.iter().map(read).collect()
}

fn read(row: &Row) -> Result<Event> {
    let salt: Vec<u8> = row.get("salt")?;
    Ok(Event {
        id: row.get("id")?,
        at_ms: row.get("at_ms")?,
        agency: row.get("agency_id")?,
        actor: row.get("actor")?,
        act: row.get("act")?,
        subject: row.get("subject")?,
        payload: row.get("payload")?,
        salt: salt.try_into().map_err(|_| Problem::refused(500, "event.salt"))?,
        log_index: row.get("log_index")?,
    })
}

/// Numbered events from this index on, gaps and all.
pub async fn numbered_from(tx: &mut Tx, first: u64, most: i64) -> Result<Vec<Event>> {
    let sql = format!("select {COLUMNS} from event where log_index >= $1 order by log_index limit $2");
    tx.rows(sql, args![first, most]).await?.iter().map(read).collect()
}

/// Those without a number, in the order in which they will get one.
pub async fn unnumbered(tx: &mut Tx) -> Result<Vec<Event>> {
    let sql = format!("select {COLUMNS} from event where log_index is null order by queued_ms, id");
    tx.rows(sql, args![]).await?.iter().map(read).collect()
}

/// Events that are not below `size` of the log and were written longer ago than this: how many, and when the first.
pub async fn kept_waiting(tx: &mut Tx, size: u64, longer_than_ms: i64) -> Result<(u64, Option<i64>)> {
    let since = format!("{} - $2", tx.clock());
    let sql = format!(
        "select count(*) as n, min(queued_ms) as oldest from (
           select queued_ms from event where log_index is null
           union all select queued_ms from event where log_index >= $1) w
         where queued_ms <= {since}"
    );
    let row = tx.row(sql, args![size, longer_than_ms]).await?.ok_or_else(Problem::not_found)?;
    Ok((row.get::<i64>("n")?.unsigned_abs(), row.get("oldest")?))
}
