//! What each action opens, how an event can end, and the SQL of both.
//!
//! [`covers`] is the least an action needs: a table not named here answers with an error, whoever asks.
//! The database holds the same lists; `the_database_and_the_code_share_one_vocabulary` compares them.

use crate::policy::{Action, is_system, roles_for};

/// How an event ended, when it did not succeed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Nobody is signed in, or the proof was wrong.
    AuthFail,
    /// Signed in, but not allowed.
    AuthzFail,
    /// What was sent cannot be accepted.
    ValidateFail,
    /// The program failed.
    Error,
}

impl Outcome {
    /// The stored word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AuthFail => "auth_fail",
            Self::AuthzFail => "authz_fail",
            Self::ValidateFail => "validate_fail",
            Self::Error => "error",
        }
    }
}

/// Machine-readable reasons of a failure: a closed list, never text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Code {
    /// Wrong user name or password.
    BadCredentials,
    /// Too many attempts; the answer named the wait.
    Throttled,
    /// The session is over.
    NoSession,
    /// The role lacks the action.
    RoleLacksAction,
    /// The row is outside the person's scope, or does not exist.
    NotInScope,
    /// A post from another site.
    CrossSite,
    /// A field, a query or a path that cannot be accepted.
    InvalidInput,
    /// Somebody else decided first.
    Conflict,
    /// The body is larger than allowed.
    TooLarge,
    /// The database refused or was gone.
    DatabaseError,
    /// Anything else that is our fault.
    InternalError,
    /// A code of the second factor that is wrong, or has counted already.
    BadCode,
    /// A one-time link that is used, expired or none of ours.
    BadLink,
    /// A password that is too short or too easy to guess.
    WeakPassword,
    /// Nobody approves what they requested, or what is for themselves.
    SecondPersonNeeded,
    /// What waited for a second person waited too long.
    RequestExpired,
    /// The organisation would be left without an administrator.
    LastAdministrator,
    /// Nobody decides accesses by people they stand too near to.
    ConflictOfInterest,
}

impl Code {
    /// Every code.
    pub const ALL: [Self; 18] = [
        Self::BadCredentials,
        Self::Throttled,
        Self::NoSession,
        Self::RoleLacksAction,
        Self::NotInScope,
        Self::CrossSite,
        Self::InvalidInput,
        Self::Conflict,
        Self::TooLarge,
        Self::DatabaseError,
        Self::InternalError,
        Self::BadCode,
        Self::BadLink,
        Self::WeakPassword,
        Self::SecondPersonNeeded,
        Self::RequestExpired,
        Self::LastAdministrator,
        Self::ConflictOfInterest,
    ];

    /// The stored word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::BadCredentials => "bad_credentials",
            Self::Throttled => "throttled",
            Self::NoSession => "no_session",
            Self::RoleLacksAction => "role_lacks_action",
            Self::NotInScope => "not_in_scope",
            Self::CrossSite => "cross_site",
            Self::InvalidInput => "invalid_input",
            Self::Conflict => "conflict",
            Self::TooLarge => "too_large",
            Self::DatabaseError => "database_error",
            Self::InternalError => "internal_error",
            Self::BadCode => "bad_code",
            Self::BadLink => "bad_link",
            Self::WeakPassword => "weak_password",
            Self::SecondPersonNeeded => "second_person_needed",
            Self::RequestExpired => "request_expired",
            Self::LastAdministrator => "last_administrator",
            Self::ConflictOfInterest => "conflict_of_interest",
        }
    }
}

/// What an action opens: `resource/command`, where the command is `r` select, `a` insert, `w` update, `d` delete.
#[must_use]
#[allow(clippy::match_same_arms, clippy::too_many_lines, reason = "one table, read as a whole")]
pub const fn covers(action: Action) -> &'static [&'static str] {
    match action {
        Action::ReviewCaseListRead => &[
            "review_case/r",
            "person/r",
            "employment/r",
            "login/r",
            "patient/r",
            "patient_id/r",
            "facility/r",
            "rule/r",
            "queue_view/r",
        ],
        Action::ReviewCaseRead => &[
            "review_case/r",
            "review_event/r",
            "access_log/r",
            "access_flag/r",
            "person/r",
            "employment/r",
            "login/r",
            "patient/r",
            "patient_id/r",
            "facility/r",
            "finding/r",
            "rule/r",
            "login_day/r",
            "question/r",
            "answer/r",
        ],
        // the function of a second review reads what it compares, and shows nothing of it
        Action::ReviewCaseSecondReview | Action::ReviewCaseStandIn => &["second_review/a"],
        Action::SecondReviewListRead | Action::SecondReviewListExport => {
            &["review_case/r", "review_event/r", "person/r"]
        }
        Action::AlternateRead => &["review_alternate/r", "person/r"],
        Action::AlternateSet => &["review_alternate/a"],
        Action::ReviewCaseDecide | Action::ReviewCaseReopen | Action::ReviewCaseAssign => {
            &["review_case/w", "review_event/a"]
        }
        Action::AccessLogListRead | Action::AccessLogListExport => &[
            "access_log/r",
            "access_flag/r",
            "review_case/r",
            "person/r",
            "login/r",
            "patient/r",
            "patient_id/r",
            "facility/r",
            "source/r",
            "rule/r",
        ],
        Action::PatientRead => &[
            "patient/r",
            "patient_id/r",
            "access_log/r",
            "access_flag/r",
            "review_case/r",
            "person/r",
            "login/r",
            "facility/r",
            "employment/r",
        ],
        Action::PersonRead => &["person/r", "employment/r", "facility/r", "training_record/r"],
        Action::PersonActivityRead => &[
            "training_record/r",
            "training_of_others/r",
            "person/r",
            "employment/r",
            "facility/r",
            "login/r",
            "access_log/r",
            "access_flag/r",
            "review_case/r",
            "patient/r",
            "patient_id/r",
        ],
        Action::FindingListRead | Action::FindingListExport => {
            &["finding/r", "person/r", "facility/r", "review_case/r"]
        }
        Action::FindingRead => &[
            "finding/r",
            "review_case/r",
            "person/r",
            "employment/r",
            "facility/r",
            "login/r",
            "patient/r",
            "patient_id/r",
            "rule/r",
        ],
        Action::FindingFormRead => &[
            "finding/r",
            "review_case/r",
            "review_event/r",
            "access_log/r",
            "person/r",
            "employment/r",
            "login/r",
            "patient/r",
            "patient_id/r",
            "facility/r",
            "rule/r",
        ],
        Action::FindingCreate => &["finding/a", "review_case/w", "review_event/a"],
        Action::ImportListRead | Action::ImportRead | Action::ImportFormRead => {
            &["import_batch/r", "source/r", "person/r"]
        }
        Action::ImportCreate => &["import_batch/a"],
        Action::MappingListRead | Action::MappingRead => &["source/r", "person/r"],
        Action::MappingFormRead => &["source/r"],
        Action::MappingDraftCreate => &["mapping_draft/a"],
        Action::MappingPreviewRead => &["mapping_draft/r", "source/r"],
        Action::MappingCreate => &["source/a", "source/w"],
        Action::SearchQueryExecute => &["review_case/r", "finding/r", "person/r", "employment/r", "facility/r"],
        Action::SearchResultCreate | Action::AccountSearchCreate => &["search/a"],
        Action::SearchResultRead => {
            &["search/r", "review_case/r", "finding/r", "person/r", "employment/r", "facility/r"]
        }
        // people as they were
        Action::PersonListRead | Action::PersonListExport => {
            &["person/r", "employment/r", "facility/r", "login_count/r"]
        }
        Action::EmploymentFormRead => &["person/r", "employment/r", "facility/r"],
        Action::EmploymentUpdate => &["employment/a", "employment/w", "rule_rerun/a"],
        Action::RosterListRead => &["roster/r", "source/r", "person/r"],
        Action::RosterFormRead | Action::RosterRead => {
            &["roster/r", "roster_word/r", "source/r", "person/r", "employment/r", "facility/r"]
        }
        Action::RosterExport => &["roster/r", "facility/r"],
        Action::RosterCreate => &["roster/a", "roster/w", "roster/d"],
        Action::RosterWordCreate => &["roster_word/a", "roster/a", "roster/w", "roster/d"],
        Action::RosterApply => {
            &["roster/w", "workforce/w", "employment/a", "employment/w", "department/a", "rule_rerun/a"]
        }
        Action::LoginListRead => &["login/r", "access_log/r", "source/r", "person/r", "employment/r"],
        Action::LoginMatch => &["login/a", "login/w", "rule_rerun/a"],
        Action::LoginHolderUpdate => &["login/w", "login/d", "rule_rerun/a"],
        Action::FacilityListRead | Action::FacilityRead | Action::FacilityFormRead => {
            &["facility/r", "person/r", "employment/r"]
        }
        Action::FacilityCreate => &["facility/a"],
        Action::FacilityUpdate => &["facility/w", "department/a", "department/w"],
        Action::AuditEventListRead | Action::AuditEventListExport => &["audit_event/r", "person/r"],
        Action::PreferenceRead => &["person/r"],
        Action::PreferenceUpdate => &["person/w"],
        Action::ImportBatchRead => &["import_batch/r", "source/r"],
        Action::ImportBatchRun => &["import_batch/w", "import_batch/a", "source/a", "access_log/a"],
        Action::RuleBatchRead => &[
            "access_log/r",
            "access_flag/r",
            "review_case/r",
            "review_event/r",
            "login/r",
            "login_day/r",
            "employment/r",
            "facility/r",
            "rule/r",
            "import_batch/r",
            "person/r",
            "patient/r",
            "training_record/r",
            "agreement/r",
            "rule_work/r",
        ],
        Action::RuleBatchRun => &[
            "access_flag/a",
            "review_case/a",
            "review_case/w",
            "review_event/a",
            "import_batch/w",
            "login_day/a",
            "login_day/w",
            "login_day/d",
            "review_case/d",
            "rule_work/a",
            "rule_work/d",
        ],
        // withdrawing a batch, and which days arrived
        Action::ImportWithdraw | Action::ImportRetry => &["import_batch/w"],
        Action::WithdrawalRead => {
            &["import_batch/r", "source/r", "access_log/r", "review_case/r", "review_event/r", "login/r"]
        }
        Action::WithdrawalRun => &["import_batch/w", "access_log/a", "review_case/w", "review_event/a", "rule_rerun/a"],
        Action::CoverageListRead | Action::CoverageListExport | Action::CoverageFormRead => {
            &["coverage/r", "source/r", "person/r"]
        }
        Action::CoverageExplain => &["coverage/a"],
        // clearing the queue
        Action::ReviewCaseListExport => &[
            "review_case/r",
            "person/r",
            "employment/r",
            "login/r",
            "patient/r",
            "patient_id/r",
            "facility/r",
            "rule/r",
        ],
        Action::CaseSelectionCreate => &["case_selection/a"],
        Action::CaseSelectionRead => &["case_selection/r", "review_case/r", "review_event/r", "person/r", "login/r"],
        Action::CaseSelectionRun => &["case_selection/w"],
        Action::CaseSelectionPurge => &["case_selection/d"],
        Action::QueueViewListRead => &["queue_view/r", "person/r"],
        Action::QueueViewCreate => &["queue_view/a"],
        Action::QueueViewShare => &["queue_view/a", "shared_queue_view/a"],
        Action::QueueViewUpdate => &["queue_view/w"],
        Action::QueueViewDelete => &["queue_view/d"],
        Action::AccountListRead => &["person/r", "account/r", "account_change/r", "sign_up/r", "search/r"],
        Action::SignUpListRead => &["sign_up/r"],
        Action::SignUpPurge => &["old_sign_up/d"],
        Action::SearchResultPurge => &["old_search/d"],
        Action::AccountRead => &["person/r", "account/r", "account_change/r", "facility/r"],
        Action::AccountFormRead | Action::AccountSearchExecute => &["person/r", "account/r"],
        Action::AccountCreate => &["account/a"],
        Action::AccountUpdate => &["account_details/w", "rule_rerun/a"],
        Action::AccountDeactivate => &["account/d"],
        Action::AccountReactivate => &["account/w"],
        Action::AccountSessionRevoke => &["account_session/d"],
        Action::SignUpRead => &["sign_up/r", "person/r", "account/r"],
        Action::SignUpApprove => &["sign_up/w"],
        Action::SignUpReject => &["sign_up/d"],
        Action::RoleRequest => &["role_change/a"],
        Action::RoleGrant => &["role_change/w"],
        Action::RoleRevoke => &["role/d"],
        Action::ScopeRequest => &["scope_change/a"],
        Action::ScopeGrant => &["scope_change/w"],
        Action::ScopeUpdate => &["scope/d"],
        Action::EngagementCreate => &["engagement_change/a"],
        Action::EngagementApprove => &["engagement_change/w"],
        Action::EngagementEnd => &["engagement/d"],
        Action::ChangeReject => &["account_change/w"],
        Action::ChangeWithdraw => &["account_change/d"],
        Action::ResetRequest => &["password_change/a"],
        Action::ResetApprove => &["password_change/w"],
        Action::ResetCreate => &["reset_link/a"],
        Action::TotpResetRequest => &["factor_change/a"],
        Action::TotpReset => &["factor_change/w"],
        Action::OwnAccountRead => &["own_account/r"],
        Action::CredentialRead => &["own_proof/r", "own_factor/r"],
        Action::PasswordChange => &["own_password/w"],
        Action::TotpEnrol => &["own_factor/a"],
        Action::TotpConfirm => &["own_factor/w"],
        Action::TotpDisable => &["own_factor/d"],
        Action::TotpReplaceBegin => &["own_replacement/a"],
        Action::TotpReplace => &["own_replacement/w"],
        Action::TotpReplaceCancel => &["own_replacement/d"],
        Action::RecoveryRenew => &["own_codes/w"],
        Action::SessionRevoke | Action::SessionRevokeAll => &["own_session/d"],
        Action::SignUpSubmit | Action::ResetUse | Action::TotpUse | Action::RecoveryUse | Action::SessionLoginBegin => {
            &[]
        }
        Action::RuleListRead => &["rule/r", "review_case/r", "rule_proposal/r", "rule_rerun/r"],
        Action::RuleRead => &["rule/r", "review_case/r", "rule_proposal/r", "person/r"],
        Action::RuleProposalRead => {
            &["rule/r", "rule_proposal/r", "review_case/r", "access_log/r", "person/r", "login/r", "facility/r"]
        }
        Action::RuleProposalCreate => &["rule_proposal/a"],
        Action::RuleProposalRequest => &["rule_proposal/w", "proposal_request/w"],
        Action::RuleProposalWithdraw => &["rule_proposal/w", "proposal_withdraw/w"],
        Action::RuleProposalRetry => &["rule_proposal/w", "proposal_retry/w"],
        Action::RuleRerunRetry => &["rule_rerun/w"],
        Action::RuleProposalRefuse => &["rule_proposal/w", "proposal_refuse/w"],
        Action::RuleProposalApprove => &["rule_proposal/w", "proposal_approve/w", "rule/a", "rule_rerun/a"],
        Action::AccessFlagFormRead => &[
            "access_log/r",
            "access_flag/r",
            "review_case/r",
            "person/r",
            "login/r",
            "patient/r",
            "patient_id/r",
            "facility/r",
        ],
        Action::AccessFlagCreate => &["access_flag/a", "rule_rerun/a"],
        Action::PatientWatchUpdate => &["patient/w", "rule_rerun/a"],
        Action::PatientWatchEnd => &["patient/w", "patient/d"],
        Action::RuleRerunRead | Action::RuleShadowRead => &[
            "rule_rerun/r",
            "rule_proposal/r",
            "rule_work/r",
            "access_log/r",
            "access_flag/r",
            "review_case/r",
            "review_event/r",
            "login/r",
            "login_day/r",
            "employment/r",
            "facility/r",
            "rule/r",
            "import_batch/r",
            "person/r",
            "patient/r",
            "training_record/r",
            "agreement/r",
        ],
        Action::RuleRerunRun => &[
            "rule_rerun/w",
            "rule_work/a",
            "rule_work/d",
            "access_flag/a",
            "review_case/a",
            "review_case/w",
            "review_case/d",
            "review_event/a",
            "login_day/a",
            "login_day/w",
            "login_day/d",
        ],
        Action::RuleShadowRun => &["rule_proposal/w", "rule_work/a", "rule_work/d"],
        Action::UserAccountCreate => &["account/a", "person/a"],
        Action::RosterSeed => &[
            "person/a",
            "facility/a",
            "department/a",
            "employment/a",
            "login/a",
            "vendor/a",
            "source/a",
            "account/a",
            "organisation/a",
            "training_record/a",
            "agreement/a",
        ],
        // what left as a file, and who has seen a record
        Action::ExportListRead => &["audit_event/r", "person/r", "source/r"],
        Action::ExportListExport => &["audit_event/r", "person/r"],
        Action::CaseSeenRead | Action::CaseSeenExport => &["audit_event/r", "person/r", "review_case/r"],
        Action::FindingSeenRead | Action::FindingSeenExport => &["audit_event/r", "person/r", "finding/r"],
        Action::AccessSeenRead | Action::AccessSeenExport => &["audit_event/r", "person/r", "access_log/r"],
        Action::PersonSeenRead | Action::PersonSeenExport => &["audit_event/r", "person/r", "employment/r"],
        Action::PatientSeenRead | Action::PatientSeenExport => {
            &["audit_event/r", "person/r", "patient/r", "patient_id/r", "access_log/r", "review_case/r"]
        }
        // the files of what is set up: each what its page opens
        Action::ImportListExport => &["import_batch/r", "source/r", "person/r"],
        Action::MappingListExport => &["source/r", "person/r"],
        Action::LoginListExport => &["login/r", "access_log/r", "source/r", "person/r", "employment/r"],
        Action::RosterListExport => &["roster/r", "source/r", "person/r"],
        Action::FacilityListExport => &["facility/r", "person/r", "employment/r"],
        Action::RuleListExport => &["rule/r", "review_case/r", "rule_proposal/r"],
        Action::SecondReviewRoundExport => &["review_case/r", "review_event/r", "person/r"],
        Action::AccountListExport => &["person/r", "account/r", "account_change/r"],
        Action::SignUpListExport => &["sign_up/r"],
        // questions: an addressee's own functions, the office's tables
        Action::QuestionListRead | Action::QuestionListExport | Action::QuestionRead => &["own_question/r"],
        Action::QuestionAnswer => &["own_answer/a"],
        Action::QuestionRemark => &["own_remark/a"],
        Action::QuestionFormRead => &["review_case/r", "question/r", "person/r", "employment/r", "facility/r"],
        Action::QuestionAsk => &["question/a", "review_case/w", "review_event/a"],
        Action::QuestionAnswerRecord => &["answer/a", "question/w", "review_case/w", "review_event/a"],
        Action::QuestionWithdraw => &["question/w", "review_case/w", "review_event/a"],
        Action::QuestionOverdueMark => &["overdue_question/w"],
        // the sample waits in the spool
        Action::MappingSampleUpdate
        | Action::PermissionListRead
        | Action::HomeRead
        | Action::SessionLoginAttempt
        | Action::SessionLogoutExecute
        | Action::RequestRefuse
        | Action::PartitionCreate => &[],
    }
}

/// The `INSERT` statements that make a database's vocabulary equal to the code's: the body of a vocabulary migration.
#[must_use]
pub fn as_sql() -> String {
    use std::fmt::Write as _;
    let mut sql = String::new();
    let mut actions = Vec::new();
    let mut opened = Vec::new();
    let mut roles = Vec::new();
    for &action in Action::ALL {
        actions.push(format!(
            "  ('{}', '{}', {}, {})",
            action.name(),
            action.resource(),
            is_system(action),
            action.phi()
        ));
        opened.extend(covers(action).iter().map(|cover| format!("  ('{}', '{cover}')", action.name())));
        roles.extend(roles_for(action).iter().map(|role| format!("  ('{}', '{}')", role.as_str(), action.name())));
    }
    let codes: Vec<_> = Code::ALL.iter().map(|code| format!("  ('{}')", code.as_str())).collect();
    for (table, columns, rows) in [
        ("actions", "action, resource_type, by_system, phi", actions),
        ("action_covers", "action, cover", opened),
        ("role_action", "role, action", roles),
        ("outcome_codes", "outcome_code", codes),
    ] {
        let _ = writeln!(sql, "INSERT INTO audit.{table} ({columns}) VALUES\n{};", rows.join(",\n"));
    }
    sql
}
