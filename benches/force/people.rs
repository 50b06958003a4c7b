//! The people: each looks at the queue, at rows, at a case, decides it or opens it again; several of them want the same case.
//! One more imports and one exports, all the time. Nobody asks while something is being killed: they wait at the gate until
//! it is there again, as whoever meets an error page does.

use std::cell::{Cell, RefCell};
use std::time::{Duration, Instant};

use futures_util::future::{join, join_all};
use uuid::Uuid;

use super::client::{Answer, Client, send};
use super::compare::faults;
use super::ledger::{Entry, Kind, Ledger};
use super::place::{Place, Setup};

/// Chance that is the same for the same seed.
pub struct Dice(pub u64);

impl Dice {
    pub const fn below(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut n = self.0;
        n = (n ^ (n >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        n = (n ^ (n >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (n ^ (n >> 31)) % sides
    }
}

/// What an act is about; empty for a look.
#[derive(Default)]
struct Act {
    case: Option<Uuid>,
    version: i32,
    note: String,
}

/// Everybody, and what they remember.
pub struct Crowd {
    pub setup: Setup,
    /// Whose id is whose, in the order of the users.
    pub ids: Vec<Uuid>,
    pub ledger: RefCell<Ledger>,
    /// When it began, by the database's clock.
    pub begun: String,
    pub portal_kills: Cell<usize>,
    pub postgres_kills: Cell<usize>,
    /// What happened when.
    pub diary: RefCell<Vec<(Duration, &'static str)>>,
    since: Instant,
    clients: Vec<Client>,
    cases: Vec<Uuid>,
    /// How long somebody thinks, about.
    think: Duration,
    seed: u64,
    open: Cell<bool>,
    over: Cell<bool>,
    under_way: Cell<usize>,
}

impl Crowd {
    /// Signs everybody in; the last two of the users are those who import and export.
    pub async fn new(place: &Place, setup: Setup, think: Duration, seed: u64) -> Self {
        let mut clients = Vec::new();
        for user in &setup.users {
            clients.push(Client::of(place.port, user, setup.password).await);
        }
        let mut ids = Vec::new();
        for user in &setup.users {
            ids.push(place.value(&format!("SELECT id FROM portal.people WHERE username = '{user}'")).await);
        }
        let cases = place.value(&format!("SELECT array_agg(id) FROM ({}) c", setup.cases)).await;
        place.sabotage().await;
        Self {
            ids,
            ledger: RefCell::default(),
            begun: place.value("SELECT clock_timestamp()::text").await,
            portal_kills: Cell::default(),
            postgres_kills: Cell::default(),
            diary: RefCell::default(),
            since: Instant::now(),
            clients,
            cases,
            think,
            seed,
            open: Cell::new(true),
            over: Cell::default(),
            under_way: Cell::default(),
            setup,
        }
    }

    /// Everybody works until what is conducted beside them has come to its end.
    pub async fn work<T>(&self, conducted: impl Future<Output = T>) -> T {
        let people = self.clients.len() - 2;
        let everybody = join_all((0..people).map(|who| self.review(who)));
        let machines = join(self.import(people), self.export(people + 1));
        let conducted = async {
            let result = conducted.await;
            self.over.set(true);
            result
        };
        join(conducted, join(everybody, machines)).await.0
    }

    fn note(&self, what: &'static str) {
        self.diary.borrow_mut().push((self.since.elapsed(), what));
    }

    /// Until what is remembered is so.
    pub async fn until(&self, what: &str, is_so: impl Fn(&Ledger) -> bool) {
        let begun = Instant::now();
        while !is_so(&self.ledger.borrow()) {
            assert!(begun.elapsed() < Duration::from_secs(60), "never: {what}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// SIGKILL for the portal; what is wrong then, before it is started again.
    pub async fn kill_portal(&self, place: &mut Place) -> Vec<String> {
        self.open.set(false);
        self.portal_kills.set(self.portal_kills.get() + 1);
        place.kill_portal();
        self.note("the portal is killed");
        self.until_quiet().await;
        place.until_alone().await;
        self.note("nobody works on for it");
        let faults = faults(place, self, false).await;
        self.note("what stands is compared");
        place.hurry_jobs().await;
        place.start_portal();
        self.note("the portal is there again");
        self.open.set(true);
        faults
    }

    /// SIGKILL for Postgres, under a portal that lives on; what is wrong once both answer again.
    pub async fn kill_postgres(&self, place: &mut Place) -> Vec<String> {
        self.open.set(false);
        self.postgres_kills.set(self.postgres_kills.get() + 1);
        place.kill_postgres();
        self.note("Postgres is killed");
        place.start_postgres().await;
        self.note("Postgres is there again");
        self.until_quiet().await;
        self.note("every request has its end");
        let begun = Instant::now();
        while send(self.clients[0].get("/readyz")).await.is_none_or(|answer| answer.status != 200) {
            assert!(begun.elapsed() < Duration::from_secs(60), "the portal finds its database again");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let faults = faults(place, self, false).await;
        self.note("what stands is compared");
        place.hurry_jobs().await;
        self.open.set(true);
        faults
    }

    /// Everybody has gone home and every job is done: what is wrong then.
    pub async fn settle(&self, place: &Place) -> Vec<String> {
        self.until_quiet().await;
        self.note("everybody has gone home");
        let done = "SELECT NOT EXISTS (SELECT 1 FROM portal.jobs WHERE state IN ('waiting', 'running'))";
        place.until(done, Duration::from_mins(3)).await;
        self.note("every job is done");
        let faults = faults(place, self, true).await;
        self.note("what stands is compared");
        faults
    }

    async fn until_quiet(&self) {
        let begun = Instant::now();
        while self.under_way.get() > 0 {
            assert!(begun.elapsed() < Duration::from_mins(6), "every request has its end");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    async fn ask(&self, who: usize, kind: Kind, request: reqwest::RequestBuilder, act: Act) -> Option<Answer> {
        while !self.open.get() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        let kills = || self.portal_kills.get() + self.postgres_kills.get();
        let (before, begun) = (kills(), Instant::now());
        self.under_way.set(self.under_way.get() + 1);
        let answer = send(request).await;
        self.under_way.set(self.under_way.get() - 1);
        let batch = answer.as_ref().and_then(|answer| answer.location.strip_prefix("/imports/")?.parse().ok());
        self.ledger.borrow_mut().entries.push(Entry {
            kind,
            who,
            status: answer.as_ref().map(|answer| answer.status),
            request: answer.as_ref().map(|answer| answer.request),
            took: answer.as_ref().map_or_else(|| begun.elapsed(), |answer| answer.took),
            disturbed: kills() != before,
            case: act.case,
            version: act.version,
            note: act.note,
            sha256: answer.as_ref().map(|answer| answer.sha256.clone()).unwrap_or_default(),
            batch,
        });
        answer
    }

    async fn look(&self, who: usize, kind: Kind, path: &str) -> Option<Answer> {
        self.ask(who, kind, self.clients[who].get(path), Act::default()).await
    }

    async fn pause(&self, dice: &mut Dice, of: Duration) {
        tokio::time::sleep(of.mul_f64(0.5 + dice.below(1000) as f64 / 1000.0)).await;
    }

    async fn review(&self, who: usize) {
        let mut dice = Dice(self.seed ^ (who as u64 + 1) << 32);
        let mut nth = 0;
        while !self.over.get() {
            self.pause(&mut dice, self.think).await;
            match dice.below(6) {
                0 => drop(self.look(who, Kind::Queue, "/access-logs").await),
                1 => drop(self.look(who, Kind::Rows, "/access-logs/rows").await),
                _ => {
                    nth += 1;
                    self.act(who, nth, &mut dice).await;
                }
            }
        }
    }

    /// Opens a case, thinks while others may act, then does what its page offers.
    async fn act(&self, who: usize, nth: u32, dice: &mut Dice) {
        let case = self.cases[usize::try_from(dice.below(self.cases.len() as u64)).unwrap_or(0)];
        let Some(page) = self.look(who, Kind::Case, &format!("/access-logs/cases/{case}")).await else { return };
        self.pause(dice, self.think / 4).await;
        let page = page.text();
        let number = |after: &str| {
            let rest = page.split_once(after)?.1;
            rest[..rest.find(|c: char| !c.is_ascii_digit())?].parse::<i32>().ok()
        };
        if let Some(version) = number("/reopening?version=") {
            let request = self.clients[who]
                .form(&format!("/access-logs/cases/{case}/reopening?version={version}"), String::new());
            self.ask(who, Kind::Reopen, request, Act { case: Some(case), version, note: String::new() }).await;
        } else if let Some(version) =
            number(r#"name="version" value=""#).filter(|_| page.contains(&format!("{case}/decision\"")))
        {
            let note = format!("force {who} {nth}");
            let (disposition, reason) =
                [("appropriate", "care_team"), ("appropriate_policy_gap", "on_call")][nth as usize % 2];
            let version_text = version.to_string();
            let fields =
                [("version", version_text.as_str()), ("disposition", disposition), ("reason", reason), ("note", &note)];
            let body = serde_urlencoded::to_string(fields).expect("a form");
            let request = self.clients[who].form(&format!("/access-logs/cases/{case}/decision"), body);
            self.ask(who, Kind::Decide, request, Act { case: Some(case), version, note }).await;
        }
    }

    /// One file after the other, each watched until its import has ended.
    async fn import(&self, who: usize) {
        let mut nth = 0;
        while !self.over.get() {
            let file = reqwest::multipart::Part::text((self.setup.file)(nth)).file_name("export.tsv");
            let form = reqwest::multipart::Form::new()
                .text("source", self.setup.source.to_string())
                .text("form_key", Uuid::now_v7().to_string())
                .part("file", file);
            nth += 1;
            let request = self.clients[who].post("/imports").multipart(form);
            let Some(answer) = self.ask(who, Kind::Upload, request, Act::default()).await else { continue };
            let mut live = answer.status == 303;
            if !live {
                tokio::time::sleep(self.think).await;
            }
            while live && !self.over.get() {
                tokio::time::sleep(Duration::from_millis(250)).await;
                if let Some(report) = self.look(who, Kind::Report, &answer.location).await {
                    live = report.status >= 500 || report.text().contains(r#"id="done""#);
                }
            }
            tokio::time::sleep(self.think).await;
        }
    }

    async fn export(&self, who: usize) {
        while !self.over.get() {
            self.look(who, Kind::Export, "/access-logs/rows.csv").await;
            tokio::time::sleep(self.think).await;
        }
    }
}
