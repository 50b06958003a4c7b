//! On which rows an allowed action works.

use super::{Action, Role, may};

/// On which rows an allowed action works. The database resolves it for each event and enforces it row by row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Every row.
    All,
    /// The rows of the person's own facilities, and those without a facility that they imported.
    OwnFacilities,
    /// What the dated engagement names: facilities, period, and whether patient ids are shown in full.
    Engagement,
    /// What is the person's own.
    Own,
    /// What is assigned to the person.
    Assigned,
    /// The trail without actions on rows that may name a patient.
    WithoutPhi,
}

impl Scope {
    /// The words of the permission page.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::All => "All",
            Self::OwnFacilities => "Own facilities",
            Self::Engagement => "Under engagement",
            Self::Own => "Own",
            Self::Assigned => "Assigned to them",
            Self::WithoutPhi => "Without PHI actions",
        }
    }
}

/// The scope of an action for a role, or `None` where [`may`] says no.
#[must_use]
#[allow(clippy::match_same_arms, reason = "what belongs together stands together")]
pub fn scope_for(role: Role, action: Action) -> Option<Scope> {
    if !may(role, action) {
        return None;
    }
    Some(match action {
        Action::PreferenceRead
        | Action::PreferenceUpdate
        | Action::HomeRead
        | Action::SessionLogoutExecute
        | Action::SearchResultCreate
        | Action::AccountSearchCreate
        | Action::SearchResultRead => Scope::Own,
        // a shared view is everybody's to use; a manager takes away anybody's
        Action::QueueViewUpdate | Action::QueueViewDelete if matches!(role, Role::Manager) => Scope::All,
        Action::QueueViewListRead
        | Action::QueueViewCreate
        | Action::QueueViewShare
        | Action::QueueViewUpdate
        | Action::QueueViewDelete => Scope::Own,
        Action::PermissionListRead | Action::ImportListRead | Action::ImportRead => Scope::All,
        Action::AlternateRead | Action::AlternateSet => Scope::All,
        Action::ImportListExport | Action::MappingListExport | Action::AccountListExport | Action::SignUpListExport => {
            Scope::All
        }
        Action::ReviewCaseStandIn => Scope::Assigned,
        Action::CoverageListRead | Action::CoverageListExport | Action::CoverageFormRead | Action::CoverageExplain => {
            Scope::All
        }
        Action::MappingListRead | Action::MappingRead | Action::MappingFormRead | Action::MappingCreate => Scope::All,
        Action::MappingDraftCreate | Action::MappingPreviewRead | Action::MappingSampleUpdate => Scope::Own,
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
        | Action::SessionRevokeAll => Scope::Own,
        Action::QuestionListRead
        | Action::QuestionListExport
        | Action::QuestionRead
        | Action::QuestionAnswer
        | Action::QuestionRemark => Scope::Own,
        Action::AccountListRead
        | Action::AccountSearchExecute
        | Action::AccountRead
        | Action::SignUpListRead
        | Action::SignUpRead => Scope::All,
        Action::AuditEventListRead | Action::AuditEventListExport => match role {
            Role::Auditor | Role::Manager => Scope::All,
            Role::Admin => Scope::WithoutPhi,
            Role::Coordinator | Role::FieldStaff => Scope::Own,
        },
        Action::ExportListRead | Action::ExportListExport => match role {
            Role::Auditor | Role::Manager => Scope::All,
            Role::Admin | Role::Coordinator | Role::FieldStaff => Scope::Own,
        },
        _ => match role {
            Role::Manager | Role::Admin => Scope::All,
            Role::Auditor => Scope::Engagement,
            Role::Coordinator => Scope::OwnFacilities,
            Role::FieldStaff
                if matches!(action, Action::FindingListRead | Action::FindingRead | Action::FindingEvidenceAdd) =>
            {
                Scope::Assigned
            }
            Role::FieldStaff => Scope::Own,
        },
    })
}

/// The action under which a role opens a person's page: with their accesses and cases, or the profile alone.
#[must_use]
pub fn person_page(role: Role) -> Action {
    if may(role, Action::PersonActivityRead) { Action::PersonActivityRead } else { Action::PersonRead }
}
