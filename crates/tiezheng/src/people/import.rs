//! 人员名册导入: a roster as an office has it, entered whole or not at all. Accounts and roles are never given by a file.

use std::collections::HashMap;

use bytes::Bytes;
use serde::Serialize;
use serde_json::json;

use super::Actor;
use super::store::{self, Person, Unit};
use crate::app::{App, new_id};
use crate::audit::{self, Act};
use crate::db::Tx;
use crate::error::{Problem, Result};
use crate::field::{self, CODE_MOST, NAME_MOST};
use crate::sheet::import::{Imported, Plan, Planned, Seen, Units, parsed, values};
use crate::sheet::table::{Entry, Kind, Table};

/// One roster at a time looks who is there already.
const IMPORTING: i64 = 0x726f_7374;

#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Newcomer {
    pub name: String,
    pub certificate_no: Option<String>,
    pub unit_id: Option<String>,
}

/// Who is in the register: by certificate, and by name and unit.
pub struct Known {
    certificates: HashMap<String, String>,
    people: HashMap<(String, Option<String>), String>,
    units: Units,
}

impl Known {
    pub fn new(people: Vec<store::Standing>, units: &[Unit]) -> Known {
        let named = |person: &store::Standing| ((person.name.clone(), person.unit.clone()), person.id.clone());
        Known {
            people: people.iter().map(named).collect(),
            certificates: people.into_iter().filter_map(|person| Some((person.certificate_no?, person.id))).collect(),
            units: Units::new(units),
        }
    }
}

/// Every row with what it would enter and what is wrong with it. Pure.
pub fn plan(table: &Table, known: &Known) -> Vec<Planned<Newcomer>> {
    let (mut certificates, mut people) = (Seen::default(), Seen::default());
    let row = |entry: &Entry| {
        let mut problems = Vec::new();
        let mut keep = |problem: Option<Problem>| problems.extend(problem);
        let code = |field: &'static str| entry.cell(field).code().map_err(|problem| problem.with("field", field));
        let name = code("name").and_then(|name| field::text("name", &name, NAME_MOST));
        let certificate_no =
            code("certificate_no").and_then(|text| field::optional("certificate_no", Some(&text), CODE_MOST));
        let unit_id = code("unit").and_then(|name| known.units.find(&name));
        if let (Ok(name), Ok(unit)) = (&name, &unit_id) {
            let key = (name.clone(), unit.clone());
            let certified = matches!(&certificate_no, Ok(Some(_)));
            let there = known.people.get(&key).filter(|_| !certified);
            let told =
                |person: &String| Problem::invalid("name", "import.person_known").with("person", person.as_str());
            keep(there.map(|person| told(person).with("value", name.as_str())));
            // Two of one name in one unit are two people only by their certificates.
            if !certified {
                keep(people.again(key, "name", name, entry.row));
            }
        }
        if let Ok(Some(certificate)) = &certificate_no {
            let told = |person: &String| {
                let problem = Problem::invalid("certificate_no", "import.certificate_known");
                problem.with("value", certificate.as_str()).with("person", person.as_str())
            };
            keep(known.certificates.get(certificate).map(told));
            keep(certificates.again(certificate.clone(), "certificate_no", certificate, entry.row));
        }
        let new = match (name, certificate_no, unit_id) {
            (Ok(name), Ok(certificate_no), Ok(unit_id)) => Some(Newcomer { name, certificate_no, unit_id }),
            (name, certificate_no, unit_id) => {
                problems.extend([name.err(), certificate_no.err(), unit_id.err()].into_iter().flatten());
                None
            }
        };
        Planned { row: entry.row, values: values(entry), new, problems }
    };
    table.entries.iter().map(row).collect()
}

/// What a file would enter, held against the register.
pub async fn read(app: &App, agency: &str, bytes: Bytes) -> Result<Plan<Newcomer>> {
    let table = parsed(bytes.clone(), Kind::People).await?;
    planned(&mut app.db.read().await?, agency, table, &bytes).await
}

async fn planned(tx: &mut Tx, agency: &str, table: Table, bytes: &[u8]) -> Result<Plan<Newcomer>> {
    if store::agencies(tx, Some(agency)).await?.is_empty() {
        return Err(Problem::invalid("agency", "field.unknown_reference").with("value", field::short(agency)));
    }
    let known = Known::new(store::standing(tx, agency).await?, &store::units(tx, Some(agency)).await?);
    let rows = plan(&table, &known);
    Plan::new(table, rows, agency, bytes)
}

/// Enters all of a file that was seen under this digest, in one transaction.
///
/// # Errors
/// As [`Plan::agreed`], and those of reading.
pub async fn apply(app: &App, actor: &Actor, now: i64, agency: &str, digest: &str, bytes: Bytes) -> Result<Imported> {
    let table = parsed(bytes.clone(), Kind::People).await?;
    let mut tx = app.db.begin().await?;
    tx.lock(IMPORTING).await?;
    let (newcomers, digest) = planned(&mut tx, agency, table, &bytes).await?.agreed(digest)?;
    for new in &newcomers {
        let id = new_id(now);
        let person = Person {
            id: &id,
            agency,
            unit: new.unit_id.as_deref(),
            name: &new.name,
            certificate_no: new.certificate_no.as_deref(),
            active: true,
        };
        store::put_person(&mut tx, &person).await?;
        let detail = json!({"name": new.name, "unit": new.unit_id, "certificate_no": new.certificate_no});
        audit::record(&mut tx, actor, now, Act::PersonMade, Some(agency), Some(&id), detail).await?;
    }
    let detail = json!({"list": "officers", "rows": newcomers.len(), "digest": digest});
    audit::record(&mut tx, actor, now, Act::ListImported, Some(agency), None, detail).await?;
    tx.commit().await?;
    app.events.notify_one();
    Ok(Imported { made: newcomers.len(), digest })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sheet::read;
    use crate::sheet::table::find;

    fn planned(text: &str) -> Vec<(usize, String)> {
        let unit = |id: &str, name: &str| Unit {
            id: id.into(),
            agency_id: "fz".into(),
            parent_id: None,
            name: name.into(),
            kind: "squad".into(),
        };
        let units = [unit("u1", "一中队"), unit("u2", "二中队"), unit("u3", "法制科"), unit("u4", "法制科")];
        let person = |id: &str, name: &str, unit: Option<&str>, certificate: Option<&str>| store::Standing {
            id: id.into(),
            name: name.into(),
            unit: unit.map(str::to_owned),
            certificate_no: certificate.map(str::to_owned),
        };
        let there = vec![person("p1", "张伟", Some("u1"), Some("F1")), person("p2", "王芳", None, None)];
        let grids = read::read(text.as_bytes()).unwrap();
        let rows = plan(&find(&grids, Kind::People).unwrap(), &Known::new(there, &units));
        rows.into_iter()
            .map(|row| {
                let codes: Vec<&str> = row.problems.iter().map(|problem| problem.code.as_str()).collect();
                assert!(row.new.is_some() || !codes.is_empty());
                let new = row.new.map(|new| format!("{} {:?} {:?}", new.name, new.certificate_no, new.unit_id));
                (row.row, if codes.is_empty() { new.unwrap_or_default() } else { codes.join(" ") })
            })
            .collect()
    }

    #[test]
    fn each_row_with_its_problem() {
        let text = "姓 名,执法证号,所在单位\n\
            欧阳娜,Ｆ－０２,一中队\n\
            尉迟 建国,,u2\n\
            张伟,F1,一中队\n\
            张伟,,一中队\n\
            张伟,F9,一中队\n\
            王芳,,\n\
            李娜,F-02,二中队\n\
            赵敏,,二中队\n\
            赵敏,,二中队\n\
            钱进,,三中队\n\
            孙俪,,法制科\n\
            ,F7,一中队\n";
        let expected = [
            (2, r#"欧阳娜 Some("F-02") Some("u1")"#),
            (3, r#"尉迟 建国 None Some("u2")"#),
            (4, "import.certificate_known"),
            (5, "import.person_known"),
            (6, r#"张伟 Some("F9") Some("u1")"#),
            (7, "import.person_known"),
            (8, "import.duplicate_in_file"),
            (9, r#"赵敏 None Some("u2")"#),
            (10, "import.duplicate_in_file"),
            (11, "import.unit_unknown"),
            (12, "import.unit_ambiguous"),
        ];
        let expected: Vec<(usize, String)> = expected.map(|(row, told)| (row, told.to_owned())).to_vec();
        assert_eq!(planned(text), expected, "the last row has no name and is left out");
        assert_eq!(planned(&format!("姓名,单位\n{},一中队\n", "长".repeat(300)))[0].1, "field.too_long");
    }
}
