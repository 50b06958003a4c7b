//! Declare the intent, run one block, build a view, answer.

use actix_web::HttpResponse;
use actix_web::web::{Data, Form};
use askama::Template;
use serde::Deserialize;
use uuid::Uuid;

use super::queries::{self, Found};
use crate::audit::{Actor, Db};
use crate::error::AppError;
use crate::policy::Action;
use crate::web::chrome::Here;
use crate::web::{Chrome, Id, Place, forms, html};

/// The longest search, in characters.
const LONGEST: usize = 100;

#[derive(Template)]
#[template(path = "search/result.html")]
struct ResultPage {
    chrome: Chrome,
    found: Vec<Found>,
    cut_off: bool,
}

/// What the find box posts.
#[derive(Deserialize)]
pub struct Query {
    #[serde(default)]
    q: String,
}

/// `POST /search`: finds, keeps the ids, and leads to them.
pub async fn search(actor: Actor, db: Data<Db>, query: Form<Query>) -> Result<HttpResponse, AppError> {
    let id = Uuid::now_v7();
    let text: String = forms::line(&query.q).chars().take(LONGEST).collect();
    db.change(
        actor.does(Action::SearchQueryExecute).on(id),
        actor.does(Action::SearchResultCreate).on(id),
        async |tx| {
            let mut found = if text.is_empty() { Vec::new() } else { queries::find(tx, &text).await? };
            let limit = usize::try_from(queries::LIMIT).unwrap_or(50);
            let cut_off = found.len() > limit;
            found.truncate(limit);
            queries::keep(tx, id, actor.id(), &found, cut_off).await
        },
    )
    .await?;
    Ok(html::see(&format!("/search/{id}")))
}

/// `GET /search/{id}`
pub async fn result(actor: Actor, db: Data<Db>, here: Here, id: Id) -> Result<HttpResponse, AppError> {
    let (frame, (found, cut_off)) = db
        .read(actor.does(Action::SearchResultRead).on(id.0), async |tx| {
            let kept = queries::kept(tx, id.0).await?;
            for kind in ["review_case", "finding", "person"] {
                let ids: Vec<_> = kept.0.iter().filter(|item| item.resource() == kind).map(|item| item.id).collect();
                tx.shown(kind, &ids).await?;
            }
            Ok((tx.frame().await?, kept))
        })
        .await?;
    html::ok(ResultPage { chrome: Chrome::new(&actor, Place::Elsewhere, here, &frame), found, cut_off })
}

impl Found {
    fn href(&self) -> String {
        match self.kind.as_str() {
            "case" => format!("/access-logs/cases/{}", self.id),
            "finding" => format!("/findings/{}", self.id),
            _ => format!("/people/{}", self.id),
        }
    }

    fn resource(&self) -> &'static str {
        match self.kind.as_str() {
            "case" => "review_case",
            "finding" => "finding",
            _ => "person",
        }
    }

    fn icon(&self) -> &'static str {
        match self.kind.as_str() {
            "case" => "list-search",
            "finding" => "flag",
            _ => "user",
        }
    }
}
