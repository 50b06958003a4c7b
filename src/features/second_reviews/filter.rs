//! What the figures and the list behind them are narrowed to.

use chrono::{DateTime, Datelike as _, Days as Span, Utc};
use chrono_tz::Tz;
use uuid::Uuid;

use crate::error::AppError;
use crate::web::filters::{Days, midnight};
use crate::web::list::{self, Reader};
use crate::words::{RuleCode, SecondReviewKind, SecondReviewOutcome};

/// The period of the figures, by the day of the first decision.
#[derive(Debug, Clone)]
pub struct Period {
    /// Both ends.
    pub days: Days,
}

impl list::Filter for Period {
    const PATH: &'static str = "/access-logs/agreement";

    fn read(from: &mut Reader<'_>) -> Result<Self, AppError> {
        Ok(Self { days: from.days()? })
    }
}

/// What a second review can have come to, once it is over.
const OVER: [SecondReviewOutcome; 2] = [SecondReviewOutcome::Confirmed, SecondReviewOutcome::Overturned];

/// Which second reviews are listed.
#[derive(Debug, Clone)]
pub struct Filter {
    /// By the day of the first decision.
    pub days: Days,
    /// Of decisions by this person.
    pub reviewer: Option<Uuid>,
    /// Of cases in which this rule fired.
    pub rule: Option<RuleCode>,
    /// Blind or not.
    pub kind: Option<SecondReviewKind>,
    /// What came of them.
    pub outcome: Option<SecondReviewOutcome>,
    /// After this one.
    pub after: Option<Cursor>,
}

impl list::Filter for Filter {
    const PATH: &'static str = "/access-logs/second-reviews";

    fn read(from: &mut Reader<'_>) -> Result<Self, AppError> {
        Ok(Self {
            reviewer: from.linked("reviewer", "First reviewer")?,
            rule: from.word("rule", "Rule", RuleCode::ALL, RuleCode::as_str, RuleCode::label)?,
            kind: from.word(
                "kind",
                "Kind",
                SecondReviewKind::ALL,
                SecondReviewKind::as_str,
                SecondReviewKind::label,
            )?,
            outcome: from.word("outcome", "Outcome", &OVER, SecondReviewOutcome::as_str, SecondReviewOutcome::label)?,
            days: from.days()?,
            after: from.cursor(Cursor::parse)?,
        })
    }
}

/// The last line of a page; a case stands in the list once for each of its rounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    /// When it was over.
    pub at: DateTime<Utc>,
    /// Its case.
    pub case: Uuid,
}

impl Cursor {
    /// `1763100849000000.<uuid>`
    #[must_use]
    pub fn encode(self) -> String {
        format!("{}.{}", self.at.timestamp_micros(), self.case.simple())
    }

    fn parse(text: &str) -> Option<Self> {
        let (at, case) = text.split_once('.')?;
        let at = DateTime::from_timestamp_micros(at.parse().ok()?)?;
        let at = Some(at).filter(|at| (1900..2200).contains(&at.year()))?;
        Some(Self { at, case: case.parse().ok()? })
    }
}

/// The instants that a period of local days begins and ends at; open where no day is set.
#[must_use]
pub fn instants(days: Days, zone: Tz) -> (Option<DateTime<Utc>>, Option<DateTime<Utc>>) {
    let until = days.to.map(|day| midnight(day.checked_add_days(Span::new(1)).unwrap_or(day), zone));
    (days.from.map(|day| midnight(day, zone)), until)
}
