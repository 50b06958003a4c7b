//! Linking more cases to a finding, from the finding and from a case, and unlinking one.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Form, Query};
use serde::Deserialize;
use uuid::Uuid;

use super::super::form;
use super::super::model::acts::{LinkForm, UnlinkForm};
use super::super::queries::{act, cases, edit, one};
use super::super::views::{LinkPage, Typed, UnlinkPage};
use super::acts::{Came, Sent, done, key, once};
use super::again;
use crate::audit::{Actor, Db};
use crate::error::AppError;
use crate::policy::Action;
use crate::web::chrome::Here;
use crate::web::flash::{Done, FindingDone};
use crate::web::{Chrome, Errors, Id, Place, filters, html};

const READS: Action = Action::FindingFormRead;

/// `POST /findings/{id}/cases`: by its short number.
pub async fn link(
    actor: Actor,
    db: Data<Db>,
    here: Here,
    id: Id,
    form: Form<LinkForm>,
) -> Result<HttpResponse, AppError> {
    let (form, id, act) = (form.into_inner(), id.0, Action::FindingCaseLink);
    let key = key(&db, &actor, act, id, &form.form_key).await?;
    let sent = Sent { form: "finding_case", key, finding: id };
    let came = once(&db, &actor, (READS, act), sent, async |tx, errors| {
        act::standing(tx, id).await?;
        let number = act::said(form.case_number(), errors)?;
        let case = cases::by_number(tx, number, errors).await?;
        cases::link(tx, actor.id(), id, &[case], errors).await
    })
    .await?;
    match came {
        Came::Done(_) => Ok(done(id, Done::Finding(FindingDone::CaseLinked))),
        Came::Before => Ok(html::see(&format!("/findings/{id}"))),
        Came::Back(status, errors) => {
            let typed = Typed { number: form.number, ..Typed::default() };
            again((&db, &actor, here), id, status, typed, errors).await
        }
    }
}

/// `GET /findings/link?case=…`: which finding a case is added to.
pub async fn choose(
    actor: Actor,
    db: Data<Db>,
    here: Here,
    query: Query<Vec<(String, String)>>,
) -> Result<HttpResponse, AppError> {
    let asked = filters::accepted(&db, actor.does(READS), form::cases(&query)).await?;
    let page = choice(&db, &actor, here, &asked, (String::new(), Errors::new())).await?;
    html::ok(page)
}

async fn choice(
    db: &Db,
    actor: &Actor,
    here: Here,
    asked: &[Uuid],
    came: (String, Errors),
) -> Result<LinkPage, AppError> {
    let (frame, found, open) = db
        .read(actor.does(READS), async |tx| {
            let found = cases::to_link(tx, asked).await?;
            let open = cases::open_findings(tx, asked).await?;
            tx.shown("review_case", asked).await?;
            tx.shown("finding", &open.iter().map(|finding| finding.id).collect::<Vec<_>>()).await?;
            Ok((tx.frame().await?, found, open))
        })
        .await?;
    Ok(LinkPage::new(Chrome::new(actor, Place::Findings, here, &frame), actor, &found, open, came))
}

/// `POST /findings/link`
pub async fn link_chosen(
    actor: Actor,
    db: Data<Db>,
    here: Here,
    pairs: Form<Vec<(String, String)>>,
) -> Result<HttpResponse, AppError> {
    let act = Action::FindingCaseLink;
    let field = |name: &str| pairs.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value.as_str());
    let asked = filters::accepted(&db, actor.does(act), form::cases(&pairs)).await?;
    let key = key(&db, &actor, act, Uuid::nil(), field("form_key")).await?;
    let Ok(id) = Uuid::try_parse(field("finding")) else {
        db.refuse_form(&actor.does(act)).await?;
        let mut errors = Errors::new();
        errors.add("finding", "Choose a finding");
        let page = choice(&db, &actor, here, &asked, (String::new(), errors)).await?;
        return html::with(StatusCode::UNPROCESSABLE_ENTITY, page);
    };
    let sent = Sent { form: "finding_case", key, finding: id };
    let came =
        once(&db, &actor, (READS, act), sent, async |tx, errors| cases::link(tx, actor.id(), id, &asked, errors).await)
            .await?;
    match came {
        Came::Done(_) => Ok(done(id, Done::Finding(FindingDone::CaseLinked))),
        Came::Before => Ok(html::see(&format!("/findings/{id}"))),
        Came::Back(status, errors) => {
            // on this page what is in the way of a case stands beside the finding that was chosen
            let mut said = Errors::new();
            errors.iter().for_each(|(_, sentence)| said.add("finding", sentence));
            html::with(status, choice(&db, &actor, here, &asked, (id.to_string(), said)).await?)
        }
    }
}

/// Which case is unlinked.
#[derive(Deserialize)]
pub struct Which {
    case: Option<String>,
}

/// `GET /findings/{id}/cases/unlinking?case=…`
pub async fn unlink_form(
    actor: Actor,
    db: Data<Db>,
    here: Here,
    id: Id,
    which: Query<Which>,
) -> Result<HttpResponse, AppError> {
    let case = filters::accepted(&db, actor.does(READS).on(id.0), filters::id("case", which.case.as_deref())).await?;
    html::ok(unlinking(&db, &actor, here, (id.0, case.unwrap_or_default()), (String::new(), Errors::new())).await?)
}

async fn unlinking(
    db: &Db,
    actor: &Actor,
    here: Here,
    (id, case): (Uuid, Uuid),
    typed: (String, Errors),
) -> Result<UnlinkPage, AppError> {
    let (frame, number, found) = db
        .read(actor.does(READS).on(id), async |tx| {
            act::standing(tx, id).await?;
            let (number, ..) = edit::content(tx, id).await?;
            let linked = one::linked_cases(tx, id).await?;
            let found = linked.into_iter().find(|linked| linked.id == case).ok_or(AppError::NotFound)?;
            tx.shown("review_case", &[case]).await?;
            Ok((tx.frame().await?, number, found))
        })
        .await?;
    Ok(UnlinkPage::new(Chrome::new(actor, Place::Findings, here, &frame), actor, (id, number), &found, typed))
}

/// `POST /findings/{id}/cases/unlinking`
pub async fn unlink(
    actor: Actor,
    db: Data<Db>,
    here: Here,
    id: Id,
    form: Form<UnlinkForm>,
) -> Result<HttpResponse, AppError> {
    let (form, id, act) = (form.into_inner(), id.0, Action::FindingCaseUnlink);
    let key = key(&db, &actor, act, id, &form.form_key).await?;
    let sent = Sent { form: "finding_uncase", key, finding: id };
    let outcome = once(&db, &actor, (READS, act), sent, async |tx, errors| {
        act::standing(tx, id).await?;
        let (case, why) = act::said(form.check(), errors)?;
        cases::unlink(tx, actor.id(), id, (case, &why), errors).await
    })
    .await?;
    match outcome {
        Came::Done(_) => Ok(done(id, Done::Finding(FindingDone::CaseUnlinked))),
        Came::Before => Ok(html::see(&format!("/findings/{id}"))),
        Came::Back(status, errors) => {
            let case = Uuid::try_parse(&form.case).unwrap_or_default();
            html::with(status, unlinking(&db, &actor, here, (id, case), (form.why, errors)).await?)
        }
    }
}
