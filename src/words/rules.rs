//! The rules, how they are changed and run again, and what people flag.

words! {
    /// The rules of this release, signals first.
    RuleCode {
        SelfAccess = "self_access", "Own record";
        Household = "household", "Same household";
        Coworker = "coworker", "Coworker";
        WatchList = "watch_list", "Watch list";
        TerminatedUser = "terminated_user", "Used after leaving";
        InactiveUser = "inactive_user", "Login unused or on leave";
        VolumeSpike = "volume_spike", "Unusual volume";
        RepeatSamePatient = "repeat_same_patient", "Same patient again";
        BreakGlassNoReason = "break_glass_no_reason", "Break-glass, no reason";
        BulkExport = "bulk_export", "Bulk export";
        AgreementLapsed = "agreement_lapsed", "BAA not in effect";
        ReportedByPerson = "reported_by_person", "Reported";
        Manual = "manual", "Flagged by hand";
        AfterHours = "after_hours", "Off shift";
        ForeignFacility = "foreign_facility", "Other facility";
        ForeignNetwork = "foreign_network", "Outside network";
        RoleMismatch = "role_mismatch", "Unusual for the job";
        TrainingLapsed = "training_lapsed", "Training lapsed";
        BreakGlass = "break_glass", "Break-glass";
        UnmatchedIdentity = "unmatched_identity", "Unmatched login";
    }
}

words! {
    /// Whether a rule puts a case in the queue or only colours one that is there.
    RuleKind {
        Signal = "signal", "Signal";
        Context = "context", "Context";
    }
}

words! {
    /// Why a person flags an access: a closed list, so that no text is kept.
    FlagReason {
        Complaint = "complaint", "A patient or relative complained";
        ColleagueConcern = "colleague_concern", "A colleague raised a concern";
        NoTask = "no_task", "No task seems to explain it";
        KnownRelation = "known_relation", "A private relation is known";
        InTheNews = "in_the_news", "The patient is in the news";
        Review = "review", "Taken up in a review";
        Other = "other", "Other (say what in the note)";
    }
}

impl FlagReason {
    /// Whether somebody who flags one access may say it: a review says its own.
    #[must_use]
    pub fn by_hand(self) -> bool {
        self != Self::Review
    }
}

words! {
    /// Where a proposed change of a rule stands.
    ProposalState {
        ShadowWaiting = "shadow_waiting", "Shadow run waits";
        ShadowRunning = "shadow_running", "Shadow run under way";
        ShadowFailed = "shadow_failed", "Shadow run failed";
        ShadowDone = "shadow_done", "Shadow run done";
        Requested = "requested", "Approval asked for";
        Approved = "approved", "Approved and live";
        Refused = "refused", "Refused";
        Withdrawn = "withdrawn", "Withdrawn";
        Expired = "expired", "Expired";
    }
}

words! {
    /// Why a patient is put on the watch list.
    WatchReason {
        PublicFigure = "public_figure", "Known to the public";
        Workforce = "workforce", "Member of the workforce";
        PatientAsked = "patient_asked", "The patient asked for it";
        Complaint = "complaint", "A complaint is open";
        Legal = "legal", "A legal matter is open";
    }
}

words! {
    /// Why rules run again over rows that are stored already.
    RerunCause {
        LoginMatched = "login_matched", "A login was matched";
        EmploymentChanged = "employment_changed", "Employment was entered later";
        AgreementChanged = "agreement_changed", "An agreement changed";
        RuleChanged = "rule_changed", "A rule was changed";
        BatchWithdrawn = "batch_withdrawn", "A batch was withdrawn";
        PatientWatched = "patient_watched", "A patient was put on the watch list";
        PersonChanged = "person_changed", "A name or an address changed";
        FlaggedByHand = "flagged_by_hand", "Somebody flagged an access";
    }
}
