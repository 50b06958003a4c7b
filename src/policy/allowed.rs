//! Which roles may do what: one exhaustive match, so that an action does not compile until someone has decided.

use super::{Action, Role};

/// Which roles may do an action. `&[]` means no session may: the program itself does it, or it only ever fails.
#[must_use]
#[allow(clippy::match_same_arms, clippy::too_many_lines, reason = "one table; what belongs together stands together")]
pub const fn roles_for(action: Action) -> &'static [Role] {
    use Role::{Admin, Auditor, Coordinator, FieldStaff, Manager};
    const EVERYONE: &[Role] = &Role::ALL;
    match action {
        Action::ReviewCaseListRead
        | Action::ReviewCaseRead
        | Action::AccessLogListRead
        | Action::AccessLogListExport
        | Action::PatientRead
        | Action::PersonActivityRead
        | Action::PatientExport
        | Action::PersonActivityExport
        | Action::FindingListExport
        | Action::ImportListRead
        | Action::ImportRead
        | Action::SearchQueryExecute
        | Action::SearchResultCreate
        | Action::SearchResultRead => &[Auditor, Coordinator, Manager],
        Action::ReviewCaseDecide
        | Action::ReviewCaseReopen
        | Action::FindingFormRead
        | Action::FindingCreate
        | Action::ImportFormRead
        | Action::ImportCreate => &[Coordinator, Manager],
        // work on a finding: the office moves it, whoever was asked to follow up adds evidence; closing comes with approvals
        Action::FindingMove
        | Action::FindingAssign
        | Action::FindingEditRead
        | Action::FindingUpdate
        | Action::FindingCommentCreate
        | Action::FindingCaseLink
        | Action::FindingCaseUnlink => &[Coordinator, Manager],
        Action::FindingEvidenceAdd => &[Coordinator, FieldStaff, Manager],
        // a second person: managers, and the alternate of the only one
        Action::ReviewCaseSecondReview => &[Manager],
        Action::ReviewCaseStandIn => &[Coordinator],
        Action::SecondReviewListRead | Action::SecondReviewListExport => &[Auditor, Manager],
        Action::AlternateRead => &[Auditor, Manager, Admin],
        Action::AlternateSet => &[Manager, Admin],
        Action::MappingListRead | Action::MappingRead => &[Auditor, Coordinator, Manager],
        Action::MappingFormRead
        | Action::MappingDraftCreate
        | Action::MappingPreviewRead
        | Action::MappingSampleUpdate
        | Action::MappingCreate => &[Coordinator, Manager],
        Action::FindingListRead | Action::FindingRead => &[Auditor, Coordinator, FieldStaff, Manager],
        Action::AuditEventListExport => &[Auditor, Manager],
        // rules and thresholds: read by the office, changed by managers, approved by a second one
        Action::RuleListRead | Action::RuleRead | Action::RuleProposalRead => &[Auditor, Coordinator, Manager],
        Action::RuleProposalCreate
        | Action::RuleProposalRequest
        | Action::RuleProposalWithdraw
        | Action::RuleProposalRetry
        | Action::RuleRerunRetry
        | Action::RuleProposalApprove
        | Action::RuleProposalRefuse
        | Action::PatientWatchEnd => &[Manager],
        Action::AccessFlagFormRead | Action::AccessFlagCreate | Action::PatientWatchUpdate => &[Coordinator, Manager],
        Action::RuleRerunRead | Action::RuleRerunRun | Action::RuleShadowRead | Action::RuleShadowRun => &[],
        Action::PersonRead
        | Action::AuditEventListRead
        | Action::PermissionListRead
        | Action::PreferenceRead
        | Action::PreferenceUpdate
        | Action::HomeRead
        | Action::SessionLogoutExecute => EVERYONE,
        // people as they were
        Action::PersonListRead | Action::FacilityListRead | Action::FacilityRead => EVERYONE,
        Action::PersonListExport | Action::RosterExport => &[Auditor, Coordinator, Manager],
        Action::RosterListRead | Action::RosterRead => &[Auditor, Coordinator, Manager, Admin],
        Action::EmploymentFormRead
        | Action::EmploymentUpdate
        | Action::RosterFormRead
        | Action::RosterCreate
        | Action::RosterWordCreate
        | Action::RosterApply => &[Coordinator, Manager, Admin],
        Action::LoginListRead => &[Auditor, Coordinator, Manager],
        Action::LoginMatch | Action::LoginHolderUpdate => &[Coordinator, Manager],
        Action::FacilityFormRead | Action::FacilityCreate => &[Admin],
        Action::FacilityUpdate => &[Manager, Admin],
        // the way in: withdrawing, and what arrived
        Action::CoverageListRead | Action::CoverageListExport => &[Auditor, Coordinator, Manager],
        Action::ImportWithdraw | Action::ImportRetry | Action::CoverageFormRead | Action::CoverageExplain => {
            &[Coordinator, Manager]
        }
        Action::WithdrawalRead | Action::WithdrawalRun => &[],
        // what left as a file, and who has seen a record: of everybody for who reads the whole trail, else one's own
        Action::ExportListRead => &[Auditor, Coordinator, Manager],
        Action::ExportListExport
        | Action::CaseSeenRead
        | Action::CaseSeenExport
        | Action::FindingSeenRead
        | Action::FindingSeenExport
        | Action::AccessSeenRead
        | Action::AccessSeenExport
        | Action::PersonSeenRead
        | Action::PersonSeenExport
        | Action::PatientSeenRead
        | Action::PatientSeenExport => &[Auditor, Manager],
        // clearing the queue
        Action::ReviewCaseListExport
        | Action::QueueViewListRead
        | Action::QueueViewCreate
        | Action::QueueViewUpdate
        | Action::QueueViewDelete => &[Auditor, Coordinator, Manager],
        Action::ReviewCaseAssign
        | Action::CaseSelectionCreate
        | Action::CaseSelectionRead
        | Action::CaseSelectionRun
        | Action::QueueViewShare => &[Coordinator, Manager],
        Action::CaseSelectionPurge => &[],
        // looking beyond the queue; a manager opens again what has come to its end
        Action::ReviewListRead
        | Action::ReviewListExport
        | Action::ReviewRead
        | Action::WatchListRead
        | Action::WatchListExport
        | Action::ComplaintListRead
        | Action::ComplaintListExport
        | Action::ComplaintRead => &[Auditor, Coordinator, Manager],
        Action::ReviewFormRead
        | Action::ReviewStart
        | Action::ReviewTakeUp
        | Action::ReviewEnd
        | Action::ReviewMemoAmend
        | Action::ComplaintFormRead
        | Action::ComplaintRecord
        | Action::ComplaintUpdate
        | Action::ComplaintDispose => &[Coordinator, Manager],
        Action::ReviewSeenRead | Action::ReviewSeenExport | Action::ComplaintSeenRead | Action::ComplaintSeenExport => {
            &[Auditor, Manager]
        }
        Action::ReviewReopen | Action::ComplaintReopen => &[Manager],
        // accounts: an administrator asks, a second person grants, a manager lets people in, everybody keeps their own
        Action::AccountListRead
        | Action::AccountSearchExecute
        | Action::AccountSearchCreate
        | Action::AccountRead
        | Action::SignUpListRead
        | Action::SignUpRead => &[Auditor, Manager, Admin],
        Action::SignUpApprove | Action::SignUpReject => &[Manager],
        Action::RoleGrant
        | Action::ScopeGrant
        | Action::EngagementApprove
        | Action::ResetApprove
        | Action::TotpReset
        | Action::ChangeReject => &[Manager, Admin],
        Action::AccountFormRead
        | Action::AccountCreate
        | Action::AccountUpdate
        | Action::AccountDeactivate
        | Action::AccountReactivate
        | Action::AccountSessionRevoke
        | Action::RoleRequest
        | Action::RoleRevoke
        | Action::ScopeRequest
        | Action::ScopeUpdate
        | Action::EngagementCreate
        | Action::EngagementEnd
        | Action::ChangeWithdraw
        | Action::ResetRequest
        | Action::ResetCreate
        | Action::TotpResetRequest => &[Admin],
        Action::OwnAccountRead
        | Action::CredentialRead
        | Action::PasswordChange
        | Action::TotpEnrol
        | Action::TotpConfirm
        | Action::TotpDisable
        | Action::TotpReplaceBegin
        | Action::TotpReplace
        | Action::TotpReplaceCancel
        | Action::RecoveryRenew
        | Action::SessionRevoke
        | Action::SessionRevokeAll => EVERYONE,
        // questions: everybody answers their own, the office asks
        Action::QuestionListRead
        | Action::QuestionListExport
        | Action::QuestionRead
        | Action::QuestionAnswer
        | Action::QuestionRemark => EVERYONE,
        Action::QuestionFormRead | Action::QuestionAsk | Action::QuestionAnswerRecord | Action::QuestionWithdraw => {
            &[Coordinator, Manager]
        }
        Action::QuestionOverdueMark => &[],
        // the files of what is set up. Nobody takes a file who takes none of anything: neither administrators nor field staff
        Action::ImportListExport
        | Action::MappingListExport
        | Action::LoginListExport
        | Action::RosterListExport
        | Action::FacilityListExport
        | Action::RuleListExport => &[Auditor, Coordinator, Manager],
        Action::SecondReviewRoundExport | Action::AccountListExport | Action::SignUpListExport => &[Auditor, Manager],
        // before anybody is signed in
        Action::SignUpSubmit | Action::ResetUse | Action::TotpUse | Action::RecoveryUse | Action::SessionLoginBegin => {
            &[]
        }
        Action::SessionLoginAttempt
        | Action::RequestRefuse
        | Action::ImportBatchRead
        | Action::ImportBatchRun
        | Action::RuleBatchRead
        | Action::RuleBatchRun
        | Action::PartitionCreate
        | Action::SignUpPurge
        | Action::SearchResultPurge
        | Action::UserAccountCreate
        | Action::RosterSeed => {
            let _ = Admin;
            &[]
        }
    }
}

/// Whether the program itself does it, without a person's session.
#[must_use]
pub const fn is_system(action: Action) -> bool {
    matches!(
        action,
        Action::ImportBatchRead
            | Action::ImportBatchRun
            | Action::RuleBatchRead
            | Action::RuleBatchRun
            | Action::PartitionCreate
            | Action::SignUpPurge
            | Action::SearchResultPurge
            | Action::UserAccountCreate
            | Action::RosterSeed
            | Action::WithdrawalRead
            | Action::WithdrawalRun
            | Action::RuleRerunRead
            | Action::RuleRerunRun
            | Action::RuleShadowRead
            | Action::RuleShadowRun
            | Action::QuestionOverdueMark
            | Action::CaseSelectionPurge
    )
}

/// Whether a role may do an action at all. On which rows is [`super::scope_for`].
#[must_use]
pub fn may(role: Role, action: Action) -> bool {
    roles_for(action).contains(&role)
}
