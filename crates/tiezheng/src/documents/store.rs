//! Rows of document.

use tiezheng_vault::Place;

use super::{Document, Sealed};
use crate::args;
use crate::db::{Row, Tx};
use crate::error::Result;

const DOCUMENT: &str = "id, form, number, unit_id, subjects, content, bytes, sha256, at_ms, account,
  (select a.name from account a where a.account = document.account) as printed_by";

pub async fn put(tx: &mut Tx, new: &Sealed<'_>) -> Result<()> {
    let Sealed { document, agency, year, sequence, digests, place } = new;
    tx.exec(
        "insert into document (id, form, number, unit_id, subjects, content, bytes, sha256, at_ms, account, agency_id,
           year, sequence, sm3, tree, segment, segment_offset, segment_length, object)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)",
        args![
            document.id.as_str(),
            document.form.as_str(),
            document.number.as_str(),
            document.unit_id.clone(),
            serde_json::to_string(&document.subjects)?,
            document.content.as_str(),
            document.bytes,
            &digests.sha256,
            document.at_ms,
            document.account.clone(),
            *agency,
            *year,
            *sequence,
            &digests.sm3,
            &digests.tree,
            place.segment.as_str(),
            place.offset,
            place.length,
            place.object.as_str()
        ],
    )
    .await
    .map(drop)
}

/// The last number of a year; 0 before the first.
pub async fn last(tx: &mut Tx, agency: &str, year: i64) -> Result<i64> {
    tx.number("select max(sequence) from document where agency_id = $1 and year = $2", args![agency, year]).await
}

/// Whose papers are asked for.
#[derive(Clone, Copy, Default)]
pub struct Wanted<'a> {
    /// `None`: of every agency.
    pub agency: Option<&'a str>,
    /// Only of these units, and what this account has printed itself; `None`: of all, and those of no unit.
    pub units: Option<(&'a [String], Option<&'a str>)>,
    pub form: Option<&'a str>,
    pub id: Option<&'a str>,
}

fn conditions(wanted: &Wanted<'_>) -> (String, Vec<crate::db::Value>) {
    let (mut sql, mut args) = (String::from("1 = 1"), Vec::new());
    for (column, value) in [("agency_id", wanted.agency), ("form", wanted.form), ("id", wanted.id)] {
        if let Some(value) = value {
            args.push(value.into());
            sql += &format!(" and {column} = ${}", args.len());
        }
    }
    if let Some((units, account)) = wanted.units {
        let own =
            if units.is_empty() { "null".to_owned() } else { crate::db::placeholders(args.len() + 1, units.len()) };
        args.extend(units.iter().map(Into::into));
        args.push(account.unwrap_or_default().into());
        sql += &format!(" and (unit_id in ({own}) or account = ${})", args.len());
    }
    (sql, args)
}

/// Newest first, behind the id `before`.
pub async fn list(tx: &mut Tx, wanted: &Wanted<'_>, before: Option<&str>, most: i64) -> Result<Vec<Document>> {
    let (mut sql, mut args) = conditions(wanted);
    if let Some(before) = before {
        args.push(before.into());
        sql += &format!(" and id < ${}", args.len());
    }
    args.push(most.into());
    let sql = format!("select {DOCUMENT} from document where {sql} order by id desc limit ${}", args.len());
    tx.rows(sql, args).await?.iter().map(read).collect()
}

/// One of them with its place in the store.
pub async fn one(tx: &mut Tx, wanted: &Wanted<'_>) -> Result<Option<(Document, Place)>> {
    let (sql, args) = conditions(wanted);
    let sql = format!("select {DOCUMENT}, segment, segment_offset, segment_length, object from document where {sql}");
    let row = tx.row(sql, args).await?;
    row.map(|row| Ok((read(&row)?, crate::recordings::store::place(&row)?))).transpose()
}

fn read(row: &Row) -> Result<Document> {
    Ok(Document {
        id: row.get("id")?,
        form: row.get("form")?,
        number: row.get("number")?,
        unit_id: row.get("unit_id")?,
        subjects: serde_json::from_str(&row.get::<String>("subjects")?).unwrap_or_default(),
        content: row.get("content")?,
        bytes: row.get("bytes")?,
        sha256: hex::encode(row.get::<Vec<u8>>("sha256")?),
        at_ms: row.get("at_ms")?,
        account: row.get("account")?,
        by: row.get("printed_by")?,
    })
}
