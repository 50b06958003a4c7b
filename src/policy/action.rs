//! Everything the portal does, by name: the one place where an action is added.

/// Declares the actions once: variant, verb-noun, resource type, whether rows may name a patient, one line for people.
macro_rules! actions {
    ($( $variant:ident, $name:literal, $resource:literal, $phi:literal, $label:literal; )*) => {
        /// Everything that leaves an event. The names are a closed vocabulary; the database refuses any other.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Action {
            $( #[doc = $label] $variant, )*
        }

        impl Action {
            /// Every action, in the order the permission page shows them.
            pub const ALL: &'static [Self] = &[ $( Self::$variant, )* ];

            /// The verb-noun kept in the trail.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $( Self::$variant => $name, )* }
            }

            /// What kind of thing the event's `resource_id` is.
            #[must_use]
            pub const fn resource(self) -> &'static str {
                match self { $( Self::$variant => $resource, )* }
            }

            /// Whether it touches rows that may name a patient.
            #[must_use]
            pub const fn phi(self) -> bool {
                match self { $( Self::$variant => $phi, )* }
            }

            /// What it is, for people.
            #[must_use]
            pub const fn label(self) -> &'static str {
                match self { $( Self::$variant => $label, )* }
            }
        }
    };
}

actions! {
    ReviewCaseListRead,   "review_case.list.read",    "review_case",  true,  "See the queue of cases";
    ReviewCaseRead,       "review_case.read",         "review_case",  true,  "Open a case with its context";
    ReviewCaseDecide,     "review_case.decide",       "review_case",  true,  "Decide a case";
    ReviewCaseReopen,     "review_case.reopen",       "review_case",  true,  "Open a decided case again";
    ReviewCaseSecondReview, "review_case.second_review", "review_case", true, "Give the second review of a case somebody else decided";
    ReviewCaseStandIn,    "review_case.stand_in",     "review_case",  true,  "Give the second review as the named alternate of the only manager";
    SecondReviewListRead, "second_review.list.read",  "review_case",  true,  "See how second reviews agreed";
    SecondReviewListExport, "second_review.list.export", "review_case", true, "Export how second reviews agreed";
    AlternateRead,        "review.alternate.read",    "review_alternate", false, "See who stands in for a manager";
    AlternateSet,         "review.alternate.set",     "review_alternate", false, "Name who stands in for a manager";
    AccessLogListRead,    "access_log.list.read",     "access_log",   true,  "See every access row";
    AccessLogListExport,  "access_log.list.export",   "access_log",   true,  "Export access rows";
    PatientRead,          "patient.read",             "patient",      true,  "See who touched a patient's records";
    PersonRead,           "person.read",              "person",       false, "See a person's profile";
    PersonActivityRead,   "person.activity.read",     "person",       true,  "See a person's accesses and cases";
    FindingListRead,      "finding.list.read",        "finding",      true,  "See findings";
    FindingListExport,    "finding.list.export",      "finding",      true,  "Export findings";
    FindingRead,          "finding.read",             "finding",      true,  "Open a finding with its evidence";
    FindingFormRead,      "finding.form.read",        "finding",      true,  "Prepare a finding from cases";
    FindingCreate,        "finding.create",           "finding",      true,  "Create a finding";
    FindingMove,          "finding.status.move",      "finding",      true,  "Move a finding to its next state, or back";
    FindingAssign,        "finding.assign",           "finding",      true,  "Say who owns a finding";
    FindingEditRead,      "finding.edit.read",        "finding",      true,  "Prepare an edit of a finding";
    FindingUpdate,        "finding.update",           "finding",      true,  "Edit a finding";
    FindingCommentCreate, "finding.comment.create",   "finding",      true,  "Comment on a finding";
    FindingEvidenceAdd,   "finding.evidence.add",     "finding",      true,  "Add evidence to a finding";
    FindingCaseLink,      "finding.case.link",        "finding",      true,  "Link a case to a finding";
    FindingCaseUnlink,    "finding.case.unlink",      "finding",      true,  "Unlink a case from a finding";
    PersonListRead,       "person.list.read",         "person",       false, "See the workforce";
    PersonListExport,     "person.list.export",       "person",       false, "Export the workforce";
    EmploymentFormRead,   "employment.form.read",     "person",       false, "Prepare a change of employment";
    EmploymentUpdate,     "employment.update",        "person",       false, "Enter a change of employment";
    RosterListRead,       "roster.list.read",         "roster",       false, "See roster imports";
    RosterFormRead,       "roster.form.read",         "roster",       false, "Prepare a roster import";
    RosterCreate,         "roster.create",            "roster",       false, "Work out what a roster would change";
    RosterRead,           "roster.read",              "roster",       false, "See what a roster would change, or changed";
    RosterExport,         "roster.plan.export",       "roster",       false, "Export what a roster would change";
    RosterWordCreate,     "roster.word.create",       "roster",       false, "Say what a roster's word for a facility or a department means";
    RosterApply,          "roster.apply",             "roster",       false, "Apply a roster";
    LoginListRead,        "login.list.read",          "login",        true,  "See EHR logins and who held them";
    LoginMatch,           "login.match",              "login",        true,  "Match EHR logins to whoever held them";
    LoginHolderUpdate,    "login.holder.update",      "login",        true,  "Correct who held an EHR login, and when";
    FacilityListRead,     "facility.list.read",       "facility",     false, "See facilities";
    FacilityRead,         "facility.read",            "facility",     false, "Open a facility";
    FacilityFormRead,     "facility.form.read",       "facility",     false, "Prepare a facility";
    FacilityCreate,       "facility.create",          "facility",     false, "Create a facility";
    FacilityUpdate,       "facility.update",          "facility",     false, "Change a facility and its departments";
    ImportListRead,       "import.list.read",         "import_batch", true,  "See imports";
    ImportRead,           "import.read",              "import_batch", true,  "See an import's report";
    ImportFormRead,       "import.form.read",         "import_batch", true,  "Prepare an import";
    ImportCreate,         "import.create",            "import_batch", true,  "Import an access log export";
    MappingListRead,      "mapping.list.read",        "mapping",      false, "See the mappings of the sources";
    MappingRead,          "mapping.read",             "mapping",      false, "See a source's mapping and its versions";
    MappingFormRead,      "mapping.form.read",        "mapping",      false, "Prepare a mapping";
    MappingDraftCreate,   "mapping.draft.create",     "mapping",      true,  "Begin a mapping with a sample file";
    MappingPreviewRead,   "mapping.preview.read",     "mapping",      true,  "See a sample file as a mapping reads it";
    MappingSampleUpdate,  "mapping.sample.update",    "mapping",      true,  "Put a sample file beside a mapping that was begun";
    MappingCreate,        "mapping.create",           "mapping",      true,  "Save a version of a mapping";
    SearchQueryExecute,   "search.query.execute",     "search",       true,  "Search";
    SearchResultCreate,   "search.result.create",     "search",       true,  "Keep what a search found, for the person who asked";
    SearchResultRead,     "search.result.read",       "search",       true,  "See one's own search result";
    SearchResultPurge,    "search.result.purge",      "search",       false, "The program deletes what was found a day ago";
    AuditEventListRead,   "audit_event.list.read",    "audit_event",  false, "See the audit trail";
    AuditEventListExport, "audit_event.list.export",  "audit_event",  false, "Export the audit trail";
    PermissionListRead,   "permission.list.read",     "permission",   false, "See who may do what";
    PreferenceRead,       "preference.read",          "person",       false, "See one's own preferences";
    PreferenceUpdate,     "preference.update",        "person",       false, "Change one's own preferences";
    HomeRead,             "home.read",                "session",      false, "Be led to one's first page";
    // accounts: whose they are, what two people decide, and one's own password, sessions and second factor
    AccountListRead,      "account.list.read",        "account",      false, "See accounts and what waits for them";
    AccountSearchExecute, "account.search.execute",   "search",       false, "Search accounts by name";
    AccountSearchCreate,  "account.search.create",    "search",       false, "Keep what a search of accounts found, for the person who asked";
    AccountRead,          "account.read",             "account",      false, "Open an account";
    AccountFormRead,      "account.form.read",        "account",      false, "Prepare an account";
    AccountCreate,        "account.create",           "account",      false, "Create an account";
    AccountUpdate,        "account.update",           "account",      false, "Correct the name, e-mail or user name of an account";
    AccountDeactivate,    "account.deactivate",       "account",      false, "Deactivate an account";
    AccountReactivate,    "account.reactivate",       "account",      false, "Reactivate an account, as a workforce member";
    AccountSessionRevoke, "account.session.revoke_all", "account",    false, "Sign somebody out everywhere";
    SignUpSubmit,         "account.signup.submit",    "sign_up",      false, "Ask for an account";
    SignUpListRead,       "account.signup.list.read", "sign_up",      false, "See requests for an account";
    SignUpRead,           "account.signup.read",      "sign_up",      false, "Open a request for an account";
    SignUpApprove,        "account.signup.approve",   "sign_up",      false, "Approve a request for an account";
    SignUpReject,         "account.signup.reject",    "sign_up",      false, "Reject a request for an account";
    SignUpPurge,          "account.signup.purge",     "sign_up",      false, "The program deletes an old request for an account";
    RoleRequest,          "user.role.request",        "account",      false, "Ask for a role to be granted";
    RoleGrant,            "user.role.grant",          "account",      false, "Grant a role somebody else asked for";
    RoleRevoke,           "user.role.revoke",         "account",      false, "Take a role away";
    ScopeRequest,         "account.scope.request",    "account",      false, "Ask for a coordinator to see more facilities";
    ScopeGrant,           "account.scope.grant",      "account",      false, "Grant the facilities somebody else asked for";
    ScopeUpdate,          "account.scope.update",     "account",      false, "Let a coordinator see fewer facilities";
    EngagementCreate,     "engagement.create",        "account",      false, "Ask for an auditor's engagement";
    EngagementApprove,    "engagement.approve",       "account",      false, "Approve an engagement somebody else asked for";
    EngagementEnd,        "engagement.end",           "account",      false, "End an engagement early";
    ChangeReject,         "account.change.reject",    "account",      false, "Reject what somebody else asked for";
    ChangeWithdraw,       "account.change.withdraw",  "account",      false, "Withdraw what one asked for";
    ResetRequest,         "credential.reset.request", "credential",   false, "Ask for a one-time link for a privileged account";
    ResetApprove,         "credential.reset.approve", "credential",   false, "Approve a one-time link somebody else asked for";
    ResetCreate,          "credential.reset.create",  "credential",   false, "Make a one-time link to set a password";
    ResetUse,             "credential.reset.use",     "credential",   false, "Set a password by a one-time link";
    TotpResetRequest,     "credential.totp.reset_request", "credential", false, "Ask for a lost second factor to be removed";
    TotpReset,            "credential.totp.reset",    "credential",   false, "Remove a lost second factor somebody else asked for";
    OwnAccountRead,       "account.own.read",         "account",      false, "See one's own account and sessions";
    CredentialRead,       "credential.own.read",      "credential",   false, "Prove one's own password or code";
    PasswordChange,       "credential.password.change", "credential", false, "Change one's own password";
    TotpEnrol,            "credential.totp.enrol",    "credential",   false, "Begin a second factor of one's own";
    TotpConfirm,          "credential.totp.confirm",  "credential",   false, "Confirm a second factor of one's own";
    TotpDisable,          "credential.totp.disable",  "credential",   false, "Turn one's own second factor off";
    TotpReplaceBegin,     "credential.totp.replace_begin", "credential", false, "Begin to move one's own second factor to another phone";
    TotpReplace,          "credential.totp.replace",  "credential",   false, "Move one's own second factor to another phone";
    TotpReplaceCancel,    "credential.totp.replace_cancel", "credential", false, "Stop moving one's own second factor";
    RecoveryRenew,        "credential.recovery.renew", "credential",  false, "Renew one's own recovery codes";
    TotpUse,              "credential.totp.use",      "credential",   false, "Sign in with a code";
    RecoveryUse,          "credential.recovery.use",  "credential",   false, "Sign in with a recovery code";
    SessionRevoke,        "session.revoke",           "session",      false, "End one of one's own sessions";
    SessionRevokeAll,     "session.revoke_all",       "session",      false, "End all of one's own other sessions";
    SessionLoginBegin,    "session.login.begin",      "session",      false, "A right password, with a second step to come";
    SessionLoginAttempt,  "session.login.attempt",    "session",      false, "Sign in";
    SessionLogoutExecute, "session.logout.execute",   "session",      false, "Sign out";
    RequestRefuse,        "request.refuse",           "session",      false, "A request refused before it reached a page";
    ImportBatchRead,      "import.batch.read",        "import_batch", true,  "The program reads what to import";
    ImportBatchRun,       "import.batch.run",         "import_batch", true,  "The program imports a part of a file";
    RuleBatchRead,        "rule.batch.read",          "import_batch", true,  "The program reads a batch for its rules";
    RuleBatchRun,         "rule.batch.run",           "import_batch", true,  "The program raises flags and gathers cases";
    // rules: what they look for, how they are changed, what people flag
    RuleListRead,         "rule.list.read",           "rule",         true,  "See the rules and what they found";
    RuleRead,             "rule.read",                "rule",         true,  "See a rule, its versions and how its cases were decided";
    RuleProposalRead,     "rule.proposal.read",       "rule_proposal", true, "See a proposed change of a rule and its shadow run";
    RuleProposalCreate,   "rule.proposal.create",     "rule_proposal", false, "Propose a change of a rule and run it in the shadow";
    RuleProposalRequest,  "rule.proposal.request",    "rule_proposal", false, "Ask a second manager to approve a change of a rule";
    RuleProposalWithdraw, "rule.proposal.withdraw",   "rule_proposal", false, "Withdraw one's own proposed change of a rule";
    RuleProposalRetry,    "rule.proposal.retry",      "rule_proposal", false, "Ask for one's own broken shadow run again";
    RuleRerunRetry,       "rule.rerun.retry",         "rule_rerun",    false, "Ask for a failed run of the rules again";
    RuleProposalApprove,  "rule.proposal.approve",    "rule_proposal", false, "Approve a change of a rule that somebody else proposed";
    RuleProposalRefuse,   "rule.proposal.refuse",     "rule_proposal", false, "Refuse a change of a rule that somebody else proposed";
    AccessFlagFormRead,   "access_log.flag.read",     "access_log",   true,  "Prepare to flag an access for review";
    AccessFlagCreate,     "access_log.flag.create",   "access_log",   true,  "Flag an access for review";
    PatientWatchUpdate,   "patient.watch.update",     "patient",      true,  "Put a patient on the watch list";
    PatientWatchEnd,      "patient.watch.end",        "patient",      true,  "Take a patient off the watch list";
    RuleRerunRead,        "rule.rerun.read",          "rule_rerun",   true,  "The program reads what a late fact touches";
    RuleRerunRun,         "rule.rerun.run",           "rule_rerun",   true,  "The program runs the rules again over what a late fact touches";
    RuleShadowRead,       "rule.shadow.read",         "rule_proposal", true, "The program reads sixty days for a shadow run";
    RuleShadowRun,        "rule.shadow.run",          "rule_proposal", true, "The program keeps what a shadow run would have found";
    PartitionCreate,      "partition.create.execute", "partition",    false, "The program adds a month's partition";
    UserAccountCreate,    "user.account.create",      "person",       false, "The command line creates an account";
    ImportWithdraw,       "import.withdraw",          "import_batch", true,  "Withdraw an import";
    ImportRetry,          "import.retry",             "import_batch", true,  "Take up an import or a withdrawal that stopped";
    CoverageListRead,     "coverage.list.read",       "source",       false, "See which days of a source arrived";
    CoverageListExport,   "coverage.list.export",     "source",       false, "Export which days of a source arrived";
    CoverageFormRead,     "coverage.form.read",       "source",       false, "Prepare an explanation of a day";
    CoverageExplain,      "coverage.explain",         "source",       false, "Explain what is missing on a day";
    WithdrawalRead,       "import.withdrawal.read",   "import_batch", true,  "The program reads what a withdrawal touches";
    WithdrawalRun,        "import.withdrawal.run",    "import_batch", true,  "The program takes a batch's rows out, or back in";
    // questions about an access: put to the person or their supervisor, answered by whom they are put to
    QuestionListRead,     "question.list.read",       "question",     false, "See the questions put to oneself";
    QuestionListExport,   "question.list.export",     "question",     false, "Export the questions put to oneself";
    QuestionRead,         "question.read",            "question",     false, "Open a question put to oneself";
    QuestionAnswer,       "question.answer",          "question",     false, "Answer a question put to oneself";
    QuestionRemark,       "question.remark",          "question",     false, "Add a remark to one's own answer";
    QuestionFormRead,     "question.form.read",       "review_case",  true,  "Prepare a question about a case, or its answer";
    QuestionAsk,          "question.ask",             "question",     true,  "Ask the person of a case, or their supervisor";
    QuestionAnswerRecord, "question.answer.record",   "question",     true,  "Record an answer that was taken by phone";
    QuestionWithdraw,     "question.withdraw",        "question",     true,  "Withdraw a question";
    QuestionOverdueMark,  "question.overdue.mark",    "question",     false, "The program notes that an answer is overdue";
    // clearing the queue: its file, who works on a case, acts in bulk, views that people name
    ReviewCaseListExport, "review_case.list.export",  "review_case",  true,  "Export the queue of cases";
    ReviewCaseAssign,     "review_case.assign",       "review_case",  true,  "Say who works on a case";
    CaseSelectionCreate,  "case_selection.create",    "case_selection", true, "Keep which cases were selected, for an act in bulk";
    CaseSelectionRead,    "case_selection.read",      "case_selection", true, "See what an act in bulk would change, or changed";
    CaseSelectionRun,     "case_selection.run",       "case_selection", true, "Decide or assign the selected cases";
    CaseSelectionPurge,   "case_selection.purge",     "case_selection", false, "The program deletes old selections of cases";
    QueueViewListRead,    "queue_view.list.read",     "queue_view",   false, "See one's own views of the queue, and the shared ones";
    QueueViewCreate,      "queue_view.create",        "queue_view",   false, "Keep a view of the queue for oneself";
    QueueViewShare,       "queue_view.share",         "queue_view",   false, "Share a view of the queue";
    QueueViewUpdate,      "queue_view.update",        "queue_view",   false, "Rename a view of the queue";
    QueueViewDelete,      "queue_view.delete",        "queue_view",   false, "Delete a view of the queue";
    RosterSeed,           "roster.seed.execute",      "organisation", false, "The command line fills an empty organisation";
    // what left as a file, and who has seen a record
    ExportListRead,       "export.list.read",         "export",       false, "See what was exported, and by whom";
    ExportListExport,     "export.list.export",       "export",       false, "Export the list of exports";
    CaseSeenRead,         "review_case.seen.read",    "review_case",  true,  "See who has seen a case";
    CaseSeenExport,       "review_case.seen.export",  "review_case",  true,  "Export who has seen a case";
    FindingSeenRead,      "finding.seen.read",        "finding",      true,  "See who has seen a finding";
    FindingSeenExport,    "finding.seen.export",      "finding",      true,  "Export who has seen a finding";
    AccessSeenRead,       "access_log.seen.read",     "access_log",   true,  "See who has seen an access row";
    AccessSeenExport,     "access_log.seen.export",   "access_log",   true,  "Export who has seen an access row";
    PersonSeenRead,       "person.seen.read",         "person",       true,  "See who has seen a person's profile";
    PersonSeenExport,     "person.seen.export",       "person",       true,  "Export who has seen a person's profile";
    PatientSeenRead,      "patient.seen.read",        "patient",      true,  "See who has seen a patient's records here";
    PatientSeenExport,    "patient.seen.export",      "patient",      true,  "Export who has seen a patient's records here";
    // the files of what is set up: what was imported and how, who holds which login, which rules run, who may sign in
    ImportListExport,     "import.list.export",       "import_batch", true,  "Export imports";
    MappingListExport,    "mapping.list.export",      "mapping",      false, "Export mappings";
    LoginListExport,      "login.list.export",        "login",        true,  "Export EHR logins and who held them";
    RosterListExport,     "roster.list.export",       "roster",       false, "Export roster imports";
    FacilityListExport,   "facility.list.export",     "facility",     false, "Export facilities";
    RuleListExport,       "rule.list.export",         "rule",         true,  "Export the rules and what they found";
    SecondReviewRoundExport, "second_review.round.export", "review_case", true, "Export every second review";
    AccountListExport,    "account.list.export",      "account",      false, "Export accounts";
    SignUpListExport,     "account.signup.list.export", "sign_up",     false, "Export requests for an account";
    // looking beyond the queue: reviews, complaints, the watch list
    ReviewListRead,       "review.list.read",         "review",       true,  "See reviews";
    ReviewListExport,     "review.list.export",       "review",       true,  "Export reviews";
    ReviewRead,           "review.read",              "review",       true,  "Open a review with everyone it looks at";
    ReviewFormRead,       "review.form.read",         "review",       true,  "Prepare a review";
    ReviewStart,          "review.start",             "review",       true,  "Start a review of a patient's or a person's accesses";
    ReviewTakeUp,         "review.case.open",         "review",       true,  "Open cases from a review";
    ReviewEnd,            "review.end",               "review",       true,  "End a review with its memo";
    ReviewMemoAmend,      "review.memo.amend",        "review",       true,  "Amend the memo of an ended review";
    ReviewReopen,         "review.reopen",            "review",       true,  "Open an ended review again";
    ReviewSeenRead,       "review.seen.read",         "review",       true,  "See who has seen a review";
    ReviewSeenExport,     "review.seen.export",       "review",       true,  "Export who has seen a review";
    WatchListRead,        "patient.watch.list.read",  "patient",      true,  "See the watch list";
    WatchListExport,      "patient.watch.list.export", "patient",      true,  "Export the watch list";
    ComplaintListRead,    "complaint.list.read",      "complaint",    true,  "See complaints";
    ComplaintListExport,  "complaint.list.export",    "complaint",    true,  "Export complaints";
    ComplaintRead,        "complaint.read",           "complaint",    true,  "Open a complaint";
    ComplaintFormRead,    "complaint.form.read",      "complaint",    true,  "Prepare a complaint";
    ComplaintRecord,      "complaint.record",         "complaint",    true,  "Record a complaint";
    ComplaintUpdate,      "complaint.update",         "complaint",    true,  "Say whom a complaint is about and whose it is";
    ComplaintDispose,     "complaint.dispose",        "complaint",    true,  "Say what a complaint came to";
    ComplaintReopen,      "complaint.reopen",         "complaint",    true,  "Open a complaint again";
    ComplaintSeenRead,    "complaint.seen.read",      "complaint",    true,  "See who has seen a complaint";
    ComplaintSeenExport,  "complaint.seen.export",    "complaint",    true,  "Export who has seen a complaint";
    // everybody who touched a patient's records, everything a person opened, as files
    PatientExport,        "patient.export",           "patient",      true,  "Export who touched a patient's records";
    PersonActivityExport, "person.activity.export",   "person",       true,  "Export a person's accesses";
}
