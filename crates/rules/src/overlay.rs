//! 部门办法: an overlay names its base and may add or tighten, never loosen. Evaluation stacks both
//! and the strictest wins, so a loosening has no effect; here it is also refused, with its place.

use std::collections::BTreeMap;

use crate::data::Rules;
use crate::fault::Fault;
use crate::law::{Law, Version};
use crate::parse::{span_of_text, span_where};
use crate::terms::{Keep, Within};

/// The stack of a regulation: its base, its base's base …, then itself.
///
/// # Errors
/// `unknown_profile`, `overlay_base_missing`, `overlay_cycle`.
pub fn stack<'a>(laws: &'a [Law], id: &str) -> Result<Vec<&'a Law>, Fault> {
    let by_id: BTreeMap<&str, &Law> = laws.iter().map(|law| (law.id.as_str(), law)).collect();
    let Some(law) = by_id.get(id) else {
        let allowed: Vec<&str> = by_id.keys().copied().collect();
        return Err(Fault::new("", "unknown_profile").with("found", id).with("allowed", allowed.join(", ")));
    };
    let mut chain = vec![*law];
    while let Some(base) = base_of(chain[chain.len() - 1]) {
        let at = |fault: Fault| placed(chain[chain.len() - 1], fault, "base");
        if chain.iter().any(|law| law.id == base) {
            let names: Vec<&str> = chain.iter().map(|law| law.id.as_str()).chain([base]).collect();
            return Err(at(Fault::new("", "overlay_cycle").with("chain", names.join(" → "))));
        }
        match by_id.get(base) {
            Some(law) => chain.push(law),
            None => {
                let allowed: Vec<&str> = by_id.keys().copied().collect();
                let fault = Fault::new("", "overlay_base_missing").with("found", base);
                return Err(at(fault.with("allowed", allowed.join(", "))));
            }
        }
    }
    chain.reverse();
    Ok(chain)
}

fn base_of(law: &Law) -> Option<&str> {
    law.versions.iter().find_map(|version| version.rules.base.as_deref())
}

fn placed(law: &Law, mut fault: Fault, key: &str) -> Fault {
    if let Some(version) = law.versions.last() {
        fault.file.clone_from(&version.source.file);
        fault = fault.at(&version.source.text, span_where(&version.source.text, key, &|_| true));
    }
    fault
}

/// Everything wrong among several regulations: unknown ids, missing bases, cycles, loosening.
#[must_use]
pub fn check_overlays(laws: &[Law]) -> Vec<Fault> {
    let mut faults = Vec::new();
    for (nth, law) in laws.iter().enumerate() {
        if laws[..nth].iter().any(|other| other.id == law.id) {
            faults.push(placed(law, Fault::new("", "duplicate_profile").with("found", &law.id), "id"));
        }
        match stack(laws, &law.id) {
            Err(fault) => faults.push(fault),
            Ok(chain) => {
                for base in chain.iter().take(chain.len() - 1) {
                    for version in &law.versions {
                        loosened(base, version, &mut faults);
                    }
                }
            }
        }
    }
    faults
}

/// What an overlay version loosens against the base's latest version.
fn loosened(base: &Law, overlay: &Version, faults: &mut Vec<Fault>) {
    let Some(base) = base.versions.last().map(|version| &version.rules) else {
        return;
    };
    let (file, text) = (&overlay.source.file, &overlay.source.text);
    let fault = |what: &str, found: String, allowed: String| {
        let fault = Fault::new(file, "overlay_loosens").with("what", what);
        fault.with("found", found).with("allowed", allowed)
    };
    hand_in(base, &overlay.rules, &mut |found, allowed| {
        let span = span_where(text, "within", &|_| true);
        faults.push(fault("upload.within", found, allowed).at(text, span));
    });
    for rule in &overlay.rules.retention {
        let Some(floor) = base.retention.iter().find(|other| other.ground == rule.ground) else {
            continue;
        };
        if rank(rule.keep) < rank(floor.keep) {
            let span = span_of_text(text, "ground", rule.ground.code(), 0);
            let fault = fault("retention", shown(rule.keep), shown(floor.keep));
            faults.push(fault.with("ground", rule.ground.code()).at(text, span));
        }
    }
    for rule in &overlay.rules.exemptions {
        if !base.exemptions.iter().any(|other| other.reason == rule.reason) {
            let allowed: Vec<&str> = base.exemptions.iter().map(|rule| rule.reason.code()).collect();
            let span = span_of_text(text, "reason", rule.reason.code(), 0);
            faults.push(fault("exemption", rule.reason.code().to_owned(), allowed.join(", ")).at(text, span));
        }
    }
    for rule in &overlay.rules.occasions {
        for occasion in &rule.occasions {
            let strongest = base.occasions.iter().filter(|other| other.occasions.contains(occasion));
            let Some(level) = strongest.map(|other| other.level).max() else {
                continue;
            };
            if rule.level < level {
                let span = span_of_text(text, "occasions", occasion.code(), 0);
                let fault = fault("occasion", rule.level.code().to_owned(), level.code().to_owned());
                faults.push(fault.with("occasion", occasion.code()).at(text, span));
            }
        }
    }
}

fn hand_in(base: &Rules, overlay: &Rules, wrong: &mut dyn FnMut(String, String)) {
    let (Some(base), Some(overlay)) = (&base.upload, &overlay.upload) else {
        return;
    };
    let longer = match (base.within, overlay.within) {
        (Within::Hours(base), Within::Hours(overlay)) => overlay > base,
        (Within::Days(base), Within::Days(overlay)) => overlay > base,
        (Within::WorkingDays(base), Within::WorkingDays(overlay)) => overlay > base,
        (Within::FirstMoment, Within::FirstMoment) => false,
        // A day of the calendar may run for longer than any number of hours under it.
        (Within::Hours(_), _) => true,
        _ => false,
    };
    if longer {
        wrong(json(&overlay.within), json(&base.within));
    }
}

fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

fn shown(keep: Keep) -> String {
    json(&keep)
}

/// Order of terms by their shortest possible length, in days.
fn rank(keep: Keep) -> u64 {
    match keep {
        Keep::Days(days) => u64::from(days),
        Keep::Months(months) => u64::from(months) * 30,
        Keep::Years(years) => u64::from(years) * 365,
        Keep::CaseFile => 1 << 40,
        Keep::LongTerm => 1 << 41,
        Keep::Forever => 1 << 42,
    }
}
