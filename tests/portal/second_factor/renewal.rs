//! The second factor renewed by its owner: fresh recovery codes, another phone.

use hipaa_auditor::config::SecondFactor;

use super::{code, enrol, events, recovery_codes_of, secret_of};
use crate::fixtures::FIELD_STAFF;
use crate::harness::{Answer, Browser, PASSWORD, TestPortal};

const CODES: &str = "/settings/account/second-factor/recovery-codes";
const MOVE: &str = "/settings/account/second-factor/replacement";
const CONFIRM: &str = "/settings/account/second-factor/replacement/confirmation";

async fn prove(browser: &Browser, path: &str, password: &str, code: &str) -> Answer {
    browser.post(path, &[("current", password), ("code", code)]).await
}

/// Signs in with the password and then this.
async fn second_step(portal: &TestPortal, code: &str) -> u16 {
    let browser = portal.visitor();
    assert_eq!(browser.sign_in("field_staff", PASSWORD).await.location(), "/sign-in/code");
    browser.post("/sign-in/code", &[("code", code)]).await.status
}

#[actix_web::test]
async fn recovery_codes_are_renewed_by_password_and_code_and_the_old_ones_die() {
    let portal = TestPortal::start().await;
    let browser = portal.as_role("field_staff").await;
    let (secret, old, used) = enrol(&browser).await;
    assert!(browser.get("/settings/account/second-factor").await.body.contains(CODES));
    for (password, code, field, outcome) in [
        ("not it", &*old[0], "current", "bad_credentials"),
        (PASSWORD, &*used, "code", "bad_code"),
        (PASSWORD, "", "code", "bad_code"),
        (PASSWORD, "aaaa-bbbb-cccc", "code", "bad_code"),
    ] {
        let refused = prove(&browser, CODES, password, code).await;
        assert_eq!(refused.status, 422, "{field}");
        assert!(refused.body.contains(&format!("id=\"{field}-e\"")), "{field}: {}", refused.body);
        assert_eq!(
            events(&portal, &refused).await,
            format!("credential.own.read credential.recovery.renew!auth_fail/{outcome} credential.own.read")
        );
    }
    portal.sql("DELETE FROM portal.proof_failures").await;
    assert_eq!(second_step(&portal, &old[0]).await, 303, "what was refused has used up nothing");
    let renewed = prove(&browser, CODES, PASSWORD, &code(&secret, 0)).await;
    assert_eq!(renewed.status, 200, "{}", renewed.body);
    let trail = portal.events(renewed.request_id()).await;
    assert_eq!(crate::harness::told(&trail), "credential.own.read credential.recovery.renew");
    assert!(trail.iter().all(|event| event.resource_id == FIELD_STAFF && event.actor_id == Some(FIELD_STAFF)));
    let fresh = recovery_codes_of(&renewed);
    assert_eq!(fresh.len(), 10);
    assert!(!browser.get(CODES).await.body.contains(&fresh[0]), "they are shown once");
    assert_eq!(second_step(&portal, &old[1]).await, 422, "an old one counts no more");
    assert_eq!(second_step(&portal, &fresh[0]).await, 303);
    assert_eq!(second_step(&portal, &code(&secret, 0)).await, 422, "the code that renewed them has counted");

    // who has lost the phone renews them by one of them, which then is an old one itself
    let again = prove(&browser, CODES, PASSWORD, &fresh[1]).await;
    assert_eq!(again.status, 200);
    assert_eq!(prove(&browser, CODES, PASSWORD, &fresh[1]).await.status, 422);
    assert_eq!(browser.get("/settings/account").await.status, 200, "nobody is signed out by it");
}

#[actix_web::test]
async fn a_second_factor_moves_to_another_phone_which_then_alone_counts() {
    let portal = TestPortal::start().await;
    let browser = portal.as_role("field_staff").await;
    let elsewhere = portal.as_role("field_staff").await;
    let (old, codes, _) = enrol(&browser).await;
    for (password, code) in [("not it", &*code(&old, 0)), (PASSWORD, "000000"), (PASSWORD, "")] {
        let refused = prove(&browser, MOVE, password, code).await;
        assert!(refused.status == 422 && !refused.body.contains("id=\"secret\""), "{}", refused.body);
    }
    portal.sql("DELETE FROM portal.proof_failures").await;
    let begun = prove(&browser, MOVE, PASSWORD, &codes[0]).await;
    assert_eq!((begun.status, begun.location()), (303, MOVE));
    assert_eq!(events(&portal, &begun).await, "credential.own.read credential.totp.replace_begin");
    let new = secret_of(&browser.get(MOVE).await);
    let sealed: i64 = portal
        .value("SELECT count(*) FROM portal.second_factors WHERE next_sealed IS NOT NULL AND octet_length(next_sealed) > 40")
        .await;
    assert_eq!(sealed, 1, "sealed, not in the clear");

    assert_eq!(second_step(&portal, &code(&new, 0)).await, 422, "the new one does not count yet");
    assert_eq!(second_step(&portal, &code(&old, 0)).await, 303, "the old one does");
    let wrong = browser.post(CONFIRM, &[("code", &code(&old, 1))]).await;
    assert_eq!(wrong.status, 422, "the old phone does not confirm the new one");
    assert_eq!(secret_of(&wrong).code_at(0), new.code_at(0), "the same secret again");
    assert_eq!(elsewhere.get("/settings/account").await.status, 200);

    let done = browser.post(CONFIRM, &[("code", &code(&new, -1))]).await;
    assert_eq!(done.status, 200, "{}", done.body);
    assert_eq!(events(&portal, &done).await, "credential.own.read credential.totp.replace");
    let fresh = recovery_codes_of(&done);
    assert_eq!(browser.get("/settings/account").await.status, 200, "this session goes on");
    assert_eq!(elsewhere.get("/settings/account").await.status, 303, "every other one is over");
    portal.sql("DELETE FROM portal.proof_failures; DELETE FROM portal.sign_in_failures").await;
    assert_eq!(second_step(&portal, &code(&old, 1)).await, 422, "the old phone is out");
    assert_eq!(second_step(&portal, &codes[1]).await, 422, "and so are its recovery codes");
    assert_eq!(second_step(&portal, &code(&new, -1)).await, 422, "the code that confirmed it has counted");
    assert_eq!(second_step(&portal, &code(&new, 0)).await, 303);
    assert_eq!(second_step(&portal, &fresh[0]).await, 303);
}

#[actix_web::test]
async fn a_new_phone_is_confirmed_within_ten_minutes_or_the_old_one_stays() {
    let portal = TestPortal::start().await;
    let browser = portal.as_role("field_staff").await;
    let (old, codes, _) = enrol(&browser).await;
    assert_eq!(browser.post(CONFIRM, &[("code", "123456")]).await.status, 409, "nothing was begun");
    assert_eq!(prove(&browser, MOVE, PASSWORD, &codes[0]).await.status, 303);
    let new = secret_of(&browser.get(MOVE).await);
    portal.sql("UPDATE portal.second_factors SET next_since = next_since - interval '10 minutes'").await;
    assert!(!browser.get(MOVE).await.body.contains("id=\"secret\""), "the secret is shown no more");
    let late = browser.post(CONFIRM, &[("code", &code(&new, 0))]).await;
    assert_eq!(
        (late.status, events(&portal, &late).await.as_str()),
        (409, "credential.own.read credential.totp.replace!validate_fail/conflict")
    );
    assert_eq!(second_step(&portal, &code(&old, 0)).await, 303);

    // begun twice: the secret of the second alone can follow, whatever page the first one's still stands on
    assert_eq!(prove(&browser, MOVE, PASSWORD, &codes[1]).await.status, 303);
    let first = secret_of(&browser.get(MOVE).await);
    assert_eq!(prove(&browser, MOVE, PASSWORD, &codes[2]).await.status, 303);
    assert_eq!(browser.post(CONFIRM, &[("code", &code(&first, 0))]).await.status, 422);
}

/// Whether a secret waits for its confirmation.
async fn pending(portal: &TestPortal) -> i64 {
    portal.value("SELECT count(*) FROM portal.second_factors WHERE next_sealed IS NOT NULL").await
}

#[actix_web::test]
async fn a_new_phone_is_shown_to_and_confirmed_by_the_session_that_proved_itself_and_no_other() {
    let portal = TestPortal::start().await;
    let browser = portal.as_role("field_staff").await;
    let elsewhere = portal.as_role("field_staff").await;
    let (_, codes, _) = enrol(&browser).await;
    assert_eq!(prove(&browser, MOVE, PASSWORD, &codes[0]).await.status, 303);
    let new = secret_of(&browser.get(MOVE).await);

    let page = elsewhere.get(MOVE).await;
    assert!(page.status == 200 && !page.body.contains("id=\"secret\""), "{}", page.body);
    let stolen = elsewhere.post(CONFIRM, &[("code", &code(&new, 0))]).await;
    assert_eq!(
        (stolen.status, events(&portal, &stolen).await.as_str()),
        (409, "credential.own.read credential.totp.replace!validate_fail/conflict")
    );

    // nor by the database's functions, whatever the program asks them
    let (mut app, token) = (portal.as_app().await, portal.session_of(FIELD_STAFF).await);
    let event = app.open(&token, "credential.own.read").await.expect("may");
    app.must(&format!("BEGIN; SELECT audit.use_event('{event}')")).await;
    assert_eq!(app.value::<Option<Vec<u8>>>("SELECT portal.own_replacement()").await, Ok(None));
    app.open(&token, "credential.totp.replace").await.expect("may");
    let sealed: String = portal
        .value("SELECT encode(next_sealed, 'hex') FROM portal.second_factors WHERE next_sealed IS NOT NULL")
        .await;
    let confirm = format!("SELECT portal.confirm_own_replacement('\\x{sealed}', 1, '{{}}')");
    assert_eq!(app.value::<bool>(&confirm).await, Ok(false));
    app.must("ROLLBACK").await;

    assert_eq!(browser.post(CONFIRM, &[("code", &code(&new, 0))]).await.status, 200);
}

#[actix_web::test]
async fn a_move_ends_with_the_password_with_every_sign_out_and_by_cancelling() {
    let portal = TestPortal::start().await;
    let browser = portal.as_role("field_staff").await;
    let (_, codes, _) = enrol(&browser).await;
    let other = "crane harvest lantern ninety";
    let forms: [(&str, &[(&str, &str)]); 3] = [
        ("/settings/account/second-factor/replacement/cancellation", &[]),
        ("/settings/account/sessions/end", &[]),
        ("/settings/account/password", &[("current", PASSWORD), ("password", other), ("password_again", other)]),
    ];
    for (at, (path, fields)) in forms.into_iter().enumerate() {
        assert_eq!(prove(&browser, MOVE, PASSWORD, &codes[at]).await.status, 303);
        let page = browser.get(MOVE).await;
        assert!(page.body.contains("id=\"secret\"") && page.body.contains("replacement/cancellation"), "{}", page.body);
        assert_eq!(pending(&portal).await, 1);
        let ended = browser.post(path, fields).await;
        assert_eq!(ended.status, 303, "{path}: {}", ended.body);
        assert_eq!(pending(&portal).await, 0, "{path}");
        assert!(!browser.get(MOVE).await.body.contains("id=\"secret\""), "{path}");
        assert_eq!(browser.post(CONFIRM, &[("code", "123456")]).await.status, 409, "{path}");
    }
    assert_eq!(prove(&browser, MOVE, other, &codes[3]).await.status, 303);
    assert_eq!(pending(&portal).await, 1);
    portal.sql("UPDATE portal.credentials SET password_hash = password_hash").await;
    assert_eq!(pending(&portal).await, 0, "whoever set the password");
}

#[actix_web::test]
async fn whoever_must_have_a_second_factor_moves_it_without_ever_being_without() {
    let portal = TestPortal::start_with(|config| config.second_factor = SecondFactor::RequiredForPrivileged).await;
    let browser = portal.visitor();
    browser.sign_in("manager", PASSWORD).await;
    let secret = secret_of(&browser.get("/sign-in/second-factor").await);
    let done = browser.post("/sign-in/second-factor", &[("code", &code(&secret, -1))]).await;
    let codes = recovery_codes_of(&done);
    let page = browser.get("/settings/account/second-factor").await.body;
    assert!(page.contains(MOVE) && page.contains(CODES) && !page.contains("/second-factor/removal"), "{page}");
    assert_eq!(prove(&browser, MOVE, PASSWORD, &codes[0]).await.status, 303);
    let new = secret_of(&browser.get(MOVE).await);
    assert_eq!(browser.post(CONFIRM, &[("code", &code(&new, 0))]).await.status, 200);
    assert_eq!(portal.visitor().sign_in("manager", PASSWORD).await.location(), "/sign-in/code");
}

#[actix_web::test]
async fn without_a_second_factor_there_is_nothing_to_renew_and_guessing_gets_slower() {
    let portal = TestPortal::start().await;
    let browser = portal.as_role("field_staff").await;
    for path in [CODES, MOVE] {
        let page = browser.get(path).await;
        assert!(page.status == 200 && page.body.contains("No second factor is on"), "{}", page.body);
        assert_eq!(prove(&browser, path, PASSWORD, "123456").await.status, 409, "{path}");
    }
    let (secret, codes, _) = enrol(&browser).await;
    for path in [CODES, MOVE, CODES, MOVE, CODES] {
        assert_eq!(prove(&browser, path, PASSWORD, "wrong-code-here").await.status, 422);
    }
    for proof in [code(&secret, 0), codes[0].clone()] {
        for path in [CODES, MOVE] {
            assert_eq!(prove(&browser, path, PASSWORD, &proof).await.status, 429, "the right one waits, too");
        }
    }
}

#[actix_web::test]
async fn the_database_renews_nothing_without_a_proof_that_still_counts() {
    let portal = TestPortal::start().await;
    let (_, _, _) = enrol(&portal.as_role("field_staff").await).await;
    let (mut app, token) = (portal.as_app().await, portal.session_of(FIELD_STAFF).await);
    let last: i64 = portal.value("SELECT last_step FROM portal.second_factors").await;
    let hash = format!("'\\x{}'", "00".repeat(32));
    for (action, sql) in [
        ("credential.recovery.renew", format!("SELECT portal.renew_own_codes({last}, NULL, '{{}}')")),
        ("credential.recovery.renew", "SELECT portal.renew_own_codes(NULL, NULL, '{}')".to_owned()),
        ("credential.recovery.renew", format!("SELECT portal.renew_own_codes(NULL, {hash}, '{{}}')")),
        ("credential.totp.replace_begin", format!("SELECT portal.begin_own_replacement({last}, NULL, 'x')")),
        ("credential.totp.replace_begin", format!("SELECT portal.begin_own_replacement(NULL, {hash}, 'x')")),
        ("credential.totp.replace", "SELECT portal.confirm_own_replacement('x', 1, '{}')".to_owned()),
        ("credential.totp.replace", "SELECT portal.confirm_own_replacement(NULL, 1, '{}')".to_owned()),
    ] {
        assert_eq!(app.run(&sql).await, Err("HA001".to_owned()), "{sql}");
        app.must("BEGIN").await;
        app.open(&token, "credential.totp.enrol").await.expect("may");
        assert_eq!(app.run(&sql).await, Err("HA002".to_owned()), "{sql}");
        app.must("ROLLBACK; BEGIN").await;
        app.open(&token, action).await.expect("may");
        assert_eq!(app.value::<bool>(&sql).await, Ok(false), "{sql}");
        app.must("ROLLBACK").await;
    }
    assert_eq!(app.run("SELECT portal.prove_factor_(gen_random_uuid(), 1, NULL)").await, Err("42501".to_owned()));
    assert_eq!(portal.value::<i64>("SELECT count(*) FROM portal.recovery_codes").await, 10);
}
