//! One's own account: the password, and where one is signed in.

use crate::fixtures::FIELD_STAFF;
use crate::harness::{PASSWORD, TestPortal, told};
use crate::routes::NEW_PASSWORD;

#[actix_web::test]
async fn changing_the_password_needs_the_current_one_and_ends_every_other_session() {
    let portal = TestPortal::start().await;
    let (here, there) = (portal.as_role("field_staff").await, portal.as_role("field_staff").await);
    let fields = |current| [("current", current), ("password", NEW_PASSWORD), ("password_again", NEW_PASSWORD)];
    let wrong = here.post("/settings/account/password", &fields("not it")).await;
    assert_eq!(wrong.status, 422);
    assert!(wrong.body.contains("This is not your current password") && !wrong.body.contains(NEW_PASSWORD));
    let changed = here.post("/settings/account/password", &fields(PASSWORD)).await;
    assert_eq!(changed.status, 303);
    assert_eq!(told(&portal.events(changed.request_id()).await), "credential.own.read credential.password.change");
    assert_eq!(here.get("/settings/account").await.status, 200, "this session goes on");
    assert_eq!(there.get("/settings/account").await.status, 303, "the other one is over");
    assert_eq!(portal.visitor().sign_in("field_staff", PASSWORD).await.status, 422);
    assert_eq!(portal.visitor().sign_in("field_staff", NEW_PASSWORD).await.status, 303);
}

#[actix_web::test]
async fn guessing_the_current_password_gets_slower() {
    let portal = TestPortal::start().await;
    let browser = portal.as_role("field_staff").await;
    let fields = |current| [("current", current), ("password", NEW_PASSWORD), ("password_again", NEW_PASSWORD)];
    for _ in 0..5 {
        assert_eq!(browser.post("/settings/account/password", &fields("not it")).await.status, 422);
    }
    let slowed = browser.post("/settings/account/password", &fields(PASSWORD)).await;
    assert_eq!(slowed.status, 429, "the right one waits, too");
    assert_eq!(
        told(&portal.events(slowed.request_id()).await),
        "credential.own.read credential.password.change!auth_fail/throttled"
    );
    portal.sql("UPDATE portal.proof_failures SET last_at = last_at - interval '31 seconds'").await;
    assert_eq!(browser.post("/settings/account/password", &fields(PASSWORD)).await.status, 303);
}

#[actix_web::test]
async fn the_page_lists_where_one_is_signed_in_and_ends_one_session_or_all_others() {
    let portal = TestPortal::start().await;
    let (here, there, third) =
        (portal.as_role("field_staff").await, portal.as_role("field_staff").await, portal.as_role("field_staff").await);
    let page = here.get("/settings/account").await;
    assert!(page.body.contains("Firefox 128 (this one)") && page.body.contains("127.0.0.1"), "{}", page.body);
    assert_eq!(
        page.body.matches("Firefox 128</span>").count() + page.body.matches("Firefox 128 (this one)").count(),
        3
    );
    let second: uuid::Uuid = portal
        .value(&format!(
            "SELECT id FROM portal.sessions WHERE person_id = '{FIELD_STAFF}' ORDER BY id OFFSET 1 LIMIT 1"
        ))
        .await;
    let path = format!("/settings/account/sessions/{second}/end");
    assert_eq!(portal.as_role("manager").await.post(&path, &[]).await.status, 404, "somebody else's does not exist");
    let ended = here.post(&path, &[]).await;
    let [event] = &portal.events(ended.request_id()).await[..] else { panic!("one event") };
    assert_eq!((ended.status, event.short().as_str(), event.resource_id), (303, "session.revoke", second));
    assert_eq!(there.get("/settings/account").await.status, 303);
    assert_eq!(third.get("/settings/account").await.status, 200);
    assert_eq!(here.post("/settings/account/sessions/end", &[]).await.status, 303);
    assert_eq!(third.get("/settings/account").await.status, 303);
    assert_eq!(here.get("/settings/account").await.status, 200);
}

#[actix_web::test]
async fn a_form_of_passwords_typed_into_a_dead_session_is_not_carried_along() {
    let portal = TestPortal::start().await;
    let browser = portal.as_role("field_staff").await;
    portal.sql("UPDATE portal.sessions SET ended_at = now()").await;
    let answer = browser.post("/settings/account/password", &[("current", PASSWORD), ("password", NEW_PASSWORD)]).await;
    assert_eq!((answer.status, answer.location()), (303, "/sign-in"));
}

#[actix_web::test]
async fn the_session_that_goes_on_is_the_one_of_the_event_and_nobody_names_another() {
    let portal = TestPortal::start().await;
    let alive = format!(
        "SELECT coalesce(array_agg(id ORDER BY id), '{{}}') FROM portal.sessions WHERE person_id = '{FIELD_STAFF}' AND ended_at IS NULL"
    );
    let hash: String =
        portal.value(&format!("SELECT password_hash FROM portal.credentials WHERE person_id = '{FIELD_STAFF}'")).await;
    for (action, ends, names) in [
        ("session.revoke_all", "portal.end_own_sessions()".to_owned(), "portal.end_own_sessions($1)".to_owned()),
        (
            "credential.password.change",
            format!("portal.change_own_password('{hash}', '{hash}')"),
            format!("portal.change_own_password('{hash}', '{hash}', $1)"),
        ),
    ] {
        let browser = portal.as_role("field_staff").await;
        let token = portal.session_of(FIELD_STAFF).await;
        let here: uuid::Uuid = portal.value(&format!("SELECT audit.session_id('{token}')")).await;
        let there: Vec<uuid::Uuid> = portal.value(&alive).await;
        let there = there.into_iter().find(|id| *id != here).expect("the browser's");
        let mut app = portal.as_app().await;
        app.must("BEGIN").await;
        app.open(&token, action).await.expect("may");
        let named = names.replace("$1", &format!("'{there}'"));
        app.must("SAVEPOINT before").await;
        assert_eq!(app.run(&format!("SELECT {named}")).await, Err("42883".to_owned()), "{named}");
        app.must("ROLLBACK TO before").await;
        app.must(&format!("SELECT {ends}")).await;
        app.must("COMMIT").await;
        assert_eq!(portal.value::<Vec<uuid::Uuid>>(&alive).await, [here], "{action}");
        assert_eq!(browser.get("/settings/account").await.status, 303);
    }
}
