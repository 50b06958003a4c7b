//! A Postgres that keeps what it was told and the portal as an operator runs it, both of which can be killed and started again
//! where they were.

use std::io::{BufRead as _, BufReader};
use std::net::{Ipv4Addr, TcpListener};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use hipaa_auditor::audit::install;
use hipaa_auditor::auth::password;
use hipaa_auditor::postgres::{Options, Server};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};

const DATABASE: &str = "force";
const SECRET: &str = "a secret of this run alone, long enough for every key";
/// How long anything may take to be there again.
const PATIENCE: Duration = Duration::from_secs(60);

/// What the run is about: who signs in, what they fight over, what is imported.
pub struct Setup {
    pub users: Vec<String>,
    pub password: &'static str,
    /// The cases, as a query that gives their ids.
    pub cases: String,
    pub source: uuid::Uuid,
    /// The nth file that is imported, and how many rows it has.
    pub file: fn(u32) -> String,
    pub rows: i64,
    /// The day since which the source has no other rows.
    pub first_day: &'static str,
    /// Whether the machine may be so slow that somebody is told to come back: 503 says that nothing was done, and it is held
    /// to that.
    pub slow: bool,
}

/// Postgres, the portal and their folder.
pub struct Place {
    pub port: u16,
    dir: tempfile::TempDir,
    options: Options,
    server: Option<Server>,
    postgres_port: u16,
    token: String,
    portal: Option<Child>,
}

impl Place {
    /// An empty, migrated database.
    pub async fn new(max_connections: u16) -> Self {
        let dir = tempfile::tempdir().expect("a folder");
        let options = Options { data_dir: dir.path().join("postgres"), durable: true, max_connections };
        let server = Server::start(options.clone()).await.expect("a Postgres");
        let (url, token) = (server.superuser_url(DATABASE), password::random_token());
        install::make_database(&server.superuser_url("postgres"), DATABASE).await.expect("a database");
        install::migrate(&url).await.expect("migrates");
        let roles = [("portal_app", token.as_str()), ("portal_worker", token.as_str())];
        install::set_passwords(&url, &roles).await.expect("passwords");
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|listener| listener.local_addr());
        let port = port.expect("a free port").port();
        Self { port, dir, options, postgres_port: server.port(), server: Some(server), token, portal: None }
    }

    /// As a superuser, to set up and to look behind the door.
    pub fn superuser_url(&self) -> String {
        self.server.as_ref().expect("Postgres runs").superuser_url(DATABASE)
    }

    pub async fn superuser(&self) -> PgConnection {
        PgConnection::connect(&self.superuser_url()).await.expect("connects")
    }

    pub async fn sql(&self, sql: &str) {
        let mut conn = self.superuser().await;
        if let Err(error) = sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(&mut conn).await {
            panic!("{error}: {}", sql.chars().take(400).collect::<String>());
        }
    }

    pub async fn value<T>(&self, sql: &str) -> T
    where
        T: Send + Unpin + for<'r> sqlx::Decode<'r, sqlx::Postgres> + sqlx::Type<sqlx::Postgres>,
    {
        let mut conn = self.superuser().await;
        let value = sqlx::query_scalar(AssertSqlSafe(sql.to_owned())).fetch_one(&mut conn).await;
        value.unwrap_or_else(|error| panic!("{sql}: {error}"))
    }

    /// Until something is so.
    pub async fn until(&self, question: &str, patience: Duration) {
        let begun = Instant::now();
        while !self.value::<bool>(question).await {
            assert!(begun.elapsed() < patience, "never: {question}");
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
    }

    fn url(&self, role: &str) -> String {
        format!("postgres://{role}:{}@127.0.0.1:{}/{DATABASE}", self.token, self.postgres_port)
    }

    fn spool(&self) -> PathBuf {
        self.dir.path().join("spool")
    }

    /// `serve`, always on the same port.
    pub fn start_portal(&mut self) {
        std::fs::create_dir_all(self.spool()).expect("a folder");
        let mut child = Command::new(env!("CARGO_BIN_EXE_hipaa-auditor"))
            .args(["serve", "--listen", &format!("127.0.0.1:{}", self.port)])
            .env("DATABASE_URL", self.url("portal_app"))
            .env("WORKER_DATABASE_URL", self.url("portal_worker"))
            .env("HIPAA_AUDITOR_SECRET", SECRET)
            .env("HIPAA_AUDITOR_SPOOL_DIR", self.spool())
            .env("HIPAA_AUDITOR_SECOND_FACTOR", "off")
            .env("RUST_LOG", std::env::var("HIPAA_AUDITOR_FORCE_LOG").unwrap_or_else(|_| "off".to_owned()))
            .stdout(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let mut said = String::new();
        BufReader::new(child.stdout.take().expect("its output")).read_line(&mut said).expect("a line");
        assert!(said.starts_with("listening on "), "it says where it listens: {said}");
        self.portal = Some(child);
    }

    /// SIGKILL: no handler of the program's runs.
    pub fn kill_portal(&mut self) {
        let mut child = self.portal.take().expect("it runs");
        child.kill().expect("SIGKILL");
        child.wait().expect("its end");
    }

    /// SIGKILL for the postmaster and all of its children at once, as when a machine loses its power but for the disk's own
    /// memory. The postmaster is stopped first, so that it has no more children while they are counted.
    pub fn kill_postgres(&mut self) {
        let pid_file = self.options.data_dir.join("cluster/postmaster.pid");
        let text = std::fs::read_to_string(pid_file).expect("the server's own note");
        let postmaster: u32 = text.lines().next().and_then(|pid| pid.parse().ok()).expect("its number");
        signal("-STOP", &[postmaster]);
        let mut all = children(postmaster);
        all.push(postmaster);
        signal("-KILL", &all);
        let begun = Instant::now();
        while children(postmaster).len() + all.iter().filter(|pid| alive(**pid)).count() > 0 {
            assert!(begun.elapsed() < PATIENCE, "what is killed ends");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// The server on the same folder and port, recovered.
    pub async fn start_postgres(&mut self) {
        drop(self.server.take());
        self.server = Some(Server::start_at(self.options.clone(), self.postgres_port).await.expect("Postgres again"));
    }

    /// No backend works on for a process that is gone.
    pub async fn until_alone(&self) {
        let nobody = "SELECT NOT EXISTS (SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'hipaa-auditor%')";
        self.until(nobody, PATIENCE).await;
    }

    /// What a process that is gone holds no longer, and what waits for a second try need not wait long. One process takes
    /// one job after the other, so nothing that runs is taken twice.
    pub async fn hurry_jobs(&self) {
        self.sql(
            "UPDATE portal.jobs SET locked_at = now() - interval '3 minutes' WHERE state = 'running';
             UPDATE portal.jobs SET run_at = now() WHERE state = 'waiting' AND run_at > now()",
        )
        .await;
    }

    /// To see the comparison fail: SQL that breaks what it holds, as in the tests' harness.
    pub async fn sabotage(&self) {
        if let Ok(sabotage) = std::env::var("PORTAL_TEST_SABOTAGE") {
            self.sql(&sabotage).await;
        }
    }

    /// What Postgres may still lose: nothing, or this is no such run.
    pub async fn is_durable(&self) -> bool {
        self.value("SELECT current_setting('fsync') = 'on' AND current_setting('synchronous_commit') = 'on' AND current_setting('full_page_writes') = 'on'").await
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Some(mut child) = self.portal.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

fn signal(signal: &str, to: &[u32]) {
    let mut command = Command::new("kill");
    command.arg(signal).args(to.iter().map(ToString::to_string));
    // a child that ended by itself meanwhile is no failure
    let _ = command.stderr(Stdio::null()).status().expect("kill runs");
}

/// A process' state and parent.
fn stat(pid: u32) -> Option<(char, u32)> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let mut rest = stat.rsplit(')').next()?.split_whitespace();
    Some((rest.next()?.chars().next()?, rest.next()?.parse().ok()?))
}

fn alive(pid: u32) -> bool {
    stat(pid).is_some_and(|(state, _)| !matches!(state, 'Z' | 'X'))
}

fn children(of: u32) -> Vec<u32> {
    let all = std::fs::read_dir("/proc").expect("Linux");
    let pids = all.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<u32>().ok());
    pids.filter(|pid| alive(*pid) && stat(*pid).is_some_and(|(_, parent)| parent == of)).collect()
}
