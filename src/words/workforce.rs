//! What a roster changes, and what of it cannot be applied.

words! {
    /// What a roster changes for one person.
    RosterChange {
        Added = "added", "Added";
        Moved = "moved", "Moved";
        OnLeave = "on_leave", "Put on leave";
        Returned = "returned", "Returned";
        Terminated = "terminated", "Leaves";
        Rehired = "rehired", "Rehired";
        Renamed = "renamed", "Name, e-mail or address";
        Missing = "missing", "Missing from the file";
        OtherPosition = "other_position", "Another position";
        Problem = "problem", "Cannot be applied";
        Unchanged = "unchanged", "Unchanged";
    }
}

words! {
    /// Why a roster's line cannot be applied, or not all of it.
    RosterProblem {
        DuplicateNumber = "duplicate_number", "This person stands in the file more than once, and the file does not say which position is the primary one";
        NoFacility = "no_facility", "The line names no facility";
        UnknownFacility = "unknown_facility", "No facility has this name or site code";
        FacilityNotYours = "facility_not_yours", "Your account does not cover this facility";
        NoDepartment = "no_department", "The line names no department";
        NoJob = "no_job", "The line names no job";
        WorksElsewhere = "works_elsewhere", "This person works at a facility that your account does not cover";
        DateDisorder = "date_disorder", "The dates are out of order, or before the employment that is recorded";
        Overlaps = "overlaps", "The dates overlap employment that is recorded already";
        EmailTaken = "email_taken", "Somebody else has this e-mail address; it is left out";
        UnknownSupervisor = "unknown_supervisor", "Nobody has the supervisor's employee number; the supervisor is left as it was";
        Unreadable = "unreadable", "The line cannot be read";
        Yourself = "yourself", "This is you; somebody else applies it";
        AccountElsewhere = "account_elsewhere", "This person has an account and never worked where your account reaches; somebody who sees every facility enters them";
        AccountKept = "account_kept", "This person signs in here; the account keeps its name and e-mail address";
    }
}
