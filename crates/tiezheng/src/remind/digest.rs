//! 提醒内容: what is due for one account, among what it looks after itself and what its unit has. The same questions as the
//! workbench's; numbers of devices only, no recording, no party.

use serde::Serialize;
use serde_json::{Map, Value, json};
use tiezheng_rules::time::legal_day;

use crate::app::App;
use crate::db::Tx;
use crate::equipment::store::devices::{self, Wanted};
use crate::equipment::{Device, acts, due};
use crate::error::Result;
use crate::field::{CODE_MOST, NAME_MOST, is_hidden};
use crate::locale::{LANGUAGES, text};
use crate::people::store::accounts::{self, Line as Account};
use crate::people::{self, Actor, Permission};

/// Devices told by number under each figure.
const DEVICES_MOST: usize = 10;
/// Accounts read at a time.
const AT_ONCE: i64 = 500;

/// One account's message.
#[derive(Debug, Serialize)]
pub struct Digest {
    pub account: String,
    pub email: Option<String>,
    pub language: String,
    pub day: String,
    pub subject: String,
    pub text: String,
    /// The workbench.
    pub url: String,
    pub lines: Vec<Line>,
}

/// One figure, and where its list is.
#[derive(Debug, Serialize)]
pub struct Line {
    /// return, upkeep, renewal, replacement, replacement_overdue, idle, undocked; orders, gaps, handovers
    pub due: &'static str,
    pub count: i64,
    /// The first ten.
    pub devices: Vec<String>,
    pub url: String,
}

/// What is due for every account that has anything due, by account within its agency. One question an agency and kind of
/// due, however many accounts there are.
pub async fn all(tx: &mut Tx, app: &App, base: &str, now: i64) -> Result<Vec<Digest>> {
    let mut found = Vec::new();
    for agency in people::store::agencies(tx, None).await? {
        let mut lists = Vec::new();
        for (name, due) in
            due::DUES.into_iter().zip(due::among(tx, app, Some(&agency.id), &due::DUES, legal_day(now)).await?)
        {
            let wanted = Wanted { agency: Some(&agency.id), due: Some(due), most: i64::MAX, ..Wanted::default() };
            lists.push((name, devices::list(tx, &wanted).await?));
        }
        let mut after: Option<String> = None;
        loop {
            let page = accounts::accounts(tx, Some(&agency.id), after.as_deref(), AT_ONCE).await?;
            for account in &page {
                // Of whoever is disabled, transferred or retired there is no actor.
                let Some(actor) = people::store::actor(tx, &account.account).await? else { continue };
                let lines = lines(tx, app, &actor, base, &lists, now).await?;
                if !lines.is_empty() {
                    found.push(digest(account, lines, base, &legal_day(now).to_string()));
                }
            }
            match page.last() {
                Some(last) if page.len() as i64 == AT_ONCE => after = Some(last.account.clone()),
                _ => break,
            }
        }
    }
    Ok(found)
}

async fn lines(
    tx: &mut Tx,
    app: &App,
    actor: &Actor,
    base: &str,
    lists: &[(&'static str, Vec<Device>)],
    now: i64,
) -> Result<Vec<Line>> {
    let mut lines = Vec::new();
    if !actor.has(Permission::DeviceList) {
        return Ok(lines);
    }
    for (name, devices) in lists {
        let own: Vec<&Device> = devices.iter().filter(|device| concerns(actor, device)).collect();
        let url = format!("{base}/equipment?due={name}&mine=true");
        let shown = own.iter().take(DEVICES_MOST).map(|device| number(device)).collect();
        lines.push(Line { due: name, count: own.len() as i64, devices: shown, url });
    }
    let tasks = due::tasks(tx, app, actor, now).await?;
    for (name, count, path) in [
        ("orders", tasks.orders, "/equipment/orders?view=waiting"),
        ("gaps", tasks.gaps, "/people/responsibility"),
        ("handovers", tasks.handovers, "/people/handovers?waiting=true"),
    ] {
        lines.push(Line { due: name, count, devices: Vec::new(), url: format!("{base}{path}") });
    }
    lines.retain(|line| line.count > 0);
    Ok(lines)
}

/// The same as `due::mine`, asked of devices that are read already: one reading of the register for everybody in it.
fn concerns(actor: &Actor, device: &Device) -> bool {
    let held = device.holder.as_ref().is_some_and(|holder| Some(&holder.id) == actor.person.as_ref());
    let (manages, decides) = (actor.has(Permission::DeviceManage), actor.has(Permission::DeviceDecide));
    held || match &device.unit {
        Some(unit) => (manages || decides) && acts::within(actor, Some(&unit.id)).is_ok(),
        None => manages,
    }
}

/// `资产编号 / 出厂编号`, as far as there are.
fn number(device: &Device) -> String {
    let numbers = device.asset_no.iter().chain([&device.serial_no]);
    numbers.map(|number| plain(number, CODE_MOST)).filter(|number| !number.is_empty()).collect::<Vec<_>>().join(" / ")
}

/// Names and numbers are somebody else's, and may come from a file: on one line, with nothing in them that is not seen.
fn plain(text: &str, most: usize) -> String {
    let shown: String = text.chars().map(|c| if is_hidden(c) { ' ' } else { c }).take(most).collect();
    shown.trim().to_owned()
}

fn digest(account: &Account, lines: Vec<Line>, base: &str, day: &str) -> Digest {
    let language = account.language.as_deref().filter(|known| LANGUAGES.contains(known)).unwrap_or(LANGUAGES[0]);
    let say = |key: &str, params: Value| text(language, key, params.as_object().unwrap_or(&Map::new()));
    let url = format!("{base}/");
    let mut body = say("remind.opening", json!({"name": plain(&account.name, NAME_MOST), "day": day})) + "\n";
    for line in &lines {
        let what = match line.due {
            "orders" | "gaps" | "handovers" => say(&format!("remind.{}", line.due), json!({})),
            due => say(&format!("equipment.due.{due}"), json!({})),
        };
        body += &format!("\n{}\n", say("remind.figure", json!({"what": what, "count": line.count})));
        if !line.devices.is_empty() {
            let more = line.count - line.devices.len() as i64;
            let devices = line.devices.join(if language == "en" { ", " } else { "、" });
            let key = if more > 0 { "remind.devices_and_more" } else { "remind.devices" };
            body += &format!("  {}\n", say(key, json!({"devices": devices, "more": more})));
        }
        body += &format!("  {}\n", line.url);
    }
    body += &format!("\n{}\n", say("remind.closing", json!({"url": url})));
    Digest {
        account: account.account.clone(),
        email: account.email.clone(),
        language: language.to_owned(),
        day: day.to_owned(),
        subject: say("remind.subject", json!({"day": day})),
        text: body,
        url,
        lines,
    }
}
