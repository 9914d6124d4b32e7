//! 文书: the printed forms of 配备, each with a number of its own, sealed as it was printed. What is signed by hand later is
//! still the paper the register printed.

pub mod fill;
mod handover;
pub mod http;
mod orders;
mod statistics;
pub mod store;

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use tiezheng_paper::Form;
use tiezheng_vault::{Digests, Place};
use utoipa::ToSchema;

use crate::app::{App, new_id, sha256};
use crate::audit::{self, Act};
use crate::error::{Problem, Result};
use crate::field;
use crate::locale;
use crate::people::{Actor, Permission};
use crate::recordings::form::china_time;

/// One at a time takes the next number.
const NUMBERING: i64 = 0x7061_7065;
/// So often somebody else may be quicker with a number.
const TRIES: usize = 8;
/// So many of the last papers of a form are looked at for the same one.
const AGAIN_WITHIN: i64 = 200;
/// Longest text of a field that comes with the request, characters.
const FIELD_MOST: usize = 4_000;

/// A form that was printed.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Document {
    pub id: String,
    /// device_issue, device_check, device_transfer, handover, device_repair, device_retirement, device_loss, provision,
    /// device_labels
    pub form: String,
    /// As printed: agency, year and place in that year's counting.
    pub number: String,
    pub unit_id: Option<String>,
    /// Ids of the devices, of the person, or of the units it is about.
    pub subjects: Vec<String>,
    /// SHA-256 of what it was filled with, as printed at its foot.
    pub content: String,
    pub bytes: i64,
    /// Of the PDF.
    pub sha256: String,
    pub at_ms: i64,
    pub account: Option<String>,
    /// Who that is.
    pub by: Option<String>,
}

/// 打印: which form, about what, and what the register does not know.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewDocument {
    pub form: String,
    /// Devices; of a handover the person; of the statistics units, or nothing for the whole agency.
    #[serde(default)]
    pub subjects: Vec<String>,
    /// Single fields of the form by key. What is neither here nor in the register stays empty for the pen.
    #[serde(default)]
    pub fields: BTreeMap<String, String>,
    /// Of labels: places already used on the first sheet.
    #[serde(default)]
    pub skip: usize,
}

/// A document on its way into the register.
pub struct Sealed<'a> {
    pub document: &'a Document,
    pub agency: &'a str,
    pub year: i64,
    pub sequence: i64,
    pub digests: &'a Digests,
    pub place: &'a Place,
}

/// Prints, numbers and seals a form; `false`: it was there already, since nothing on it has changed this day.
///
/// A crash between sealing and the commit leaves an object without a row; `verify` names it as remains and nobody misses
/// it: the caller was not answered and the number is still free.
pub async fn print(
    app: &App,
    actor: &Actor,
    now: i64,
    language: &'static str,
    new: NewDocument,
) -> Result<(Document, bool)> {
    actor.may(Permission::DocumentPrint)?;
    let form = asked(&new)?;
    let agency = actor.own_agency()?.to_owned();
    let day = china_time(now);
    let year: i64 = day[..4].parse().map_err(|_| Problem::internal("a year of four digits"))?;
    let filled = fill::filled(&mut app.db.read().await?, app, actor, form, &new, language, now).await?;
    for _ in 0..TRIES {
        let mut tx = app.db.read().await?;
        let sequence = store::last(&mut tx, &agency, year).await? + 1;
        let wanted = store::Wanted { agency: Some(&agency), form: Some(form.name()), ..store::Wanted::default() };
        for known in store::list(&mut tx, &wanted, None, AGAIN_WITHIN).await? {
            let same_day = china_time(known.at_ms)[..10] == day[..10] && known.subjects == new.subjects;
            if same_day && data(form, &filled, &new, &known.number, language, known.at_ms)?.1 == known.content {
                return Ok((known, false));
            }
        }
        drop(tx);
        let number = format!("{}-{year}-{sequence:04}", filled.short_name);
        let (data, content) = data(form, &filled, &new, &number, language, now)?;
        let mut pack = app.vault.packer();
        let digested = pack.digest(rendered(form, data).await?).await?;
        let digests = digested.digests;
        let id = new_id(now);
        let described = tiezheng_vault::canonical::to_bytes(&json!({"document": id, "agency": agency}))?;
        pack.add_digested(digested, |_| described)?;
        let place = pack.flush().await?.pop().ok_or_else(|| Problem::internal("an empty pack"))?.place;
        let document = Document {
            id,
            form: form.name().to_owned(),
            number,
            unit_id: filled.unit_id.clone(),
            subjects: new.subjects.clone(),
            content,
            bytes: i64::try_from(digests.size).unwrap_or(i64::MAX),
            sha256: hex::encode(digests.sha256),
            at_ms: now,
            account: actor.account.clone(),
            by: actor.account.as_ref().map(|_| actor.name.clone()),
        };
        let mut tx = app.db.begin().await?;
        tx.lock(NUMBERING).await?;
        if store::last(&mut tx, &agency, year).await? >= sequence {
            drop(tx);
            app.vault.remove_unclaimed(&place).await?; // somebody else was quicker
            continue;
        }
        let sealed = Sealed { document: &document, agency: &agency, year, sequence, digests: &digests, place: &place };
        store::put(&mut tx, &sealed).await?;
        let detail = json!({
            "form": document.form, "number": document.number, "subjects": document.subjects, "content": document.content,
            "bytes": document.bytes, "sha256": document.sha256,
        });
        audit::record(&mut tx, actor, now, Act::DocumentPrinted, Some(&agency), Some(&document.id), detail).await?;
        tx.commit().await?;
        app.events.notify_one();
        return Ok((document, true));
    }
    Err(Problem::refused(409, "document.busy"))
}

/// The form, and whether what was asked fits on it at all.
fn asked(new: &NewDocument) -> Result<Form> {
    let printable = |form: &Form| *form != Form::Receipt;
    let form = Form::parse(&new.form).filter(printable).ok_or_else(|| {
        let allowed: Vec<&str> = Form::ALL.iter().filter(|form| printable(form)).map(|form| form.name()).collect();
        Problem::invalid("form", "field.not_allowed")
            .with("value", field::short(&new.form))
            .with("allowed", allowed.join(", "))
    })?;
    let known = form.fields();
    for (key, text) in &new.fields {
        field::word("fields", key, &known)?;
        if text.chars().count() > FIELD_MOST {
            return Err(Problem::invalid(key, "field.too_long").with("most", FIELD_MOST));
        }
    }
    if new.skip >= tiezheng_paper::ON_A_SHEET {
        let most = tiezheng_paper::ON_A_SHEET - 1;
        return Err(Problem::invalid("skip", "document.skip").with("most", most));
    }
    let most = match form {
        Form::Handover | Form::DeviceRepair | Form::DeviceLoss => 1,
        Form::DeviceLabels => tiezheng_paper::STICKERS_MAX,
        _ => fill::SUBJECTS_MOST,
    };
    if new.subjects.len() > most || (new.subjects.is_empty() && form != Form::Provision) {
        return Err(Problem::invalid("subjects", "document.subjects").with("most", most));
    }
    let mut once = new.subjects.clone();
    once.sort_unstable();
    once.dedup();
    if once.len() < new.subjects.len() {
        return Err(Problem::invalid("subjects", "document.twice"));
    }
    Ok(form)
}

/// What `tiezheng_paper` prints, and the digest of all of it but the labels.
fn data(
    form: Form,
    filled: &fill::Filled,
    new: &NewDocument,
    number: &str,
    language: &str,
    now: i64,
) -> Result<(Value, String)> {
    let mut data = json!({"lang": language, "issued_ms": now, "number": number, "agency": filled.agency});
    if form == Form::DeviceLabels {
        data["skip"] = new.skip.into();
        data["devices"] = serde_json::to_value(&filled.labels)?;
    } else {
        let mut fields = filled.fields.clone();
        fields.extend(new.fields.iter().map(|(key, text)| (key.clone(), text.clone())));
        data["unit"] = filled.unit.clone().into();
        data["fields"] = serde_json::to_value(&fields)?;
        data["tables"] = serde_json::to_value(&filled.tables)?;
    }
    let content =
        hex::encode(sha256(&tiezheng_vault::canonical::to_bytes(&json!({"form": form.name(), "data": data}))?));
    if form != Form::DeviceLabels {
        data["digest"] = content.clone().into();
    }
    data["labels"] = Value::Object(labels(form, language));
    Ok((data, content))
}

/// Words of a form: its own, or those that all forms share.
fn labels(form: Form, language: &str) -> Map<String, Value> {
    let own = |key: &str| {
        let named = format!("paper.{}.{key}", form.name());
        let known = locale::texts(language).is_some_and(|texts| texts.contains_key(&named));
        let key = if known { named } else { format!("paper.form.{key}") };
        locale::text(language, &key, &Map::new())
    };
    form.labels().into_iter().map(|key| (key.to_owned(), own(key).into())).collect()
}

async fn rendered(form: Form, data: Value) -> Result<Bytes> {
    let pdf = tokio::task::spawn_blocking(move || tiezheng_paper::render(form, &data, None)).await;
    let pdf = pdf.map_err(|error| Problem::internal(error.to_string()))?;
    Ok(pdf.map_err(|error| Problem::refused(503, error.code()).because(&error))?.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_has_its_words_in_both_languages() {
        for language in locale::LANGUAGES {
            for form in Form::ALL.into_iter().filter(|form| *form != Form::Receipt) {
                for (key, label) in labels(form, language) {
                    assert!(!label.as_str().unwrap_or("").starts_with("paper."), "{language} {} {key}", form.name());
                }
            }
        }
    }

    #[test]
    fn what_does_not_fit_on_a_form_is_refused() {
        let new = |form: &str, subjects: usize| NewDocument {
            form: form.into(),
            subjects: (0..subjects).map(|n| n.to_string()).collect(),
            fields: BTreeMap::new(),
            skip: 0,
        };
        let code = |new: &NewDocument| asked(new).map_or_else(|problem| problem.code, |form| form.name().to_owned());
        for (new, expected) in [
            (new("device_repair", 1), "device_repair"),
            (new("provision", 0), "provision"),
            (new("receipt", 1), "field.not_allowed"),
            (new("drone", 1), "field.not_allowed"),
            (new("device_repair", 0), "document.subjects"),
            (new("device_repair", 2), "document.subjects"),
            (new("device_issue", fill::SUBJECTS_MOST + 1), "document.subjects"),
            (NewDocument { subjects: vec!["a".into(), "a".into()], ..new("device_issue", 0) }, "document.twice"),
            (
                NewDocument { fields: [("colour".into(), "x".into())].into(), ..new("device_repair", 1) },
                "field.not_allowed",
            ),
            (
                NewDocument { fields: [("fault".into(), "x".repeat(4_001))].into(), ..new("device_repair", 1) },
                "field.too_long",
            ),
            (NewDocument { skip: 24, ..new("device_labels", 1) }, "document.skip"),
        ] {
            assert_eq!(code(&new), expected);
        }
    }
}
