//! Eight people fight over three cases while imports and exports run, and both the portal and its Postgres are killed with
//! SIGKILL under them: nothing that was answered as done is missing, nothing is half done, and the trail says neither more
//! nor less than what was done. `benches/force.rs` is the same at size.

use std::time::Duration;

use hipaa_auditor::auth::password;
use hipaa_auditor::ingest::presets::epic_access_log;
use sqlx::Connection as _;

use crate::exports::{export, opened};
use crate::fixtures::{self, FACILITY_A, LOGIN_NURSE, NURSE_A, PATIENT_ONE, SOURCE};
use crate::harness::PASSWORD;

#[path = "../../benches/force/mod.rs"]
mod shared;

use shared::{Crowd, Kind, Place, Setup};

/// Besides whoever imports and whoever exports.
const PEOPLE: usize = 8;
/// Of one file: one chunk, so that a debug build reads it in no time; `crash.rs` kills between chunks.
const ROWS: u32 = 2_000;

/// A day's work of one login; most rows name nobody, so that they are quick to read.
fn file(nth: u32) -> String {
    let day = chrono::NaiveDate::from_ymd_opt(2026, 5, 1).expect("a day") + chrono::Days::new(nth.into());
    let accesses: Vec<_> = (0..ROWS)
        .map(|n| {
            let access =
                opened(&format!("{day} {:02}:{:02}:{:02}", n / 3600, n / 60 % 60, n % 60), "brac11", &format!("M-{n}"));
            if n % 100 == 0 { access } else { access.sign_in() }
        })
        .collect();
    export(&accesses)
}

async fn place() -> (Place, Setup) {
    let place = Place::new(60).await;
    let hash = password::hash(PASSWORD.to_owned()).await.expect("a hash");
    let mut conn = place.superuser().await;
    fixtures::insert(&mut conn, &hash).await;
    conn.close().await.expect("closes");
    let mut spec = epic_access_log();
    "America/Chicago".clone_into(&mut spec.time_zone);
    let spec = spec.to_json().to_string().replace('\'', "''");
    let users: Vec<_> = (0..PEOPLE + 2).map(|n| format!("force{n}")).collect();
    let mut sql = format!(
        "INSERT INTO portal.mappings (id, source_id, version, spec) VALUES (gen_random_uuid(), '{SOURCE}', 2, '{spec}');
         INSERT INTO portal.review_cases (id, person_id, login_id, patient_id, local_day, facility_id, state, risk, version, first_action_at,
             last_action_at, row_count, access_type, resource_type)
         SELECT md5('force' || n)::uuid, '{NURSE_A}', '{LOGIN_NURSE}', '{PATIENT_ONE}', current_date - 200 - n, '{FACILITY_A}', 'unassigned', 'medium', 1,
                now() - interval '200 days', now() - interval '200 days', 1, 'view', 'Encounter' FROM generate_series(1, 3) n;
         INSERT INTO portal.review_events (case_id, seq, kind, to_state)
         SELECT md5('force' || n)::uuid, 1, 'opened', 'unassigned' FROM generate_series(1, 3) n;"
    );
    for user in &users {
        sql.push_str(&format!(
            "WITH p AS (INSERT INTO portal.people (id, full_name, username, role, all_facilities)
                        VALUES (gen_random_uuid(), 'User {user}', '{user}', 'manager', true) RETURNING id)
             INSERT INTO portal.credentials (person_id, password_hash) SELECT id, '{hash}' FROM p;"
        ));
    }
    place.sql(&sql).await;
    place.sql("CHECKPOINT").await;
    let setup = Setup {
        users,
        password: PASSWORD,
        cases: "SELECT md5('force' || n)::uuid AS id FROM generate_series(1, 3) n".to_owned(),
        source: SOURCE,
        file,
        rows: ROWS.into(),
        first_day: "2026-05-01",
        slow: true,
    };
    (place, setup)
}

#[actix_web::test]
async fn what_was_answered_stands_whatever_is_killed() {
    let (mut place, setup) = place().await;
    assert!(place.is_durable().await, "what Postgres said is kept stays");
    place.start_portal();
    let crowd = Crowd::new(&place, setup, Duration::from_millis(60), 7).await;
    let faults = crowd
        .work(async {
            let mut faults = Vec::new();
            // so many more acts each time: enough that requests of every kind are under way
            let more = async |acts: usize| {
                let before = crowd.ledger.borrow().acts();
                crowd.until("people act", |ledger| ledger.acts() >= before + acts).await;
            };
            more(25).await;
            crowd.until("an upload is accepted", |ledger| ledger.count(|one| one.batch.is_some()) > 0).await;
            faults.extend(crowd.kill_portal(&mut place).await);
            more(25).await;
            faults.extend(crowd.kill_postgres(&mut place).await);
            more(25).await;
            faults.extend(crowd.kill_portal(&mut place).await);
            more(25).await;
            crowd.until("two want the same", |ledger| ledger.count(|one| one.status == Some(409)) > 2).await;
            crowd
                .until("an export comes whole", |ledger| {
                    ledger.count(|one| one.kind == Kind::Export && one.status == Some(200)) > 0
                })
                .await;
            faults
        })
        .await;
    let last = crowd.settle(&place).await;
    assert!(faults.is_empty() && last.is_empty(), "after a kill: {faults:#?}\nat last: {last:#?}");
    let summary = crowd.ledger.borrow().summary();
    assert!(Kind::ALL.iter().all(|kind| summary[kind].answered > 0), "every kind of request was answered: {summary:?}");
}
