//! One person's connection. What does not come back whole is no answer, not a panic: the portal may have been killed.

use std::time::{Duration, Instant};

use reqwest::RequestBuilder;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

/// A whole answer.
pub struct Answer {
    pub status: u16,
    pub request: Uuid,
    pub location: String,
    pub body: Vec<u8>,
    pub sha256: Vec<u8>,
    pub took: Duration,
}

impl Answer {
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// A signed-in account.
pub struct Client {
    http: reqwest::Client,
    base: String,
    cookie: String,
}

impl Client {
    /// Signs in; of one address 120 a minute may, so whoever is told to wait does.
    pub async fn of(port: u16, username: &str, password: &str) -> Self {
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            // the portal closes an idle connection after five seconds
            .pool_idle_timeout(Duration::from_secs(2))
            .build()
            .expect("a client");
        let mut client = Self { http, base: format!("http://127.0.0.1:{port}"), cookie: String::new() };
        let fields = [("username", username), ("password", password)];
        let body = serde_urlencoded::to_string(fields).expect("a form");
        loop {
            let answer = client.form("/sign-in", body.clone()).send().await.expect("the portal answers");
            match answer.status().as_u16() {
                303 => {
                    let cookie = answer.headers().get("set-cookie").and_then(|value| value.to_str().ok());
                    let cookie = cookie.and_then(|cookie| cookie.split(';').next()).expect("a session");
                    cookie.clone_into(&mut client.cookie);
                    return client;
                }
                429 => tokio::time::sleep(Duration::from_secs(1)).await,
                other => panic!("{username} signs in, but: {other}"),
            }
        }
    }

    pub fn get(&self, path: &str) -> RequestBuilder {
        self.http.get(format!("{}{path}", self.base)).header("cookie", &self.cookie)
    }

    pub fn post(&self, path: &str) -> RequestBuilder {
        self.http.post(format!("{}{path}", self.base)).header("cookie", &self.cookie)
    }

    pub fn form(&self, path: &str, body: String) -> RequestBuilder {
        self.post(path).header("content-type", "application/x-www-form-urlencoded").body(body)
    }
}

/// The answer, if it came whole.
pub async fn send(request: RequestBuilder) -> Option<Answer> {
    let begun = Instant::now();
    let mut response = request.timeout(Duration::from_mins(5)).send().await.ok()?;
    let header = |name: &str| response.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let request = header("x-request-id").parse().unwrap_or_default();
    let location = header("location").to_owned();
    let file = header("content-type").starts_with("text/csv");
    let (status, mut body, mut hash) = (response.status().as_u16(), Vec::new(), Sha256::new());
    while let Some(part) = response.chunk().await.ok()? {
        if file { hash.update(&part) } else { body.extend_from_slice(&part) }
    }
    Some(Answer { status, request, location, body, sha256: hash.finalize().to_vec(), took: begun.elapsed() })
}
