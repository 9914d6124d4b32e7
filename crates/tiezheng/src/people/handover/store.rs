//! Rows of handover, and what of other rooms' rows is somebody's.

use serde_json::Value as Json;

use super::standing::{HandedRecording, HandedTask, HandoverList};
use super::{Discrepancy, Handover, PARTIES, Party, Signatures};
use crate::args;
use crate::db::{Row, Tx, Value, placeholders};
use crate::equipment::store::devices::words;
use crate::equipment::store::named;
use crate::error::Result;
use crate::people::Scope;
use crate::people::store::Named;

pub struct NewHandover<'a> {
    pub id: &'a str,
    pub agency: &'a str,
    pub unit: Option<&'a str>,
    pub person: &'a str,
    pub successor: &'a str,
    pub head: &'a str,
    pub to_unit: Option<&'a str>,
    pub effective_on: &'a str,
    pub reason: Option<String>,
    pub document: Option<String>,
    pub list: &'a HandoverList,
    pub opened_by: &'a str,
    pub opened_ms: i64,
}

pub async fn insert(tx: &mut Tx, new: &NewHandover<'_>) -> Result<()> {
    tx.exec(
        "insert into handover (id, agency_id, unit_id, person_id, successor_id, head_id, to_unit_id, effective_on, reason,
           document, list, state, discrepancies, opened_by, opened_ms)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 'open', '[]', $12, $13)",
        args![
            new.id,
            new.agency,
            new.unit.map(str::to_owned),
            new.person,
            new.successor,
            new.head,
            new.to_unit.map(str::to_owned),
            new.effective_on,
            new.reason.clone(),
            new.document.clone(),
            serde_json::to_string(new.list)?,
            new.opened_by,
            new.opened_ms
        ],
    )
    .await
    .map(drop)
}

/// One more signature, and what the signer remarked.
pub async fn sign(tx: &mut Tx, id: &str, party: Party, signature: &Json, remarks: &[Discrepancy]) -> Result<()> {
    let column = match party {
        Party::Person => "person_signed",
        Party::Successor => "successor_signed",
        Party::UnitHead => "head_signed",
    };
    let sql = format!("update handover set {column} = $1, discrepancies = $2 where id = $3");
    tx.exec(sql, args![signature.to_string(), serde_json::to_string(remarks)?, id]).await.map(drop)
}

pub async fn close(tx: &mut Tx, id: &str, state: &str, now: i64) -> Result<()> {
    tx.exec("update handover set state = $1, closed_ms = $2 where id = $3", args![state, now, id]).await.map(drop)
}

/// The post was to be closed all the same; the first time counts.
pub async fn evaded(tx: &mut Tx, id: &str, now: i64) -> Result<bool> {
    let sql = "update handover set tried_ms = $1 where id = $2 and tried_ms is null and closed_ms is null";
    Ok(tx.exec(sql, args![now, id]).await? > 0)
}

/// Makes the later of two who sign at once wait for the earlier one.
pub async fn lock(tx: &mut Tx, id: &str) -> Result<()> {
    let sql = format!("select id from handover where id = $1{}", tx.for_update());
    tx.rows(sql, args![id]).await.map(drop)
}

#[derive(Default)]
pub struct Wanted<'a> {
    pub scope: Option<&'a Scope>,
    /// Who is always shown what concerns himself.
    pub own: Option<&'a str>,
    pub id: Option<&'a str>,
    pub person: Option<&'a str>,
    pub state: Option<&'a str>,
    /// Whose signature is still missing.
    pub waiting_for: Option<&'a str>,
    pub before: Option<&'a str>,
    pub most: i64,
}

fn conditions(wanted: &Wanted<'_>) -> (String, Vec<Value>) {
    let (mut found, mut args): (Vec<String>, Vec<Value>) = (Vec::new(), Vec::new());
    for (column, value) in [
        ("h.id =", wanted.id),
        ("h.person_id =", wanted.person),
        ("h.state =", wanted.state),
        ("h.id <", wanted.before),
    ] {
        if let Some(value) = value {
            args.push(Value::from(value));
            found.push(format!("{column} ${}", args.len()));
        }
    }
    let party = |n: usize| format!("h.person_id = ${n} or h.successor_id = ${n} or h.head_id = ${n}");
    if let Some(scope) = wanted.scope {
        let mut any = Vec::new();
        if let Some(own) = wanted.own {
            args.push(Value::from(own));
            any.push(party(args.len()));
        }
        match scope {
            Scope::Nothing | Scope::Own { .. } => {}
            Scope::All => any.push("1 = 1".into()),
            Scope::Agency(agency) => {
                args.push(Value::from(agency));
                any.push(format!("h.agency_id = ${}", args.len()));
            }
            Scope::Units { units, .. } => {
                any.push(format!("h.unit_id in ({})", placeholders(args.len() + 1, units.len().max(1))));
                args.extend(units.iter().map(Value::from));
                if units.is_empty() {
                    args.push(Value::Text(None));
                }
            }
        }
        found.push(format!("({})", if any.is_empty() { "1 = 0".to_owned() } else { any.join(" or ") }));
    }
    if let Some(person) = wanted.waiting_for {
        args.push(Value::from(person));
        let n = args.len();
        found.push(format!(
            "(h.state = 'open' and ((h.person_id = ${n} and h.person_signed is null)
               or (h.successor_id = ${n} and h.successor_signed is null) or (h.head_id = ${n} and h.head_signed is null)))"
        ));
    }
    let sql = if found.is_empty() { String::new() } else { format!("where {}", found.join(" and ")) };
    (sql, args)
}

const COLUMNS: &str = "h.id, h.agency_id, h.effective_on, h.reason, h.document, h.list, h.state, h.person_signed,
  h.successor_signed, h.head_signed, h.discrepancies, h.opened_by as opened_by_id, a.name as opened_by_name, h.opened_ms,
  h.tried_ms, h.closed_ms, u.id as unit_id, u.name as unit_name, t.id as to_unit_id, t.name as to_unit_name, p.id as person_id,
  p.name as person_name, s.id as successor_id, s.name as successor_name, c.id as head_id, c.name as head_name";
const JOINED: &str = "handover h join person p on p.id = h.person_id join person s on s.id = h.successor_id
  join person c on c.id = h.head_id left join unit u on u.id = h.unit_id left join unit t on t.id = h.to_unit_id
  left join account a on a.account = h.opened_by";

/// Newest first.
pub async fn list(tx: &mut Tx, wanted: &Wanted<'_>) -> Result<Vec<Handover>> {
    let (conditions, mut args) = conditions(wanted);
    args.push(Value::from(wanted.most));
    let sql = format!("select {COLUMNS} from {JOINED} {conditions} order by h.id desc limit ${}", args.len());
    tx.rows(sql, args).await?.iter().map(read).collect()
}

pub async fn count(tx: &mut Tx, wanted: &Wanted<'_>) -> Result<i64> {
    let (conditions, args) = conditions(wanted);
    tx.number(format!("select count(*) from handover h {conditions}"), args).await
}

/// The one that is open for a person.
pub async fn open_of(tx: &mut Tx, person: &str) -> Result<Option<Handover>> {
    Ok(list(tx, &Wanted { person: Some(person), state: Some("open"), most: 1, ..Wanted::default() }).await?.pop())
}

/// The last one that was done.
pub async fn done_of(tx: &mut Tx, person: &str) -> Result<Option<Handover>> {
    Ok(list(tx, &Wanted { person: Some(person), state: Some("done"), most: 1, ..Wanted::default() }).await?.pop())
}

fn read(row: &Row) -> Result<Handover> {
    let who = |id: &str, name: &str| Ok::<_, crate::error::Problem>(Named { id: row.get(id)?, name: row.get(name)? });
    let signed = |column: &str| {
        let text: Option<String> = row.get(column)?;
        Ok::<_, crate::error::Problem>(text.and_then(|text| serde_json::from_str(&text).ok()))
    };
    let signatures = Signatures {
        person: signed("person_signed")?,
        successor: signed("successor_signed")?,
        unit_head: signed("head_signed")?,
    };
    let state: String = row.get("state")?;
    let missing = PARTIES.into_iter().filter(|party| state == "open" && signatures.of(*party).is_none());
    Ok(Handover {
        id: row.get("id")?,
        agency_id: row.get("agency_id")?,
        unit: named(row, "unit_id", "unit_name")?,
        person: who("person_id", "person_name")?,
        successor: who("successor_id", "successor_name")?,
        head: who("head_id", "head_name")?,
        to_unit: named(row, "to_unit_id", "to_unit_name")?,
        effective_on: row.get("effective_on")?,
        reason: row.get("reason")?,
        document: row.get("document")?,
        list: words(row, "list")?,
        missing: missing.map(|party| party.word().to_owned()).collect(),
        state,
        signatures,
        discrepancies: words(row, "discrepancies")?,
        opened_by: named(row, "opened_by_id", "opened_by_name")?,
        opened_ms: row.get("opened_ms")?,
        tried_ms: row.get("tried_ms")?,
        closed_ms: row.get("closed_ms")?,
        overdue: false,
        candidate: false,
        articles: Vec::new(),
    })
}

/// 未关联: recordings of an officer that belong to no activity, that came after a moment.
pub async fn unlinked(tx: &mut Tx, person: &str, since_ms: i64, most: i64) -> Result<Vec<HandedRecording>> {
    let sql = "select i.recording_id, coalesce(i.title, r.file_name) as name, i.began_ms, i.received_ms
               from recording_index i join recording r on r.id = i.recording_id
               where i.officer_id = $1 and i.activity_id is null and i.received_ms > $2
               order by i.began_ms, i.recording_id limit $3";
    let read = |row: &Row| {
        Ok(HandedRecording {
            id: row.get("recording_id")?,
            name: row.get("name")?,
            began_ms: row.get("began_ms")?,
            received_ms: row.get("received_ms")?,
        })
    };
    tx.rows(sql, args![person, since_ms, most]).await?.iter().map(read).collect()
}

pub async fn unlinked_count(tx: &mut Tx, person: &str, since_ms: i64) -> Result<i64> {
    let sql = "select count(*) from recording_index where officer_id = $1 and activity_id is null and received_ms > $2";
    tx.number(sql, args![person, since_ms]).await
}

/// What an account has begun and nobody has finished: orders it opened, plans it proposed, uploads it is sending.
pub async fn tasks(tx: &mut Tx, agency: &str, account: &str, since_ms: i64) -> Result<Vec<HandedTask>> {
    let mut found = Vec::new();
    let sql = "select o.id, o.kind, o.told, o.opened_ms as since_ms, d.serial_no as name from device_order o
               join device d on d.id = o.device_id
               where o.agency_id = $1 and o.closed_ms is null and o.opened_ms > $2 and o.told like $3
               order by o.id limit 500";
    // The pattern finds too much (other steps, `_` in a name): who opened it is the first step's word.
    let by = format!("%\"by\":{}%", Json::from(account));
    for row in tx.rows(sql, args![agency, since_ms, by]).await? {
        let told: Json = words(&row, "told")?;
        if told[0]["by"] == account {
            found.push(task(&row, row.get("kind")?)?);
        }
    }
    let sql = "select p.id, p.proposed_ms as since_ms, u.name from provision_plan p join unit u on u.id = p.unit_id
               where p.agency_id = $1 and p.state = 'proposed' and p.proposed_ms > $2 and p.proposed_by = $3
               order by p.id limit 500";
    for row in tx.rows(sql, args![agency, since_ms, account]).await? {
        found.push(task(&row, "plan".into())?);
    }
    let sql = "select id, created_ms as since_ms, id as name from upload where agency_id = $1 and created_ms > $2
                 and account = $3 and state in ('receiving', 'joined', 'sealing') order by id limit 500";
    for row in tx.rows(sql, args![agency, since_ms, account]).await? {
        found.push(task(&row, "upload".into())?);
    }
    Ok(found)
}

fn task(row: &Row, kind: String) -> Result<HandedTask> {
    Ok(HandedTask { id: row.get("id")?, kind, name: row.get("name")?, since_ms: row.get("since_ms")? })
}
