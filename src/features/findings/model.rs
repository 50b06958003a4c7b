//! The rules of a finding that need neither database nor request: its words, its due date, what a form must say, and the
//! cursor of its list; below it the steps from status to status, and what the forms on its page say.

pub mod acts;
pub mod edit;
pub mod status;

use chrono::{Days, NaiveDate};
use serde::Deserialize;
use uuid::Uuid;

use crate::web::Errors;
use crate::web::forms;
use crate::words::Risk;

/// The site's default time to correct a finding, in days: policy, not law.
#[must_use]
pub const fn days_to_correct(severity: Risk) -> u64 {
    match severity {
        Risk::Low => 60,
        Risk::Medium => 30,
        Risk::High => 14,
        Risk::Critical => 7,
    }
}

/// The severity that cases suggest: the highest of their risks.
#[must_use]
pub fn suggested<'a>(risks: impl IntoIterator<Item = &'a str>) -> Risk {
    let known: Vec<_> = risks.into_iter().filter_map(Risk::parse).collect();
    Risk::ALL.iter().copied().find(|risk| known.contains(risk)).unwrap_or(Risk::Medium)
}

/// When a finding opened today is due.
#[must_use]
pub fn due_by_default(severity: Risk, today: NaiveDate) -> NaiveDate {
    today.checked_add_days(Days::new(days_to_correct(severity))).unwrap_or(today)
}

/// The place of the facility: the cases' own if they share one, else none.
#[must_use]
pub fn shared_facility(facilities: impl IntoIterator<Item = Option<Uuid>>) -> Option<Uuid> {
    let mut facilities = facilities.into_iter();
    let first = facilities.next()??;
    facilities.all(|facility| facility == Some(first)).then_some(first)
}

/// The last finding of a page: the next page begins after its due date and id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    /// Its due date.
    pub due: NaiveDate,
    /// Its id.
    pub id: Uuid,
}

impl Cursor {
    /// As a URL has it: `2026-11-20.01939c2e…`.
    #[must_use]
    pub fn encode(self) -> String {
        format!("{}.{}", self.due.format("%Y-%m-%d"), self.id.simple())
    }

    /// Reads it back; nothing that [`Cursor::encode`] does not write.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (due, id) = text.split_once('.')?;
        let cursor = Self { due: NaiveDate::parse_from_str(due, "%Y-%m-%d").ok()?, id: Uuid::try_parse(id).ok()? };
        // a year of more than four digits would come back as it went
        let known_length = "2026-11-20.".len() + 32;
        (text.len() == known_length && cursor.encode() == text).then_some(cursor)
    }
}

/// Where a finding's evidence goes on.
#[derive(Debug, Default, Deserialize)]
pub struct EvidenceQuery {
    /// The last row that was shown.
    pub after: Option<String>,
}

/// What a person typed into the form, kept as typed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Typed {
    /// What happened.
    pub title: String,
    /// How serious.
    pub severity: String,
    /// Until when.
    pub due: String,
    /// By whom.
    pub owner: String,
    /// More of it.
    pub details: String,
}

/// The same, accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewFinding {
    /// What happened, one line.
    pub title: String,
    /// How serious.
    pub severity: Risk,
    /// Until when.
    pub due: NaiveDate,
    /// By whom.
    pub owner: Uuid,
    /// More of it.
    pub details: Option<String>,
}

impl Typed {
    /// Checks every field, so that one answer names all that is missing.
    ///
    /// # Errors
    /// The sentences, in the order of the form.
    pub fn check(&self, today: NaiveDate, owners: &[Uuid]) -> Result<NewFinding, Errors> {
        let mut errors = Errors::new();
        let title = forms::line(&self.title);
        match title.chars().count() {
            0 => errors.add("title", "Say what happened in one sentence"),
            1..=200 => {}
            _ => errors.add("title", "Say what happened in 200 characters or fewer"),
        }
        let severity = Risk::parse(&self.severity);
        if severity.is_none() {
            errors.add("severity", "Choose a severity");
        }
        let due = NaiveDate::parse_from_str(&self.due, "%Y-%m-%d").ok();
        let latest = today.checked_add_days(Days::new(5 * 365)).unwrap_or(today);
        let due = due.filter(|due| (today..=latest).contains(due));
        if due.is_none() {
            errors.add("due", format!("Choose a due date on or after {}", crate::web::time::date(today)));
        }
        let owner = Uuid::try_parse(&self.owner).ok().filter(|owner| owners.contains(owner));
        if owner.is_none() {
            errors.add("owner", "Choose who owns this finding");
        }
        let details = acts::lines(&self.details, 4000).unwrap_or_else(|sentence| {
            errors.add("details", sentence);
            None
        });
        match (severity, due, owner) {
            (Some(severity), Some(due), Some(owner)) if errors.is_empty() => {
                Ok(NewFinding { title, severity, due, owner, details })
            }
            _ => Err(errors),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Cursor, Typed, due_by_default, shared_facility, suggested};
    use crate::words::Risk;
    use chrono::NaiveDate;
    use uuid::Uuid;

    fn day(text: &str) -> NaiveDate {
        text.parse().expect("a date")
    }

    #[test]
    fn a_more_severe_finding_is_due_sooner() {
        let today = day("2026-11-17");
        assert_eq!(due_by_default(Risk::Critical, today), day("2026-11-24"));
        assert_eq!(due_by_default(Risk::High, today), day("2026-12-01"));
        assert_eq!(due_by_default(Risk::Medium, today), day("2026-12-17"));
        assert_eq!(due_by_default(Risk::Low, today), day("2027-01-16"));
    }

    #[test]
    fn the_highest_risk_among_the_cases_suggests_the_severity() {
        assert_eq!(suggested(["medium", "critical", "low"]), Risk::Critical);
        assert_eq!(suggested([]), Risk::Medium);
    }

    #[test]
    fn a_cursor_is_read_back_and_a_forged_one_is_refused() {
        let cursor = Cursor { due: day("2026-11-20"), id: Uuid::now_v7() };
        assert_eq!(Cursor::parse(&cursor.encode()), Some(cursor));
        let upper = cursor.encode().to_uppercase();
        for forged in [
            "",
            "2026-11-20",
            "2026-11-20.x",
            "x.01939c2e7b2a70008000000000000001",
            "+99999-01-01.01939c2e7b2a70008000000000000001",
            upper.as_str(),
        ] {
            assert!(Cursor::parse(forged).is_none() || forged == cursor.encode(), "{forged}");
        }
    }

    #[test]
    fn a_form_names_everything_that_is_missing_in_its_own_order() {
        let errors = Typed { due: "2026-11-16".to_owned(), ..Typed::default() }
            .check(day("2026-11-17"), &[])
            .expect_err("empty");
        let fields: Vec<_> = errors.iter().map(|(field, _)| field.to_owned()).collect();
        assert_eq!(fields, ["title", "severity", "due", "owner"]);
        assert_eq!(errors.get("due"), Some("Choose a due date on or after Nov 17, 2026"));
    }

    #[test]
    fn a_finding_may_be_due_today_and_its_owner_must_be_one_of_those_offered() {
        let owner = Uuid::now_v7();
        let typed = Typed {
            title: " Off-shift\u{7} export ".to_owned(),
            severity: "high".to_owned(),
            due: "2026-11-17".to_owned(),
            owner: owner.to_string(),
            details: " two\r\nlines ".to_owned(),
        };
        let finding = typed.check(day("2026-11-17"), &[owner]).expect("complete");
        assert_eq!((finding.title.as_str(), finding.details.as_deref()), ("Off-shift export", Some("two\nlines")));
        assert!(typed.check(day("2026-11-17"), &[Uuid::now_v7()]).is_err());
        assert!(Typed { title: "x".repeat(201), ..typed }.check(day("2026-11-17"), &[owner]).is_err());
    }

    #[test]
    fn a_finding_belongs_to_a_facility_only_when_all_its_cases_do() {
        let (a, b) = (Uuid::now_v7(), Uuid::now_v7());
        assert_eq!(shared_facility([Some(a), Some(a)]), Some(a));
        assert_eq!(shared_facility([Some(a), Some(b)]), None);
        assert_eq!(shared_facility([Some(a), None]), None);
        assert_eq!(shared_facility([None, Some(a)]), None);
        assert_eq!(shared_facility([]), None);
    }
}
