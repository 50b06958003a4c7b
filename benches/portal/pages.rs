//! Pages: the queue, a case, a person, a patient, a page deep in the log, a decision; each against pgbench with the statements
//! that the page itself sends.

use std::time::Duration;

use super::client::{Answer, Client};
use super::load::{Times, load};
use super::peer::{caught, replay, script};
use super::place::Place;
use super::table::{Figure, Goal};
use super::{PEOPLE, Size};

/// The account whose request is replayed: nobody else signs in as it.
const REPLAYED: &str = "account60";

pub async fn measure(place: &Place, clients: &mut [Client], size: Size, figures: &mut Vec<Figure>) {
    place.copy("peer");
    let one = |sql: &str| place.psql("pages", sql);
    let case = one("SELECT id FROM portal.review_cases WHERE state = 'unassigned' ORDER BY row_count DESC, id LIMIT 1");
    let person = one("SELECT person_id FROM portal.review_cases WHERE state = 'unassigned' ORDER BY id LIMIT 1");
    let patient = one("SELECT patient_id FROM portal.review_cases WHERE state = 'unassigned' ORDER BY id LIMIT 1");
    let reads = [
        ("queue, whole page", "/access-logs".to_owned(), "", 0.4),
        ("queue, fragment", "/access-logs".to_owned(), "list", 0.5),
        ("a case with its context", format!("/access-logs/cases/{case}"), "", 0.4),
        ("a person", format!("/people/{person}"), "", 0.4),
        ("a patient", format!("/patients/{patient}"), "", 0.4),
    ];
    for (what, path, target, goal) in reads {
        let ask = async |client: &mut Client| ask(client, &path, target).await;
        let ours = load(clients, Duration::from_secs(size.seconds), async |client, _, _| Some(ask(client).await)).await;
        let sent = caught(place, "peer", REPLAYED, async |client| drop(ask(client).await)).await;
        let slowest = sent.iter().max_by_key(|one| one.took).expect("statements");
        let begin: String = slowest.text.split_whitespace().take(12).collect::<Vec<_>>().join(" ");
        println!("  its slowest statement of {}: {:.1} ms  {begin}", sent.len(), slowest.took.as_secs_f64() * 1000.0);
        let seconds = size.seconds.to_string();
        let (tps, latency) = replay(place, "peer", &script(&sent, &[]), PEOPLE, &["-T", &seconds]);
        against(figures, what, &ours, (tps, latency), goal);
        let tail = ours.within(99) / ours.median();
        let times = format!("p50 {:.1} ms, p99 {:.1} ms", ours.median(), ours.within(99));
        figures.push(Figure::new(
            &format!("{what}: p99 over p50"),
            times,
            "its own median".to_owned(),
            tail,
            Goal::AtMost(10.0),
        ));
    }
    deep(place, clients, size, figures).await;
    decisions(place, clients, figures).await;
    place.drop("peer");
}

async fn ask(client: &mut Client, path: &str, target: &str) -> Answer {
    if target.is_empty() { client.get(path).await } else { client.fragment(path, target).await }
}

fn against(figures: &mut Vec<Figure>, what: &str, ours: &Times, (tps, latency): (f64, Duration), goal: f64) {
    figures.push(Figure::new(
        &format!("{what}, {PEOPLE} at once"),
        format!("{:.0}/s, p50 {:.1} ms", ours.rate(), ours.median()),
        format!("pgbench {tps:.0}/s, {:.1} ms", latency.as_secs_f64() * 1000.0),
        ours.rate() / tps,
        Goal::AtLeast(goal),
    ));
}

/// The first page of the log, and the one that begins half of the rows further down.
async fn deep(place: &Place, clients: &mut [Client], size: Size, figures: &mut Vec<Figure>) {
    let half = size.rows / 2;
    let far = place.psql("pages", &format!("SELECT id FROM portal.access_logs ORDER BY id DESC OFFSET {half} LIMIT 1"));
    let mut medians = Vec::new();
    for path in ["/access-logs/rows".to_owned(), format!("/access-logs/rows?after={far}")] {
        let until = Duration::from_secs(size.seconds / 2 + 1);
        let times = load(&mut clients[..1], until, async |client, _, _| Some(client.get(&path).await)).await;
        medians.push(times.median());
    }
    figures.push(Figure::new(
        &format!("a page of the log {half} rows deep"),
        format!("{:.1} ms", medians[1]),
        format!("the first page {:.1} ms", medians[0]),
        medians[1] / medians[0],
        Goal::AtMost(1.2),
    ));
}

/// Every waiting case is decided once.
async fn decisions(place: &Place, clients: &mut [Client], figures: &mut Vec<Figure>) {
    // the first account is kept for what is caught; low and medium ones close at once
    let numbered = "SELECT row_number() OVER (ORDER BY id) - 1 AS n, id FROM portal.review_cases
                     WHERE state = 'unassigned' AND risk IN ('low', 'medium')";
    let cases: Vec<_> =
        place.psql("pages", &format!("SELECT id FROM ({numbered}) c ORDER BY n")).lines().map(str::to_owned).collect();
    let each = (cases.len() - 3) / PEOPLE;
    let form = "version=1&disposition=appropriate&reason=care_team&note=&next=%2Faccess-logs";
    let path = |id: &str| format!("/access-logs/cases/{id}/decision");
    let ours = load(clients, Duration::from_mins(10), async |client, who, nth| {
        let id = cases.get(who * each + nth).filter(|_| nth < each)?;
        Some(client.post(&path(id), form).await)
    })
    .await;
    let decided = place
        .psql("pages", "SELECT count(*) FROM portal.review_events WHERE seq = 2 AND at > now() - interval '1 hour'");
    assert_eq!(decided, (each * PEOPLE).to_string(), "every decision stands once");

    let last = std::cell::Cell::new(cases.len());
    let sent = caught(place, "peer", REPLAYED, async |client| {
        last.set(last.get() - 1);
        let answer = client.post(&path(&cases[last.get()]), form).await;
        assert_eq!(answer.status, 303, "{}", answer.text());
    })
    .await;
    place.psql("peer", &format!("CREATE TABLE public.waiting AS {numbered}; CREATE UNIQUE INDEX ON public.waiting (n); GRANT USAGE ON SCHEMA public TO portal_app; GRANT SELECT ON public.waiting TO portal_app; ANALYZE public.waiting"));
    let id = format!("'{}'", cases[last.get()]);
    let text = format!(
        "\\set n :n + 1\nSELECT id AS one FROM public.waiting WHERE n = :n + :client_id * {each} \\gset case_\n{}",
        script(&sent, &[(&id, ":case_one")])
    );
    let peer = replay(place, "peer", &text, PEOPLE, &["-t", &each.to_string(), "-D", "n=-1"]);
    against(figures, "a decision", &ours, peer, 0.4);
}
