//! Static files, compiled in. Pages name them with a hash of their content, so that a browser may keep them for good. The
//! parts of the style sheet are served as one file.

use std::sync::LazyLock;

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use bytes::Bytes;
use rust_embed::RustEmbed;
use sha2::{Digest as _, Sha256};

#[derive(RustEmbed)]
#[folder = "static/"]
struct Files;

/// What pages call the style sheet.
const SHEET: &str = "app.css";

/// Its parts below `static/css`, in the order in which they are read: of two rules that are alike, the later one wins.
const PARTS: [&str; 24] = [
    "layers",
    "reset",
    "tokens",
    "base",
    "layout",
    "cards",
    "controls",
    "badges",
    "filters",
    "tables",
    "messages",
    "timelines",
    "figures",
    "states",
    "review",
    "triage",
    "signing-in",
    "workforce",
    "evidence",
    "beside",
    "findings",
    "utilities",
    "contrast",
    "print",
];

/// The style sheet and its hash.
static STYLES: LazyLock<(Bytes, [u8; 32])> = LazyLock::new(|| {
    let parts = PARTS.iter().filter_map(|part| Files::get(&format!("css/{part}.css")));
    let sheet: Vec<u8> = parts.flat_map(|part| part.data.into_owned()).collect();
    let hash = Sha256::digest(&sheet).into();
    (Bytes::from(sheet), hash)
});

/// A file's content and its hash.
fn content(name: &str) -> Option<(Bytes, [u8; 32])> {
    if name == SHEET {
        return Some(STYLES.clone());
    }
    Files::get(name).map(|file| (Bytes::from(file.data.into_owned()), file.metadata.sha256_hash()))
}

/// The path under which a page names a file: `/static/app.css?v=3f9a…`.
#[must_use]
pub fn url(name: &str) -> String {
    match content(name) {
        Some((_, hash)) => format!("/static/{name}?v={}", hex::encode(&hash[..6])),
        None => format!("/static/{name}"),
    }
}

/// The route of the static files.
pub fn routes(config: &mut web::ServiceConfig) {
    config.route("/static/{name:.*}", web::get().to(serve)).route("/favicon.ico", web::get().to(favicon));
}

async fn favicon() -> HttpResponse {
    file("icon.svg", true, "")
}

async fn serve(request: HttpRequest, name: web::Path<String>) -> HttpResponse {
    let sent = request.headers().get(header::IF_NONE_MATCH).and_then(|tag| tag.to_str().ok()).unwrap_or_default();
    file(&name, !request.query_string().is_empty(), sent)
}

fn file(name: &str, hashed: bool, sent_tag: &str) -> HttpResponse {
    let Some((content, hash)) = content(name) else { return HttpResponse::NotFound().finish() };
    let tag = format!("\"{}\"", hex::encode(&hash[..8]));
    if sent_tag == tag {
        return HttpResponse::NotModified().finish();
    }
    let cache = if hashed { "public, max-age=31536000, immutable" } else { "public, max-age=3600" };
    HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, content_type(name)))
        .insert_header((header::CACHE_CONTROL, cache))
        .insert_header((header::ETAG, tag))
        .body(content)
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit('.').next().unwrap_or_default() {
        "css" => "text/css; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "svg" => "image/svg+xml",
        "woff2" => "font/woff2",
        _ => "text/plain; charset=utf-8",
    }
}

#[cfg(test)]
mod tests {
    use super::{Files, PARTS, STYLES};

    #[test]
    fn the_style_sheet_is_made_of_every_part_that_there_is() {
        let there = Files::iter().filter_map(|name| Some(name.strip_prefix("css/")?.strip_suffix(".css")?.to_owned()));
        let mut there: Vec<_> = there.collect();
        let mut named = PARTS.map(ToOwned::to_owned);
        there.sort();
        named.sort();
        assert_eq!(there, named);
        let sheet = String::from_utf8_lossy(&STYLES.0);
        assert!(
            sheet.starts_with("/*") && sheet.contains("@layer reset, tokens, base"),
            "the order of the layers is first"
        );
        assert_eq!(sheet.matches('{').count(), sheet.matches('}').count(), "no part ends in the middle of a rule");
    }
}
