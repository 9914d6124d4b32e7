//! No setting is dead: each one changes a verdict when it is changed, or a room of the product reads it.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Value, json};
use tiezheng_rules::defaults::Defaults;
use tiezheng_rules::law::{Adoption, Setting};
use tiezheng_rules::shipped::{calendar, law, resolutions};
use tiezheng_rules::{Law, Question, explain};

/// Settings that no question turns on, and the file of the room that reads each.
const READ_BY_ROOMS: &[(&str, &str)] = &[
    ("continuity.split_tolerance_seconds", "ingest/mod.rs"),
    ("device.undocked_days", "equipment/mod.rs"),
    ("device.late_report_hours", "equipment/judge.rs"),
];

/// For each setting a fact sheet whose answer turns on it, and another value.
fn sheets() -> Vec<(&'static str, Value, &'static str, Question, Value)> {
    use Question::{
        Disposal, Exemption, Interruption, Obligation, PreCheck, Provisioning, Retention, ServiceLife, UploadDeadline,
        Validity,
    };
    let (fuzhou, dalian, mingshan, zhongwei, caofeidian) =
        ("fuzhou-urban", "dalian-ftz", "mingshan-hrss", "zhongwei", "caofeidian-amr");
    let on = "2026-11-20";
    let hazard = json!({"on": on, "reason": "hazard_no_compliant_device", "hazard_uses": ["2025-12-01", "2026-03-01"]});
    let stopped = json!({"on": "2026-11-20T10:00:00+08:00", "cannot_continue": true, "stopped_at": "2026-11-20T10:00:00+08:00",
               "activity_ended": "2026-11-20T12:00:00+08:00"});
    let ended = json!({"recorded_to": "2026-11-20T10:00:00+08:00", "activity_ended": "2026-11-20T12:00:00+08:00"});
    let seven = json!({"on": on, "classes": ["enforcement_body"], "officers": 7});
    let device = json!({"kind": "body_worn_camera", "in_use_since": "2022-01-01", "on": on, "last_used_on": "2026-06-01",
                        "substandard_since": "2026-10-20", "maintenance_due": "2026-11-15"});
    let closed = json!({"recorded_on": on, "grounds": ["case_record"], "case_closed_on": on});
    let disc = json!({"recorded_on": on, "grounds": ["abuse"], "ground_given_on": on});
    let checked = json!({"recorded_on": on, "grounds": ["abuse"], "disc_checked_on": on});
    let old = json!({"on": on, "recorded_on": "2020-01-01", "legal_basis": "1号"});
    let out = json!({"on": on, "drift_seconds": 90, "shift_ends": "2026-11-20T18:00:00+08:00"});
    let late = json!({"recorded_to": "2026-11-20T23:30:00+08:00"});
    vec![
        (
            "provision.rounding",
            json!("floor"),
            fuzhou,
            Provisioning,
            json!({"on": on, "classes": ["onsite_unit"], "officers": 7}),
        ),
        ("provision.cfd_reading", json!("cap"), caofeidian, Provisioning, seven),
        ("exemption.hazard_repeat_uses", json!(4), caofeidian, Exemption, hazard.clone()),
        ("exemption.hazard_repeat_months", json!(6), caofeidian, Exemption, hazard),
        ("device.idle_days", json!(100), fuzhou, ServiceLife, device.clone()),
        ("device.substandard_open_days", json!(60), fuzhou, ServiceLife, device.clone()),
        ("maintenance.overdue_grace_days", json!(3), zhongwei, ServiceLife, device),
        ("checkout.return_grace_hours", json!(2), fuzhou, PreCheck, out.clone()),
        ("clock.warn_seconds", json!(120), fuzhou, PreCheck, out.clone()),
        ("clock.confirm_minutes", json!(1), fuzhou, PreCheck, out),
        (
            "non_recording.paper_due_hours",
            json!(48),
            fuzhou,
            Exemption,
            json!({"on": on, "reason": "urgent", "activity_ended": "2026-11-20T12:00:00+08:00"}),
        ),
        (
            "carry.devices_min",
            json!(1),
            dalian,
            Obligation,
            json!({"on": on, "occasions": ["inspection"], "devices": 1}),
        ),
        ("continuity.explain_due_days", json!(5), fuzhou, Interruption, json!({"on": on})),
        ("interrupt.report_due_hours", json!(2), mingshan, Interruption, stopped.clone()),
        ("interrupt.written_due_hours", json!(48), mingshan, Interruption, stopped),
        (
            "fixed_site.outage_alert_hours",
            json!(2),
            caofeidian,
            Interruption,
            json!({"on": on, "fixed_site": true, "stopped_at": "2026-11-20T10:00:00+08:00"}),
        ),
        ("upload.reminder_percent", json!(80), caofeidian, UploadDeadline, ended.clone()),
        ("upload.reminder_hours_before", json!(4), caofeidian, UploadDeadline, ended.clone()),
        ("upload.clock_start", json!("activity_end"), fuzhou, UploadDeadline, ended),
        ("upload.first_moment_min_hours", json!(4), dalian, UploadDeadline, late),
        ("disc.long_term_due_days", json!(60), dalian, Retention, disc),
        ("disc.check_interval_years", json!(2), dalian, Retention, checked),
        ("filing.roll_to_workday", json!(true), fuzhou, Retention, closed.clone()),
        ("filing.reminder_day", json!(20), fuzhou, Retention, closed),
        ("profile.expiry_warning_days", json!([400]), zhongwei, Validity, json!({"on": "2025-05-06"})),
        ("profile.force_confirm_days", json!(10), dalian, Validity, json!({"on": on, "confirmed_on": "2026-11-01"})),
        ("disposal.enabled", json!(true), caofeidian, Disposal, old),
    ]
}

fn with(law: &Law, key: &str, value: &Value) -> Law {
    let setting = Setting { value: value.clone(), decision_no: "8号".into() };
    let adoption = Adoption { settings: BTreeMap::from([(key.to_owned(), setting)]), ..Adoption::default() };
    law.clone().adopted(adoption).unwrap_or_else(|faults| panic!("{key}: {faults:?}"))
}

#[test]
fn every_setting_changes_a_verdict() {
    for (key, value, profile, question, facts) in sheets() {
        let law = law(profile).expect("shipped");
        let changed = with(law, key, &value);
        let ask = |law: &Law| explain(question, &[law], facts.clone(), calendar()).expect("an answer").verdict;
        assert_ne!(ask(law), ask(&changed), "{key} = {value} changes nothing in {facts}");
    }
}

#[test]
fn every_setting_is_asked_or_read() {
    let tree = serde_json::to_value(Defaults::shipped()).expect("defaults");
    let groups = tree.as_object().expect("groups").iter();
    let mut keys: Vec<String> = groups
        .flat_map(|(group, fields)| fields.as_object().expect("fields").keys().map(move |key| format!("{group}.{key}")))
        .collect();
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tiezheng/src");
    let mut known: Vec<String> = sheets().iter().map(|(key, ..)| (*key).to_owned()).collect();
    for (key, file) in READ_BY_ROOMS {
        let text = std::fs::read_to_string(source.join(file)).expect("source");
        assert!(text.contains(&format!(".{key}")), "{file} does not read {key}");
        known.push((*key).to_owned());
    }
    keys.sort_unstable();
    known.sort_unstable();
    assert_eq!(known, keys, "a setting that nothing turns on, or one that is gone");
}

#[test]
fn readings_are_of_settings_that_are_asked() {
    for setting in resolutions().iter().filter_map(|found| found.setting.as_deref()) {
        assert!(sheets().iter().any(|(key, ..)| *key == setting), "{setting}");
    }
}
