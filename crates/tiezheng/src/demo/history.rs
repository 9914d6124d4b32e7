//! 演示的半年: what the demo's people did with equipment, through the same functions as the pages, told in `history.toml`.

use std::collections::HashMap;

use jiff::civil::Time;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value as Json, json};
use tiezheng_rules::time::legal_day;

use crate::app::App;
use crate::db::Tx;
use crate::equipment::provision::{money, plan, site, statement};
use crate::equipment::store::orders::{self as rows, Wanted};
use crate::equipment::{acts, due, models, orders, register};
use crate::error::{Problem, Result};
use crate::people::{self, Actor, responsibility};

const DAY_MS: i64 = 86_400_000;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Told {
    step: Vec<Line>,
}

/// A step as the file has it.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    ago: i64,
    at: Time,
    by: String,
    post: String,
    name: Option<String>,
    again: Option<Again>,
    #[serde(default)]
    body: Json,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Again {
    every: i64,
    until: i64,
}

/// The steps that are still to come, oldest first, and the ids of what the earlier ones made.
pub struct History {
    midnight: i64,
    steps: std::vec::IntoIter<(i64, Line)>,
    made: HashMap<String, String>,
}

fn of_day(midnight: i64, ago: i64, at: Time) -> i64 {
    midnight - ago * DAY_MS + (i64::from(at.hour()) * 60 + i64::from(at.minute())) * 60_000
}

impl History {
    /// `midnight`: of today, local.
    pub fn new(midnight: i64) -> Result<History> {
        let told: Told = toml::from_str(include_str!("history.toml")).map_err(|e| Problem::internal(e.to_string()))?;
        let mut steps = Vec::new();
        for line in told.step {
            let days = line.again.as_ref().map_or(vec![line.ago], |again| {
                (again.until..=line.ago).rev().step_by(usize::try_from(again.every).unwrap_or(1)).collect()
            });
            steps.extend(days.into_iter().map(|ago| (of_day(midnight, ago, line.at), line.clone())));
        }
        steps.sort_by_key(|(at_ms, _)| *at_ms);
        Ok(History { midnight, steps: steps.into_iter(), made: HashMap::new() })
    }

    /// Does everything that was done before a moment, each at its own.
    pub async fn until(&mut self, app: &App, moment: i64) -> Result<()> {
        while let Some((at_ms, _)) = self.steps.as_slice().first()
            && *at_ms < moment
            && let Some((at_ms, line)) = self.steps.next()
        {
            app.clock.set(at_ms);
            self.step(app, at_ms, &line)
                .await
                .map_err(|problem| problem.with("demo", format!("{} {}", line.post, line.ago)))?;
        }
        Ok(())
    }

    async fn step(&mut self, app: &App, now: i64, line: &Line) -> Result<()> {
        let mut tx = app.db.read().await?;
        let actor = people::store::actor(&mut tx, &line.by).await?.ok_or_else(Problem::not_found)?;
        let path = self.path(&mut tx, &line.post).await?;
        drop(tx);
        let body = self.filled(&line.body, now)?;
        let parts: Vec<&str> = path.split('/').collect();
        let made = match parts[..] {
            ["devices", "acts"] => json!(acts::perform(app, &actor, now, &read(body)?).await?),
            ["device-orders"] => json!(orders::open(app, &actor, now, &read(body)?).await?),
            ["device-orders", id, "steps"] => json!(orders::step(app, &actor, now, id, &read(body)?).await?),
            ["device-models"] => json!(models::add(app, &actor, now, &read(body)?).await?),
            ["device-models", id, _] => json!(models::declare(app, &actor, now, id, &read(body)?).await?),
            ["upkeep-plans"] => json!(due::plan(app, &actor, now, &read(body)?).await?),
            _ => {
                let mut tx = app.db.begin().await?;
                let made = written(&mut tx, app, &actor, now, &parts, body).await?;
                tx.commit().await?;
                made
            }
        };
        if let (Some(name), Some(id)) = (&line.name, made["id"].as_str()) {
            self.made.insert(name.clone(), id.to_owned());
        }
        Ok(())
    }

    fn id(&self, name: &str) -> Result<&String> {
        self.made.get(name).ok_or_else(|| Problem::internal(format!("nothing of name {name}")))
    }

    /// A path with `{NAME}` and `{order NAME KIND}` filled in.
    async fn path(&self, tx: &mut Tx, path: &str) -> Result<String> {
        let (Some((before, rest)), true) = (path.split_once('{'), path.contains('}')) else {
            return Ok(path.to_owned());
        };
        let (inner, after) = rest.split_once('}').unwrap_or((rest, ""));
        let id = match inner.strip_prefix("order ").and_then(|order| order.rsplit_once(' ')) {
            None => self.id(inner)?.clone(),
            Some((device, kind)) => {
                let wanted = Wanted { device: Some(self.id(device)?), most: 200, ..Wanted::default() };
                let open = rows::list(tx, &wanted).await?.into_iter();
                let mut open = open.filter(|order| order.kind == kind && order.closed_ms.is_none());
                open.next().ok_or_else(|| Problem::internal(format!("no {kind} of {device} is open")))?.id
            }
        };
        Ok(format!("{before}{id}{after}"))
    }

    /// A body with `=…` filled in.
    fn filled(&self, value: &Json, now: i64) -> Result<Json> {
        let each = |list: &Vec<Json>| list.iter().map(|one| self.filled(one, now)).collect::<Result<Vec<_>>>();
        Ok(match value {
            Json::Array(list) => each(list)?.into(),
            Json::Object(fields) => {
                let filled = |(name, value): (&String, &Json)| Ok((name.clone(), self.filled(value, now)?));
                Json::Object(fields.iter().map(filled).collect::<Result<_>>()?)
            }
            Json::String(text) => match text.strip_prefix('=').map(|told| told.split_once(' ').unwrap_or((told, ""))) {
                None => value.clone(),
                Some(("year", "")) => json!(legal_day(self.midnight).year()),
                Some(("day", ago)) => json!(legal_day(self.midnight - ago.parse().unwrap_or(0) * DAY_MS).to_string()),
                Some(("ms", at)) => {
                    let day = now - (now - self.midnight).rem_euclid(DAY_MS);
                    json!(of_day(day, 0, at.parse().map_err(|_| Problem::internal(text.clone()))?))
                }
                Some(_) => json!(self.id(&text[1..])?),
            },
            other => other.clone(),
        })
    }
}

/// Acts that take their place in a transaction of the caller.
async fn written(tx: &mut Tx, app: &App, actor: &Actor, now: i64, parts: &[&str], body: Json) -> Result<Json> {
    Ok(match *parts {
        ["devices"] => json!({"id": register::register(tx, app, actor, now, &read(body)?).await?}),
        ["responsibilities"] => {
            let text = |name: &str| body[name].as_str().map(str::to_owned);
            let wanted = responsibility::Wanted {
                unit: text("unit_id").unwrap_or_default(),
                duty: text("duty").unwrap_or_default(),
                person: text("person_id"),
                linked_unit: text("linked_unit_id"),
                deputy: text("deputy_id"),
                post: text("post"),
                document: text("document"),
                from_ms: now,
                to_ms: None,
            };
            json!(responsibility::designate(tx, actor, now, wanted).await?)
        }
        ["units", unit, _] => json!(statement::state(tx, &app.laws, actor, now, unit, read(body)?).await?),
        ["provision-plans"] => json!(plan::propose(tx, actor, now, read(body)?).await?),
        ["provision-plans", id, _] => json!(plan::approve(tx, actor, now, id).await?),
        ["provision-deviations"] => json!(plan::deviate(tx, &app.laws, actor, now, read(body)?).await?),
        ["budgets"] => json!(money::budget(tx, actor, now, read(body)?).await?),
        ["purchases"] => json!(money::purchase(tx, actor, now, read(body)?).await?),
        ["purchases", id, _] => json!(money::accept(tx, actor, now, id, read(body)?).await?),
        ["recording-sites"] => json!(site::register(tx, actor, now, read(body)?).await?),
        ["recording-sites", id, _] => json!(site::outage(tx, actor, now, id, read(body)?).await?),
        _ => return Err(Problem::internal(format!("no such step: {}", parts.join("/")))),
    })
}

fn read<T: DeserializeOwned>(body: Json) -> Result<T> {
    serde_json::from_value(body).map_err(|error| Problem::internal(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::{self, Clock, Overrides};
    use crate::demo::fixture;
    use crate::equipment::store::devices;
    use crate::{load, supervision};

    const NOW: i64 = 1_795_230_000_000; // 2026-11-21, morning

    #[tokio::test]
    async fn every_step_is_lawful_and_leaves_what_the_demo_is_to_show() {
        let dir = tempfile::tempdir().unwrap();
        let (data, overrides, midnight) = (dir.path().join("data"), Overrides::default(), fixture::midnight(NOW));
        app::init(&data, &overrides, NOW).await.unwrap();
        let app = App::open(&data, &overrides, Clock::default()).await.unwrap();
        app.clock.set(midnight - fixture::REACH * DAY_MS);
        let rows = serde_json::to_vec(&fixture::fixture(NOW)).unwrap();
        load::load(&app, &Actor::system(), &load::parse(&rows).unwrap()).await.unwrap();
        History::new(midnight).unwrap().until(&app, midnight).await.unwrap();
        app.clock.set(NOW);

        let mut tx = app.db.read().await.unwrap();
        let mut told = Vec::new();
        for account in ["cfd.guanli", "zw.guanli"] {
            let actor = people::store::actor(&mut tx, account).await.unwrap().unwrap();
            let agency = actor.agency_filter();
            let wanted = devices::Wanted { agency: agency.as_deref(), ..devices::Wanted::default() };
            let states = devices::by_status(&mut tx, &wanted).await.unwrap();
            let states: Vec<String> = states.into_iter().map(|(state, count)| format!("{state} {count}")).collect();
            let due = json!(due::counts(&mut tx, &app, &actor, NOW).await.unwrap());
            let due = due.as_object().unwrap().iter().map(|(name, count)| format!("{name} {count}"));
            let gaps = responsibility::gaps(&mut tx, &app.laws, &actor, agency.as_deref().unwrap(), NOW).await.unwrap();
            told.extend([states.join(", "), due.collect::<Vec<_>>().join(", "), format!("gaps {}", gaps.len())]);
        }
        drop(tx);
        expect_test::expect![[r#"
            checked_out 8, destroyed 1, device_sealed 1, in_store 1, issued 5, lost 1
            handovers_waiting_for_me 0, idle 3, orders_waiting_for_me 1, renewal_due 0, replacement_open 1, replacement_overdue 0, responsibility_gaps 0, to_return 1, undocked 13, upkeep_due 3
            gaps 1
            checked_out 6, in_store 1, issued 1
            handovers_waiting_for_me 0, idle 2, orders_waiting_for_me 0, renewal_due 1, replacement_open 0, replacement_overdue 0, responsibility_gaps 0, to_return 0, undocked 7, upkeep_due 0
            gaps 11"#]]
        .assert_eq(&told.join("\n"));
        crate::audit::sequence(&app).await.unwrap();
        let depth = tiezheng_vault::verify::Depth::Digest;
        let report = supervision::verify::installation(&app, depth, &Default::default()).await.unwrap();
        assert!(report.findings.is_empty(), "{:?}", report.findings);
    }
}
