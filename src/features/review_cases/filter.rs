//! The queue's filter and cursor, all of it in the URL: ids and closed words only.

use chrono::{DateTime, Datelike as _, Utc};
use uuid::Uuid;

use crate::error::AppError;
use crate::web::list::{self, Reader, WordOrId};
use crate::words::{Risk, RuleCode};

/// A saved view of the queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum View {
    /// What waits for a decision.
    #[default]
    Awaiting,
    /// Of these, what is assigned to me.
    Mine,
    /// Of these, critical and high.
    High,
    /// Of these, where the glass was broken without a reason.
    BreakGlass,
    /// Somebody was asked about them.
    Asked,
    /// Somebody was asked about them and did not answer in time.
    Overdue,
    /// Decided, and a second person must look.
    SecondReview,
    /// What others are kept from, and this reader may take up.
    Conflicts,
    /// Decided today.
    DecidedToday,
    /// Everything.
    All,
}

impl View {
    /// Every view, in the order of the tabs.
    pub const ALL: [Self; 10] = [
        Self::Awaiting,
        Self::Mine,
        Self::High,
        Self::BreakGlass,
        Self::Asked,
        Self::Overdue,
        Self::SecondReview,
        Self::Conflicts,
        Self::DecidedToday,
        Self::All,
    ];

    /// Its word in the URL.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Awaiting => "awaiting",
            Self::Mine => "mine",
            Self::High => "high",
            Self::BreakGlass => "break_glass",
            Self::Asked => "asked",
            Self::Overdue => "overdue",
            Self::SecondReview => "second_review",
            Self::Conflicts => "conflicts",
            Self::DecidedToday => "decided_today",
            Self::All => "all",
        }
    }

    /// Its tab.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Awaiting => "Awaiting review",
            Self::Mine => "Mine",
            Self::High => "Critical and high",
            Self::BreakGlass => "Break-glass",
            Self::Asked => "Awaiting answer",
            Self::Overdue => "Answer overdue",
            Self::SecondReview => "Second review",
            Self::Conflicts => "Conflicts",
            Self::DecidedToday => "Decided today",
            Self::All => "All cases",
        }
    }
}

/// How the queue is sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Sort {
    /// Worst first, then oldest.
    #[default]
    Risk,
    /// Newest access first.
    Newest,
}

impl Sort {
    /// Every order.
    pub const ALL: [Self; 2] = [Self::Risk, Self::Newest];

    /// Its word in the URL.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Risk => "risk",
            Self::Newest => "newest",
        }
    }
}

/// Whose work is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Assignee {
    /// The reader's.
    Me,
    /// Nobody's yet.
    Nobody,
    /// Somebody's.
    Person(Uuid),
}

impl Assignee {
    const ME: &'static str = "me";
    const NOBODY: &'static str = "nobody";

    /// The words of the filter; people come after them.
    const WORDS: [(&'static str, &'static str); 2] = [(Self::ME, "Me"), (Self::NOBODY, "Nobody")];

    fn of(said: WordOrId) -> Self {
        match said {
            WordOrId::Word(word) if word == Self::ME => Self::Me,
            WordOrId::Word(_) => Self::Nobody,
            WordOrId::Id(person) => Self::Person(person),
        }
    }
}

/// What is asked for.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// The saved view.
    pub view: View,
    /// The order.
    pub sort: Sort,
    /// One facility.
    pub facility: Option<Uuid>,
    /// One level of risk.
    pub risk: Option<Risk>,
    /// Cases in which this rule fired.
    pub rule: Option<RuleCode>,
    /// Whose work it is.
    pub assigned: Option<Assignee>,
    /// One person's cases.
    pub person: Option<Uuid>,
    /// One patient's cases.
    pub patient: Option<Uuid>,
    /// After this row.
    pub after: Option<Cursor>,
    /// The case in the drawer.
    pub open: Option<Uuid>,
}

impl list::Filter for Filter {
    const PATH: &'static str = "/access-logs";

    fn read(from: &mut Reader<'_>) -> Result<Self, AppError> {
        Ok(Self {
            view: from.view("view", "View", &View::ALL, View::as_str)?,
            facility: from.linked("facility", "Facility")?,
            risk: from.word("risk", "Risk", Risk::ALL, Risk::as_str, Risk::label)?,
            rule: from.word("rule", "Rule", RuleCode::ALL, RuleCode::as_str, RuleCode::label)?,
            assigned: from.word_or_record("assigned", "Assigned to", &Assignee::WORDS)?.map(Assignee::of),
            person: from.linked("person", "Person")?,
            patient: from.linked("patient", "Patient")?,
            sort: from.view("sort", "Sort", &Sort::ALL, Sort::as_str)?,
            after: from.cursor(Cursor::parse)?,
            open: from.beside("open", "Open case")?,
        })
    }
}

/// The last row of a page: the next begins after it, in either order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    /// 4 critical to 1 low.
    pub rank: i16,
    /// Its first access.
    pub at: DateTime<Utc>,
    /// Its id.
    pub id: Uuid,
}

impl Cursor {
    /// `4.1763100849000000.<uuid>`
    #[must_use]
    pub fn encode(self) -> String {
        format!("{}.{}.{}", self.rank, self.at.timestamp_micros(), self.id.simple())
    }

    fn parse(text: &str) -> Option<Self> {
        let mut parts = text.splitn(3, '.');
        let rank = parts.next()?.parse().ok().filter(|rank| (1..=4).contains(rank))?;
        let at = DateTime::from_timestamp_micros(parts.next()?.parse().ok()?)?;
        let at = Some(at).filter(|at| (1900..2200).contains(&at.year()))?;
        Some(Self { rank, at, id: parts.next()?.parse().ok()? })
    }
}

#[cfg(test)]
mod tests {
    use super::Cursor;
    use chrono::DateTime;
    use uuid::Uuid;

    #[test]
    fn a_cursor_comes_back_as_it_went_and_a_forged_one_is_refused() {
        let cursor = Cursor {
            rank: 3,
            at: DateTime::from_timestamp_micros(1_763_100_849_000_001).expect("valid"),
            id: Uuid::now_v7(),
        };
        assert_eq!(Cursor::parse(&cursor.encode()), Some(cursor));
        for forged in ["", "4.-8000000000000000000.0", "5.0.x", "3.9999999999999999999.0", "3.1.not-a-uuid", "' OR 1=1"]
        {
            assert_eq!(Cursor::parse(forged), None, "{forged}");
        }
    }
}
