//! Every list has its file, and for every reader and filter the file's rows are its page's: the same rows in the same order,
//! whatever the filter. One table says of each page whether it is a list; a page that is missing there is red, and so is a filter
//! that no walk uses.

mod crowd;

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest as _, Sha256};
use sqlx::Row as _;
use uuid::Uuid;

use crate::architecture::{sources, without_comments};
use crate::every_route::registered;
use crate::fixtures::*;
use crate::harness::{Answer, Browser, TestDb, TestPortal};
use crate::parity::{download, ids_of_pages, read};
use crate::routes::Who;

/// How a row of a page is told from the others.
#[derive(Clone, Copy)]
enum Key {
    /// By what its first cell links to, below this address.
    Link(&'static str),
    /// By the id of its line.
    Line,
    /// By what the trail says was shown, as many as there are lines: the row leads nowhere of its own.
    Shown(&'static str),
}

/// A list of the portal.
struct List {
    route: &'static str,
    /// As it is requested, where the route names a record.
    path: String,
    key: Key,
    /// What it is narrowed to, one after the other.
    filters: Vec<String>,
    /// The file is in the opposite order.
    reversed: bool,
    /// To look at it is something that it shows: what came meanwhile stands before what the page had.
    grows: bool,
    /// There are not more of them than a page holds.
    few: bool,
}

/// What a page is that is no list to be walked.
enum Page {
    /// It has a file that a test of its own holds to its page; which.
    Figures(&'static str),
    /// No list, and why.
    No(&'static str),
}

fn list(route: &'static str, key: Key, filters: &[&str]) -> List {
    let filters = filters.iter().map(|filter| (*filter).to_owned()).collect();
    List { route, path: route.to_owned(), key, filters, reversed: false, grows: false, few: false }
}

impl List {
    fn at(mut self, path: String) -> Self {
        self.path = path;
        self
    }

    /// A filter that names a record.
    fn also(mut self, filter: String) -> Self {
        self.filters.push(filter);
        self
    }

    fn grows(mut self) -> Self {
        self.grows = true;
        self
    }

    fn few(mut self) -> Self {
        self.few = true;
        self
    }

    fn reversed(mut self) -> Self {
        self.reversed = true;
        self
    }
}

fn day(ago: u64) -> String {
    let today = hipaa_auditor::clock::now().with_timezone(&chrono_tz::America::Chicago).date_naive();
    (today - chrono::Days::new(ago)).to_string()
}

/// Every list.
#[rustfmt::skip]
fn lists() -> Vec<List> {
    vec![
        list("/access-logs", Key::Line, &["view=all", "view=mine", "view=second_review&sort=newest", "view=all&sort=newest&risk=low", "assigned=nobody",
            "view=all&rule=break_glass_no_reason"])
            .also(format!("view=all&assigned={COORDINATOR_A}"))
            .also(format!("view=all&facility={FACILITY_B}"))
            .also(format!("view=decided_today&person={PHYSICIAN_B}&patient={PATIENT_ONE}")),
        list("/access-logs/rows", Key::Shown("access_log"), &["access_type=print", "rule=break_glass_no_reason", "suspicious=true", "suspicious=false"])
            .also(format!("facility={FACILITY_A}")).also(format!("person={NURSE_A}")).also(format!("patient={PATIENT_ONE}"))
            .also(format!("batch={BATCH}&access_type=view")).also(format!("from={}", day(1))).also(format!("from={0}&to={0}", day(2))).reversed(),
        list("/access-logs/second-reviews", Key::Link("/access-logs/cases/"), &["kind=blind", "outcome=overturned", "rule=break_glass_no_reason",
            "kind=required&outcome=confirmed"])
            .also(format!("reviewer={COORDINATOR_A}")).also(format!("from={}", day(20))).also(format!("to={}", day(20))),
        list("/findings", Key::Link("/findings/"), &["view=mine", "view=late", "view=closed", "severity=high", "status=investigating",
            "view=late&severity=low&status=open"])
            .also(format!("facility={FACILITY_A}")).also(format!("owner={MANAGER}")),
        list("/questions", Key::Link("/questions/"), &["view=past"]),
        list("/imports", Key::Link("/imports/"), &["state=failed", "state=complete"])
            .also(format!("source={SOURCE}")).also(format!("source={SOURCE}&state=waiting")),
        list("/imports/mappings", Key::Link("/imports/mappings/"), &[]),
        list("/people", Key::Link("/people/"), &["standing=ended", "standing=on_leave", "role=manager", "login=none"])
            .also(format!("facility={FACILITY_B}")).also(format!("department={DEPARTMENT_A}&standing=active")),
        list("/people/logins", Key::Link("/people/logins/"), &["view=matched", "view=vendors", "view=system"])
            .also(format!("source={SOURCE}")).also(format!("view=matched&source={SOURCE}")).also(format!("view=vendors&source={SOURCE}"))
            .also(format!("view=system&source={SOURCE}")),
        list("/people/roster", Key::Link("/people/roster/"), &[]),
        list("/facilities", Key::Link("/facilities/"), &[]),
        list("/settings/rules", Key::Link("/settings/rules/"), &[]).few(),
        list("/settings/accounts", Key::Link("/settings/accounts/"), &["role=coordinator", "state=active", "state=inactive", "state=waiting",
            "role=field_staff&state=inactive"]),
        list("/settings/accounts/sign-ups", Key::Link("/settings/accounts/sign-ups/"), &[]),
        list("/audit", Key::Shown("audit_event"), &["action=patient.read", "type=person", "outcome=authz_fail"])
            .also(format!("actor={MANAGER_TWO}")).also(format!("target={NURSE_A}")).also(format!("from={}", day(0)))
            .also(format!("to={}", day(40))).also(format!("request={}", crowd::REQUEST)).grows(),
        list("/exports", Key::Shown("export"), &["state=aborted", "list=person.list.export"])
            .also(format!("person={COORDINATOR_A}&list=person.list.export")).also(format!("from={}", day(0))).also(format!("to={}", day(40))).grows(),
        list("/audit/seen/{resource}/{id}", Key::Shown("audit_event"), &[]).at(format!("/audit/seen/person/{NURSE_A}"))
            .also(format!("from={}", day(0))).also(format!("from={}&to={}", day(60), day(40))).grows(),
    ]
}

/// Every other page that can be requested, and what it is.
#[rustfmt::skip]
const PAGES: &[(&str, Page)] = &[
    ("/access-logs/agreement", Page::Figures("second_review.rs")),
    ("/imports/coverage", Page::Figures("coverage.rs")),
    ("/people/roster/{id}", Page::Figures("roster.rs")),
    ("/complaints", Page::Figures("complaints.rs")),
    ("/patients/{id}", Page::Figures("subjects.rs")),
    ("/people/{id}", Page::Figures("subjects.rs")),
    ("/reviews", Page::Figures("reviews.rs")),
    ("/watch-list", Page::Figures("reviews.rs")),
    ("/", Page::No("leads on")),
    ("/access-logs/bulk/{id}", Page::No("an act on cases of the queue")),
    ("/access-logs/cases/{id}", Page::No("a record")),
    ("/access-logs/cases/{id}/question", Page::No("a form")),
    ("/access-logs/cases/{id}/questions/{part}/phone", Page::No("a form")),
    ("/access-logs/rows/{id}/flag", Page::No("a form")),
    ("/access-logs/views", Page::No("one's own names for filters")),
    ("/complaints/new", Page::No("a form")),
    ("/complaints/{id}", Page::No("a record")),
    ("/facilities/new", Page::No("a form")),
    ("/facilities/{id}", Page::No("a record")),
    ("/findings/link", Page::No("a form")),
    ("/findings/new", Page::No("a form")),
    ("/findings/{id}/cases/unlinking", Page::No("a form")),
    ("/findings/{id}/edit", Page::No("a form")),
    ("/findings/{id}", Page::No("a record")),
    ("/imports/coverage/{id}/{day}", Page::No("a form")),
    ("/imports/mappings/drafts/{id}", Page::No("a form")),
    ("/imports/mappings/new", Page::No("a form")),
    ("/imports/mappings/{id}", Page::No("a record with its versions")),
    ("/imports/new", Page::No("a form")),
    ("/imports/{id}", Page::No("a record")),
    ("/imports/{id}/progress", Page::No("a part of a record")),
    ("/imports/{id}/withdraw", Page::No("a form")),
    ("/password-set", Page::No("a sentence")),
    ("/people/logins/{id}", Page::No("a record")),
    ("/people/roster/new", Page::No("a form")),
    ("/people/{id}/employment", Page::No("a form")),
    ("/questions/{id}", Page::No("a record")),
    ("/reset/{link}", Page::No("a form")),
    ("/reviews/new", Page::No("a form")),
    ("/reviews/{id}", Page::No("a record")),
    ("/search/{id}", Page::No("what one person found, kept for a day; what it found is in lists of its own")),
    ("/settings/account", Page::No("one's own record")),
    ("/settings/account/second-factor", Page::No("a form")),
    ("/settings/account/second-factor/recovery-codes", Page::No("a form")),
    ("/settings/account/second-factor/replacement", Page::No("a form")),
    ("/settings/accounts/new", Page::No("a form")),
    ("/settings/accounts/sign-ups/{id}", Page::No("a record")),
    ("/settings/accounts/{id}", Page::No("a record")),
    ("/settings/accounts/{id}/edit", Page::No("a form")),
    ("/settings/permissions", Page::No("a table of the program, the same for everybody")),
    ("/settings/preferences", Page::No("a form")),
    ("/settings/review", Page::No("a form")),
    ("/settings/rules/proposals/{id}", Page::No("a record")),
    ("/settings/rules/proposals/{id}/progress", Page::No("a part of a record")),
    ("/settings/rules/{code}", Page::No("a record with its versions")),
    ("/sign-in", Page::No("a form")),
    ("/sign-in/code", Page::No("a form")),
    ("/sign-in/second-factor", Page::No("a form")),
    ("/sign-up", Page::No("a form")),
    ("/sign-up/received", Page::No("a sentence")),
];

/// The probes and compiled-in files.
const NO_PAGES: [&str; 4] = ["/healthz", "/readyz", "/static/{name:.*}", "/favicon.ico"];

#[test]
fn every_page_is_a_list_with_a_file_or_says_why_it_is_none() {
    let registered = registered();
    let gets: BTreeSet<_> =
        registered.iter().filter(|(method, _)| method == "GET").map(|(_, route)| route.as_str()).collect();
    let (files, pages): (BTreeSet<_>, BTreeSet<_>) =
        gets.into_iter().partition(|route| route.rsplit_once('.').is_some_and(|(_, kind)| kind == "csv"));
    let mut said: BTreeMap<_, _> = PAGES.iter().map(|(route, page)| (*route, page.has_file())).collect();
    assert_eq!(said.len(), PAGES.len(), "each page once");
    for list in lists() {
        assert!(said.insert(list.route, true).is_none(), "{} is in both tables", list.route);
    }
    let pages: BTreeSet<_> = pages.into_iter().filter(|route| !NO_PAGES.contains(route)).collect();
    let named: BTreeSet<_> = said.keys().copied().collect();
    let forgotten: Vec<_> = pages.difference(&named).collect();
    assert!(forgotten.is_empty(), "say in tests/portal/lists.rs whether these are lists: {forgotten:?}");
    let gone: Vec<_> = named.difference(&pages).collect();
    assert!(gone.is_empty(), "tests/portal/lists.rs names pages that are gone: {gone:?}");
    let tests: BTreeMap<_, _> = sources("tests/portal").into_iter().collect();
    for (route, page) in PAGES {
        let why = match page {
            Page::Figures(test) => tests.get(&format!("tests/portal/{test}")).is_some_and(|test| test.contains(".csv")),
            Page::No(why) => !why.is_empty(),
        };
        assert!(why, "{route}: by which test, or why not");
    }
    let wanted: BTreeSet<_> = said.iter().filter(|(_, has)| **has).map(|(route, _)| format!("{route}.csv")).collect();
    let files: BTreeSet<_> = files.into_iter().map(ToOwned::to_owned).collect();
    assert_eq!(files, wanted, "the files there are, and those that the tables want");
}

impl Page {
    const fn has_file(&self) -> bool {
        matches!(self, Self::Figures(_))
    }
}

/// The fields that a source's filters read: where the list is, and what it can be narrowed to.
fn fields_of(text: &str) -> Vec<(String, BTreeSet<String>)> {
    let mut found = Vec::new();
    for part in without_comments(text).split("list::Filter for ").skip(1) {
        let Some(path) = part.split("PATH: &'static str = \"").nth(1).and_then(|rest| rest.split('"').next()) else {
            continue;
        };
        let mut fields = BTreeSet::new();
        for call in part.split("\n}\n").next().unwrap_or_default().split("from.").skip(1) {
            let (kind, rest) = call.split_once('(').unwrap_or_default();
            match kind {
                "facility" => drop(fields.insert("facility".to_owned())),
                "days" => fields.extend(["from".to_owned(), "to".to_owned()]),
                // what no row depends on
                "after" | "cursor" | "beside" => {}
                _ => fields.extend(
                    rest.trim_start().strip_prefix('"').and_then(|name| name.split('"').next()).map(ToOwned::to_owned),
                ),
            }
        }
        found.push((path.to_owned(), fields));
    }
    found
}

#[test]
fn every_filter_of_a_list_is_walked() {
    let lists = lists();
    let mut failures = Vec::new();
    let mut seen = 0;
    for (file, text) in sources("src/features") {
        for (path, fields) in fields_of(&text) {
            seen += 1;
            let Some(list) =
                lists.iter().find(|list| list.path.starts_with(&path) && (list.path == path || path == "/audit/seen"))
            else {
                // the accesses of a record are narrowed by one filter, wherever the record's page is
                let figures =
                    PAGES.iter().any(|(route, page)| route.starts_with(&path) && matches!(page, Page::Figures(_)));
                if !figures {
                    failures.push(format!("{file}: {path} is no list that is walked"));
                }
                continue;
            };
            for field in fields {
                // what a search found is its owner's alone: accounts.rs
                let used = list
                    .filters
                    .iter()
                    .flat_map(|filter| filter.split('&'))
                    .any(|pair| pair.starts_with(&format!("{field}=")));
                if !used && (path.as_str(), field.as_str()) != ("/settings/accounts", "search") {
                    failures.push(format!("{file}: no walk of {path} is narrowed by {field}"));
                }
            }
        }
    }
    assert!(seen > 10, "the sources are read: {seen}");
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// So many rows of a list that grows at most come while it is walked.
const MEANWHILE: usize = 20;

/// What stands between two marks, if it does.
fn between<'a>(text: &'a str, begins: &str, ends: &str) -> Option<&'a str> {
    text.split_once(begins).and_then(|(_, rest)| rest.split_once(ends)).map(|(inside, _)| inside)
}

/// The rows of one page by their links or lines.
fn keys_of(body: &str, key: Key) -> Vec<String> {
    let rows = body.split("<tr role=\"row\"").skip(1);
    let key = |row: &str| {
        match key {
            Key::Line => between(row, " id=\"row-", "\""),
            Key::Link(below) => {
                let head = between(row, "role=\"rowheader\"", "</th>")?;
                let rest = head.split(&format!("href=\"{below}")).nth(1)?;
                rest.split(['"', '?', '/']).next()
            }
            Key::Shown(_) => None,
        }
        .map(ToOwned::to_owned)
    };
    rows.filter_map(key).collect()
}

/// The rows of a list, page after page.
async fn rows_of_pages(portal: &TestPortal, browser: &Browser, list: &List, path: &str) -> Vec<String> {
    if let Key::Shown(resource_type) = list.key {
        let ids = ids_of_pages(portal, browser, path, resource_type).await;
        return ids.into_iter().map(|id| id.to_string()).collect();
    }
    let (mut rows, mut next) = (Vec::new(), Some(path.to_owned()));
    while let Some(path) = next {
        let answer = browser.get(&path).await;
        assert_eq!(answer.status, 200, "{path}");
        let keys = keys_of(&answer.body, list.key);
        let lines = between(&answer.body, "id=\"rows\"", "</tbody>").map(|rows| rows.matches("<tr ").count());
        assert_eq!(lines.unwrap_or(keys.len()), keys.len(), "every line of {path} is known by its link");
        rows.extend(keys);
        assert!(rows.len() < 5000, "the pages of {path} never end");
        let pager = between(&answer.body, "id=\"pager\"", "</div>").unwrap_or_default();
        next = between(pager, "href=\"", "\"").map(|href| href.replace("&amp;", "&").replace("&#38;", "&"));
    }
    rows
}

/// What the trail keeps of a file: that it ended, how many rows it had and which, its hash, and every part of the filter.
async fn kept(portal: &TestPortal, answer: &Answer, rows: &[csv::StringRecord], query: &str) {
    let row = sqlx::query("SELECT x.ended, x.row_count, x.sha256, x.filter FROM audit.exports x JOIN audit.events e USING (event_id) WHERE e.request_id = $1")
        .bind(answer.request_id())
        .fetch_one(&portal.db)
        .await
        .expect("the export");
    assert_eq!(row.get::<String, _>(0), "complete", "{query}");
    assert_eq!(row.get::<i64, _>(1), i64::try_from(rows.len()).expect("few"), "{query}");
    assert_eq!(row.get::<Vec<u8>, _>(2), Sha256::digest(answer.body.as_bytes()).to_vec(), "the hash is the file's");
    let filter = row.get::<serde_json::Value, _>(3);
    for (name, value) in serde_urlencoded::from_str::<Vec<(String, String)>>(query).expect("pairs") {
        assert_eq!(filter[&name], value, "{query}");
    }
    let shown: Option<Vec<Uuid>> = portal
        .value(&format!(
            "SELECT array_agg(x.id ORDER BY s.part, x.place) FROM audit.shown_rows s JOIN audit.events e USING (event_id),
                    unnest(s.resource_ids) WITH ORDINALITY x(id, place) WHERE e.request_id = '{}'",
            answer.request_id()
        ))
        .await;
    // a rule is known by its code, which is no id
    let ids: Vec<Uuid> = rows.iter().filter_map(|row| row[0].parse().ok()).collect();
    assert_eq!(shown.unwrap_or_default(), ids, "every row that left is known: {query}");
}

/// The address with a query, if there is one.
fn with(path: &str, query: &str) -> String {
    if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
}

/// One filter of one list as one reader; none for whoever gets no page or no file.
async fn compared(portal: &TestPortal, browser: &Browser, list: &List, query: &str) -> Option<Vec<String>> {
    let (page, file) = (with(&list.path, query), with(&format!("{}.csv", list.path), query));
    let first = browser.get(&page).await;
    let refused = browser.get(&file).await;
    if first.status != 200 || refused.status == 403 {
        assert_eq!(refused.status, 403, "{page} says {}, {file} is no file without its page", first.status);
        assert!(!first.body.contains(&format!("{}.csv", list.path)), "{page} offers a file that it refuses");
        return None;
    }
    let link = file.replace('&', "&#38;");
    assert!(
        first.body.contains(&link)
            || first.body.contains(&file.replace('&', "&amp;"))
            || !first.body.contains("role=\"rowheader\""),
        "{page} leads to {file}"
    );
    let mut pages = rows_of_pages(portal, browser, list, &page).await;
    let answer = download(portal, browser, &file).await;
    let (_, rows) = read(&answer.body);
    kept(portal, &answer, &rows, query).await;
    let mut written: Vec<_> = rows.iter().map(|row| row[0].to_owned()).collect();
    if list.grows {
        // what this very walk did comes first
        let came = written.len().saturating_sub(pages.len());
        assert!(came <= MEANWHILE, "{file} has {came} rows more than {page}");
        written.drain(..came);
    }
    if list.reversed {
        pages.reverse();
    }
    assert_eq!(written, pages, "{file} as {page}");
    Some(pages)
}

/// Whether the rows of a filter say that it counts: some, and others than without it.
fn tells(all: &[String], narrowed: &[String]) -> bool {
    !narrowed.is_empty() && narrowed != all
}

/// Every third list, as six people.
async fn every_third_list_from(first: usize) {
    let db = TestDb::new().await;
    crowd::gather(&db).await;
    let portal = TestPortal::on(db, |_| {}).await;
    let mut browsers = Vec::new();
    for who in Who::SIGNED_IN {
        browsers.push((who, portal.as_role(who.username().expect("signed in")).await));
    }
    for list in lists().iter().skip(first).step_by(3) {
        let (mut most, mut told) = (0, BTreeSet::new());
        for (who, browser) in &browsers {
            let Some(all) = compared(&portal, browser, list, "").await else { continue };
            most = most.max(all.len());
            for filter in &list.filters {
                let narrowed = compared(&portal, browser, list, filter).await;
                let narrowed = narrowed.unwrap_or_else(|| panic!("{who:?} has {} but not {filter}", list.path));
                if tells(&all, &narrowed) {
                    told.insert(filter);
                }
            }
        }
        assert!(most > 50 || list.few && most > 0, "{} needs more than one page for somebody: {most}", list.path);
        let silent: Vec<_> = list.filters.iter().filter(|filter| !told.contains(filter)).collect();
        assert!(silent.is_empty(), "{}: nobody's rows show whether these count: {silent:?}", list.path);
    }
}

#[actix_web::test]
async fn the_rows_of_a_file_are_those_of_its_page_for_six_readers_and_every_filter_in_the_first_lists() {
    every_third_list_from(0).await;
}

#[actix_web::test]
async fn the_rows_of_a_file_are_those_of_its_page_for_six_readers_and_every_filter_in_the_second_lists() {
    every_third_list_from(1).await;
}

#[actix_web::test]
async fn the_rows_of_a_file_are_those_of_its_page_for_six_readers_and_every_filter_in_the_third_lists() {
    every_third_list_from(2).await;
}
