//! The page: one card for each manager, with a form for whoever may name somebody there.

use askama::Template;
use uuid::Uuid;

use super::queries::{Choice, Manager};
use crate::audit::Actor;
use crate::clock;
use crate::policy::{Action, may};
use crate::web::time::{self, Instant};
use crate::web::{Chrome, Errors};

/// The page.
#[derive(Template)]
#[template(path = "alternates/page.html")]
pub struct AlternatesPage {
    chrome: Chrome,
    sentence: &'static str,
    rule: &'static str,
    managers: Vec<Line>,
    errors: Errors,
}

struct Line {
    id: Uuid,
    name: String,
    alternate: Option<String>,
    named: Option<(String, Instant)>,
    /// The form's choices, where there is anything to choose.
    form: Option<Vec<Offered>>,
    /// Why there is no form for somebody who names alternates.
    locked: Option<&'static str>,
    errors: Errors,
}

struct Offered {
    id: String,
    name: String,
    chosen: bool,
}

impl AlternatesPage {
    /// Builds the page from what the queries gave.
    #[must_use]
    pub fn new(
        chrome: Chrome,
        actor: &Actor,
        managers: Vec<Manager>,
        choices: &[Choice],
        typed: Option<(Uuid, Option<Uuid>)>,
        errors: Errors,
    ) -> Self {
        let only_one = managers.len() == 1;
        let zone = clock::zone(&actor.identity().time_zone);
        let names = may(actor.role(), Action::AlternateSet);
        let without = managers.iter().filter(|manager| manager.alternate_id.is_none()).count();
        let line = |manager: Manager| {
            let typed = typed.filter(|(of, _)| *of == manager.id);
            let chosen = typed.map_or(manager.alternate_id, |(_, alternate)| alternate);
            // who stands in already can go on, whoever may name them
            let standing = manager.alternate_id.zip(manager.alternate.clone());
            let others = choices
                .iter()
                .filter(|choice| choice.manager_id == manager.id && Some(choice.alternate_id) != manager.alternate_id)
                .map(|choice| (choice.alternate_id, choice.full_name.clone()));
            let offered: Vec<_> = standing
                .into_iter()
                .chain(others)
                .map(|(id, name)| Offered { id: id.to_string(), name, chosen: chosen == Some(id) })
                .collect();
            let any = !offered.is_empty();
            Line {
                id: manager.id,
                name: manager.full_name,
                alternate: manager.alternate,
                named: manager.named_by.zip(manager.named_at.map(|at| time::instant(at, zone))),
                form: (names && any).then_some(offered),
                locked: (names && !any).then_some(if only_one {
                    "There is one manager: an administrator names a coordinator who sees every facility."
                } else {
                    "You may name nobody here: whoever reports to this manager, or shares a household with them, is kept from the same cases, and nobody names themselves."
                }),
                errors: if typed.is_some() { errors.clone() } else { Errors::new() },
            }
        };
        Self {
            chrome,
            sentence: match without {
                0 => "Every manager has a named alternate.",
                1 => "One manager has no alternate: nobody is named for the cases they are kept from.",
                _ => "Some managers have no alternate: nobody is named for the cases they are kept from.",
            },
            rule: if only_one {
                "A conflict of interest goes to the manager; the manager’s own goes to a coordinator whom an administrator names, for exactly those cases."
            } else {
                "A conflict of interest goes to a manager; a manager’s own goes to the named alternate, who sees it in the queue’s view “Conflicts”."
            },
            managers: managers.into_iter().map(line).collect(),
            errors,
        }
    }
}
