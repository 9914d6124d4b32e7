//! 配备: the register of recording devices and their life, from registration to retirement.
//!
//! Everything done to a device is an act of one table (`life.rs`), a row of its history and an event; what needs more
//! than one hand (transfer, retirement, loss, replacement) is an order.

pub mod acts;
pub mod detail;
pub mod due;
pub mod http;
pub mod import;
pub mod judge;
pub mod law;
pub mod life;
pub mod models;
pub mod models_http;
pub mod orders;
pub mod orders_http;
pub mod provision;
pub mod register;
pub mod store;

use serde::{Deserialize, Serialize};
use tiezheng_rules::defaults::Defaults;
use utoipa::ToSchema;

use crate::people::store::Named;

/// A device in use that was not docked for so long is asked after: what it recorded may not have been handed in. Not the same
/// as `device.idle_days`, in which it took part in no activity.
pub fn undocked_ms() -> i64 {
    i64::from(Defaults::shipped().device.undocked_days) * 86_400_000
}

/// The kinds of requirements §1.3.
pub const KINDS: [&str; 8] = [
    "body_worn_camera",
    "handheld_terminal",
    "still_camera",
    "camcorder",
    "audio_recorder",
    "fixed_cctv",
    "collection_storage_device",
    "other",
];

/// What a device can do beyond recording (requirements PRV-13).
pub const CAPABILITIES: [&str; 7] =
    ["explosion_proof", "ir_night_vision", "gps", "wireless_upload", "wide_angle", "loop_recording", "file_encryption"];

/// A device as lists show it.
#[derive(Clone, Serialize, ToSchema)]
pub struct Device {
    pub id: String,
    pub agency_id: String,
    pub kind: String,
    /// Empty where nobody has told it.
    pub maker: String,
    pub model: String,
    /// What it is, of kind other.
    pub description: Option<String>,
    pub serial_no: String,
    pub asset_no: Option<String>,
    /// in_store, issued, checked_out, stopped, in_repair, device_sealed, destroyed, lost, stolen
    pub status: String,
    /// Counts the steps of its history. Who acts may say which one he saw.
    pub revision: i64,
    pub unit: Option<Named>,
    /// Who holds it now.
    pub holder: Option<Named>,
    pub held_since_ms: Option<i64>,
    /// End of the shift it was taken for; null: until further notice.
    pub due_ms: Option<i64>,
    pub purpose: Option<String>,
    pub capacity_gb: Option<i64>,
    pub capabilities: Vec<String>,
    pub accessories: Vec<String>,
    /// Day, as all of `*_on`.
    pub acquired_on: Option<String>,
    pub price_fen: Option<i64>,
    /// The service life runs from here.
    pub in_use_on: Option<String>,
    pub purchase_id: Option<String>,
    pub upkeep_ms: Option<i64>,
    pub last_docked_ms: Option<i64>,
    /// Device clock minus true time when it was last measured, milliseconds.
    pub drift_ms: Option<i64>,
    /// Kinds of its open orders: transfer, retirement, loss, replacement.
    pub open_orders: Vec<String>,
}

impl Device {
    pub fn unit_id(&self) -> Option<&str> {
        self.unit.as_ref().map(|unit| unit.id.as_str())
    }
}

/// One step of a device's history.
#[derive(Clone, Serialize, ToSchema)]
pub struct Step {
    pub revision: i64,
    pub act: String,
    pub from_status: Option<String>,
    pub to_status: String,
    /// When it was done, and when it was written down.
    pub at_ms: i64,
    pub noted_ms: i64,
    /// Account and name of who wrote it down; null: the system itself.
    pub by: Option<Named>,
    /// Who received, returned or held it.
    pub person: Option<Named>,
    pub unit: Option<Named>,
    #[schema(value_type = Object)]
    pub detail: serde_json::Value,
    /// `{name, at_ms, typed, strokes}`
    #[schema(value_type = Option<Object>)]
    pub signature: Option<serde_json::Value>,
}

/// A period in somebody's hands.
#[derive(Clone, Serialize, ToSchema)]
pub struct Held {
    pub device: Named,
    pub holder: Named,
    pub from_ms: i64,
    pub to_ms: Option<i64>,
    pub due_ms: Option<i64>,
}

/// 未导出: what is known of recordings that are still on the device only.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct OnDevice {
    /// Files still there; null: some, nobody has counted them.
    pub files: Option<i64>,
    pub since_ms: i64,
    /// stated: somebody said so; failed: the last docking left files behind; running: a docking is under way.
    pub known_from: String,
}
