//! Editing a finding: what a form must say, which of it is new, and what one version says otherwise than another.

use chrono::{Days, NaiveDate};

use super::acts::lines;
use crate::web::forms;
use crate::web::{Errors, time};
use crate::words::Risk;

/// What a finding says: the part of it that is edited, and of which every version is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Content {
    /// What happened, one line.
    pub title: String,
    /// How serious.
    pub severity: Risk,
    /// Until when.
    pub due: NaiveDate,
    /// More of it.
    pub details: Option<String>,
    /// Why it could happen.
    pub root_cause: Option<String>,
}

/// What a person typed into the form, kept as typed.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(default)]
pub struct EditForm {
    /// The version of the finding the person looked at.
    pub version: i32,
    /// One per form shown.
    pub form_key: String,
    /// What happened.
    pub title: String,
    /// How serious.
    pub severity: String,
    /// Until when.
    pub due: String,
    /// Why later than it was.
    pub reason: String,
    /// More of it.
    pub details: String,
    /// Why it could happen.
    pub root_cause: String,
}

/// One part of a finding that two versions say differently, as people read it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The field.
    pub label: &'static str,
    /// What it said.
    pub was: String,
    /// What it says since.
    pub is: String,
    /// Whether it is text, of which the old is shown below the new.
    pub text: bool,
}

impl EditForm {
    /// The form as it opens.
    #[must_use]
    pub fn of(content: &Content, version: i32, form_key: String) -> Self {
        Self {
            version,
            form_key,
            title: content.title.clone(),
            severity: content.severity.as_str().to_owned(),
            due: content.due.to_string(),
            reason: String::new(),
            details: content.details.clone().unwrap_or_default(),
            root_cause: content.root_cause.clone().unwrap_or_default(),
        }
    }

    /// Checks every field against what stands there now: a date that has passed may stay, a new one may not lie in the past,
    /// a later one has a reason.
    ///
    /// # Errors
    /// The sentences, in the order of the form.
    pub fn check(&self, now: &Content, today: NaiveDate) -> Result<(Content, Option<String>), Errors> {
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
        let latest = today.checked_add_days(Days::new(5 * 365)).unwrap_or(today);
        let due = NaiveDate::parse_from_str(&self.due, "%Y-%m-%d").ok();
        let due = due.filter(|due| *due == now.due || (today..=latest).contains(due));
        if due.is_none() {
            errors.add("due", format!("Choose a due date on or after {}", time::date(today)));
        }
        let mut several = |field, text: &str, most| {
            lines(text, most).unwrap_or_else(|sentence| {
                errors.add(field, sentence);
                None
            })
        };
        let reason = several("reason", &self.reason, 500);
        let details = several("details", &self.details, 4000);
        let root_cause = several("root_cause", &self.root_cause, 4000);
        if due.is_some_and(|due| due > now.due) && reason.is_none() && errors.get("reason").is_none() {
            errors.add("reason", "Say why it is due later");
        }
        let (Some(severity), Some(due), true) = (severity, due, errors.is_empty()) else {
            return Err(errors);
        };
        let content = Content { title, severity, due, details, root_cause };
        if content == *now {
            errors.add("", "Nothing is different yet. Change something, or cancel");
            return Err(errors);
        }
        Ok((content, reason))
    }
}

/// What a version says otherwise than the one before it, in the order of the form.
#[must_use]
pub fn changes(was: &Content, is: &Content) -> Vec<Change> {
    let none = |text: &Option<String>| text.clone().unwrap_or_else(|| "Nothing".to_owned());
    [
        ("Title", was.title.clone(), is.title.clone(), true),
        ("Severity", was.severity.label().to_owned(), is.severity.label().to_owned(), false),
        ("Due date", time::date(was.due), time::date(is.due), false),
        ("Details", none(&was.details), none(&is.details), true),
        ("Root cause", none(&was.root_cause), none(&is.root_cause), true),
    ]
    .into_iter()
    .filter(|(_, was, is, _)| was != is)
    .map(|(label, was, is, text)| Change { label, was, is, text })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::{Content, EditForm, changes};
    use crate::words::Risk;
    use chrono::NaiveDate;

    fn day(text: &str) -> NaiveDate {
        text.parse().expect("a date")
    }

    fn content() -> Content {
        Content {
            title: "Off-shift export".to_owned(),
            severity: Risk::High,
            due: day("2026-11-10"),
            details: None,
            root_cause: None,
        }
    }

    #[test]
    fn a_date_that_has_passed_may_stay_and_a_later_one_has_a_reason() {
        let (now, today) = (content(), day("2026-11-17"));
        let form = EditForm::of(&now, 1, String::new());
        assert_eq!(
            form.check(&now, today).expect_err("the same").get(""),
            Some("Nothing is different yet. Change something, or cancel")
        );
        assert!(EditForm { severity: "low".to_owned(), ..form.clone() }.check(&now, today).is_ok());
        let later = EditForm { due: "2026-12-01".to_owned(), ..form.clone() };
        assert_eq!(later.check(&now, today).expect_err("no reason").get("reason"), Some("Say why it is due later"));
        let (content, reason) =
            EditForm { reason: " The vendor answers\nlate ".to_owned(), ..later }.check(&now, today).expect("a reason");
        assert_eq!((content.due, reason.as_deref()), (day("2026-12-01"), Some("The vendor answers\nlate")));
        assert!(EditForm { due: "2026-11-11".to_owned(), ..form }.check(&now, today).is_err(), "in the past, and new");
    }

    #[test]
    fn what_changed_is_told_in_the_order_of_the_form() {
        let was = content();
        let is = Content { severity: Risk::Low, root_cause: Some("No end date".to_owned()), ..was.clone() };
        let told: Vec<_> = changes(&was, &is).into_iter().map(|change| (change.label, change.was, change.is)).collect();
        assert_eq!(
            told,
            [
                ("Severity", "High".to_owned(), "Low".to_owned()),
                ("Root cause", "Nothing".to_owned(), "No end date".to_owned())
            ]
        );
        assert!(changes(&was, &was).is_empty());
    }
}
