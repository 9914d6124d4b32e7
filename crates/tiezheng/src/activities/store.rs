//! Rows of activity and case_file.

use serde::Serialize;
use utoipa::ToSchema;

use super::exemption::Recorded;
use crate::args;
use crate::db::{Row, Tx, Value};
use crate::equipment::store::named;
use crate::error::Result;
use crate::people::Actor;
use crate::people::store::Named;

#[derive(Serialize, ToSchema)]
pub struct Activity {
    pub id: String,
    pub agency_id: String,
    pub title: String,
    pub occasion: String,
    pub place: Option<String>,
    pub party: Option<String>,
    pub began_ms: i64,
    pub ended_ms: Option<i64>,
    pub unit: Option<Named>,
    /// 联合执法编号: the same in every agency that takes part.
    pub joint_no: Option<String>,
    pub case_id: Option<String>,
    pub officers: Vec<Named>,
    /// How many recordings are filed under it.
    pub recordings: i64,
}

pub struct NewActivity<'a> {
    pub id: &'a str,
    pub agency: &'a str,
    pub unit: Option<&'a str>,
    pub case: Option<&'a str>,
    pub title: &'a str,
    pub occasion: &'a str,
    pub place: Option<&'a str>,
    pub party: Option<&'a str>,
    pub began_ms: i64,
    pub ended_ms: Option<i64>,
    pub officers: &'a [String],
    pub devices: &'a [String],
    /// JSON list of retention grounds.
    pub grounds: &'a str,
    pub joint_no: Option<&'a str>,
}

/// What a new recording takes over from the activity it belongs to.
pub struct Found {
    pub id: String,
    pub title: String,
    pub place: Option<String>,
    pub party: Option<String>,
    pub occasion: String,
    pub unit: Option<String>,
    pub began_ms: i64,
    pub ended_ms: Option<i64>,
}

pub async fn put(tx: &mut Tx, activity: &NewActivity<'_>) -> Result<()> {
    tx.exec(
        "insert into activity (id, agency_id, unit_id, case_id, title, occasion, place, party, began_ms, ended_ms, grounds,
           joint_no)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
         on conflict (id) do update set unit_id = excluded.unit_id, case_id = excluded.case_id, title = excluded.title,
           occasion = excluded.occasion, place = excluded.place, party = excluded.party, began_ms = excluded.began_ms,
           ended_ms = excluded.ended_ms, grounds = excluded.grounds, joint_no = excluded.joint_no",
        args![
            activity.id,
            activity.agency,
            activity.unit.map(str::to_owned),
            activity.case.map(str::to_owned),
            activity.title,
            activity.occasion,
            activity.place.map(str::to_owned),
            activity.party.map(str::to_owned),
            activity.began_ms,
            activity.ended_ms,
            activity.grounds,
            activity.joint_no.map(str::to_owned)
        ],
    )
    .await?;
    tx.exec("delete from activity_officer where activity_id = $1", args![activity.id]).await?;
    tx.exec("delete from activity_device where activity_id = $1", args![activity.id]).await?;
    for officer in activity.officers {
        let sql = "insert into activity_officer (activity_id, person_id) values ($1, $2)";
        tx.exec(sql, args![activity.id, officer.as_str()]).await?;
    }
    for device in activity.devices {
        let sql = "insert into activity_device (activity_id, device_id) values ($1, $2)";
        tx.exec(sql, args![activity.id, device.as_str()]).await?;
    }
    Ok(())
}

pub async fn put_case(
    tx: &mut Tx,
    id: &str,
    agency: &str,
    number: &str,
    title: &str,
    closed_ms: Option<i64>,
) -> Result<()> {
    tx.exec(
        "insert into case_file (id, agency_id, number, title, closed_ms) values ($1, $2, $3, $4, $5)
         on conflict (id) do update set number = excluded.number, title = excluded.title, closed_ms = excluded.closed_ms",
        args![id, agency, number, title, closed_ms],
    )
    .await
    .map(drop)
}

/// The activity during which this officer or device recorded: a quarter of an hour of slack on either side.
pub async fn during(
    tx: &mut Tx,
    agency: &str,
    officer: Option<&str>,
    device: Option<&str>,
    at_ms: i64,
) -> Result<Option<Found>> {
    const SLACK_MS: i64 = 15 * 60_000;
    let sql = "select a.id, a.title, a.place, a.party, a.occasion, a.unit_id, a.began_ms, a.ended_ms
               from activity a
               where a.agency_id = $1 and a.began_ms <= $2 and a.began_ms >= $3
                 and (a.ended_ms is null or a.ended_ms >= $4)
                 and (exists (select 1 from activity_device d where d.activity_id = a.id and d.device_id = $5)
                   or exists (select 1 from activity_officer o where o.activity_id = a.id and o.person_id = $6))
               order by a.began_ms desc limit 1";
    let args = args![
        agency,
        at_ms + SLACK_MS,
        at_ms - 7 * 86_400_000,
        at_ms - SLACK_MS,
        device.map(str::to_owned),
        officer.map(str::to_owned)
    ];
    let Some(row) = tx.row(sql, args).await? else { return Ok(None) };
    Ok(Some(Found {
        id: row.get("id")?,
        title: row.get("title")?,
        place: row.get("place")?,
        party: row.get("party")?,
        occasion: row.get("occasion")?,
        unit: row.get("unit_id")?,
        began_ms: row.get("began_ms")?,
        ended_ms: row.get("ended_ms")?,
    }))
}

const COLUMNS: &str =
    "select a.id, a.agency_id, a.title, a.occasion, a.place, a.party, a.began_ms, a.ended_ms, a.case_id,
    a.joint_no, u.id as unit_id, u.name as unit_name,
    (select count(*) from recording_index i where i.activity_id = a.id) as recordings
  from activity a left join unit u on u.id = a.unit_id";

/// Newest first, before the activity `before` (id).
pub async fn list(
    tx: &mut Tx,
    agency: Option<&str>,
    units: Option<&[String]>,
    range: (i64, i64),
    before: Option<(i64, &str)>,
    most: i64,
) -> Result<Vec<Activity>> {
    let mut sql = format!(
        "{COLUMNS} where a.began_ms >= $1 and a.began_ms < $2 and ($3 is null or a.agency_id = $3)
           and ($4 is null or (a.began_ms, a.id) < ($4, $5))"
    );
    let mut args = args![
        range.0,
        range.1,
        agency.map(str::to_owned),
        before.map(|(ms, _)| ms),
        before.map(|(_, id)| id.to_owned())
    ];
    within(&mut sql, &mut args, units);
    sql += &format!(" order by a.began_ms desc, a.id desc limit ${}", args.len() + 1);
    args.push(most.into());
    let mut found = Vec::new();
    for row in tx.rows(sql, args).await? {
        found.push(read(tx, &row).await?);
    }
    Ok(found)
}

/// One, where the reader's agency and units have it.
pub async fn one(tx: &mut Tx, agency: Option<&str>, units: Option<&[String]>, id: &str) -> Result<Option<Activity>> {
    let mut sql = format!("{COLUMNS} where a.id = $1 and ($2 is null or a.agency_id = $2)");
    let mut args = args![id, agency.map(str::to_owned)];
    within(&mut sql, &mut args, units);
    match tx.row(sql, args).await? {
        Some(row) => read(tx, &row).await.map(Some),
        None => Ok(None),
    }
}

fn within(sql: &mut String, args: &mut Vec<Value>, units: Option<&[String]>) {
    let Some(units) = units else { return };
    *sql += &match units.len() {
        0 => " and 1 = 0".to_owned(),
        n => format!(" and a.unit_id in ({})", crate::db::placeholders(args.len() + 1, n)),
    };
    args.extend(units.iter().map(|unit| unit.as_str().into()));
}

async fn read(tx: &mut Tx, row: &Row) -> Result<Activity> {
    let id: String = row.get("id")?;
    let sql = "select p.id, p.name from activity_officer o join person p on p.id = o.person_id
               where o.activity_id = $1 order by p.id";
    let mut officers = Vec::new();
    for row in tx.rows(sql, args![id.as_str()]).await? {
        officers.push(Named { id: row.get("id")?, name: row.get("name")? });
    }
    Ok(Activity {
        agency_id: row.get("agency_id")?,
        title: row.get("title")?,
        occasion: row.get("occasion")?,
        place: row.get("place")?,
        party: row.get("party")?,
        began_ms: row.get("began_ms")?,
        ended_ms: row.get("ended_ms")?,
        unit: named(row, "unit_id", "unit_name")?,
        joint_no: row.get("joint_no")?,
        case_id: row.get("case_id")?,
        recordings: row.get("recordings")?,
        officers,
        id,
    })
}

/// What the law of an activity and of its recordings is found by: nothing of what it was about.
pub struct Acted {
    pub agency: String,
    pub unit: Option<String>,
    pub began_ms: i64,
    /// JSON list of retention grounds.
    pub grounds: String,
    pub joint_no: Option<String>,
}

pub async fn acted(tx: &mut Tx, id: &str) -> Result<Option<Acted>> {
    let sql = "select agency_id, unit_id, began_ms, grounds, joint_no from activity where id = $1";
    tx.row(sql, args![id]).await?.map(|row| read_acted(&row)).transpose()
}

/// The other activities of a joint operation, by agency: at most so many as one page can show.
pub async fn joint(tx: &mut Tx, joint_no: &str, but: &str) -> Result<Vec<Acted>> {
    let sql = "select agency_id, unit_id, began_ms, grounds, joint_no from activity
               where joint_no = $1 and id <> $2 order by agency_id, unit_id, began_ms limit 50";
    tx.rows(sql, args![joint_no, but]).await?.iter().map(read_acted).collect()
}

fn read_acted(row: &Row) -> Result<Acted> {
    Ok(Acted {
        agency: row.get("agency_id")?,
        unit: row.get("unit_id")?,
        began_ms: row.get("began_ms")?,
        grounds: row.get("grounds")?,
        joint_no: row.get("joint_no")?,
    })
}

/// Whether it was entered: an activity has one at most.
pub async fn put_exemption(
    tx: &mut Tx,
    activity: &str,
    reason: &str,
    facts: &str,
    document: Option<&str>,
    actor: &Actor,
    now: i64,
) -> Result<bool> {
    let sql = "insert into activity_exemption (activity_id, reason, facts, document, account, at_ms)
               values ($1, $2, $3, $4, $5, $6) on conflict (activity_id) do nothing";
    let args = args![activity, reason, facts, document.map(str::to_owned), actor.account.clone(), now];
    Ok(tx.exec(sql, args).await? == 1)
}

pub async fn exemption(tx: &mut Tx, activity: &str) -> Result<Option<Recorded>> {
    let sql = "select e.reason, e.facts, e.document, e.at_ms, a.name from activity_exemption e
               left join account a on a.account = e.account where e.activity_id = $1";
    let read = |row: Row| {
        Ok(Recorded {
            reason: row.get("reason")?,
            facts: row.get("facts")?,
            document: row.get("document")?,
            by: row.get("name")?,
            at_ms: row.get("at_ms")?,
        })
    };
    tx.row(sql, args![activity]).await?.map(read).transpose()
}

/// When the units of an agency gave a reason not to record since a moment, oldest first: `(unit, began_ms)`.
pub async fn exempted(tx: &mut Tx, agency: &str, reason: &str, since_ms: i64) -> Result<Vec<(String, i64)>> {
    let sql = "select a.unit_id, a.began_ms from activity_exemption e join activity a on a.id = e.activity_id
               where a.agency_id = $1 and e.reason = $2 and a.unit_id is not null and a.began_ms >= $3
               order by a.began_ms, a.id";
    let rows = tx.rows(sql, args![agency, reason, since_ms]).await?;
    rows.iter().map(|row| Ok((row.get("unit_id")?, row.get("began_ms")?))).collect()
}
