//! Declare the intent, run one block, build a view, answer.

use actix_web::HttpResponse;
use actix_web::web::{Data, Query};
use uuid::Uuid;

use super::queries::{self, AccessRow};
use super::training;
use super::views::{self, Activity, PatientPage, PersonPage};
use crate::audit::{Actor, Db};
use crate::clock;
use crate::error::AppError;
use crate::policy::{Action, Role, Scope, may, person_page, scope_for};
use crate::web::chrome::Here;
use crate::web::paging::After;
use crate::web::{Chrome, Id, Place, html, paging, time};
use crate::words::{WatchReason, pseudonym};

/// `GET /patients/{id}`: everyone who touched any of the patient's records.
pub async fn patient(
    actor: Actor,
    db: Data<Db>,
    here: Here,
    id: Id,
    after: Query<After>,
) -> Result<HttpResponse, AppError> {
    let id = id.0;
    let after = after.read(&db, actor.does(Action::PatientRead).on(id)).await?;
    let (frame, head, rows) = db
        .read(actor.does(Action::PatientRead).on(id), async |tx| {
            let head = queries::patient(tx, id).await?;
            let rows = queries::rows_of_patient(tx, id, after).await?;
            tx.shown("access_log", &ids(&rows)).await?;
            Ok((tx.frame().await?, head, rows))
        })
        .await?;
    let (rows, more) = paging::cut(rows);
    html::ok(PatientPage {
        name: head.source_patient_id.clone().unwrap_or_else(|| pseudonym(id)),
        outside: head.total - head.visible,
        lines: views::lines(&rows, clock::zone(&actor.identity().time_zone)),
        shown: format!("{} shown", rows.len()),
        next: views::next(&format!("/patients/{id}"), &rows, more),
        zone_name: time::zone_words(clock::zone(&actor.identity().time_zone)),
        who: true,
        may_review: may(actor.role(), Action::ReviewStart),
        watch_reasons: WatchReason::ALL
            .iter()
            .filter(|_| {
                may(actor.role(), if head.watched { Action::PatientWatchEnd } else { Action::PatientWatchUpdate })
            })
            .map(|reason| (reason.as_str(), reason.label()))
            .collect(),
        chrome: Chrome::new(&actor, Place::AccessLogs, here, &frame),
        head,
    })
}

/// `GET /people/{id}`: the profile, and for the privacy office what the person opened.
pub async fn person(
    actor: Actor,
    db: Data<Db>,
    here: Here,
    id: Id,
    after: Query<After>,
) -> Result<HttpResponse, AppError> {
    let id = id.0;
    let action = person_page(actor.role());
    let after = after.read(&db, actor.does(action).on(id)).await?;
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
                Action::PersonActivityRead => {
                    let rows = queries::rows_of_person(tx, id, after).await?;
                    tx.shown("access_log", &ids(&rows)).await?;
                    let (total, visible) = queries::row_counts(tx, id).await?;
                    let (rows, more) = paging::cut(rows);
                    let cases = queries::cases(tx, id).await?;
                    tx.shown("review_case", &cases.iter().map(|case| case.id).collect::<Vec<_>>()).await?;
                    Some(Activity {
                        logins: views::logins(queries::logins(tx, id).await?, zone),
                        cases: views::cases(cases),
                        all_cases: format!("/access-logs?view=all&person={id}"),
                        outside: total - visible,
                        visible,
                        lines: views::lines(&rows, zone),
                        shown: format!("{} shown", rows.len()),
                        next: views::next(&format!("/people/{id}"), &rows, more),
                    })
                }
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
        zone_name: time::zone_words(clock::zone(&actor.identity().time_zone)),
        who: false,
        may_review: !own && may(actor.role(), Action::ReviewStart),
        chrome: Chrome::new(&actor, if own { Place::Profile } else { Place::Workforce }, here, &frame),
        head,
    })
}

fn ids(rows: &[AccessRow]) -> Vec<Uuid> {
    rows.iter().take(paging::PAGE).map(|row| row.id).collect()
}
