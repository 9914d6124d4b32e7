//! 规则: facts + regulation + time in, verdict with its articles out. Pure: no clock, no file, no
//! network, no database.
//!
//! A [`Law`] is one regulation with its versions in time. Every verdict function takes a stack of
//! laws (usually one; a department's overlay and its base make two), the facts, and answers with a
//! [`Verdict`]: value, articles, what of it is our own default, and which fact would change it.
//! Several laws at once: the strictest wins and all are cited.

pub mod approver;
pub mod calendar;
pub mod checklist;
pub mod data;
pub mod defaults;
pub mod fault;
pub mod law;
pub mod notification;
pub mod parse;
pub mod retention;
pub mod shipped;
pub mod terms;
pub mod time;
pub mod upload;
pub mod validity;
pub mod verdict;
pub mod vocab;

pub use approver::{Approval, ApprovalState, ApproverFacts, approver};
pub use calendar::Calendar;
pub use fault::Fault;
pub use law::{Adoption, Force, Law};
pub use notification::{Notification, notification};
pub use retention::{Retention, RetentionFacts, retention};
pub use upload::{
    Deadline, UploadFacts, UploadState, UploadStatus, upload_deadline, upload_status,
};
pub use validity::{Validity, validity};
pub use verdict::{Cited, Verdict};
