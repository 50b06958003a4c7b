//! The command line: `serve`, `demo`, `migrate`, `import`, `user create`. Settings are environment variables, flags
//! override them; what goes wrong is one sentence on standard error.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "the command line speaks to a person")]

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};
use hipaa_auditor::audit::{self, Worker};
use hipaa_auditor::config::{self, Config};
use hipaa_auditor::features::{accounts, imports, rules};
use hipaa_auditor::ingest::presets;
use hipaa_auditor::policy::Role;
use hipaa_auditor::{demo, listener, serve, telemetry};

type Failure = Box<dyn std::error::Error>;

/// The portal a hospital's privacy office opens every morning.
#[derive(Parser)]
#[command(name = "hipaa-auditor", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve the portal.
    Serve {
        /// Address and port.
        #[arg(long, env = "HIPAA_AUDITOR_LISTEN")]
        listen: Option<std::net::SocketAddr>,
    },
    /// Try it: a private Postgres with a small hospital group, on loopback only.
    Demo(DemoArgs),
    /// Bring a database up to date.
    Migrate {
        /// A superuser's URL at install and when the trail's guard changes, else the migrator's.
        #[arg(long, env = "OWNER_DATABASE_URL", hide_env_values = true)]
        owner_url: String,
    },
    /// Import access log exports.
    Import {
        /// The source system, as it is named in the portal.
        #[arg(long)]
        source: String,
        /// A mapping file; without it the source's own, or the built-in preset.
        #[arg(long)]
        mapping: Option<PathBuf>,
        /// The files; - for standard input.
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
    /// Take audit messages by syslog over TCP or TLS, and import them.
    Listen(ListenArgs),
    /// Print a built-in mapping as a document, to change it and give it to `import --mapping`.
    Mapping {
        /// Which; without it their names.
        #[arg(long)]
        preset: Option<String>,
    },
    /// Accounts.
    User {
        #[command(subcommand)]
        command: UserCommand,
    },
    /// Print the audit vocabulary as SQL, for a vocabulary migration.
    #[command(hide = true)]
    Vocabulary,
}

#[derive(Args)]
struct DemoArgs {
    /// Forget everything and start over.
    #[arg(long)]
    reset: bool,
    /// The port on 127.0.0.1.
    #[arg(long, env = "HIPAA_AUDITOR_PORT", default_value_t = 8080)]
    port: u16,
    /// Where the demo keeps its data.
    #[arg(long, env = "HIPAA_AUDITOR_DATA_DIR")]
    data_dir: Option<PathBuf>,
}

#[derive(Args)]
struct ListenArgs {
    /// The source that the messages come from, as it is named in the portal.
    #[arg(long, env = "HIPAA_AUDITOR_LISTEN_SOURCE")]
    source: String,
    /// Address and port.
    #[arg(long, env = "HIPAA_AUDITOR_LISTEN_ADDRESS", default_value = "127.0.0.1:6514")]
    address: std::net::SocketAddr,
    /// The certificate, with those that lead to its authority, in PEM.
    #[arg(long, env = "HIPAA_AUDITOR_LISTEN_CERTIFICATE", requires = "key")]
    certificate: Option<PathBuf>,
    /// Its private key, in PEM.
    #[arg(long, env = "HIPAA_AUDITOR_LISTEN_KEY", requires = "certificate")]
    key: Option<PathBuf>,
    /// Only clients with a certificate of these authorities, in PEM, may speak.
    #[arg(long, env = "HIPAA_AUDITOR_LISTEN_CLIENT_CA", requires = "certificate")]
    client_ca: Option<PathBuf>,
    /// Take clear text from other machines, because the network itself is encrypted.
    #[arg(long)]
    without_tls: bool,
    /// After so many seconds at the latest what was taken over is imported.
    #[arg(long, env = "HIPAA_AUDITOR_LISTEN_SEGMENT_SECONDS", default_value_t = 30)]
    segment_seconds: u64,
    /// Connections at a time.
    #[arg(long, env = "HIPAA_AUDITOR_LISTEN_CONNECTIONS", default_value_t = 256)]
    connections: usize,
    /// Connections at a time from one address.
    #[arg(long, env = "HIPAA_AUDITOR_LISTEN_CONNECTIONS_PER_PEER", default_value_t = 32)]
    connections_per_peer: usize,
    /// How many seconds a connection may say nothing between two messages.
    #[arg(long, env = "HIPAA_AUDITOR_LISTEN_IDLE_SECONDS", default_value_t = 3600)]
    idle_seconds: u64,
    /// How many seconds it may take for its first byte, and for a message that it has begun.
    #[arg(long, env = "HIPAA_AUDITOR_LISTEN_STALL_SECONDS", default_value_t = 30)]
    stall_seconds: u64,
    /// How many bytes may wait to be imported; beyond it no connection is read.
    #[arg(long, env = "HIPAA_AUDITOR_LISTEN_BACKLOG_BYTES", default_value_t = 4 * 1024 * 1024 * 1024)]
    backlog_bytes: u64,
    /// How often importing a segment is tried, with a database that answers, before it is set aside.
    #[arg(long, env = "HIPAA_AUDITOR_LISTEN_SEGMENT_TRIES", default_value_t = 10)]
    segment_tries: u32,
    /// The longest message, in bytes.
    #[arg(long, env = "HIPAA_AUDITOR_LISTEN_MESSAGE_BYTES", default_value_t = 1024 * 1024)]
    message_bytes: usize,
}

impl ListenArgs {
    fn read(self) -> listener::Settings {
        let client_ca = self.client_ca;
        listener::Settings {
            address: self.address,
            source: self.source,
            tls: self.certificate.zip(self.key).map(|(certificate, key)| listener::Tls { certificate, key, client_ca }),
            clear_text: self.without_tls,
            segment: listener::Segment {
                age: Duration::from_secs(self.segment_seconds.clamp(1, 3600)),
                bytes: 5 * 1024 * 1024,
                backlog: self.backlog_bytes,
            },
            tries: self.segment_tries.max(1),
            max_connections: self.connections.clamp(1, 10_000),
            max_per_peer: self.connections_per_peer.max(1),
            idle: Duration::from_secs(self.idle_seconds.max(1)),
            stall: Duration::from_secs(self.stall_seconds.max(1)),
            max_message: self.message_bytes.clamp(1024, 16 * 1024 * 1024),
        }
    }
}

#[derive(Subcommand)]
enum UserCommand {
    /// Create an account; the password is read from standard input.
    Create {
        /// To sign in with.
        #[arg(long)]
        username: String,
        /// As colleagues know them.
        #[arg(long)]
        full_name: String,
        /// `auditor`, `coordinator`, `field_staff`, `manager` or `admin`.
        #[arg(long, value_parser = role)]
        role: Role,
        /// The organisation's name, needed for the very first account.
        #[arg(long)]
        organisation: Option<String>,
        /// The organisation's time zone.
        #[arg(long, default_value = "America/New_York")]
        time_zone: String,
        /// A coordinator works for every facility.
        #[arg(long)]
        all_facilities: bool,
        #[command(flatten)]
        engagement: EngagementArgs,
    },
}

/// An auditor's engagement.
#[derive(Args)]
struct EngagementArgs {
    /// An auditor may read until this day.
    #[arg(long, requires_all = ["period_from", "period_to"])]
    until: Option<chrono::NaiveDate>,
    /// The first day the engagement is about.
    #[arg(long)]
    period_from: Option<chrono::NaiveDate>,
    /// The last day the engagement is about.
    #[arg(long)]
    period_to: Option<chrono::NaiveDate>,
    /// Show the auditor patient ids in full.
    #[arg(long)]
    full_patient_ids: bool,
}

impl EngagementArgs {
    fn read(&self) -> Option<accounts::Engagement> {
        let (until, period_from, period_to) = (self.until?, self.period_from?, self.period_to?);
        Some(accounts::Engagement { until, period_from, period_to, full_patient_ids: self.full_patient_ids })
    }
}

fn role(word: &str) -> Result<Role, String> {
    Role::parse(word).ok_or_else(|| "use auditor, coordinator, field_staff, manager or admin".to_owned())
}

#[actix_web::main]
async fn main() -> ExitCode {
    telemetry::start();
    match run(Cli::parse().command).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("hipaa-auditor: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(command: Command) -> Result<(), Failure> {
    match command {
        Command::Serve { listen } => {
            let mut config = Config::from_env()?;
            config.listen = listen.unwrap_or(config.listen);
            let address = config.listen.ip();
            serve::run(config, |port| println!("listening on {}", std::net::SocketAddr::new(address, port))).await?;
        }
        Command::Demo(args) => {
            let data_dir = args.data_dir.unwrap_or_else(default_data_dir);
            demo::run(demo::Options { reset: args.reset, port: args.port, data_dir }).await?;
        }
        Command::Migrate { owner_url } => {
            let missing = audit::install::migrate(&owner_url).await?;
            println!("the database is up to date");
            for protection in missing {
                println!("missing here: {protection}");
            }
        }
        Command::Import { source, mapping, files } => {
            let config = Config::for_worker()?;
            let worker = Worker::lazy(config.worker_url.as_deref().unwrap_or_default(), 2)?;
            for report in
                imports::import_files(&worker, &config, &source, mapping.as_deref(), &files, rules::after_batch).await?
            {
                println!("{report}");
            }
        }
        Command::Listen(args) => {
            let config = Config::for_worker()?;
            listener::run(config, args.read(), rules::after_batch, |address| {
                println!("listening for syslog on {address}");
            })
            .await?;
        }
        Command::User {
            command:
                UserCommand::Create { username, full_name, role, organisation, time_zone, all_facilities, engagement },
        } => {
            let worker = Worker::lazy(&config::required("WORKER_DATABASE_URL")?, 1)?;
            let password = accounts::read_password()?;
            let engagement = engagement.read();
            let account =
                accounts::NewAccount { username, full_name, role, organisation, time_zone, all_facilities, engagement };
            accounts::create(&worker, &account, password).await?;
            println!("created {}, {}", account.username, account.role.label());
        }
        Command::Mapping { preset } => print_mapping(preset.as_deref())?,
        Command::Vocabulary => print!("{}", audit::vocabulary::as_sql()),
    }
    Ok(())
}

/// A preset's document, or the names of all.
fn print_mapping(name: Option<&str>) -> Result<(), Failure> {
    let Some(name) = name else {
        for preset in presets::all() {
            println!("{:<24}{}", preset.name, preset.label);
        }
        return Ok(());
    };
    let preset = presets::by_name(name).ok_or("there is no preset of this name; `hipaa-auditor mapping` lists them")?;
    println!("{}", serde_json::to_string_pretty(&preset.spec)?);
    Ok(())
}

/// Root keeps the demo where the system user that runs Postgres can reach it: never below a private home.
fn default_data_dir() -> PathBuf {
    let home = std::env::var_os("HOME").map(PathBuf::from);
    let is_root = home.as_deref() == Some(std::path::Path::new("/root"));
    match home {
        Some(home) if !is_root => std::env::var_os("XDG_DATA_HOME")
            .map_or_else(|| home.join(".local/share"), PathBuf::from)
            .join("hipaa-auditor-demo"),
        _ => PathBuf::from("/var/lib/hipaa-auditor-demo"),
    }
}
