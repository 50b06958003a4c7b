//! Every route × every role: the status, and exactly the events it leaves.

use std::collections::BTreeSet;
use std::path::Path;

use crate::architecture::{sources, without_comments};
use crate::harness::{Answer, Browser, TestPortal, form, told};
use crate::routes::{Line, Who, table};

/// Routes that are no page of anybody's: probes and compiled-in files.
const NO_PAGES: [(&str, &str); 4] =
    [("GET", "/healthz"), ("GET", "/readyz"), ("GET", "/static/{name:.*}"), ("GET", "/favicon.ico")];

/// The routes that the sources register.
pub fn registered() -> BTreeSet<(String, String)> {
    let mut routes = BTreeSet::new();
    for (path, text) in sources("src") {
        if !(path.starts_with("src/features/") && path.ends_with("mod.rs")
            || path == "src/app.rs"
            || path.starts_with("src/web/"))
        {
            continue;
        }
        for part in without_comments(&text).split(".route(").skip(1) {
            let mut words = part.trim_start().splitn(3, '"');
            let (Some(""), Some(route), Some(rest)) = (words.next(), words.next(), words.next()) else {
                panic!("{path}: a route that is no string literal escapes the table of routes");
            };
            let method = rest.split("web::").nth(1).and_then(|word| word.split('(').next());
            routes.insert((method.expect("a method").to_uppercase(), route.to_owned()));
        }
    }
    routes
}

/// The lines whose routes exist.
pub fn lines() -> Vec<Line> {
    table()
}

/// Sends a line.
pub async fn send(browser: &Browser, line: &Line, htmx: bool) -> Answer {
    let mut request = browser.request(line.method, &line.path);
    if htmx {
        request = request.header("HX-Request", "true");
    }
    if let Some(content) = line.file {
        let mut multipart = reqwest::multipart::Form::new();
        for (field, value) in &line.fields {
            multipart = multipart.text(*field, value.clone());
        }
        let file = reqwest::multipart::Part::text(content).file_name("export.csv");
        request = request.multipart(multipart.part("file", file));
    } else if line.method == "POST" {
        let fields: Vec<_> = line.fields.iter().map(|(field, value)| (*field, value.as_str())).collect();
        request = form(request, &fields);
    }
    browser.send(request).await
}

pub async fn browser_of(portal: &TestPortal, who: Who) -> Browser {
    match who.username() {
        Some(username) => portal.as_role(username).await,
        None => portal.visitor(),
    }
}

async fn every_route_as(who: Who) {
    let portal = TestPortal::start().await;
    let browser = browser_of(&portal, who).await;
    let mut failures = Vec::new();
    for line in lines() {
        let answer = if line.own_session {
            let own = browser_of(&portal, who).await;
            send(&own, &line, false).await
        } else {
            send(&browser, &line, false).await
        };
        let events = portal.events(answer.request_id()).await;
        let got = format!("{} {}", answer.status, told(&events));
        let expected = line.answer(who);
        if got.trim_end() != expected {
            failures.push(format!("{}\n  expected {expected}\n       got {got}", line.name()));
        }
        // a success is the person's own, of the kind they are
        let actor_type = if who == Who::Admin { "admin" } else { "user" };
        for event in &events {
            let signed_in = who != Who::SignedOut && event.action != "session.login.attempt";
            if event.actor_id.is_some() != signed_in || signed_in && event.actor_type != actor_type {
                failures.push(format!("{}: the actor of {event:?}", line.name()));
            }
        }
        for (name, value) in [("cache-control", "no-store"), ("x-content-type-options", "nosniff")] {
            if answer.header(name) != value {
                failures.push(format!("{}: {name} is {:?}", line.name(), answer.header(name)));
            }
        }
    }
    assert!(failures.is_empty(), "as {who:?}:\n{}", failures.join("\n"));
}

#[actix_web::test]
async fn every_route_answers_a_manager_as_the_table_says() {
    every_route_as(Who::Manager).await;
}

#[actix_web::test]
async fn every_route_answers_a_coordinator_as_the_table_says() {
    every_route_as(Who::Coordinator).await;
}

#[actix_web::test]
async fn every_route_answers_a_coordinator_of_another_facility_as_the_table_says() {
    every_route_as(Who::Elsewhere).await;
}

#[actix_web::test]
async fn every_route_answers_an_auditor_as_the_table_says() {
    every_route_as(Who::Auditor).await;
}

#[actix_web::test]
async fn every_route_answers_field_staff_as_the_table_says() {
    every_route_as(Who::FieldStaff).await;
}

#[actix_web::test]
async fn every_route_answers_an_administrator_as_the_table_says() {
    every_route_as(Who::Admin).await;
}

#[actix_web::test]
async fn every_route_answers_whoever_is_signed_out_as_the_table_says() {
    every_route_as(Who::SignedOut).await;
}

#[test]
fn the_table_names_every_route_there_is() {
    let named: BTreeSet<_> = table()
        .iter()
        .filter(|line| line.route != "*")
        .map(|line| (line.method.to_owned(), line.route.to_owned()))
        .chain(NO_PAGES.map(|(method, route)| (method.to_owned(), route.to_owned())))
        .collect();
    let registered = registered();
    assert!(registered.len() > 8, "the sources are read: {registered:?}");
    let forgotten: Vec<_> = registered.difference(&named).collect();
    let table = Path::new(file!()).with_file_name("routes.rs");
    assert!(forgotten.is_empty(), "add a line to {} for {forgotten:?}", table.display());
    let gone: Vec<_> = named.difference(&registered).collect();
    assert!(gone.is_empty(), "{} names routes that are gone: {gone:?}", table.display());
}

#[actix_web::test]
async fn the_probes_and_files_answer_without_a_session() {
    let portal = TestPortal::start().await;
    let visitor = portal.visitor();
    for (path, status) in [
        ("/healthz", 200),
        ("/readyz", 200),
        ("/static/app.css", 200),
        ("/favicon.ico", 200),
        ("/static/none.css", 404),
    ] {
        let answer = visitor.get(path).await;
        assert_eq!(answer.status, status, "{path}");
        assert_eq!(told(&portal.events(answer.request_id()).await), "", "{path}");
    }
}
