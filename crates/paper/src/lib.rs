//! The printed forms: data in, PDF out. Knows no database, no clock, no language.
//!
//! A form is a constant Typst template in `forms/`; everything that varies, the labels included,
//! comes in through `data` and reaches the template as one JSON text in `sys.inputs`. Nothing a
//! person or a device has written is ever parsed as markup: a file name such as `现场_检查*.mp4`
//! stays what it is.
//!
//! The result is PDF/A-2b with embedded, subset fonts. Equal data and equal fonts give equal bytes;
//! the date in the document is the one in the data.

mod fonts;
mod form;
mod qr;
mod receipt;
mod shapes;
mod sticker;
mod text;

use std::path::{Path, PathBuf};

use serde_json::Value as Json;
use typst::foundations::{Dict, Smart, Str, Value};
use typst_as_lib::TypstEngine;
use typst_layout::PagedDocument;
use typst_pdf::{PdfOptions, PdfStandard, PdfStandards, Timestamp};

pub use form::{Filled, ROWS_MAX};
pub use receipt::{Checkpoint, Lang, Receipt};
pub use sticker::{ON_A_SHEET, STICKERS_MAX, Sticker, Stickers};

use shapes::Shape;

/// What can be printed. Each form names its data type and the labels it needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// 入库凭证: the receipt of one sealed recording. Data: [`Receipt`].
    Receipt,
    /// 设备领用（归还）登记表. Data of this and the following: [`Filled`].
    DeviceIssue,
    /// 使用前检查记录
    DeviceCheck,
    /// 设备移交清单
    DeviceTransfer,
    /// 工作交接清单
    Handover,
    /// 设备维修登记表
    DeviceRepair,
    /// 设备报废（封存·销毁）审批表
    DeviceRetirement,
    /// 设备丢失（损坏）情况说明
    DeviceLoss,
    /// 配备情况统计表
    Provision,
    /// 设备标签. Data: [`Stickers`].
    DeviceLabels,
}

impl Form {
    pub const ALL: [Form; 10] = [
        Form::Receipt,
        Form::DeviceIssue,
        Form::DeviceCheck,
        Form::DeviceTransfer,
        Form::Handover,
        Form::DeviceRepair,
        Form::DeviceRetirement,
        Form::DeviceLoss,
        Form::Provision,
        Form::DeviceLabels,
    ];

    /// The stable name: stored with a paper, and the middle of its labels' keys.
    pub fn name(self) -> &'static str {
        match self {
            Form::Receipt => "receipt",
            Form::DeviceIssue => "device_issue",
            Form::DeviceCheck => "device_check",
            Form::DeviceTransfer => "device_transfer",
            Form::Handover => "handover",
            Form::DeviceRepair => "device_repair",
            Form::DeviceRetirement => "device_retirement",
            Form::DeviceLoss => "device_loss",
            Form::Provision => "provision",
            Form::DeviceLabels => "device_labels",
        }
    }

    pub fn parse(name: &str) -> Option<Form> {
        Form::ALL.into_iter().find(|form| form.name() == name)
    }

    /// Keys that `data.labels` must hold, each a text in the language of the form. The caller takes
    /// them from `locales/`, under `paper.<form>.<key>`, else under `paper.form.<key>`.
    pub fn labels(self) -> Vec<&'static str> {
        match (self, self.shape()) {
            (_, Some(shape)) => form::keys(shape),
            (Form::DeviceLabels, None) => sticker::LABELS.to_vec(),
            (_, None) => receipt::LABELS.to_vec(),
        }
    }

    /// Keys that `data.fields` may hold; none of forms that are not filled in by field.
    pub fn fields(self) -> Vec<&'static str> {
        self.shape().map(form::fields).unwrap_or_default()
    }

    /// Keys that `data.tables` may hold, with their columns.
    pub fn tables(self) -> Vec<(&'static str, Vec<&'static str>)> {
        self.shape().map(form::tables).unwrap_or_default()
    }

    fn shape(self) -> Option<&'static Shape> {
        match self {
            Form::Receipt | Form::DeviceLabels => None,
            Form::DeviceIssue => Some(&shapes::ISSUE),
            Form::DeviceCheck => Some(&shapes::CHECK),
            Form::DeviceTransfer => Some(&shapes::TRANSFER),
            Form::Handover => Some(&shapes::HANDOVER),
            Form::DeviceRepair => Some(&shapes::REPAIR),
            Form::DeviceRetirement => Some(&shapes::RETIREMENT),
            Form::DeviceLoss => Some(&shapes::LOSS),
            Form::Provision => Some(&shapes::STATISTICS),
        }
    }

    fn template(self) -> &'static str {
        match self {
            Form::Receipt => "receipt.typ",
            Form::DeviceLabels => "labels.typ",
            _ => "form.typ",
        }
    }
}

/// Constant texts, compiled in. `base.typ` holds what every form shares.
const TEMPLATES: [(&str, &str); 4] = [
    ("base.typ", include_str!("../forms/base.typ")),
    ("receipt.typ", include_str!("../forms/receipt.typ")),
    ("form.typ", include_str!("../forms/form.typ")),
    ("labels.typ", include_str!("../forms/labels.typ")),
];

/// Why nothing was printed. The display text is for logs; people get the text behind [`Error::code`].
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No folder looked at holds all families of Noto CJK. Cure: package `fonts-noto-cjk`, or
    /// configure a folder that holds them.
    #[error("paper.fonts_missing: {missing} in {looked_in:?}")]
    FontsMissing { missing: &'static str, looked_in: Vec<PathBuf> },
    /// The data do not fit the form: a field missing, unknown, or of the wrong shape.
    #[error("paper.bad_data: {field}")]
    BadData { field: String },
    /// The template refused good data: a fault of ours, never of the caller.
    #[error("paper.failed: {detail}")]
    Failed { detail: String },
}

impl Error {
    /// Stable code, the key of the sentence in `locales/`.
    pub fn code(&self) -> &'static str {
        match self {
            Error::FontsMissing { .. } => "paper.fonts_missing",
            Error::BadData { .. } => "paper.bad_data",
            Error::Failed { .. } => "paper.failed",
        }
    }
}

/// One form as PDF/A-2b. Fonts come from `fonts_dir`, or from where distributions keep Noto CJK.
///
/// The first call for a folder reads its fonts (about 90 MB); later calls reuse them.
///
/// # Errors
/// [`Error::FontsMissing`], or [`Error::BadData`] naming the field.
pub fn render(form: Form, data: &Json, fonts_dir: Option<&Path>) -> Result<Vec<u8>, Error> {
    let fonts = fonts::load(fonts_dir)?;
    let page = match (form, form.shape()) {
        (_, Some(shape)) => form::page(data, shape, form.name(), &fonts)?,
        (Form::DeviceLabels, None) => sticker::page(data, form.name(), &fonts)?,
        (_, None) => receipt::page(data, &fonts)?,
    };

    let engine =
        TypstEngine::builder().fonts(fonts.faces.iter().cloned()).with_static_source_file_resolver(TEMPLATES).build();
    let mut inputs = Dict::new();
    inputs.insert(Str::from("page"), Value::Str(Str::from(page.json.to_string())));
    let document: PagedDocument = engine.compile_with_input(form.template(), inputs).output.map_err(failed)?;

    let options = PdfOptions {
        ident: Smart::Custom(page.ident),
        creator: Smart::Custom(Some("Tiezheng".to_owned())),
        timestamp: Some(Timestamp::new_utc(page.issued)),
        standards: PdfStandards::new(&[PdfStandard::A_2b]).map_err(failed)?,
        ..PdfOptions::default()
    };
    typst_pdf::pdf(&document, &options).map_err(failed)
}

fn failed(why: impl std::fmt::Debug) -> Error {
    Error::Failed { detail: format!("{why:?}") }
}

fn bad(field: impl Into<String>) -> Error {
    Error::BadData { field: field.into() }
}
