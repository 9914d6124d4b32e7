//! 责任分工: for which duties a regulation wants somebody named, and who that is in its words.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::law::Law;
use crate::verdict::{Basis, Cited, Verdict, applied};
use crate::vocab::{Responsibility, Role};

/// A duty that must have its holder in every unit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Demanded {
    pub duty: Responsibility,
    pub by: Role,
    /// The text's own title of that role; empty where it has none.
    pub title: String,
    /// A body answers; the person is still to be named.
    pub body: bool,
    pub cited: Cited,
}

/// What is demanded on a day. A duty that several regulations of a stack ask for is named once, as the first has it.
#[must_use]
pub fn responsibilities(laws: &[&Law], on: Date) -> Verdict<Vec<Demanded>> {
    let mut basis = Basis::default();
    let mut found: Vec<Demanded> = Vec::new();
    for applied in applied(laws, on) {
        let rules = &applied.version.rules;
        for rule in &rules.responsibilities {
            basis.cite(&applied, &rule.article);
            if found.iter().any(|known| known.duty == rule.duty) {
                continue;
            }
            found.push(Demanded {
                duty: rule.duty,
                by: rule.by,
                title: rules.roles.get(&rule.by).cloned().unwrap_or_default(),
                body: rule.body,
                cited: applied.cited(rule.article.0.first().map_or("", String::as_str)),
            });
        }
    }
    basis.verdict(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shipped::law;

    /// PRV-22, PRV-23: what each of the five texts asks for, and of whom (requirements §2.3).
    #[test]
    fn what_each_text_demands() {
        for (profile, expected) in [
            (
                "caofeidian-amr",
                "first_responsible 各单位负责人 11, device_upkeep 专人 11, device_register 专人 12, recording_custody 专人 12",
            ),
            (
                "mingshan-hrss",
                "first_responsible 监察大队各组负责人 6, device_upkeep 监察大队* 6, recording_custody 保管人 18",
            ),
            (
                "fuzhou-urban",
                "first_responsible 委属相关执法单位* 9, device_upkeep 专人 9, recording_custody 专人 18, \
                 oversight 委办公室、执法监督处、公用设施监管处、环卫监督处* 4b",
            ),
            (
                "dalian-ftz",
                "first_responsible 小组负责人 9, device_upkeep 各工作组* 9, device_register 法制综合组* 10, \
                 recording_custody 各工作组* 10",
            ),
            ("zhongwei", "first_responsible 部门（单位）负责人 10a, device_upkeep 专人 10b, archiving 专人 16a"),
        ] {
            let law = law(profile).expect("shipped");
            let verdict = responsibilities(&[law], "2026-03-02".parse().expect("day"));
            let told: Vec<String> = verdict
                .verdict
                .iter()
                .map(|one| {
                    let body = if one.body { "*" } else { "" };
                    format!("{} {}{body} {}", one.duty.code(), one.title, one.cited.no)
                })
                .collect();
            assert_eq!(told.join(", "), expected, "{profile}");
        }
    }

    #[test]
    fn no_regulation_demands_nothing() {
        assert!(responsibilities(&[], "2026-03-02".parse().expect("day")).verdict.is_empty());
    }
}
