//! The page of saved views.

use askama::Template;
use uuid::Uuid;

use super::super::filter::Filter;
use super::super::views::named;
use super::model::ViewForm;
use super::queries::SavedView;
use super::{readable, view_words};
use crate::audit::{Actor, Frame};
use crate::policy::{Action, Role, may};
use crate::web::chrome::FacilityOption;
use crate::web::list::List;
use crate::web::{Chrome, Errors};

/// Everything one transaction read.
pub struct Loaded {
    pub views: Vec<SavedView>,
    pub reviewers: Vec<(Uuid, String)>,
}

/// One view.
pub struct ViewLine {
    pub id: Uuid,
    pub name: String,
    pub href: Option<String>,
    /// What it shows, in words.
    pub shows: String,
    pub shared: bool,
    /// Whether the reader may rename it and take it away.
    pub theirs: bool,
    /// What was typed to rename it.
    pub typed: String,
    pub error: Option<String>,
}

/// The page.
#[derive(Template)]
#[template(path = "review_cases/saved.html")]
pub struct SavedPage {
    pub chrome: Chrome,
    pub lines: Vec<ViewLine>,
    /// The filters of this address; none where it has none.
    pub list: List,
    pub shows: Option<String>,
    pub may_share: bool,
    pub form: ViewForm,
    pub errors: Errors,
}

impl SavedPage {
    /// From what was read, beside the filters of the address.
    #[must_use]
    pub fn new(chrome: Chrome, actor: &Actor, frame: &Frame, (filter, list): (&Filter, List), loaded: &Loaded) -> Self {
        let say = |filter: &Filter, list: List| words(filter, list, frame, &loaded.reviewers);
        let lines = loaded.views.iter().map(|view| line(view, actor, say)).collect();
        let narrowed = !list.carried().is_empty() || list.is_narrowed();
        let shows = narrowed.then(|| say(filter, list.clone()));
        Self {
            chrome,
            lines,
            list,
            shows,
            may_share: may(actor.role(), Action::QueueViewShare),
            form: ViewForm::default(),
            errors: Errors::new(),
        }
    }

    /// The same, after a form that could not be accepted.
    #[must_use]
    pub fn answering(mut self, form: ViewForm, errors: Errors) -> Self {
        self.form = form;
        self.errors = errors;
        self
    }

    /// The same, after a name that a view could not have.
    #[must_use]
    pub fn renaming(mut self, id: Uuid, typed: &str, errors: &Errors) -> Self {
        let sentence = errors.get("name").unwrap_or_default().to_owned();
        if let Some(line) = self.lines.iter_mut().find(|line| line.id == id) {
            typed.clone_into(&mut line.typed);
            line.error = Some(sentence.clone());
        }
        self.errors.add("", sentence);
        self
    }
}

fn line(view: &SavedView, actor: &Actor, say: impl Fn(&Filter, List) -> String) -> ViewLine {
    let read = readable(view);
    ViewLine {
        id: view.id,
        href: read.as_ref().map(|(_, list)| list.url()),
        shows: read.map_or_else(|| "A filter that no longer exists".to_owned(), |(filter, list)| say(&filter, list)),
        name: view.name.clone(),
        typed: view.name.clone(),
        shared: view.shared,
        theirs: view.person_id == actor.id() || (view.shared && actor.role() == Role::Manager),
        error: None,
    }
}

/// `Awaiting review · Risk: High · Assigned to: Nobody`
fn words(filter: &Filter, list: List, frame: &Frame, reviewers: &[(Uuid, String)]) -> String {
    let facilities: Vec<_> = frame
        .facilities
        .iter()
        .map(|(id, name)| FacilityOption { id: id.to_string(), name: name.clone(), selected: false })
        .collect();
    let list = named(list, &facilities, reviewers.to_vec());
    std::iter::once(view_words(filter).to_owned())
        .chain(list.chips().into_iter().map(|chip| format!("{}: {}", chip.field, chip.value)))
        .collect::<Vec<_>>()
        .join(" · ")
}
