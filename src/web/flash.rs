//! The one-line answer to a finished act, carried over a redirect in a cookie of closed words and numbers.

use actix_web::cookie::{Cookie, SameSite};
use actix_web::{HttpRequest, HttpResponse};
use uuid::Uuid;

use crate::words::{AccountDone, QuestionDone, ReviewDone, words};

words! {
    /// What was done to a finding, for the line that says so.
    FindingDone {
        StepUndone = "step_undone", "Last step taken back";
        OwnerUndone = "owner_undone", "Owner as before";
        Edited = "edited", "Finding saved";
        Commented = "commented", "Comment added";
        EvidenceAdded = "evidence_added", "Evidence added";
        CaseLinked = "case_linked", "Case linked";
        CaseUnlinked = "case_unlinked", "Case unlinked";
    }
}

/// The one-line answer to a finished act.
pub struct Toast {
    /// What was done.
    pub message: String,
    /// Where to post to take it back.
    pub undo_action: Option<String>,
}

impl Toast {
    /// Words without a way back.
    const fn plain(message: String) -> Self {
        Self { message, undo_action: None }
    }
}

const COOKIE: &str = "portal-done";

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Done {
    /// A case was decided: its short number, its id, and the version that the decision made.
    CaseDecided(i64, Uuid, i32),
    /// A case was opened again.
    CaseReopened(i64),
    /// A second review was given: the case's short number, and whether it agreed.
    SecondReviewGiven(i64, bool),
    /// Who stands in for a manager was named, or nobody any more.
    AlternateSaved,
    /// A case was given to somebody (or to nobody): its short number, its id, the version that made, whether to somebody.
    CaseAssigned(i64, Uuid, i32, bool),
    /// An assignment was taken back; the case's short number.
    AssignmentTakenBack(i64),
    /// So many cases were decided in one act, under this selection.
    CasesDecided(i64, Uuid),
    /// So many cases were given to somebody in one act, or laid down.
    CasesAssigned(i64, Uuid),
    /// An act on so many cases was taken back: decisions, or else assignments.
    ActTakenBack(i64, bool),
    /// A view of the queue was saved.
    ViewSaved,
    /// A view of the queue has another name.
    ViewRenamed,
    /// A view of the queue is gone.
    ViewDeleted,
    /// A finding was created, by year and sequence.
    FindingCreated(i64, i64),
    /// A finding took a step: its id, and the version that made.
    FindingMoved(Uuid, i32),
    /// A finding has another owner: its id, and the version that made.
    FindingAssigned(Uuid, i32),
    /// Something else was done to a finding.
    Finding(FindingDone),
    /// An import waits for its turn.
    ImportQueued,
    /// An import is being withdrawn.
    ImportWithdrawn,
    /// A withdrawal that stopped goes on.
    WithdrawalTakenUp,
    /// A day of a source was explained.
    DayExplained,
    /// Preferences were kept.
    PreferencesSaved,
    /// A change of a rule was proposed; its shadow run waits.
    ProposalQueued,
    /// A run of the rules that failed was asked for again.
    RunQueued,
    /// Approval of a change of a rule was asked for.
    ApprovalRequested,
    /// A change of a rule is live.
    RuleApproved,
    /// A change of a rule was refused.
    ProposalRefused,
    /// A change of a rule was withdrawn.
    ProposalWithdrawn,
    /// An access was flagged; the short number of its case.
    AccessFlagged(i64),
    /// A patient was put on the watch list, or taken off.
    WatchChanged(bool),
    /// A roster was applied to so many people.
    RosterApplied(i64),
    /// So many words of a roster's file have a meaning now.
    RosterWordsSaved(i64),
    /// So many logins were matched.
    LoginsMatched(i64),
    /// Who held a login was corrected.
    HolderSaved,
    /// A change of employment was entered.
    EmploymentSaved,
    /// A facility was created or changed.
    FacilitySaved,
    /// A version of a mapping was saved.
    MappingSaved(i64),
    /// Something was done to an account.
    Account(AccountDone),
    /// Something was done about a question.
    Question(QuestionDone),
    /// Something was done about a review or a complaint.
    Review(ReviewDone),
}

impl Done {
    fn encode(self) -> String {
        match self {
            Self::CaseDecided(number, id, version) => format!("decided.{number}.{id}.{version}"),
            Self::CaseReopened(number) => format!("reopened.{number}"),
            Self::SecondReviewGiven(number, true) => format!("agreed.{number}"),
            Self::SecondReviewGiven(number, false) => format!("overturned.{number}"),
            Self::AlternateSaved => "alternate".to_owned(),
            Self::CaseAssigned(number, id, version, true) => format!("assigned.{number}.{id}.{version}"),
            Self::CaseAssigned(number, id, version, false) => format!("laiddown.{number}.{id}.{version}"),
            Self::AssignmentTakenBack(number) => format!("unassigned.{number}"),
            Self::CasesDecided(cases, id) => format!("bulkdecided.{cases}.{id}"),
            Self::CasesAssigned(cases, id) => format!("bulkassigned.{cases}.{id}"),
            Self::ActTakenBack(cases, true) => format!("bulkopen.{cases}"),
            Self::ActTakenBack(cases, false) => format!("bulkback.{cases}"),
            Self::ViewSaved => "view-saved".to_owned(),
            Self::ViewRenamed => "view-renamed".to_owned(),
            Self::ViewDeleted => "view-deleted".to_owned(),
            Self::FindingCreated(year, sequence) => format!("finding.{year}.{sequence}"),
            Self::FindingMoved(id, version) => format!("fmoved.{id}.{version}"),
            Self::FindingAssigned(id, version) => format!("fowner.{id}.{version}"),
            Self::Finding(done) => format!("fdone.{}", done.as_str()),
            Self::ImportQueued => "import".to_owned(),
            Self::ImportWithdrawn => "withdrawn".to_owned(),
            Self::WithdrawalTakenUp => "withdrawal".to_owned(),
            Self::DayExplained => "explained".to_owned(),
            Self::PreferencesSaved => "preferences".to_owned(),
            Self::ProposalQueued => "rule-shadow".to_owned(),
            Self::RunQueued => "rule-run".to_owned(),
            Self::ApprovalRequested => "rule-request".to_owned(),
            Self::RuleApproved => "rule-approved".to_owned(),
            Self::ProposalRefused => "rule-refused".to_owned(),
            Self::ProposalWithdrawn => "rule-withdrawn".to_owned(),
            Self::AccessFlagged(number) => format!("flagged.{number}"),
            Self::WatchChanged(watched) => if watched { "watched" } else { "unwatched" }.to_owned(),
            Self::RosterApplied(people) => format!("roster.{people}"),
            Self::RosterWordsSaved(words) => format!("rosterwords.{words}"),
            Self::LoginsMatched(logins) => format!("logins.{logins}"),
            Self::HolderSaved => "holder".to_owned(),
            Self::EmploymentSaved => "employment".to_owned(),
            Self::FacilitySaved => "facility".to_owned(),
            Self::MappingSaved(version) => format!("mapping.{version}"),
            Self::Account(done) => format!("account.{}", done.as_str()),
            Self::Question(done) => format!("question.{}", done.as_str()),
            Self::Review(done) => format!("review.{}", done.as_str()),
        }
    }

    fn decode(text: &str) -> Option<Self> {
        let mut parts = text.split('.');
        match (parts.next()?, parts.next(), parts.next().map(|part| (part, parts.next()))) {
            ("decided", Some(number), Some((id, Some(version)))) => {
                Some(Self::CaseDecided(number.parse().ok()?, id.parse().ok()?, version.parse().ok()?))
            }
            ("reopened", Some(number), None) => Some(Self::CaseReopened(number.parse().ok()?)),
            ("agreed", Some(number), None) => Some(Self::SecondReviewGiven(number.parse().ok()?, true)),
            ("overturned", Some(number), None) => Some(Self::SecondReviewGiven(number.parse().ok()?, false)),
            ("alternate", None, None) => Some(Self::AlternateSaved),
            (word @ ("assigned" | "laiddown"), Some(number), Some((id, Some(version)))) => {
                let (number, id, version) = (number.parse().ok()?, id.parse().ok()?, version.parse().ok()?);
                Some(Self::CaseAssigned(number, id, version, word == "assigned"))
            }
            ("view-saved", None, None) => Some(Self::ViewSaved),
            ("view-renamed", None, None) => Some(Self::ViewRenamed),
            ("view-deleted", None, None) => Some(Self::ViewDeleted),
            ("unassigned", Some(number), None) => Some(Self::AssignmentTakenBack(number.parse().ok()?)),
            ("bulkdecided", Some(cases), Some((id, None))) => {
                Some(Self::CasesDecided(cases.parse().ok()?, id.parse().ok()?))
            }
            ("bulkassigned", Some(cases), Some((id, None))) => {
                Some(Self::CasesAssigned(cases.parse().ok()?, id.parse().ok()?))
            }
            (word @ ("bulkopen" | "bulkback"), Some(cases), None) => {
                Some(Self::ActTakenBack(cases.parse().ok()?, word == "bulkopen"))
            }
            ("finding", Some(year), Some((sequence, None))) => {
                Some(Self::FindingCreated(year.parse().ok()?, sequence.parse().ok()?))
            }
            ("fmoved", Some(id), Some((version, None))) => {
                Some(Self::FindingMoved(id.parse().ok()?, version.parse().ok()?))
            }
            ("fowner", Some(id), Some((version, None))) => {
                Some(Self::FindingAssigned(id.parse().ok()?, version.parse().ok()?))
            }
            ("fdone", Some(word), None) => FindingDone::parse(word).map(Self::Finding),
            ("import", None, None) => Some(Self::ImportQueued),
            ("withdrawn", None, None) => Some(Self::ImportWithdrawn),
            ("withdrawal", None, None) => Some(Self::WithdrawalTakenUp),
            ("explained", None, None) => Some(Self::DayExplained),
            ("preferences", None, None) => Some(Self::PreferencesSaved),
            ("rule-shadow", None, None) => Some(Self::ProposalQueued),
            ("rule-run", None, None) => Some(Self::RunQueued),
            ("rule-request", None, None) => Some(Self::ApprovalRequested),
            ("rule-approved", None, None) => Some(Self::RuleApproved),
            ("rule-refused", None, None) => Some(Self::ProposalRefused),
            ("rule-withdrawn", None, None) => Some(Self::ProposalWithdrawn),
            ("flagged", Some(number), None) => Some(Self::AccessFlagged(number.parse().ok()?)),
            ("watched", None, None) => Some(Self::WatchChanged(true)),
            ("unwatched", None, None) => Some(Self::WatchChanged(false)),
            ("roster", Some(people), None) => Some(Self::RosterApplied(people.parse().ok()?)),
            ("rosterwords", Some(words), None) => Some(Self::RosterWordsSaved(words.parse().ok()?)),
            ("logins", Some(logins), None) => Some(Self::LoginsMatched(logins.parse().ok()?)),
            ("holder", None, None) => Some(Self::HolderSaved),
            ("employment", None, None) => Some(Self::EmploymentSaved),
            ("facility", None, None) => Some(Self::FacilitySaved),
            ("mapping", Some(version), None) => Some(Self::MappingSaved(version.parse().ok()?)),
            ("account", Some(word), None) => AccountDone::parse(word).map(Self::Account),
            ("question", Some(word), None) => QuestionDone::parse(word).map(Self::Question),
            ("review", Some(word), None) => ReviewDone::parse(word).map(Self::Review),
            _ => None,
        }
    }

    fn toast(self) -> Toast {
        match self {
            Self::CaseDecided(number, id, version) => Toast {
                message: format!("AL-{number} decided"),
                undo_action: Some(format!("/access-logs/cases/{id}/reopening?version={version}")),
            },
            Self::CaseReopened(number) => Toast { message: format!("AL-{number} is open again"), undo_action: None },
            Self::SecondReviewGiven(number, true) => {
                Toast::plain(format!("AL-{number}: both agree, the case is closed"))
            }
            Self::SecondReviewGiven(number, false) => {
                Toast::plain(format!("AL-{number}: the decisions differ, the case is in review again"))
            }
            Self::AlternateSaved => Toast::plain("Alternate saved".to_owned()),
            Self::CaseAssigned(number, id, version, somebody) => Toast {
                message: format!("AL-{number} {}", if somebody { "assigned" } else { "unassigned" }),
                undo_action: Some(format!("/access-logs/cases/{id}/assignment/reversal?version={version}")),
            },
            Self::AssignmentTakenBack(number) => Toast::plain(format!("Assignment of AL-{number} taken back")),
            Self::CasesDecided(cases, id) => in_bulk(cases, "decided", Some(id)),
            Self::CasesAssigned(cases, id) => in_bulk(cases, "assigned", Some(id)),
            Self::ActTakenBack(cases, true) if cases == 1 => in_bulk(cases, "is open again", None),
            Self::ActTakenBack(cases, true) => in_bulk(cases, "are open again", None),
            Self::ActTakenBack(cases, false) => in_bulk(cases, "assigned as before", None),
            Self::ViewSaved => Toast::plain("View saved".to_owned()),
            Self::ViewRenamed => Toast::plain("View renamed".to_owned()),
            Self::ViewDeleted => Toast::plain("View deleted".to_owned()),
            Self::FindingCreated(year, sequence) => {
                Toast { message: format!("FND-{year}-{sequence:04} created"), undo_action: None }
            }
            Self::FindingMoved(id, version) => Toast {
                message: "Status changed".to_owned(),
                undo_action: Some(format!("/findings/{id}/status/reversal?version={version}")),
            },
            Self::FindingAssigned(id, version) => Toast {
                message: "Owner changed".to_owned(),
                undo_action: Some(format!("/findings/{id}/owner/reversal?version={version}")),
            },
            Self::Finding(done) => Toast::plain(done.label().to_owned()),
            Self::ImportQueued => Toast { message: "Import queued".to_owned(), undo_action: None },
            Self::ImportWithdrawn => Toast { message: "Import withdrawn".to_owned(), undo_action: None },
            Self::WithdrawalTakenUp => Toast::plain("Withdrawal queued".to_owned()),
            Self::DayExplained => Toast { message: "Explanation saved".to_owned(), undo_action: None },
            Self::MappingSaved(version) => {
                Toast { message: format!("Mapping saved as version {version}"), undo_action: None }
            }
            Self::PreferencesSaved => Toast { message: "Preferences saved".to_owned(), undo_action: None },
            Self::ProposalQueued => Toast { message: "Shadow run queued".to_owned(), undo_action: None },
            Self::RunQueued => Toast { message: "Queued to run again".to_owned(), undo_action: None },
            Self::ApprovalRequested => Toast { message: "Approval asked for".to_owned(), undo_action: None },
            Self::RuleApproved => Toast { message: "The new version is live".to_owned(), undo_action: None },
            Self::ProposalRefused => Toast { message: "Change refused".to_owned(), undo_action: None },
            Self::ProposalWithdrawn => Toast { message: "Proposal withdrawn".to_owned(), undo_action: None },
            Self::AccessFlagged(number) => Toast { message: format!("Flagged in AL-{number}"), undo_action: None },
            Self::WatchChanged(true) => {
                Toast { message: "Patient put on the watch list".to_owned(), undo_action: None }
            }
            Self::WatchChanged(false) => {
                Toast { message: "Patient taken off the watch list".to_owned(), undo_action: None }
            }
            Self::RosterWordsSaved(words) => Toast::plain(match words {
                1 => "1 word is read as said; this is the plan now.".to_owned(),
                words => format!("{words} words are read as said; this is the plan now."),
            }),
            Self::RosterApplied(people) => Toast::plain(match people {
                1 => "Roster applied, 1 person changed".to_owned(),
                _ => format!("Roster applied, {people} people changed"),
            }),
            Self::LoginsMatched(logins) => Toast::plain(match logins {
                1 => "1 login matched".to_owned(),
                _ => format!("{logins} logins matched"),
            }),
            Self::HolderSaved => Toast::plain("Holder of the login saved".to_owned()),
            Self::EmploymentSaved => Toast::plain("Employment saved".to_owned()),
            Self::FacilitySaved => Toast::plain("Facility saved".to_owned()),
            Self::Account(done) => Toast { message: done.label().to_owned(), undo_action: None },
            Self::Question(done) => Toast::plain(done.label().to_owned()),
            Self::Review(done) => Toast::plain(done.label().to_owned()),
        }
    }
}

/// An act on many cases, which can be taken back as one.
fn in_bulk(cases: i64, what: &str, selection: Option<Uuid>) -> Toast {
    let cases = if cases == 1 { "1 case".to_owned() } else { format!("{cases} cases") };
    Toast {
        message: format!("{cases} {what}"),
        undo_action: selection.map(|id| format!("/access-logs/bulk/{id}/reversal")),
    }
}

/// Adds the answer to a redirect.
#[must_use]
pub fn tell(mut response: HttpResponse, done: Done) -> HttpResponse {
    let cookie = Cookie::build(COOKIE, done.encode()).path("/").http_only(true).same_site(SameSite::Lax).finish();
    // a cookie of closed words and numbers is always valid
    let _ = response.add_cookie(&cookie);
    response
}

/// The answer of the last act, if this is the page after it. The cookie is taken off by [`clear`].
#[must_use]
pub fn told(request: &HttpRequest) -> Option<Toast> {
    request.cookie(COOKIE).and_then(|cookie| Done::decode(cookie.value())).map(Done::toast)
}

/// Takes the answer off, once a page has shown it.
pub fn clear(response: &mut HttpResponse) {
    let mut cookie = Cookie::build(COOKIE, "").path("/").finish();
    cookie.make_removal();
    let _ = response.add_cookie(&cookie);
}

#[cfg(test)]
mod tests {
    use super::{Done, FindingDone};
    use crate::words::{AccountDone, QuestionDone, ReviewDone};
    use uuid::Uuid;

    #[test]
    fn what_was_done_survives_the_cookie_and_nothing_else_does() {
        for done in [
            Done::CaseDecided(482_113, Uuid::now_v7(), 2),
            Done::CaseReopened(1),
            Done::SecondReviewGiven(2, true),
            Done::SecondReviewGiven(3, false),
            Done::AlternateSaved,
            Done::CaseAssigned(1, Uuid::now_v7(), 3, true),
            Done::CaseAssigned(1, Uuid::now_v7(), 3, false),
            Done::AssignmentTakenBack(1),
            Done::ViewSaved,
            Done::ViewRenamed,
            Done::ViewDeleted,
            Done::CasesDecided(12, Uuid::now_v7()),
            Done::CasesAssigned(1, Uuid::now_v7()),
            Done::ActTakenBack(12, true),
            Done::ActTakenBack(12, false),
            Done::FindingCreated(2026, 1),
            Done::FindingMoved(Uuid::now_v7(), 2),
            Done::FindingAssigned(Uuid::now_v7(), 3),
            Done::Finding(FindingDone::CaseUnlinked),
            Done::ImportQueued,
            Done::ImportWithdrawn,
            Done::WithdrawalTakenUp,
            Done::DayExplained,
            Done::PreferencesSaved,
            Done::RosterApplied(3),
            Done::RosterWordsSaved(2),
            Done::LoginsMatched(14),
            Done::HolderSaved,
            Done::EmploymentSaved,
            Done::FacilitySaved,
            Done::MappingSaved(3),
            Done::Account(AccountDone::Granted),
            Done::Question(QuestionDone::Withdrawn),
            Done::Review(ReviewDone::TakenUp),
        ] {
            assert_eq!(Done::decode(&done.encode()), Some(done));
        }
        assert_eq!(Done::decode("decided.<b>.x"), None);
        assert_eq!(Done::decode("finding.2026.1.more"), None);
    }
}
