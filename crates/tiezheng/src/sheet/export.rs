//! 导出: any list as its page shows it, under the same rights and filters, all of it.

use serde_json::{Map, Value};

use super::write::Field;
use crate::locale;
use crate::recordings::form::china_time;

/// Rows of one file.
pub const ROWS_MOST: usize = 100_000;

/// How a value is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Show {
    Text,
    /// UTC milliseconds as date and time in China.
    Time,
    Number,
    /// Fen as yuan.
    Yuan,
    /// Milliseconds as seconds.
    Seconds,
    /// A word with a name under `PREFIX.word` in `locales`.
    Word(&'static str),
    YesNo,
}

/// Heading (`sheet.column.KEY` in `locales`), where the value stands in an item, and how it is shown.
pub type Column = (&'static str, &'static str, Show);

pub const DEVICES: &[Column] = &[
    ("asset_no", "/asset_no", Show::Text),
    ("kind", "/kind", Show::Word("equipment.kind")),
    ("maker", "/maker", Show::Text),
    ("model", "/model", Show::Text),
    ("description", "/description", Show::Text),
    ("serial_no", "/serial_no", Show::Text),
    ("unit", "/unit/name", Show::Text),
    ("status", "/status", Show::Word("equipment.status")),
    ("holder", "/holder/name", Show::Text),
    ("capacity_gb", "/capacity_gb", Show::Number),
    ("acquired_on", "/acquired_on", Show::Text),
    ("price", "/price_fen", Show::Yuan),
    ("in_use_on", "/in_use_on", Show::Text),
    ("purpose", "/purpose", Show::Text),
    ("accessories", "/accessories", Show::Text),
    ("last_docked", "/last_docked_ms", Show::Time),
    ("id", "/id", Show::Text),
];

pub const PEOPLE: &[Column] = &[
    ("name", "/name", Show::Text),
    ("certificate_no", "/certificate_no", Show::Text),
    ("unit", "/unit/name", Show::Text),
    ("account", "/account", Show::Text),
    ("roles", "/roles", Show::Word("people.role")),
    ("active", "/active", Show::YesNo),
    ("id", "/id", Show::Text),
];

pub const ACTIVITIES: &[Column] = &[
    ("title", "/title", Show::Text),
    ("occasion", "/occasion", Show::Word("occasion")),
    ("began", "/began_ms", Show::Time),
    ("ended", "/ended_ms", Show::Time),
    ("unit", "/unit/name", Show::Text),
    ("officers", "/officers", Show::Text),
    ("place", "/place", Show::Text),
    ("party", "/party", Show::Text),
    ("case", "/case_id", Show::Text),
    ("recordings", "/recordings", Show::Number),
    ("id", "/id", Show::Text),
];

pub const RECORDINGS: &[Column] = &[
    ("title", "/title", Show::Text),
    ("file_name", "/file_name", Show::Text),
    ("recording_kind", "/kind", Show::Word("recordings.kind")),
    ("began", "/began_ms", Show::Time),
    ("ended", "/ended_ms", Show::Time),
    ("received", "/received_ms", Show::Time),
    ("seconds", "/duration_ms", Show::Seconds),
    ("bytes", "/bytes", Show::Number),
    ("officer", "/officer/name", Show::Text),
    ("device", "/device/name", Show::Text),
    ("unit", "/unit/name", Show::Text),
    ("place", "/place", Show::Text),
    ("party", "/party", Show::Text),
    ("hand_in", "/verdict/status", Show::Word("recordings.verdict")),
    ("log_index", "/log_index", Show::Number),
    ("id", "/id", Show::Text),
];

/// 年度经费表 (requirement PRV-18).
pub const BUDGETS: &[Column] = &[
    ("unit", "/unit/name", Show::Text),
    ("need", "/need_fen", Show::Yuan),
    ("approved", "/approved_fen", Show::Yuan),
    ("spent", "/spent_fen", Show::Yuan),
    ("firm_deficit", "/firm_deficit_fen", Show::Yuan),
    ("document", "/document", Show::Text),
];

pub const ORDERS: &[Column] = &[
    ("order", "/kind", Show::Word("equipment.order")),
    ("device", "/device/name", Show::Text),
    ("unit", "/unit/name", Show::Text),
    ("to_unit", "/to_unit/name", Show::Text),
    ("state", "/state", Show::Word("equipment.order_state")),
    ("opened", "/opened_ms", Show::Time),
    ("closed", "/closed_ms", Show::Time),
    ("id", "/id", Show::Text),
];

pub const MODELS: &[Column] = &[
    ("kind", "/kind", Show::Word("equipment.kind")),
    ("maker", "/maker", Show::Text),
    ("model", "/name", Show::Text),
    ("devices", "/devices", Show::Number),
    ("proven", "/proven", Show::YesNo),
];

pub const DOCUMENTS: &[Column] = &[
    ("form", "/form", Show::Word("documents.form")),
    ("number", "/number", Show::Text),
    ("printed", "/at_ms", Show::Time),
    ("account", "/account", Show::Text),
    ("sha256", "/sha256", Show::Text),
];

pub const HANDOVERS: &[Column] = &[
    ("name", "/person/name", Show::Text),
    ("unit", "/unit/name", Show::Text),
    ("successor", "/successor/name", Show::Text),
    ("head", "/head/name", Show::Text),
    ("to_unit", "/to_unit/name", Show::Text),
    ("effective_on", "/effective_on", Show::Text),
    ("state", "/state", Show::Word("handover.state")),
    ("opened", "/opened_ms", Show::Time),
    ("closed", "/closed_ms", Show::Time),
];

pub const RESPONSIBILITIES: &[Column] = &[
    ("unit", "/unit/name", Show::Text),
    ("duty", "/duty", Show::Word("rules.word.Responsibility")),
    ("name", "/person/name", Show::Text),
    ("linked_unit", "/linked_unit/name", Show::Text),
    ("deputy", "/deputy/name", Show::Text),
    ("post", "/post", Show::Text),
    ("document", "/document", Show::Text),
    ("from", "/from_ms", Show::Time),
    ("to", "/to_ms", Show::Time),
];

/// 配备情况: a line for each kind that a unit owes.
pub const SUFFICIENCY: &[Column] = &[
    ("unit", "/unit/name", Show::Text),
    ("officers_counted", "/officers", Show::Number),
    ("kind", "/needs/kinds", Show::Word("equipment.kind")),
    ("required", "/needs/required", Show::Number),
    ("have", "/needs/have", Show::Number),
    ("short_by", "/needs/short_by", Show::Number),
    ("over_by", "/needs/over_by", Show::Number),
    ("excused", "/needs/deviation/reason", Show::Text),
    ("approver", "/needs/deviation/approver/name", Show::Text),
];

pub const PLANS: &[Column] = &[
    ("unit", "/unit/name", Show::Text),
    ("version", "/version", Show::Number),
    ("state", "/state", Show::Word("plans.state")),
    ("kind", "/lines/kind", Show::Word("equipment.kind")),
    ("quantity", "/lines/quantity", Show::Number),
    ("purpose", "/lines/purpose", Show::Text),
    ("reason", "/lines/reason", Show::Text),
    ("proposed_by", "/proposed_by/name", Show::Text),
    ("approver", "/approved_by/name", Show::Text),
    ("approved_at", "/approved_ms", Show::Time),
];

pub const PURCHASES: &[Column] = &[
    ("unit", "/unit/name", Show::Text),
    ("supplier", "/supplier", Show::Text),
    ("contract", "/contract", Show::Text),
    ("acquired_on", "/bought_on", Show::Text),
    ("kind", "/lines/kind", Show::Word("equipment.kind")),
    ("model", "/lines/model", Show::Text),
    ("quantity", "/lines/quantity", Show::Number),
    ("price", "/lines/price_fen", Show::Yuan),
    ("passed", "/lines/passed", Show::Number),
    ("failed", "/lines/failed", Show::Number),
    ("defects", "/lines/defects", Show::Text),
    ("accepted_on", "/accepted_on", Show::Text),
];

pub const SITES: &[Column] = &[
    ("purpose", "/purpose", Show::Word("sites.purpose")),
    ("unit", "/unit/name", Show::Text),
    ("place", "/place", Show::Text),
    ("cameras", "/cameras", Show::Text),
    ("operator", "/operator", Show::Text),
    ("coverage", "/coverage", Show::Text),
    ("retention_days", "/retention_days", Show::Number),
    ("out_since", "/out_since_ms", Show::Time),
    ("reason", "/out_reason", Show::Text),
];

/// Every list there is.
#[cfg(test)]
const ALL: [&[Column]; 14] = [
    DEVICES,
    PEOPLE,
    ACTIVITIES,
    RECORDINGS,
    BUDGETS,
    ORDERS,
    MODELS,
    DOCUMENTS,
    HANDOVERS,
    RESPONSIBILITIES,
    SUFFICIENCY,
    PLANS,
    PURCHASES,
    SITES,
];

pub fn headings(columns: &[Column], language: &str) -> Vec<String> {
    columns.iter().map(|column| locale::text(language, &format!("sheet.column.{}", column.0), &Map::new())).collect()
}

/// One item of a list as a row of the table.
pub fn row(columns: &[Column], item: &Value, language: &str) -> Vec<Field> {
    let field = |column: &Column| field(item.pointer(column.1).unwrap_or(&Value::Null), column.2, language);
    columns.iter().map(field).collect()
}

fn field(value: &Value, show: Show, language: &str) -> Field {
    let number = |by: f64| value.as_f64().map(|number| Field::Number(number / by));
    let found = match show {
        Show::Number => number(1.0),
        Show::Yuan => number(100.0),
        Show::Seconds => number(1_000.0),
        Show::Time => value.as_i64().map(|ms| Field::Text(china_time(ms))),
        Show::YesNo => value
            .as_bool()
            .map(|yes| Field::Text(locale::text(language, if yes { "sheet.yes" } else { "sheet.no" }, &Map::new()))),
        Show::Text | Show::Word(_) => None,
    };
    found.unwrap_or_else(|| Field::Text(words(value, show, language)))
}

/// A text, or a list of texts or of `{name}`.
fn words(value: &Value, show: Show, language: &str) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => match show {
            Show::Word(prefix) => {
                let key = format!("{prefix}.{text}");
                let word = locale::text(language, &key, &Map::new());
                if word == key { text.clone() } else { word }
            }
            _ => text.clone(),
        },
        Value::Array(items) => items.iter().map(|item| words(item, show, language)).collect::<Vec<_>>().join("; "),
        Value::Object(named) => named.get("name").map(|name| words(name, show, language)).unwrap_or_default(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_heading_has_its_words() {
        for language in locale::LANGUAGES {
            for columns in ALL {
                for (column, heading) in columns.iter().zip(headings(columns, language)) {
                    assert_ne!(heading, format!("sheet.column.{}", column.0), "{language}");
                }
            }
        }
    }

    #[test]
    fn values_as_people_read_them() {
        let text = |text: &str| Field::Text(text.to_owned());
        for (value, show, expected) in [
            (json!(null), Show::Text, text("")),
            (json!("x"), Show::Text, text("x")),
            (json!([{"id": "1", "name": "张伟"}, {"id": "2", "name": "欧阳娜"}]), Show::Text, text("张伟; 欧阳娜")),
            (json!(["电池", "背夹"]), Show::Text, text("电池; 背夹")),
            (json!(320_050), Show::Yuan, Field::Number(3200.5)),
            (json!(1_500), Show::Seconds, Field::Number(1.5)),
            (json!(null), Show::Yuan, text("")),
            (json!(1_778_055_153_000_i64), Show::Time, text("2026-05-06 16:12:33")),
            (json!("body_worn_camera"), Show::Word("equipment.kind"), text("执法记录仪")),
            (json!("never_heard_of"), Show::Word("equipment.kind"), text("never_heard_of")),
            (json!(["officer"]), Show::Word("people.role"), text("执法人员")),
            (json!(true), Show::YesNo, text("是")),
            (json!(false), Show::YesNo, text("否")),
        ] {
            assert_eq!(field(&value, show, "zh-CN"), expected, "{value}");
        }
    }
}
