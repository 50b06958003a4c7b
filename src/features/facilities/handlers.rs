//! The pages of facilities and their posts.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Form};
use uuid::Uuid;

use super::model::{Typed, TypedDepartment};
use super::views::{FacilityPage, FormPage, ListPage};
use super::{export, queries};
use crate::audit::{Actor, Db};
use crate::error::AppError;
use crate::policy::Action;
use crate::web::chrome::Here;
use crate::web::flash::{self, Done};
use crate::web::{Chrome, Errors, Id, Place, csv, html};

/// `GET /facilities`
pub async fn list(actor: Actor, db: Data<Db>, here: Here) -> Result<HttpResponse, AppError> {
    let (facilities, frame) = db
        .read(actor.does(Action::FacilityListRead), async |tx| {
            let facilities = tx.all(queries::facilities(None, actor.id())).await?;
            tx.shown("facility", &facilities.iter().map(|facility| facility.id).collect::<Vec<_>>()).await?;
            Ok((facilities, tx.frame().await?))
        })
        .await?;
    html::ok(ListPage::new(Chrome::new(&actor, Place::Facilities, here, &frame), &actor, facilities))
}

/// `GET /facilities.csv`
pub async fn download(actor: Actor, db: Data<Db>) -> Result<HttpResponse, AppError> {
    csv::download(&db, &actor, Action::FacilityListExport, "facilities", export::export(actor.id())).await
}

/// `GET /facilities/new`
pub async fn form(actor: Actor, db: Data<Db>, here: Here) -> Result<HttpResponse, AppError> {
    let typed = Typed { time_zone: actor.identity().time_zone.clone(), ..Typed::default() };
    form_page(&actor, &db, here, StatusCode::OK, typed, Errors::new()).await
}

async fn form_page(
    actor: &Actor,
    db: &Db,
    here: Here,
    status: StatusCode,
    typed: Typed,
    errors: Errors,
) -> Result<HttpResponse, AppError> {
    let (owners, frame) = db
        .read(actor.does(Action::FacilityFormRead), async |tx| Ok((queries::owners(tx).await?, tx.frame().await?)))
        .await?;
    html::with(status, FormPage::new(Chrome::new(actor, Place::Facilities, here, &frame), owners, typed, errors))
}

/// `POST /facilities`
pub async fn create(actor: Actor, db: Data<Db>, here: Here, typed: Form<Typed>) -> Result<HttpResponse, AppError> {
    let id = Uuid::now_v7();
    let mut errors = Errors::new();
    let created = db
        .change(actor.does(Action::FacilityFormRead), actor.does(Action::FacilityCreate).on(id), async |tx| {
            let owners: Vec<_> = queries::owners(tx).await?.into_iter().map(|(id, _)| id).collect();
            match typed.check(&owners) {
                Ok(new) => queries::add(tx, id, &new).await.map_err(|error| taken(error, "site_code", &mut errors)),
                Err(found) => {
                    errors = found;
                    Err(incomplete())
                }
            }
        })
        .await;
    match created {
        Ok(()) => Ok(flash::tell(html::see(&format!("/facilities/{id}")), Done::FacilitySaved)),
        Err(AppError::Invalid(_)) if !errors.is_empty() => {
            form_page(&actor, &db, here, StatusCode::UNPROCESSABLE_ENTITY, typed.into_inner(), errors).await
        }
        Err(error) => Err(error),
    }
}

fn incomplete() -> AppError {
    AppError::Invalid("The form is not complete.".to_owned())
}

/// A name or a site code that something else has.
fn taken(error: AppError, field: &'static str, errors: &mut Errors) -> AppError {
    match error {
        AppError::Database(sqlx::Error::Database(error)) if error.is_unique_violation() => {
            errors.add(
                field,
                if field == "site_code" {
                    "Another facility has this site code"
                } else {
                    "This facility has a department of this name already"
                },
            );
            incomplete()
        }
        other => other,
    }
}

/// `GET /facilities/{id}`
pub async fn page(actor: Actor, db: Data<Db>, here: Here, Id(id): Id) -> Result<HttpResponse, AppError> {
    facility_page(&actor, &db, here, id, (StatusCode::OK, None, None, Errors::new())).await
}

async fn facility_page(
    actor: &Actor,
    db: &Db,
    here: Here,
    id: Uuid,
    (status, typed, department, errors): (StatusCode, Option<Typed>, Option<TypedDepartment>, Errors),
) -> Result<HttpResponse, AppError> {
    let (facility, departments, owners, frame) = db
        .read(actor.does(Action::FacilityRead).on(id), async |tx| {
            let facility = queries::one(tx, id, actor.id()).await?;
            Ok((facility, queries::departments(tx, id).await?, queries::owners(tx).await?, tx.frame().await?))
        })
        .await?;
    let chrome = Chrome::new(actor, Place::Facilities, here, &frame);
    html::with(status, FacilityPage::new(chrome, actor, facility, departments, owners, typed, department, errors))
}

/// `POST /facilities/{id}`
pub async fn update(
    actor: Actor,
    db: Data<Db>,
    here: Here,
    Id(id): Id,
    typed: Form<Typed>,
) -> Result<HttpResponse, AppError> {
    let mut errors = Errors::new();
    let changed = db
        .change(actor.does(Action::FacilityRead).on(id), actor.does(Action::FacilityUpdate).on(id), async |tx| {
            let facility = queries::one(tx, id, actor.id()).await?;
            let mut owners: Vec<_> = queries::owners(tx).await?.into_iter().map(|(id, _)| id).collect();
            owners.push(facility.privacy_owner_id);
            match typed.check(&owners) {
                Ok(new) => queries::update(tx, id, &new).await.map_err(|error| taken(error, "site_code", &mut errors)),
                Err(found) => {
                    errors = found;
                    Err(incomplete())
                }
            }
        })
        .await;
    match changed {
        Ok(()) => Ok(flash::tell(html::see(&format!("/facilities/{id}")), Done::FacilitySaved)),
        Err(AppError::Invalid(_)) if !errors.is_empty() => {
            let came = (StatusCode::UNPROCESSABLE_ENTITY, Some(typed.into_inner()), None, errors);
            facility_page(&actor, &db, here, id, came).await
        }
        Err(error) => Err(error),
    }
}

/// `POST /facilities/{id}/departments`: adds a department, or changes one.
pub async fn department(
    actor: Actor,
    db: Data<Db>,
    here: Here,
    Id(id): Id,
    typed: Form<TypedDepartment>,
) -> Result<HttpResponse, AppError> {
    let mut errors = Errors::new();
    let changed = db
        .change(actor.does(Action::FacilityRead).on(id), actor.does(Action::FacilityUpdate).on(id), async |tx| {
            queries::one(tx, id, actor.id()).await?;
            let known = match typed.department.as_str() {
                "" => None,
                text => Some(Uuid::try_parse(text).map_err(|_| AppError::NotFound)?),
            };
            match typed.check() {
                Ok(new) => queries::put_department(tx, id, known, &new)
                    .await
                    .map_err(|error| taken(error, "department_name", &mut errors)),
                Err(found) => {
                    errors = found;
                    Err(incomplete())
                }
            }
        })
        .await;
    match changed {
        Ok(()) => Ok(flash::tell(html::see(&format!("/facilities/{id}")), Done::FacilitySaved)),
        Err(AppError::Invalid(_)) if !errors.is_empty() => {
            let came = (StatusCode::UNPROCESSABLE_ENTITY, None, Some(typed.into_inner()), errors);
            facility_page(&actor, &db, here, id, came).await
        }
        Err(error) => Err(error),
    }
}
