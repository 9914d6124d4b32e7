//! 告知: whether the party must be told beforehand, and in which words.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::law::Law;
use crate::verdict::{Basis, Verdict, applied};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NotificationFacts {
    #[serde(deserialize_with = "crate::time::day")]
    pub on: Date,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Notification {
    /// The party must be told before recording begins.
    pub duty: bool,
    /// The mandated wording, byte for byte; never adapted, never translated.
    pub phrase: Option<String>,
    /// What the party is told is recording.
    pub device_word: Option<String>,
    /// A norm to follow in place of a phrase; not supplied with the text.
    pub norm: Option<String>,
    /// Further phrases of stacked regulations.
    pub also: Vec<String>,
}

/// 告知用语 of the regulation in force on a day. No duty in the text: offered, not demanded.
#[must_use]
pub fn notification(laws: &[&Law], on: Date) -> Verdict<Notification> {
    let mut basis = Basis::default();
    let mut answer = Notification::default();
    for applied in applied(laws, on) {
        let Some(rule) = &applied.version.rules.notification else {
            continue;
        };
        basis.cite(&applied, &rule.article);
        match &rule.phrase {
            Some(phrase) if answer.phrase.is_some() && answer.phrase.as_ref() != Some(phrase) => {
                answer.also.push(phrase.clone());
            }
            Some(phrase) => answer.phrase = Some(phrase.clone()),
            None => {}
        }
        answer.duty = true;
        answer.device_word.get_or_insert_with(|| rule.device_word.clone());
        if answer.norm.is_none() {
            answer.norm.clone_from(&rule.norm);
        }
    }
    if !answer.duty {
        basis.note("notification_offered", None);
    }
    basis.verdict(answer)
}
