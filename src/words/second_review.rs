//! How a decision is looked at a second time.

words! {
    /// How a decision is looked at a second time.
    SecondReviewKind {
        Required = "required", "Second review";
        Blind = "blind", "Blind sample";
    }
}

words! {
    /// Why a decision is looked at a second time.
    SecondReviewGround {
        Disposition = "disposition", "The decision itself";
        Critical = "critical", "Critical case";
        WatchList = "watch_list", "Watch list";
        Complaint = "complaint", "Reported";
        Overturned = "overturned", "Overturned before";
        Sample = "sample", "Blind sample";
    }
}

words! {
    /// What came of a second review.
    SecondReviewOutcome {
        Confirmed = "confirmed", "Agreed";
        Overturned = "overturned", "Overturned";
        TakenBack = "taken_back", "Taken back";
    }
}

words! {
    /// How a reader stands to the second review that a case waits for.
    SecondReviewStanding {
        May = "may", "Gives it";
        Own = "own", "Decided it or asked about it";
        Role = "role", "Role does not give it";
        Conflict = "conflict", "Stands too near";
    }
}
