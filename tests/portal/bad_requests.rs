//! Requests that no page of the portal sends: forged, oversized, broken, foreign, for something else. Each is answered with a
//! status that says whose fault it is and a sentence that says what to do, and leaves the event that its act asks for; none is
//! answered with an error of ours.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use uuid::Uuid;

use crate::fixtures::{CASE_A, FINDING, NOWHERE, PATIENT_ONE};
use crate::harness::{PASSWORD, TestPortal, told};

/// A request, byte by byte, and what it gets.
struct Bad {
    what: &'static str,
    bytes: Vec<u8>,
    status: u16,
    /// What the answer says, in any case.
    says: &'static str,
    /// What it leaves in the trail.
    events: &'static str,
}

/// Which fields a form of a decision needs.
const DECISION: &str = "version=1&disposition=appropriate&reason=care_team&note=";

fn bad(what: &'static str, bytes: impl Into<Vec<u8>>, status: u16, says: &'static str, events: &'static str) -> Bad {
    Bad { what, bytes: bytes.into(), status, says, events }
}

/// A page by its address.
fn get(path: &str, status: u16, says: &'static str, events: &'static str) -> Bad {
    let what: &'static str = Box::leak(format!("GET {}", path.chars().take(80).collect::<String>()).into_boxed_str());
    bad(what, format!("GET {path} HTTP/1.1\r\nHost: portal\r\nCOOKIE\r\n"), status, says, events)
}

/// A form with what it says about itself.
fn send(
    what: &'static str,
    path: &str,
    headers: &str,
    body: &[u8],
    status: u16,
    says: &'static str,
    events: &'static str,
) -> Bad {
    let mut bytes =
        format!("POST {path} HTTP/1.1\r\nHost: portal\r\nCOOKIE{headers}Content-Length: {}\r\n\r\n", body.len())
            .into_bytes();
    bytes.extend_from_slice(body);
    bad(what, bytes, status, says, events)
}

fn post(
    what: &'static str,
    path: &str,
    body: impl AsRef<[u8]>,
    status: u16,
    says: &'static str,
    events: &'static str,
) -> Bad {
    send(what, path, "Content-Type: application/x-www-form-urlencoded\r\n", body.as_ref(), status, says, events)
}

/// Lists whose address says what no list can mean.
fn filters() -> Vec<Bad> {
    let invalid = |list: &'static str| -> &'static str {
        Box::leak(format!("{list}!validate_fail/invalid_input").into_boxed_str())
    };
    let (queue, rows) = (invalid("review_case.list.read"), invalid("access_log.list.read"));
    let mut all: Vec<_> = [
        ("after=forged", "cannot"),
        ("after=9.1.x", "cannot"),
        ("after=4.-8000000000000000000.00000000000070008000000000000000", "cannot"),
        ("risk=worst", "risk"),
        ("rule=%27%20OR%201%3D1--", "rule"),
        ("person=1", "person"),
        ("patient=MRN-77310042", "patient"),
        ("facility=%00", "facility"),
        ("open=zz", "open"),
        ("sort=random", "sort"),
        ("view=everything", "view"),
    ]
    .into_iter()
    .map(|(query, says)| get(&format!("/access-logs?{query}"), 400, says, queue))
    .collect();
    all.extend(
        [
            ("from=2026-02-30", "from"),
            ("from=0000-00-00", "from"),
            ("to=99999-01-01", "to"),
            ("from=2026-03-02&to=2026-03-01", "from"),
            ("after=1", "cannot"),
            ("access_type=steal", "access"),
            ("suspicious=maybe", "signal"),
        ]
        .into_iter()
        .map(|(query, says)| get(&format!("/access-logs/rows?{query}"), 400, says, rows)),
    );
    all.extend([
        get("/access-logs/rows.csv?rule=none", 400, "flag", invalid("access_log.list.export")),
        get("/findings?status=lost", 400, "status", invalid("finding.list.read")),
        get("/findings.csv?severity=9", 400, "severity", invalid("finding.list.export")),
        get("/audit?outcome=maybe", 400, "outcome", invalid("audit_event.list.read")),
        get("/audit?actor=me", 400, "person", invalid("audit_event.list.read")),
        get("/audit.csv?from=yesterday", 400, "from", invalid("audit_event.list.export")),
        get("/people?after=x", 400, "cannot", invalid("person.list.read")),
        get("/imports?after=x", 400, "cannot", invalid("import.list.read")),
        get("/reviews?kind=sample", 400, "kind", invalid("review.list.read")),
        get("/reviews.csv?person=me", 400, "person", invalid("review.list.export")),
        get("/reviews/new?patient=MRN-77310042", 400, "id", invalid("review.form.read")),
        get("/complaints?view=lost", 400, "view", invalid("complaint.list.read")),
        get("/complaints/new?person=1", 400, "person", invalid("complaint.form.read")),
        get("/watch-list?after=x", 400, "cannot", invalid("patient.watch.list.read")),
        get("/questions?view=mine", 400, "view", invalid("question.list.read")),
        get("/questions.csv?after=2026-02-30.0", 400, "cannot", invalid("question.list.export")),
        get("/access-logs?risk=%ff", 400, "", queue),
    ]);
    all
}

/// Addresses that lead nowhere, or to somebody else's.
fn paths() -> Vec<Bad> {
    let nothing = "request.refuse!validate_fail/not_in_scope";
    let no_case = "review_case.read review_case.read!authz_fail/not_in_scope";
    vec![
        get("/admin.php", 404, "", nothing),
        get("/access-logs/cases/../../etc/passwd", 404, "", nothing),
        get("/access-logs/cases/%2e%2e%2f%2e%2e%2fetc%2fpasswd", 404, "", no_case),
        get("/access-logs/cases/not-a-case", 404, "", no_case),
        get("/access-logs/cases/%00", 404, "", no_case),
        get("/static/../Cargo.toml", 404, "", ""),
        get("/static/%2e%2e/%2e%2e/etc/passwd", 404, "", ""),
        get("//evil.example/access-logs", 404, "", nothing),
        get(
            &format!("/access-logs/cases/{FINDING}"),
            404,
            "",
            "review_case.read review_case.read!authz_fail/not_in_scope",
        ),
        get(&format!("/findings/{CASE_A}"), 404, "", "finding.read finding.read!authz_fail/not_in_scope"),
        get(
            &format!("/people/{PATIENT_ONE}"),
            404,
            "",
            "person.activity.read person.activity.read!authz_fail/not_in_scope",
        ),
        get(&format!("/questions/{CASE_A}"), 404, "", "question.read question.read!authz_fail/not_in_scope"),
        get(&format!("/imports/{NOWHERE}"), 404, "", "import.read import.read!authz_fail/not_in_scope"),
        get("/patients/MRN-77310042", 404, "", "patient.read patient.read!authz_fail/not_in_scope"),
        get(&format!("/{}", "a".repeat(9_000)), 404, "", nothing),
        bad("DELETE of a list", "DELETE /access-logs HTTP/1.1\r\nHost: portal\r\nCOOKIE\r\n", 404, "", nothing),
        bad(
            "PUT of a list",
            "PUT /findings HTTP/1.1\r\nHost: portal\r\nCOOKIEContent-Length: 0\r\n\r\n",
            404,
            "",
            nothing,
        ),
        bad("TRACE", "TRACE / HTTP/1.1\r\nHost: portal\r\nCOOKIE\r\n", 404, "", nothing),
        post("a post to a list that only reads", "/access-logs/rows", "x=1", 404, "", nothing),
    ]
}

/// Forms that are not what the page would send.
#[allow(clippy::too_many_lines, reason = "a table")]
fn forms() -> Vec<Bad> {
    let decision = format!("/access-logs/cases/{CASE_A}/decision");
    // the refusal, then the page once more
    let refused = "review_case.decide!validate_fail/invalid_input review_case.read";
    let unread = "request.refuse!validate_fail/invalid_input";
    let say = |body: &str| body.to_owned();
    vec![
        post("a decision that says nothing", &decision, "", 422, "choose", refused),
        post(
            "a disposition that is none",
            &decision,
            say("version=1&disposition=fine&reason=care_team"),
            422,
            "choose what you found",
            refused,
        ),
        post(
            "a reason that explains something else",
            &decision,
            say("version=1&disposition=appropriate&reason=curiosity"),
            422,
            "does not explain",
            refused,
        ),
        post(
            "a note that is too long",
            &decision,
            format!("{DECISION}{}", "x".repeat(501)),
            422,
            "shorten the note",
            refused,
        ),
        post(
            "a version that is a word",
            &decision,
            say("version=first&disposition=appropriate&reason=care_team"),
            400,
            "form",
            unread,
        ),
        post(
            "a version beyond every number",
            &decision,
            say("version=99999999999&disposition=appropriate&reason=care_team"),
            400,
            "form",
            unread,
        ),
        post(
            "a version that never was",
            &decision,
            say("version=-1&disposition=appropriate&reason=care_team"),
            409,
            "",
            "review_case.read review_case.decide!validate_fail/conflict review_case.read",
        ),
        post(
            "bytes that are no text",
            &decision,
            b"version=1&disposition=\xff\xfe",
            422,
            "choose what you found",
            refused,
        ),
        post(
            "a form of two megabytes",
            &decision,
            "a=".to_owned() + &"x".repeat(2_000_000),
            413,
            "large",
            "request.refuse!validate_fail/too_large",
        ),
        send(
            "JSON for a form",
            &decision,
            "Content-Type: application/json\r\n",
            b"{\"version\":1}",
            400,
            "form",
            unread,
        ),
        send("no kind of content", &decision, "", b"version=1", 400, "form", unread),
        send(
            "a multipart without a boundary",
            &decision,
            "Content-Type: multipart/form-data\r\n",
            b"x",
            400,
            "form",
            unread,
        ),
        send(
            "an upload without a boundary",
            "/imports",
            "Content-Type: multipart/form-data\r\n",
            b"x",
            400,
            "",
            "import.create!validate_fail/invalid_input",
        ),
        send(
            "an upload cut off in its head",
            "/imports",
            "Content-Type: multipart/form-data; boundary=b\r\n",
            b"--b\r\nContent-Dispo",
            400,
            "",
            "import.create!validate_fail/invalid_input",
        ),
        send(
            "an upload without a file",
            "/imports",
            "Content-Type: multipart/form-data; boundary=b\r\n",
            b"--b--\r\n",
            422,
            "file",
            "import.form.read import.create!validate_fail/invalid_input import.form.read",
        ),
        post(
            "a case of nobody's",
            &format!("/access-logs/cases/{NOWHERE}/decision"),
            DECISION,
            404,
            "",
            "review_case.read review_case.decide!authz_fail/not_in_scope",
        ),
        post(
            "a case undone at a version that is a word",
            &format!("/access-logs/cases/{CASE_A}/reopening?version=x"),
            "",
            400,
            "",
            unread,
        ),
        post("a finding of nothing", "/findings", "", 400, "case", "finding.create!validate_fail/invalid_input"),
        post(
            "a finding about a case that is none",
            "/findings",
            "case=1&title=t&severity=low",
            400,
            "case",
            "finding.create!validate_fail/invalid_input",
        ),
        send(
            "a form from elsewhere",
            &decision,
            "Origin: https://evil.example\r\nContent-Type: application/x-www-form-urlencoded\r\n",
            DECISION.as_bytes(),
            403,
            "",
            "request.refuse!authz_fail/cross_site",
        ),
        send(
            "a form from another site",
            &decision,
            "Sec-Fetch-Site: cross-site\r\nContent-Type: application/x-www-form-urlencoded\r\n",
            DECISION.as_bytes(),
            403,
            "",
            "request.refuse!authz_fail/cross_site",
        ),
        bad(
            "a session that somebody made up",
            "GET /access-logs HTTP/1.1\r\nHost: portal\r\nCookie: id=forged\r\n\r\n",
            303,
            "",
            "request.refuse!auth_fail/no_session",
        ),
    ]
}

/// What is no HTTP, or too much of it; refused before anybody knows what it was for.
fn protocol() -> Vec<Bad> {
    let flood = "X-Flood: 1\r\n".repeat(300);
    vec![
        bad("three hundred headers", format!("GET /access-logs HTTP/1.1\r\nHost: portal\r\n{flood}\r\n"), 431, "", ""),
        bad(
            "a header of two megabytes",
            format!("GET / HTTP/1.1\r\nHost: portal\r\nX: {}\r\n\r\n", "x".repeat(2_000_000)),
            431,
            "",
            "",
        ),
        bad(
            "two lengths",
            "POST /sign-in HTTP/1.1\r\nHost: portal\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
            400,
            "",
            "",
        ),
        bad(
            "a length and chunks",
            "POST /sign-in HTTP/1.1\r\nHost: portal\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            400,
            "",
            "",
        ),
        bad("a version that is none", "GET / HTTP/9.9\r\nHost: portal\r\n\r\n", 400, "", ""),
        bad("no HTTP at all", "\x16\x03\x01\x02\x00\x01\x00\x01\x03\x03\r\n\r\n", 400, "", ""),
        bad("a header without a name", "GET / HTTP/1.1\r\n: value\r\n\r\n", 400, "", ""),
    ]
}

/// The answer to bytes: status, request id if it has one, what it says.
async fn answer(port: u16, bytes: &[u8]) -> (u16, Option<Uuid>, String) {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await.expect("the portal listens");
    let (mut reader, mut writer) = stream.split();
    let mut got = Vec::new();
    let send = async {
        // the portal may have said enough before all of it is sent
        let _ = writer.write_all(bytes).await;
        std::future::pending::<()>().await;
    };
    let receive = async {
        let mut piece = [0; 16_384];
        loop {
            match tokio::time::timeout(std::time::Duration::from_secs(20), reader.read(&mut piece)).await {
                Ok(Ok(0) | Err(_)) | Err(_) => break,
                Ok(Ok(length)) => got.extend_from_slice(&piece[..length]),
            }
            if is_whole(&got) {
                break;
            }
        }
    };
    tokio::select! { () = send => {}, () = receive => {} }
    let text = String::from_utf8_lossy(&got).into_owned();
    let status = text.split(' ').nth(1).and_then(|code| code.parse().ok()).unwrap_or(0);
    let id = text.lines().find_map(|line| line.strip_prefix("x-request-id: ")).and_then(|id| id.trim().parse().ok());
    (status, id, text)
}

/// Whether head and body of an answer are there.
fn is_whole(got: &[u8]) -> bool {
    let text = String::from_utf8_lossy(got);
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length =
        head.lines().find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ").map(str::to_owned));
    match length.and_then(|length| length.trim().parse::<usize>().ok()) {
        Some(length) => body.len() >= length,
        None => body.ends_with("0\r\n\r\n"),
    }
}

#[actix_web::test]
async fn what_no_page_sends_is_refused_with_a_sentence_and_its_event() {
    let portal = TestPortal::start().await;
    let signed_in = portal.visitor().sign_in("manager", PASSWORD).await;
    let cookie = signed_in.header("set-cookie").split(';').next().expect("a session").to_owned();
    let port = portal.base.rsplit(':').next().and_then(|port| port.parse().ok()).expect("a port");
    let all: Vec<_> = filters().into_iter().chain(paths()).chain(forms()).chain(protocol()).collect();
    assert!(all.len() >= 60, "{} of them", all.len());
    let mut failures = Vec::new();
    for request in all {
        let at = request.bytes.windows(6).position(|window| window == b"COOKIE");
        let mut bytes = request.bytes;
        if let Some(at) = at {
            bytes.splice(at..at + 6, format!("Cookie: {cookie}\r\n").into_bytes());
        }
        let (status, id, text) = Box::pin(answer(port, &bytes)).await;
        let events = match id {
            Some(id) => told(&portal.events(id).await),
            None => String::new(),
        };
        let said = text.split_once("\r\n\r\n").map_or("", |(_, body)| body).to_lowercase();
        // what is refused before it is a request has no page
        let speaks = request.events.is_empty() || status == 303 || said.contains("<h1") && said.contains(request.says);
        if status != request.status || events != request.events || !speaks {
            failures.push(format!(
                "{}\n  expected {} {}\n       got {status} {events}{}",
                request.what,
                request.status,
                request.events,
                if speaks { "" } else { ", and it does not say what" }
            ));
        }
    }
    assert!(failures.is_empty(), "{} of them:\n{}", failures.len(), failures.join("\n"));
}
