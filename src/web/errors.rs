//! Errors as pages and fragments. An [`AppError`] cannot see the request, so one middleware turns it into an answer, and
//! records what no handler has recorded: a refusal without its event does not exist.

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::error::InternalError;
use actix_web::http::{StatusCode, header};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage as _, HttpRequest, HttpResponse, ResponseError, web};
use askama::Template;

use super::chrome::{Chrome, Here, Place};
use super::unsent::Unsent;
use super::{flash, paging};
use crate::audit::{Actor, Code, Db, Frame, Outcome};
use crate::auth::extract::{actor_of, client_of, token_of};
use crate::error::{AppError, Refusal};

impl ResponseError for AppError {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::SignedOut => StatusCode::UNAUTHORIZED,
            Self::Denied | Self::CrossSite | Self::Refused(Refusal::SecondPerson | Refusal::Conflicted(_)) => {
                StatusCode::FORBIDDEN
            }
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::Invalid(_) => StatusCode::BAD_REQUEST,
            Self::Conflict | Self::Refused(Refusal::Expired) => StatusCode::CONFLICT,
            Self::Refused(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Throttled(_) => StatusCode::TOO_MANY_REQUESTS,
            Self::Unrecorded(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Database(_) | Self::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// Never sent as it is: the middleware replaces it.
    fn error_response(&self) -> HttpResponse<BoxBody> {
        HttpResponse::build(self.status_code()).finish()
    }
}

/// What an error page says.
struct Words {
    status: StatusCode,
    kind: &'static str,
    icon: &'static str,
    title: &'static str,
    text: String,
}

impl Words {
    /// The page's own heading; the sentence below it says more.
    fn heading(&self) -> &'static str {
        if self.kind == "denied" { "Not available to you" } else { "This page could not be shown" }
    }
}

#[derive(Template)]
#[template(path = "errors/signed_in.html")]
struct SignedInPage {
    chrome: Chrome,
    words: Words,
    home: &'static str,
}

#[derive(Template)]
#[template(path = "errors/signed_out.html")]
struct SignedOutPage {
    organisation: String,
    request_id: String,
    words: Words,
}

/// Sign-in in place, with the form that was about to be sent.
#[derive(Template)]
#[template(path = "errors/sign_in_again.html")]
struct SignInAgainPage {
    organisation: String,
    kept: String,
}

/// The middleware.
///
/// # Errors
/// None of ours: each has become an answer.
pub async fn answer_errors(
    db: web::Data<Db>,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    // the request is not kept aside: the router needs it for itself
    let response = next.call(request).await?;
    let Some(error) = response.response().error().map(own_error) else {
        let mut response = response.map_into_boxed_body();
        if response.status().is_success() && flash::told(response.request()).is_some() && is_page(response.response()) {
            flash::clear(response.response_mut());
        }
        return Ok(response);
    };
    let answered = answer(&db, response.request(), error).await;
    Ok(response.into_response(answered))
}

fn is_page(response: &HttpResponse) -> bool {
    response.headers().get(header::CONTENT_TYPE).is_some_and(|value| value.as_bytes().starts_with(b"text/html"))
}

/// Any error as one of ours; what is not ours came from reading the request, or means that the session store is gone.
fn own_error(error: &Error) -> AppError {
    if let Some(own) = error.as_error::<AppError>() {
        return match own {
            AppError::SignedOut => AppError::SignedOut,
            AppError::Denied => AppError::Denied,
            AppError::NotFound => AppError::NotFound,
            AppError::Invalid(sentence) => AppError::Invalid(sentence.clone()),
            AppError::Conflict => AppError::Conflict,
            AppError::TooLarge => AppError::TooLarge,
            AppError::Refused(refusal) => AppError::Refused(*refusal),
            AppError::Throttled(seconds) => AppError::Throttled(*seconds),
            AppError::CrossSite => AppError::CrossSite,
            AppError::Unrecorded(cause) => {
                tracing::error!(cause = %crate::error::describe(cause), "the trail cannot be written");
                AppError::Unrecorded(sqlx::Error::PoolClosed)
            }
            AppError::Database(cause) => {
                tracing::error!(cause = %crate::error::describe(cause), "database");
                AppError::Internal("the database refused")
            }
            AppError::Internal(what) => {
                tracing::error!(what, "internal error");
                AppError::Internal(what)
            }
        };
    }
    match error.as_response_error().status_code() {
        StatusCode::PAYLOAD_TOO_LARGE => AppError::TooLarge,
        status if status.is_client_error() => AppError::Invalid(
            "A part of the request cannot be read. Go back, check the address and the form, and try again.".to_owned(),
        ),
        _ => AppError::Unrecorded(sqlx::Error::PoolClosed),
    }
}

async fn answer(db: &Db, request: &HttpRequest, error: AppError) -> HttpResponse {
    let error = match record(db, request, &error).await {
        Ok(()) => error,
        Err(unrecorded) => unrecorded,
    };
    render(request, &error)
}

/// Leaves the event of a failure that came from no audited block. Errors of the door are recorded by the door.
async fn record(db: &Db, request: &HttpRequest, error: &AppError) -> Result<(), AppError> {
    let client = client_of(request)?;
    if client.failure_is_recorded() || matches!(error, AppError::Unrecorded(_) | AppError::Throttled(_)) {
        return Ok(());
    }
    let (outcome, code) = match error {
        AppError::SignedOut => (Outcome::AuthFail, Code::NoSession),
        AppError::Denied => (Outcome::AuthzFail, Code::RoleLacksAction),
        AppError::CrossSite => (Outcome::AuthzFail, Code::CrossSite),
        AppError::NotFound => (Outcome::ValidateFail, Code::NotInScope),
        AppError::TooLarge => (Outcome::ValidateFail, Code::TooLarge),
        AppError::Invalid(_) | AppError::Conflict => (Outcome::ValidateFail, Code::InvalidInput),
        _ => (Outcome::Error, Code::InternalError),
    };
    db.refuse_request(token_of(request).as_deref(), outcome, code, &client).await
}

fn render(request: &HttpRequest, error: &AppError) -> HttpResponse {
    let htmx = is_htmx(request);
    let actor = actor_of(request);
    if matches!(error, AppError::SignedOut) {
        if let Some(kept) = request.extensions().get::<Unsent>() {
            let page = SignInAgainPage { organisation: String::new(), kept: kept.0.clone() };
            return page_with(StatusCode::UNAUTHORIZED, page.render(), htmx);
        }
        return to_sign_in(request, htmx);
    }
    let words = words_of(error, actor.as_ref());
    let status = words.status;
    let request_id = request_id_of(request);
    let body = match (&actor, error) {
        // the trail cannot be written: not even the person's own name is shown
        (Some(actor), error) if !matches!(error, AppError::Unrecorded(_)) => {
            let chrome = Chrome::new(actor, Place::Elsewhere, Here::of(request), &Frame::default()).without_counts();
            SignedInPage { chrome, words, home: super::chrome::first_page(actor.role()) }.render()
        }
        _ => SignedOutPage { organisation: String::new(), request_id, words }.render(),
    };
    let mut response = page_with(status, body, htmx);
    if let AppError::Throttled(seconds) = error {
        response.headers_mut().insert(header::RETRY_AFTER, (*seconds).into());
    }
    response
}

fn is_htmx(request: &HttpRequest) -> bool {
    request.headers().contains_key("HX-Request")
}

fn request_id_of(request: &HttpRequest) -> String {
    client_of(request).map(|client| client.request_id.to_string()).unwrap_or_default()
}

fn page_with(status: StatusCode, body: askama::Result<String>, htmx: bool) -> HttpResponse {
    let mut response = HttpResponse::build(status);
    response.content_type("text/html; charset=utf-8");
    if htmx {
        // a fragment's target is too small for an error: it takes the page's main part
        response
            .insert_header(("HX-Retarget", "#main"))
            .insert_header(("HX-Reselect", "#main > *"))
            .insert_header(("HX-Reswap", "innerHTML"));
    }
    response.body(body.unwrap_or_else(|_| "This page cannot be shown.".to_owned()))
}

/// Sign-in, then back to where one was; only a page that was read is gone back to.
fn to_sign_in(request: &HttpRequest, htmx: bool) -> HttpResponse {
    let back = if request.method() == "GET" && request.path() != "/" {
        request.uri().path_and_query().map(|path| path.as_str().to_owned()).unwrap_or_default()
    } else {
        String::new()
    };
    let to = paging::url("/sign-in", &[("back", &back)]);
    if htmx { HttpResponse::Unauthorized().insert_header(("HX-Redirect", to)).finish() } else { super::html::see(&to) }
}

fn words_of(error: &AppError, actor: Option<&Actor>) -> Words {
    let words = |status, kind, icon, title, text: &str| Words { status, kind, icon, title, text: text.to_owned() };
    let status = error.status_code();
    match error {
        AppError::Denied => {
            let role = actor.map_or("role", |actor| actor.role().label());
            words(
                status,
                "denied",
                "lock",
                "Your role does not include this",
                &format!(
                    "{role} accounts cannot do this. Ask a privacy manager if you need it. This attempt was recorded, as every attempt is."
                ),
            )
        }
        AppError::NotFound => words(
            status,
            "denied",
            "lock",
            "You cannot open this",
            "It is outside what your account covers, or it does not exist. This attempt was recorded, as every attempt is.",
        ),
        AppError::CrossSite => words(
            status,
            "denied",
            "lock",
            "This form came from another site",
            "Nothing was changed. Open the page here and send the form again.",
        ),
        AppError::Conflict => words(
            status,
            "warn",
            "alert-triangle",
            "Somebody else was first",
            "The record changed while you worked on it. Nothing of yours was saved. Open it again to see what changed.",
        ),
        AppError::Invalid(sentence) => words(status, "warn", "alert-triangle", "This request cannot be read", sentence),
        AppError::TooLarge => words(
            status,
            "warn",
            "alert-triangle",
            "This is too large to accept",
            "Nothing was changed. Large files go through the import page or the command line.",
        ),
        AppError::Refused(refusal) => {
            let (kind, icon, title, text) = refusal_words(*refusal);
            words(status, kind, icon, title, text)
        }
        AppError::Throttled(seconds) => {
            words(status, "warn", "clock", "Too many attempts", &format!("Try again in {seconds} seconds."))
        }
        AppError::Unrecorded(_) => words(
            status,
            "warn",
            "database-off",
            "The portal cannot record what you do",
            "Without a record nothing is shown and nothing is changed. Try again in a minute; if it stays, call your administrator.",
        ),
        AppError::SignedOut | AppError::Database(_) | AppError::Internal(_) => words(
            status,
            "warn",
            "alert-triangle",
            "Something failed on our side",
            "Nothing was changed. Try again; if it stays, tell support the request id.",
        ),
    }
}

/// Kind, icon, title and text of a refusal.
const fn refusal_words(refusal: Refusal) -> (&'static str, &'static str, &'static str, &'static str) {
    match refusal {
        Refusal::SecondPerson => (
            "denied",
            "lock",
            "This needs a second person",
            "Nobody changes their own account here, or approves what they asked for. Ask another administrator or a manager. This attempt was recorded.",
        ),
        Refusal::Expired => (
            "warn",
            "hourglass",
            "This request has expired",
            "It waited for a second person for more than seven days. Nothing was changed. It can be asked for again.",
        ),
        Refusal::LastAdministrator => (
            "warn",
            "alert-triangle",
            "The last administrator stays one",
            "Nothing was changed. Grant the role to somebody else first.",
        ),
        Refusal::Conflicted(sentence) => ("denied", "lock", "Somebody else decides this case", sentence),
        Refusal::WrongPassword | Refusal::WrongCode | Refusal::WeakPassword => (
            "warn",
            "alert-triangle",
            "This was not accepted",
            "Nothing was changed. Go back and check what you typed.",
        ),
    }
}

/// Outside the session middleware: when sessions cannot be loaded or kept, nothing about anybody is shown.
///
/// # Errors
/// The page, as an error: the request it would answer to is gone.
pub async fn answer_broken_session(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let htmx = is_htmx(request.request());
    let request_id = request_id_of(request.request());
    match next.call(request).await {
        Ok(response) => Ok(response.map_into_boxed_body()),
        Err(error) => {
            tracing::error!(status = error.as_response_error().status_code().as_u16(), "the session store failed");
            let words = words_of(&AppError::Unrecorded(sqlx::Error::PoolClosed), None);
            let status = words.status;
            let page = SignedOutPage { organisation: String::new(), request_id, words };
            Err(InternalError::from_response("no session store", page_with(status, page.render(), htmx)).into())
        }
    }
}
