//! How many logins wait to be matched, as the navigation of every page says it: of the reader's own places, and without
//! reading the log.

use uuid::Uuid;

use crate::fixtures::*;
use crate::harness::{Browser, TestDb, TestPortal};
use crate::logins::unknown_logins;

/// What the navigation says beside "EHR logins"; none where it says nothing.
async fn shown(browser: &Browser) -> Option<i64> {
    let page = browser.get("/settings/account").await;
    assert_eq!(page.status, 200);
    let (_, rest) = page.body.split_once("href=\"/people/logins\"").expect("the link");
    let link = rest.split("</a>").next().unwrap_or_default();
    let (_, count) = link.split_once("<span class=\"n\">")?;
    count.split(['<', '+']).next()?.parse().ok()
}

/// The same, counted over every row of the log by whoever sees everything.
async fn counted(db: &TestDb) -> i64 {
    db.value(
        "SELECT count(*) FROM portal.ehr_logins l
          WHERE l.kind = 'personal'
            AND EXISTS (SELECT 1 FROM portal.access_logs a WHERE a.login_id = l.id
                          AND NOT EXISTS (SELECT 1 FROM portal.login_holders h WHERE h.login_id = l.id AND h.valid_from <= a.action_at
                                             AND (h.valid_to IS NULL OR h.valid_to > a.action_at))
                          AND NOT EXISTS (SELECT 1 FROM portal.withdrawn_rows w WHERE w.access_id = a.id))",
    )
    .await
}

/// The readers whose counts are compared: who sees everything, and the coordinators of two facilities.
struct Readers([Browser; 3]);

impl Readers {
    async fn of(portal: &TestPortal) -> Self {
        Self([
            portal.as_role("manager").await,
            portal.as_role("coordinator_a").await,
            portal.as_role("coordinator_b").await,
        ])
    }

    async fn see(&self) -> [i64; 3] {
        let [all, a, b] = &self.0;
        [shown(all).await.expect("a count"), shown(a).await.expect("a count"), shown(b).await.expect("a count")]
    }
}

#[actix_web::test]
async fn each_reader_is_told_of_the_logins_that_wait_in_their_places_as_things_change() {
    let portal = TestPortal::start().await;
    let readers = Readers::of(&portal).await;
    let before = readers.see().await;
    assert_eq!(before[0], counted(&portal).await);
    let plus = |all: i64, a: i64, b: i64| [before[0] + all, before[1] + a, before[2] + b];
    let logins = unknown_logins(&portal, 3).await;
    assert_eq!(readers.see().await, plus(3, 3, 0), "rows at one facility");

    // seen at the other one, too: one login, in the places of both
    let another = |owner: &str, facility: &str, login: Uuid, ordinal: u32| {
        format!(
            "INSERT INTO portal.access_logs (id, action_at, actor_kind, login_id, facility_id, owner_id, source_id, resource_type, access_type,
                  access_reason, outcome, batch_id, ordinal)
             SELECT (left(audit.uuid_floor(at)::text, 13) || '-7000-8003-' || lpad(to_hex({ordinal}), 12, '0'))::uuid, at, 'unknown', '{login}',
                    {facility}, {owner}, '{SOURCE}', 'Encounter', 'view', 'TREAT', 'success', '{BATCH}', 90000 + {ordinal}
               FROM (SELECT date_trunc('milliseconds', now()) - interval '9 days' AS at) t"
        )
    };
    portal.sql(&another("NULL", &format!("'{FACILITY_B}'"), logins[0], 1)).await;
    assert_eq!(readers.see().await, plus(3, 3, 1));
    // a place nobody knows: whoever imported it, and whoever sees everything
    portal.sql("INSERT INTO portal.ehr_logins (id, source_id, login) SELECT '01990000-0000-7000-8001-0000000000ff', source_id, 'nowhere' FROM portal.ehr_logins LIMIT 1").await;
    let nowhere = Uuid::from_u128(0x0199_0000_0000_7000_8001_0000_0000_00ff);
    portal.sql(&another(&format!("'{COORDINATOR_B}'"), "NULL", nowhere, 2)).await;
    assert_eq!(readers.see().await, plus(4, 3, 2));

    let withdrawn = format!(
        "access_id IN (SELECT id FROM portal.access_logs WHERE login_id = '{}' AND facility_id = '{FACILITY_A}')",
        logins[0]
    );
    portal
        .sql(&format!(
            "INSERT INTO portal.withdrawn_rows (access_id, batch_id) SELECT id, batch_id FROM portal.access_logs
              WHERE login_id = '{}' AND facility_id = '{FACILITY_A}' AND ordinal <> (SELECT min(ordinal) FROM portal.access_logs WHERE login_id = '{}')",
            logins[0], logins[0]
        ))
        .await;
    assert_eq!(readers.see().await, plus(4, 3, 2), "a row is left");
    portal
        .sql(&format!(
            "INSERT INTO portal.withdrawn_rows (access_id, batch_id) SELECT id, batch_id FROM portal.access_logs
              WHERE login_id = '{}' AND facility_id = '{FACILITY_A}' ON CONFLICT DO NOTHING",
            logins[0]
        ))
        .await;
    assert_eq!(readers.see().await, plus(4, 2, 2), "the last row there is out");
    assert_eq!(plus(4, 2, 2)[0], counted(&portal).await);
    portal.sql(&format!("DELETE FROM portal.withdrawn_rows WHERE {withdrawn}")).await;
    assert_eq!(readers.see().await, plus(4, 3, 2), "and comes back");

    let holder = format!(
        "INSERT INTO portal.login_holders (id, login_id, person_id, valid_from, valid_to)
         VALUES (gen_random_uuid(), '{}', '{NURSE_A}', now() - interval '90 days', NULL)",
        logins[1]
    );
    portal.sql(&holder).await;
    assert_eq!(readers.see().await, plus(3, 2, 2), "somebody is known to have held it all the while");
    portal.sql(&format!("DELETE FROM portal.login_holders WHERE login_id = '{}'", logins[1])).await;
    portal.sql(&format!("UPDATE portal.ehr_logins SET kind = 'system' WHERE id = '{}'", logins[2])).await;
    assert_eq!(readers.see().await, plus(3, 2, 2), "a system's login waits for nobody");
    assert_eq!(plus(3, 2, 2)[0], counted(&portal).await);
}

/// A row of a login at a facility, some days ago.
async fn used(db: &TestDb, login: Uuid, facility: Uuid, days: i32) {
    db.sql(&format!(
        "INSERT INTO portal.access_logs (id, action_at, actor_kind, login_id, facility_id, source_id, resource_type, access_type,
              access_reason, outcome, batch_id, ordinal)
         SELECT (left(audit.uuid_floor(at)::text, 13) || '-7000-8004-' || right(gen_random_uuid()::text, 12))::uuid, at, 'unknown', '{login}',
                '{facility}', '{SOURCE}', 'Encounter', 'view', 'TREAT', 'success', '{BATCH}', 91000 + {days}
           FROM (SELECT date_trunc('milliseconds', now()) - interval '{days} days' AS at) t"
    ))
    .await;
}

/// Whether the list that the count leads to names the login.
async fn listed(browser: &Browser) -> bool {
    browser.get("/people/logins").await.body.contains(">gap01</a>")
}

#[actix_web::test]
async fn a_login_waits_where_it_was_used_while_nobody_held_it() {
    let portal = TestPortal::start().await;
    let readers = Readers::of(&portal).await;
    let login = Uuid::from_u128(0x0199_0000_0000_7000_8001_0000_0000_00fe);
    portal.sql(&format!("INSERT INTO portal.ehr_logins (id, source_id, login) SELECT '{login}', source_id, 'gap01' FROM portal.ehr_logins LIMIT 1")).await;
    let hold = async |from: i32, to: i32| {
        portal
            .sql(&format!(
                "INSERT INTO portal.login_holders (id, login_id, person_id, valid_from, valid_to)
                 VALUES (gen_random_uuid(), '{login}', '{NURSE_A}', now() - interval '{from} days', now() - interval '{to} days')"
            ))
            .await;
    };
    hold(90, 60).await;
    hold(40, 20).await;
    let before = readers.see().await;
    let plus = |all: i64, a: i64, b: i64| [before[0] + all, before[1] + a, before[2] + b];
    let holds = async |expected: [i64; 3], why: &str| {
        assert_eq!(readers.see().await, expected, "{why}");
        assert_eq!(expected[0], counted(&portal).await, "{why}");
        for (reader, (now, then)) in readers.0.iter().zip(expected.into_iter().zip(before)) {
            assert_eq!(listed(reader).await, now > then, "{why}: the list says the same");
        }
    };
    used(&portal, login, FACILITY_A, 70).await;
    used(&portal, login, FACILITY_B, 30).await;
    holds(plus(0, 0, 0), "somebody held it").await;
    used(&portal, login, FACILITY_A, 50).await;
    holds(plus(1, 1, 0), "between two holders, at a place where it was seen before").await;
    used(&portal, login, FACILITY_B, 10).await;
    holds(plus(1, 1, 1), "after the last").await;

    let between =
        format!("access_id IN (SELECT id FROM portal.access_logs WHERE login_id = '{login}' AND ordinal = 91050)");
    portal
        .sql(&format!(
            "INSERT INTO portal.withdrawn_rows (access_id, batch_id) SELECT id, batch_id FROM portal.access_logs WHERE login_id = '{login}' AND ordinal = 91050"
        ))
        .await;
    holds(plus(1, 0, 1), "the row between is out, another there stays").await;
    portal.sql(&format!("DELETE FROM portal.withdrawn_rows WHERE {between}")).await;
    holds(plus(1, 1, 1), "and comes back").await;

    let ends = |then: i32, days: i32| {
        format!(
            "UPDATE portal.login_holders SET valid_to = valid_to + interval '1 day' * ({then} - {days}) WHERE login_id = '{login}'
                AND valid_to BETWEEN now() - interval '1 day' * ({then} + 1) AND now() - interval '1 day' * ({then} - 1)"
        )
    };
    portal.sql(&ends(60, 45)).await;
    holds(plus(1, 0, 1), "the first held it longer").await;
    portal.sql(&ends(20, 5)).await;
    holds(plus(0, 0, 0), "the second too").await;
    portal.sql(&ends(45, 80)).await;
    holds(plus(1, 1, 0), "or shorter").await;
    hold(75, 41).await;
    holds(plus(0, 0, 0), "somebody held it between").await;
    portal
        .sql(&format!(
            "DELETE FROM portal.login_holders WHERE login_id = '{login}' AND valid_to > now() - interval '30 days'"
        ))
        .await;
    holds(plus(1, 0, 1), "not the last one after all").await;
    portal.sql(&format!("UPDATE portal.ehr_logins SET kind = 'system' WHERE id = '{login}'")).await;
    holds(plus(0, 0, 0), "a system's login waits for nobody").await;
}

#[actix_web::test]
async fn more_than_a_hundred_is_said_to_be_more_and_who_may_not_match_is_told_of_none() {
    let portal = TestPortal::start().await;
    unknown_logins(&portal, 120).await;
    let readers = Readers::of(&portal).await;
    let few = readers.see().await[2];
    assert_eq!(readers.see().await, [99, 99, few]);
    let auditor = portal.as_role("auditor").await;
    assert_eq!(shown(&auditor).await, None);
    let (mut app, token) = (portal.as_app().await, portal.session_of(AUDITOR).await);
    let event = app.open(&token, "home.read").await.expect("may");
    app.must(&format!("BEGIN; SELECT audit.use_event('{event}')")).await;
    assert_eq!(app.value::<i64>("SELECT portal.unheld_logins()").await, Ok(0));
}

#[actix_web::test]
async fn the_count_waits_for_nobody_who_holds_the_log() {
    let db = TestDb::new().await;
    unknown_logins(&db, 3).await;
    for person in [MANAGER, COORDINATOR_A, COORDINATOR_B] {
        let (mut app, token) = (db.as_app().await, db.session_of(person).await);
        let event = app.open(&token, "home.read").await.expect("may");
        app.must(&format!("BEGIN; SELECT audit.use_event('{event}')")).await;
        let mut owner = db.as_role("portal_owner").await;
        owner.must("BEGIN; LOCK TABLE portal.access_logs, portal.ehr_logins IN ACCESS EXCLUSIVE MODE").await;
        app.must("SET LOCAL statement_timeout = '5s'").await;
        assert!(app.value::<i64>("SELECT portal.unheld_logins()").await.is_ok(), "it reads no row of the log");
        owner.must("ROLLBACK").await;
    }
}
