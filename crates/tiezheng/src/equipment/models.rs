//! 型号与技术要求: what was declared of a model against each technical item of the regulation, and what is still unproven.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};
use tiezheng_rules::time::legal_day;
use utoipa::ToSchema;

use super::KINDS;
use super::law::{Adopted, Laws};
use super::register::{REGISTERING, past_day};
use super::store::models;
use crate::app::{App, new_id};
use crate::audit::{self, Act};
use crate::db::Tx;
use crate::error::{Problem, Result};
use crate::field::{self, CODE_MOST, NAME_MOST, REASON_MOST, TITLE_MOST};
use crate::people::{Actor, Permission};

pub const DECLARED: [&str; 3] = ["yes", "no", "partly"];

#[derive(Clone, Serialize, ToSchema)]
pub struct Model {
    pub id: String,
    pub kind: String,
    pub maker: String,
    pub name: String,
    /// Devices of this model that are not at their end.
    pub devices: i64,
    /// The technical items of the regulation today, with what was declared last.
    pub items: Vec<Item>,
    /// Every item is declared, and none of them no or partly.
    pub proven: bool,
}

#[derive(Clone, Serialize, ToSchema)]
pub struct Item {
    /// Key of the regulation's statement: tech.image …
    pub item: String,
    #[schema(value_type = Vec<Object>)]
    pub articles: Vec<Json>,
    /// Null: nobody has declared it.
    pub declaration: Option<Declaration>,
}

#[derive(Clone, Serialize, ToSchema)]
pub struct Declaration {
    pub item: String,
    /// yes, no, partly
    pub declared: String,
    pub evidence: Option<String>,
    /// `{document, version, thresholds}` of the agency's specification sheet.
    #[schema(value_type = Option<Object>)]
    pub sheet: Option<Json>,
    /// The sheet has no number: 仅定性.
    pub qualitative_only: bool,
    pub declared_on: String,
    pub by: Option<String>,
    pub at_ms: i64,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewModel {
    pub kind: String,
    pub maker: String,
    pub name: String,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewDeclaration {
    pub item: String,
    /// yes, no, partly
    pub declared: String,
    /// Report, certificate, document.
    pub evidence: Option<String>,
    pub sheet: Option<Sheet>,
    /// Day of the declaration; left out: today.
    pub on: Option<String>,
}

/// 技术规格表 of the agency; no text of a regulation gives a number.
#[derive(Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Sheet {
    pub document: String,
    pub version: String,
    /// `{"battery_hours": "8"}`: name and threshold as the sheet has them.
    #[serde(default)]
    pub thresholds: BTreeMap<String, String>,
}

/// All models of an agency, each against the items of today's regulation.
pub async fn list(tx: &mut Tx, laws: &Laws<'_>, agency: &str) -> Result<Vec<Model>> {
    let mut found = models::list(tx, agency).await?;
    let mut declared = models::declarations(tx, agency).await?;
    for model in &mut found {
        let own = declared.remove(&model.id).unwrap_or_default();
        judge(laws, model, own);
    }
    Ok(found)
}

fn judge(laws: &Laws<'_>, model: &mut Model, declared: Vec<Declaration>) {
    let items = laws.technical_items(&model.kind).into_iter();
    model.items = items
        .map(|(item, articles)| {
            // Oldest first: the last one of an item counts.
            let declaration = declared.iter().rev().find(|one| one.item == item).cloned();
            Item { item, articles, declaration }
        })
        .collect();
    let good = |item: &Item| item.declaration.as_ref().is_some_and(|declaration| declaration.declared == "yes");
    model.proven = model.items.iter().all(good);
}

/// 技术要求 that nobody has declared fulfilled of this device's model: keys and articles.
pub async fn unproven(tx: &mut Tx, laws: &Laws<'_>, device: &super::Device) -> Result<Vec<(String, Vec<Json>)>> {
    let mut items = laws.technical_items(&device.kind);
    if items.is_empty() {
        return Ok(items);
    }
    let declared = models::of(tx, &device.agency_id, &device.kind, &device.maker, &device.model).await?;
    items.retain(|(item, _)| {
        let last = declared.iter().rev().find(|one| one.item == *item);
        last.is_none_or(|last| last.declared != "yes")
    });
    Ok(items)
}

pub async fn add(app: &App, actor: &Actor, now: i64, body: &NewModel) -> Result<Model> {
    actor.may(Permission::DeviceManage)?;
    let agency = actor.own_agency()?.to_owned();
    field::word("kind", &body.kind, &KINDS)?;
    let maker = field::optional("maker", Some(&body.maker), NAME_MOST)?.unwrap_or_default();
    let name = field::text("name", &body.name, NAME_MOST)?;
    let mut tx = app.db.begin().await?;
    tx.lock(REGISTERING).await?;
    if models::known(&mut tx, &agency, &body.kind, &maker, &name).await? {
        return Err(Problem::refused(409, "device_model.duplicate").with("name", name));
    }
    let id = new_id(now);
    models::put(&mut tx, &id, &agency, &body.kind, &maker, &name, now).await?;
    let detail = json!({"kind": body.kind, "maker": maker, "name": name});
    audit::record(&mut tx, actor, now, Act::DeviceModelMade, Some(&agency), Some(&id), detail).await?;
    finish(app, tx, now, &agency, &id).await
}

/// 声明: stands beside earlier ones of the item; the last counts.
pub async fn declare(app: &App, actor: &Actor, now: i64, id: &str, body: &NewDeclaration) -> Result<Model> {
    actor.may(Permission::DeviceManage)?;
    let agency = actor.own_agency()?.to_owned();
    field::word("declared", &body.declared, &DECLARED)?;
    let evidence = field::optional("evidence", body.evidence.as_deref(), REASON_MOST)?;
    if let Some(sheet) = &body.sheet {
        field::text("document", &sheet.document, TITLE_MOST)?;
        field::text("version", &sheet.version, CODE_MOST)?;
        if sheet.thresholds.len() > 50 {
            return Err(Problem::invalid("thresholds", "field.too_many").with("most", 50));
        }
        for (name, threshold) in &sheet.thresholds {
            field::text("thresholds", name, CODE_MOST)?;
            field::text("thresholds", threshold, CODE_MOST)?;
        }
    }
    let today = legal_day(now).to_string();
    let on = past_day("on", body.on.as_deref(), &today)?.unwrap_or(today);
    let mut tx = app.db.begin().await?;
    let model = models::list(&mut tx, &agency).await?.into_iter().find(|model| model.id == id);
    let model = model.ok_or_else(Problem::not_found)?;
    let laws = Adopted::by(&mut tx, &agency).await?.on(app, legal_day(now));
    let items = laws.technical_items(&model.kind);
    let items: Vec<&str> = items.iter().map(|(item, _)| item.as_str()).collect();
    field::word("item", &body.item, &items)?;
    let declaration = models::NewDeclaration {
        id: &new_id(now),
        model: id,
        item: &body.item,
        declared: &body.declared,
        evidence,
        sheet: body.sheet.as_ref().map(serde_json::to_string).transpose()?,
        declared_on: &on,
        account: actor.account.clone(),
        at_ms: now,
    };
    models::declare(&mut tx, &declaration).await?;
    let detail = json!({"item": body.item, "declared": body.declared, "on": on});
    audit::record(&mut tx, actor, now, Act::DeviceModelDeclared, Some(&agency), Some(id), detail).await?;
    finish(app, tx, now, &agency, id).await
}

async fn finish(app: &App, mut tx: Tx, now: i64, agency: &str, id: &str) -> Result<Model> {
    let laws = Adopted::by(&mut tx, agency).await?.on(app, legal_day(now));
    let found = list(&mut tx, &laws, agency).await?.into_iter().find(|model| model.id == id);
    tx.commit().await?;
    app.events.notify_one();
    found.ok_or_else(Problem::not_found)
}

/// Whether a sheet says anything in numbers.
pub fn qualitative_only(sheet: Option<&Json>) -> bool {
    let Some(sheet) = sheet else { return false };
    let thresholds = sheet["thresholds"].as_object().into_iter().flatten();
    !thresholds
        .into_iter()
        .any(|(_, threshold)| threshold.as_str().is_some_and(|text| text.contains(|c: char| c.is_ascii_digit())))
}
