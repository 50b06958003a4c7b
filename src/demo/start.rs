//! Starts the demo: private Postgres, schema, organisation, access log, past decisions, then the portal. Everything but
//! the portal is done once; a data folder that was cut off in the middle is begun again.

use std::fs;
use std::io::Write as _;
use std::net::{Ipv4Addr, SocketAddr};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use chrono::NaiveDate;

use super::activity::Export;
use super::{ARCHIVE, PASSWORD, SOURCE, activity, asked, organisation, past, second, seed};
use crate::audit::{Db, Worker, install};
use crate::auth::password::random_token;
use crate::clock;
use crate::config::{Config, Keys, SecondFactor};
use crate::features::{imports, rules};
use crate::postgres::{self, Server};
use crate::serve;

/// What the command line or the environment asks for.
pub struct Options {
    /// Forget everything and start over.
    pub reset: bool,
    /// The port on 127.0.0.1.
    pub port: u16,
    /// Where the demo keeps its data.
    pub data_dir: PathBuf,
}

/// Why the demo did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The private Postgres.
    #[error(transparent)]
    Postgres(#[from] postgres::PostgresError),
    /// The schema.
    #[error(transparent)]
    Install(#[from] install::InstallError),
    /// A statement.
    #[error("the demo's database: {}", crate::error::describe(.0))]
    Database(#[from] sqlx::Error),
    /// Filling it.
    #[error("the demo's data: {0}")]
    Fill(#[from] crate::error::AppError),
    /// The importer.
    #[error("the demo's import: {0}")]
    Import(#[from] imports::ImportError),
    /// A file of the data folder.
    #[error("{path}: {cause}")]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        cause: std::io::Error,
    },
    /// The portal.
    #[error(transparent)]
    Serve(#[from] serve::ServeError),
    /// A setting.
    #[error(transparent)]
    Config(#[from] crate::config::ConfigError),
}

/// The secrets of one data folder.
struct Secrets {
    app: String,
    worker: String,
    portal: String,
}

/// Runs the demo until it is told to stop.
///
/// # Errors
/// Says what is in the way and where.
pub async fn run(options: Options) -> Result<(), StartError> {
    let dir = options.data_dir;
    if options.reset {
        postgres::erase(&dir).await?;
    }
    let server = Server::start(postgres::Options { data_dir: dir.clone(), durable: true, max_connections: 60 }).await?;
    let secrets = secrets(&dir)?;
    let filled = dir.join("filled");
    if !filled.exists() {
        prepare_database(&server, &secrets).await?;
    }
    let config = config(&server, &secrets, &dir, options.port)?;
    keep(&dir.join("app-url"), &config.app_url)?;
    keep(&dir.join("owner-url"), &server.superuser_url("portal"))?;
    if !filled.exists() {
        let today = clock::today_in("America/New_York");
        fill(&config, &dir, today, &activity::exports(&organisation::organisation(today), today)).await?;
        keep(&filled, "the demo's data is complete\n")?;
    }
    serve::run(config, |port| announce(port, &dir)).await?;
    server.stop().await;
    Ok(())
}

async fn prepare_database(server: &Server, secrets: &Secrets) -> Result<(), StartError> {
    say("Preparing the database");
    install::make_database(&server.superuser_url("postgres"), "portal").await?;
    let url = server.superuser_url("portal");
    install::migrate(&url).await?;
    install::set_passwords(&url, &[("portal_app", &secrets.app), ("portal_worker", &secrets.worker)]).await?;
    Ok(())
}

/// Fills a migrated, empty database: the organisation, these exports through the real importer, and what its privacy
/// office has already decided. The files stand in `dir` while they are imported.
///
/// # Errors
/// Says which part failed; the database is then to be begun again.
pub async fn fill(config: &Config, dir: &Path, today: NaiveDate, exports: &[Export]) -> Result<(), StartError> {
    let organisation = organisation::organisation(today);
    let worker = Worker::lazy(config.worker_url.as_deref().unwrap_or_default(), 2)?;
    say("Writing the organisation");
    seed::fill(&worker, &config.keys, &organisation, today).await?;
    // whom the office watches is known before the last days come in
    let (before, newest) = exports.split_at(exports.len().saturating_sub(1));
    import(config, &worker, SOURCE, before, dir).await?;
    let db = Db::lazy(&config.app_url, 2)?;
    past::watch(&db, &config.keys, &organisation, &activity::watched(&organisation)).await?;
    import(config, &worker, SOURCE, newest, dir).await?;
    import(config, &worker, ARCHIVE, &[activity::archive(&organisation, today)], dir).await?;
    let decisions = activity::past_decisions(&organisation, today);
    let decided = past::decide(&db, &config.keys, &organisation, &decisions).await?;
    say(&format!("Decided {decided} of its cases"));
    second::look_again(&db, &config.keys, &organisation).await?;
    let asked = asked::ask(&db, &worker, &config.keys, &organisation, today).await?;
    say(&format!("Asked {asked} questions"));
    db.close().await;
    worker.close().await;
    Ok(())
}

/// The exports go through the real importer, file by file, as a coordinator's would.
async fn import(
    config: &Config,
    worker: &Worker,
    source: &str,
    exports: &[Export],
    dir: &Path,
) -> Result<(), StartError> {
    let folder = dir.join("exports");
    fs::create_dir_all(&folder).map_err(|cause| StartError::File { path: folder.clone(), cause })?;
    let mut files = Vec::new();
    for export in exports {
        let path = folder.join(&export.file_name);
        keep(&path, &export.text)?;
        files.push(path);
    }
    say(&format!("Importing {} access log exports of {source}", files.len()));
    let reports = imports::import_files(worker, config, source, None, &files, rules::after_batch).await?;
    let stored: i64 = reports.iter().map(|report| report.progress.stored).sum();
    say(&format!("Imported {stored} access rows"));
    // the files name patients; nothing of that outlives the import
    fs::remove_dir_all(&folder).map_err(|cause| StartError::File { path: folder, cause })
}

fn config(server: &Server, secrets: &Secrets, dir: &Path, port: u16) -> Result<Config, StartError> {
    let url = |role: &str, password: &str| format!("postgres://{role}:{password}@127.0.0.1:{}/portal", server.port());
    Ok(Config {
        app_url: url("portal_app", &secrets.app),
        worker_url: Some(url("portal_worker", &secrets.worker)),
        listen: SocketAddr::from((Ipv4Addr::LOCALHOST, port)),
        spool_dir: dir.join("spool"),
        keys: Keys::new(&secrets.portal)?,
        trusted_proxies: Vec::new(),
        plain_http: true,
        max_connections: 16,
        second_factor: SecondFactor::Off,
    })
}

fn secrets(dir: &Path) -> Result<Secrets, StartError> {
    let secret = |name: &str| {
        let path = dir.join(name);
        match fs::read_to_string(&path) {
            Ok(text) => Ok(text),
            Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => {
                let text = random_token();
                keep(&path, &text)?;
                Ok(text)
            }
            Err(cause) => Err(StartError::File { path, cause }),
        }
    };
    Ok(Secrets { app: secret("app-password")?, worker: secret("worker-password")?, portal: secret("portal-secret")? })
}

/// Writes a file that only its owner reads.
fn keep(path: &Path, text: &str) -> Result<(), StartError> {
    let write = || {
        let mut file = fs::OpenOptions::new().create(true).write(true).truncate(true).mode(0o600).open(path)?;
        file.write_all(text.as_bytes())
    };
    write().map_err(|cause| StartError::File { path: path.to_owned(), cause })
}

fn announce(port: u16, dir: &Path) {
    say(&format!("\nThe demo is at http://127.0.0.1:{port}\n"));
    say(&format!(
        "  sign in as   manager, manager2, coordinator, auditor, field_staff or admin\n  password     {PASSWORD}\n"
    ));
    say(&format!("  its data     {}\n  stop it      Ctrl-C; --reset starts over\n", dir.display()));
}

#[allow(clippy::print_stdout, reason = "the command line speaks to a person")]
fn say(line: &str) {
    println!("{line}");
}
