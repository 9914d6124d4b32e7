//! Registers and lists out of what events told of every row last: the very rows that `verify` compares.

use serde_json::json;

use super::Rebuilding;
use crate::audit::{self, Act};
use crate::custody::store;
use crate::db::Tx;
use crate::db::rows::{Table, tables};
use crate::equipment;
use crate::error::{Problem, Result};
use crate::people::{self, Actor};
use crate::regulations;
use crate::supervision::rows;

const PAGE: i64 = 500;

impl Rebuilding<'_> {
    /// Agencies, people, accounts, devices, activities: all that recordings refer to.
    pub(super) async fn registers(&mut self, tx: &mut Tx) -> Result<()> {
        for table in tables().iter().filter(|table| !table.is_of_a_recording()) {
            self.table(tx, table).await?;
        }
        self.report.accounts = store::accounts(tx).await?;
        self.report.tokens = self.told.count("token").await?;
        Ok(())
    }

    /// What agencies have decided about their regulations: the event is the row.
    pub(super) async fn decisions(&mut self, tx: &mut Tx) -> Result<()> {
        for event in std::mem::take(&mut self.decided) {
            let Ok(told) = serde_json::from_value(event.detail().into()) else {
                self.lose(format!("event {}", event.id), Problem::refused(422, "rebuild.event_unreadable"));
                continue;
            };
            let agency = event.agency.unwrap_or_default();
            self.agency(tx, &agency, event.at_ms).await?;
            let decision = regulations::Decision::entered(event.id, told, event.at_ms, event.actor);
            regulations::store::put_decision(tx, &agency, &decision).await?;
        }
        Ok(())
    }

    /// Looks and derivatives: what refers to recordings.
    pub(super) async fn beside_recordings(&mut self, tx: &mut Tx) -> Result<()> {
        let listed = "recording_index"; // came with its recording
        for table in tables().iter().filter(|table| table.is_of_a_recording() && table.name != listed) {
            let brought = self.table(tx, table).await?;
            if table.name == "derivative" {
                self.report.derivatives = brought;
            }
        }
        Ok(())
    }

    /// One table. A row may refer to another one of its own table: who finds nobody yet comes again.
    async fn table(&mut self, tx: &mut Tx, table: &'static Table) -> Result<u64> {
        if !table.is_restorable() {
            return Ok(0);
        }
        let (mut brought, mut after) = (0, String::new());
        let mut early = Vec::new();
        loop {
            let page = self.told.page(&table.name, &after, PAGE).await?;
            let Some((last, _)) = page.last() else { break };
            after = last.clone();
            for (key, event) in page {
                match self.row(tx, table, &key, &event).await? {
                    None => brought += 1,
                    Some(problem) => early.push((key, event, problem)),
                }
            }
        }
        let mut before = usize::MAX;
        while early.len() < before {
            before = early.len();
            for (key, event, _) in std::mem::take(&mut early) {
                match self.row(tx, table, &key, &event).await? {
                    None => brought += 1,
                    Some(problem) => early.push((key, event, problem)),
                }
            }
        }
        for (key, _, problem) in early {
            self.lose(format!("{} {}", table.name, rows::shown(&key)), problem);
        }
        Ok(brought)
    }

    /// Brings one row back, or says why it cannot be.
    async fn row(&mut self, tx: &mut Tx, table: &Table, key: &str, event: &str) -> Result<Option<Problem>> {
        let Some(row) = self.images.row(tx, table, key, event).await? else {
            return Ok(Some(Problem::refused(422, "rebuild.event_unreadable").with("subject", event)));
        };
        store::mark(tx).await?;
        match table.restore(tx, &row).await {
            Ok(()) => store::keep(tx).await.map(|()| None),
            Err(problem) if problem.status == 422 || problem.status == 409 => {
                store::undo(tx).await?;
                Ok(Some(problem))
            }
            Err(problem) => Err(problem),
        }
    }

    /// Devices and officers that recordings name and no event describes; agencies that stayed a mere id.
    pub(super) async fn placeholders(&mut self, tx: &mut Tx) -> Result<()> {
        let agencies = people::store::agencies(tx, None).await?;
        let bare = agencies.into_iter().filter(|agency| agency.profile.is_empty()).map(|agency| agency.id).collect();
        self.report.placeholders.insert("agency", bare);
        self.report.placeholders.retain(|_, ids: &mut Vec<String>| !ids.is_empty());
        for (agency, id) in store::unknown(tx, "device_id", "device").await? {
            let device = equipment::store::NewDevice {
                id: id.clone(),
                agency: agency.clone(),
                kind: "other".into(),
                serial_no: id.clone(),
                status: "issued".into(),
                ..equipment::store::NewDevice::default()
            };
            equipment::store::put(tx, &device).await?;
            self.made_up("device", &id);
        }
        for (agency, id) in store::unknown(tx, "officer_id", "person").await? {
            let person = people::store::Person {
                id: &id,
                agency: &agency,
                unit: None,
                name: &id,
                certificate_no: None,
                active: true,
            };
            people::store::put_person(tx, &person).await?;
            self.made_up("person", &id);
        }
        Ok(())
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

    /// Puts on record what is not as the events told it: passwords and tokens that nothing but the database ever held,
    /// rows of lost events, rows made by their id alone.
    pub(super) async fn tell(&mut self, tx: &mut Tx, now: i64) -> Result<()> {
        let different = rows::compare(tx, &mut self.told, u64::MAX).await?;
        tx.told_already();
        for difference in &different {
            difference.table.touch(tx, &difference.key);
        }
        let report = &self.report;
        let detail = json!({
            "events": report.events, "recordings": report.recordings, "derivatives": report.derivatives,
            "lost": report.lost.len(),
        });
        audit::record(tx, &Actor::system(), now, Act::CatalogueRebuilt, None, None, detail).await
    }
}
