//! What was asked and what was answered, kept outside of the portal and of its database.

use std::collections::BTreeMap;
use std::time::Duration;

use uuid::Uuid;

/// What is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    Queue,
    Case,
    Rows,
    Decide,
    Reopen,
    Export,
    Upload,
    Report,
}

impl Kind {
    pub const ALL: [Self; 8] =
        [Self::Queue, Self::Case, Self::Rows, Self::Decide, Self::Reopen, Self::Export, Self::Upload, Self::Report];

    /// The events that an answer leaves, oldest first; none for an answer that may not be.
    pub const fn events(self, status: u16) -> Option<&'static str> {
        Some(match (self, status) {
            (Self::Queue, 200) => "review_case.list.read",
            (Self::Case, 200) => "review_case.read",
            (Self::Rows, 200) => "access_log.list.read",
            (Self::Decide, 303) => "review_case.read review_case.decide",
            (Self::Decide, 409) => "review_case.read review_case.decide!validate_fail/conflict review_case.read",
            (Self::Reopen, 303) => "review_case.read review_case.reopen",
            (Self::Reopen, 409) => "review_case.read review_case.reopen!validate_fail/conflict",
            (Self::Export, 200) => "access_log.list.export",
            (Self::Upload, 303) => "import.form.read import.create",
            (Self::Report, 200) => "import.read",
            _ => return None,
        })
    }

    /// How far a request may have come whose answer was lost. What it left may end with a failure, too.
    pub fn may_have_left(self, events: &str) -> bool {
        let said: Vec<_> = events.split(' ').filter(|event| !event.contains("!error/")).collect();
        [200, 303, 409].into_iter().filter_map(|status| self.events(status)).any(|whole| {
            let whole: Vec<_> = whole.split(' ').collect();
            whole.starts_with(&said) || events.is_empty()
        })
    }
}

/// One request.
#[derive(Debug, Clone)]
pub struct Entry {
    pub kind: Kind,
    /// The account, by its place among the users.
    pub who: usize,
    /// None when no whole answer came.
    pub status: Option<u16>,
    pub request: Option<Uuid>,
    pub took: Duration,
    /// Something was killed while it waited for its answer.
    pub disturbed: bool,
    /// For an act: on which case, seen at which version, with which words.
    pub case: Option<Uuid>,
    pub version: i32,
    pub note: String,
    /// For a file: the hash of what came; for an upload the batch.
    pub sha256: Vec<u8>,
    pub batch: Option<Uuid>,
}

impl Entry {
    /// Whether nobody can know from the answer what was done.
    pub fn is_open(&self) -> bool {
        self.status.is_none_or(|status| status >= 500)
    }
}

/// Every request so far.
#[derive(Default)]
pub struct Ledger {
    pub entries: Vec<Entry>,
}

/// One kind's figures.
#[derive(Debug, Default, Clone)]
pub struct Summary {
    pub answered: usize,
    pub conflicts: usize,
    /// Answers that came late, broken or not at all because something was killed.
    pub lost: usize,
    pub p50: f64,
    pub p99: f64,
}

impl Ledger {
    pub fn count(&self, is_it: impl Fn(&Entry) -> bool) -> usize {
        self.entries.iter().filter(|entry| is_it(entry)).count()
    }

    /// Decisions and reversals that were answered as done.
    pub fn acts(&self) -> usize {
        self.count(|entry| matches!(entry.kind, Kind::Decide | Kind::Reopen) && entry.status == Some(303))
    }

    pub fn summary(&self) -> BTreeMap<Kind, Summary> {
        let of = |kind: Kind| {
            let mine: Vec<_> = self.entries.iter().filter(|entry| entry.kind == kind).collect();
            let mut times: Vec<_> =
                mine.iter().filter(|one| !one.is_open()).map(|one| one.took.as_secs_f64() * 1000.0).collect();
            times.sort_by(f64::total_cmp);
            let within = |per_cent: usize| {
                times.get(times.len().saturating_sub(1) * per_cent / 100).copied().unwrap_or_default()
            };
            Summary {
                answered: times.len(),
                conflicts: mine.iter().filter(|one| one.status == Some(409)).count(),
                lost: mine.iter().filter(|one| one.is_open()).count(),
                p50: within(50),
                p99: within(99),
            }
        };
        Kind::ALL.into_iter().map(|kind| (kind, of(kind))).collect()
    }
}
