//! 到期: what devices are due for, as conditions of the list, so that a count and the list it opens are one question.
//!
//! The numbers are the regulation's and its defaults (`maintenance.overdue_grace`, `checkout.return_grace`,
//! `device.idle_days`, `device.substandard_open_days`), the upkeep interval is the agency's own.

use jiff::Span;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::json;
use tiezheng_rules::time::{day_begins_ms, legal_day, plus_days};
use utoipa::ToSchema;

use super::law::{Adopted, Laws};
use super::store::devices::{self, Due};
use super::store::models;
use super::store::orders::{self, Waiting};
use super::{KINDS, undocked_ms};
use crate::app::App;
use crate::args;
use crate::audit::{self, Act};
use crate::db::{Tx, Value};
use crate::error::{Problem, Result};
use crate::field::{self, TITLE_MOST};
use crate::people::{self, Actor, Permission};

/// return: not back a day after its shift · upkeep: overdue · renewal: past its range · replacement: to be replaced ·
/// replacement_overdue: and still in hands after thirty days · idle: in no activity for half a year · undocked: in use,
/// not docked for thirty days
pub const DUES: [&str; 7] = ["return", "upkeep", "renewal", "replacement", "replacement_overdue", "idle", "undocked"];

/// 维护计划 of a kind.
#[derive(Clone, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpkeepPlan {
    pub kind: String,
    pub interval_days: i64,
    /// What is done: cleaning, battery, function test …
    #[serde(default)]
    pub works: Vec<String>,
    pub document: Option<String>,
    #[serde(default)]
    pub set_ms: i64,
}

/// What the questions about one agency's devices rest on.
struct Basis<'a> {
    laws: Laws<'a>,
    /// Of units that a regulation of their own binds.
    others: Vec<(String, Laws<'a>)>,
    plans: Vec<UpkeepPlan>,
}

/// The condition of one kind of due in one agency; `on`: as of that day.
fn of(app: &App, basis: &Basis<'_>, due: &str, on: Date) -> Due {
    let defaults = basis.laws.defaults();
    let now_ms = day_begins_ms(plus_days(on, 1));
    let ago = |days: u32| plus_days(on, -i64::from(days));
    match due {
        "return" => {
            let grace = i64::from(defaults.checkout.return_grace_hours) * 3_600_000;
            // Of a device that is out the hour counts, not the day: today is asked as of now.
            let at = if on == legal_day(app.now()) { app.now() } else { now_ms };
            Due::new("d.status = 'checked_out' and c.due_ms < ?", args![at - grace])
        }
        "upkeep" => upkeep(&basis.plans, on, defaults.maintenance.overdue_grace_days),
        "renewal" => renewal(basis, on),
        "replacement" => Due::new(
            "exists (select 1 from device_order o where o.device_id = d.id and o.kind = 'replacement'
               and o.closed_ms is null)",
            args![],
        ),
        "replacement_overdue" => Due::new(
            "d.status in ('issued', 'checked_out') and exists (select 1 from device_order o where o.device_id = d.id
               and o.kind = 'replacement' and o.closed_ms is null and o.opened_ms < ?)",
            args![now_ms - i64::from(defaults.device.substandard_open_days + 1) * 86_400_000],
        ),
        "idle" => {
            let day = ago(defaults.device.idle_days);
            let since = day_begins_ms(day);
            Due::new(
                "d.status in ('in_store', 'issued', 'checked_out') and coalesce(d.in_use_on, d.acquired_on, '') < ?
                 and (d.last_docked_ms is null or d.last_docked_ms < ?)
                 and not exists (select 1 from activity_device x join activity a on a.id = x.activity_id
                   where x.device_id = d.id and a.began_ms >= ?)
                 and not exists (select 1 from recording_index i where i.device_id = d.id and i.began_ms >= ?)",
                args![day.to_string(), since, since, since],
            )
        }
        _ => Due::new(
            "d.status in ('issued', 'checked_out') and (d.last_docked_ms is null or d.last_docked_ms < ?)",
            args![now_ms.min(app.now()) - undocked_ms()],
        ),
    }
}

/// Interval and grace have gone by since the last upkeep, or since the device came into use.
fn upkeep(plans: &[UpkeepPlan], on: Date, grace_days: u32) -> Due {
    let (mut each, mut args) = (Vec::new(), Vec::new());
    for plan in plans {
        let day = plus_days(on, -(plan.interval_days + i64::from(grace_days)));
        each.push(
            "(d.kind = ? and (d.upkeep_ms < ? or (d.upkeep_ms is null and coalesce(d.in_use_on, d.acquired_on) < ?)))",
        );
        args.extend(args![plan.kind.as_str(), day_begins_ms(day), day.to_string()]);
    }
    let any = if each.is_empty() { "1 = 0".to_owned() } else { each.join(" or ") };
    Due { sql: format!("d.status in ('in_store', 'issued', 'checked_out') and ({any})"), args }
}

/// Past the end of the range its kind has: how many years that is, the rules of its unit are asked.
fn renewal(basis: &Basis<'_>, on: Date) -> Due {
    const BOUND: &str = "exists (select 1 from unit_regulation b where b.unit_id = d.unit_id and b.profile = ?
         and b.from_ms <= ? and (b.to_ms is null or b.to_ms > ?))";
    let at_ms = day_begins_ms(on);
    let (mut each, mut own, mut args) = (Vec::new(), vec!["1 = 1".to_owned()], Vec::<Value>::new());
    for (profile, laws) in &basis.others {
        let due = past_range(laws, on);
        each.push(format!("({BOUND} and ({}))", due.sql));
        args.extend(args![profile.as_str(), at_ms, at_ms]);
        args.extend(due.args);
    }
    for (profile, _) in &basis.others {
        own.push(format!("not {BOUND}"));
        args.extend(args![profile.as_str(), at_ms, at_ms]);
    }
    let due = past_range(&basis.laws, on);
    args.extend(due.args);
    each.push(format!("({} and ({}))", own.join(" and "), due.sql));
    let any = each.join(" or ");
    Due { sql: format!("d.status in ('in_store', 'issued', 'checked_out', 'stopped', 'in_repair') and ({any})"), args }
}

fn past_range(laws: &Laws<'_>, on: Date) -> Due {
    let (mut each, mut args) = (vec!["1 = 0".to_owned()], Vec::<Value>::new());
    for kind in KINDS {
        let Some(until) = laws.range_until(kind, on) else { continue };
        let years = i64::from(until.year()) - i64::from(on.year());
        let Ok(begun) = on.checked_sub(Span::new().years(years)) else { continue };
        // The verdict tells the first day whose range has not ended: years with a 29 February are not alike.
        let begun = (-1..=1)
            .map(|days| plus_days(begun, days))
            .find(|day| laws.range_until(kind, *day) >= Some(on))
            .unwrap_or(begun);
        each.push("(d.kind = ? and coalesce(d.in_use_on, d.acquired_on) < ?)".to_owned());
        args.extend(args![kind, begun.to_string()]);
    }
    Due { sql: each.join(" or "), args }
}

/// The conditions of some kinds of due; for whoever looks into more than one agency, each by its own regulation.
pub async fn among(tx: &mut Tx, app: &App, agency: Option<&str>, dues: &[&str], on: Date) -> Result<Vec<Due>> {
    let mut agencies = Vec::new();
    for one in people::store::agencies(tx, agency).await? {
        let adopted = Adopted::by(tx, &one.id).await?;
        let (laws, others) = (adopted.on(app, on), adopted.others(app, on));
        agencies.push((one.id.clone(), Basis { laws, others, plans: models::plans(tx, &one.id).await? }));
    }
    let any_of = |due: &&str| {
        let (mut each, mut args) = (vec!["1 = 0".to_owned()], Vec::new());
        for (id, basis) in &agencies {
            let own = of(app, basis, due, on);
            each.push(format!("(d.agency_id = ? and {})", own.sql));
            args.push(Value::from(id.as_str()));
            args.extend(own.args);
        }
        Due { sql: each.join(" or "), args }
    };
    Ok(dues.iter().map(any_of).collect())
}

/// How many devices are due for each of [`DUES`].
pub async fn counted(tx: &mut Tx, app: &App, agency: Option<&str>, on: Date) -> Result<Vec<i64>> {
    let dues = among(tx, app, agency, &DUES, on).await?;
    devices::counts(tx, agency, &dues).await
}

/// 我负责的: what somebody holds; for those who administer devices or decide about them, what is their units' besides. What
/// lies in no unit's hands is the administrator's.
pub fn mine(actor: &Actor) -> Due {
    let (manages, decides) = (actor.has(Permission::DeviceManage), actor.has(Permission::DeviceDecide));
    let mut due = Due::new("c.holder_id = ?", args![actor.person.as_deref()]);
    if manages || decides {
        let everywhere = super::acts::everywhere(actor);
        due.sql += if everywhere { " or d.unit_id is not null" } else { " or d.unit_id in (" };
        if !everywhere {
            due.sql += &(vec!["?"; actor.units.len()].join(", ") + ")");
            due.args.extend(actor.units.iter().map(Value::from));
        }
    }
    due.sql += if manages { " or d.unit_id is null" } else { "" };
    due
}

/// 工作台: how much of each is due among what an actor looks after; each figure opens the list of the same name.
#[derive(Serialize, ToSchema)]
pub struct Counts {
    pub to_return: i64,
    pub upkeep_due: i64,
    pub renewal_due: i64,
    pub replacement_open: i64,
    pub replacement_overdue: i64,
    pub idle: i64,
    pub undocked: i64,
    pub orders_waiting_for_me: i64,
    /// 空缺 of duties, for whoever designates, as far as his units go.
    pub responsibility_gaps: i64,
    /// 交接 that lack the reader's signature.
    pub handovers_waiting_for_me: i64,
}

pub async fn counts(tx: &mut Tx, app: &App, actor: &Actor, now: i64) -> Result<Option<Counts>> {
    if !actor.has(Permission::DeviceList) {
        return Ok(None);
    }
    let (agency, mine) = (actor.agency_filter(), mine(actor));
    let dues = among(tx, app, agency.as_deref(), &DUES, legal_day(now)).await?.into_iter();
    let dues: Vec<Due> = dues.map(|due| due.and(&mine)).collect();
    let found = devices::counts(tx, agency.as_deref(), &dues).await?;
    let tasks = tasks(tx, app, actor, now).await?;
    Ok(Some(Counts {
        to_return: found[0],
        upkeep_due: found[1],
        renewal_due: found[2],
        replacement_open: found[3],
        replacement_overdue: found[4],
        idle: found[5],
        undocked: found[6],
        orders_waiting_for_me: tasks.orders,
        responsibility_gaps: tasks.gaps,
        handovers_waiting_for_me: tasks.handovers,
    }))
}

/// What waits for one actor's own hand.
pub struct Tasks {
    pub orders: i64,
    /// 空缺, for whoever designates.
    pub gaps: i64,
    pub handovers: i64,
}

pub async fn tasks(tx: &mut Tx, app: &App, actor: &Actor, now: i64) -> Result<Tasks> {
    let agency = actor.agency_filter();
    let wanted = orders::Wanted { agency: agency.as_deref(), waiting: Some(waiting(actor)), ..Default::default() };
    let mut tasks = Tasks { orders: orders::count(tx, &wanted).await?, gaps: 0, handovers: 0 };
    if let (Some(agency), true) = (&agency, actor.has(Permission::ResponsibilityDesignate)) {
        let gaps = people::responsibility::gaps(tx, &app.laws, actor, agency, now).await?.len();
        tasks.gaps = i64::try_from(gaps).unwrap_or(i64::MAX);
    }
    if let Some(person) = &actor.person {
        let waiting = people::handover::store::Wanted { waiting_for: Some(person), ..Default::default() };
        tasks.handovers = people::handover::store::count(tx, &waiting).await?;
    }
    Ok(tasks)
}

/// What of open orders waits for this actor.
pub fn waiting(actor: &Actor) -> Waiting<'_> {
    Waiting {
        decides: actor.has(Permission::DeviceDecide),
        manages: actor.has(Permission::DeviceManage),
        units: (!super::acts::everywhere(actor)).then_some(actor.units.as_slice()),
        account: actor.account.as_deref(),
    }
}

/// 制定维护计划 of a kind: takes the place of the earlier one.
pub async fn plan(app: &App, actor: &Actor, now: i64, body: &UpkeepPlan) -> Result<Vec<UpkeepPlan>> {
    actor.may(Permission::DeviceManage)?;
    let agency = actor.own_agency()?.to_owned();
    field::word("kind", &body.kind, &KINDS)?;
    if !(1..=3650).contains(&body.interval_days) {
        return Err(Problem::invalid("interval_days", "field.number").with("least", 1).with("most", 3650));
    }
    super::detail::texts("works", &body.works)?;
    let document = field::optional("document", body.document.as_deref(), TITLE_MOST)?;
    let mut tx = app.db.begin().await?;
    models::put_plan(&mut tx, &agency, &UpkeepPlan { document, set_ms: now, ..body.clone() }).await?;
    let detail = json!({"kind": body.kind, "interval_days": body.interval_days});
    audit::record(&mut tx, actor, now, Act::UpkeepPlanned, Some(&agency), None, detail).await?;
    let plans = models::plans(&mut tx, &agency).await?;
    tx.commit().await?;
    app.events.notify_one();
    Ok(plans)
}
