//! The form of one person's employment: begin, change, leave, return, end. It does what a roster's line does, with the same
//! rules, and leaves the same trace: what was recorded is superseded, never changed.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Form};
use askama::Template;
use chrono::NaiveDate;
use serde::Deserialize;
use uuid::Uuid;

use super::model::{Department, Period, Placement, Steps, Supervisor, begin, change, current, end, first_changed};
use super::queries::people::{self, Place as Offered, Subject};
use super::queries::{apply, periods};
use super::reruns;
use crate::audit::{Actor, AuditedTx, Db, Frame};
use crate::clock;
use crate::error::AppError;
use crate::policy::{Action, Scope, scope_for};
use crate::web::chrome::Here;
use crate::web::flash::{self, Done};
use crate::web::{Chrome, Errors, Id, Place, forms, html};
use crate::words::RosterProblem;

/// What can be entered for somebody who works, with the words people read.
const WORKING: [(&str, &str); 4] = [
    ("change", "Another department, job or supervisor"),
    ("leave", "Leave begins"),
    ("return", "Return from leave"),
    ("end", "Employment ends"),
];

/// What the form posts, as typed.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    act: String,
    on: String,
    department: String,
    job_role: String,
    supervisor: String,
    period: String,
}

#[derive(Template)]
#[template(path = "roster/employment.html")]
struct FormPage {
    chrome: Chrome,
    errors: Errors,
    id: Uuid,
    name: String,
    acts: Vec<(&'static str, &'static str, bool)>,
    places: Vec<(Uuid, String, bool)>,
    typed: Typed,
    stale: bool,
}

/// What the form is made from.
struct Offer {
    frame: Frame,
    subject: Subject,
    periods: Vec<Period>,
    places: Vec<Offered>,
    supervisor: String,
}

async fn offer(tx: &mut AuditedTx<'_>, actor: &Actor, id: Uuid) -> Result<Offer, AppError> {
    let everybody = scope_for(actor.role(), Action::EmploymentFormRead) == Some(Scope::All);
    let subject = people::subject(tx, id, everybody).await?;
    let periods = periods(tx, Some(id)).await?.remove(&id).unwrap_or_default();
    let supervisor = match held(actor, &periods).and_then(|period| period.placement.supervisor.clone()) {
        Some(Supervisor::Known(id)) => people::number_of(tx, id).await?.unwrap_or_default(),
        _ => String::new(),
    };
    Ok(Offer { frame: tx.frame().await?, subject, periods, places: people::places(tx).await?, supervisor })
}

fn held<'a>(actor: &Actor, periods: &'a [Period]) -> Option<&'a Period> {
    current(periods, clock::today_in(&actor.identity().time_zone))
}

/// `GET /people/{id}/employment`
pub async fn form(actor: Actor, db: Data<Db>, here: Here, Id(id): Id) -> Result<HttpResponse, AppError> {
    answer(&actor, &db, here, id, (StatusCode::OK, None, Errors::new())).await
}

async fn answer(
    actor: &Actor,
    db: &Db,
    here: Here,
    id: Uuid,
    (status, typed, errors): (StatusCode, Option<Typed>, Errors),
) -> Result<HttpResponse, AppError> {
    let offer = db.read(actor.does(Action::EmploymentFormRead).on(id), async |tx| offer(tx, actor, id).await).await?;
    let held = held(actor, &offer.periods);
    let stale = status == StatusCode::CONFLICT;
    let mut typed = typed.unwrap_or_else(|| fresh(actor, held, &offer.supervisor));
    if stale {
        typed.period = held.map(|period| period.id.to_string()).unwrap_or_default();
    }
    let acts: &[_] = if held.is_some() { &WORKING } else { &[("begin", "Employment begins")] };
    let away = held.is_some_and(|period| period.on_leave);
    let page = FormPage {
        chrome: Chrome::new(actor, Place::Workforce, here, &offer.frame),
        errors,
        id,
        name: offer.subject.full_name,
        acts: acts
            .iter()
            .filter(|(act, _)| if away { *act != "leave" } else { *act != "return" })
            .map(|&(act, label)| (act, label, act == typed.act))
            .collect(),
        places: offer
            .places
            .into_iter()
            .map(|place| {
                (place.id, format!("{}: {}", place.facility, place.name), place.id.to_string() == typed.department)
            })
            .collect(),
        typed,
        stale,
    };
    html::with(status, page)
}

fn fresh(actor: &Actor, held: Option<&Period>, supervisor: &str) -> Typed {
    let department = held.map(|period| match &period.placement.department {
        Department::Known(id) => id.to_string(),
        Department::New(_) => String::new(),
    });
    Typed {
        act: if held.is_some() { "change" } else { "begin" }.to_owned(),
        on: clock::today_in(&actor.identity().time_zone).to_string(),
        department: department.unwrap_or_default(),
        job_role: held.map(|period| period.placement.job_role.clone()).unwrap_or_default(),
        supervisor: supervisor.to_owned(),
        period: held.map(|period| period.id.to_string()).unwrap_or_default(),
    }
}

/// `POST /people/{id}/employment`
pub async fn save(
    actor: Actor,
    db: Data<Db>,
    here: Here,
    Id(id): Id,
    typed: Form<Typed>,
) -> Result<HttpResponse, AppError> {
    let (reads, writes) = (actor.does(Action::EmploymentFormRead).on(id), actor.does(Action::EmploymentUpdate).on(id));
    let mut errors = Errors::new();
    let saved = db
        .change(reads, writes, async |tx| {
            let offer = offer(tx, &actor, id).await?;
            let held = held(&actor, &offer.periods);
            if held.map(|period| period.id.to_string()).unwrap_or_default() != typed.period {
                return Err(AppError::Conflict);
            }
            let checked = check(tx, (&actor, id), &typed, &offer, held, &mut errors).await?;
            let steps = checked.ok_or_else(|| AppError::Invalid("The form is not complete.".to_owned()))?;
            apply::write_one(tx, id, &steps).await?;
            reruns::of_employment(tx, &actor, &[id], first_changed(&offer.periods, &steps)).await
        })
        .await;
    match saved {
        Ok(()) => Ok(flash::tell(html::see(&format!("/people/{id}")), Done::EmploymentSaved)),
        Err(AppError::Invalid(_)) if !errors.is_empty() => {
            answer(&actor, &db, here, id, (StatusCode::UNPROCESSABLE_ENTITY, Some(typed.into_inner()), errors)).await
        }
        Err(AppError::Conflict) => {
            answer(&actor, &db, here, id, (StatusCode::CONFLICT, Some(typed.into_inner()), Errors::new())).await
        }
        Err(error) => Err(error),
    }
}

async fn check(
    tx: &mut AuditedTx<'_>,
    (actor, person): (&Actor, Uuid),
    typed: &Typed,
    offer: &Offer,
    held: Option<&Period>,
    errors: &mut Errors,
) -> Result<Option<Steps>, AppError> {
    let on = typed.on.parse::<NaiveDate>().ok();
    if on.is_none() {
        errors.add("on", "Enter a day such as 2026-11-14");
    }
    if person == actor.id() {
        errors.add("", RosterProblem::Yourself.label());
    }
    if offer.subject.elsewhere {
        errors.add("", RosterProblem::WorksElsewhere.label());
    }
    let placement = match (typed.act.as_str(), held) {
        ("change", Some(_)) | ("begin", None) => placement(tx, person, typed, offer, errors).await?,
        (_, held) => held.map(|period| period.placement.clone()),
    };
    let (Some(on), Some(placement), true) = (on, placement, errors.is_empty()) else {
        if errors.is_empty() {
            errors.add("act", "Choose what changes");
        }
        return Ok(None);
    };
    let steps = match (typed.act.as_str(), held) {
        ("begin", None) => begin(&offer.periods, placement, on, None, false),
        ("change", Some(period)) if placement == period.placement => {
            errors.add("department", "This is what is recorded already. Choose another department, job or supervisor");
            return Ok(None);
        }
        ("change", Some(period)) => change(period, placement, on, None, period.on_leave),
        ("leave", Some(period)) if !period.on_leave => change(period, placement, on, None, true),
        ("return", Some(period)) if period.on_leave => change(period, placement, on, None, false),
        ("end", Some(period)) => end(&offer.periods, period, on),
        _ => {
            errors.add("act", "Choose what changes");
            return Ok(None);
        }
    };
    match steps {
        Ok(steps) => Ok(Some(steps)),
        Err(problem) => {
            errors.add("on", problem.label());
            Ok(None)
        }
    }
}

async fn placement(
    tx: &mut AuditedTx<'_>,
    person: Uuid,
    typed: &Typed,
    offer: &Offer,
    errors: &mut Errors,
) -> Result<Option<Placement>, AppError> {
    let place = offer.places.iter().find(|place| place.id.to_string() == typed.department);
    if place.is_none() {
        errors.add("department", "Choose a department");
    }
    let job_role = forms::line(&typed.job_role);
    if job_role.is_empty() || job_role.chars().count() > 120 {
        errors.add("job_role", "Enter the job in at most 120 characters");
    }
    let number = forms::line(&typed.supervisor);
    let supervisor = if number.is_empty() { None } else { people::numbered(tx, &number).await? };
    if !number.is_empty() && supervisor.is_none() {
        errors.add("supervisor", "Nobody has this employee number");
    } else if supervisor == Some(person) {
        errors.add("supervisor", "Nobody supervises themselves");
    }
    Ok(place.filter(|_| errors.is_empty()).map(|place| Placement {
        facility: place.facility_id,
        department: Department::Known(place.id),
        job_role,
        supervisor: supervisor.map(Supervisor::Known),
    }))
}
