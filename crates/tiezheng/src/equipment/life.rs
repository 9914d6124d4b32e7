//! 设备的一生: which act is lawful in which state. One table, asked by everything that changes a device.
//!
//! The words are those of the API and of the history; why an act is refused is answered with the articles that answer
//! the requirement named beside it (`law::cites`), so that no article stands in code.

use tiezheng_rules::vocab::Responsibility as Duty;

use crate::error::Problem;
use crate::people::Permission;

/// One act: from where it is lawful, where it leads, who may do it, which requirement it serves.
#[derive(Debug)]
pub struct Line {
    pub act: &'static str,
    pub from: &'static [&'static str],
    /// `None`: the state stays, or the act's details decide (return, repaired).
    pub to: Option<&'static str>,
    pub may: Permission,
    pub serves: &'static str,
}

use Permission::{DeviceManage as Manage, DeviceUse as Use};

pub const USABLE: &[&str] = &["in_store", "issued", "checked_out"];
const PRESENT: &[&str] = &["in_store", "issued", "checked_out", "stopped", "in_repair"];

pub const TABLE: &[Line] = &[
    Line { act: "issue", from: &["in_store"], to: Some("issued"), may: Manage, serves: "PRV-20" },
    Line { act: "check_out", from: &["in_store", "issued"], to: Some("checked_out"), may: Manage, serves: "PRV-20" },
    Line { act: "return", from: &["checked_out", "issued", "stopped"], to: None, may: Use, serves: "PRV-20" },
    Line { act: "fault", from: USABLE, to: Some("stopped"), may: Use, serves: "PRV-25" },
    Line { act: "send_repair", from: &["stopped"], to: Some("in_repair"), may: Manage, serves: "PRV-25" },
    Line { act: "repaired", from: &["in_repair"], to: None, may: Manage, serves: "PRV-25" },
    Line { act: "resume", from: &["stopped"], to: Some("in_store"), may: Manage, serves: "PRV-25" },
    Line {
        act: "upkeep",
        from: &["in_store", "issued", "checked_out", "stopped"],
        to: None,
        may: Manage,
        serves: "PRV-24",
    },
    Line { act: "substandard", from: PRESENT, to: None, may: Manage, serves: "PRV-15" },
    Line {
        act: "damaged",
        from: &["in_store", "issued", "checked_out", "stopped"],
        to: Some("stopped"),
        may: Use,
        serves: "PRV-26",
    },
    Line { act: "lost", from: PRESENT, to: Some("lost"), may: Use, serves: "PRV-26" },
    Line { act: "stolen", from: PRESENT, to: Some("stolen"), may: Use, serves: "PRV-26" },
    Line { act: "found", from: &["lost", "stolen"], to: Some("in_store"), may: Manage, serves: "PRV-26" },
];

/// Every state a device can be in.
pub const STATUSES: [&str; 9] =
    ["in_store", "issued", "checked_out", "stopped", "in_repair", "device_sealed", "destroyed", "lost", "stolen"];

/// What stands in a history beside the acts of the table: entering, correcting, and what orders carry out.
pub const OTHER_STEPS: [&str; 7] =
    ["register", "load", "correct", "transfer", "handover", "device_sealed", "destroyed"];

/// 专人的职责 an act belongs to; `None`: anybody's who holds or uses the device.
pub fn duty(act: &str) -> Option<Duty> {
    match act {
        "issue" | "check_out" | "return" | "found" => Some(Duty::DeviceRegister),
        "send_repair" | "repaired" | "resume" | "upkeep" | "substandard" => Some(Duty::DeviceUpkeep),
        _ => None,
    }
}

pub fn acts() -> Vec<&'static str> {
    TABLE.iter().map(|line| line.act).collect()
}

pub fn line(act: &str) -> Option<&'static Line> {
    TABLE.iter().find(|line| line.act == act)
}

/// Why an act is not lawful in a state: a stable code and the requirement that stands against it; `None`: it is lawful.
pub fn against(line: &Line, status: &str) -> Option<(&'static str, &'static str)> {
    if line.from.contains(&status) {
        return None;
    }
    Some(match status {
        "checked_out" => ("device.already_out", "PRV-20"),
        "stopped" => ("device.stopped", "PRV-25"),
        "in_repair" => ("device.in_repair", "PRV-25"),
        "device_sealed" => ("device.sealed", "PRV-17"),
        "destroyed" => ("device.destroyed", "PRV-17"),
        "lost" | "stolen" => ("device.missing", "PRV-26"),
        _ => ("device.not_lawful", line.serves),
    })
}

/// Orders that stop a device from going out, and what they serve.
pub fn order_against(line: &Line, open: &[String]) -> Option<(&'static str, &'static str)> {
    if !matches!(line.act, "issue" | "check_out") {
        return None;
    }
    let stops = [("retirement", "PRV-17"), ("transfer", "PRV-21")];
    stops.into_iter().find(|(kind, _)| open.iter().any(|open| open == kind))
}

/// A refusal of one device, as it stands in the list of a bulk act.
pub fn refusal(code: &str, act: &str, status: &str) -> Problem {
    Problem::refused(409, code).with("act", act).with("status", status)
}

/// Whether a device in this state is in nobody's hands: whoever held it so far has given it back, or has lost it.
pub fn ends_custody(status: &str) -> bool {
    !matches!(status, "issued" | "checked_out" | "stopped")
}

/// 旧词: what a file of rows may say of a state, told by whether somebody holds the device.
pub fn of_file(word: &str, held: bool) -> &str {
    match word {
        "in_use" | "issued" | "checked_out" if held => "checked_out",
        "in_use" | "issued" | "checked_out" => "issued",
        "retired" => "device_sealed",
        word => word,
    }
}

/// The states of a file: ours, and two words of those who keep no store.
pub const FILE_STATUSES: [&str; 11] = [
    "in_use",
    "in_store",
    "issued",
    "checked_out",
    "in_repair",
    "stopped",
    "device_sealed",
    "retired",
    "destroyed",
    "lost",
    "stolen",
];

#[cfg(test)]
mod tests {
    use super::*;

    /// The whole table as a picture: act by state, the code of the refusal or where it leads.
    #[test]
    fn only_lawful_transitions() {
        let mut picture = String::new();
        for line in TABLE {
            picture += &format!("{:<12}", line.act);
            for status in STATUSES {
                let told = match against(line, status) {
                    Some((code, _)) => format!("✘{}", code.trim_start_matches("device.")),
                    None => format!("→{}", line.to.unwrap_or("…")),
                };
                picture += &format!(" {told:<13}");
            }
            picture = picture.trim_end().to_owned() + "\n";
        }
        expect_test::expect_file!["life.txt"].assert_eq(&picture);
    }

    #[test]
    fn every_state_and_every_step_is_a_known_word() {
        for line in TABLE {
            let states = line.from.iter().copied().chain(line.to);
            assert!(states.into_iter().all(|status| STATUSES.contains(&status)), "{line:?}");
            assert!(!OTHER_STEPS.contains(&line.act), "{line:?}");
        }
        for word in FILE_STATUSES {
            for held in [true, false] {
                assert!(STATUSES.contains(&of_file(word, held)), "{word}");
            }
        }
        // Nothing leads out of the end but a new device.
        assert!(TABLE.iter().all(|line| !line.from.contains(&"destroyed") && !line.from.contains(&"device_sealed")));
    }
}
