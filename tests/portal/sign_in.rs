//! Signing in: the same answer to whoever has no business here, a throttle that shuts nobody out, sessions that end.

use std::collections::HashSet;

use crate::fixtures::MANAGER;
use crate::harness::{Answer, Browser, PASSWORD, TestPortal, form, told};

async fn behind_a_proxy() -> TestPortal {
    TestPortal::start_with(|config| config.trusted_proxies = vec!["127.0.0.1/32".parse().expect("a network")]).await
}

async fn sign_in_from(browser: &Browser, address: &str, username: &str, password: &str) -> Answer {
    let request = browser.request("POST", "/sign-in").header("x-forwarded-for", address);
    browser.send(form(request, &[("username", username), ("password", password)])).await
}

fn cookie(answer: &Answer) -> Option<String> {
    let set = answer.headers.get_all("set-cookie").iter();
    set.filter_map(|value| value.to_str().ok())
        .find(|value| value.starts_with("portal-session="))
        .map(ToOwned::to_owned)
}

#[actix_web::test]
async fn an_unknown_user_and_a_wrong_password_get_the_same_answer() {
    let portal = TestPortal::start().await;
    let browser = portal.visitor();
    let wrong = browser.sign_in("manager", "not the password").await;
    let unknown = browser.sign_in("nobody-here", "not the password").await;
    let empty = browser.post("/sign-in", &[]).await;
    for answer in [&wrong, &unknown, &empty] {
        assert_eq!(answer.status, 422);
        assert_eq!(cookie(answer), None);
    }
    assert!(wrong.body.contains("value=\"manager\""), "the name stays in its field");
    assert_eq!(wrong.body.replace("manager", "nobody-here"), unknown.body);
    let names = |answer: &Answer| answer.headers.keys().map(ToString::to_string).collect::<HashSet<_>>();
    assert_eq!(names(&wrong), names(&unknown));

    // the trail tells them apart for whoever reads it, without what was typed
    let [event] = &portal.events(wrong.request_id()).await[..] else { panic!("one event") };
    assert_eq!(
        (event.short().as_str(), event.resource_id, event.actor_id),
        ("session.login.attempt!auth_fail/bad_credentials", MANAGER, None)
    );
    let [event] = &portal.events(unknown.request_id()).await[..] else { panic!("one event") };
    assert_eq!(
        (event.short().as_str(), event.resource_id.is_nil()),
        ("session.login.attempt!auth_fail/bad_credentials", true)
    );
}

#[actix_web::test]
async fn a_user_name_is_case_insensitive_and_a_person_who_left_cannot_sign_in() {
    let portal = TestPortal::start().await;
    assert_eq!(portal.visitor().sign_in(" MANAGER ", PASSWORD).await.status, 303);
    portal.sql("UPDATE portal.people SET active = false").await;
    assert_eq!(portal.visitor().sign_in("manager", PASSWORD).await.status, 422);
}

#[actix_web::test]
async fn five_failures_slow_one_address_and_leave_another_alone() {
    let portal = behind_a_proxy().await;
    let browser = portal.visitor();
    for _ in 0..5 {
        assert_eq!(sign_in_from(&browser, "192.0.2.1", "manager", "wrong").await.status, 422);
    }
    let throttled = sign_in_from(&browser, "192.0.2.1", "manager", PASSWORD).await;
    assert_eq!(throttled.status, 429, "the right password waits, too");
    let wait: u32 = throttled.header("retry-after").parse().expect("Retry-After in seconds");
    assert!((1..=30).contains(&wait), "{wait}");
    assert_eq!(told(&portal.events(throttled.request_id()).await), "session.login.attempt!auth_fail/throttled");
    assert_eq!(portal.events(throttled.request_id()).await[0].ip.as_deref(), Some("192.0.2.1"));

    let elsewhere = sign_in_from(&browser, "192.0.2.2", "manager", PASSWORD).await;
    assert_eq!(elsewhere.status, 303, "another address is not shut out");
    assert_eq!(sign_in_from(&browser, "192.0.2.1", "coordinator_a", PASSWORD).await.status, 303, "nor another account");

    // the wait is over
    portal.sql("UPDATE portal.sign_in_failures SET last_at = last_at - interval '31 seconds'").await;
    assert_eq!(sign_in_from(&browser, "192.0.2.1", "manager", PASSWORD).await.status, 303);
    assert_eq!(
        portal.value::<i64>("SELECT count(*) FROM portal.sign_in_failures").await,
        0,
        "a success clears the count"
    );
}

#[actix_web::test]
async fn many_failures_from_many_addresses_never_shut_out_an_address_the_person_is_known_at() {
    let portal = behind_a_proxy().await;
    let browser = portal.visitor();
    assert_eq!(sign_in_from(&browser, "192.0.2.9", "manager", PASSWORD).await.status, 303);
    assert_eq!(sign_in_from(&browser, "198.51.100.1", "manager", "wrong").await.status, 422);
    portal.sql("UPDATE portal.sign_in_failures SET failures = 1000").await;
    assert_eq!(sign_in_from(&browser, "192.0.2.9", "manager", PASSWORD).await.status, 303);
}

#[actix_web::test]
async fn a_forwarded_address_is_believed_from_a_configured_proxy_only() {
    let portal = TestPortal::start().await;
    let answer = sign_in_from(&portal.visitor(), "192.0.2.1", "manager", "wrong").await;
    assert_eq!(portal.events(answer.request_id()).await[0].ip.as_deref(), Some("127.0.0.1"));
    let portal = behind_a_proxy().await;
    let answer = sign_in_from(&portal.visitor(), "203.0.113.5, 192.0.2.1", "manager", "wrong").await;
    assert_eq!(
        portal.events(answer.request_id()).await[0].ip.as_deref(),
        Some("192.0.2.1"),
        "what a client adds itself stands further left"
    );
}

#[actix_web::test]
async fn a_session_ends_after_fifteen_idle_minutes_and_after_twelve_hours() {
    let portal = TestPortal::start().await;
    for change in
        ["seen_at = now() - interval '15 minutes 1 second'", "started_at = now() - interval '12 hours 1 second'"]
    {
        let browser = portal.as_role("manager").await;
        assert_eq!(browser.get("/settings/permissions").await.status, 200);
        portal.sql(&format!("UPDATE portal.sessions SET {change}")).await;
        let answer = browser.get("/settings/permissions").await;
        assert_eq!((answer.status, answer.location()), (303, "/sign-in?back=%2Fsettings%2Fpermissions"), "{change}");
        assert_eq!(told(&portal.events(answer.request_id()).await), "request.refuse!auth_fail/no_session");
    }
}

#[actix_web::test]
async fn being_active_keeps_a_session_alive() {
    let portal = TestPortal::start().await;
    let browser = portal.as_role("manager").await;
    portal.sql("UPDATE portal.sessions SET seen_at = now() - interval '14 minutes'").await;
    assert_eq!(browser.get("/settings/permissions").await.status, 200);
    let idle: bool = portal.value("SELECT seen_at < now() - interval '1 minute' FROM portal.sessions").await;
    assert!(!idle);
}

#[actix_web::test]
async fn each_sign_in_makes_a_new_session_and_ends_the_browsers_old_one() {
    let portal = TestPortal::start().await;
    let browser = portal.visitor();
    let first = browser.sign_in("manager", PASSWORD).await;
    let second = browser.sign_in("coordinator_a", PASSWORD).await;
    let (first, second) = (cookie(&first).expect("a cookie"), cookie(&second).expect("a cookie"));
    assert_ne!(first, second);
    for attribute in ["HttpOnly", "SameSite=Lax", "Path=/"] {
        assert!(first.contains(attribute), "{first}");
    }
    assert!(!first.contains("Max-Age") && !first.contains("Expires"), "it ends with the browser: {first}");
    let old = first.split(';').next().expect("name=value");
    let other = portal.visitor();
    let answer = other.send(other.request("GET", "/settings/permissions").header("cookie", old)).await;
    assert_eq!(answer.status, 303, "the first session is over");
}

#[actix_web::test]
async fn signing_out_ends_the_session_on_the_server() {
    let portal = TestPortal::start().await;
    let browser = portal.visitor();
    let signed_in = browser.sign_in("manager", PASSWORD).await;
    let cookie = cookie(&signed_in).expect("a cookie");
    let value = cookie.split(';').next().expect("name=value").to_owned();
    let answer = browser.post("/sign-out", &[]).await;
    assert_eq!((answer.status, answer.location()), (303, "/sign-in"));
    assert_eq!(told(&portal.events(answer.request_id()).await), "session.logout.execute");
    let thief = portal.visitor();
    let answer = thief.send(thief.request("GET", "/settings/permissions").header("cookie", value)).await;
    assert_eq!(answer.status, 303, "the old cookie is dead");
    assert_eq!(portal.value::<i64>("SELECT count(*) FROM portal.sessions WHERE ended_at IS NULL").await, 0);
}

#[actix_web::test]
async fn over_https_the_cookie_is_bound_to_this_host() {
    let portal = TestPortal::start_with(|config| config.plain_http = false).await;
    let answer = portal.visitor().sign_in("manager", PASSWORD).await;
    let cookie = answer.header("set-cookie").to_owned();
    assert!(cookie.starts_with("__Host-portal-session=") && cookie.contains("Secure"), "{cookie}");
    assert_eq!(answer.header("strict-transport-security"), "max-age=31536000");
}

#[actix_web::test]
async fn a_post_from_another_site_changes_nothing_and_is_recorded() {
    let portal = TestPortal::start().await;
    let browser = portal.as_role("manager").await;
    let host = portal.base.clone();
    for (name, value, status) in [
        ("sec-fetch-site", "cross-site", 403),
        ("sec-fetch-site", "same-site", 403),
        ("origin", "https://evil.example", 403),
        ("origin", "null", 403),
        ("sec-fetch-site", "same-origin", 303),
        ("origin", &*host, 303),
    ] {
        let request = browser.request("POST", "/settings/preferences").header(name, value);
        let answer = browser.send(form(request, &[("theme", "dark")])).await;
        assert_eq!(answer.status, status, "{name}: {value}");
        let events = portal.events(answer.request_id()).await;
        let expected =
            if status == 403 { "request.refuse!authz_fail/cross_site" } else { "preference.read preference.update" };
        assert_eq!(told(&events), expected, "{name}: {value}");
        assert_eq!(events[0].actor_id, Some(MANAGER));
        let dark: bool =
            portal.value(&format!("SELECT theme = 'dark' FROM portal.people WHERE id = '{MANAGER}'")).await;
        assert_eq!(dark, status == 303);
        portal.sql("UPDATE portal.people SET theme = 'system'").await;
    }
}

#[actix_web::test]
async fn after_signing_in_one_is_led_back_within_the_portal_only() {
    let portal = TestPortal::start().await;
    for (back, to) in
        [("/settings/permissions", "/settings/permissions"), ("//evil.example", "/"), ("https://evil.example", "/")]
    {
        let fields = [("username", "manager"), ("password", PASSWORD), ("back", back)];
        let answer = portal.visitor().post("/sign-in", &fields).await;
        assert_eq!((answer.status, answer.location()), (303, to));
    }
}

#[actix_web::test]
async fn what_was_typed_at_sign_in_is_kept_nowhere() {
    let portal = TestPortal::start().await;
    let secret = "Zyxwvut-typed-by-mistake";
    portal.visitor().sign_in(secret, secret).await;
    let tables: Vec<String> = portal
        .value("SELECT array_agg(c.oid::regclass::text) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname IN ('portal', 'audit') AND c.relkind = 'r'")
        .await;
    for table in tables {
        let found: i64 =
            portal.value(&format!("SELECT count(*) FROM {table} t WHERE t::text ILIKE '%{secret}%'")).await;
        assert_eq!(found, 0, "{table}");
    }
}
