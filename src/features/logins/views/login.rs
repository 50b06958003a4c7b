//! The view of one login: who holds and held it, the forms that correct it, and what was ever recorded.

use askama::Template;
use chrono_tz::Tz;
use uuid::Uuid;

use super::{HeldLine, line};
use crate::audit::Actor;
use crate::clock;
use crate::features::logins::matching::Typed;
use crate::features::logins::model::last_day;
use crate::features::logins::queries::{Holding, Login, Recorded};
use crate::policy::{Action, may};
use crate::web::Chrome;
use crate::web::time::{self, Instant};
use crate::words::LoginKind;

/// One login.
#[derive(Template)]
#[template(path = "logins/login.html")]
pub struct LoginPage {
    chrome: Chrome,
    id: Uuid,
    login: String,
    source: String,
    system: bool,
    kind: &'static str,
    held: Vec<HeldLine>,
    history: Vec<HistoryLine>,
    may_change: bool,
    failed: bool,
}

/// One line of what was ever recorded.
pub struct HistoryLine {
    at: Instant,
    what: &'static str,
    name: String,
    from: String,
    to: String,
}

impl LoginPage {
    /// The login, its holders, and what was ever recorded of them.
    #[must_use]
    pub fn new(
        chrome: Chrome,
        actor: &Actor,
        login: Login,
        holdings: Vec<Holding>,
        history: Vec<Recorded>,
        typed: Option<(Uuid, Typed)>,
    ) -> Self {
        let zone = clock::zone(&actor.identity().time_zone);
        let mut held: Vec<_> = holdings.into_iter().map(|held| line(held, zone)).collect();
        let failed = typed.is_some();
        if let Some((holder, typed)) = typed
            && let Some(line) = held.iter_mut().find(|line| line.holder == holder)
        {
            if !typed.from.is_empty() {
                (line.from_iso, line.to_iso) = (typed.from, typed.to);
            }
            line.error = typed.error;
        }
        let kind = LoginKind::parse(&login.kind).unwrap_or(LoginKind::Personal);
        Self {
            chrome,
            id: login.id,
            login: login.login,
            source: login.source,
            system: kind == LoginKind::System,
            kind: kind.label(),
            held,
            history: history.into_iter().map(|event| history_line(event, zone)).collect(),
            may_change: may(actor.role(), Action::LoginHolderUpdate),
            failed,
        }
    }
}

fn history_line(event: Recorded, zone: Tz) -> HistoryLine {
    HistoryLine {
        at: time::instant(event.recorded_at, zone),
        what: match event.kind.as_str() {
            "corrected" => "Corrected",
            "removed" => "Taken away",
            _ => "Entered",
        },
        name: event.name,
        from: time::date(event.valid_from.with_timezone(&zone).date_naive()),
        to: event
            .valid_to
            .map_or_else(|| ", no last day".to_owned(), |end| format!(" to {}", time::date(last_day(end, zone)))),
    }
}
