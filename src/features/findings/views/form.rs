//! The new finding's form, fresh or come back with what was typed.

use askama::Template;
use uuid::Uuid;

use super::super::form::Posted;
use super::super::model::{Typed, due_by_default, suggested};
use super::super::queries::create::Offer;
use super::super::queries::one::LinkedCase;
use crate::audit::Actor;
use crate::clock;
use crate::web::time::{self, Instant};
use crate::web::{Chrome, Errors};
use crate::words::{AccessType, resource_label};

/// The page.
#[derive(Template)]
#[template(path = "findings/new.html")]
pub struct FormPage {
    chrome: Chrome,
    errors: Errors,
    from: String,
    suggested: String,
    cases: Vec<CaseLine>,
    key: Uuid,
    typed: Typed,
    severities: Vec<(&'static str, &'static str)>,
    owners: Vec<(String, String)>,
    earliest: String,
    back: String,
}

/// A linked case in one line.
pub struct CaseLine {
    /// Its id.
    pub id: Uuid,
    /// Its page.
    pub href: String,
    /// `AL-480001`
    pub number: String,
    /// Its risk.
    pub risk: String,
    /// Who did what.
    pub summary: String,
    /// When it began.
    pub at: Instant,
}

impl CaseLine {
    /// A case in one line, in its place's zone.
    #[must_use]
    pub fn of(case: &LinkedCase, organisation_zone: &str) -> Self {
        let rows = i64::from(case.row_count);
        Self {
            id: case.id,
            href: format!("/access-logs/cases/{}", case.id),
            number: format!("AL-{}", case.number),
            risk: case.risk.clone(),
            summary: format!(
                "{}: {} {}, {} {}",
                case.subject,
                time::count(rows),
                if rows == 1 { "access" } else { "accesses" },
                AccessType::parse(&case.access_type).map_or("Other", AccessType::label).to_lowercase(),
                resource_label(&case.resource_type).to_lowercase()
            ),
            at: time::instant(
                case.first_action_at,
                clock::zone(case.time_zone.as_deref().unwrap_or(organisation_zone)),
            ),
        }
    }
}

impl FormPage {
    /// The form as it opens: a severity suggested from the highest risk, and its due date.
    #[must_use]
    pub fn fresh(chrome: Chrome, actor: &Actor, offer: &Offer, key: Uuid) -> Self {
        let today = clock::today_in(&actor.identity().time_zone);
        let severity = suggested(offer.cases.iter().map(|case| case.risk.as_str()));
        let typed = Typed {
            severity: severity.as_str().to_owned(),
            due: due_by_default(severity, today).to_string(),
            owner: actor.id().to_string(),
            ..Typed::default()
        };
        Self::with(chrome, actor, offer, key, typed, Errors::new())
    }

    /// The form as it comes back: everything typed is still there.
    #[must_use]
    pub fn again(chrome: Chrome, actor: &Actor, offer: &Offer, posted: Posted, errors: Errors) -> Self {
        Self::with(chrome, actor, offer, posted.key, posted.typed, errors)
    }

    fn with(chrome: Chrome, actor: &Actor, offer: &Offer, key: Uuid, typed: Typed, errors: Errors) -> Self {
        let zone = &actor.identity().time_zone;
        let risk = suggested(offer.cases.iter().map(|case| case.risk.as_str()));
        let one = offer.cases.len() == 1;
        Self {
            chrome,
            errors,
            from: if one { "From 1 case".to_owned() } else { format!("From {} cases", offer.cases.len()) },
            suggested: format!(
                "Suggested from the {} risk: {}.",
                if one { "case’s" } else { "cases’ highest" },
                risk.as_str()
            ),
            cases: offer.cases.iter().map(|case| CaseLine::of(case, zone)).collect(),
            key,
            typed,
            severities: super::list::severities(),
            owners: offer.owners.iter().map(|(id, name)| (id.to_string(), name.clone())).collect(),
            earliest: clock::today_in(zone).to_string(),
            back: offer
                .cases
                .first()
                .filter(|_| one)
                .map_or_else(|| "/access-logs".to_owned(), |case| format!("/access-logs/cases/{}", case.id)),
        }
    }
}
