//! Installing the schema and checking that a database is safe to serve: the only code that connects as its owner.

use sqlx::migrate::Migrator;
use sqlx::{ConnectOptions as _, Connection as _, Executor as _, PgConnection, postgres::PgConnectOptions};

/// The migrations, compiled in. Their list lives in a schema of its own: nothing is kept in `public`. That schema is made
/// once: even to find it there, CREATE SCHEMA asks for a right that the migrator does not have.
fn migrations(first: bool) -> Migrator {
    let mut migrator = sqlx::migrate!("./migrations");
    migrator.dangerous_set_table_name("migrations.applied");
    if first {
        migrator.create_schema("migrations");
    }
    migrator
}

/// Why a database was not migrated or not served.
#[derive(Debug, thiserror::Error)]
pub enum InstallError {
    /// The connection or a statement failed.
    #[error("the database answered: {0}")]
    Database(#[from] sqlx::Error),
    /// A migration failed.
    #[error("a migration failed: {0}")]
    Migration(#[from] sqlx::migrate::MigrateError),
    /// The server is too old or too new.
    #[error("Postgres {0} is not supported; use 15 to 18")]
    Version(i32),
    /// The role could walk past the gate.
    #[error("refusing to serve: the application's role {role} {why}. Connect as portal_app, a role that owns nothing")]
    UnsafeRole {
        /// The role.
        role: String,
        /// What it could do.
        why: &'static str,
    },
    /// A password that would need quoting.
    #[error("a role's password must be letters and digits")]
    Password,
    /// The database is not migrated.
    #[error("this database is not migrated; run `hipaa-auditor migrate` with the owner's URL first")]
    NotMigrated,
}

/// What `migrate` could not install here, in sentences for the operator.
pub type Missing = Vec<&'static str>;

/// Brings the database up to date with the owner's URL (a superuser at install, else the migrator) and says which
/// protections the server does not allow.
///
/// # Errors
/// When the server's version is unsupported, or a migration fails: then it stands as before that migration.
pub async fn migrate(owner_url: &str) -> Result<Missing, InstallError> {
    let options: PgConnectOptions = owner_url.parse()?;
    let mut conn = options.log_statements(tracing::log::LevelFilter::Trace).connect().await?;
    let version: i32 =
        sqlx::query_scalar("SELECT current_setting('server_version_num')::int").fetch_one(&mut conn).await?;
    if !(150_000..190_000).contains(&version) {
        return Err(InstallError::Version(version / 10_000));
    }
    let first: bool = sqlx::query_scalar("SELECT to_regnamespace('migrations') IS NULL").fetch_one(&mut conn).await?;
    migrations(first).run(&mut conn).await?;
    let owns: bool = sqlx::query_scalar(
        "SELECT pg_has_role(current_user, nspowner, 'USAGE') FROM pg_namespace WHERE nspname = 'migrations'",
    )
    .fetch_one(&mut conn)
    .await?;
    if owns {
        // the next forward migration may come with the migrator's URL
        conn.execute("GRANT USAGE, CREATE ON SCHEMA migrations TO portal_migrator; GRANT SELECT, INSERT, UPDATE ON migrations.applied TO portal_migrator")
            .await?;
    }
    let missing = missing_protections(&mut conn).await?;
    conn.close().await?;
    Ok(missing)
}

/// Makes an empty database, dropping one of that name: only the demo, for a data folder that was cut off half way.
///
/// # Errors
/// What the database answers.
pub async fn make_database(superuser_url: &str, name: &str) -> Result<(), InstallError> {
    let mut conn = PgConnection::connect(superuser_url).await?;
    // a database's name cannot be a parameter; ours is a constant
    conn.execute(sqlx::AssertSqlSafe(format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"))).await?;
    conn.execute(sqlx::AssertSqlSafe(format!("CREATE DATABASE {name}"))).await?;
    conn.close().await?;
    Ok(())
}

/// Sets the passwords of the login roles; each must be letters and digits.
///
/// # Errors
/// What the database answers.
pub async fn set_passwords(owner_url: &str, passwords: &[(&str, &str)]) -> Result<(), InstallError> {
    let mut conn = PgConnection::connect(owner_url).await?;
    for (role, password) in passwords {
        if !password.chars().all(|c| c.is_ascii_alphanumeric()) {
            return Err(InstallError::Password);
        }
        // a role's password cannot be a parameter
        conn.execute(sqlx::AssertSqlSafe(format!("ALTER ROLE {role} PASSWORD '{password}'"))).await?;
    }
    conn.close().await?;
    Ok(())
}

async fn missing_protections(conn: &mut PgConnection) -> Result<Missing, InstallError> {
    let mut missing = Vec::new();
    let guards: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM pg_event_trigger WHERE evtname LIKE 'audit_guard%' AND evtenabled = 'A'",
    )
    .fetch_one(&mut *conn)
    .await?;
    if guards < 2 {
        missing.push("the event triggers against DROP, ALTER and CREATE OR REPLACE in the schema audit: only a superuser can install them, so the owner of the trail could change its guard");
    }
    let guard_is_superusers: bool = sqlx::query_scalar(
        "SELECT bool_and(r.rolsuper) FROM pg_proc p JOIN pg_roles r ON r.oid = p.proowner JOIN pg_namespace n ON n.oid = p.pronamespace
          WHERE n.nspname = 'audit' AND p.proname IN ('refuse', 'guard_ddl', 'make_partitions')",
    )
    .fetch_one(&mut *conn)
    .await?;
    if !guard_is_superusers {
        missing.push("a superuser as the owner of the append-only guard: the role that ran this migration could replace it, so keep its password away from the portal");
    }
    Ok(missing)
}

/// Refuses a database whose application role could walk past the gate.
///
/// # Errors
/// [`InstallError::UnsafeRole`] says which role and why; [`InstallError::NotMigrated`] when the door is missing.
pub async fn check_role(app_url: &str) -> Result<(), InstallError> {
    let options: PgConnectOptions = app_url.parse()?;
    let mut conn = options.log_statements(tracing::log::LevelFilter::Trace).connect().await?;
    let (role, superuser, bypass): (String, bool, bool) =
        sqlx::query_as("SELECT rolname::text, rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user")
            .fetch_one(&mut conn)
            .await?;
    let why = if superuser {
        Some("is a superuser")
    } else if bypass {
        Some("has BYPASSRLS")
    } else {
        let owns: bool = sqlx::query_scalar(
            "SELECT EXISTS (SELECT 1 FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                             WHERE n.nspname IN ('portal', 'audit') AND pg_has_role(current_user, c.relowner, 'MEMBER'))",
        )
        .fetch_one(&mut conn)
        .await?;
        owns.then_some("owns tables of the portal, or is a member of a role that does")
    };
    if let Some(why) = why {
        return Err(InstallError::UnsafeRole { role, why });
    }
    let migrated: bool =
        sqlx::query_scalar("SELECT to_regprocedure('audit.ready()') IS NOT NULL").fetch_one(&mut conn).await?;
    conn.close().await?;
    if migrated { Ok(()) } else { Err(InstallError::NotMigrated) }
}
