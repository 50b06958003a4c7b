//! Pure rules of the review: what a decision leads to, which reasons fit it, the queue's filter and its cursor.

use chrono::{DateTime, Utc};
use serde::Deserialize;
use uuid::Uuid;

use crate::error::AppError;
use crate::web::{Errors, forms, paging};
use crate::words::{Disposition, Reason, ReviewState, Risk, RuleCode};

/// How long a case may wait before it is late: the site's target, counted from its last access.
pub const TARGET_DAYS: i64 = 2;

/// The longest note, in characters.
const NOTE_LIMIT: usize = 500;

impl ReviewState {
    /// Whether a decision may be made now.
    #[must_use]
    pub const fn may_be_decided(self) -> bool {
        match self {
            Self::Unassigned | Self::Assigned | Self::InReview | Self::AwaitingAnswer => true,
            Self::AwaitingSecondReview | Self::Closed => false,
        }
    }

    /// Where a decision leads: a second pair of eyes for what weighs on somebody, and for every critical case.
    #[must_use]
    pub const fn decided(self, disposition: Disposition, risk: Risk) -> Option<Self> {
        if !self.may_be_decided() {
            return None;
        }
        Some(if disposition.needs_second_review() || matches!(risk, Risk::Critical) {
            Self::AwaitingSecondReview
        } else {
            Self::Closed
        })
    }

    /// Where a reversal leads.
    #[must_use]
    pub const fn reopened(self) -> Option<Self> {
        match self {
            Self::AwaitingSecondReview | Self::Closed => Some(Self::InReview),
            Self::Unassigned | Self::Assigned | Self::InReview | Self::AwaitingAnswer => None,
        }
    }
}

impl Disposition {
    /// Whether a second person must agree.
    #[must_use]
    pub const fn needs_second_review(self) -> bool {
        match self {
            Self::InappropriateInadvertent
            | Self::InappropriateIntentional
            | Self::AttributedToOther
            | Self::UnableToDetermine
            | Self::DataError => true,
            Self::Appropriate | Self::AppropriatePolicyGap | Self::Duplicate => false,
        }
    }

    /// The reasons that can explain it.
    #[must_use]
    pub const fn reasons(self) -> &'static [Reason] {
        match self {
            Self::Appropriate | Self::AppropriatePolicyGap => &[
                Reason::CareTeam,
                Reason::OnCall,
                Reason::Registration,
                Reason::Billing,
                Reason::QualityReview,
                Reason::ReleaseOfInformation,
                Reason::ItSupport,
                Reason::Other,
            ],
            Self::InappropriateInadvertent => &[Reason::WrongPatient, Reason::Excess, Reason::Other],
            Self::InappropriateIntentional => {
                &[Reason::Curiosity, Reason::Family, Reason::Coworker, Reason::Excess, Reason::Other]
            }
            Self::AttributedToOther => &[Reason::CredentialSharing, Reason::Other],
            Self::UnableToDetermine | Self::Duplicate | Self::DataError => &[Reason::Other, Reason::ItSupport],
        }
    }
}

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
        Some(Self { rank, at, id: parts.next()?.parse().ok()? })
    }
}

/// A path of the queue: where a decision may lead.
#[must_use]
pub fn is_local(path: &str) -> bool {
    path.strip_prefix("/access-logs").is_some_and(|rest| rest.is_empty() || rest.starts_with(['?', '/']))
        && !path.contains(['\\', '\r', '\n'])
}

/// What the decision form posts.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct DecisionForm {
    /// The version of the case the person looked at.
    #[serde(default)]
    pub version: i32,
    /// The chosen disposition.
    #[serde(default)]
    pub disposition: String,
    /// The chosen reason.
    #[serde(default)]
    pub reason: String,
    /// A short note.
    #[serde(default)]
    pub note: String,
    /// Where to go next: a path of the queue.
    #[serde(default)]
    pub next: String,
}

/// A decision that can be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// What was found.
    pub disposition: Disposition,
    /// Why.
    pub reason: Reason,
    /// A short note, if one was written.
    pub note: Option<String>,
}

impl DecisionForm {
    /// Checks the form.
    ///
    /// # Errors
    /// Every field that needs another answer, with the sentence to show.
    pub fn check(&self) -> Result<Decision, Errors> {
        let mut errors = Errors::new();
        let disposition = Disposition::parse(&self.disposition);
        if disposition.is_none() {
            errors.add("disposition", "Choose what you found");
        }
        let reason = Reason::parse(&self.reason);
        match (disposition, reason) {
            (_, None) => errors.add("reason", "Choose a reason for this case"),
            (Some(disposition), Some(reason)) if !disposition.reasons().contains(&reason) => {
                errors.add(
                    "reason",
                    format!("“{}” does not explain “{}”. Choose another reason", reason.label(), disposition.label()),
                );
            }
            _ => {}
        }
        let note = forms::line(&self.note);
        if note.chars().count() > NOTE_LIMIT {
            errors.add("note", format!("Shorten the note to {NOTE_LIMIT} characters"));
        }
        if reason == Some(Reason::Other) && note.is_empty() {
            errors.add("note", "Say in the note what the other reason is");
        }
        match (disposition, reason) {
            (Some(disposition), Some(reason)) if errors.is_empty() => {
                Ok(Decision { disposition, reason, note: (!note.is_empty()).then_some(note) })
            }
            _ => Err(errors),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Cursor, DecisionForm, Filter, RawFilter, View};
    use crate::words::{Disposition, Reason, ReviewState, Risk};
    use chrono::DateTime;
    use uuid::Uuid;

    #[test]
    fn what_weighs_on_somebody_and_every_critical_case_gets_a_second_review() {
        for &state in ReviewState::ALL {
            for &disposition in Disposition::ALL {
                for &risk in Risk::ALL {
                    let weighs = !matches!(
                        disposition,
                        Disposition::Appropriate | Disposition::AppropriatePolicyGap | Disposition::Duplicate
                    );
                    let expected = match state {
                        ReviewState::Closed | ReviewState::AwaitingSecondReview => None,
                        _ if weighs || risk == Risk::Critical => Some(ReviewState::AwaitingSecondReview),
                        _ => Some(ReviewState::Closed),
                    };
                    assert_eq!(state.decided(disposition, risk), expected, "{state:?} {disposition:?} {risk:?}");
                }
            }
        }
    }

    #[test]
    fn only_what_is_decided_can_be_reopened() {
        for &state in ReviewState::ALL {
            assert_eq!(state.reopened().is_some(), !state.may_be_decided(), "{state:?}");
        }
    }

    #[test]
    fn every_disposition_has_reasons() {
        for &disposition in Disposition::ALL {
            assert!(disposition.reasons().contains(&Reason::Other), "{disposition:?}");
        }
    }

    #[test]
    fn a_reason_that_does_not_explain_the_disposition_is_refused_by_name() {
        let form =
            DecisionForm { disposition: "appropriate".into(), reason: "curiosity".into(), ..DecisionForm::default() };
        let errors = form.check().expect_err("does not fit");
        assert_eq!(errors.get("reason"), Some("“Curiosity” does not explain “Appropriate”. Choose another reason"));
        let form =
            DecisionForm { disposition: "appropriate".into(), reason: "other".into(), ..DecisionForm::default() };
        assert!(form.check().expect_err("needs a note").get("note").is_some());
        let form =
            DecisionForm { disposition: "appropriate".into(), reason: "on_call".into(), ..DecisionForm::default() };
        assert!(form.check().is_ok());
    }

    #[test]
    fn a_cursor_comes_back_as_it_went_and_a_forged_one_is_refused() {
        let cursor = Cursor {
            rank: 3,
            at: DateTime::from_timestamp_micros(1_763_100_849_000_001).expect("valid"),
            id: Uuid::now_v7(),
        };
        assert_eq!(Cursor::parse(&cursor.encode()), Some(cursor));
        for forged in ["", "5.0.x", "3.9999999999999999999.0", "3.1.not-a-uuid", "' OR 1=1"] {
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
