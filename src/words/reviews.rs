//! Why somebody looked beyond the queue: reviews, complaints, the watch list.

words! {
    /// What was done about a review or a complaint, for the line that says so.
    ReviewDone {
        Started = "started", "Review started";
        TakenUp = "taken_up", "Cases taken up";
        Ended = "ended", "Review ended";
        Amended = "amended", "Memo amended; the one before stays in the history";
        Reopened = "reopened", "Review open again";
        ComplaintRecorded = "recorded", "Complaint recorded";
        ComplaintChanged = "changed", "Complaint changed";
        ComplaintDisposed = "disposed", "Disposition recorded";
        ComplaintReopened = "complaint_reopened", "Complaint open again";
    }
}
