//! From a request to an actor. A handler that takes an [`Actor`] cannot run for someone who is not signed in.

use std::future::{Ready, ready};

use actix_session::{Session, SessionExt as _};
use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpMessage as _, HttpRequest};

use super::store::{EXPIRED, IDENTITY, TOKEN};
use crate::audit::{Actor, Client, Identity};
use crate::error::AppError;

impl FromRequest for Actor {
    type Error = AppError;
    type Future = Ready<Result<Self, AppError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(actor_of(request).ok_or(AppError::SignedOut))
    }
}

/// Someone who may or may not be signed in: sign-in, error pages.
pub struct Visitor {
    /// The session's person, if there is one.
    pub actor: Option<Actor>,
    /// The request's own facts.
    pub client: Client,
    /// The session itself, to begin or end it.
    pub session: Session,
}

impl FromRequest for Visitor {
    type Error = AppError;
    type Future = Ready<Result<Self, AppError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(client_of(request).map(|client| Self {
            actor: actor_of(request),
            client,
            session: request.get_session(),
        }))
    }
}

/// The actor of a request, if someone is signed in.
pub(crate) fn actor_of(request: &HttpRequest) -> Option<Actor> {
    let session = request.get_session();
    let identity: Identity = session.get(IDENTITY).ok().flatten()?;
    let token: String = session.get(TOKEN).ok().flatten()?;
    Some(Actor::of_session(identity, token, client_of(request).ok()?))
}

/// The user name of a session that has just ended.
pub(crate) fn expired_holder_of(request: &HttpRequest) -> Option<String> {
    request.get_session().get(EXPIRED).ok().flatten()
}

/// The session's token, for recording a refusal in its person's name.
pub(crate) fn token_of(request: &HttpRequest) -> Option<String> {
    request.get_session().get(TOKEN).ok().flatten()
}

/// What the first middleware noted about the request.
pub(crate) fn client_of(request: &HttpRequest) -> Result<Client, AppError> {
    request.extensions().get::<Client>().cloned().ok_or(AppError::Internal("the request has no id"))
}
