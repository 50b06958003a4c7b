//! The figures as two tables, each number a way to what it counts, and the list behind them.

use askama::Template;
use chrono_tz::Tz;

use super::filter::Cursor;
use super::model::share;
use super::queries::{Figure, Proof, Review};
use crate::audit::Actor;
use crate::clock;
use crate::error::AppError;
use crate::policy::{Action, Role, may};
use crate::web::list::List;
use crate::web::time::{self, Instant};
use crate::web::{Chrome, paging};
use crate::words::{Disposition, RuleCode, SecondReviewGround, SecondReviewKind, SecondReviewOutcome};

const LIST: &str = "/access-logs/second-reviews";

/// The figures.
#[derive(Template)]
#[template(path = "second_reviews/agreement.html", blocks = ["list"])]
pub struct AgreementPage {
    chrome: Chrome,
    /// Whether htmx takes the tables alone.
    pub fragment: bool,
    list: List,
    tables: Vec<Table>,
    proofs: Vec<ProofLine>,
    may_export: bool,
}

struct Table {
    id: &'static str,
    title: &'static str,
    head: &'static str,
    rows: Vec<Line>,
}

struct Line {
    name: String,
    decided: String,
    numbers: [Number; 2],
}

/// A share, and the list it counts.
struct Number {
    label: &'static str,
    said: String,
    href: Option<String>,
    /// Those that did not agree, where there are any.
    overturned: Option<(String, String)>,
}

struct ProofLine {
    month: String,
    said: String,
    equal: bool,
}

impl AgreementPage {
    /// Builds the page from what the queries gave.
    #[must_use]
    pub fn new(chrome: Chrome, role: Role, list: List, figures: Vec<Figure>, proofs: &[Proof], fragment: bool) -> Self {
        let (people, rules): (Vec<_>, Vec<_>) = figures.into_iter().partition(|figure| figure.reviewer.is_some());
        let lines = |figures: Vec<Figure>| {
            let mut lines: Vec<_> = figures.into_iter().map(|figure| Line::of(figure, &list)).collect();
            lines.sort_by(|one, other| one.name.cmp(&other.name));
            lines
        };
        let tables = [
            ("people", "By who decided first", "First reviewer", lines(people)),
            ("rules", "By rule", "Rule", lines(rules)),
        ];
        Self {
            chrome,
            fragment,
            tables: tables.into_iter().map(|(id, title, head, rows)| Table { id, title, head, rows }).collect(),
            proofs: proofs.iter().map(ProofLine::of).collect(),
            may_export: may(role, Action::SecondReviewListExport),
            list,
        }
    }
}

impl Line {
    fn of(figure: Figure, list: &List) -> Self {
        let whose = figure
            .reviewer
            .map_or_else(|| ("rule", figure.name.clone()), |reviewer| ("reviewer", reviewer.to_string()));
        let number = |label, kind: SecondReviewKind, agreed: i64, of: i64| {
            let link = |outcome: &str| {
                let kept = [("from", list.value("from")), ("to", list.value("to"))];
                let asked = [(whose.0, whose.1.as_str()), ("kind", kind.as_str()), ("outcome", outcome)];
                paging::url(LIST, &asked.into_iter().chain(kept).collect::<Vec<_>>())
            };
            let differ = of - agreed;
            let overturned =
                (differ > 0).then(|| (format!("{differ} overturned"), link(SecondReviewOutcome::Overturned.as_str())));
            Number { label, said: share(agreed, of), href: (of > 0).then(|| link("")), overturned }
        };
        Self {
            decided: time::count(figure.decided),
            numbers: [
                number("Second review agreed", SecondReviewKind::Required, figure.required_agreed, figure.required),
                number("Blind sample agreed", SecondReviewKind::Blind, figure.blind_agreed, figure.blind),
            ],
            name: match figure.reviewer {
                Some(_) => figure.name,
                None => RuleCode::parse(&figure.name).map_or(figure.name, |rule| rule.label().to_owned()),
            },
        }
    }
}

impl ProofLine {
    fn of(proof: &Proof) -> Self {
        let (drawn, decided) = (time::count(proof.drawn), time::count(proof.decided));
        Self {
            month: proof.month.format("%B %Y").to_string(),
            said: format!("{drawn} of {decided} decisions that would have closed at once; {} % are drawn", proof.share),
            equal: proof.equal,
        }
    }
}

/// What the list's queries gave.
pub struct Listed {
    /// The page's reviews.
    pub rows: Vec<Review>,
    /// Whether more follow.
    pub more: bool,
    /// The name of the filter's person.
    pub reviewer: Option<String>,
}

/// The list.
#[derive(Template)]
#[template(path = "second_reviews/list.html", blocks = ["list"])]
pub struct ListPage {
    chrome: Chrome,
    /// Whether htmx takes the list alone.
    pub fragment: bool,
    list: List,
    caption: String,
    rows: Vec<ReviewLine>,
    next: Option<String>,
    shown: String,
    may_export: bool,
}

struct ReviewLine {
    href: String,
    number: i64,
    ground: &'static str,
    first: &'static str,
    first_name: String,
    first_at: Instant,
    second: &'static str,
    second_name: String,
    second_at: Instant,
    outcome: (&'static str, &'static str, &'static str),
}

impl ListPage {
    /// Builds the page from what the queries gave.
    ///
    /// # Errors
    /// When a row holds a word of another release.
    pub fn new(chrome: Chrome, actor: &Actor, list: List, listed: Listed, fragment: bool) -> Result<Self, AppError> {
        let zone = clock::zone(&actor.identity().time_zone);
        let end = listed.rows.last().map(|row| Cursor { at: row.ended_at, case: row.case_id }.encode());
        Ok(Self {
            chrome,
            fragment,
            caption: format!("Second reviews, newest first. Times are {}.", time::zone_words(zone)),
            may_export: may(actor.role(), Action::SecondReviewRoundExport),
            next: list.next(listed.more, end),
            shown: format!("{} shown", listed.rows.len()),
            rows: listed.rows.into_iter().map(|row| ReviewLine::of(row, zone)).collect::<Result<_, _>>()?,
            list: list.say("reviewer", listed.reviewer),
        })
    }
}

impl ReviewLine {
    fn of(row: Review, zone: Tz) -> Result<Self, AppError> {
        let word = |word: &str| Disposition::parse(word).map(Disposition::label).ok_or(UNKNOWN);
        let outcome = SecondReviewOutcome::parse(&row.outcome).ok_or(UNKNOWN)?;
        Ok(Self {
            href: format!("/access-logs/cases/{}", row.case_id),
            number: row.number,
            ground: SecondReviewGround::parse(&row.ground).map(SecondReviewGround::label).ok_or(UNKNOWN)?,
            first: word(&row.first_disposition)?,
            first_name: row.first_name,
            first_at: time::instant(row.first_at, zone),
            second: word(&row.second_disposition)?,
            second_name: row.second_name,
            second_at: time::instant(row.ended_at, zone),
            outcome: match outcome {
                SecondReviewOutcome::Confirmed => ("ok", "circle-check", outcome.label()),
                _ => ("medium", "arrow-back-up", outcome.label()),
            },
        })
    }
}

const UNKNOWN: AppError = AppError::Internal("a word of another release");
