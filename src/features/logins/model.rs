//! Who probably held a login, and whether a period of holding it fits beside the others. Pure: a suggestion always says why,
//! and where two people fit equally well there is none.

use chrono::{DateTime, Days, NaiveDate, Utc};
use chrono_tz::Tz;
use uuid::Uuid;

use crate::ingest::normalise;
use crate::web::filters::midnight;

/// Somebody who may have held a login.
#[derive(Debug, Clone, Default)]
pub struct Candidate {
    /// Our id.
    pub id: Uuid,
    /// Their name.
    pub full_name: String,
    /// Their employee number.
    pub employee_number: Option<String>,
    /// Their user name in this portal.
    pub username: Option<String>,
    /// Their e-mail address.
    pub email: Option<String>,
    /// First and last day of each employment; none while it lasts.
    pub employed: Vec<(NaiveDate, Option<NaiveDate>)>,
}

/// Why somebody is suggested, the best reason first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Why {
    /// The user name is the login.
    Username,
    /// The employee number is the login.
    EmployeeNumber,
    /// The e-mail address begins with the login.
    Email,
    /// The login is made from the name as logins are.
    Name,
}

impl Why {
    /// For people.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Username => "same username",
            Self::EmployeeNumber => "same employee number",
            Self::Email => "same as the e-mail address",
            Self::Name => "made from the name",
        }
    }
}

/// What is suggested for a login.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Suggestion {
    /// This candidate, by place in the list.
    One(usize, Why),
    /// So many fit equally well.
    Tie(usize, Why),
    /// Nobody.
    Nobody,
}

/// `CORP\jsmith` and `jsmith@corp.example` are `jsmith`.
fn bare(login: &str) -> String {
    let inside = login.rsplit('\\').next().unwrap_or(login);
    inside.split('@').next().unwrap_or(inside).trim().to_lowercase()
}

fn letters(text: &str) -> String {
    text.chars().filter(|letter| letter.is_alphanumeric()).collect()
}

/// Logins are made without accents.
const fn plain(letter: char) -> char {
    match letter {
        'à' | 'á' | 'â' | 'ã' | 'ä' | 'å' => 'a',
        'ç' => 'c',
        'è' | 'é' | 'ê' | 'ë' => 'e',
        'ì' | 'í' | 'î' | 'ï' => 'i',
        'ñ' => 'n',
        'ò' | 'ó' | 'ô' | 'õ' | 'ö' | 'ø' => 'o',
        'ù' | 'ú' | 'û' | 'ü' => 'u',
        'ý' | 'ÿ' => 'y',
        other => other,
    }
}

/// The logins that are usual for a name.
fn usual(full_name: &str) -> Vec<String> {
    let name: String = normalise(full_name).chars().map(plain).collect();
    let parts: Vec<_> = name.split_whitespace().map(letters).filter(|part| !part.is_empty()).collect();
    let (Some(first), Some(last)) = (parts.first(), parts.last()) else { return Vec::new() };
    if parts.len() < 2 {
        return Vec::new();
    }
    let initial: String = first.chars().take(1).collect();
    vec![format!("{initial}{last}"), format!("{last}{initial}"), format!("{first}{last}"), format!("{last}{first}")]
}

/// Who probably held a login that was used between two days, among those employed then.
#[must_use]
pub fn suggest(login: &str, first: NaiveDate, last: NaiveDate, people: &[Candidate]) -> Suggestion {
    let (bare, mut best) = (bare(login), None::<(Why, Vec<usize>)>);
    let name = letters(&bare);
    let numberless = name.trim_end_matches(|letter: char| letter.is_ascii_digit());
    for (at, person) in people.iter().enumerate() {
        let then = |(from, to): &(NaiveDate, Option<NaiveDate>)| *from <= last && to.is_none_or(|to| to >= first);
        if !person.employed.iter().any(then) {
            continue;
        }
        let same = |text: &Option<String>| text.as_ref().is_some_and(|text| text.to_lowercase() == bare);
        let local = person.email.as_ref().and_then(|email| email.split('@').next().map(str::to_lowercase));
        let why = if same(&person.username) {
            Why::Username
        } else if same(&person.employee_number) {
            Why::EmployeeNumber
        } else if local.is_some_and(|local| local == bare) {
            Why::Email
        } else if usual(&person.full_name).iter().any(|made| *made == name || made == numberless) {
            Why::Name
        } else {
            continue;
        };
        match &mut best {
            Some((known, who)) if *known == why => who.push(at),
            Some((known, _)) if *known < why => {}
            _ => best = Some((why, vec![at])),
        }
    }
    match best {
        None => Suggestion::Nobody,
        Some((why, who)) if who.len() == 1 => Suggestion::One(who[0], why),
        Some((why, who)) => Suggestion::Tie(who.len(), why),
    }
}

/// From an instant on, until another, exclusive; none while it lasts.
pub type Span = (DateTime<Utc>, Option<DateTime<Utc>>);

/// Whether two periods of one login overlap.
#[must_use]
pub fn overlap(one: Span, other: Span) -> bool {
    one.1.is_none_or(|end| other.0 < end) && other.1.is_none_or(|end| one.0 < end)
}

/// The instants of whole days. Where somebody else's period ends or begins within the first or last day, that is the border.
#[must_use]
pub fn span(from: NaiveDate, to: Option<NaiveDate>, zone: Tz, others: &[Span]) -> Span {
    let on = |at: DateTime<Utc>, day: NaiveDate| at.with_timezone(&zone).date_naive() == day;
    let before = others.iter().filter_map(|other| other.1).filter(|end| on(*end, from)).max();
    let start = before.unwrap_or_else(|| midnight(from, zone));
    let end = to.map(|to| {
        let after = others
            .iter()
            .map(|other| other.0)
            .filter(|begin| on(*begin, to) && *begin > start.max(midnight(to, zone)))
            .min();
        after.unwrap_or_else(|| midnight(to.checked_add_days(Days::new(1)).unwrap_or(to), zone))
    });
    (start, end)
}

/// The last whole day of a period's end.
#[must_use]
pub fn last_day(end: DateTime<Utc>, zone: Tz) -> NaiveDate {
    (end - chrono::TimeDelta::microseconds(1)).with_timezone(&zone).date_naive()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ZONE: Tz = chrono_tz::America::New_York;

    fn day(text: &str) -> NaiveDate {
        text.parse().expect("a day")
    }

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().expect("an instant")
    }

    fn person(full_name: &str) -> Candidate {
        Candidate { full_name: full_name.to_owned(), employed: vec![(day("2020-01-01"), None)], ..Candidate::default() }
    }

    fn suggested(login: &str, people: &[Candidate]) -> Suggestion {
        suggest(login, day("2026-11-01"), day("2026-11-20"), people)
    }

    #[test]
    fn a_login_is_known_by_user_name_number_mail_address_or_name() {
        let said = |text: &str| Some(text.to_owned());
        let people = [
            Candidate { username: said("RCastle"), ..person("Rosa Castellano") },
            Candidate { employee_number: said("E-77"), ..person("Bo Jensen") },
            Candidate { email: said("quill@example.org"), ..person("Quinn Illich") },
            person("José María Smith"),
        ];
        for (login, expected) in [
            ("rcastle", Suggestion::One(0, Why::Username)),
            ("e-77", Suggestion::One(1, Why::EmployeeNumber)),
            ("QUILL", Suggestion::One(2, Why::Email)),
            ("jsmith", Suggestion::One(3, Why::Name)),
            ("CORP\\JSMITH2", Suggestion::One(3, Why::Name)),
            ("smith.jose@corp.example", Suggestion::One(3, Why::Name)),
            ("smithj", Suggestion::One(3, Why::Name)),
            ("jjones", Suggestion::Nobody),
        ] {
            assert_eq!(suggested(login, &people), expected, "{login}");
        }
    }

    #[test]
    fn two_who_fit_equally_well_are_no_suggestion_and_a_better_reason_wins() {
        let mut people = vec![person("John Smith"), person("Jane Smith")];
        assert_eq!(suggested("jsmith", &people), Suggestion::Tie(2, Why::Name));
        people.push(Candidate { username: Some("jsmith".to_owned()), ..person("Judith Smythe") });
        assert_eq!(suggested("jsmith", &people), Suggestion::One(2, Why::Username));
    }

    #[test]
    fn whoever_did_not_work_then_is_not_suggested() {
        let mut gone = person("John Smith");
        gone.employed = vec![(day("2020-01-01"), Some(day("2026-10-31")))];
        let mut later = person("Jane Smith");
        later.employed = vec![(day("2026-11-21"), None)];
        assert_eq!(suggested("jsmith", &[gone, later]), Suggestion::Nobody);
    }

    #[test]
    fn days_are_whole_in_the_zone_and_the_last_one_counts() {
        let (from, to) = span(day("2026-11-01"), Some(day("2026-11-01")), ZONE, &[]);
        assert_eq!((from, to), (at("2026-11-01T04:00:00Z"), Some(at("2026-11-02T05:00:00Z"))));
        assert_eq!(to.map(|end| last_day(end, ZONE)), Some(day("2026-11-01")));
    }

    #[test]
    fn a_border_within_a_day_is_kept() {
        let others =
            [(at("2026-01-01T00:00:00Z"), Some(at("2026-11-03T15:00:00Z"))), (at("2026-11-09T17:00:00Z"), None)];
        let fitted = span(day("2026-11-03"), Some(day("2026-11-09")), ZONE, &others);
        assert_eq!(fitted, (at("2026-11-03T15:00:00Z"), Some(at("2026-11-09T17:00:00Z"))));
        assert!(others.iter().all(|other| !overlap(fitted, *other)));
        assert!(overlap(span(day("2026-11-02"), None, ZONE, &others), others[0]));
    }
}
