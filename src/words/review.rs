//! What is said of a case: where it stands, how much it matters, what was found.

words! {
    /// Where a case stands.
    ReviewState {
        Unassigned = "unassigned", "Unassigned";
        Assigned = "assigned", "Assigned";
        InReview = "in_review", "In review";
        AwaitingAnswer = "awaiting_answer", "Awaiting an answer";
        AwaitingSecondReview = "awaiting_second_review", "Awaiting second review";
        Closed = "closed", "Closed";
    }
}

words! {
    /// How much a case, or a finding, matters.
    Risk {
        Critical = "critical", "Critical";
        High = "high", "High";
        Medium = "medium", "Medium";
        Low = "low", "Low";
    }
}

words! {
    /// What is done to cases that were selected together.
    SelectionAct {
        Decide = "decide", "Decide";
        Assign = "assign", "Assign";
    }
}

words! {
    /// What a reviewer found.
    Disposition {
        Appropriate = "appropriate", "Appropriate";
        AppropriatePolicyGap = "appropriate_policy_gap", "Appropriate, policy gap";
        InappropriateInadvertent = "inappropriate_inadvertent", "Inappropriate, inadvertent";
        InappropriateIntentional = "inappropriate_intentional", "Inappropriate, intentional";
        AttributedToOther = "attributed_to_other", "Somebody else used the login";
        UnableToDetermine = "unable_to_determine", "Unable to determine";
        Duplicate = "duplicate", "Duplicate of another case";
        DataError = "data_error", "Error in the source's data";
    }
}

words! {
    /// Why, for this case.
    Reason {
        CareTeam = "care_team", "On the care team";
        OnCall = "on_call", "On call or covering";
        Registration = "registration", "Registration or scheduling";
        Billing = "billing", "Billing";
        QualityReview = "quality_review", "Quality review";
        ReleaseOfInformation = "release_of_information", "Release of information";
        ItSupport = "it_support", "IT support";
        Curiosity = "curiosity", "Curiosity";
        Family = "family", "Family";
        Coworker = "coworker", "Coworker";
        WrongPatient = "wrong_patient", "Wrong patient opened";
        Excess = "excess", "More than the task needed";
        CredentialSharing = "credential_sharing", "Credential sharing";
        Other = "other", "Other (say what in the note)";
    }
}
