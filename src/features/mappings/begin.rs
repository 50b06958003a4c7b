//! The form that begins a mapping: for which source, from what, with which sample.

use actix_multipart::{Field, Multipart};
use futures_util::StreamExt as _;
use uuid::Uuid;

use super::model;
use super::queries::{self, Choice, NewDraft};
use super::sample::{self, SAMPLE_LIMIT};
use crate::audit::{Actor, AuditedTx};
use crate::config::Config;
use crate::error::AppError;
use crate::ingest::header::Header;
use crate::ingest::mapping::Kind;
use crate::ingest::targets::Target;
use crate::ingest::{HeaderProblem, Spec, presets, preview, rows};
use crate::spool;
use crate::web::Errors;
use crate::web::forms::line;
use crate::web::upload::{Received, spool_file, unreadable};

/// What was chosen and typed.
#[derive(Default)]
pub struct Wish {
    pub source: Option<Uuid>,
    pub name: String,
    pub target: Target,
    /// `suggest`, `current`, or a preset's name.
    pub begin: String,
    pub form_key: Option<Uuid>,
    pub file: Option<Received>,
    /// An upload that was refused and waits to be the sample.
    pub sample: Option<Uuid>,
}

impl Wish {
    /// Takes the whole body; the file goes to the spool of samples under the draft's id.
    ///
    /// # Errors
    /// [`AppError::TooLarge`] past the limit; [`AppError::Invalid`] when the body is no such form.
    pub async fn receive(mut body: Multipart, config: &Config, person: Uuid, draft: Uuid) -> Result<Self, AppError> {
        let mut wish = Self { begin: "suggest".to_owned(), ..Self::default() };
        while let Some(field) = body.next().await {
            let mut field = field.map_err(|_| unreadable())?;
            match field.name().unwrap_or_default() {
                "source" => wish.source = Uuid::try_parse(&short(&mut field).await?).ok(),
                "name" => wish.name = short(&mut field).await?,
                "target" => wish.target = Target::parse(&short(&mut field).await?).unwrap_or_default(),
                "begin" => wish.begin = short(&mut field).await?,
                "form_key" => wish.form_key = Uuid::try_parse(&short(&mut field).await?).ok(),
                "sample" => wish.sample = Uuid::try_parse(&short(&mut field).await?).ok(),
                "file" if wish.file.is_none() => {
                    let file = spool_file(field, &sample::folder(config), &config.keys, draft, SAMPLE_LIMIT).await?;
                    wish.file = (file.spooled.bytes > 0).then_some(file);
                }
                _ => return Err(unreadable()),
            }
        }
        if let (None, Some(upload)) = (&wish.file, wish.sample) {
            let (folder, from) = (sample::folder(config), spool::offered(&config.keys, person, upload));
            // no file was chosen, but an empty one may stand in its place
            wish.file = Received::copy_of(&folder, &config.keys, from, draft, SAMPLE_LIMIT).await?;
            if wish.file.is_none() {
                wish.sample = None;
            }
        }
        Ok(wish)
    }
}

async fn short(field: &mut Field) -> Result<String, AppError> {
    let bytes = field.bytes(400).await.map_err(|_| unreadable())?.map_err(|_| unreadable())?;
    Ok(line(&String::from_utf8_lossy(&bytes)))
}

/// Keeps the draft that a form asks for. What is wrong with it goes to `errors`, the first post's draft to `earlier`.
///
/// # Errors
/// [`AppError::Invalid`] with `errors` filled; [`AppError::Conflict`] with `earlier`.
pub async fn begin(
    tx: &mut AuditedTx<'_>,
    actor: &Actor,
    draft: Uuid,
    wish: &Wish,
    errors: &mut Errors,
    earlier: &mut Option<Uuid>,
) -> Result<(), AppError> {
    *earlier = tx.made_before("mapping_draft", actor.id(), wish.form_key.unwrap_or(draft), draft).await?;
    if earlier.is_some() {
        return Err(AppError::Conflict);
    }
    let known = queries::choices(tx).await?;
    let chosen = known.iter().find(|source| wish.source == Some(source.id));
    check_source(&known, chosen, wish, errors);
    let wanted = wanted(chosen, wish, errors);
    if let Some(problem) = wish.file.as_ref().and_then(|file| shortcoming(&file.head, wish.target)) {
        errors.add("file", problem);
    }
    if wish.file.is_none() && wanted.is_none() && wish.begin == "suggest" {
        errors.add("file", "Choose a sample file, or begin with a mapping that is there already");
    }
    if !errors.is_empty() {
        return Err(AppError::Invalid("The form is not complete.".to_owned()));
    }
    let zone = chosen.map_or(&actor.identity().time_zone, |source| &source.time_zone);
    let blank = || Spec::blank(wish.target, "Own mapping", zone);
    let spec = match &wish.file {
        Some(file) => model::propose(wanted, wish.target, &file.head, zone),
        None => Spec { time_zone: zone.clone(), ..wanted.unwrap_or_else(blank) },
    };
    let new = NewDraft {
        id: draft,
        person: actor.id(),
        source: chosen.map(|source| source.id),
        source_name: chosen.map_or(&wish.name, |source| &source.name),
        spec: spec.to_json(),
        has_sample: wish.file.is_some(),
    };
    queries::add_draft(tx, new).await
}

fn check_source(known: &[Choice], chosen: Option<&Choice>, wish: &Wish, errors: &mut Errors) {
    if chosen.is_some() {
        return;
    }
    if wish.source.is_some() {
        errors.add("source", "Choose the source again");
    } else if wish.name.is_empty() {
        errors.add("name", "Name the new source, or choose one that is there");
    } else if !model::fits_a_source(&wish.name) {
        errors.add("name", "A source's name has 1 to 60 letters, digits, spaces, dots, dashes or underscores");
    } else if known.iter().any(|source| source.name == wish.name) {
        errors.add("name", "A source of this name is there already. Choose it above");
    }
}

/// The mapping to begin with, unless it is to be found by the sample.
fn wanted(chosen: Option<&Choice>, wish: &Wish, errors: &mut Errors) -> Option<Spec> {
    let found = match wish.begin.as_str() {
        "suggest" => return None,
        "current" => {
            let current = chosen.and_then(|source| source.spec.clone()).and_then(|json| Spec::parse(json).ok());
            if current.is_none() {
                errors.add("begin", "This source has no mapping to begin with");
            }
            return current;
        }
        name => presets::by_name(name).map(|preset| preset.spec),
    };
    match &found {
        None => errors.add("begin", "Choose what to begin with"),
        Some(spec) if spec.target != wish.target => {
            errors.add("begin", format!("This one is for another kind of file: {}", spec.target.label()));
        }
        Some(_) => {}
    }
    found
}

/// What no mapping could make up for, said before anybody spends time on one: no file that is read here, or no user in it.
pub(super) fn shortcoming(head: &[u8], target: Target) -> Option<&'static str> {
    if target == Target::AccessLog && model::kind_of(head) != Kind::Delimited {
        return None;
    }
    match rows::text(Box::new(std::io::Cursor::new(head.to_vec()))) {
        Ok(Err(HeaderProblem::OtherKind(sentence))) => return Some(sentence),
        _ if target != Target::AccessLog => return None,
        _ => {}
    }
    let mut spec = Spec::blank(target, "", "UTC");
    let header: Header = preview::look(head, &mut spec).ok()?.ok()?;
    presets::shortcoming(&header)
}
