//! Many logins matched in one post: each row is read and checked by itself, what fits is entered together, and what does not
//! comes back with its choices and one sentence why.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, NaiveDate};
use chrono_tz::Tz;
use uuid::Uuid;

use super::model::{Candidate, Span, overlap, span};
use super::queries::{self, NewHolder};
use crate::audit::AuditedTx;
use crate::error::AppError;
use crate::web::forms;

/// The most logins one post may match.
const MOST: usize = 200;

/// Nobody says which accesses are theirs, or are not.
pub const YOURSELF: &str = "This is you; somebody else matches your logins";
/// As [`YOURSELF`], of a period that stands.
pub const YOURS: &str = "You hold or held this login; somebody else corrects it";

/// One row of the form, as typed.
#[derive(Debug, Clone, Default)]
pub struct Typed {
    /// Whether its box was ticked.
    pub ticked: bool,
    /// Whether somebody was suggested for it.
    pub suggested: bool,
    /// `person`, `vendor` or `system`.
    pub kind: String,
    /// An employee number, a user name or a whole name; or the vendor's name.
    pub holder: String,
    /// The first day.
    pub from: String,
    /// The last day; empty while it lasts.
    pub to: String,
    /// What was wrong with it.
    pub error: Option<String>,
    /// The field that was wrong: `holder` or `from`.
    pub wrong: &'static str,
}

/// What the form posts.
#[derive(Debug, Default)]
pub struct Posted {
    /// By login.
    pub rows: HashMap<Uuid, Typed>,
    /// The logins to match, in the form's order.
    pub chosen: Vec<Uuid>,
}

impl Posted {
    /// Reads the fields; what they say is checked later, so that nothing typed is lost.
    ///
    /// # Errors
    /// [`AppError::Invalid`] when a hidden field is damaged, or there are too many rows.
    pub fn parse(pairs: &[(String, String)]) -> Result<Self, AppError> {
        let mut posted = Self::default();
        let mut order = Vec::new();
        let suggestions = pairs.iter().any(|(name, value)| name == "accept" && value == "suggestions");
        for (name, value) in pairs {
            let Some((field, id)) = name.split_once('-') else { continue };
            let id = Uuid::try_parse(id).map_err(|_| damaged())?;
            let row = posted.rows.entry(id).or_insert_with(|| {
                order.push(id);
                Typed { kind: "person".to_owned(), ..Typed::default() }
            });
            match field {
                "pick" => row.ticked = true,
                "suggested" => row.suggested = true,
                "kind" => row.kind.clone_from(value),
                "holder" => row.holder = forms::line(value),
                "from" => value.trim().clone_into(&mut row.from),
                "to" => value.trim().clone_into(&mut row.to),
                _ => return Err(damaged()),
            }
        }
        let chosen = |row: &Typed| row.ticked || suggestions && row.suggested;
        posted.chosen = order.into_iter().filter(|id| posted.rows.get(id).is_some_and(chosen)).collect();
        if posted.chosen.len() > MOST {
            return Err(AppError::Invalid(format!("Match at most {MOST} logins at once.")));
        }
        Ok(posted)
    }
}

fn damaged() -> AppError {
    AppError::Invalid("The form is incomplete. Open it again and send it from there.".to_owned())
}

/// What a post did.
#[derive(Debug, Default)]
pub struct Matched {
    /// The logins it matched.
    pub logins: Vec<Uuid>,
    /// The periods that rules look at again.
    pub spans: Vec<Span>,
}

/// Enters what fits, and leaves a sentence on each row that does not.
///
/// # Errors
/// [`AppError::NotFound`] for the whole when a login is out of scope; [`AppError::Conflict`] when somebody matched one in the
/// same moment.
pub async fn enter(tx: &mut AuditedTx<'_>, me: Uuid, posted: &mut Posted, zone: Tz) -> Result<Matched, AppError> {
    if queries::in_scope(tx, &posted.chosen).await?.len() != posted.chosen.len() {
        return Err(AppError::NotFound);
    }
    let people = queries::candidates(tx).await?;
    let mut held: HashMap<Uuid, Vec<Span>> = HashMap::new();
    let mut own = HashSet::new();
    for period in queries::spans(tx, &posted.chosen).await? {
        held.entry(period.login).or_default().push(period.span);
        if period.person == Some(me) {
            own.insert(period.login);
        }
    }
    let (mut new, mut systems, mut done) = (Vec::new(), Vec::new(), Matched::default());
    for login in posted.chosen.clone() {
        let Some(row) = posted.rows.get_mut(&login) else { continue };
        if row.kind == "system" {
            if own.contains(&login) {
                row.error = Some(YOURS.to_owned());
            } else {
                systems.push(login);
            }
            continue;
        }
        let others = held.get(&login).map_or(&[][..], Vec::as_slice);
        match (fitted(row, others, zone), Holder::of(row, me, &people)) {
            (Ok(span), Ok(holder)) => {
                let (person, vendor) = match holder {
                    Holder::Person(id) => (Some(id), None),
                    Holder::Vendor => (None, Some(queries::vendor(tx, &row.holder).await?)),
                };
                new.push(NewHolder { login, person, vendor, span });
            }
            (_, Err(sentence)) => (row.error, row.wrong) = (Some(sentence), "holder"),
            (Err(sentence), _) => (row.error, row.wrong) = (Some(sentence), "from"),
        }
    }
    queries::enter(tx, &new).await.map_err(met_another)?;
    if !systems.is_empty() {
        queries::set_kind(tx, &systems, "system").await?;
    }
    done.spans = new.iter().map(|new| new.span).collect();
    if !systems.is_empty() {
        done.spans.push((DateTime::UNIX_EPOCH, None));
    }
    done.logins = new.iter().map(|new| new.login).chain(systems).collect();
    let entered: HashSet<_> = done.logins.iter().collect();
    posted.rows.retain(|login, _| !entered.contains(login));
    Ok(done)
}

/// The trigger refused what was free a moment ago.
pub fn met_another(error: AppError) -> AppError {
    match error {
        AppError::Database(sqlx::Error::Database(error))
            if matches!(error.code().as_deref(), Some("23P01" | "23505")) =>
        {
            AppError::Conflict
        }
        other => other,
    }
}

enum Holder {
    Person(Uuid),
    Vendor,
}

impl Holder {
    fn of(row: &Typed, me: Uuid, people: &[Candidate]) -> Result<Self, String> {
        if row.kind == "vendor" {
            let fits = (1..=200).contains(&row.holder.chars().count());
            return if fits { Ok(Self::Vendor) } else { Err("Enter the vendor’s name".to_owned()) };
        }
        match person(&row.holder, people)? {
            id if id == me => Err(YOURSELF.to_owned()),
            id => Ok(Self::Person(id)),
        }
    }
}

/// The person an employee number, a user name or a whole name means.
///
/// # Errors
/// A sentence for the row.
pub fn person(text: &str, people: &[Candidate]) -> Result<Uuid, String> {
    let wanted = text.to_lowercase();
    if wanted.is_empty() {
        return Err("Enter an employee number, or a whole name".to_owned());
    }
    let is = |field: &Option<String>| field.as_ref().is_some_and(|field| field.to_lowercase() == wanted);
    if let Some(person) = people.iter().find(|person| is(&person.employee_number) || is(&person.username)) {
        return Ok(person.id);
    }
    let mut named = people.iter().filter(|person| person.full_name.to_lowercase() == wanted);
    match (named.next(), named.next()) {
        (Some(person), None) => Ok(person.id),
        (Some(_), Some(_)) => Err("More than one person has this name. Enter the employee number".to_owned()),
        (None, _) => Err("Nobody within what your account covers has this employee number or name".to_owned()),
    }
}

/// The days of a row as instants that overlap no other holder.
///
/// # Errors
/// A sentence for the row.
pub fn fitted(row: &Typed, others: &[Span], zone: Tz) -> Result<Span, String> {
    let day = |text: &str| text.parse::<NaiveDate>().map_err(|_| "Enter days such as 2026-11-14".to_owned());
    let from = day(&row.from)?;
    let to = if row.to.is_empty() { None } else { Some(day(&row.to)?) };
    if to.is_some_and(|to| to < from) {
        return Err("The last day is before the first".to_owned());
    }
    let fitted = span(from, to, zone, others);
    if fitted.1.is_some_and(|end| end <= fitted.0) || others.iter().any(|other| overlap(fitted, *other)) {
        return Err(
            "Somebody else held this login on some of these days. Change the days, or correct the other holder"
                .to_owned(),
        );
    }
    Ok(fitted)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair(name: &str, id: Uuid, value: &str) -> (String, String) {
        (format!("{name}-{id}"), value.to_owned())
    }

    #[test]
    fn ticked_rows_or_suggestions_are_matched_and_everything_typed_is_kept() {
        let (one, two) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let mut pairs = vec![
            pair("pick", one, "yes"),
            pair("holder", one, " E-1 "),
            pair("suggested", two, "yes"),
            pair("holder", two, "E-2"),
        ];
        let posted = Posted::parse(&pairs).expect("a form");
        assert_eq!(posted.chosen, [one]);
        assert_eq!(posted.rows[&one].holder, "E-1");
        pairs.push(("accept".to_owned(), "suggestions".to_owned()));
        assert_eq!(Posted::parse(&pairs).expect("a form").chosen, [one, two], "nothing ticked is left behind");
        pairs.push(("holder-x".to_owned(), String::new()));
        assert!(Posted::parse(&pairs).is_err());
    }

    #[test]
    fn a_name_that_two_people_have_is_asked_for_its_number() {
        let named = |n: u128, number: &str| Candidate {
            id: Uuid::from_u128(n),
            full_name: "John Smith".to_owned(),
            employee_number: Some(number.to_owned()),
            ..Candidate::default()
        };
        let people = [named(1, "E-1"), named(2, "E-2")];
        assert_eq!(person("e-2", &people), Ok(Uuid::from_u128(2)));
        assert!(person("john smith", &people).is_err_and(|text| text.contains("More than one person")));
        assert_eq!(person("John Smith", &people[..1]), Ok(Uuid::from_u128(1)));
        assert!(person("", &people).is_err());
    }

    #[test]
    fn days_that_overlap_another_holder_are_refused() {
        let zone = chrono_tz::America::New_York;
        let typed = |from: &str, to: &str| Typed { from: from.to_owned(), to: to.to_owned(), ..Typed::default() };
        let others = [fitted(&typed("2026-11-03", "2026-11-09"), &[], zone).expect("free")];
        for (from, to) in [("2026-11-01", ""), ("2026-11-09", "2026-11-09"), ("2026-11-01", "2026-11-03")] {
            assert!(fitted(&typed(from, to), &others, zone).is_err(), "{from} {to}");
        }
        assert!(fitted(&typed("2026-11-01", "2026-11-02"), &others, zone).is_ok());
        assert!(fitted(&typed("2026-11-10", ""), &others, zone).is_ok());
        assert!(fitted(&typed("2026-11-10", "2026-11-09"), &others, zone).is_err());
        assert!(fitted(&typed("soon", ""), &others, zone).is_err());
    }
}
