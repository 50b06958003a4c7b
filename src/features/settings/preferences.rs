//! A person's own preferences: colors and single-key shortcuts.

use actix_web::HttpResponse;
use actix_web::web::{Data, Form};
use askama::Template;
use serde::Deserialize;

use crate::audit::{Actor, Db};
use crate::error::AppError;
use crate::policy::Action;
use crate::web::chrome::Here;
use crate::web::flash::{self, Done};
use crate::web::{Chrome, Place, html};

#[derive(Template)]
#[template(path = "settings/preferences.html")]
struct PreferencePage {
    chrome: Chrome,
}

/// What the form posts.
#[derive(Deserialize)]
pub struct Preferences {
    theme: Theme,
    shortcuts: Option<String>,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "lowercase")]
enum Theme {
    System,
    Light,
    Dark,
}

impl Theme {
    const fn as_str(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }
}

/// `GET /settings/preferences`
pub async fn form(actor: Actor, db: Data<Db>, here: Here) -> Result<HttpResponse, AppError> {
    let frame = db.read(actor.does(Action::PreferenceRead).on(actor.id()), async |tx| tx.frame().await).await?;
    html::ok(PreferencePage { chrome: Chrome::new(&actor, Place::Elsewhere, here, &frame) })
}

/// `POST /settings/preferences`
pub async fn save(actor: Actor, db: Data<Db>, form: Form<Preferences>) -> Result<HttpResponse, AppError> {
    let (id, theme, shortcuts) = (actor.id(), form.theme.as_str(), form.shortcuts.is_some());
    db.change(actor.does(Action::PreferenceRead).on(id), actor.does(Action::PreferenceUpdate).on(id), async |tx| {
        let update = sqlx::query!(
            "UPDATE portal.people SET theme = $2, shortcuts = $3, updated_at = now() WHERE id = $1",
            id,
            theme,
            shortcuts
        );
        if tx.run(update).await? == 1 { Ok(()) } else { Err(AppError::NotFound) }
    })
    .await?;
    Ok(flash::tell(html::see("/settings/preferences"), Done::PreferencesSaved))
}
