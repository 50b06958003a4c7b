//! The program as an operator runs it: migrate, serve, user create, demo. Each test has a Postgres of its own, because
//! roles belong to the whole server.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::time::{Duration, Instant};

use hipaa_auditor::postgres::Server;
use sqlx::postgres::{PgPool, PgPoolOptions};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::process::{Child, Command};

use crate::fixtures;
use crate::harness::PASSWORD;

const SECRET: &str = "a secret that is long enough for every key of a test";

/// A Postgres with an empty database.
struct Machine {
    server: Server,
    postgres: PgPool,
}

impl Machine {
    async fn new() -> Self {
        let server = Server::start_scratch(40).await.expect("a Postgres");
        let postgres =
            PgPoolOptions::new().max_connections(2).connect(&server.superuser_url("postgres")).await.expect("connects");
        let machine = Self { server, postgres };
        machine.sql("CREATE DATABASE portal").await;
        machine
    }

    async fn sql(&self, sql: &str) {
        sqlx::raw_sql(AssertSqlSafe(sql.to_owned()))
            .execute(&self.postgres)
            .await
            .unwrap_or_else(|error| panic!("{sql}: {error}"));
    }

    fn owner_url(&self) -> String {
        self.server.superuser_url("portal")
    }

    fn url(&self, role: &str) -> String {
        format!("postgres://{role}:{role}-password@127.0.0.1:{}/portal", self.server.port())
    }

    /// Gives the program's roles the passwords of [`Self::url`].
    async fn set_passwords(&self, roles: &[&str]) {
        for role in roles {
            self.sql(&format!("ALTER ROLE {role} LOGIN PASSWORD '{role}-password'")).await;
        }
    }

    /// One value of the portal's database.
    async fn value<T>(&self, sql: &str) -> T
    where
        T: Send + Unpin + for<'r> sqlx::Decode<'r, sqlx::Postgres> + sqlx::Type<sqlx::Postgres>,
    {
        let mut conn = PgConnection::connect(&self.owner_url()).await.expect("connects");
        let value = sqlx::query_scalar(AssertSqlSafe(sql.to_owned())).fetch_one(&mut conn).await;
        value.unwrap_or_else(|error| panic!("{sql}: {error}"))
    }

    async fn migrate(&self, owner_url: &str) -> Output {
        run(&["migrate"], &[("OWNER_DATABASE_URL", owner_url)], "").await
    }

    async fn migrated(&self) {
        let output = self.migrate(&self.owner_url()).await;
        assert!(output.status.success(), "{}", errors(&output));
        self.set_passwords(&["portal_app", "portal_worker"]).await;
    }

    /// Creates an account; what was said.
    async fn create_user(&self, arguments: &[&str], password: &str) -> Output {
        let arguments: Vec<_> = ["user", "create"].iter().chain(arguments).copied().collect();
        run(&arguments, &[("WORKER_DATABASE_URL", &self.url("portal_worker"))], &format!("{password}\n")).await
    }

    /// Starts `serve` on a free port; the address it prints.
    async fn serve(&self) -> (Child, String) {
        let spool = std::env::temp_dir();
        let mut child = command(&["serve", "--listen", "127.0.0.1:0"])
            .env("DATABASE_URL", self.url("portal_app"))
            .env("WORKER_DATABASE_URL", self.url("portal_worker"))
            .env("HIPAA_AUDITOR_SECRET", SECRET)
            .env("HIPAA_AUDITOR_SECOND_FACTOR", "off")
            .env("HIPAA_AUDITOR_SPOOL_DIR", spool.join(format!("hipaa-auditor-test-{}", self.server.port())))
            .stderr(Stdio::inherit())
            .spawn()
            .expect("it starts");
        let line = wait_for(&mut child, "listening on ").await;
        let address = line.trim_start_matches("listening on ").to_owned();
        assert!(!address.ends_with(":0"), "the port that was found: {address}");
        (child, format!("http://{address}"))
    }

    /// Tries to serve with this role; what stands on standard error.
    async fn refused(&self, app_url: &str, worker_url: &str) -> String {
        let variables =
            [("DATABASE_URL", app_url), ("WORKER_DATABASE_URL", worker_url), ("HIPAA_AUDITOR_SECRET", SECRET)];
        let output = run(&["serve", "--listen", "127.0.0.1:0"], &variables, "").await;
        assert!(!output.status.success() && output.stdout.is_empty(), "it does not serve: {output:?}");
        errors(&output)
    }
}

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hipaa-auditor"));
    command
        .args(arguments)
        .env_clear()
        .kill_on_drop(true)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    for name in ["PATH", "HIPAA_AUDITOR_PG_BIN", "HOME"] {
        if let Some(value) = std::env::var_os(name) {
            command.env(name, value);
        }
    }
    command
}

async fn run(arguments: &[&str], variables: &[(&str, &str)], input: &str) -> Output {
    let mut child = command(arguments).envs(variables.iter().copied()).spawn().expect("it starts");
    let mut stdin = child.stdin.take().expect("its input");
    // a program that needs no input may be gone already
    let _ = stdin.write_all(input.as_bytes()).await;
    drop(stdin);
    tokio::time::timeout(Duration::from_mins(1), child.wait_with_output()).await.expect("it ends").expect("its end")
}

fn errors(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn said(output: &Output) -> String {
    assert!(output.status.success(), "{}", errors(output));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Reads a program's lines until one begins so; that line.
async fn wait_for(child: &mut Child, start: &str) -> String {
    let mut lines = BufReader::new(child.stdout.take().expect("its output")).lines();
    let line = tokio::time::timeout(Duration::from_mins(3), async {
        while let Some(line) = lines.next_line().await.expect("text") {
            if line.trim().starts_with(start) {
                return line;
            }
        }
        panic!("it ended before it said {start}");
    })
    .await
    .unwrap_or_else(|_| panic!("it never says {start}"));
    // somebody must go on reading, or the program meets a closed pipe
    actix_web::rt::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
    line
}

async fn sign_in(base: &str, username: &str, password: &str) -> u16 {
    let body = serde_urlencoded::to_string([("username", username), ("password", password)]).expect("a form");
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().expect("a client");
    let request =
        client.post(format!("{base}/sign-in")).header("content-type", "application/x-www-form-urlencoded").body(body);
    request.send().await.expect("an answer").status().as_u16()
}

#[actix_web::test]
async fn migrate_fills_an_empty_database_and_changes_nothing_the_second_time() {
    let machine = Machine::new().await;
    let applied = "SELECT md5(string_agg(a::text, ' ' ORDER BY version)) FROM migrations.applied a";
    assert_eq!(said(&machine.migrate(&machine.owner_url()).await), "the database is up to date\n");
    let first: String = machine.value(applied).await;
    assert_eq!(said(&machine.migrate(&machine.owner_url()).await), "the database is up to date\n");
    assert_eq!(machine.value::<String>(applied).await, first);
    assert_eq!(
        machine.value::<i64>("SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace").await,
        0
    );

    // with data in it
    let mut conn = PgConnection::connect(&machine.owner_url()).await.expect("connects");
    fixtures::insert(&mut conn, "$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$aGFzaGhhc2g").await;
    let rows = "SELECT count(*) FROM portal.access_logs";
    let before: i64 = machine.value(rows).await;
    assert_eq!(said(&machine.migrate(&machine.owner_url()).await), "the database is up to date\n");
    assert_eq!((before, machine.value::<i64>(rows).await), (12, 12));

    // a second portal on the same server finds the roles there
    machine.sql("CREATE DATABASE second").await;
    assert_eq!(said(&machine.migrate(&machine.server.superuser_url("second")).await), "the database is up to date\n");

    // the migrator alone may run the next one
    machine.set_passwords(&["portal_migrator"]).await;
    assert_eq!(said(&machine.migrate(&machine.url("portal_migrator")).await), "the database is up to date\n");
}

#[actix_web::test]
async fn serve_refuses_a_role_that_could_walk_past_the_gate_and_says_which() {
    let machine = Machine::new().await;
    machine.sql("CREATE ROLE portal_app LOGIN PASSWORD 'portal_app-password'").await;
    let app = machine.url("portal_app");
    assert!(machine.refused(&app, &app).await.contains("is not migrated; run `hipaa-auditor migrate`"));
    machine.migrated().await;
    machine.set_passwords(&["portal_migrator"]).await;
    let worker = machine.url("portal_worker");

    let error = machine.refused(&machine.owner_url(), &worker).await;
    assert!(error.contains("the application's role postgres is a superuser"), "{error}");
    let error = machine.refused(&app, &machine.owner_url()).await;
    assert!(error.contains("role postgres is a superuser"), "the worker's role, too: {error}");
    for (role, attribute, undo, why) in [
        ("portal_app", "SUPERUSER", "NOSUPERUSER", "is a superuser"),
        ("portal_app", "BYPASSRLS", "NOBYPASSRLS", "has BYPASSRLS"),
        ("portal_worker", "BYPASSRLS", "NOBYPASSRLS", "has BYPASSRLS"),
    ] {
        machine.sql(&format!("ALTER ROLE {role} {attribute}")).await;
        let error = machine.refused(&app, &worker).await;
        assert!(error.contains(&format!("role {role} {why}")), "{role} {attribute}: {error}");
        machine.sql(&format!("ALTER ROLE {role} {undo}")).await;
    }
    let error = machine.refused(&machine.url("portal_migrator"), &worker).await;
    assert!(error.contains("role portal_migrator owns tables of the portal, or is a member"), "{error}");
    for owner in ["portal_owner", "audit_owner"] {
        machine.sql(&format!("GRANT {owner} TO portal_app")).await;
        let error = machine.refused(&app, &worker).await;
        assert!(error.contains("role portal_app owns tables of the portal, or is a member"), "{owner}: {error}");
        machine.sql(&format!("REVOKE {owner} FROM portal_app")).await;
    }
    // no password of any URL is said aloud
    assert!(!error.contains("password"), "{error}");

    let (mut portal, base) = machine.serve().await;
    let ready = reqwest::get(format!("{base}/readyz")).await.expect("an answer").status().as_u16();
    assert_eq!(ready, 200, "as it should be it serves");
    portal.kill().await.expect("killed");
}

#[actix_web::test]
async fn serve_names_the_setting_that_is_missing() {
    for (variables, name) in [
        (vec![], "DATABASE_URL"),
        (vec![("DATABASE_URL", "postgres://x@127.0.0.1:1/x")], "HIPAA_AUDITOR_SECRET"),
        (
            vec![("DATABASE_URL", "postgres://x@127.0.0.1:1/x"), ("HIPAA_AUDITOR_SECRET", "short")],
            "HIPAA_AUDITOR_SECRET",
        ),
    ] {
        let output = run(&["serve"], &variables, "").await;
        assert!(!output.status.success());
        assert!(errors(&output).contains(name), "{name}: {}", errors(&output));
        assert_eq!(errors(&output).lines().count(), 1, "one sentence");
    }
}

#[actix_web::test]
async fn user_create_makes_the_first_administrator_who_can_sign_in() {
    let machine = Machine::new().await;
    machine.migrated().await;
    let named = ["--username", "first", "--full-name", "First Admin", "--role", "admin"];
    let with = |more: &[&'static str]| named.iter().copied().chain(more.iter().copied()).collect::<Vec<_>>();

    let output = machine.create_user(&named, "a password of length").await;
    assert!(!output.status.success() && errors(&output).contains("name it with --organisation"), "{}", errors(&output));
    let output = machine
        .create_user(&with(&["--organisation", "Lakeland", "--time-zone", "Nowhere"]), "a password of length")
        .await;
    assert!(errors(&output).contains("the time zone is not one"));
    let output = machine.create_user(&with(&["--organisation", "Lakeland"]), "short").await;
    assert!(errors(&output).contains("at least 12 characters"), "{}", errors(&output));
    assert_eq!(machine.value::<i64>("SELECT count(*) FROM portal.people").await, 0);

    let output = machine
        .create_user(&with(&["--organisation", "Lakeland", "--time-zone", "America/Chicago"]), "a password of length")
        .await;
    assert_eq!(said(&output), "created first, Administrator\n");
    let account: String = machine
        .value("SELECT concat_ws(' ', p.username, p.role, o.name, o.time_zone, c.password_hash LIKE '$argon2id$%') FROM portal.people p, portal.organisations o, portal.credentials c")
        .await;
    assert_eq!(account, "first admin Lakeland America/Chicago t");
    let event: String = machine
        .value("SELECT concat_ws(' ', actor_type, actor_id, resource_type, resource_id = (SELECT id FROM portal.people), outcome) FROM audit.events WHERE action = 'user.account.create'")
        .await;
    assert_eq!(event, "system person t success");

    let output = machine.create_user(&named, "another password").await;
    assert!(!output.status.success() && errors(&output).contains("the username is taken"), "{}", errors(&output));
    let output =
        machine.create_user(&["--username", "second", "--full-name", "Second", "--role", "manager"], PASSWORD).await;
    assert_eq!(said(&output), "created second, Privacy manager\n");

    let (mut portal, base) = machine.serve().await;
    assert_eq!(sign_in(&base, "first", "a password of length").await, 303);
    assert_eq!(sign_in(&base, "second", PASSWORD).await, 303);
    assert_eq!(sign_in(&base, "first", "another password").await, 422);
    portal.kill().await.expect("killed");
}

#[actix_web::test]
async fn on_a_managed_server_migrate_installs_what_it_may_and_says_what_is_missing() {
    let machine = Machine::new().await;
    machine.sql("CREATE ROLE cloudadmin LOGIN CREATEROLE CREATEDB PASSWORD 'cloudadmin-password'").await;
    machine.sql("ALTER DATABASE portal OWNER TO cloudadmin").await;
    for time in ["first", "again"] {
        let told = said(&machine.migrate(&machine.url("cloudadmin")).await);
        let lines: Vec<_> = told.lines().collect();
        assert_eq!(lines[0], "the database is up to date", "{time}");
        assert_eq!(lines.len(), 3, "{time}: {told}");
        assert!(
            lines[1].starts_with("missing here: the event triggers against DROP, ALTER and CREATE OR REPLACE"),
            "{told}"
        );
        assert!(lines[2].starts_with("missing here: a superuser as the owner of the append-only guard"), "{told}");
    }
    // it serves, and the door is as shut as elsewhere
    machine.set_passwords(&["portal_app", "portal_worker"]).await;
    let arguments = ["--username", "first", "--full-name", "First", "--role", "manager", "--organisation", "Lakeland"];
    said(&machine.create_user(&arguments, PASSWORD).await);
    let (mut portal, base) = machine.serve().await;
    assert_eq!(sign_in(&base, "first", PASSWORD).await, 303);
    portal.kill().await.expect("killed");
    let mut app = PgConnection::connect(&machine.url("portal_app")).await.expect("connects");
    for sql in [
        "SELECT count(*) FROM portal.access_logs",
        "DELETE FROM audit.events",
        "CREATE TABLE portal.mine (x int)",
        "CREATE TEMP TABLE mine (x int)",
    ] {
        assert!(sqlx::query(sql).fetch_all(&mut app).await.is_err(), "{sql}");
    }
    let mut admin = PgConnection::connect(&machine.url("cloudadmin")).await.expect("connects");
    for sql in ["UPDATE audit.events SET outcome = 'error'", "DELETE FROM audit.events", "TRUNCATE audit.events"] {
        sqlx::raw_sql("SET ROLE audit_owner").execute(&mut admin).await.expect("may");
        assert!(
            sqlx::query(sql).execute(&mut admin).await.is_err(),
            "the triggers stand without a superuser, too: {sql}"
        );
    }
    // the installer is no role to serve with
    let error = machine.refused(&machine.url("cloudadmin"), &machine.url("portal_worker")).await;
    assert!(error.contains("role cloudadmin owns tables"), "{error}");
}

/// Processes whose command line names the folder, the demo itself left aside.
fn processes_on(dir: &Path) -> Vec<String> {
    let dir = dir.to_str().expect("a path");
    let entries = std::fs::read_dir("/proc").expect("Linux").flatten();
    let lines = entries.filter_map(|entry| std::fs::read(entry.path().join("cmdline")).ok());
    lines
        .map(|line| String::from_utf8_lossy(&line).replace('\0', " "))
        .filter(|line| line.contains(dir) && line.contains("postgres"))
        .collect()
}

async fn until_nothing_runs_on(dir: &Path) {
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(20) {
        if processes_on(dir).is_empty() {
            println!("Postgres was gone after {:?}", begun.elapsed());
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("left behind: {:?}", processes_on(dir));
}

async fn start_demo(dir: &Path, port: u16) -> (Child, Duration) {
    let begun = Instant::now();
    let arguments = ["demo", "--data-dir", dir.to_str().expect("a path"), "--port", &port.to_string()];
    let mut child = command(&arguments).stderr(Stdio::inherit()).spawn().expect("it starts");
    let line = wait_for(&mut child, "The demo is at ").await;
    assert_eq!(line.trim(), format!("The demo is at http://127.0.0.1:{port}"));
    (child, begun.elapsed())
}

/// Removed at the end, however the test ends.
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[actix_web::test]
async fn the_demo_serves_its_accounts_starts_again_at_once_and_leaves_no_postgres_behind() {
    let dir = Folder(std::env::temp_dir().join(format!("hipaa-auditor-demo-test-{}", std::process::id())));
    let port = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("a port").local_addr().expect("its number").port();
    let base = format!("http://127.0.0.1:{port}");

    let (mut demo, took) = start_demo(&dir.0, port).await;
    println!("the first start took {took:?}");
    for username in ["manager", "coordinator", "auditor", "field_staff", "admin"] {
        assert_eq!(sign_in(&base, username, PASSWORD).await, 303, "{username}");
    }
    for file in ["app-url", "owner-url", "app-password", "worker-password", "portal-secret"] {
        let mode = std::fs::metadata(dir.0.join(file)).expect(file).permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{file}");
    }
    assert!(!dir.0.join("exports").exists(), "the files that name patients are gone");
    let url = |name: &str| std::fs::read_to_string(dir.0.join(name)).expect(name);
    let mut app = PgConnection::connect(&url("app-url")).await.expect("the application's URL");
    let refused = sqlx::query("SELECT * FROM portal.access_logs").fetch_all(&mut app).await;
    assert!(refused.is_err(), "the application's role reads nothing without an event");
    let mut owner = PgConnection::connect(&url("owner-url")).await.expect("the owner's URL");
    let rows: i64 =
        sqlx::query_scalar("SELECT count(*) FROM portal.access_logs").fetch_one(&mut owner).await.expect("counts");
    assert!((35_000..45_000).contains(&rows), "{rows}");
    let open: i64 = sqlx::query_scalar("SELECT count(*) FROM portal.review_cases WHERE state <> 'closed'")
        .fetch_one(&mut owner)
        .await
        .expect("counts");
    assert!((12..200).contains(&open), "{open}");
    let only_here = processes_on(&dir.0);
    assert!(!only_here.is_empty());
    drop((app, owner));

    demo.kill().await.expect("killed with SIGKILL");
    until_nothing_runs_on(&dir.0).await;

    let (mut demo, took) = start_demo(&dir.0, port).await;
    println!("the second start took {took:?}");
    assert!(took < Duration::from_secs(10), "{took:?}");
    assert_eq!(sign_in(&base, "manager", PASSWORD).await, 303);
    // Ctrl-C
    let pid = demo.id().expect("it runs").to_string();
    assert!(std::process::Command::new("kill").args(["-INT", &pid]).status().expect("kill").success());
    let status = tokio::time::timeout(Duration::from_secs(40), demo.wait()).await.expect("it ends").expect("its end");
    println!("after Ctrl-C: {status}");
    until_nothing_runs_on(&dir.0).await;
}
