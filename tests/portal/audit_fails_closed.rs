//! If no event can be written, nothing is done and nothing is shown.

use crate::every_route::{browser_of, lines, send};
use crate::fixtures::{ACCOUNTS, SECRETS};
use crate::harness::{Answer, PASSWORD, TestPortal};
use crate::routes::Who;

/// The door's functions insert as the trail's owner.
const SHUT: &str = "REVOKE INSERT ON audit.events FROM audit_owner";

/// What of the fixtures the answer shows.
fn leaked(answer: &Answer) -> Vec<String> {
    let ids = ACCOUNTS.map(|(_, id, _)| id.to_string());
    let everything = format!("{} {:?}", answer.body, answer.headers);
    // every id of the fixtures begins the same
    let own = ["01990000-0000-7000".to_owned()];
    SECRETS
        .map(ToOwned::to_owned)
        .into_iter()
        .chain(ids)
        .chain(own)
        .filter(|secret| everything.contains(secret.as_str()))
        .collect()
}

async fn nothing_is_shown_to(who: Who) {
    let portal = TestPortal::start().await;
    let browser = browser_of(&portal, who).await;
    let mut own = Vec::new();
    for line in lines().iter().filter(|line| line.own_session) {
        own.push((line.name(), browser_of(&portal, who).await));
    }
    portal.sql(SHUT).await;
    let mark = portal.mark().await;
    let before: i64 = portal.value("SELECT count(*) FROM portal.review_events").await;
    let mut failures = Vec::new();
    for line in lines().iter().filter(|line| !line.public) {
        let browser = own.iter().find(|(name, _)| *name == line.name()).map_or(&browser, |(_, browser)| browser);
        for htmx in [false, true] {
            let answer = send(browser, line, htmx).await;
            let leaked = leaked(&answer);
            if answer.status != 503 || !leaked.is_empty() {
                failures.push(format!("{} (htmx {htmx}): {} {leaked:?}", line.name(), answer.status));
            }
        }
    }
    assert!(failures.is_empty(), "as {who:?}:\n{}", failures.join("\n"));
    assert!(portal.events_after(mark).await.is_empty());
    assert_eq!(portal.value::<i64>("SELECT count(*) FROM portal.review_events").await, before, "nothing was done");
    let dark: i64 = portal.value("SELECT count(*) FROM portal.people WHERE theme = 'dark'").await;
    assert_eq!(dark, 0, "nothing was done");
}

#[actix_web::test]
async fn without_a_trail_a_manager_is_shown_nothing() {
    nothing_is_shown_to(Who::Manager).await;
}

#[actix_web::test]
async fn without_a_trail_a_coordinator_is_shown_nothing() {
    nothing_is_shown_to(Who::Coordinator).await;
}

#[actix_web::test]
async fn without_a_trail_field_staff_are_shown_nothing() {
    nothing_is_shown_to(Who::FieldStaff).await;
}

#[actix_web::test]
async fn without_a_trail_whoever_is_signed_out_is_shown_nothing() {
    nothing_is_shown_to(Who::SignedOut).await;
}

#[actix_web::test]
async fn without_a_trail_nobody_signs_in_and_the_portal_says_it_is_not_ready() {
    let portal = TestPortal::start().await;
    portal.sql(SHUT).await;
    let visitor = portal.visitor();
    for password in [PASSWORD, "wrong"] {
        let answer = visitor.sign_in("manager", password).await;
        assert_eq!(answer.status, 503);
        assert!(!answer.headers.contains_key("set-cookie"));
        assert_eq!(leaked(&answer), Vec::<String>::new());
    }
    assert_eq!(portal.value::<i64>("SELECT count(*) FROM portal.sessions").await, 0);
    for (path, status) in [("/readyz", 503), ("/sign-in", 200), ("/static/app.css", 200), ("/healthz", 200)] {
        assert_eq!(visitor.get(path).await.status, status, "{path}");
    }
    portal.sql("GRANT INSERT ON audit.events TO audit_owner").await;
    assert_eq!(visitor.get("/readyz").await.status, 200);
    assert_eq!(visitor.sign_in("manager", PASSWORD).await.status, 303, "and comes back by itself");
}

#[actix_web::test]
async fn without_a_database_nothing_is_shown_and_the_form_still_answers() {
    let portal = TestPortal::start().await;
    let browser = portal.as_role("manager").await;
    portal.db.close().await;
    let mut postgres = crate::harness::Raw::connect(&portal.superuser_url.replace(&portal.name, "postgres")).await;
    postgres.must(&format!("ALTER DATABASE {} ALLOW_CONNECTIONS false", portal.name)).await;
    postgres
        .must(&format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{}'", portal.name))
        .await;
    for (path, status) in
        [("/settings/permissions", 503), ("/", 503), ("/readyz", 503), ("/static/app.css", 200), ("/healthz", 200)]
    {
        let answer = browser.get(path).await;
        assert_eq!(answer.status, status, "{path}");
        assert_eq!(leaked(&answer), Vec::<String>::new(), "{path}");
        assert!(answer.headers.contains_key("content-security-policy"), "{path}");
    }
    assert_eq!(portal.visitor().get("/sign-in").await.status, 200);
    assert_eq!(portal.visitor().sign_in("manager", PASSWORD).await.status, 503);
}
