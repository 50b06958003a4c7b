//! The rules of a complaint that need neither database nor request: its words, what its forms must say, what stands in the way
//! of an act.

use chrono::{Days, NaiveDate};
use uuid::Uuid;

use crate::error::{AppError, Refusal};
use crate::policy::conflict::Relation;
use crate::web::{Errors, forms, time};
use crate::words::words;

words! {
    /// How a complaint came.
    Channel {
        InPerson = "in_person", "In person";
        Phone = "phone", "By phone";
        Letter = "letter", "By letter";
        Email = "email", "By e-mail";
        Hotline = "hotline", "Hotline";
        Portal = "portal", "Patient portal";
    }
}

words! {
    /// From whom it came: never a name.
    Complainant {
        Patient = "patient", "A patient";
        Representative = "representative", "A patient’s representative";
        Workforce = "workforce", "A member of the workforce";
        Other = "other", "Somebody else";
    }
}

words! {
    /// What it is about.
    ComplaintKind {
        ImpermissibleAccess = "impermissible_access", "Somebody opened a record without need";
        ImpermissibleDisclosure = "impermissible_disclosure", "Somebody told or sent what they should not";
        RightsRequest = "rights_request", "A request of the patient’s was not answered";
        Safeguards = "safeguards", "Records were not kept safe";
        Other = "other", "Something else";
    }
}

words! {
    /// What it came to (45 CFR 164.530(d)(2)).
    ComplaintDisposition {
        Substantiated = "substantiated", "Substantiated";
        NotSubstantiated = "not_substantiated", "Not substantiated";
        CouldNotDetermine = "could_not_determine", "Could not be determined";
        Referred = "referred", "Referred elsewhere";
        Withdrawn = "withdrawn", "Withdrawn";
    }
}

words! {
    /// Whether a complaint goes on.
    ComplaintState {
        Open = "open", "Open";
        Disposed = "disposed", "Disposed";
    }
}

/// The time to answer one, in days: the site's policy, not law.
const TO_ANSWER: u64 = 30;
/// The longest text.
const TEXT: usize = 2000;

/// What a person typed, kept as typed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Typed {
    /// The day it came.
    pub received: String,
    /// How.
    pub channel: String,
    /// From whom.
    pub complainant: String,
    /// What it is about.
    pub kind: String,
    /// Where, if one facility is named.
    pub facility: String,
    /// About whose records: the id in the address of the patient's page.
    pub patient: String,
    /// About whom: an employee number.
    pub employee: String,
    /// What was said.
    pub details: String,
    /// Whose it is to answer.
    pub owner: String,
    /// Until when.
    pub due: String,
}

/// What is said of it when it comes, accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewComplaint {
    /// The day it came.
    pub received: NaiveDate,
    /// How.
    pub channel: Channel,
    /// From whom.
    pub complainant: Complainant,
    /// What it is about.
    pub kind: ComplaintKind,
    /// Where.
    pub facility: Option<Uuid>,
    /// What was said.
    pub details: String,
    /// Whose it is, and whom it is about.
    pub about: About,
}

/// What can be said later, too, accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct About {
    /// About whose records.
    pub patient: Option<Uuid>,
    /// About whom, by employee number.
    pub employee: Option<String>,
    /// Whose it is to answer.
    pub owner: Uuid,
    /// Until when.
    pub due: NaiveDate,
}

/// What a form may name: the facilities and the owners it was offered.
pub struct Choices<'a> {
    /// Facilities in scope.
    pub facilities: &'a [(Uuid, String)],
    /// Managers and coordinators.
    pub owners: &'a [(Uuid, String)],
    /// Whether a complaint may lie nowhere in particular: for whoever sees every facility.
    pub anywhere: bool,
}

fn day(text: &str) -> Option<NaiveDate> {
    NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()
}

/// A text of several lines, within its limit.
fn text(typed: &str) -> Option<String> {
    let text: String = typed.chars().filter(|c| *c == '\n' || !c.is_control()).collect();
    let text = text.trim().to_owned();
    (1..=TEXT).contains(&text.chars().count()).then_some(text)
}

impl Typed {
    /// What the form offers: today, and the days to answer.
    #[must_use]
    pub fn fresh(today: NaiveDate, patient: Option<Uuid>, employee: Option<String>, owner: Uuid) -> Self {
        Self {
            received: today.to_string(),
            due: today.checked_add_days(Days::new(TO_ANSWER)).unwrap_or(today).to_string(),
            patient: patient.map(|id| id.to_string()).unwrap_or_default(),
            employee: employee.unwrap_or_default(),
            owner: owner.to_string(),
            ..Self::default()
        }
    }

    /// Reads a form's fields; what they say is checked later, so that nothing typed is lost.
    #[must_use]
    pub fn parse(pairs: &[(String, String)]) -> Self {
        let field = |name: &str| {
            pairs.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone()).unwrap_or_default()
        };
        Self {
            received: field("received"),
            channel: field("channel"),
            complainant: field("complainant"),
            kind: field("kind"),
            facility: field("facility"),
            patient: field("patient"),
            employee: field("employee"),
            details: field("details"),
            owner: field("owner"),
            due: field("due"),
        }
    }

    /// Checks a whole form, so that one answer names all that is missing.
    ///
    /// # Errors
    /// The sentences, in the order of the form.
    pub fn check(&self, today: NaiveDate, choices: &Choices<'_>) -> Result<NewComplaint, Errors> {
        let mut errors = Errors::new();
        let received = day(&self.received).filter(|day| *day <= today);
        if received.is_none() {
            errors.add("received", "Choose the day it came, today at the latest");
        }
        let channel = Channel::parse(&self.channel);
        if channel.is_none() {
            errors.add("channel", "Choose how it came");
        }
        let complainant = Complainant::parse(&self.complainant);
        if complainant.is_none() {
            errors.add("complainant", "Choose from whom it came");
        }
        let kind = ComplaintKind::parse(&self.kind);
        if kind.is_none() {
            errors.add("kind", "Choose what it is about");
        }
        let facility = choices.facilities.iter().map(|(id, _)| *id).find(|id| id.to_string() == self.facility);
        if facility.is_none() && (!self.facility.is_empty() || !choices.anywhere) {
            errors.add("facility", "Choose the facility it is about");
        }
        let details = text(&self.details);
        if details.is_none() {
            errors.add("details", "Say what was complained about, in 2,000 characters or fewer");
        }
        let about = self.about(today, choices, &mut errors);
        match (received, channel, complainant, kind, details, about) {
            (Some(received), Some(channel), Some(complainant), Some(kind), Some(details), Some(about))
                if errors.is_empty() =>
            {
                Ok(NewComplaint { received, channel, complainant, kind, facility, details, about })
            }
            _ => Err(errors),
        }
    }

    /// Checks what can be said later, too.
    pub fn about(&self, today: NaiveDate, choices: &Choices<'_>, errors: &mut Errors) -> Option<About> {
        let patient = match self.patient.trim() {
            "" => None,
            typed => {
                let id = Uuid::try_parse(typed).ok();
                if id.is_none() {
                    errors.add("patient", "Give the id in the address of the patient’s page");
                }
                id
            }
        };
        let employee = forms::line(&self.employee);
        if employee.chars().count() > 60 {
            errors.add("employee", "Give an employee number");
        }
        let owner = choices.owners.iter().map(|(id, _)| *id).find(|id| id.to_string() == self.owner);
        if owner.is_none() {
            errors.add("owner", "Choose who answers it");
        }
        let latest = today.checked_add_days(Days::new(5 * 365)).unwrap_or(today);
        let due = day(&self.due).filter(|due| (today..=latest).contains(due));
        if due.is_none() {
            errors.add("due", format!("Choose a due date on or after {}", time::date(today)));
        }
        let employee = Some(employee).filter(|number| !number.is_empty());
        match (owner, due) {
            (Some(owner), Some(due)) if errors.is_empty() => Some(About { patient, employee, owner, due }),
            _ => None,
        }
    }
}

/// What a disposition says.
#[derive(Debug, Clone, Default)]
pub struct Ending {
    /// Its word.
    pub disposition: String,
    /// Its text.
    pub statement: String,
}

impl Ending {
    /// Checks it.
    ///
    /// # Errors
    /// The sentences, in the order of the form.
    pub fn check(&self) -> Result<(ComplaintDisposition, String), Errors> {
        let mut errors = Errors::new();
        let disposition = ComplaintDisposition::parse(&self.disposition);
        if disposition.is_none() {
            errors.add("disposition", "Choose what the complaint came to");
        }
        let statement = text(&self.statement);
        if statement.is_none() {
            errors.add("statement", "Say how it was looked into and answered, in 2,000 characters or fewer");
        }
        disposition.zip(statement).ok_or(errors)
    }
}

/// What stands in the way of an act that the role has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Obstacle {
    /// A review of it is open.
    Review,
    /// A review of it began about somebody else.
    Reviewed,
    /// Who would own it stands too near, or may own none.
    Owner,
    /// Nobody in scope has that employee number.
    Employee,
    /// No patient in scope has that id.
    Patient,
}

impl Obstacle {
    /// The errors of a form.
    #[must_use]
    pub fn errors(self) -> Errors {
        let (field, sentence) = match self {
            Self::Review => ("", "A review of this complaint is open. End it with its memo first."),
            Self::Reviewed => (
                "patient",
                "A review has begun: whom the complaint is about stays. Record another complaint for somebody else",
            ),
            Self::Owner => ("owner", "Choose somebody of the privacy office who stands near to nobody it is about"),
            Self::Employee => ("employee", "Nobody that your account covers has this employee number"),
            Self::Patient => ("patient", "No patient that your account covers has this id"),
        };
        let mut errors = Errors::new();
        errors.add(field, sentence);
        errors
    }

    /// What a word of the database means: nothing, an obstacle, or a refusal.
    ///
    /// # Errors
    /// [`AppError::NotFound`] out of scope, [`AppError::Conflict`] where somebody was first, [`AppError::Refused`] for
    /// whoever stands too near.
    pub fn of(word: Option<&str>) -> Result<Option<Self>, AppError> {
        Ok(Some(match word {
            None => return Ok(None),
            Some("scope") => return Err(AppError::NotFound),
            Some("version") => return Err(AppError::Conflict),
            Some("review") => Self::Review,
            Some("reviewed") => Self::Reviewed,
            Some("owner") => Self::Owner,
            Some(word) => {
                let near = Relation::parse(word).ok_or(AppError::Internal("unknown word of a complaint"))?;
                return Err(AppError::Refused(Refusal::Conflicted(near.refusal())));
            }
        }))
    }
}

#[cfg(test)]
mod tests;
