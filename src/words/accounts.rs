//! Who may sign in: requests, and changes that need a second person.

words! {
    /// Where a request for an account stands.
    SignUpState {
        Waiting = "waiting", "Waiting";
        Approved = "approved", "Approved";
        Rejected = "rejected", "Rejected";
    }
}

words! {
    /// Why a request for an account was rejected.
    SignUpReason {
        UnknownPerson = "unknown_person", "Nobody we know by these details";
        HasAccount = "has_account", "The person has an account";
        WrongDetails = "wrong_details", "Details are wrong";
        NotNeeded = "not_needed", "No account is needed";
    }
}

words! {
    /// What about an account needs a second person.
    ChangeKind {
        Role = "role", "Role";
        Scope = "scope", "Facilities";
        Engagement = "engagement", "Engagement";
        FactorReset = "factor_reset", "Remove the second factor";
        PasswordReset = "password_reset", "One-time link";
    }
}

words! {
    /// Where such a change stands.
    ChangeState {
        Waiting = "waiting", "Waiting for a second person";
        Approved = "approved", "Approved";
        Rejected = "rejected", "Rejected";
        Withdrawn = "withdrawn", "Withdrawn";
        Expired = "expired", "Expired";
    }
}

words! {
    /// What was done to an account, for the line that says so.
    AccountDone {
        Created = "created", "Account created";
        Updated = "updated", "Account changed";
        Approved = "approved", "Request approved; they can sign in";
        Rejected = "rejected", "Request rejected";
        Requested = "requested", "Waiting for a second person";
        Granted = "granted", "Approved; it counts now";
        Refused = "refused", "Rejected; nothing changes";
        Withdrawn = "withdrawn", "Withdrawn";
        Lowered = "lowered", "Role taken away";
        Narrowed = "narrowed", "Facilities changed";
        EngagementEnded = "engagement_ended", "Engagement ended";
        Deactivated = "deactivated", "Account deactivated";
        Reactivated = "reactivated", "Account active again";
        SignedOut = "signed_out", "Signed out everywhere";
        PasswordChanged = "password_changed", "Password changed";
        SessionEnded = "session_ended", "Session ended";
        SessionsEnded = "sessions_ended", "Other sessions ended";
        FactorOff = "factor_off", "Second factor turned off";
        FactorStays = "factor_stays", "Nothing moves; your phone counts as before";
    }
}
