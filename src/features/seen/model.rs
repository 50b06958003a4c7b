//! Which records can be asked about, and what an event means for one of them.

use crate::policy::Action;

/// A kind of record of which the trail says who has seen it: a closed list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// A case.
    ReviewCase,
    /// A finding.
    Finding,
    /// An access row.
    AccessLog,
    /// Somebody of the workforce.
    Person,
    /// A patient.
    Patient,
    /// A review.
    Review,
    /// A complaint.
    Complaint,
}

impl Subject {
    /// Every kind.
    pub const ALL: [Self; 7] =
        [Self::ReviewCase, Self::Finding, Self::AccessLog, Self::Person, Self::Patient, Self::Review, Self::Complaint];

    /// The word of the address, which is the trail's for this kind of record.
    #[must_use]
    pub const fn word(self) -> &'static str {
        self.reads().resource()
    }

    /// The kind of a word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|subject| subject.word() == word)
    }

    /// The act of asking on a page.
    #[must_use]
    pub const fn reads(self) -> Action {
        match self {
            Self::ReviewCase => Action::CaseSeenRead,
            Self::Finding => Action::FindingSeenRead,
            Self::AccessLog => Action::AccessSeenRead,
            Self::Person => Action::PersonSeenRead,
            Self::Patient => Action::PatientSeenRead,
            Self::Review => Action::ReviewSeenRead,
            Self::Complaint => Action::ComplaintSeenRead,
        }
    }

    /// The act of taking the answer as a file.
    #[must_use]
    pub const fn exports(self) -> Action {
        match self {
            Self::ReviewCase => Action::CaseSeenExport,
            Self::Finding => Action::FindingSeenExport,
            Self::AccessLog => Action::AccessSeenExport,
            Self::Person => Action::PersonSeenExport,
            Self::Patient => Action::PatientSeenExport,
            Self::Review => Action::ReviewSeenExport,
            Self::Complaint => Action::ComplaintSeenExport,
        }
    }

    /// The trail's words for events on the record itself: an account is its person's.
    #[must_use]
    pub const fn events(self) -> &'static [&'static str] {
        match self {
            Self::ReviewCase => &["review_case"],
            Self::Finding => &["finding"],
            Self::AccessLog => &["access_log"],
            Self::Person => &["person", "account"],
            Self::Patient => &["patient"],
            Self::Review => &["review"],
            Self::Complaint => &["complaint"],
        }
    }

    /// The trail's words for what lists and files show of the record: a patient stands in them with access rows and cases.
    #[must_use]
    pub const fn shown_as(self) -> &'static [&'static str] {
        match self {
            Self::Patient => &["patient", "access_log", "review_case"],
            other => other.events(),
        }
    }

    /// What lists and files showed, in words.
    #[must_use]
    pub const fn shown_words(self) -> &'static str {
        match self {
            Self::Patient => "a list or a file that held an access to the patient’s records, or a case about one",
            Self::AccessLog => "a list, a case or a file that held the row",
            _ => "a list or a file that held it",
        }
    }
}

/// How an event brought somebody before the record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// It was opened.
    Opened,
    /// It was changed.
    Changed,
    /// A list, or the page of another record, showed it.
    Listed,
    /// It left in a file.
    Exported,
}

impl How {
    /// What an event was, by its verb and by whether it was on the record itself.
    #[must_use]
    pub fn of(action: &str, itself: bool) -> Self {
        match (action.rsplit('.').next().unwrap_or_default(), itself) {
            ("export", _) => Self::Exported,
            (_, false) => Self::Listed,
            ("read" | "execute", true) => Self::Opened,
            (_, true) => Self::Changed,
        }
    }

    /// Its words.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Opened => "Opened it",
            Self::Changed => "Changed it",
            Self::Listed => "Was shown it",
            Self::Exported => "Took it in a file",
        }
    }

    /// Its word in the file.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Opened => "opened",
            Self::Changed => "changed",
            Self::Listed => "shown",
            Self::Exported => "exported",
        }
    }

    /// Its icon.
    #[must_use]
    pub const fn icon(self) -> &'static str {
        match self {
            Self::Opened => "eye",
            Self::Changed => "pencil",
            Self::Listed => "table",
            Self::Exported => "file-export",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{How, Subject};

    #[test]
    fn each_kind_of_record_is_found_by_its_word_and_no_other() {
        for subject in Subject::ALL {
            assert_eq!(Subject::parse(subject.word()), Some(subject));
            assert_eq!(subject.reads().resource(), subject.exports().resource());
        }
        assert_eq!(Subject::parse("session"), None);
    }

    #[test]
    fn an_event_is_told_by_its_verb_and_by_what_it_was_on() {
        assert_eq!(How::of("review_case.read", true), How::Opened);
        assert_eq!(How::of("review_case.decide", true), How::Changed);
        assert_eq!(How::of("review_case.list.read", false), How::Listed);
        assert_eq!(How::of("access_log.list.export", false), How::Exported);
    }
}
