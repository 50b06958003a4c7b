//! The second factor: set up, asked for, used once, lost.

use hipaa_auditor::auth::totp::SharedSecret;
use hipaa_auditor::clock;
use hipaa_auditor::config::SecondFactor;

use crate::fixtures::{ADMIN, FIELD_STAFF};
use crate::harness::{Answer, Browser, PASSWORD, TestPortal, told};

mod renewal;

/// The secret that a page shows as text.
fn secret_of(answer: &Answer) -> SharedSecret {
    let (_, rest) = answer.body.split_once("id=\"secret\">").unwrap_or_else(|| panic!("a secret: {}", answer.body));
    SharedSecret::of_text(rest.split('<').next().unwrap_or_default()).expect("base32")
}

/// The code of a time step from now.
fn code(secret: &SharedSecret, steps: i64) -> String {
    secret.code_at(u64::try_from(clock::now().timestamp() + 30 * steps).expect("after 1970"))
}

fn recovery_codes_of(answer: &Answer) -> Vec<String> {
    let (_, list) = answer.body.split_once("id=\"codes\"").unwrap_or_else(|| panic!("codes: {}", answer.body));
    let (list, _) = list.split_once("</ol>").expect("a list");
    list.split("<code class=\"id\">")
        .skip(1)
        .map(|part| part.split('<').next().unwrap_or_default().to_owned())
        .collect()
}

/// Sets a factor up with a code of the past step, so that this one's still counts.
async fn enrol(browser: &Browser) -> (SharedSecret, Vec<String>, String) {
    let begun = browser.post("/settings/account/second-factor/enrolment", &[("current", PASSWORD)]).await;
    assert_eq!(begun.status, 303, "{}", begun.body);
    let page = browser.get("/settings/account/second-factor").await;
    assert!(page.body.contains("<svg class=\"qr\"") && !page.body.contains("style="));
    let secret = secret_of(&page);
    let used = code(&secret, -1);
    let confirmed = browser.post("/settings/account/second-factor/confirmation", &[("code", &used)]).await;
    assert_eq!(confirmed.status, 200, "{}", confirmed.body);
    let codes = recovery_codes_of(&confirmed);
    assert_eq!(codes.len(), 10);
    (secret, codes, used)
}

async fn events(portal: &TestPortal, answer: &Answer) -> String {
    told(&portal.events(answer.request_id()).await)
}

#[actix_web::test]
async fn whoever_has_a_second_factor_is_asked_for_it_and_each_code_counts_once() {
    let portal = TestPortal::start().await;
    let (secret, ..) = enrol(&portal.as_role("field_staff").await).await;

    let browser = portal.visitor();
    let first = browser.sign_in("field_staff", PASSWORD).await;
    assert_eq!((first.status, first.location()), (303, "/sign-in/code"));
    let [event] = &portal.events(first.request_id()).await[..] else { panic!("one event") };
    assert_eq!((event.short().as_str(), event.actor_id, event.resource_id), ("session.login.begin", None, FIELD_STAFF));
    assert_eq!(browser.get("/settings/account").await.status, 303, "half a session opens nothing");
    assert_eq!(browser.get("/sign-in/code").await.status, 200);

    let wrong = browser.post("/sign-in/code", &[("code", "not a code")]).await;
    assert_eq!(
        (wrong.status, events(&portal, &wrong).await.as_str()),
        (422, "session.login.attempt!auth_fail/bad_code")
    );
    let now = code(&secret, 0);
    let right = browser.post("/sign-in/code", &[("code", &now)]).await;
    assert_eq!((right.status, right.location()), (303, "/"));
    let trail = portal.events(right.request_id()).await;
    assert_eq!(told(&trail), "credential.totp.use session.login.attempt");
    assert!(trail.iter().all(|event| event.actor_id == Some(FIELD_STAFF)));
    assert_eq!(browser.get("/settings/account").await.status, 200);

    let thief = portal.visitor();
    thief.sign_in("field_staff", PASSWORD).await;
    assert_eq!(thief.post("/sign-in/code", &[("code", &now)]).await.status, 422, "it has counted");
    let late = portal.visitor();
    late.sign_in("field_staff", PASSWORD).await;
    assert_eq!(late.post("/sign-in/code", &[("code", &code(&secret, -1))]).await.status, 422, "nor one before it");
}

#[actix_web::test]
async fn a_recovery_code_stands_in_once() {
    let portal = TestPortal::start().await;
    let (_, codes, _) = enrol(&portal.as_role("field_staff").await).await;
    for (typed, status) in [
        (codes[0].to_uppercase(), 303),
        (codes[0].clone(), 422),
        (codes[1].replace('-', " "), 303),
        ("aaaa-bbbb-cccc".to_owned(), 422),
    ] {
        let browser = portal.visitor();
        browser.sign_in("field_staff", PASSWORD).await;
        let answer = browser.post("/sign-in/code", &[("code", &typed)]).await;
        assert_eq!(answer.status, status, "{typed}");
        if status == 303 {
            assert_eq!(events(&portal, &answer).await, "credential.recovery.use session.login.attempt");
        }
    }
    let kept: i64 = portal
        .value(&format!("SELECT count(*) FROM portal.recovery_codes r WHERE r::text LIKE '%{}%'", codes[2]))
        .await;
    assert_eq!(kept, 0, "hashes only");
}

#[actix_web::test]
async fn a_half_session_ends_after_five_minutes_and_after_five_wrong_codes_and_guessing_gets_slower() {
    let portal = TestPortal::start().await;
    let (secret, ..) = enrol(&portal.as_role("field_staff").await).await;
    let browser = portal.visitor();
    browser.sign_in("field_staff", PASSWORD).await;
    portal.sql("UPDATE portal.half_sessions SET started_at = now() - interval '5 minutes 1 second'").await;
    let late = browser.post("/sign-in/code", &[("code", &code(&secret, 0))]).await;
    assert_eq!((late.status, late.location()), (303, "/sign-in"));
    assert_eq!(events(&portal, &late).await, "session.login.attempt!auth_fail/no_session");

    browser.sign_in("field_staff", PASSWORD).await;
    for _ in 0..5 {
        assert_eq!(browser.post("/sign-in/code", &[("code", "000000000")]).await.status, 422);
    }
    assert_eq!(
        browser.post("/sign-in/code", &[("code", &code(&secret, 0))]).await.location(),
        "/sign-in",
        "start again"
    );
    assert_eq!(browser.sign_in("field_staff", PASSWORD).await.status, 429, "the account waits at this address");
    portal.sql("UPDATE portal.sign_in_failures SET last_at = last_at - interval '31 seconds'").await;
    assert_eq!(browser.sign_in("field_staff", PASSWORD).await.location(), "/sign-in/code");
    let slowed = browser.post("/sign-in/code", &[("code", &code(&secret, 0))]).await;
    assert_eq!(
        (slowed.status, events(&portal, &slowed).await.as_str()),
        (429, "session.login.attempt!auth_fail/throttled")
    );
    portal.sql("UPDATE portal.proof_failures SET last_at = last_at - interval '31 seconds'").await;
    assert_eq!(browser.post("/sign-in/code", &[("code", &code(&secret, 0))]).await.status, 303);
}

#[actix_web::test]
async fn where_it_is_required_a_privileged_person_sets_it_up_before_anything_else() {
    let portal = TestPortal::start_with(|config| config.second_factor = SecondFactor::RequiredForPrivileged).await;
    assert_eq!(portal.visitor().sign_in("coordinator_a", PASSWORD).await.location(), "/", "others are not asked");
    for username in ["admin", "manager"] {
        let browser = portal.visitor();
        let first = browser.sign_in(username, PASSWORD).await;
        assert_eq!((first.status, first.location()), (303, "/sign-in/second-factor"));
        assert_eq!(events(&portal, &first).await, "session.login.begin credential.totp.enrol");
        for path in ["/", "/settings/account", "/settings/account/second-factor", "/audit"] {
            assert_eq!(browser.get(path).await.status, 303, "{path} is shut");
        }
        assert_eq!(browser.post("/sign-in/code", &[("code", "123456")]).await.location(), "/sign-in", "nor around it");
        let page = browser.get("/sign-in/second-factor").await;
        let secret = secret_of(&page);
        let wrong = browser.post("/sign-in/second-factor", &[("code", "nonsense")]).await;
        assert_eq!(wrong.status, 422);
        assert_eq!(events(&portal, &wrong).await, "session.login.attempt!auth_fail/bad_code");
        let done = browser.post("/sign-in/second-factor", &[("code", &code(&secret, -1))]).await;
        assert_eq!((done.status, recovery_codes_of(&done).len()), (200, 10));
        assert_eq!(events(&portal, &done).await, "credential.totp.confirm session.login.attempt");
        assert_eq!(browser.get("/audit").await.status, 200);

        let next = portal.visitor();
        assert_eq!(next.sign_in(username, PASSWORD).await.location(), "/sign-in/code");
        assert_eq!(next.post("/sign-in/code", &[("code", &code(&secret, 0))]).await.status, 303);

        let page = next.get("/settings/account/second-factor").await;
        assert!(!page.body.contains("/second-factor/removal"), "what is required cannot be turned off");
        let fields = [("current", PASSWORD), ("code", &*code(&secret, 1))];
        let off = next.post("/settings/account/second-factor/removal", &fields).await;
        assert_eq!(off.status, 403);
        assert!(events(&portal, &off).await.ends_with("credential.totp.disable!authz_fail/second_person_needed"));
        assert_eq!(portal.visitor().sign_in(username, PASSWORD).await.location(), "/sign-in/code");
    }
}

#[actix_web::test]
async fn turning_it_off_needs_the_password_and_a_code() {
    let portal = TestPortal::start().await;
    let browser = portal.as_role("field_staff").await;
    let wrong = browser.post("/settings/account/second-factor/enrolment", &[("current", "not it")]).await;
    assert_eq!(wrong.status, 422, "nor is it set up without the password");
    let (secret, _, used) = enrol(&browser).await;
    let off = async |password: &str, code: &str| {
        browser.post("/settings/account/second-factor/removal", &[("current", password), ("code", code)]).await
    };
    assert_eq!(off("not it", &code(&secret, 0)).await.status, 422);
    assert_eq!(off(PASSWORD, &used).await.status, 422, "that one has counted");
    let done = off(PASSWORD, &code(&secret, 0)).await;
    assert_eq!(
        (done.status, events(&portal, &done).await.as_str()),
        (303, "credential.own.read credential.totp.disable")
    );
    assert_eq!(portal.visitor().sign_in("field_staff", PASSWORD).await.location(), "/");
}

#[actix_web::test]
async fn a_lost_factor_is_removed_by_two_people() {
    let portal = TestPortal::start().await;
    let person = portal.as_role("field_staff").await;
    enrol(&person).await;
    let (admin, manager) = (portal.as_role("admin").await, portal.as_role("manager").await);
    let path = format!("/settings/accounts/{FIELD_STAFF}/changes");
    let asked = admin.post(&path, &[("kind", "factor_reset")]).await;
    assert_eq!((asked.status, events(&portal, &asked).await.as_str()), (303, "credential.totp.reset_request"));
    assert_eq!(portal.visitor().sign_in("field_staff", PASSWORD).await.location(), "/sign-in/code", "not yet");
    let change: uuid::Uuid = portal.value("SELECT id FROM portal.account_changes ORDER BY id DESC LIMIT 1").await;
    let approval = format!("{path}/{change}/approval");
    assert_eq!(admin.post(&approval, &[("kind", "factor_reset")]).await.status, 403);
    let removed = manager.post(&approval, &[("kind", "factor_reset")]).await;
    assert_eq!((removed.status, events(&portal, &removed).await.as_str()), (303, "credential.totp.reset"));
    assert_eq!(person.get("/settings/account").await.status, 303, "signed out");
    assert_eq!(portal.visitor().sign_in("field_staff", PASSWORD).await.location(), "/");
    let own = admin.post(&format!("/settings/accounts/{ADMIN}/changes"), &[("kind", "factor_reset")]).await;
    assert_eq!(own.status, 403, "not one's own");
}

#[actix_web::test]
async fn the_database_gives_a_half_session_no_door_and_a_hash_no_way_around_the_second_step() {
    let portal = TestPortal::start().await;
    enrol(&portal.as_role("field_staff").await).await;
    let mut app = portal.as_app().await;
    let hash: String = app
        .value("SELECT password_hash FROM audit.sign_in_lookup('field_staff', 'x', '127.0.0.1')")
        .await
        .expect("a hash");
    let verified = |half: &str| {
        format!(
            "SELECT grant_id FROM audit.sign_in_verified('field_staff', 'x', '{hash}', {half}, false, gen_random_uuid(), '127.0.0.1', NULL)"
        )
    };
    assert_eq!(app.value::<Option<uuid::Uuid>>(&verified("NULL")).await, Err("HA401".to_owned()));
    assert_eq!(app.value::<Option<uuid::Uuid>>(&verified("'half'")).await, Ok(None));
    assert_eq!(app.open("half", "home.read").await, Err("HA401".to_owned()));
    // a secret goes out to the half session's own token, or under one's own event
    let other: Option<Vec<u8>> =
        app.value("SELECT secret_sealed FROM audit.half_session('another')").await.expect("answers");
    assert_eq!(other, None);
    assert_eq!(app.run("SELECT * FROM portal.own_factor()").await, Err("HA001".to_owned()));
}
