//! Who may do what: one table, shown under test in `tests/it/permissions.txt`.

/// The roles of requirements §1.2 and the three administrators, none of whom sees content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    Officer,
    Custodian,
    UnitHead,
    Leader,
    LegalOffice,
    JudicialBureau,
    SystemAdmin,
    SecurityAdmin,
    AuditAdmin,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Permission {
    PeopleList,
    PeopleManage,
    AccountList,
    ResponsibilityList,
    /// 指定专人.
    ResponsibilityDesignate,
    HandoverList,
    /// 办理交接: to open one, to withdraw it, and to be the head who signs last.
    HandoverManage,
    /// To be the second person of a grant.
    GrantConfirm,
    DeviceList,
    DeviceManage,
    /// 报故障、报损失、交还: what whoever uses a device may do with it.
    DeviceUse,
    /// 批准调拨、报废、赔偿、更换.
    DeviceDecide,
    ProvisionList,
    ProvisionPropose,
    /// 批准方案、情况说明: for units below one's own.
    ProvisionApprove,
    ActivityList,
    ActivityManage,
    RecordingList,
    RecordingPlay,
    /// Original bytes to the player. Officers see previews only: no role of theirs returns an original (MGT-09).
    RecordingPlayOriginal,
    RecordingIndex,
    /// 延期: to declare why a recording is handed in later.
    RecordingExtend,
    RecordingVerify,
    ReceiptRead,
    UploadCreate,
    IngestList,
    WorkbenchRead,
    AuditList,
    IntegrityRun,
    IntegrityList,
    RegulationRead,
    /// 文书: to print one, and to see those that were.
    DocumentPrint,
    DocumentList,
    /// To enter 解释性配置, 效力确认 …, and to attach the official text.
    RegulationDecide,
    /// To be the second person of a decision.
    RegulationApprove,
}

use Permission as P;
use Role as R;

pub const ROLES: [Role; 9] = [
    R::Officer,
    R::Custodian,
    R::UnitHead,
    R::Leader,
    R::LegalOffice,
    R::JudicialBureau,
    R::SystemAdmin,
    R::SecurityAdmin,
    R::AuditAdmin,
];

/// Every permission with its stable name and the roles that have it.
pub const TABLE: &[(Permission, &str, &[Role])] = &[
    (
        P::PeopleList,
        "people.list",
        &[
            R::Officer,
            R::Custodian,
            R::UnitHead,
            R::Leader,
            R::LegalOffice,
            R::JudicialBureau,
            R::SystemAdmin,
            R::SecurityAdmin,
        ],
    ),
    (P::PeopleManage, "people.manage", &[R::SecurityAdmin]),
    (
        P::ResponsibilityList,
        "responsibility.list",
        &[R::Officer, R::Custodian, R::UnitHead, R::Leader, R::LegalOffice, R::JudicialBureau],
    ),
    (P::ResponsibilityDesignate, "responsibility.designate", &[R::UnitHead, R::Leader]),
    (
        P::HandoverList,
        "handover.list",
        &[R::Officer, R::Custodian, R::UnitHead, R::Leader, R::LegalOffice, R::JudicialBureau],
    ),
    (P::HandoverManage, "handover.manage", &[R::UnitHead, R::Leader]),
    (P::AccountList, "account.list", &[R::SecurityAdmin, R::AuditAdmin]),
    (P::GrantConfirm, "grant.confirm", &[R::Leader, R::AuditAdmin]),
    (
        P::DeviceList,
        "device.list",
        &[R::Officer, R::Custodian, R::UnitHead, R::Leader, R::LegalOffice, R::JudicialBureau, R::SystemAdmin],
    ),
    (P::DeviceManage, "device.manage", &[R::Custodian]),
    (P::DeviceUse, "device.use", &[R::Officer, R::Custodian, R::UnitHead]),
    (P::DeviceDecide, "device.decide", &[R::UnitHead, R::Leader]),
    (P::ProvisionList, "provision.list", &[R::Custodian, R::UnitHead, R::Leader, R::LegalOffice, R::JudicialBureau]),
    (P::ProvisionPropose, "provision.propose", &[R::Custodian, R::UnitHead, R::Leader]),
    (P::ProvisionApprove, "provision.approve", &[R::UnitHead, R::Leader]),
    (
        P::ActivityList,
        "activity.list",
        &[R::Officer, R::Custodian, R::UnitHead, R::Leader, R::LegalOffice, R::JudicialBureau],
    ),
    (P::ActivityManage, "activity.manage", &[R::Officer, R::Custodian, R::UnitHead]),
    (
        P::RecordingList,
        "recording.list",
        &[R::Officer, R::Custodian, R::UnitHead, R::Leader, R::LegalOffice, R::JudicialBureau],
    ),
    (
        P::RecordingPlay,
        "recording.play",
        &[R::Officer, R::Custodian, R::UnitHead, R::Leader, R::LegalOffice, R::JudicialBureau],
    ),
    (
        P::RecordingPlayOriginal,
        "recording.play_original",
        &[R::Custodian, R::UnitHead, R::Leader, R::LegalOffice, R::JudicialBureau],
    ),
    (P::RecordingIndex, "recording.index", &[R::Officer, R::Custodian]),
    (P::RecordingExtend, "recording.extend", &[R::Officer, R::Custodian, R::UnitHead]),
    (
        P::RecordingVerify,
        "recording.verify",
        // Of single recordings IT administrators see nothing; integrity.run is how they check all of them.
        &[R::Custodian, R::UnitHead, R::Leader, R::LegalOffice, R::JudicialBureau],
    ),
    (
        P::ReceiptRead,
        "receipt.read",
        &[R::Officer, R::Custodian, R::UnitHead, R::Leader, R::LegalOffice, R::JudicialBureau],
    ),
    (P::UploadCreate, "upload.create", &[R::Officer, R::Custodian]),
    (P::IngestList, "ingest.list", &[R::Officer, R::Custodian, R::UnitHead, R::LegalOffice, R::SystemAdmin]),
    (
        P::WorkbenchRead,
        "workbench.read",
        &[
            R::Officer,
            R::Custodian,
            R::UnitHead,
            R::Leader,
            R::LegalOffice,
            R::JudicialBureau,
            R::SystemAdmin,
            R::SecurityAdmin,
            R::AuditAdmin,
        ],
    ),
    (P::AuditList, "audit.list", &[R::LegalOffice, R::JudicialBureau, R::AuditAdmin]),
    (
        P::IntegrityRun,
        "integrity.run",
        &[R::Custodian, R::LegalOffice, R::JudicialBureau, R::SystemAdmin, R::AuditAdmin],
    ),
    (
        P::IntegrityList,
        "integrity.list",
        &[R::Custodian, R::UnitHead, R::Leader, R::LegalOffice, R::JudicialBureau, R::SystemAdmin, R::AuditAdmin],
    ),
    (
        P::RegulationRead,
        "regulation.read",
        &[
            R::Officer,
            R::Custodian,
            R::UnitHead,
            R::Leader,
            R::LegalOffice,
            R::JudicialBureau,
            R::SystemAdmin,
            R::SecurityAdmin,
            R::AuditAdmin,
        ],
    ),
    (P::RegulationDecide, "regulation.decide", &[R::Custodian, R::LegalOffice]),
    (P::RegulationApprove, "regulation.approve", &[R::LegalOffice]),
    (P::DocumentPrint, "document.print", &[R::Custodian, R::UnitHead, R::Leader, R::LegalOffice]),
    (P::DocumentList, "document.list", &[R::Custodian, R::UnitHead, R::Leader, R::LegalOffice, R::JudicialBureau]),
];

impl Permission {
    pub fn name(self) -> &'static str {
        TABLE.iter().find(|line| line.0 == self).map_or("", |line| line.1)
    }
}

impl Role {
    pub fn name(self) -> &'static str {
        match self {
            R::Officer => "officer",
            R::Custodian => "custodian",
            R::UnitHead => "unit_head",
            R::Leader => "leader",
            R::LegalOffice => "legal_office",
            R::JudicialBureau => "judicial_bureau",
            R::SystemAdmin => "system_admin",
            R::SecurityAdmin => "security_admin",
            R::AuditAdmin => "audit_admin",
        }
    }

    pub fn parse(name: &str) -> Option<Role> {
        ROLES.into_iter().find(|role| role.name() == name)
    }

    pub fn may(self, permission: Permission) -> bool {
        TABLE.iter().any(|(p, _, roles)| *p == permission && roles.contains(&self))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn administrators_see_no_content() {
        for role in [R::SystemAdmin, R::SecurityAdmin, R::AuditAdmin] {
            for permission in
                [P::RecordingList, P::RecordingPlay, P::RecordingPlayOriginal, P::RecordingVerify, P::ReceiptRead]
            {
                assert!(!role.may(permission), "{} must not have {}", role.name(), permission.name());
            }
        }
    }

    #[test]
    fn an_officer_never_gets_original_bytes() {
        assert!(!R::Officer.may(P::RecordingPlayOriginal));
    }
}
