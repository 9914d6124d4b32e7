//! What events say about agencies, people, devices and activities, brought back in the order of the log.

use serde_json::{Map, Value, json};

use super::Rebuilding;
use crate::audit::Event;
use crate::custody::store;
use crate::db::Tx;
use crate::error::{Problem, Result};
use crate::load::{self, Fixture};
use crate::{activities, equipment, people, regulations};

impl Rebuilding<'_> {
    pub(super) async fn replay(&mut self, tx: &mut Tx, event: &Event) -> Result<()> {
        let detail = event.detail();
        let text = |key: &str| detail.get(key).and_then(Value::as_str);
        let (at, subject) = (event.at_ms, event.subject.as_deref().unwrap_or(""));
        // The events of one load have one time and stand together, in whatever order their ids gave them.
        if self.load.as_ref().is_some_and(|(begun, _)| *begun != at) {
            self.end_load(tx).await?;
        }
        if let Some(agency) = &event.agency {
            self.agency(tx, agency, at).await?;
        }
        let agency = event.agency.as_deref().unwrap_or("");
        match event.act.as_str() {
            "registry.loaded" => {
                let (_, sections) = self.load.get_or_insert_with(|| (at, Map::new()));
                let section = sections.entry(text("section").unwrap_or("")).or_insert_with(|| json!([]));
                if let (Value::Array(all), Some(Value::Array(rows))) = (section, detail.get("rows")) {
                    all.extend(rows.iter().cloned());
                }
            }
            "unit.made" => {
                let unit = people::store::Unit {
                    id: subject.into(),
                    agency_id: agency.into(),
                    parent_id: known(tx, "unit", text("parent")).await?,
                    name: text("name").unwrap_or(subject).into(),
                    kind: text("kind").unwrap_or("unit").into(),
                };
                people::store::put_unit(tx, &unit).await?;
            }
            "person.made" => {
                let unit = known(tx, "unit", text("unit")).await?;
                let person = people::store::Person {
                    id: subject,
                    agency,
                    unit: unit.as_deref(),
                    name: text("name").unwrap_or(subject),
                    certificate_no: text("certificate_no"),
                    active: true,
                };
                people::store::put_person(tx, &person).await?;
            }
            "device.made" => {
                let unit = known(tx, "unit", text("unit")).await?;
                let device = equipment::store::NewDevice {
                    id: subject,
                    agency,
                    unit: unit.as_deref(),
                    kind: text("kind").unwrap_or("other"),
                    model: text("model").unwrap_or(""),
                    serial_no: text("serial_no").unwrap_or(subject),
                    asset_no: text("asset_no"),
                    status: text("status").unwrap_or("in_use"),
                };
                equipment::store::put(tx, &device).await?;
            }
            "device.docked" => {
                let drift = detail.get("drift_ms").and_then(Value::as_i64);
                equipment::store::note_docked(tx, subject, at, drift).await?;
            }
            "activity.made" => self.activity(tx, agency, subject, &detail).await?,
            "account.made" | "account.changed" => {
                let roles = detail.get("roles").and_then(Value::as_array).into_iter().flatten();
                let person = known(tx, "person", text("person")).await?;
                let account = store::Account {
                    account: subject,
                    name: text("name").unwrap_or(subject),
                    person: person.as_deref(),
                    agency: event.agency.as_deref(),
                    roles: roles.filter_map(Value::as_str).map(str::to_owned).collect(),
                    disabled: detail.get("disabled").and_then(Value::as_bool),
                };
                store::put_account(tx, &account, at).await?;
            }
            "regulation.decided" => {
                let told = serde_json::from_value(Value::Object(detail));
                let Ok(told) = told else {
                    self.lose(format!("event {}", event.id), Problem::refused(422, "rebuild.event_unreadable"));
                    return Ok(());
                };
                let (id, account) = (event.id.clone(), event.actor.clone());
                let decision = regulations::Decision { id, told, at_ms: at, account };
                regulations::store::put_decision(tx, agency, &decision).await?;
            }
            "token.made" => self.report.tokens += 1,
            "token.revoked" => self.report.tokens = self.report.tokens.saturating_sub(1),
            _ => {}
        }
        Ok(())
    }

    /// Brings in what one load has told, all of it or, where an event of it is lost, none.
    pub(super) async fn end_load(&mut self, tx: &mut Tx) -> Result<()> {
        let Some((at, sections)) = self.load.take() else { return Ok(()) };
        store::mark(tx).await?;
        match self.put_load(tx, at, sections).await {
            Ok(()) => store::keep(tx).await,
            Err(problem) if problem.status == 422 || problem.status == 409 => {
                store::undo(tx).await?;
                self.lose("fixture", problem);
                Ok(())
            }
            Err(problem) => Err(problem),
        }
    }

    async fn put_load(&self, tx: &mut Tx, at: i64, sections: Map<String, Value>) -> Result<()> {
        let mut fixture = Fixture::of_sections(sections)?;
        let accounts = fixture.take_accounts();
        load::put_all(self.app, tx, &self.actor, at, &fixture).await?;
        for taken in accounts {
            let account = store::Account {
                account: &taken.account,
                name: &taken.name,
                person: taken.person.as_deref(),
                agency: taken.agency.as_deref(),
                roles: taken.roles,
                disabled: None,
            };
            store::put_account(tx, &account, at).await?;
        }
        Ok(())
    }

    async fn activity(&mut self, tx: &mut Tx, agency: &str, id: &str, detail: &Map<String, Value>) -> Result<()> {
        let text = |key: &str| detail.get(key).and_then(Value::as_str);
        // Events from before the times were told: an activity without a time joins nothing.
        let Some(began_ms) = detail.get("began_ms").and_then(Value::as_i64) else {
            self.made_up("activity", id);
            return Ok(());
        };
        let (mut officers, mut devices) = (Vec::new(), Vec::new());
        for (list, table, into) in [("officers", "person", &mut officers), ("devices", "device", &mut devices)] {
            for one in detail.get(list).and_then(Value::as_array).into_iter().flatten() {
                into.extend(known(tx, table, one.as_str()).await?);
            }
        }
        let unit = known(tx, "unit", text("unit")).await?;
        let activity = activities::store::NewActivity {
            id,
            agency,
            unit: unit.as_deref(),
            case: None,
            title: text("title").unwrap_or(id),
            occasion: text("occasion").unwrap_or("other"),
            place: text("place"),
            party: text("party"),
            began_ms,
            ended_ms: detail.get("ended_ms").and_then(Value::as_i64),
            officers: &officers,
            devices: &devices,
            grounds: "[]",
        };
        activities::store::put(tx, &activity).await
    }

    /// An agency that some event names: by its id alone, and without a regulation, so that nothing is ever owed or
    /// disposable, until its row is loaded.
    pub(super) async fn agency(&mut self, tx: &mut Tx, id: &str, now: i64) -> Result<()> {
        if store::knows(tx, "agency", id).await? {
            return Ok(());
        }
        let agency =
            people::store::Agency { id: id.into(), name: id.into(), short_name: id.into(), profile: String::new() };
        people::store::put_agency(tx, &agency, now).await
    }
}

/// The id, where the table has it.
pub(super) async fn known(tx: &mut Tx, table: &'static str, id: Option<&str>) -> Result<Option<String>> {
    match id {
        Some(id) if store::knows(tx, table, id).await? => Ok(Some(id.to_owned())),
        _ => Ok(None),
    }
}
