//! One Postgres per run, one database per test, one portal per test on a port of its own.

use std::net::{Ipv4Addr, TcpListener};
use std::ops::Deref;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use actix_web::dev::ServerHandle;
use hipaa_auditor::app::Portal;
use hipaa_auditor::audit::install;
use hipaa_auditor::auth::password;
use hipaa_auditor::config::{Config, Keys, SecondFactor};
use hipaa_auditor::postgres::{Server, scratch_dir};
use reqwest::header::HeaderMap;
use sqlx::postgres::{PgPool, PgPoolOptions};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection, Row as _};
use tokio::sync::OnceCell;
use uuid::Uuid;

use crate::fixtures;

/// The password of every account of the fixtures.
pub const PASSWORD: &str = "privacy-office-demo";

/// The database that every test's own is copied from.
const TEMPLATE: &str = "template_portal";

static CLUSTER: OnceCell<Cluster> = OnceCell::const_new();
static NEXT: AtomicU32 = AtomicU32::new(1);

/// The Postgres of this run. It is never dropped: it ends with the process, see `hipaa_auditor::postgres`.
struct Cluster {
    server: Server,
    app_password: String,
    worker_password: String,
}

impl Cluster {
    async fn get() -> &'static Self {
        CLUSTER.get_or_init(Self::start).await
    }

    async fn start() -> Self {
        let server = Server::start_scratch(200).await.expect("a throw-away Postgres starts");
        let [app_password, worker_password] = [password::random_token(), password::random_token()];
        let mut postgres = PgConnection::connect(&server.superuser_url("postgres")).await.expect("connects");
        run(&mut postgres, &format!("CREATE DATABASE {TEMPLATE}")).await.expect("a database");
        let missing = install::migrate(&server.superuser_url(TEMPLATE)).await.expect("migrates");
        assert!(missing.is_empty(), "a superuser installs every protection: {missing:?}");
        for (role, password) in [("portal_app", &app_password), ("portal_worker", &worker_password)] {
            run(&mut postgres, &format!("ALTER ROLE {role} PASSWORD '{password}'")).await.expect("a password");
        }
        let hash = password::hash(PASSWORD.to_owned()).await.expect("a password hash");
        let mut template = PgConnection::connect(&server.superuser_url(TEMPLATE)).await.expect("connects");
        fixtures::insert(&mut template, &hash).await;
        // to see tests fail: SQL that breaks what they hold, run as the superuser in every database of the run
        if let Ok(sabotage) = std::env::var("PORTAL_TEST_SABOTAGE") {
            run(&mut template, &sabotage).await.expect("the sabotage");
        }
        template.close().await.expect("closes");
        Self { server, app_password, worker_password }
    }

    fn url(&self, role: &str, password: &str, database: &str) -> String {
        format!("postgres://{role}:{password}@127.0.0.1:{}/{database}", self.server.port())
    }

    fn database(&self, name: String) -> TestDb {
        let superuser_url = self.server.superuser_url(&name);
        let db = PgPoolOptions::new().max_connections(4).connect_lazy(&superuser_url).expect("a URL");
        TestDb {
            db,
            superuser_url,
            app_url: self.url("portal_app", &self.app_password, &name),
            worker_url: self.url("portal_worker", &self.worker_password, &name),
            name,
        }
    }
}

/// A database of one test.
pub struct TestDb {
    /// As a superuser, to set up and to look behind the door.
    pub db: PgPool,
    pub superuser_url: String,
    pub app_url: String,
    pub worker_url: String,
    pub name: String,
}

impl TestDb {
    /// A copy of the fixtures.
    pub async fn new() -> Self {
        Self::copy_of(TEMPLATE).await
    }

    /// A migrated database without any data, to be a template of its own.
    #[allow(dead_code, reason = "the browser's tests fill their own")]
    pub async fn empty(name: &str) -> Self {
        let db = Self::bare(name).await;
        install::migrate(&db.superuser_url).await.expect("migrates");
        db
    }

    /// A database with nothing in it at all.
    #[allow(dead_code, reason = "for the test of migrations")]
    pub async fn bare(name: &str) -> Self {
        let cluster = Cluster::get().await;
        let mut postgres = PgConnection::connect(&cluster.server.superuser_url("postgres")).await.expect("connects");
        run(&mut postgres, &format!("CREATE DATABASE {name}")).await.expect("a database");
        postgres.close().await.expect("closes");
        cluster.database(name.to_owned())
    }

    /// A copy of a database nobody is connected to.
    pub async fn copy_of(template: &str) -> Self {
        let cluster = Cluster::get().await;
        let name = format!("t_{}", NEXT.fetch_add(1, Ordering::Relaxed));
        let mut postgres = PgConnection::connect(&cluster.server.superuser_url("postgres")).await.expect("connects");
        run(&mut postgres, &format!("CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy"))
            .await
            .expect("a copy of the template");
        // what a database grants is not copied with it
        run(
            &mut postgres,
            &format!(
                "REVOKE ALL ON DATABASE {name} FROM PUBLIC;
                 GRANT CONNECT ON DATABASE {name} TO portal_app, portal_worker, portal_migrator;
                 GRANT CREATE ON DATABASE {name} TO portal_owner"
            ),
        )
        .await
        .expect("the grants of the template");
        postgres.close().await.expect("closes");
        cluster.database(name)
    }

    /// Runs statements as the superuser.
    pub async fn sql(&self, sql: &str) {
        if let Err(error) = sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(&self.db).await {
            panic!("{sql}: {error}");
        }
    }

    /// One value, as the superuser.
    pub async fn value<T>(&self, sql: &str) -> T
    where
        T: Send + Unpin + for<'r> sqlx::Decode<'r, sqlx::Postgres> + sqlx::Type<sqlx::Postgres>,
    {
        sqlx::query_scalar(AssertSqlSafe(sql.to_owned()))
            .fetch_one(&self.db)
            .await
            .unwrap_or_else(|error| panic!("{sql}: {error}"))
    }

    /// A raw connection of the application's role, without the portal around it.
    pub async fn as_app(&self) -> Raw {
        Raw::connect(&self.app_url).await
    }

    /// A raw connection of the worker's role.
    pub async fn as_worker(&self) -> Raw {
        Raw::connect(&self.worker_url).await
    }

    /// A raw superuser connection that has taken another role.
    pub async fn as_role(&self, role: &str) -> Raw {
        let mut raw = Raw::connect(&self.superuser_url).await;
        raw.must(&format!("SET ROLE {role}")).await;
        raw
    }

    /// The token of a new session, without sign-in.
    pub async fn session_of(&self, person: Uuid) -> String {
        let token = password::random_token();
        sqlx::query("INSERT INTO portal.sessions (id, token_sha256, person_id) VALUES (gen_random_uuid(), sha256(convert_to($1, 'UTF8')), $2)")
            .bind(&token)
            .bind(person)
            .execute(&self.db)
            .await
            .expect("a session");
        token
    }

    /// What a request left in the trail, oldest first.
    pub async fn events(&self, request_id: Uuid) -> Vec<Event> {
        self.events_where(&format!("request_id = '{request_id}'")).await
    }

    /// How many events there are; a mark for [`TestDb::events_after`].
    pub async fn mark(&self) -> chrono::DateTime<chrono::Utc> {
        self.value("SELECT clock_timestamp()").await
    }

    /// What was written since a mark, oldest first.
    pub async fn events_after(&self, mark: chrono::DateTime<chrono::Utc>) -> Vec<Event> {
        self.events_where(&format!("event_time > '{}'", mark.to_rfc3339())).await
    }

    async fn events_where(&self, condition: &str) -> Vec<Event> {
        let rows = sqlx::query(AssertSqlSafe(format!(
            "SELECT event_id, action, outcome, outcome_code, actor_id, actor_type, resource_type, resource_id, request_id, host(ip_address)
               FROM audit.events WHERE {condition} ORDER BY event_time, event_id"
        )))
        .fetch_all(&self.db)
        .await
        .expect("the trail");
        rows.iter()
            .map(|row| Event {
                event_id: row.get(0),
                action: row.get(1),
                outcome: row.get(2),
                outcome_code: row.get(3),
                actor_id: row.get(4),
                actor_type: row.get(5),
                resource_type: row.get(6),
                resource_id: row.get(7),
                request_id: row.get(8),
                ip: row.get(9),
            })
            .collect()
    }
}

/// A row of the trail.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(dead_code, clippy::struct_field_names, reason = "the columns of the trail; each test asserts what it is about")]
pub struct Event {
    pub event_id: Uuid,
    pub action: String,
    pub outcome: String,
    pub outcome_code: Option<String>,
    pub actor_id: Option<Uuid>,
    pub actor_type: String,
    pub resource_type: String,
    pub resource_id: Uuid,
    pub request_id: Uuid,
    pub ip: Option<String>,
}

impl Event {
    /// `home.read`, or `home.read!authz_fail/role_lacks_action`.
    pub fn short(&self) -> String {
        match &self.outcome_code {
            None => self.action.clone(),
            Some(code) => format!("{}!{}/{code}", self.action, self.outcome),
        }
    }
}

/// Events in one line, as the route table writes them.
pub fn told(events: &[Event]) -> String {
    events.iter().map(Event::short).collect::<Vec<_>>().join(" ")
}

/// A running portal with its database.
pub struct TestPortal {
    pub base: String,
    database: TestDb,
    handle: ServerHandle,
    spool_dir: PathBuf,
}

impl Deref for TestPortal {
    type Target = TestDb;

    fn deref(&self) -> &TestDb {
        &self.database
    }
}

impl TestPortal {
    /// A portal as the demo runs it.
    pub async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    /// A portal with other settings.
    pub async fn start_with(change: impl FnOnce(&mut Config)) -> Self {
        Self::on(TestDb::new().await, change).await
    }

    /// A portal on a database that has been prepared already.
    pub async fn on(database: TestDb, change: impl FnOnce(&mut Config)) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let address = listener.local_addr().expect("its address");
        let mut config = Config {
            app_url: database.app_url.clone(),
            worker_url: Some(database.worker_url.clone()),
            listen: address,
            spool_dir: scratch_dir(),
            keys: Keys::new(&password::random_token()).expect("a long secret"),
            trusted_proxies: Vec::new(),
            plain_http: true,
            max_connections: 4,
            second_factor: SecondFactor::Off,
        };
        change(&mut config);
        let spool_dir = config.spool_dir.clone();
        // A thread and a runtime of its own: the test's runtime ends before the server could be told to.
        let (sender, receiver) = tokio::sync::oneshot::channel();
        std::thread::spawn(move || {
            actix_web::rt::System::new().block_on(async move {
                let server = Portal::build(listener, config, 1).expect("the portal is built").into_server();
                let _ = sender.send(server.handle());
                server.await.expect("the portal serves");
            });
        });
        let handle = receiver.await.expect("the portal starts");
        Self { base: format!("http://{address}"), database, handle, spool_dir }
    }

    /// A browser without a session.
    pub fn visitor(&self) -> Browser {
        Browser::new(&self.base)
    }

    /// A browser in which this account has signed in.
    pub async fn as_role(&self, username: &str) -> Browser {
        let browser = self.visitor();
        let answer = browser.sign_in(username, PASSWORD).await;
        assert_eq!(answer.status, 303, "{username} signs in, but: {}", answer.body);
        browser
    }
}

impl Drop for TestPortal {
    fn drop(&mut self) {
        // the command is sent at once; the answer would only tell when it is done
        drop(self.handle.stop(false));
        // there is one only if the test uploaded a file
        let _ = std::fs::remove_dir_all(&self.spool_dir);
    }
}

/// A client that keeps cookies, follows no redirect, and says it is a browser.
#[derive(Clone)]
pub struct Browser {
    http: reqwest::Client,
    base: String,
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: String,
}

impl Answer {
    /// The id under which the request stands in the trail.
    pub fn request_id(&self) -> Uuid {
        self.header("x-request-id").parse().expect("every answer names its request")
    }

    /// A header, or nothing.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    pub fn location(&self) -> &str {
        self.header("location")
    }
}

impl Browser {
    /// A browser of a portal elsewhere, without a session.
    pub fn new(base: &str) -> Self {
        let http = reqwest::Client::builder()
            .cookie_store(true)
            .redirect(reqwest::redirect::Policy::none())
            .user_agent("Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0")
            .timeout(Duration::from_secs(30))
            .build()
            .expect("a client");
        Self { http, base: base.to_owned() }
    }

    pub fn request(&self, method: &str, path: &str) -> reqwest::RequestBuilder {
        let method = method.parse().expect("a method");
        self.http.request(method, format!("{}{path}", self.base))
    }

    pub async fn send(&self, request: reqwest::RequestBuilder) -> Answer {
        let response = request.send().await.expect("an answer");
        Answer {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            body: response.text().await.unwrap_or_default(),
        }
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(self.request("GET", path)).await
    }

    pub async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.send(form(self.request("POST", path), fields)).await
    }

    pub async fn sign_in(&self, username: &str, password: &str) -> Answer {
        self.post("/sign-in", &[("username", username), ("password", password)]).await
    }
}

/// Puts a form's fields into a request's body.
pub fn form(request: reqwest::RequestBuilder, fields: &[(&str, &str)]) -> reqwest::RequestBuilder {
    request
        .header("content-type", "application/x-www-form-urlencoded")
        .body(serde_urlencoded::to_string(fields).expect("a form"))
}

/// A connection on which a test says SQL itself.
pub struct Raw {
    pub conn: PgConnection,
    url: String,
    /// The driver lost its place in the protocol; see [`Raw::copy_out`].
    lost: bool,
}

impl Raw {
    pub async fn connect(url: &str) -> Self {
        let conn = PgConnection::connect(url).await.unwrap_or_else(|error| panic!("connects: {error}"));
        Self { conn, url: url.to_owned(), lost: false }
    }

    /// Runs statements; how many rows came back or were changed, or the SQLSTATE.
    pub async fn run(&mut self, sql: &str) -> Result<u64, String> {
        run(&mut self.conn, sql).await.map_err(|error| code(&error))
    }

    /// Runs statements that are part of the test's set-up.
    pub async fn must(&mut self, sql: &str) -> u64 {
        match run(&mut self.conn, sql).await {
            Ok(rows) => rows,
            Err(error) => panic!("{sql}: {error}"),
        }
    }

    /// One value, or the SQLSTATE.
    pub async fn value<T>(&mut self, sql: &str) -> Result<T, String>
    where
        T: Send + Unpin + for<'r> sqlx::Decode<'r, sqlx::Postgres> + sqlx::Type<sqlx::Postgres>,
    {
        sqlx::query_scalar(AssertSqlSafe(sql.to_owned()))
            .persistent(false)
            .fetch_one(&mut self.conn)
            .await
            .map_err(|error| code(&error))
    }

    /// Declares an action as a person.
    pub async fn open(&mut self, token: &str, action: &str) -> Result<Uuid, String> {
        self.value(&format!(
            "SELECT audit.open('{token}', '{action}', '00000000-0000-0000-0000-000000000000', gen_random_uuid(), '127.0.0.1', 'Firefox/128')"
        ))
        .await
    }

    /// `COPY (query) TO STDOUT`; how many bytes came, or the SQLSTATE. After it the connection is for [`Raw::settle`].
    pub async fn copy_out(&mut self, query: &str) -> Result<usize, String> {
        use futures_util::TryStreamExt as _;
        let statement = format!("COPY ({query}) TO STDOUT");
        let stream = match self.conn.copy_out_raw(&statement).await {
            Ok(stream) => stream,
            Err(error) => {
                // the driver does not read the rest of a refusal that comes before the first byte
                self.lost = true;
                return Err(code(&error));
            }
        };
        stream.try_fold(0, async |sum, bytes| Ok(sum + bytes.len())).await.map_err(|error| code(&error))
    }

    /// Ends whatever runs, and connects anew if need be.
    pub async fn settle(&mut self) {
        if self.lost {
            *self = Self::connect(&self.url).await;
        } else {
            self.must("ROLLBACK").await;
        }
    }
}

async fn run(conn: &mut PgConnection, sql: &str) -> Result<u64, sqlx::Error> {
    Ok(sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(conn).await?.rows_affected())
}

fn code(error: &sqlx::Error) -> String {
    match error {
        sqlx::Error::Database(error) => error.code().unwrap_or_default().into_owned(),
        other => format!("no SQLSTATE: {other}"),
    }
}
