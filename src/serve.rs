//! One running portal: checks that the database is safe to serve, runs the pages and the jobs, ends them together.

use std::net::TcpListener;

use chrono::{Datelike as _, Months, NaiveDate};
use tokio::sync::watch;
use uuid::Uuid;

use crate::app::Portal;
use crate::audit::{Worker, install};
use crate::auth::password;
use crate::clock;
use crate::config::Config;
use crate::features::{accounts, mappings, rules, search};
use crate::jobs;

/// Why the portal does not run.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The database is not safe to serve, or cannot be reached.
    #[error(transparent)]
    Database(#[from] install::InstallError),
    /// The address cannot be listened on.
    #[error("cannot listen on {0}: {1}")]
    Listen(std::net::SocketAddr, #[source] std::io::Error),
    /// Something of the server itself.
    #[error("{0}")]
    Server(Box<dyn std::error::Error>),
}

/// Serves until it is told to stop. `ready` is called once requests are answered, with the port.
///
/// # Errors
/// Says what is in the way, before anything is served.
pub async fn run(config: Config, ready: impl FnOnce(u16)) -> Result<(), ServeError> {
    install::check_role(&config.app_url).await?;
    let worker = match &config.worker_url {
        Some(url) => {
            install::check_role(url).await?;
            Some(Worker::lazy(url, 4).map_err(|error| ServeError::Server(error.into()))?)
        }
        None => None,
    };
    let listener = TcpListener::bind(config.listen).map_err(|error| ServeError::Listen(config.listen, error))?;
    let portal = Portal::build(listener, config.clone(), 2).map_err(ServeError::Server)?;
    std::thread::spawn(password::warm_up);
    let (stop, stopped) = watch::channel(false);
    if let Some(worker) = worker {
        actix_web::rt::spawn(make_months(worker.clone(), stopped.clone()));
        actix_web::rt::spawn(purge_sign_ups(worker.clone(), stopped.clone()));
        actix_web::rt::spawn(purge_searches(worker.clone(), stopped.clone()));
        actix_web::rt::spawn(jobs::run(worker, config.clone(), rules::after_batch, stopped.clone()));
    }
    actix_web::rt::spawn(sweep_samples(config, stopped));
    ready(portal.port());
    let result = portal.run().await;
    let _ = stop.send(true);
    result.map_err(|error| ServeError::Server(error.into()))
}

/// Deletes the sample files of mappings that were begun a day ago.
async fn sweep_samples(config: Config, mut stopped: watch::Receiver<bool>) {
    loop {
        let config = config.clone();
        let _ = tokio::task::spawn_blocking(move || mappings::sweep(&config)).await;
        tokio::select! {
            () = tokio::time::sleep(std::time::Duration::from_mins(30)) => {}
            _ = stopped.changed() => return,
        }
    }
}

/// Deletes requests for an account that were refused, or that nobody decided in time.
async fn purge_sign_ups(worker: Worker, mut stopped: watch::Receiver<bool>) {
    loop {
        if let Err(error) = accounts::purge(&worker).await {
            tracing::warn!(%error, "old requests for an account are not deleted");
        }
        tokio::select! {
            () = tokio::time::sleep(std::time::Duration::from_hours(6)) => {}
            _ = stopped.changed() => return,
        }
    }
}

/// Deletes what searches found a day ago.
async fn purge_searches(worker: Worker, mut stopped: watch::Receiver<bool>) {
    loop {
        if let Err(error) = search::purge(&worker).await {
            tracing::warn!(%error, "old searches are not deleted");
        }
        tokio::select! {
            () = tokio::time::sleep(std::time::Duration::from_hours(1)) => {}
            _ = stopped.changed() => return,
        }
    }
}

/// Keeps this month's and the next three months' partitions there.
async fn make_months(worker: Worker, mut stopped: watch::Receiver<bool>) {
    loop {
        let today = clock::now().date_naive();
        let first = NaiveDate::from_ymd_opt(today.year(), today.month(), 1).unwrap_or(today);
        for ahead in 0..4 {
            if let Err(error) = worker.make_partitions(first + Months::new(ahead), Uuid::now_v7()).await {
                tracing::error!(%error, "a partition could not be made");
            }
        }
        tokio::select! {
            () = tokio::time::sleep(std::time::Duration::from_hours(6)) => {}
            _ = stopped.changed() => return,
        }
    }
}
