//! Migrations meet databases that are in use: one that stands as an earlier release left it, full of data, is brought up to
//! date, and the portal works on it with everything that was there.

use std::path::Path;

use hipaa_auditor::auth::password;
use sqlx::migrate::Migrator;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};

use crate::exports::{import, opened};
use crate::fixtures::{BATCH, CASE_A, FINDING};
use crate::harness::{PASSWORD, TestDb, TestPortal};

/// The last version of that release.
const LANDED: i64 = 20_261_122_095_000;

async fn database_of_the_earlier_release() -> TestDb {
    let db = TestDb::bare("an_earlier_release").await;
    let mut conn = PgConnection::connect(&db.superuser_url).await.expect("connects");
    let mut migrator =
        Migrator::new(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/migrations"))).await.expect("files");
    migrator.dangerous_set_table_name("migrations.applied");
    migrator.create_schema("migrations");
    migrator.run_to(LANDED, &mut conn).await.expect("the earlier release installs");
    let hash = password::hash(PASSWORD.to_owned()).await.expect("a hash");
    let data = include_str!("fixtures/landed.sql").replace(":password_hash", &hash);
    sqlx::raw_sql(AssertSqlSafe(data)).execute(&mut conn).await.expect("its data fit its schema");
    conn.close().await.expect("closes");
    db
}

#[actix_web::test]
async fn a_database_full_of_an_earlier_releases_data_is_brought_up_to_date_and_works() {
    let db = database_of_the_earlier_release().await;
    let told = "SELECT concat_ws(' ', (SELECT count(*) FROM portal.access_logs), (SELECT count(*) FROM portal.review_cases),
                  (SELECT count(*) FROM portal.findings), (SELECT count(*) FROM audit.events), (SELECT count(*) FROM portal.people))";
    let before: String = db.value(told).await;
    let missing = hipaa_auditor::audit::install::migrate(&db.superuser_url).await.expect("migrates");
    assert!(missing.is_empty(), "{missing:?}");
    assert_eq!(db.value::<String>(told).await, before, "everything is still there");
    let days: i64 = db.value("SELECT sum(rows)::bigint FROM portal.source_days").await;
    assert_eq!(days, 12, "what arrived earlier is counted by day");

    let portal = TestPortal::on(db, |_| {}).await;
    let manager = portal.as_role("manager").await;
    for (path, fact) in [
        ("/access-logs".to_owned(), "Brackenridge"),
        (format!("/access-logs/cases/{CASE_A}"), "Case opened by the rules"),
        ("/access-logs/rows".to_owned(), "brac11"),
        (format!("/findings/{FINDING}"), "Access after the end of work"),
        (format!("/imports/{BATCH}"), "Withdraw import"),
        ("/imports/coverage".to_owned(), "Epic"),
        ("/audit".to_owned(), "audit"),
    ] {
        let answer = manager.get(&path).await;
        assert!(
            answer.status == 200 && answer.body.contains(fact),
            "{path}: {fact}: {} {}",
            answer.status,
            answer.body
        );
    }
    let decision = [("version", "1"), ("disposition", "appropriate"), ("reason", "care_team")];
    let answer = manager.post(&format!("/access-logs/cases/{CASE_A}/decision"), &decision).await;
    assert_eq!(answer.status, 303, "{}", answer.body);
    // a file that its old mapping reads
    let report = import(&portal, &[opened("2026-03-12 09:00:00", "brac11", "MRN-1")]).await;
    assert_eq!((report.progress.stored, report.progress.rejected), (1, 0));
}
