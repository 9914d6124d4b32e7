//! One door for all questions: a fact sheet in, an answer with its articles out. The command line and
//! the worked examples come in here; the other rooms call the typed functions.

use jiff::civil::Date;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::accountability::accountability;
use crate::approver::approver;
use crate::calendar::Calendar;
use crate::disposal::disposal;
use crate::exemption::exemption;
use crate::extraction::extraction;
use crate::fault::{Fault, from_message};
use crate::interruption::interruption;
use crate::law::{Adoption, Confirmation, Law};
use crate::notification::{NotificationFacts, notification};
use crate::obligation::obligation;
use crate::pre_check::pre_check;
use crate::provisioning::provisioning;
use crate::retention::retention;
use crate::sampling::sampling;
use crate::secrecy::secrecy;
use crate::service_life::service_life;
use crate::time::When;
use crate::upload::{UploadFacts, upload_status};
use crate::validity::{may_activate, may_cite, validity};
use crate::verdict::Verdict;
use crate::vocab::Question;

/// An answer, whatever the question: `verdict` is the question's own structure as JSON.
pub type Answer = Verdict<Value>;

/// Answers a question from a fact sheet. `adoption` in the facts stands for what the agency has
/// decided about the regulation (publication date, confirmations, approvers, settings).
///
/// # Errors
/// Keys, words, times or numbers the question does not know, and settings without a decision.
pub fn explain(question: Question, laws: &[&Law], facts: Value, calendar: &Calendar) -> Result<Answer, Vec<Fault>> {
    let (adopted, facts) = adopted(laws, facts)?;
    let laws: Vec<&Law> = match &adopted {
        Some(adopted) => adopted.iter().collect(),
        None => laws.to_vec(),
    };
    let laws = laws.as_slice();
    match question {
        Question::Provisioning => json(provisioning(laws, &read(facts)?)),
        Question::ServiceLife => json(service_life(laws, &read(facts)?)),
        Question::PreCheck => json(pre_check(laws, &read(facts)?)),
        Question::Obligation => json(obligation(laws, &read(facts)?)),
        Question::Exemption => json(exemption(laws, &read(facts)?)),
        Question::Notification => json(notification(laws, read::<NotificationFacts>(facts)?.on)),
        Question::Interruption => json(interruption(laws, &read(facts)?)),
        Question::UploadDeadline => deadline(laws, facts, calendar),
        Question::Approver => json(approver(laws, &read(facts)?)),
        Question::Retention => json(retention(laws, &read(facts)?, calendar)),
        Question::Disposal => json(disposal(laws, &read(facts)?)),
        Question::Extraction => json(extraction(laws, &read(facts)?)),
        Question::Secrecy => json(secrecy(laws, &read(facts)?)),
        Question::Sampling => json(sampling(laws, &read(facts)?)),
        Question::Accountability => json(accountability(laws, &read(facts)?)),
        Question::Validity => valid(laws, &read(facts)?),
    }
}

fn read<T: DeserializeOwned>(facts: Value) -> Result<T, Vec<Fault>> {
    if facts.is_array() {
        let fault = Fault::new("", "wrong_type").with("found", "array");
        return Err(vec![fault.with("allowed", "key = value")]);
    }
    serde_json::from_value(facts).map_err(|error| vec![from_message("", &error.to_string())])
}

fn json<T: Serialize>(verdict: Verdict<T>) -> Result<Answer, Vec<Fault>> {
    Ok(verdict.map(|value| serde_json::to_value(value).unwrap_or(Value::Null)))
}

/// The laws with the agency's decisions from the fact sheet, if it brings any.
fn adopted(laws: &[&Law], mut facts: Value) -> Result<(Option<Vec<Law>>, Value), Vec<Fault>> {
    let Some(adoption) = facts.as_object_mut().and_then(|facts| facts.remove("adoption")) else {
        return Ok((None, facts));
    };
    let adoption: Adoption = read(adoption)?;
    let laws = laws.iter().map(|law| (*law).clone().adopted(adoption.clone()));
    Ok((Some(laws.collect::<Result<_, _>>()?), facts))
}

impl Law {
    /// This regulation as the agency has adopted it.
    ///
    /// # Errors
    /// A setting without decision number or of an unknown key; a continuation that reaches back
    /// without the tick and an approver.
    pub fn adopted(mut self, adoption: Adoption) -> Result<Law, Vec<Fault>> {
        let mut faults = Vec::new();
        for continuation in &adoption.continuations {
            let back = continuation.from < continuation.recorded_on;
            if back && !(continuation.retroactive && continuation.approver.is_some()) {
                let fault = Fault::new("", "continuation_retroactive");
                faults.push(fault.with("from", continuation.from).with("recorded", continuation.recorded_on));
            }
        }
        match self.defaults.with(&adoption.settings) {
            Ok(defaults) if faults.is_empty() => {
                self.defaults = defaults;
                let annexes = adoption.annexes.clone();
                self.adoption = adoption;
                annexes.iter().for_each(|annex| self.supply(annex));
                Ok(self)
            }
            Ok(_) => Err(faults),
            Err(mut more) => {
                faults.append(&mut more);
                Err(faults)
            }
        }
    }
}

/// The hand-in question also takes when the recording arrived, and what time it is now.
fn deadline(laws: &[&Law], mut facts: Value, calendar: &Calendar) -> Result<Answer, Vec<Fault>> {
    let mut taken = |key: &str| -> Result<Option<When>, Vec<Fault>> {
        let value = facts.as_object_mut().and_then(|facts| facts.remove(key));
        value.filter(|value| !value.is_null()).map(read).transpose()
    };
    let (received, now) = (taken("received_at")?, taken("now")?);
    let facts: UploadFacts = read(facts)?;
    let received_ms = received.map(|at| at.0);
    // Without "now" a recording not handed in is simply open.
    let now_ms = now.map_or(i64::MIN, |at| at.0);
    let status = upload_status(laws, &facts, calendar, received_ms, now_ms);
    json(status.map(|status| {
        let mut answer = serde_json::to_value(&status.deadline).unwrap_or(Value::Null);
        if answer.is_null() {
            answer = Value::Object(serde_json::Map::new());
        }
        if let Some(answer) = answer.as_object_mut() {
            answer.insert("state".to_owned(), status.state.code().into());
            answer.insert("late_by_ms".to_owned(), status.late_by_ms.into());
            answer.insert("breach".to_owned(), status.breach.map(|breach| breach.code()).into());
        }
        answer
    }))
}

/// Facts about the force of a regulation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ValidityFacts {
    #[serde(deserialize_with = "crate::time::day")]
    pub on: Date,
    /// Day of publication, for texts in force "from publication".
    #[serde(default)]
    pub published_on: Option<Date>,
    /// Day on which somebody confirmed its force.
    #[serde(default)]
    pub confirmed_on: Option<Date>,
    /// Somebody wants to activate it.
    #[serde(default)]
    pub activate: bool,
    /// Somebody wants to cite it as the basis of a new act.
    #[serde(default)]
    pub cite: bool,
}

fn valid(laws: &[&Law], facts: &ValidityFacts) -> Result<Answer, Vec<Fault>> {
    let mut answers = Vec::new();
    for law in laws {
        let mut law = (*law).clone();
        law.adoption.published_on = facts.published_on.or(law.adoption.published_on);
        if let Some(on) = facts.confirmed_on {
            law.adoption.confirmations.push(Confirmation { on, by: String::new() });
        }
        let refused = match (facts.activate, facts.cite) {
            (true, _) => may_activate(&law).err(),
            (_, true) => may_cite(&law, facts.on).err(),
            _ => None,
        };
        answers.push(json(validity(&law, facts.on))?.map(|mut value| {
            if let Some(value) = value.as_object_mut() {
                value.insert("refused".to_owned(), refused.into());
            }
            value
        }));
    }
    let mut answers = answers.into_iter();
    let Some(mut first) = answers.next() else {
        return Err(vec![Fault::new("", "no_regulation")]);
    };
    for other in answers {
        // A stack: the others are listed beside the first, and cited.
        first.articles.extend(other.articles);
        first.default |= other.default;
        if let Some(first) = first.verdict.as_object_mut() {
            let stack = first.entry("stack").or_insert_with(|| Value::Array(Vec::new()));
            if let Some(stack) = stack.as_array_mut() {
                stack.push(other.verdict);
            }
        }
    }
    Ok(first)
}

/// A fact sheet written in TOML; its dates and times become text.
///
/// # Errors
/// What TOML cannot read, with line and column.
pub fn facts_from_toml(file: &str, text: &str) -> Result<Value, Vec<Fault>> {
    let table: toml::Table =
        toml::from_str(text).map_err(|error| vec![from_message(file, error.message()).at(text, error.span())])?;
    Ok(Value::Object(table.into_iter().map(|(key, value)| (key, plain(value))).collect()))
}

fn plain(value: toml::Value) -> Value {
    match value {
        toml::Value::String(text) => text.into(),
        toml::Value::Integer(number) => number.into(),
        toml::Value::Float(number) => number.into(),
        toml::Value::Boolean(is) => is.into(),
        toml::Value::Datetime(at) => at.to_string().into(),
        toml::Value::Array(items) => items.into_iter().map(plain).collect(),
        toml::Value::Table(table) => Value::Object(table.into_iter().map(|(key, value)| (key, plain(value))).collect()),
    }
}

/// A fact sheet written in JSON.
///
/// # Errors
/// What JSON cannot read, with line and column.
pub fn facts_from_json(file: &str, text: &str) -> Result<Value, Vec<Fault>> {
    serde_json::from_str(text).map_err(|error| {
        let mut fault = Fault::new(file, "syntax").with("found", &error);
        (fault.line, fault.column) = (error.line(), error.column());
        vec![fault]
    })
}
