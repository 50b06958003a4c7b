//! `POST /imports/{id}/retry`: an import or a withdrawal that stopped goes on, without its file being sent again.

use actix_web::HttpResponse;
use actix_web::web::Data;
use uuid::Uuid;

use crate::audit::{Actor, Db};
use crate::config::Config;
use crate::error::AppError;
use crate::features::imports::queries::{self, withdraw};
use crate::policy::Action;
use crate::spool;
use crate::web::flash::{self, Done};
use crate::web::{Id, html};

/// Whether a batch's file is still on this server.
pub(super) fn file_waits(config: &Config, batch: Uuid) -> bool {
    spool::path(&config.spool_dir, batch).exists()
}

/// `POST /imports/{id}/retry`
pub async fn retry(actor: Actor, db: Data<Db>, config: Data<Config>, Id(id): Id) -> Result<HttpResponse, AppError> {
    let mut failed = false;
    let taken_up = db
        .change(actor.does(Action::ImportFormRead).on(id), actor.does(Action::ImportRetry).on(id), async |tx| {
            failed = withdraw::withdrawable(tx, id, actor.id()).await?.state == "failed";
            if failed && !file_waits(&config, id) {
                return Err(AppError::Conflict);
            }
            queries::take_up(tx, id, actor.request_id()).await
        })
        .await;
    let report = html::see(&format!("/imports/{id}"));
    match taken_up {
        Ok(()) => Ok(flash::tell(report, if failed { Done::ImportQueued } else { Done::WithdrawalTakenUp })),
        // under way already, or its file is gone: the report says which
        Err(AppError::Conflict) => Ok(report),
        Err(error) => Err(error),
    }
}
