//! What a file's own words for facilities and departments mean: asked on the page of its plan, where what was said before is
//! corrected or taken back too; kept for the source's next files, and followed at once by the plan as it is then. A facility's
//! word holds for everybody's files, so whoever sees every facility says what it means.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Form};
use uuid::Uuid;

use super::filter::View;
use super::handlers::{plan_page, theirs};
use super::plan;
use super::queries::plans::{self, Roster};
use super::queries::words::{self, Meaning};
use super::queries::{self, people};
use super::spoken::spoken;
use super::views::Planned;
use crate::audit::{Actor, AuditedTx, Db};
use crate::error::AppError;
use crate::policy::Action;
use crate::web::chrome::Here;
use crate::web::flash::{self, Done};
use crate::web::{Errors, Id, html};

/// What the form says of a word that is to mean nothing again.
pub const NOTHING: &str = "nothing";

/// One word with what it may mean.
pub struct Question {
    /// The name of the form's control.
    pub control: String,
    /// The file's word.
    pub word: String,
    /// Of a department: the facility it is in.
    pub within: Option<(Uuid, String)>,
    /// What it may mean.
    pub choices: Vec<(Uuid, String)>,
    /// What somebody said it means.
    pub present: Option<Uuid>,
}

/// A word with a meaning that is another's to change.
pub struct Settled {
    /// The file's word.
    pub word: String,
    /// Of a department: the facility it is in.
    pub within: Option<String>,
    /// What it means.
    pub means: String,
}

/// What a plan's page asks and says about words; nothing once it is applied.
#[derive(Default)]
pub struct Asked {
    /// What may be answered: the words without a meaning, then those with one.
    pub questions: Vec<Question>,
    /// Words for facilities that mean nothing yet, whoever says what they mean.
    pub unknown: Vec<String>,
    /// What somebody else said and only others may change.
    pub settled: Vec<Settled>,
    /// Whether it is this person who says what a facility's word means.
    pub names_facilities: bool,
}

/// What a plan's page asks and says about words.
pub async fn asked(tx: &mut AuditedTx<'_>, roster: &Roster) -> Result<Asked, AppError> {
    if roster.state != "planned" {
        return Ok(Asked::default());
    }
    let facilities = tx.frame().await?.facilities;
    let places = people::places(tx).await?;
    let departments = |facility: Uuid| {
        let within = places.iter().filter(|place| place.facility_id == facility);
        within.map(|place| (place.id, place.name.clone())).collect::<Vec<_>>()
    };
    let ask = |word, within, choices, present| Question { control: String::new(), word, within, choices, present };
    let mut asked = Asked {
        unknown: words::unknown_facilities(tx, roster.id).await?,
        names_facilities: words::names_facilities(tx).await?,
        ..Asked::default()
    };
    if asked.names_facilities {
        let unknown = asked.unknown.iter().cloned();
        asked.questions.extend(unknown.map(|word| ask(word, None, facilities.clone(), None)));
    }
    let new = words::new_departments(tx, roster.id).await?.into_iter();
    asked.questions.extend(
        new.map(|new| ask(new.word, Some((new.facility_id, new.facility)), departments(new.facility_id), None)),
    );
    let (said, names) = words::said(tx, roster.id).await?;
    for spoken in spoken(&said, &names, &words::known(tx, roster.source_id).await?) {
        let within = spoken.within.map(|id| (id, names.of(id)));
        let choices = match spoken.within {
            None if asked.names_facilities => facilities.clone(),
            None => Vec::new(),
            Some(facility) => departments(facility),
        };
        if choices.is_empty() {
            let within = within.map(|(_, name)| name);
            asked.settled.push(Settled { word: spoken.word, within, means: names.of(spoken.means) });
        } else {
            asked.questions.push(ask(spoken.word, within, choices, Some(spoken.means)));
        }
    }
    asked.questions.retain(|question| !question.choices.is_empty());
    for (at, question) in asked.questions.iter_mut().enumerate() {
        question.control = format!("meaning-{at}");
    }
    Ok(asked)
}

/// `POST /people/roster/{id}/words`
pub async fn save(
    actor: Actor,
    db: Data<Db>,
    here: Here,
    Id(id): Id,
    typed: Form<Vec<(String, String)>>,
) -> Result<HttpResponse, AppError> {
    let (reads, writes) = (actor.does(Action::RosterRead).on(id), actor.does(Action::RosterWordCreate).on(id));
    let mut errors = Errors::new();
    let saved = db
        .change(reads, writes, async |tx| {
            let roster = plans::one(tx, id).await?;
            theirs(&actor, &roster)?;
            if roster.state != "planned" {
                return Err(AppError::Conflict);
            }
            let asked = asked(tx, &roster).await?;
            if asked.questions.is_empty() && !asked.names_facilities {
                return Err(AppError::Denied);
            }
            let meanings = chosen(&typed, &asked.questions, &mut errors)?;
            // the plan as it is once these words are known: they are not readable in the act that writes them
            let mut state = queries::state(tx, &actor, roster.source_id, roster.as_of).await?;
            for meaning in &meanings {
                meaning.follow(&mut state.facility_words, &mut state.department_words);
            }
            let (rows, unread) = plans::rows(tx, id).await?;
            let items = plan::plan(&rows, &unread, &state, roster.as_of);
            words::add(tx, roster.source_id, actor.id(), &meanings).await?;
            plans::replace(tx, id, plan::digest(&items), &items).await?;
            Ok(meanings.len())
        })
        .await;
    match saved {
        Ok(words) => {
            let done = Done::RosterWordsSaved(i64::try_from(words).unwrap_or(i64::MAX));
            Ok(flash::tell(html::see(&format!("/people/roster/{id}")), done))
        }
        Err(AppError::Invalid(_)) if !errors.is_empty() => {
            let planned = Planned { errors, ..Planned::default() };
            plan_page(&actor, &db, here, id, (View::Changes, None), StatusCode::UNPROCESSABLE_ENTITY, planned).await
        }
        Err(AppError::Conflict) => {
            let planned = Planned { stale: true, ..Planned::default() };
            plan_page(&actor, &db, here, id, (View::Changes, None), StatusCode::CONFLICT, planned).await
        }
        Err(error) => Err(error),
    }
}

/// The questions that were answered. A form carries each word beside its answer, so that an older one answers nothing else.
fn chosen(typed: &[(String, String)], asked: &[Question], errors: &mut Errors) -> Result<Vec<Meaning>, AppError> {
    let value = |name: &str| typed.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value.as_str());
    let mut meanings = Vec::new();
    for question in asked {
        let answer = value(&question.control);
        let same = question.present.is_some_and(|present| present.to_string() == answer);
        if answer.is_empty() || same || value(&format!("word-{}", question.control)) != question.word {
            continue;
        }
        let taken_back = answer == NOTHING;
        let chosen = question.choices.iter().map(|(id, _)| *id).find(|id| id.to_string() == answer);
        let meant = if taken_back { question.present } else { chosen };
        let Some(id) = meant else {
            errors.add("meaning-0", "Choose one of the names offered");
            continue;
        };
        let within = question.within.as_ref().map(|(facility, _)| *facility);
        let (facility, department) = within.map_or((id, None), |facility| (facility, Some(id)));
        meanings.push(Meaning { word: question.word.clone(), facility, department, taken_back });
    }
    if meanings.is_empty() && errors.is_empty() {
        let unknown = asked.is_empty() || asked.iter().any(|question| question.present.is_none());
        errors.add(
            "meaning-0",
            if unknown {
                "Choose what at least one of these words means"
            } else {
                "Choose another meaning for a word, or none"
            },
        );
    }
    if errors.is_empty() { Ok(meanings) } else { Err(AppError::Invalid("No word was given a meaning.".to_owned())) }
}
