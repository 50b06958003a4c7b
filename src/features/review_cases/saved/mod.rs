//! Views of the queue that somebody named: the filters of an address, kept for oneself or shared. They are tabs after those
//! that every queue has. Only filters are kept, so that a view shows what matches today; its name stands in no address.

pub mod handlers;
pub mod model;
pub mod queries;
mod views;

use super::filter::{Filter, View};
use super::views::Tab;
use crate::web::list::{self, List};
use queries::SavedView;

/// A view as the queue can use it: one whose filters this release cannot read is none.
#[must_use]
pub fn readable(view: &SavedView) -> Option<(Filter, List)> {
    let pairs: Vec<_> = view
        .filter
        .as_object()?
        .iter()
        .map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())))
        .collect::<Option<_>>()?;
    list::of_form::<Filter>(&pairs).ok()
}

/// Adds the saved views to the tabs; of all of them one at most is the page's own.
#[must_use]
pub fn tabs(mut tabs: Vec<Tab>, saved: Vec<(SavedView, List, i64)>, here: &List) -> Vec<Tab> {
    let here = here.url();
    for (view, list, count) in saved {
        let current = list.url() == here;
        if current {
            for tab in &mut tabs {
                tab.current = false;
            }
        }
        tabs.push(Tab { href: list.url(), label: view.name, count: Some(count), current });
    }
    tabs
}

/// The words of a view's own field.
const fn view_words(filter: &Filter) -> &'static str {
    View::label(filter.view)
}
