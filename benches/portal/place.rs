//! Where everything is measured: a Postgres of its own that keeps what it was told, the data of a hospital group in it, and
//! the portal as an operator runs it.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use hipaa_auditor::audit::install;
use hipaa_auditor::auth::password;
use hipaa_auditor::postgres::{Options, Server, find_binaries};

/// The database that everything is filled into.
const FILLED: &str = "filled";

/// A Postgres with the data.
pub struct Place {
    pub server: Server,
    pub dir: tempfile::TempDir,
    token: String,
}

impl Place {
    /// Fills one database; every measured one is a copy of it.
    pub async fn new(rows: u64, history: u64) -> Self {
        let dir = tempfile::tempdir().expect("a folder");
        let options = Options { data_dir: dir.path().join("postgres"), durable: true, max_connections: 80 };
        let server = Server::start(options).await.expect("a Postgres");
        let token = password::random_token();
        let place = Self { server, dir, token };
        let url = place.server.superuser_url(FILLED);
        install::make_database(&place.server.superuser_url("postgres"), FILLED).await.expect("a database");
        install::migrate(&url).await.expect("migrates");
        let roles = [("portal_app", place.token.as_str()), ("portal_worker", place.token.as_str())];
        install::set_passwords(&url, &roles).await.expect("passwords");
        let hash = password::hash(super::PASSWORD.to_owned()).await.expect("a hash");
        let data = include_str!("data.sql")
            .replace("ROWS", &rows.to_string())
            .replace("HISTORY", &history.to_string())
            .replace("HASH", &hash);
        place.psql(FILLED, &format!("{}{data}", include_str!("../hospital.sql")));
        place.psql(FILLED, "VACUUM ANALYZE");
        place.psql("postgres", "CHECKPOINT");
        place
    }

    /// A database of its own with the same data.
    pub fn copy(&self, name: &str) {
        self.psql("postgres", &format!("CREATE DATABASE {name} TEMPLATE {FILLED} STRATEGY file_copy"));
        self.psql("postgres", &format!("GRANT CONNECT ON DATABASE {name} TO portal_app, portal_worker"));
    }

    pub fn drop(&self, name: &str) {
        self.psql("postgres", &format!("DROP DATABASE {name} WITH (FORCE)"));
    }

    pub fn url(&self, role: &str, database: &str) -> String {
        format!("postgres://{role}:{}@127.0.0.1:{}/{database}", self.token, self.server.port())
    }

    /// What a statement answers, as a superuser.
    pub fn psql(&self, database: &str, sql: &str) -> String {
        let file = self.dir.path().join("statement.sql");
        std::fs::write(&file, sql).expect("a file");
        let mut command = tool("psql");
        command.args(["-X", "-At", "-q", "-v", "ON_ERROR_STOP=1", "-d", &self.server.superuser_url(database), "-f"]);
        run(command.arg(&file))
    }

    /// What the server wrote into its log since it was so long.
    pub fn log_after(&self, length: u64) -> String {
        let log = std::fs::read(self.server.data_dir().join("server.log")).expect("the server's log");
        String::from_utf8_lossy(&log[usize::try_from(length).unwrap_or(0)..]).into_owned()
    }

    pub fn log_length(&self) -> u64 {
        std::fs::metadata(self.server.data_dir().join("server.log")).map_or(0, |log| log.len())
    }
}

/// A program of Postgres.
pub fn tool(name: &str) -> Command {
    let beside = find_binaries().expect("Postgres").join(name);
    Command::new(if beside.exists() { beside } else { Path::new(name).to_owned() })
}

pub fn run(command: &mut Command) -> String {
    let output = command.output().expect("it starts");
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

/// `serve` on one database; ends with this.
pub struct Portal {
    child: Child,
    pub port: u16,
    /// From its start until it answered a request.
    pub started_in: Duration,
}

impl Portal {
    pub fn start(place: &Place, database: &str) -> Self {
        let begun = Instant::now();
        let mut child = Command::new(env!("CARGO_BIN_EXE_hipaa-auditor"))
            .args(["serve", "--listen", "127.0.0.1:0"])
            .env("DATABASE_URL", place.url("portal_app", database))
            .env("WORKER_DATABASE_URL", place.url("portal_worker", database))
            .env("HIPAA_AUDITOR_SECRET", super::SECRET)
            .env("HIPAA_AUDITOR_SPOOL_DIR", place.dir.path())
            .env("HIPAA_AUDITOR_SECOND_FACTOR", "off")
            .env("RUST_LOG", "error")
            .stdout(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let mut said = String::new();
        BufReader::new(child.stdout.take().expect("its output")).read_line(&mut said).expect("a line");
        let port = said.trim().rsplit(':').next().and_then(|port| port.parse().ok());
        let port = port.unwrap_or_else(|| panic!("it says where it listens: {said}"));
        let answered = std::net::TcpStream::connect(("127.0.0.1", port)).and_then(|mut stream| {
            use std::io::{Read as _, Write as _};
            stream.write_all(b"GET /readyz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")?;
            stream.read_to_string(&mut String::new())
        });
        answered.expect("a first answer");
        Self { child, port, started_in: begun.elapsed() }
    }

    /// What it holds in memory now, and at most so far, in MB.
    pub fn memory(&self) -> (u64, u64) {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).expect("it runs");
        let of = |name: &str| {
            let line = status.lines().find(|line| line.starts_with(name)).expect("Linux says so");
            line.split_whitespace().nth(1).and_then(|kb| kb.parse::<u64>().ok()).map_or(0, |kb| kb / 1024)
        };
        (of("VmRSS:"), of("VmHWM:"))
    }
}

impl Drop for Portal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
