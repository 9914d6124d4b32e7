//! 设备标签: sheets of 24 to stick on devices. The code is what `GET /api/devices/scan` understands.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::fonts::Fonts;
use crate::receipt::{Lang, Page, labels};
use crate::{Error, bad, qr, text};

pub(crate) const LABELS: &[&str] = &["title", "none"];
pub const ON_A_SHEET: usize = 24;
/// Labels at once: twenty sheets and more are several papers.
pub const STICKERS_MAX: usize = 1_000;
/// What fits beside the code; the rest is cut and says so.
const CHARS_MAX: usize = 34;

/// Data of the form. Unknown fields are refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stickers {
    pub lang: Lang,
    /// Texts in that language, exactly the keys of `Form::labels`.
    pub labels: BTreeMap<String, String>,
    /// When this paper was made, UTC ms.
    pub issued_ms: i64,
    pub number: String,
    pub agency: String,
    /// Places already used on the first sheet.
    #[serde(default)]
    pub skip: usize,
    pub devices: Vec<Sticker>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sticker {
    /// Identifier of the device: what the code holds, behind `tiezheng:device:`.
    pub id: String,
    pub asset_no: String,
    pub model: String,
    pub unit: String,
}

pub(crate) fn page(data: &Value, name: &str, fonts: &Fonts) -> Result<Page, Error> {
    let sheet = Stickers::deserialize(data).map_err(|why| bad(why.to_string()))?;
    let labels = labels(&sheet.labels, LABELS, fonts)?;
    if sheet.devices.is_empty() || sheet.devices.len() > STICKERS_MAX {
        return Err(bad("devices"));
    }
    if sheet.skip >= ON_A_SHEET {
        return Err(bad("skip"));
    }
    let value = |raw: &str| {
        let raw = raw.trim();
        let cut: String = raw.chars().take(CHARS_MAX).collect();
        let cut = if cut.len() < raw.len() { cut + "…" } else { cut };
        text::cell(&cut, |c| fonts.shows(c))
    };
    let devices: Vec<Value> = sheet
        .devices
        .iter()
        .map(|device| {
            let code = format!("tiezheng:device:{}", device.id);
            let qr = qr::svg(&code).filter(|_| !device.id.is_empty()).ok_or_else(|| bad("devices.id"))?;
            Ok(json!({
                "code": code, "qr": qr, "asset_no": value(&device.asset_no), "model": value(&device.model),
                "unit": value(&device.unit),
            }))
        })
        .collect::<Result<_, Error>>()?;
    let json = json!({
        "lang": sheet.lang.short(), "labels": labels, "agency": value(&sheet.agency), "skip": sheet.skip,
        "devices": devices,
    });
    Ok(Page {
        json,
        issued: text::document_date(sheet.issued_ms).ok_or_else(|| bad("issued_ms"))?,
        ident: format!("{name}:{}:{}", sheet.agency, sheet.number),
    })
}
