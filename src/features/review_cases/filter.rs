//! The queue's filter and cursor, all of it in the URL: ids and closed words only.

use chrono::{DateTime, Datelike as _, Utc};
use serde::Deserialize;
use uuid::Uuid;

use crate::error::AppError;
use crate::web::paging;
use crate::words::{Risk, RuleCode};

/// A saved view of the queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
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
    /// Decided, and a second person must look.
    SecondReview,
    /// Decided today.
    DecidedToday,
    /// Everything.
    All,
}

impl View {
    /// Every view, in the order of the tabs.
    pub const ALL: [Self; 7] =
        [Self::Awaiting, Self::Mine, Self::High, Self::BreakGlass, Self::SecondReview, Self::DecidedToday, Self::All];

    /// Its word in the URL.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Awaiting => "awaiting",
            Self::Mine => "mine",
            Self::High => "high",
            Self::BreakGlass => "break_glass",
            Self::SecondReview => "second_review",
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
            Self::SecondReview => "Second review",
            Self::DecidedToday => "Decided today",
            Self::All => "All cases",
        }
    }
}

/// How the queue is sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sort {
    /// Worst first, then oldest.
    #[default]
    Risk,
    /// Newest access first.
    Newest,
}

impl Sort {
    /// Its word in the URL.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Risk => "risk",
            Self::Newest => "newest",
        }
    }
}

/// The queue's state, all of it in the URL: ids and closed words only.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct RawFilter {
    view: Option<String>,
    sort: Option<String>,
    facility: Option<String>,
    risk: Option<String>,
    rule: Option<String>,
    person: Option<String>,
    patient: Option<String>,
    after: Option<String>,
    open: Option<String>,
}

/// The same, read.
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
    /// One person's cases.
    pub person: Option<Uuid>,
    /// One patient's cases.
    pub patient: Option<Uuid>,
    /// After this row.
    pub after: Option<Cursor>,
    /// The case in the drawer.
    pub open: Option<Uuid>,
}

impl RawFilter {
    /// Reads the query string; what cannot be read is named.
    ///
    /// # Errors
    /// [`AppError::Invalid`] with the parameter's name.
    pub fn read(self) -> Result<Filter, AppError> {
        Ok(Filter {
            view: word(self.view.as_deref(), "view", |text| View::ALL.into_iter().find(|view| view.as_str() == text))?
                .unwrap_or_default(),
            sort: word(self.sort.as_deref(), "sort", |text| {
                [Sort::Risk, Sort::Newest].into_iter().find(|sort| sort.as_str() == text)
            })?
            .unwrap_or_default(),
            facility: word(self.facility.as_deref(), "facility", |text| text.parse().ok())?,
            risk: word(self.risk.as_deref(), "risk", Risk::parse)?,
            rule: word(self.rule.as_deref(), "rule", RuleCode::parse)?,
            person: word(self.person.as_deref(), "person", |text| text.parse().ok())?,
            patient: word(self.patient.as_deref(), "patient", |text| text.parse().ok())?,
            after: word(self.after.as_deref(), "after", Cursor::parse)?,
            open: word(self.open.as_deref(), "open", |text| text.parse().ok())?,
        })
    }
}

fn word<T>(value: Option<&str>, name: &str, read: impl FnOnce(&str) -> Option<T>) -> Result<Option<T>, AppError> {
    match value {
        None | Some("") => Ok(None),
        Some(text) => match read(text) {
            Some(value) => Ok(Some(value)),
            None => Err(AppError::Invalid(format!(
                "The address has a value for “{name}” that this list does not know. Clear the filters and choose again."
            ))),
        },
    }
}

impl Filter {
    /// The queue's URL with this filter, without cursor and open case.
    #[must_use]
    pub fn url(&self) -> String {
        self.url_with(&[])
    }

    /// The same with some parameters set or, with an empty value, removed.
    #[must_use]
    pub fn url_with(&self, changes: &[(&str, &str)]) -> String {
        let id = |id: Option<Uuid>| id.map(|id| id.to_string()).unwrap_or_default();
        let view = if self.view == View::default() { String::new() } else { self.view.as_str().to_owned() };
        let sort = if self.sort == Sort::default() { String::new() } else { self.sort.as_str().to_owned() };
        let mut pairs = vec![
            ("view", view),
            ("facility", id(self.facility)),
            ("risk", self.risk.map_or_else(String::new, |risk| risk.as_str().to_owned())),
            ("rule", self.rule.map_or_else(String::new, |rule| rule.as_str().to_owned())),
            ("person", id(self.person)),
            ("patient", id(self.patient)),
            ("sort", sort),
        ];
        for (name, value) in changes {
            match pairs.iter_mut().find(|(known, _)| known == name) {
                Some(pair) => (*value).clone_into(&mut pair.1),
                None => pairs.push((name, (*value).to_owned())),
            }
        }
        let pairs: Vec<_> = pairs.iter().map(|(name, value)| (*name, value.as_str())).collect();
        paging::url("/access-logs", &pairs)
    }

    /// Whether this risk is the one chosen.
    #[must_use]
    #[allow(clippy::trivially_copy_pass_by_ref, reason = "templates pass references")]
    pub fn has_risk(&self, risk: &Risk) -> bool {
        self.risk.as_ref() == Some(risk)
    }

    /// Whether this rule is the one chosen.
    #[must_use]
    #[allow(clippy::trivially_copy_pass_by_ref, reason = "templates pass references")]
    pub fn has_rule(&self, rule: &RuleCode) -> bool {
        self.rule.as_ref() == Some(rule)
    }

    /// How many filters narrow the view.
    #[must_use]
    pub fn narrowed_by(&self) -> usize {
        [
            self.facility.is_some(),
            self.risk.is_some(),
            self.rule.is_some(),
            self.person.is_some(),
            self.patient.is_some(),
        ]
        .into_iter()
        .filter(|&set| set)
        .count()
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
    use super::{Cursor, Filter, RawFilter, View};
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

    #[test]
    fn the_url_holds_the_state_and_an_unknown_word_is_named() {
        let raw = RawFilter { view: Some("high".into()), risk: Some("critical".into()), ..RawFilter::default() };
        let filter = raw.read().expect("known words");
        assert_eq!(filter.view, View::High);
        assert_eq!(filter.url(), "/access-logs?view=high&risk=critical");
        assert_eq!(filter.url_with(&[("risk", ""), ("open", "x")]), "/access-logs?view=high&open=x");
        assert_eq!(Filter::default().url(), "/access-logs");
        let raw = RawFilter { risk: Some("severe".into()), ..RawFilter::default() };
        assert!(raw.read().expect_err("unknown").to_string().contains("invalid"));
    }
}
