//! What a regulation folder holds: the shape of `rules.toml`. Every value names its article.
//!
//! A missing table means the text is silent. Silence is never filled in here.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::terms::{Cites, Keep, Within};
use crate::vocab::{
    Act, Circumstance, ClockStart, DateSource, Destination, DeviceKind, Duty, Exclusion, ExemptionReason, Field,
    Ground, Hazard, InterruptionCause, Level, Nature, Occasion, PreCheckItem, Responsibility, Role, SamplingItem,
    SecrecyClass, Threshold, UnitClass, Violation,
};

/// One version of one regulation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rules {
    pub id: String,
    pub version: String,
    pub title: String,
    pub title_en: String,
    pub short: String,
    pub nature: Nature,
    /// The regulation a department's own measures add to; they may tighten it, never loosen it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base: Option<String>,
    /// First day of force, where known.
    #[serde(default)]
    pub in_force_on: Option<Date>,
    pub in_force_source: DateSource,
    /// Last day of force, inclusive.
    #[serde(default)]
    pub expires_on: Option<Date>,
    /// The article (or notice) about force and validity.
    pub validity_article: Cites,
    /// Names the version this one ends early, on the day before `in_force_on`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub supersedes: Option<String>,
    /// Titles of roles in this text.
    #[serde(default)]
    pub roles: BTreeMap<Role, String>,
    #[serde(default, rename = "document")]
    pub documents: Vec<Document>,
    #[serde(default)]
    pub repeals: Vec<Repeal>,
    #[serde(default)]
    pub addressees: Option<Listed>,
    #[serde(default)]
    pub devices: Option<Devices>,
    /// Values that need no computing, one for each cell: key, article, one line.
    #[serde(default, rename = "statement")]
    pub statements: Vec<Statement>,
    #[serde(default, rename = "provision")]
    pub provisions: Vec<Provision>,
    #[serde(default, rename = "responsibility")]
    pub responsibilities: Vec<ResponsibilityRule>,
    #[serde(default)]
    pub service_life: Option<ServiceLifeRule>,
    #[serde(default)]
    pub pre_check: Option<PreCheckRule>,
    #[serde(default)]
    pub notification: Option<NotificationRule>,
    #[serde(default)]
    pub carry: Option<CarryRule>,
    #[serde(default)]
    pub continuity: Option<Continuity>,
    #[serde(default)]
    pub interruption: Option<InterruptionRule>,
    #[serde(default, rename = "occasion")]
    pub occasions: Vec<OccasionRule>,
    #[serde(default)]
    pub focus: Vec<FocusRule>,
    #[serde(default, rename = "exemption")]
    pub exemptions: Vec<ExemptionRule>,
    #[serde(default)]
    pub exemption_paper: Option<PaperRule>,
    #[serde(default)]
    pub upload: Option<UploadRule>,
    #[serde(default)]
    pub index: Option<Fields>,
    #[serde(default, rename = "retention")]
    pub retention: Vec<RetentionRule>,
    #[serde(default)]
    pub filing: Option<FilingRule>,
    #[serde(default)]
    pub extraction: Option<ExtractionRule>,
    #[serde(default, rename = "approval")]
    pub approvals: Vec<ApprovalRule>,
    #[serde(default)]
    pub register: Option<RegisterRule>,
    #[serde(default, rename = "secrecy")]
    pub secrecy: Vec<SecrecyRule>,
    #[serde(default)]
    pub sampling: Option<SamplingRule>,
    #[serde(default, rename = "accountability")]
    pub accountability: Vec<AccountabilityRule>,
    #[serde(default)]
    pub consequences: Option<Consequences>,
    #[serde(default, rename = "deviation")]
    pub deviations: Vec<DeviationRule>,
}

/// An upstream text or annex the regulation names. A missing one leaves its rule empty.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Document {
    pub title: String,
    pub supplied: bool,
    pub article: Cites,
}

/// A predecessor this text repeals.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Repeal {
    /// What it is known by where somebody would choose it: the id of its folder, or one of its own where no text came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    pub title: String,
    pub number: String,
    pub on: Date,
    pub supplied: bool,
    pub article: Cites,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Listed {
    pub names: Vec<String>,
    pub article: Cites,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Devices {
    pub kinds: Vec<DeviceKind>,
    /// The list ends in "等".
    pub open: bool,
    pub article: Cites,
}

/// A cell of the parameter table that is read by people, not computed with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Statement {
    /// Parameter key, e.g. `device.work_only`.
    pub key: String,
    pub article: Cites,
    pub zh: String,
    pub en: String,
}

/// How many devices a unit of this class owes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Provision {
    pub unit: UnitClass,
    /// Kinds that count together toward the number.
    pub kinds: Vec<DeviceKind>,
    pub amount: Amount,
    pub scope: Scope,
    /// `false` for "原则上" and wherever the scope is doubtful: a shortage is a documented deviation.
    pub firm: bool,
    /// "有条件的": an aspiration, not a duty.
    #[serde(default)]
    pub target: bool,
    pub article: Cites,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Amount {
    /// A fixed number a unit.
    Count(u32),
    /// One device for so many persons.
    OnePer(u32),
    /// One device for so many persons, worded so that it can be read as floor or as cap
    /// ("不少于3名执法人员一台").
    OnePerAtLeast(u32),
    /// The unit states its own need.
    StatedNeed(bool),
    /// A place and its equipment.
    Site(bool),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    Unit,
    Squad,
    Department,
    Agency,
}

/// What a unit must have somebody for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResponsibilityRule {
    pub duty: Responsibility,
    pub by: Role,
    /// The text makes a body answer and leaves it to name a person.
    #[serde(default)]
    pub body: bool,
    pub article: Cites,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServiceLifeRule {
    pub minimum_years: u32,
    pub article: Cites,
    /// Articles that allow retiring damaged equipment earlier.
    pub early_article: Cites,
    #[serde(default, rename = "range")]
    pub ranges: Vec<LifeRange>,
    /// Kinds whose loss or damage by misuse is compensated at the original price.
    #[serde(default)]
    pub compensation: Option<Compensation>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LifeRange {
    pub kinds: Vec<DeviceKind>,
    pub from_years: u32,
    pub to_years: u32,
    pub article: Cites,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Compensation {
    pub kinds: Vec<DeviceKind>,
    pub article: Cites,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PreCheckRule {
    pub items: Vec<PreCheckItem>,
    pub article: Cites,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NotificationRule {
    /// The mandated wording, character for character, without the closing full stop.
    #[serde(default)]
    pub phrase: Option<String>,
    /// What the party is told is recording.
    pub device_word: String,
    /// A norm to follow instead of a phrase.
    #[serde(default)]
    pub norm: Option<String>,
    pub article: Cites,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Continuity {
    pub applies_to: ContinuityScope,
    pub coverage: Coverage,
    pub article: Cites,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ContinuityScope {
    All,
    DisputeProne,
    Recorded,
    PerChecklistRow,
    MustFull,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Coverage {
    /// 主要环节, from arrival to end.
    MainStages,
    WholeProcess,
    PerRow,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InterruptionRule {
    /// Accepted causes named by the text; "等" leaves room for another objective cause in words.
    pub causes: Vec<InterruptionCause>,
    /// The text forbids interruption in so many words.
    pub banned: bool,
    pub voice_explanation: bool,
    pub article: Cites,
    #[serde(default)]
    pub cannot_continue: Option<CannotContinue>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CannotContinue {
    pub report_to: Role,
    pub written_explanation: bool,
    /// Another device must be used.
    pub replacement_device: bool,
    pub kept_for_inspection: bool,
    pub article: Cites,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OccasionRule {
    pub occasions: Vec<Occasion>,
    pub level: Level,
    pub article: Cites,
    /// Checklist row that goes with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub row: Option<String>,
    /// Covered only by inference from a wider item.
    #[serde(default)]
    pub inferred: bool,
    /// Recorded by fixed surveillance, not by a worn device.
    #[serde(default)]
    pub by_cctv: bool,
    /// The officer must put into words what is meant (truncated or open items).
    #[serde(default)]
    pub name_it: bool,
    /// Only where the party obstructs or may dispute.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub only_if: Option<Occasion>,
}

/// 重点内容: an item of the marking and checking sheet. What it is stands in the line of its article.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FocusRule {
    /// Title of the document that says what it is, where the text leaves it to one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document: Option<String>,
    pub article: Cites,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExemptionRule {
    pub reason: ExemptionReason,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hazard: Option<Hazard>,
    /// A document reference is demanded.
    #[serde(default)]
    pub needs_document: bool,
    /// Never for occasions of this level.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_for: Option<Level>,
    pub article: Cites,
}

/// The paper owed after not recording.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PaperRule {
    /// 备查
    #[serde(default)]
    pub kept_for_inspection: bool,
    pub by: Role,
    pub to: Role,
    /// The recipient in the text's words, where they differ from the role's usual title.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to_title: Option<String>,
    pub sign_off: bool,
    pub article: Cites,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UploadRule {
    pub within: Within,
    /// Missing where the text does not say from when.
    #[serde(default)]
    pub clock_start: Option<ClockStart>,
    #[serde(default)]
    pub destinations: Vec<Destination>,
    pub article: Cites,
    #[serde(default)]
    pub extension: Option<ExtensionRule>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExtensionRule {
    pub circumstances: Vec<Circumstance>,
    /// Those of them that must be put into words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub described: Vec<Circumstance>,
    pub within: Within,
    /// `return` for extensions that run from the return to the unit.
    #[serde(default)]
    pub clock_start: Option<ClockStart>,
    /// Whose consent is needed, and before the base period has run out.
    #[serde(default)]
    pub consent: Option<Role>,
    #[serde(default)]
    pub excluded: Vec<Exclusion>,
    pub article: Cites,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fields {
    pub fields: Vec<Field>,
    pub article: Cites,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RetentionRule {
    pub ground: Ground,
    pub keep: Keep,
    /// Disc or similar medium demanded.
    #[serde(default)]
    pub disc: bool,
    pub article: Cites,
}

/// 案件终结后归档.
/// 双人携带; how many devices that is, is a setting.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CarryRule {
    /// One moves around the officers and records the whole.
    #[serde(default)]
    pub roving_recorder: bool,
    pub article: Cites,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FilingRule {
    pub within: Within,
    pub article: Cites,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExtractionRule {
    /// Fields of the explanatory document, "等" always leaves room for more.
    pub fields: Vec<Field>,
    pub disc: bool,
    pub article: Cites,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApprovalRule {
    pub act: Act,
    /// Whose approval; missing where the text orders approval and names nobody.
    #[serde(default)]
    pub role: Option<Role>,
    /// A mandate with a register entry instead of a case-by-case approval.
    #[serde(default)]
    pub mandate: Option<Role>,
    /// Evidence for the deciding or reviewing body or a court needs no approval of this kind.
    #[serde(default)]
    pub evidence_excepted: bool,
    pub article: Cites,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RegisterRule {
    pub handled_by: Role,
    /// All viewing and copying through this one hand.
    pub one_hand: bool,
    #[serde(default)]
    pub fields: Vec<Field>,
    /// "登记后，方可查阅".
    pub before_viewing: bool,
    pub article: Cites,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SecrecyRule {
    pub class: SecrecyClass,
    pub article: Cites,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SamplingRule {
    /// Share in percent; missing where the text says "一定比例".
    #[serde(default)]
    pub rate_percent: Option<u32>,
    pub items: Vec<SamplingItemRule>,
    pub counts_in_assessment: bool,
    pub article: Cites,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SamplingItemRule {
    pub item: SamplingItem,
    pub article: Cites,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccountabilityRule {
    pub violation: Violation,
    pub threshold: Threshold,
    pub article: Cites,
}

/// What follows from a confirmed violation, in the text's order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Consequences {
    pub steps: Vec<Step>,
    /// Findings of which the text asks at least one before any step but the first; none: it asks for none.
    #[serde(default)]
    pub beyond_first: Vec<Finding>,
    pub article: Cites,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    RectificationOrder,
    HandlingByRules,
    CompetentBody,
    Sanction,
    Liability,
    CriminalReferral,
}

/// What a human has found and recorded of a violation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Finding {
    SeriousViolation,
    SeriousConsequences,
    BadInfluence,
    /// 涉嫌违法违纪
    SuspectedUnlawful,
}

/// A duty whose breach has no accountability item of its own.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeviationRule {
    pub duty: Duty,
    pub article: Cites,
}
