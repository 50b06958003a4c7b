//! Static files, compiled in. Pages name them with a hash of their content, so that a browser may keep them for good.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use rust_embed::RustEmbed;

#[derive(RustEmbed)]
#[folder = "static/"]
struct Files;

/// The path under which a page names a file: `/static/app.css?v=3f9a…`.
#[must_use]
pub fn url(name: &str) -> String {
    match Files::get(name) {
        Some(file) => format!("/static/{name}?v={}", hex::encode(&file.metadata.sha256_hash()[..6])),
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
    let Some(file) = Files::get(name) else { return HttpResponse::NotFound().finish() };
    let tag = format!("\"{}\"", hex::encode(&file.metadata.sha256_hash()[..8]));
    if sent_tag == tag {
        return HttpResponse::NotModified().finish();
    }
    let cache = if hashed { "public, max-age=31536000, immutable" } else { "public, max-age=3600" };
    HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, content_type(name)))
        .insert_header((header::CACHE_CONTROL, cache))
        .insert_header((header::ETAG, tag))
        .body(file.data.into_owned())
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
