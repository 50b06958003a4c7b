//! A search of accounts: the text is posted, what it found is kept for whoever asked, and the list is led to by an id.

use actix_web::HttpResponse;
use actix_web::web::{Data, Form};
use uuid::Uuid;

use super::super::filter::{Filter, Sought};
use super::super::queries::search as queries;
use super::list as page;
use crate::audit::{Actor, Db};
use crate::error::AppError;
use crate::policy::Action;
use crate::web::chrome::Here;
use crate::web::{Errors, html, list};

/// `POST /settings/accounts/search`
pub async fn search(actor: Actor, db: Data<Db>, here: Here, form: Form<Sought>) -> Result<HttpResponse, AppError> {
    let (id, words) = (Uuid::now_v7(), form.words());
    let intent = actor.does(Action::AccountSearchExecute).on(id);
    let (filter, list) = list::read::<Filter>(&db, intent.clone(), &form.kept()).await?;
    if words.iter().map(|word| word.chars().count()).max().unwrap_or(0) < 2 {
        let mut errors = Errors::new();
        errors.add("who", "Type at least two letters of a name, or a whole username, e-mail or employee number.");
        db.refuse_form(&intent).await?;
        return page::refused(&actor, &db, here, (filter, list), form.into_inner().who, errors).await;
    }
    db.change(intent, actor.does(Action::AccountSearchCreate).on(id), async |tx| {
        let found = queries::find(tx, &words).await?;
        queries::keep(tx, id, actor.id(), found).await
    })
    .await?;
    Ok(html::see(&list.with(&[("search", &id.to_string())])))
}
