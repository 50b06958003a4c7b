//! What the project promises about speed, each figure beside what it is held against, all in one run: pages against pgbench
//! with the same statements, imports and exports against COPY. `script/bench` runs it in a release build and writes
//! `docs/benchmarks.md`; `HIPAA_AUDITOR_BENCH_ROWS=100000 HIPAA_AUDITOR_BENCH_SECONDS=3` is a quick look.
#![allow(
    missing_docs,
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::format_push_string,
    clippy::cast_precision_loss,
    reason = "a bench, not a part of the program"
)]
#![allow(clippy::print_stdout, reason = "a bench speaks to a person")]

#[path = "portal/bulk.rs"]
mod bulk;
#[path = "portal/client.rs"]
mod client;
#[path = "portal/load.rs"]
mod load;
#[path = "portal/pages.rs"]
mod pages;
#[path = "portal/peer.rs"]
mod peer;
#[path = "portal/place.rs"]
mod place;
#[path = "portal/statements.rs"]
#[allow(dead_code, reason = "each bench has a use for its part")]
mod statements;
#[path = "portal/table.rs"]
mod table;

use std::time::{Duration, Instant};

use client::Client;
use place::{Place, Portal};
use table::{Figure, Goal};

/// Of every account.
const PASSWORD: &str = "quorum-lantern-oboe-fjord";
/// Of the portal, for this run.
const SECRET: &str = "a secret of the bench alone, long enough for every key";
/// How many people there are at once.
const PEOPLE: usize = 16;

/// How much, and for how long.
#[derive(Clone, Copy)]
struct Size {
    rows: u64,
    history: u64,
    seconds: u64,
}

impl Size {
    fn asked_for() -> Self {
        let number =
            |name: &str, otherwise| std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise);
        let rows = number("HIPAA_AUDITOR_BENCH_ROWS", 1_000_000);
        Self { rows, history: rows / 10, seconds: number("HIPAA_AUDITOR_BENCH_SECONDS", 20) }
    }
}

#[actix_web::main]
async fn main() {
    let size = Size::asked_for();
    let begun = Instant::now();
    let place = Place::new(size.rows, size.history).await;
    let made = begun.elapsed().as_secs();
    println!("{} access rows in sixty days and {} in the year before; made in {made} s", size.rows, 12 * size.history);

    let mut figures = Vec::new();
    place.copy("pages");
    let portal = Portal::start(&place, "pages");
    figures.push(Figure::new(
        "start of serve to its first answer",
        format!("{} ms", portal.started_in.as_millis()),
        String::new(),
        portal.started_in.as_secs_f64(),
        Goal::AtMost(0.5),
    ));
    tokio::time::sleep(Duration::from_secs(2)).await;
    let idle = portal.memory().0;
    figures.push(Figure::new("memory when idle", format!("{idle} MB"), String::new(), idle as f64, Goal::AtMost(40.0)));
    let mut clients = Vec::new();
    for n in 1..=PEOPLE {
        clients.push(Client::of(portal.port, &format!("account{n}")).await);
    }
    pages::measure(&place, &mut clients, size, &mut figures).await;
    bulk::measure(&place, &mut clients, size, &mut figures).await;
    let most = portal.memory().1;
    figures.push(Figure::new(
        "memory through all of it",
        format!("{most} MB"),
        String::new(),
        most as f64,
        Goal::AtMost(120.0),
    ));
    drop(portal);

    let missed = table::missed(&figures);
    println!("{} figures, {missed} miss their goal; {} s in all", figures.len(), begun.elapsed().as_secs());
    if let Ok(path) = std::env::var("HIPAA_AUDITOR_BENCH_REPORT") {
        let head = std::env::var("HIPAA_AUDITOR_BENCH_HEAD").unwrap_or_default();
        std::fs::write(path, table::markdown(&head, &figures)).expect("the report");
    }
    std::process::exit(i32::from(missed > 0));
}
