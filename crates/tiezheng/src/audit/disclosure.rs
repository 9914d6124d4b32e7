//! 隐去: what of an event is told to whom. The history is for people who must not see content (system and audit
//! administrators): they read who did what to what and when, and can still prove every line by its commitment.

use serde_json::{Map, Value};

use super::Event;
use crate::people::Actor;

/// The class of every key of every act's detail: what anybody who may read the history reads, then what tells of
/// content: what a recording shows, of whom, where, and the names and paths people gave it. A key that stands in neither
/// is withheld; a test asks that it be declared.
const CLASSES: &[(&str, &[&str], &[&str])] = &[
    ("installation.made", &["origin", "store", "log"], &[]),
    (
        "fixture.loaded",
        &[
            "agencies",
            "units",
            "unit_regulations",
            "people",
            "devices",
            "custody",
            "names",
            "cases",
            "activities",
            "holidays",
        ],
        &[],
    ),
    ("session.opened", &["from"], &[]),
    ("session.refused", &["locked", "from"], &[]),
    ("session.closed", &[], &[]),
    ("account.password_changed", &["account", "by"], &[]),
    ("account.made", ACCOUNT, &["email"]),
    ("account.changed", ACCOUNT, &["email"]),
    ("grant.asked", GRANT, &[]),
    ("grant.confirmed", GRANT, &[]),
    ("grant.refused", GRANT, &[]),
    ("token.made", &["account", "label", "expires_ms"], &[]),
    ("token.revoked", &["account"], &[]),
    ("unit.made", &["name", "kind", "parent"], &[]),
    ("unit.bound", &["unit", "profile", "document", "decided_by", "decided_on", "effective_on", "before"], &[]),
    ("person.made", &["name", "unit"], &["certificate_no"]),
    ("person.changed", &["unit", "from_unit", "active"], &[]),
    (
        "responsibility.designated",
        &["unit", "duty", "person", "linked_unit", "deputy", "post", "document", "from_ms", "to_ms"],
        &[],
    ),
    ("responsibility.ended", &["unit", "duty", "to_ms", "reason"], &[]),
    ("handover.opened", &["unit", "person", "successor", "head", "to_unit", "effective_on", "items"], &["reason"]),
    ("handover.signed", &["party", "own_account", "changes"], &["text"]),
    ("handover.done", &["person", "successor", "devices", "duties"], &[]),
    ("handover.withdrawn", &["person"], &["reason"]),
    ("handover.evaded", &["person"], &[]),
    ("unit.stated", &["keys", "from_day", "reason", "document", "approver"], &[]),
    ("plan.proposed", &["unit", "version", "lines"], &[]),
    ("plan.approved", &["unit", "version"], &[]),
    ("deviation.approved", &["unit", "need", "reason", "document", "until_day"], &[]),
    ("site.made", &["unit", "purpose", "place", "cameras", "operator", "coverage", "retention_days"], &[]),
    ("site.out", &["unit", "from_ms", "to_ms", "reason"], &[]),
    ("standard.entered", &["document", "version", "kind", "quantity", "price_fen"], &[]),
    ("purchase.made", PURCHASE, &[]),
    ("purchase.accepted", PURCHASE, &[]),
    ("budget.entered", &["unit", "year", "need_fen", "approved_fen", "document"], &[]),
    ("device.made", &["kind", "model", "serial_no", "asset_no", "unit", "status"], &[]),
    ("device.docked", &["ingest", "drift_ms"], &["station"]),
    ("device.acted", &["act", "from", "to", "revision", "unit"], &["person"]),
    ("device.corrected", &["act", "revision", "fields"], &[]),
    ("device.ordered", &["order", "kind", "step", "state"], &[]),
    ("device_model.made", &["kind", "maker", "name"], &[]),
    ("device_model.declared", &["item", "declared", "on"], &[]),
    ("upkeep.planned", &["kind", "interval_days"], &[]),
    ("activity.exempted", &["reason"], &["facts", "document"]),
    (
        "activity.made",
        &["occasion", "unit", "began_ms", "ended_ms", "devices", "joint_no"],
        &["title", "place", "party", "officers"],
    ),
    (
        "recording.sealed",
        &[
            "agency",
            "kind",
            "container",
            "mime",
            "bytes",
            "sha256",
            "sm3",
            "tree",
            "claimed_ms",
            "time_source",
            "drift_ms",
            "received_ms",
            "duration_ms",
            "device",
            "examination_sha256",
        ],
        &["file_name", "source_path", "raw_name_hex", "officer"],
    ),
    ("recording.catalogued", &["recordings", "decision", "unit"], &[]),
    ("recording.offered_again", &[], &["source_path"]),
    ("recording.indexed", &[], &["changed", "reason"]),
    (
        "recording.extended",
        &[
            "circumstance",
            "declared_ms",
            "consent_ms",
            "expected_return_ms",
            "returned_ms",
            "conflict",
            "sudden_incident",
        ],
        &["reason", "consent_by", "document"],
    ),
    ("recording.viewed", &["kind", "view"], &["reason"]),
    ("recording.verified", &["ok", "findings"], &[]),
    ("receipt.taken", &["form"], &[]),
    ("card.cleared", &[], &["files"]),
    ("card.offered_again", &["count", "sha256"], &["files"]),
    ("derivative.made", &["kind", "mime", "bytes", "sha256", "tool"], &[]),
    ("integrity.begun", &["depth"], &[]),
    ("integrity.checked", &["depth", "checked", "findings", "failed"], &[]),
    ("ingest.remains_removed", &["segments"], &[]),
    ("keys.rotated", &["key", "rewrapped", "failed", "retired"], &[]),
    ("backup.made", &["to", "log_size", "with_keys"], &[]),
    ("installation.exported", &["to", "agencies"], &[]),
    ("registry.loaded", &["section"], &[]),
    ("document.printed", &["form", "number", "subjects", "content", "bytes", "sha256"], &[]),
    ("list.imported", &["list", "rows", "digest"], &[]),
    ("reminders.sent", &["channel", "day", "sent", "failed", "unsent", "no_address"], &[]),
    // A filter may hold a name or a place.
    ("list.exported", &["list", "format", "rows", "sha256"], &["filter"]),
    ("checkpoint.witnessed", &["size", "witnesses"], &[]),
    ("backup.restored", &["backup_at_ms", "log_size", "lost_entries", "findings"], &[]),
    ("catalogue.rebuilt", &["events", "recordings", "derivatives", "lost"], &[]),
    ("regulation.decided", DECISION, &[]),
    ("regulation.approved", DECISION, &[]),
    ("regulation.withdrawn", DECISION, &[]),
    ("regulation.file_sealed", &["profile", "version", "name", "mime", "bytes", "sha256", "sm3", "tree"], &[]),
];
const PURCHASE: &[&str] = &["unit", "supplier", "contract", "lines", "accepted_on", "accepted_by", "findings"];
const ACCOUNT: &[&str] = &["account", "name", "person", "agency", "roles", "disabled", "language"];
/// Of the law, not of a case.
const DECISION: &[&str] = &[
    "profile",
    "kind",
    "resolution",
    "setting",
    "value",
    "published_on",
    "version",
    "file",
    "continuation",
    "retroactive",
    "until",
    "lines",
    "act",
    "role",
    "delegate",
    "settles",
    "document",
    "decision_no",
    "decided_by",
    "decided_on",
    "effective_on",
    "reason",
];
const GRANT: &[&str] = &["grant", "account", "roles", "renew", "asked_by", "reason"];

/// `Some(true)`: anybody who may read the history; `Some(false)`: only who may see content; `None`: not declared.
pub fn open(act: &str, key: &str) -> Option<bool> {
    let (_, open, content) = CLASSES.iter().find(|line| line.0 == act)?;
    if open.contains(&key) { Some(true) } else { content.contains(&key).then_some(false) }
}

/// The detail of an event as this actor may read it, and the keys that were withheld.
pub fn disclosed(actor: &Actor, event: &Event) -> (Map<String, Value>, Vec<String>) {
    let mut detail = event.detail();
    if actor.sees_content() {
        return (detail, Vec::new());
    }
    let withheld: Vec<String> =
        detail.keys().filter(|key| open(&event.act, key) != Some(true)).map(String::clone).collect();
    for key in &withheld {
        detail.remove(key);
    }
    (detail, withheld)
}

/// What a payload may hold beside the detail. Anything else is withheld with all of it.
const ENVELOPE: &[&str] = &["act", "actor", "agency", "at_ms", "detail", "digests", "id", "subject"];

/// Whether this actor may have the payload as it was committed to.
pub fn whole(actor: &Actor, event: &Event) -> bool {
    let told: Option<Map<String, Value>> = serde_json::from_slice(&event.payload).ok();
    actor.sees_content()
        || disclosed(actor, event).1.is_empty()
            && told.is_some_and(|told| told.keys().all(|key| ENVELOPE.contains(&key.as_str())))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::audit::{Act, event};
    use crate::people::permission::ROLES;

    /// Role by role: which keys of an act come through.
    #[test]
    fn what_each_role_reads() {
        let cases: &[(Act, &[&str], &[&str])] = &[
            (Act::RecordingSealed, &["sha256", "bytes", "device"], &["file_name", "source_path", "officer", "new_key"]),
            (Act::ActivityMade, &["occasion", "began_ms"], &["title", "party", "place", "officers"]),
            (Act::RecordingIndexed, &[], &["changed", "reason"]),
            (Act::RecordingViewed, &["kind"], &["reason"]),
            (Act::RegistryLoaded, &["section"], &[]),
            (Act::CardCleared, &[], &["files"]),
            (Act::DeviceDocked, &["drift_ms"], &["station"]),
            (Act::AccountChanged, &["account", "roles", "disabled"], &["never_declared"]),
        ];
        for (act, told, kept) in cases {
            let detail: Map<String, Value> =
                told.iter().chain(*kept).map(|key| ((*key).to_owned(), json!("x"))).collect();
            let event = event(&Actor::system(), 1, *act, Some("fz"), Some("s"), detail.into()).unwrap();
            for role in ROLES {
                let (agency, unit, person) = (Some("fz".to_owned()), None, Some("p".to_owned()));
                let actor = Actor { agency, unit, person, roles: vec![role], ..Actor::default() };
                let (shown, withheld) = disclosed(&actor, &event);
                let administers = role.name().ends_with("_admin");
                let expected: usize = if administers { kept.len() } else { 0 };
                assert_eq!(withheld.len(), expected, "{} {}", role.name(), act.name());
                for key in *kept {
                    assert_eq!(shown.contains_key(*key), !administers, "{} {}.{key}", role.name(), act.name());
                }
                assert!(told.iter().all(|key| shown.contains_key(*key)), "{} {}", role.name(), act.name());
            }
        }
    }

    #[test]
    fn every_act_is_declared() {
        let declared: Vec<&str> = CLASSES.iter().map(|line| line.0).collect();
        let missing: Vec<&str> = Act::ALL.iter().map(|act| act.name()).filter(|act| !declared.contains(act)).collect();
        assert_eq!(missing, Vec::<&str>::new());
    }

    /// What stands beside the detail and is not known keeps the whole payload back, and only from those without content.
    #[test]
    fn a_payload_with_more_is_not_given_away() {
        let mut event = event(&Actor::system(), 1, Act::SignedOut, Some("fz"), Some("s"), json!({})).unwrap();
        let actor = |role| Actor { agency: Some("fz".into()), roles: vec![role], ..Actor::default() };
        let auditor = actor(crate::people::Role::AuditAdmin);
        assert!(whole(&auditor, &event));
        let mut payload: Value = serde_json::from_slice(&event.payload).unwrap();
        payload["rows"] = json!([{"title": "x"}]);
        event.payload = payload.to_string().into_bytes();
        assert!(!whole(&auditor, &event));
        assert!(whole(&actor(crate::people::Role::LegalOffice), &event));
        event.payload = b"not JSON".to_vec();
        assert!(!whole(&auditor, &event));
    }

    /// Nobody without a role, and no legal office without an agency, sees content.
    #[test]
    fn no_role_no_content() {
        for (roles, agency) in [(vec![], Some("fz")), (vec![crate::people::Role::LegalOffice], None)] {
            let actor = Actor { roles, agency: agency.map(str::to_owned), ..Actor::default() };
            assert!(!actor.sees_content());
        }
    }
}
