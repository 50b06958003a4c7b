//! Declare the intent, run one block, build a view, answer.

use actix_web::HttpResponse;
use actix_web::web::Data;
use uuid::Uuid;

use super::export;
use super::filter::{Filter, Period, PeriodView};
use super::queries::rows::{self, AccessRow, Of};
use super::queries::{self, touched};
use super::touched::TouchedView;
use super::training;
use super::views::{self, Activity, PatientPage, PersonPage, Rows};
use crate::audit::{Actor, AuditedTx, Db};
use crate::clock;
use crate::error::AppError;
use crate::policy::{Action, Role, Scope, may, person_page, scope_for};
use crate::web::chrome::Here;
use crate::web::list::{self, Asked, List};
use crate::web::{Chrome, Id, Place, csv, html, paging, time};
use crate::words::{WatchReason, pseudonym};

/// The days asked for, and the list they narrow.
async fn asked(
    db: &Db,
    actor: &Actor,
    action: Action,
    id: Uuid,
    path: &str,
    asked: &Asked,
) -> Result<(Filter, List, Period), AppError> {
    let (filter, list) = list::read::<Filter>(db, actor.does(action).on(id), asked).await?;
    let zone = &actor.identity().time_zone;
    let period = filter.period(clock::today_in(zone), clock::zone(zone));
    Ok((filter, list.of_record(format!("{path}/{id}")), period))
}

/// `GET /patients/{id}`: everyone who touched any of the patient's records.
pub async fn patient(actor: Actor, db: Data<Db>, here: Here, id: Id, query: Asked) -> Result<HttpResponse, AppError> {
    let id = id.0;
    let (filter, list, period) = asked(&db, &actor, Action::PatientRead, id, "/patients", &query).await?;
    let zone = clock::zone(&actor.identity().time_zone);
    let (from, until) = period.times(zone);
    let (frame, head, seen) = db
        .read(actor.does(Action::PatientRead).on(id), async |tx| {
            let head = queries::patient(tx, id).await?;
            let touched = touched::touched(tx, id, &period).await?;
            let cases = touched::cases(tx, id, from, until).await?;
            tx.shown("person", &touched.iter().filter_map(|one| one.person_id).collect::<Vec<_>>()).await?;
            tx.shown("review_case", &cases.iter().map(|case| case.id).collect::<Vec<_>>()).await?;
            let counted = queries::count_of_patient(tx, id, &period).await?;
            let (rows, more) = page(tx, &Of::Patient(id), &period, &filter).await?;
            Ok((tx.frame().await?, head, (touched, cases, counted, rows, more)))
        })
        .await?;
    let (touched, cases, counted, rows, more) = seen;
    let today = clock::today_in(&actor.identity().time_zone);
    let watch = if head.watched { Action::PatientWatchEnd } else { Action::PatientWatchUpdate };
    let reasons = WatchReason::ALL.iter().filter(|_| may(actor.role(), watch));
    html::ok(PatientPage {
        name: head.source_patient_id.clone().unwrap_or_else(|| pseudonym(id)),
        period: PeriodView::of(&period, &list, today, may(actor.role(), Action::PatientExport)),
        touched: TouchedView::of(touched, &cases, zone),
        rows: Rows::of(&rows, more, counted, &list, zone),
        zone_name: time::zone_words(zone),
        who: true,
        may_review: may(actor.role(), Action::ReviewStart),
        watch_reasons: reasons.map(|reason| (reason.as_str(), reason.label())).collect(),
        chrome: Chrome::new(&actor, Place::AccessLogs, here, &frame),
        head,
    })
}

/// `GET /patients/{id}.csv`. Whether the patient is in scope is read first, so that no file says 404 by being empty.
pub async fn patient_file(actor: Actor, db: Data<Db>, id: Id, query: Asked) -> Result<HttpResponse, AppError> {
    let id = id.0;
    let (_, list, period) = asked(&db, &actor, Action::PatientExport, id, "/patients", &query).await?;
    db.read(actor.does(Action::PatientRead).on(id), async |tx| queries::patient(tx, id).await).await?;
    let file = export::export(rows::file(&Of::Patient(id), &period), typed(&list, &period, "patient", id));
    csv::download(&db, &actor, Action::PatientExport, "patient-accesses", file).await
}

/// `GET /people/{id}`: the profile, and for the privacy office what the person opened.
pub async fn person(actor: Actor, db: Data<Db>, here: Here, id: Id, query: Asked) -> Result<HttpResponse, AppError> {
    let id = id.0;
    let action = person_page(actor.role());
    let asked = asked(&db, &actor, action, id, "/people", &query).await?;
    let everybody = scope_for(actor.role(), action) == Some(Scope::All);
    let zone = clock::zone(&actor.identity().time_zone);
    let own = actor.id() == id;
    // an administrator sees every profile, and of training their own
    let sees_training = own || action == Action::PersonActivityRead;
    let (frame, head, periods, trained, activity) = db
        .read(actor.does(action).on(id), async |tx| {
            let head = queries::person(tx, id, actor.id(), everybody).await?;
            let periods = queries::periods(tx, id).await?;
            let trained = if sees_training { Some(queries::training(tx, id).await?) } else { None };
            let activity = match action {
                Action::PersonActivityRead => Some(activity(tx, &actor, id, &asked).await?),
                _ => None,
            };
            Ok((tx.frame().await?, head, periods, trained, activity))
        })
        .await?;
    html::ok(PersonPage {
        id,
        role_label: Role::parse(&head.role).map_or("", Role::label),
        own,
        may_change: may(actor.role(), Action::EmploymentUpdate),
        change: format!("/people/{id}/employment"),
        periods: views::periods(periods, zone),
        training: trained.map(|records| training::lines(records, clock::today_in(&actor.identity().time_zone), zone)),
        activity,
        zone_name: time::zone_words(zone),
        who: false,
        may_review: !own && may(actor.role(), Action::ReviewStart),
        chrome: Chrome::new(&actor, if own { Place::Profile } else { Place::Workforce }, here, &frame),
        head,
    })
}

/// What only the privacy office sees of a person.
async fn activity(
    tx: &mut AuditedTx<'_>,
    actor: &Actor,
    id: Uuid,
    (filter, list, period): &(Filter, List, Period),
) -> Result<Activity, AppError> {
    let zone = clock::zone(&actor.identity().time_zone);
    let logins = queries::logins(tx, id).await?;
    let of = Of::Person(rows::held(&logins, period));
    let (rows, more) = page(tx, &of, period, filter).await?;
    let counted = queries::count_of_person(tx, id, period).await?;
    let cases = queries::cases(tx, id).await?;
    tx.shown("review_case", &cases.iter().map(|case| case.id).collect::<Vec<_>>()).await?;
    let today = clock::today_in(&actor.identity().time_zone);
    Ok(Activity {
        logins: views::logins(logins, zone),
        cases: views::cases(cases),
        all_cases: format!("/access-logs?view=all&person={id}"),
        period: PeriodView::of(period, list, today, may(actor.role(), Action::PersonActivityExport)),
        rows: Rows::of(&rows, more, counted, list, zone),
    })
}

/// `GET /people/{id}.csv`. Whether the person is in scope is read first.
pub async fn person_file(actor: Actor, db: Data<Db>, id: Id, query: Asked) -> Result<HttpResponse, AppError> {
    let (id, action) = (id.0, Action::PersonActivityRead);
    let (_, list, period) = asked(&db, &actor, Action::PersonActivityExport, id, "/people", &query).await?;
    let everybody = scope_for(actor.role(), action) == Some(Scope::All);
    let logins = db
        .read(actor.does(action).on(id), async |tx| {
            queries::person(tx, id, actor.id(), everybody).await?;
            queries::logins(tx, id).await
        })
        .await?;
    let of = Of::Person(rows::held(&logins, &period));
    let file = export::export(rows::file(&of, &period), typed(&list, &period, "person", id));
    csv::download(&db, &actor, Action::PersonActivityExport, "person-accesses", file).await
}

/// A page of the rows, which the trail keeps as shown.
async fn page(
    tx: &mut AuditedTx<'_>,
    of: &Of,
    period: &Period,
    filter: &Filter,
) -> Result<(Vec<AccessRow>, bool), AppError> {
    let (rows, more) = paging::cut(rows::page(tx, of, period, filter.after).await?);
    tx.shown("access_log", &rows.iter().map(|row| row.id).collect::<Vec<_>>()).await?;
    Ok((rows, more))
}

/// What the trail keeps beside a file: whose rows, of which days.
fn typed(list: &List, period: &Period, whose: &str, id: Uuid) -> serde_json::Value {
    let mut typed = list.as_json();
    typed[whose] = id.to_string().into();
    if let Some(first) = period.first_day {
        typed["from"] = first.to_string().into();
    }
    typed
}
