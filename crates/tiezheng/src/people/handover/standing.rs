//! 清单: what somebody holds in a post, and what has changed in it.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::store;
use crate::db::Tx;
use crate::equipment::OnDevice;
use crate::equipment::store::{devices, steps};
use crate::error::Result;
use crate::people::responsibility::store as duties;
use crate::people::store::{Named, accounts};

/// Devices of one person in a list: more than anybody can carry.
const DEVICES_MOST: i64 = 500;
/// Recordings named one by one; beyond that they are counted.
pub const RECORDINGS_NAMED: i64 = 200;

#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
pub struct HandoverList {
    pub devices: Vec<HandedDevice>,
    /// Not linked to an activity, oldest first, the first 200.
    pub recordings: Vec<HandedRecording>,
    pub recordings_total: i64,
    pub tasks: Vec<HandedTask>,
    pub duties: Vec<HandedDuty>,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct HandedDevice {
    pub id: String,
    /// Serial number.
    pub name: String,
    pub asset_no: Option<String>,
    pub kind: String,
    pub model: String,
    pub status: String,
    pub since_ms: Option<i64>,
    /// Recordings known to be on it only.
    pub on_device: Option<OnDevice>,
    /// successor; or return: to be given back before the head signs
    pub then: String,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct HandedRecording {
    pub id: String,
    /// Title, or name of the file.
    pub name: String,
    pub began_ms: i64,
    pub received_ms: i64,
}

/// Begun and not finished.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct HandedTask {
    pub id: String,
    /// transfer, retirement, loss, replacement: an order opened; plan: a provision plan proposed; upload: under way
    pub kind: String,
    /// Serial number of an order's device, name of a plan's unit.
    pub name: String,
    pub since_ms: i64,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct HandedDuty {
    pub id: String,
    pub unit: Named,
    pub duty: String,
    /// Held as deputy.
    pub deputy: bool,
    pub from_ms: i64,
    pub to_ms: Option<i64>,
    /// successor, or end
    pub then: String,
}

/// What is not as it was when the list was made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Change {
    /// device, recording, task, duty
    pub what: String,
    pub name: String,
    /// gone, new; or counted: of recordings too many to name
    pub change: String,
}

impl HandoverList {
    pub fn is_empty(&self) -> bool {
        self.devices.is_empty() && self.recordings_total == 0 && self.tasks.is_empty() && self.duties.is_empty()
    }

    pub fn items(&self) -> i64 {
        let named = self.devices.len() + self.tasks.len() + self.duties.len();
        i64::try_from(named).unwrap_or(i64::MAX).saturating_add(self.recordings_total)
    }

    /// How another list differs from this one, in the order of the lists.
    pub fn changes(&self, now: &HandoverList) -> Vec<Change> {
        let mut found = Vec::new();
        differ(
            &mut found,
            "device",
            pairs(&self.devices, |one| (&one.id, &one.name)),
            pairs(&now.devices, |one| (&one.id, &one.name)),
        );
        if self.counted() || now.counted() {
            if self.recordings_total != now.recordings_total {
                let name = format!("{} → {}", self.recordings_total, now.recordings_total);
                found.push(Change { what: "recording".into(), name, change: "counted".into() });
            }
        } else {
            differ(
                &mut found,
                "recording",
                pairs(&self.recordings, |one| (&one.id, &one.name)),
                pairs(&now.recordings, |one| (&one.id, &one.name)),
            );
        }
        differ(
            &mut found,
            "task",
            pairs(&self.tasks, |one| (&one.id, &one.name)),
            pairs(&now.tasks, |one| (&one.id, &one.name)),
        );
        differ(
            &mut found,
            "duty",
            pairs(&self.duties, |one| (&one.id, &one.unit.name)),
            pairs(&now.duties, |one| (&one.id, &one.unit.name)),
        );
        found
    }

    fn counted(&self) -> bool {
        self.recordings_total > i64::try_from(self.recordings.len()).unwrap_or(i64::MAX)
    }
}

fn pairs<T>(list: &[T], of: impl Fn(&T) -> (&String, &String)) -> Vec<(&str, &str)> {
    list.iter().map(of).map(|(id, name)| (id.as_str(), name.as_str())).collect()
}

fn differ(found: &mut Vec<Change>, what: &str, was: Vec<(&str, &str)>, is: Vec<(&str, &str)>) {
    let mut note = |from: &[(&str, &str)], in_: &[(&str, &str)], change: &str| {
        let missing = from.iter().filter(|(id, _)| !in_.iter().any(|(other, _)| other == id));
        found.extend(missing.map(|(_, name)| Change {
            what: what.into(),
            name: (*name).to_owned(),
            change: change.into(),
        }));
    };
    note(&was, &is, "gone");
    note(&is, &was, "new");
}

/// What a person holds now. `since_ms`: recordings and tasks that came after that moment only; what came before was
/// handed over already.
pub async fn held(tx: &mut Tx, agency: &str, person: &str, since_ms: i64, now: i64) -> Result<HandoverList> {
    let wanted =
        devices::Wanted { agency: Some(agency), holder: Some(person), most: DEVICES_MOST, ..Default::default() };
    let mut list = HandoverList::default();
    for device in devices::list(tx, &wanted).await? {
        list.devices.push(HandedDevice {
            on_device: steps::on_device(tx, &device).await?,
            name: device.serial_no,
            asset_no: device.asset_no,
            kind: device.kind,
            model: device.model,
            status: device.status,
            since_ms: device.held_since_ms,
            then: "successor".into(),
            id: device.id,
        });
    }
    list.recordings = store::unlinked(tx, person, since_ms, RECORDINGS_NAMED).await?;
    list.recordings_total = store::unlinked_count(tx, person, since_ms).await?;
    for account in accounts::of_person(tx, person).await? {
        list.tasks.extend(store::tasks(tx, agency, &account, since_ms).await?);
    }
    // Also those of somebody whose row says already that he is gone: nobody has taken them over yet.
    let current = |one: &duties::Designation| one.to_ms.is_none_or(|to| to > now);
    list.duties =
        duties::all(tx, agency, Some(person)).await?.into_iter().filter(current).map(|one| duty(one, person)).collect();
    Ok(list)
}

fn duty(one: duties::Designation, person: &str) -> HandedDuty {
    HandedDuty {
        deputy: one.person.as_ref().is_none_or(|holder| holder.id != person),
        id: one.id,
        unit: one.unit,
        duty: one.duty,
        from_ms: one.from_ms,
        to_ms: one.to_ms,
        then: "successor".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(recordings: &[&str], total: i64, tasks: &[&str]) -> HandoverList {
        let recording =
            |id: &&str| HandedRecording { id: (*id).into(), name: (*id).into(), began_ms: 0, received_ms: 0 };
        let task = |id: &&str| HandedTask { id: (*id).into(), kind: "plan".into(), name: (*id).into(), since_ms: 0 };
        HandoverList {
            recordings: recordings.iter().map(recording).collect(),
            recordings_total: total,
            tasks: tasks.iter().map(task).collect(),
            ..HandoverList::default()
        }
    }

    #[test]
    fn what_changed_is_named() {
        for (was, is, expected) in [
            (list(&["a"], 1, &["t"]), list(&["a"], 1, &["t"]), ""),
            (list(&["a", "b"], 2, &[]), list(&["b", "c"], 2, &[]), "recording a gone, recording c new"),
            (list(&[], 0, &["t"]), list(&[], 0, &["u"]), "task t gone, task u new"),
            // More than are named: another one in the window is no new one.
            (list(&["a"], 300, &[]), list(&["b"], 299, &[]), "recording 300 → 299 counted"),
            (list(&["a"], 300, &[]), list(&["b"], 300, &[]), ""),
        ] {
            let told = was.changes(&is);
            let told: Vec<String> =
                told.iter().map(|one| format!("{} {} {}", one.what, one.name, one.change)).collect();
            assert_eq!(told.join(", "), expected);
        }
    }
}
