//! 规则: facts + regulation + time in, verdict with its articles out. Pure: no clock, no file, no
//! network, no database.
//!
//! A [`Law`] is one regulation with its versions in time. Every verdict function takes a stack of
//! laws (usually one; a department's overlay and its base make two), the facts, and answers with a
//! [`Verdict`]: value, articles, what of it is our own default, and which fact would change it.
//! Several laws at once: the strictest wins and all are cited.

pub mod accountability;
pub mod annex;
pub mod approver;
pub mod batch;
pub mod calendar;
pub mod cases;
pub mod checklist;
pub mod cite;
pub mod data;
pub mod defaults;
pub mod diff;
pub mod disposal;
pub mod exemption;
pub mod explain;
pub mod extraction;
pub mod fault;
pub mod interruption;
pub mod law;
pub mod notification;
pub mod obligation;
pub mod overlay;
pub mod parse;
pub mod pre_check;
pub mod provisioning;
pub mod report;
pub mod requirements;
pub mod resolutions;
pub mod responsibility;
pub mod retention;
pub mod sampling;
pub mod secrecy;
pub mod service_life;
pub mod shipped;
pub mod simulate;
pub mod skeleton;
pub mod terms;
pub mod time;
pub mod upload;
pub mod validity;
pub mod verdict;
pub mod vocab;
pub mod words;

pub use accountability::{Accountability, AccountabilityFacts, accountability};
pub use approver::{Approval, ApprovalState, ApproverFacts, approver};
pub use calendar::Calendar;
pub use cases::run_cases;
pub use cite::Cite;
pub use diff::diff;
pub use disposal::{Disposal, DisposalFacts, disposal};
pub use exemption::{Exemption, ExemptionFacts, exemption};
pub use explain::{Answer, explain};
pub use extraction::{Extraction, ExtractionFacts, extraction};
pub use fault::Fault;
pub use interruption::{Interruption, InterruptionFacts, interruption};
pub use law::{Adoption, Force, Law};
pub use notification::{Notification, notification};
pub use obligation::{Obligation, ObligationFacts, obligation};
pub use overlay::{check_overlays, stack};
pub use pre_check::{PreCheck, PreCheckFacts, pre_check};
pub use provisioning::{Provisioning, ProvisioningFacts, provisioning};
pub use responsibility::{Demanded, responsibilities};
pub use retention::{Retention, RetentionFacts, retention};
pub use sampling::{Sampling, SamplingFacts, sampling};
pub use secrecy::{Secrecy, SecrecyFacts, secrecy};
pub use service_life::{ServiceLife, ServiceLifeFacts, service_life};
pub use upload::{Deadline, UploadFacts, UploadState, UploadStatus, upload_deadline, upload_status};
pub use validity::{Validity, validity};
pub use verdict::{Cited, Verdict};
pub use vocab::Question;
