//! 单位声明: what a unit says of itself that the rules ask: class, squads, stated need, head-count, whether conditions allow.
//! Appended, never changed; on a day the latest counts.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tiezheng_rules::time::legal_day;
use tiezheng_rules::vocab::UnitClass;
use tiezheng_rules::{Law, provisioning};
use utoipa::ToSchema;

use super::store::{self, Statement};
use super::{day, facts, own_unit};
use crate::app::new_id;
use crate::audit::{self, Act};
use crate::db::Tx;
use crate::db::owner::must_belong;
use crate::equipment::law::Adopted;
use crate::error::{Problem, Result};
use crate::field;
use crate::laws::Laws;
use crate::people::{Actor, Permission};

/// What can be stated.
pub const KEYS: [&str; 6] = ["classes", "squads", "stated_need", "conditions_allow", "special_need", "head_count"];
/// Most squads of a unit, most persons on one roster.
const LIST_MOST: usize = 2_000;

/// 现场执法分队: its members by name, or how many they are.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Squad {
    pub name: String,
    #[serde(default)]
    pub members: Vec<String>,
    #[serde(default)]
    pub count: Option<u32>,
}

impl Squad {
    pub fn size(&self) -> u32 {
        self.count.unwrap_or_else(|| u32::try_from(self.members.len()).unwrap_or(u32::MAX))
    }
}

/// A roster in place of the persons with a certificate.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct HeadCount {
    pub officers: Option<Roster>,
    pub supervision_officers: Option<Roster>,
    /// Persons in both, where only numbers are given.
    pub both_roles: Option<u32>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Roster {
    Number(u32),
    People(Vec<String>),
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Line {
    /// classes, squads, stated_need, conditions_allow, special_need, head_count
    pub key: String,
    /// Words of the classes; squads as `{name, members or count}`; a number; true or false; words; a roster.
    #[schema(value_type = Object)]
    pub value: Value,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewStatements {
    pub statements: Vec<Line>,
    /// First day it counts for; today when missing.
    pub from_day: Option<String>,
    pub reason: String,
    pub document: Option<String>,
    /// Who decided it, where that is somebody else than who enters it.
    pub approver: Option<String>,
}

/// 声明. Several at once where one asks for another: class C comes with its stated need.
///
/// # Errors
/// `provision.value` for a value of the wrong shape, `provision.need_required` with its article, `field.*`.
pub async fn state(
    tx: &mut Tx,
    laws: &Laws,
    actor: &Actor,
    now: i64,
    unit: &str,
    new: NewStatements,
) -> Result<Vec<Statement>> {
    actor.may(Permission::ProvisionPropose)?;
    let agency = own_unit(tx, actor, unit).await?.to_owned();
    let today = legal_day(now);
    let from_day = new.from_day.as_deref().map_or(Ok(today), |text| day("from_day", text))?;
    let reason = field::text("reason", &new.reason, field::REASON_MOST)?;
    let document = field::optional("document", new.document.as_deref(), field::TITLE_MOST)?;
    let approver = field::optional("approver", new.approver.as_deref(), field::NAME_MOST)?;
    if new.statements.is_empty() || new.statements.len() > KEYS.len() {
        return Err(Problem::invalid("statements", "field.required"));
    }
    let mut made = Vec::new();
    for line in new.statements {
        field::word("key", &line.key, &KEYS)?;
        let value = checked(tx, &agency, &line.key, line.value).await?;
        let statement = Statement {
            id: new_id(now),
            unit: unit.to_owned(),
            key: line.key,
            value,
            from_day: from_day.to_string(),
            reason: reason.clone(),
            document: document.clone(),
            approver: approver.clone(),
            account: actor.account.clone(),
            at_ms: now,
        };
        store::insert_statement(tx, &agency, &statement).await?;
        made.push(statement);
    }
    let keys: Vec<&str> = made.iter().map(|one| &*one.key).collect();
    let detail = json!({
        "keys": keys, "from_day": from_day.to_string(), "reason": reason, "document": document, "approver": approver,
    });
    audit::record(tx, actor, now, Act::UnitStated, Some(&agency), Some(unit), detail).await?;
    // The rules say whether a class can stand alone: class C cannot (中卫 第五条（三）).
    let adopted = Adopted::by(tx, &agency).await?.stack(laws, Some(unit), from_day);
    let adopted: Vec<&Law> = adopted.iter().map(AsRef::as_ref).collect();
    let stated = store::statements(tx, &agency, Some(unit), &from_day.to_string()).await?;
    let verdict = provisioning(&adopted, &facts::stated(&stated, from_day));
    if verdict.verdict.refused.as_deref() == Some("provision.need_required") {
        let mut problem = Problem::invalid("statements", "provision.need_required");
        problem.articles = verdict.articles.iter().map(|cited| json!(cited)).collect();
        return Err(problem);
    }
    Ok(made)
}

/// The value in the shape of its key; persons must be the agency's own.
async fn checked(tx: &mut Tx, agency: &str, key: &str, value: Value) -> Result<Value> {
    let wrong = || Problem::invalid(key, "provision.value").with("key", key);
    let mut people: Vec<String> = Vec::new();
    let value = match key {
        "classes" => {
            let classes: std::collections::BTreeSet<UnitClass> = serde_json::from_value(value).map_err(|_| wrong())?;
            json!(classes)
        }
        "squads" => {
            let squads: Vec<Squad> = serde_json::from_value(value).map_err(|_| wrong())?;
            if squads.len() > LIST_MOST || squads.iter().any(|squad| squad.size() > 100_000) {
                return Err(wrong());
            }
            for squad in &squads {
                field::text("name", &squad.name, field::NAME_MOST)?;
                people.extend(squad.members.iter().cloned());
            }
            json!(squads)
        }
        "stated_need" => json!(value.as_u64().filter(|need| *need <= 100_000).ok_or_else(wrong)?),
        "conditions_allow" => json!(value.as_bool().ok_or_else(wrong)?),
        "special_need" => {
            let words: Vec<String> = serde_json::from_value(value).map_err(|_| wrong())?;
            for word in words.iter().take(50) {
                field::text(key, word, field::NAME_MOST)?;
            }
            if words.len() > 50 { return Err(wrong()) } else { json!(words) }
        }
        _ => {
            let counts: HeadCount = serde_json::from_value(value).map_err(|_| wrong())?;
            for roster in [&counts.officers, &counts.supervision_officers].into_iter().flatten() {
                match roster {
                    Roster::People(ids) => people.extend(ids.iter().cloned()),
                    Roster::Number(number) if *number > 1_000_000 => return Err(wrong()),
                    Roster::Number(_) => {}
                }
            }
            json!(counts)
        }
    };
    if people.len() > LIST_MOST {
        return Err(wrong());
    }
    let ids: Vec<&str> = people.iter().map(String::as_str).collect();
    must_belong(tx, agency, "person", key, &ids).await?;
    Ok(value)
}
