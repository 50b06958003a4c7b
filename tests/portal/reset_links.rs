//! When a one-time link counts: what the database's function itself asks, whoever calls it. The pages look first, so that
//! only here one sees what would happen to a post that was quicker than the look.

use uuid::Uuid;

use crate::fixtures::{ADMIN, FIELD_STAFF, MANAGER, MANAGER_TWO, ROLE_CHANGE};
use crate::harness::{PASSWORD, Raw, TestPortal, told};
use crate::routes::NEW_PASSWORD;

const HASH: &str = "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHQ$c29tZWhhc2g";

/// A link that is good now.
async fn link(portal: &TestPortal, person: Uuid, change: Option<Uuid>) -> String {
    let token = Uuid::now_v7().to_string();
    let change = change.map_or_else(|| "NULL".to_owned(), |id| format!("'{id}'"));
    portal
        .sql(&format!(
            "INSERT INTO portal.reset_links (id, person_id, token_sha256, created_by, change_id)
             VALUES (gen_random_uuid(), '{person}', sha256('{token}'), '{ADMIN}', {change})"
        ))
        .await;
    token
}

async fn try_it(app: &mut Raw, token: &str) -> bool {
    let call =
        format!("SELECT audit.use_reset_link('{token}', '{HASH}', gen_random_uuid(), '127.0.0.1', 'Firefox/128')");
    app.value(&call).await.expect("an answer")
}

async fn hash_of(portal: &TestPortal, person: Uuid) -> String {
    portal.value(&format!("SELECT password_hash FROM portal.credentials WHERE person_id = '{person}'")).await
}

#[actix_web::test]
async fn a_link_that_is_good_counts_once_and_ends_every_way_in_that_was_open() {
    let portal = TestPortal::start().await;
    let person = portal.as_role("field_staff").await;
    portal
        .sql(&format!(
            "INSERT INTO portal.half_sessions (id, token_sha256, person_id, account_sha256, step)
               VALUES (gen_random_uuid(), sha256('half'), '{FIELD_STAFF}', 'x', 'code');
             INSERT INTO portal.sign_in_grants (id, person_id) VALUES (gen_random_uuid(), '{FIELD_STAFF}');
             INSERT INTO portal.proof_failures (person_id, failures, last_at) VALUES ('{FIELD_STAFF}', 9, now())"
        ))
        .await;
    let (mut app, token) = (portal.as_app().await, link(&portal, FIELD_STAFF, None).await);
    let mark = portal.mark().await;
    assert!(try_it(&mut app, &token).await);
    let trail = portal.events_after(mark).await;
    assert_eq!(told(&trail), "credential.reset.use");
    assert_eq!((trail[0].actor_id, trail[0].resource_id), (Some(FIELD_STAFF), FIELD_STAFF));
    assert_eq!(hash_of(&portal, FIELD_STAFF).await, HASH);
    let left: i64 = portal
        .value(&format!(
            "SELECT (SELECT count(*) FROM portal.sessions WHERE person_id = '{FIELD_STAFF}' AND ended_at IS NULL)
                  + (SELECT count(*) FROM portal.half_sessions WHERE person_id = '{FIELD_STAFF}')
                  + (SELECT count(*) FROM portal.sign_in_grants WHERE person_id = '{FIELD_STAFF}')
                  + (SELECT count(*) FROM portal.proof_failures WHERE person_id = '{FIELD_STAFF}')"
        ))
        .await;
    assert_eq!(left, 0);
    assert_eq!(person.get("/settings/account").await.status, 303);
    assert!(!try_it(&mut app, &token).await, "twice");
    let said: i64 = portal.value("SELECT count(*) FROM audit.events WHERE action = 'credential.reset.use'").await;
    assert_eq!(said, 1, "what did not happen is not said to have succeeded");
}

#[actix_web::test]
async fn two_who_use_one_link_at_the_same_moment_do_not_both_succeed() {
    let portal = TestPortal::start().await;
    let token = link(&portal, FIELD_STAFF, None).await;
    let (mut one, mut two) = (portal.as_app().await, portal.as_app().await);
    one.must("BEGIN").await;
    assert!(try_it(&mut one, &token).await);
    let second = async {
        let answer = try_it(&mut two, &token).await;
        assert!(!answer, "whoever waited for the first sees that it is used");
    };
    let first = async {
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        one.must("COMMIT").await;
    };
    futures_util::future::join(second, first).await;
}

#[actix_web::test]
async fn a_link_does_not_count_once_it_is_over_replaced_or_its_person_is_out() {
    let portal = TestPortal::start().await;
    let mut app = portal.as_app().await;
    let before = hash_of(&portal, FIELD_STAFF).await;
    assert!(!try_it(&mut app, "none-such").await);
    assert!(!try_it(&mut app, "").await);

    let expired = link(&portal, FIELD_STAFF, None).await;
    portal.sql("UPDATE portal.reset_links SET expires_at = clock_timestamp()").await;
    assert!(!try_it(&mut app, &expired).await, "expired");

    let admin = portal.as_role("admin").await;
    let replaced = link(&portal, FIELD_STAFF, None).await;
    assert_eq!(admin.post(&format!("/settings/accounts/{FIELD_STAFF}/reset-link"), &[]).await.status, 200);
    assert!(!try_it(&mut app, &replaced).await, "a later link takes its place");

    let inactive = link(&portal, FIELD_STAFF, None).await;
    portal.sql(&format!("UPDATE portal.people SET active = false WHERE id = '{FIELD_STAFF}'")).await;
    assert!(!try_it(&mut app, &inactive).await, "deactivated");
    portal.sql(&format!("UPDATE portal.people SET active = true WHERE id = '{FIELD_STAFF}'")).await;

    // deactivated on the page, and active again: the link of before is gone with it
    assert_eq!(admin.post(&format!("/settings/accounts/{FIELD_STAFF}/deactivation"), &[]).await.status, 303);
    assert_eq!(admin.post(&format!("/settings/accounts/{FIELD_STAFF}/reactivation"), &[]).await.status, 303);
    assert!(!try_it(&mut app, &inactive).await, "coming back does not bring it back");

    let changed = link(&portal, FIELD_STAFF, None).await;
    let own = portal.as_role("field_staff").await;
    let fields = [("current", PASSWORD), ("password", NEW_PASSWORD), ("password_again", NEW_PASSWORD)];
    assert_eq!(own.post("/settings/account/password", &fields).await.status, 303);
    let after = hash_of(&portal, FIELD_STAFF).await;
    assert!(!try_it(&mut app, &changed).await, "who has set a password needs no link");
    assert!(before != after && hash_of(&portal, FIELD_STAFF).await == after, "nothing of it changed a password");
}

#[actix_web::test]
async fn a_link_counts_for_what_its_person_was_when_it_was_made() {
    let portal = TestPortal::start().await;
    let mut app = portal.as_app().await;
    for role in ["auditor", "coordinator", "manager", "admin"] {
        let token = link(&portal, FIELD_STAFF, None).await;
        portal.sql(&format!("UPDATE portal.people SET role = '{role}' WHERE id = '{FIELD_STAFF}'")).await;
        assert!(!try_it(&mut app, &token).await, "{role} since");
        portal.sql(&format!("UPDATE portal.people SET role = 'field_staff' WHERE id = '{FIELD_STAFF}'")).await;
        assert!(try_it(&mut app, &token).await, "and no other reason than the role");
    }
    // a grant takes away even a link that two people made
    let approved = link(&portal, MANAGER_TWO, Some(ROLE_CHANGE)).await;
    assert!(try_it(&mut app, &approved).await, "approved by a second person");
    let granted = link(&portal, FIELD_STAFF, Some(ROLE_CHANGE)).await;
    let manager = portal.as_role("manager").await;
    let path = format!("/settings/accounts/{FIELD_STAFF}/changes/{ROLE_CHANGE}/approval");
    assert_eq!(manager.post(&path, &[("kind", "role")]).await.status, 303);
    assert!(!try_it(&mut app, &granted).await, "made before the grant");
    let unasked = link(&portal, MANAGER, None).await;
    assert!(!try_it(&mut app, &unasked).await, "for somebody who may more, and nobody approved it");
}
