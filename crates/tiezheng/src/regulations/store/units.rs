//! Rows of unit_regulation.

use std::collections::BTreeMap;

use crate::args;
use crate::db::{Row, Tx};
use crate::error::Result;

/// One regulation of one unit, for a while. UTC milliseconds; `to_ms` is the first moment after.
#[derive(Clone, Debug, PartialEq)]
pub struct Span {
    pub profile: String,
    pub from_ms: i64,
    pub to_ms: Option<i64>,
    pub document: Option<String>,
    pub decided_by: Option<String>,
}

impl Span {
    pub fn holds(&self, at_ms: i64) -> bool {
        self.from_ms <= at_ms && self.to_ms.is_none_or(|to| at_ms < to)
    }
}

/// The regulation that binds a unit at a moment.
pub async fn bound(tx: &mut Tx, unit: &str, at_ms: i64) -> Result<Option<String>> {
    let sql = "select profile from unit_regulation
               where unit_id = $1 and from_ms <= $2 and (to_ms is null or to_ms > $2)";
    tx.row(sql, args![unit, at_ms]).await?.map(|row| row.get("profile")).transpose()
}

/// The regulations of one unit, oldest first.
pub async fn of_unit(tx: &mut Tx, unit: &str) -> Result<Vec<Span>> {
    let sql = "select profile, from_ms, to_ms, document, decided_by from unit_regulation where unit_id = $1
               order by from_ms";
    tx.rows(sql, args![unit]).await?.iter().map(span).collect()
}

/// Those of every unit of an agency (`None`: of all agencies), oldest first.
pub async fn of_agency(tx: &mut Tx, agency: Option<&str>) -> Result<BTreeMap<String, Vec<Span>>> {
    let sql = "select b.unit_id, b.profile, b.from_ms, b.to_ms, b.document, b.decided_by
               from unit_regulation b join unit u on u.id = b.unit_id
               where $1 is null or u.agency_id = $1 order by b.unit_id, b.from_ms";
    let mut found: BTreeMap<String, Vec<Span>> = BTreeMap::new();
    for row in tx.rows(sql, args![agency.map(str::to_owned)]).await? {
        found.entry(row.get("unit_id")?).or_default().push(span(&row)?);
    }
    Ok(found)
}

fn span(row: &Row) -> Result<Span> {
    Ok(Span {
        profile: row.get("profile")?,
        from_ms: row.get("from_ms")?,
        to_ms: row.get("to_ms")?,
        document: row.get("document")?,
        decided_by: row.get("decided_by")?,
    })
}

/// Writes a row; one that begins at the same moment is replaced.
pub async fn put(tx: &mut Tx, unit: &str, span: &Span) -> Result<()> {
    tx.exec(
        "insert into unit_regulation (unit_id, profile, from_ms, to_ms, document, decided_by)
         values ($1, $2, $3, $4, $5, $6)
         on conflict (unit_id, from_ms) do update set profile = excluded.profile, to_ms = excluded.to_ms,
           document = excluded.document, decided_by = excluded.decided_by",
        args![unit, span.profile.as_str(), span.from_ms, span.to_ms, span.document.clone(), span.decided_by.clone()],
    )
    .await
    .map(drop)
}

/// Ends a row.
pub async fn end(tx: &mut Tx, unit: &str, from_ms: i64, to_ms: i64) -> Result<()> {
    let sql = "update unit_regulation set to_ms = $1 where unit_id = $2 and from_ms = $3";
    tx.exec(sql, args![to_ms, unit, from_ms]).await.map(drop)
}
