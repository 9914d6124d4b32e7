//! 保密: which classes a regulation knows, and who may see marked material, and where it may lie.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::law::Law;
use crate::verdict::{Basis, Cited, Verdict, applied};
use crate::vocab::SecrecyClass;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SecrecyFacts {
    #[serde(deserialize_with = "crate::time::day")]
    pub on: Date,
    #[serde(default)]
    pub class: Option<SecrecyClass>,
    /// The storage node is declared for state secrets.
    #[serde(default)]
    pub node_declared: bool,
    /// The person asking is on the access list.
    #[serde(default)]
    pub cleared: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ClassShown {
    pub class: SecrecyClass,
    /// The text names it; otherwise it is our default.
    pub in_text: bool,
    pub cited: Vec<Cited>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Secrecy {
    /// All three classes, everywhere.
    pub classes: Vec<ClassShown>,
    /// Content may be stored here.
    pub store: Option<bool>,
    /// Only a stub with holder and reference is kept.
    pub stub: bool,
    pub access: Option<bool>,
    /// `secrecy.node_not_declared`, `secrecy.no_clearance`.
    pub refused: Option<String>,
}

/// 保密 under the regulations in force on a day.
#[must_use]
pub fn secrecy(laws: &[&Law], facts: &SecrecyFacts) -> Verdict<Secrecy> {
    let mut basis = Basis::default();
    let mut classes = Vec::new();
    for class in SecrecyClass::ALL.iter().copied() {
        let mut shown = ClassShown { class, in_text: false, cited: Vec::new() };
        let asked = facts.class.is_none_or(|asked| asked == class);
        for applied in applied(laws, facts.on) {
            let rules = applied.version.rules.secrecy.iter().filter(|rule| rule.class == class);
            for rule in rules {
                shown.in_text = true;
                shown.cited.extend(rule.article.0.iter().map(|cite| applied.cited(cite)));
                if asked {
                    basis.cite(&applied, &rule.article);
                }
            }
        }
        if !shown.in_text && asked {
            basis.own("secrecy.all_three_classes");
        }
        classes.push(shown);
    }
    let secret = facts.class == Some(SecrecyClass::StateSecret);
    let store = facts.class.map(|_| !secret || facts.node_declared);
    let stub = secret && !facts.node_declared;
    if secret {
        basis.own("secrecy.declared_node");
        basis.change("node_declared", !facts.node_declared, if stub { "store" } else { "stub" });
    }
    let access = facts.class.map(|_| facts.cleared);
    if access == Some(false) {
        basis.change("cleared", "true", "access");
    }
    let refused = match (stub, access) {
        (true, _) => Some("secrecy.node_not_declared".to_owned()),
        (_, Some(false)) => Some("secrecy.no_clearance".to_owned()),
        _ => None,
    };
    basis.verdict(Secrecy { classes, store, stub, access, refused })
}
