//! 系统默认: our own values where every text is silent. Labelled as ours in each verdict that uses
//! them, and changeable by the agency with a decision number.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use crate::fault::{Fault, from_message};
use crate::law::Setting;
use crate::vocab::ClockStart;

/// `regulations/defaults.toml`; keys are those of the requirement catalogue, §5.6.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Defaults {
    pub provision: ProvisionDefaults,
    pub exemption: ExemptionDefaults,
    pub device: DeviceDefaults,
    pub checkout: CheckoutDefaults,
    pub maintenance: MaintenanceDefaults,
    pub non_recording: NonRecordingDefaults,
    pub clock: ClockDefaults,
    pub carry: CarryDefaults,
    pub continuity: ContinuityDefaults,
    pub interrupt: InterruptDefaults,
    pub fixed_site: FixedSiteDefaults,
    pub upload: UploadDefaults,
    pub disc: DiscDefaults,
    pub filing: FilingDefaults,
    pub profile: ProfileDefaults,
    pub disposal: DisposalDefaults,
}

/// How "不少于N名一台" is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reading {
    /// At least one device for N persons.
    Floor,
    /// No fewer than N persons share one device.
    Cap,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rounding {
    Ceil,
    Floor,
    Nearest,
}

macro_rules! group {
    ($name:ident { $($(#[$meta:meta])* $field:ident: $kind:ty),* $(,)? }) => {
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct $name { $($(#[$meta])* pub $field: $kind),* }
    };
}

group!(ProvisionDefaults { rounding: Rounding, cfd_reading: Reading });
group!(ExemptionDefaults { hazard_repeat_uses: u32, hazard_repeat_months: u32 });
group!(DeviceDefaults {
    /// In no activity for so long.
    idle_days: u32,
    /// In use, and not docked for so long: what it recorded may not have been handed in.
    undocked_days: u32,
    substandard_open_days: u32,
    /// From the moment something was lost, stolen or damaged.
    late_report_hours: u32,
});
group!(CheckoutDefaults { return_grace_hours: u32 });
group!(MaintenanceDefaults { overdue_grace_days: u32 });
group!(NonRecordingDefaults { paper_due_hours: u32 });
group!(ClockDefaults { warn_seconds: u32, confirm_minutes: u32 });
group!(CarryDefaults { devices_min: u32 });
group!(ContinuityDefaults { split_tolerance_seconds: u32, explain_due_days: u32 });
group!(InterruptDefaults { report_due_hours: u32, written_due_hours: u32 });
group!(FixedSiteDefaults { outage_alert_hours: u32 });
group!(UploadDefaults {
    /// Reminder when this share of the period has passed.
    reminder_percent: u32,
    /// And this long before the deadline.
    reminder_hours_before: u32,
    /// Where the text does not say from when.
    clock_start: ClockStart,
    /// "第一时间": end of the local day, and at least this long after the last activity.
    first_moment_min_hours: u32,
});
group!(DiscDefaults { long_term_due_days: u32, check_interval_years: u32 });
group!(FilingDefaults { roll_to_workday: bool, reminder_day: u32 });
group!(ProfileDefaults { expiry_warning_days: Vec<u32>, force_confirm_days: u32 });
group!(DisposalDefaults { enabled: bool });

static SHIPPED: LazyLock<Defaults> = LazyLock::new(|| {
    // The file is compiled in and read by a test of this crate: it parses.
    toml::from_str(crate::shipped::DEFAULTS).expect("regulations/defaults.toml")
});

impl Defaults {
    /// The values this product ships.
    #[must_use]
    pub fn shipped() -> Defaults {
        SHIPPED.clone()
    }

    /// The shipped values changed by an agency's settings.
    ///
    /// # Errors
    /// A setting without a decision number, of an unknown key or with a value of the wrong kind.
    pub fn with(&self, settings: &BTreeMap<String, Setting>) -> Result<Defaults, Vec<Fault>> {
        let mut tree = serde_json::to_value(self).unwrap_or_default();
        let mut faults = Vec::new();
        for (key, setting) in settings {
            if setting.decision_no.trim().is_empty() {
                faults.push(Fault::new("", "setting_without_decision").with("key", key));
            }
            let slot = key.split_once('.').and_then(|(group, field)| tree.get_mut(group)?.get_mut(field));
            match slot {
                Some(slot) => *slot = setting.value.clone(),
                None => faults.push(Fault::new("", "unknown_setting").with("key", key)),
            }
        }
        match serde_json::from_value(tree) {
            Ok(defaults) if faults.is_empty() => Ok(defaults),
            Ok(_) => Err(faults),
            Err(error) => {
                faults.push(from_message("", &error.to_string()));
                Err(faults)
            }
        }
    }
}
