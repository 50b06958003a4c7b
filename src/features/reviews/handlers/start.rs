//! The form that starts a review, and its post.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Form, Query};
use uuid::Uuid;

use super::super::model::{Begun, Typed};
use super::super::queries::start::{self as starting, Offer};
use super::super::views::form::FormPage;
use crate::audit::{Actor, Db, Frame};
use crate::clock;
use crate::error::AppError;
use crate::policy::{Action, Scope, scope_for};
use crate::web::chrome::Here;
use crate::web::flash::{self, Done};
use crate::web::{Chrome, Errors, Place, filters, html};
use crate::words::ReviewDone;

type Pairs = Vec<(String, String)>;

fn everybody(actor: &Actor) -> bool {
    scope_for(actor.role(), Action::ReviewFormRead) == Some(Scope::All)
}

/// What the form shows, under its own event.
async fn prepare(db: &Db, actor: &Actor, begun: Begun) -> Result<(Frame, Offer), AppError> {
    db.read(actor.does(Action::ReviewFormRead), async |tx| {
        let offer = starting::offer(tx, begun, everybody(actor)).await?;
        for (resource, named) in
            [("patient", &offer.patient), ("person", &offer.person), ("complaint", &offer.complaint)]
        {
            tx.shown(resource, &named.iter().map(|(id, _)| *id).collect::<Vec<_>>()).await?;
        }
        Ok((tx.frame().await?, offer))
    })
    .await
}

/// `GET /reviews/new?patient=…`, `?person=…`, `?complaint=…`, `?patient=…&kind=watch_list`
pub async fn form(actor: Actor, db: Data<Db>, here: Here, query: Query<Pairs>) -> Result<HttpResponse, AppError> {
    let begun = filters::accepted(&db, actor.does(Action::ReviewFormRead), Begun::parse(&query)).await?;
    let (frame, offer) = prepare(&db, &actor, begun).await?;
    let chrome = Chrome::new(&actor, Place::Reviews, here, &frame);
    let typed = Typed::fresh(begun.kind, clock::today_in(&actor.identity().time_zone));
    html::ok(FormPage::new(chrome, &actor, begun, offer, Uuid::now_v7(), typed, Errors::new()))
}

/// What a form posts.
struct Posted {
    begun: Begun,
    key: Uuid,
    typed: Typed,
}

impl Posted {
    fn parse(pairs: &[(String, String)]) -> Result<Self, AppError> {
        let field = |name: &str| {
            pairs.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone()).unwrap_or_default()
        };
        let key = Uuid::try_parse(&field("form_key"));
        Ok(Self {
            begun: Begun::parse(pairs)?,
            key: key.map_err(|_| {
                AppError::Invalid("The form is incomplete. Open it again and send it from there.".to_owned())
            })?,
            typed: Typed { from: field("from"), to: field("to"), reason: field("reason"), line: field("line") },
        })
    }
}

/// `POST /reviews`
pub async fn start(actor: Actor, db: Data<Db>, here: Here, pairs: Form<Pairs>) -> Result<HttpResponse, AppError> {
    let posted = filters::accepted(&db, actor.does(Action::ReviewStart), Posted::parse(&pairs)).await?;
    let (id, today) = (Uuid::now_v7(), clock::today_in(&actor.identity().time_zone));
    let (mut first, mut refused) = (None, None);
    let (reads, writes) = (actor.does(Action::ReviewFormRead), actor.does(Action::ReviewStart).on(id));
    let started = db
        .change(reads, writes, async |tx| {
            first = tx.made_before("review", actor.id(), posted.key, id).await?;
            if first.is_some() {
                return Err(AppError::Conflict);
            }
            let offer = starting::offer(tx, posted.begun, everybody(&actor)).await?;
            let errors = match posted.typed.check(today) {
                Ok(new) => match starting::start(tx, id, &offer, &new).await? {
                    Ok(_) => return Ok(()),
                    Err(obstacle) => obstacle.errors(),
                },
                Err(errors) => errors,
            };
            refused = Some(errors);
            Err(AppError::Invalid(String::new()))
        })
        .await;
    match (started, first, refused) {
        (Ok(()), ..) => Ok(told(id)),
        (Err(AppError::Conflict), Some(first), _) => Ok(html::see(&format!("/reviews/{first}"))),
        (Err(AppError::Invalid(_)), _, Some(errors)) => {
            let (frame, offer) = prepare(&db, &actor, posted.begun).await?;
            let chrome = Chrome::new(&actor, Place::Reviews, here, &frame);
            let page = FormPage::new(chrome, &actor, posted.begun, offer, posted.key, posted.typed, errors);
            html::with(StatusCode::UNPROCESSABLE_ENTITY, page)
        }
        (Err(error), ..) => Err(error),
    }
}

fn told(id: Uuid) -> HttpResponse {
    flash::tell(html::see(&format!("/reviews/{id}")), Done::Review(ReviewDone::Started))
}
