//! From a listener to a running server: middleware in order, then the features' routes.

use std::net::TcpListener;

use actix_web::dev::Server;
use actix_web::middleware::{Compress, from_fn};
use actix_web::web::{self, Data};
use actix_web::{App, HttpResponse, HttpServer};
use tracing_actix_web::TracingLogger;

use crate::audit::{Db, Sessions};
use crate::auth::{note_attendance, session_middleware};
use crate::config::Config;
use crate::error::AppError;
use crate::features;
use crate::telemetry::OpaqueSpan;
use crate::web::{assets, context, csrf, errors, unsent};

/// A form's body; files come through multipart with a limit of their own.
const FORM_LIMIT: usize = 256 * 1024;

/// The running portal.
pub struct Portal {
    server: Server,
    port: u16,
}

impl Portal {
    /// Builds the server on a bound listener. Nothing is connected yet.
    ///
    /// # Errors
    /// When a URL cannot be read or the listener cannot be used.
    pub fn build(listener: TcpListener, config: Config, workers: usize) -> Result<Self, Box<dyn std::error::Error>> {
        let port = listener.local_addr()?.port();
        let db = Db::lazy(&config.app_url, config.max_connections)?;
        let sessions = Data::new(Sessions::new(db.clone()));
        let throttle = Data::new(features::sign_in::Throttle::default());
        let db = Data::new(db);
        let config = Data::new(config);
        let server = HttpServer::new(move || {
            let session = session_middleware(Sessions::clone(&sessions), &config.keys, config.plain_http);
            // the last wrap is the first to see a request
            let pages = web::scope("")
                .wrap(from_fn(unsent::keep))
                .wrap(from_fn(csrf::refuse_cross_site))
                .wrap(from_fn(errors::answer_errors))
                .wrap(session)
                .wrap(from_fn(note_attendance))
                .wrap(from_fn(errors::answer_broken_session))
                .configure(features::routes)
                .default_service(web::to(nowhere));
            App::new()
                .app_data(db.clone())
                .app_data(sessions.clone())
                .app_data(throttle.clone())
                .app_data(config.clone())
                .app_data(web::FormConfig::default().limit(FORM_LIMIT))
                .wrap(from_fn(context::note_request))
                .wrap(Compress::default())
                .wrap(TracingLogger::<OpaqueSpan>::new())
                // these load no session: they answer whatever becomes of the database
                .route("/healthz", web::get().to(healthz))
                .route("/readyz", web::get().to(readyz))
                .configure(assets::routes)
                .service(pages)
        })
        .workers(workers)
        .shutdown_timeout(10)
        .client_request_timeout(std::time::Duration::from_secs(15))
        .listen(listener)?
        .run();
        Ok(Self { server, port })
    }

    /// The port it listens on.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// Serves until it is told to stop.
    ///
    /// # Errors
    /// When the listener fails.
    pub async fn run(self) -> std::io::Result<()> {
        self.server.await
    }

    /// The server, to spawn it beside something else.
    pub fn into_server(self) -> Server {
        self.server
    }
}

/// The process lives.
async fn healthz() -> HttpResponse {
    HttpResponse::Ok().content_type("text/plain; charset=utf-8").body("alive\n")
}

/// The database answers and the trail can be written.
async fn readyz(db: Data<Db>) -> HttpResponse {
    match db.ready().await {
        Ok(true) => HttpResponse::Ok().content_type("text/plain; charset=utf-8").body("ready\n"),
        _ => HttpResponse::ServiceUnavailable()
            .content_type("text/plain; charset=utf-8")
            .body("the trail cannot be written\n"),
    }
}

/// An address that is no page: the same words as a row out of scope.
async fn nowhere() -> Result<HttpResponse, AppError> {
    Err(AppError::NotFound)
}
