//! Keyset pages: a cursor names the last row shown, and the next page begins after it. No page numbers, no OFFSET, so
//! that a page deep in the log costs what the first one costs.

use serde::Deserialize;
use uuid::Uuid;

use super::filters;
use crate::audit::{Db, Intent};
use crate::error::AppError;

/// Rows per page.
pub const PAGE: usize = 50;
/// Rows a statement reads: a page, and one more to tell whether another follows.
pub const FETCH: i64 = 51;

/// The cursor of a list whose rows have time-ordered ids: the last row shown.
#[derive(Deserialize)]
pub struct After {
    after: Option<String>,
}

impl After {
    /// The cursor; one that cannot be read is recorded under the act it was for.
    ///
    /// # Errors
    /// [`AppError::Invalid`], or [`AppError::Denied`] for whoever may not see the list at all.
    pub async fn read(&self, db: &Db, intent: Intent) -> Result<Option<Uuid>, AppError> {
        filters::accepted(db, intent, filters::id("after", self.after.as_deref())).await
    }
}

/// Splits [`FETCH`] rows into a page and whether more follow.
#[must_use]
pub fn cut<T>(mut rows: Vec<T>) -> (Vec<T>, bool) {
    let more = rows.len() > PAGE;
    rows.truncate(PAGE);
    (rows, more)
}

/// The same URL with some parameters changed: an empty value removes one. Ids and closed words only, so that a URL can
/// be copied to a colleague.
#[must_use]
pub fn url(path: &str, pairs: &[(&str, &str)]) -> String {
    let kept: Vec<_> = pairs.iter().filter(|(_, value)| !value.is_empty()).collect();
    if kept.is_empty() {
        return path.to_owned();
    }
    let query = serde_urlencoded::to_string(kept).unwrap_or_default();
    format!("{path}?{query}")
}

#[cfg(test)]
mod tests {
    use super::{FETCH, PAGE, cut, url};

    #[test]
    fn a_page_is_cut_and_says_whether_more_follow() {
        assert_eq!(usize::try_from(FETCH), Ok(PAGE + 1));
        assert!(!cut((0..PAGE).collect::<Vec<_>>()).1);
        let (page, more) = cut((0..=PAGE).collect::<Vec<_>>());
        assert_eq!((page.len(), more), (PAGE, true));
    }

    #[test]
    fn a_url_keeps_what_is_set() {
        assert_eq!(url("/x", &[("a", "1"), ("b", ""), ("c", "d e")]), "/x?a=1&c=d+e");
        assert_eq!(url("/x", &[("a", "")]), "/x");
    }
}
