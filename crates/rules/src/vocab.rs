//! The closed vocabulary: every word a regulation folder may use, as Rust enums.
//!
//! Names are the glossary's identifiers. A word outside these lists is an error with file, line and
//! the allowed words; there is no expression language to fall back on.

use serde::{Deserialize, Serialize};

/// Declares an enum whose variants have one stable code each, used in TOML, JSON, tables and labels.
macro_rules! vocab {
    ($(#[$meta:meta])* $name:ident { $($(#[$variant_meta:meta])* $variant:ident = $code:literal),* $(,)? }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum $name {
            $($(#[$variant_meta])* #[serde(rename = $code)] $variant),*
        }

        impl $name {
            pub const ALL: &'static [$name] = &[$($name::$variant),*];

            /// The stable code of this word.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self { $($name::$variant => $code),* }
            }

            /// The word with this code, if there is one.
            #[must_use]
            pub fn from_code(code: &str) -> Option<$name> {
                Self::ALL.iter().copied().find(|word| word.code() == code)
            }
        }
    };
}
pub(crate) use vocab;

vocab! {
    /// What can be asked of the rules. Order and names are the frozen command line surface.
    Question {
        Provisioning = "provisioning",
        ServiceLife = "service-life",
        PreCheck = "pre-check",
        Obligation = "obligation",
        Exemption = "exemption",
        Notification = "notification",
        Interruption = "interruption",
        UploadDeadline = "upload-deadline",
        Approver = "approver",
        Retention = "retention",
        Disposal = "disposal",
        Extraction = "extraction",
        Secrecy = "secrecy",
        Sampling = "sampling",
        Accountability = "accountability",
        Validity = "validity",
    }
}

vocab! {
    /// 办法、暂行规定、试行办法: what the text calls itself.
    Nature { Measure = "measure", Interim = "interim", Trial = "trial" }
}

vocab! {
    /// Where the first day of force comes from.
    DateSource {
        /// The text states it.
        Stated = "stated",
        /// Taken from the cover notice; nobody has confirmed it.
        Assumed = "assumed",
        /// "自发布之日起" without a date: the agency must enter the day of publication.
        Unknown = "unknown",
    }
}

vocab! {
    /// 设备种类.
    DeviceKind {
        StillCamera = "still_camera",
        AudioRecorder = "audio_recorder",
        Camcorder = "camcorder",
        BodyWornCamera = "body_worn_camera",
        HandheldTerminal = "handheld_terminal",
        FixedCctv = "fixed_cctv",
        CollectionStorageDevice = "collection_storage_device",
        Other = "other",
    }
}

vocab! {
    /// Roles and bodies, resolved to a title by each regulation's `[roles]`.
    Role {
        Officer = "officer",
        DeviceUser = "device_user",
        SupervisionOfficer = "supervision_officer",
        Custodian = "custodian",
        Administrator = "administrator",
        DesignatedPerson = "designated_person",
        FirstResponsible = "first_responsible",
        UnitHead = "unit_head",
        DepartmentHead = "department_head",
        GroupLeader = "group_leader",
        CaseBodyHead = "case_body_head",
        EnforcementBodyHead = "enforcement_body_head",
        EnforcementUnitHead = "enforcement_unit_head",
        BureauLeader = "bureau_leader",
        DirectorInCharge = "director_in_charge",
        DeputyDirectorInCharge = "deputy_director_in_charge",
        SuperiorUnit = "superior_unit",
        OversightOffice = "oversight_office",
        LegalGroup = "legal_group",
        WorkingGroup = "working_group",
        LegalOffice = "legal_office",
        Brigade = "brigade",
        SubordinateUnit = "subordinate_unit",
        JudicialBureau = "judicial_bureau",
        Finance = "finance",
        EvidenceCollector = "evidence_collector",
        Maker = "maker",
        Extractor = "extractor",
    }
}

vocab! {
    /// 责任: what somebody answers for in a unit.
    Responsibility {
        FirstResponsible = "first_responsible",
        /// 养护、日常维护.
        DeviceUpkeep = "device_upkeep",
        /// 登记、发放、调拨、更新.
        DeviceRegister = "device_register",
        /// 收集、储存.
        RecordingCustody = "recording_custody",
        Archiving = "archiving",
        /// 相挂钩: the office that watches over the unit.
        Oversight = "oversight",
    }
}

vocab! {
    /// 设备配备所针对的单位或岗位.
    UnitClass {
        EnforcementBody = "enforcement_body",
        LicensingUnit = "licensing_unit",
        LowOnsiteOffice = "low_onsite_office",
        Office = "office",
        HearingHost = "hearing_host",
        ApprovalWindow = "approval_window",
        OnsiteUnit = "onsite_unit",
        Squad = "squad",
        Bureau = "bureau",
        WorkingGroup = "working_group",
        ClassA = "class_a",
        ClassB = "class_b",
        ClassC = "class_c",
        CaseHandlingPlace = "case_handling_place",
    }
}

vocab! {
    /// 记录环节、情形: canonical occasions, requirements §3.6.
    Occasion {
        Inspection = "inspection",
        DoubleRandomInspection = "double_random_inspection",
        LicensingOnsiteSurvey = "licensing_onsite_survey",
        LicensingWindow = "licensing_window",
        ComplaintReport = "complaint_report",
        Investigation = "investigation",
        Inquiry = "inquiry",
        ConfirmationRefused = "confirmation_refused",
        EvidenceSampling = "evidence_sampling",
        RemoteSampling = "remote_sampling",
        AdvanceRegistration = "advance_registration",
        SealingUp = "sealing_up",
        Seizure = "seizure",
        CompulsoryMeasure = "compulsory_measure",
        CompulsoryEnforcement = "compulsory_enforcement",
        CompulsoryDemolition = "compulsory_demolition",
        MajorInterest = "major_interest",
        CaseHandlingPlace = "case_handling_place",
        SummaryProcedure = "summary_procedure",
        StatementDefence = "statement_defence",
        CollectiveDiscussion = "collective_discussion",
        Reinspection = "reinspection",
        OrderToCorrect = "order_to_correct",
        LevyDispute = "levy_dispute",
        Hearing = "hearing",
        ServiceDirect = "service_direct",
        ServiceLien = "service_lien",
        ServicePostal = "service_postal",
        ServicePublicNotice = "service_public_notice",
        ServicePostedNotice = "service_posted_notice",
        Obstruction = "obstruction",
        SuddenIncident = "sudden_incident",
        MassIncident = "mass_incident",
        MajorComplexCase = "major_complex_case",
        DisputeProne = "dispute_prone",
        Petition = "petition",
        JointEnforcement = "joint_enforcement",
        RequiredByLaw = "required_by_law",
        Other = "other",
    }
}

vocab! {
    /// How strongly recording is asked for; ordered from weakest to strongest.
    Level {
        /// The text is silent on this occasion.
        None = "none",
        /// 根据执法需要.
        AsNeeded = "as_needed",
        /// 根据实际情况.
        Circumstances = "circumstances",
        /// 重点摄录: when it happens in a recorded activity it must be captured.
        Focus = "focus",
        /// 应当.
        Must = "must",
        /// 应当进行全程.
        MustFull = "must_full",
    }
}

vocab! {
    /// 可以不记录的情形.
    ExemptionReason {
        HazardNoCompliantDevice = "hazard_no_compliant_device",
        SecretOrPrivacy = "secret_or_privacy",
        Urgent = "urgent",
        ObjectiveCause = "objective_cause",
        WrittenRecordSufficient = "written_record_sufficient",
    }
}

vocab! {
    /// Which danger the hazard exemption speaks of; each text has its own.
    Hazard {
        DangerousArea = "dangerous_area",
        ExplosionArea = "explosion_area",
        DarkUnderground = "dark_underground",
    }
}

vocab! {
    /// 中断原因.
    InterruptionCause {
        Fault = "fault",
        Damage = "damage",
        BadWeather = "bad_weather",
        Battery = "battery",
        Storage = "storage",
        ChangeOfPlace = "change_of_place",
        OtherObjective = "other_objective",
    }
}

vocab! {
    /// 使用前检查项目.
    PreCheckItem {
        NoFault = "no_fault",
        Battery = "battery",
        Storage = "storage",
        DateTime = "date_time",
        WorksNormally = "works_normally",
    }
}

vocab! {
    /// From which event a hand-in period runs.
    ClockStart {
        RecordingEnd = "recording_end",
        ActivityEnd = "activity_end",
        DayEnd = "day_end",
        Return = "return",
    }
}

vocab! {
    /// 延期移交的情形.
    Circumstance {
        ContinuousWork = "continuous_work",
        AwayFromBase = "away_from_base",
        RemoteArea = "remote_area",
        Special = "special",
    }
}

vocab! {
    /// Events for which an extension is never given.
    Exclusion { Conflict = "conflict", SuddenIncident = "sudden_incident" }
}

vocab! {
    /// 存储去向.
    Destination {
        CaseSystem = "case_system",
        DedicatedStorage = "dedicated_storage",
        DedicatedComputer = "dedicated_computer",
        CityPlatform = "city_platform",
    }
}

vocab! {
    /// 保存期限的事由. `any` applies to every recording of the regulation.
    Ground {
        Any = "any",
        Evidence = "evidence",
        DecisionEvidence = "decision_evidence",
        MajorCaseEvidence = "major_case_evidence",
        GuidanceOnly = "guidance_only",
        CaseRecord = "case_record",
        SuddenIncident = "sudden_incident",
        MajorSuddenIncident = "major_sudden_incident",
        MassIncident = "mass_incident",
        DisputeProneIncident = "dispute_prone_incident",
        Conflict = "conflict",
        Objection = "objection",
        Complaint = "complaint",
        Petition = "petition",
        Reconsideration = "reconsideration",
        Litigation = "litigation",
        PublicInterest = "public_interest",
        PersonalSafety = "personal_safety",
        MajorComplex = "major_complex",
        Evasion = "evasion",
        Refusal = "refusal",
        Obstruction = "obstruction",
        Abuse = "abuse",
        Assault = "assault",
        OtherLongTerm = "other_long_term",
    }
}

vocab! {
    /// Acts on recordings that need somebody's word.
    Act {
        LateUpload = "late_upload",
        View = "view",
        Copy = "copy",
        Extract = "extract",
        ExternalProvision = "external_provision",
        Publication = "publication",
        SupervisoryView = "supervisory_view",
        SupervisoryExtract = "supervisory_extract",
    }
}

vocab! {
    /// Columns of the view/copy register and of the explanatory document.
    Field {
        Viewer = "viewer",
        Copier = "copier",
        Approver = "approver",
        Reason = "reason",
        Time = "time",
        Maker = "maker",
        Extractor = "extractor",
        ExtractionTime = "extraction_time",
        EvidenceCollector = "evidence_collector",
        CollectionTime = "collection_time",
        CollectionPlace = "collection_place",
        Party = "party",
        Date = "date",
        Place = "place",
        EventType = "event_type",
        CaseId = "case_id",
        StorageClass = "storage_class",
    }
}

vocab! {
    SecrecyClass {
        StateSecret = "state_secret",
        TradeSecret = "trade_secret",
        Privacy = "privacy",
    }
}

vocab! {
    /// 抽查内容.
    SamplingItem {
        RecordedAsRequired = "recorded_as_required",
        Uninterrupted = "uninterrupted",
        WordingConduct = "wording_conduct",
        HandInManagementUse = "hand_in_management_use",
    }
}

vocab! {
    /// 责任情形.
    Violation {
        NotRecorded = "not_recorded",
        Leak = "leak",
        Destruction = "destruction",
        StorageLoss = "storage_loss",
        DeviceLoss = "device_loss",
        Lending = "lending",
        FalseEvidence = "false_evidence",
        HandoverMissing = "handover_missing",
        Misuse = "misuse",
        CatchAll = "catch_all",
    }
}

vocab! {
    /// What must be on record before a suspected violation can be confirmed; a human finding each time.
    Threshold {
        None = "none",
        /// Petition, complaint or media storm linked.
        LinkedConsequence = "linked_consequence",
        Consequences = "consequences",
        SeriousConsequences = "serious_consequences",
        SeriousConsequencesAndInfluence = "serious_consequences_and_influence",
        SeriousViolation = "serious_violation",
        /// What was deleted was valid evidence.
        ValidEvidence = "valid_evidence",
    }
}

vocab! {
    /// Duties without an accountability item: breaches stay a deviation.
    Duty {
        LateUpload = "late_upload",
        LateFiling = "late_filing",
        PreCheckMissing = "pre_check_missing",
        NotificationMissing = "notification_missing",
        NonRecordingPaperMissing = "non_recording_paper_missing",
        UnexplainedGap = "unexplained_gap",
        Selective = "selective",
        PrivateCopy = "private_copy",
        UnauthorisedDisassembly = "unauthorised_disassembly",
    }
}
