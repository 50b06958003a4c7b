//! The import rules of the architecture, checked on the sources themselves.

use std::fs;
use std::path::Path;

/// Who may use whom: a module uses those of a lower number, and itself.
const LAYERS: [(&str, u8); 20] = [
    ("error", 0),
    ("policy", 0),
    ("clock", 0),
    ("config", 0),
    ("telemetry", 0),
    ("postgres", 0),
    ("words", 0),
    ("facts", 1),
    ("ingest", 1),
    ("spool", 1),
    ("audit", 2),
    ("auth", 3),
    ("web", 4),
    ("features", 5),
    ("app", 6),
    ("jobs", 6),
    ("serve", 7),
    ("listener", 7),
    ("demo", 8),
    ("main", 9),
];

/// The demo makes its own Postgres, fills an empty organisation in the worker's name, and signs in as people to decide
/// cases of the past under their own events. No page of the portal reaches it.
const DEMO: &str = "demo";

/// The sources below a folder of the project: path and text.
pub fn sources(folder: &str) -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    let mut folders = vec![root.join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|end| end == "rs" || end == "html") {
                let name = path.strip_prefix(root).expect("below the root").to_string_lossy().into_owned();
                found.push((name, fs::read_to_string(&path).expect("a text")));
            }
        }
    }
    found.sort();
    found
}

/// The program's lines without comments.
pub fn without_comments(text: &str) -> String {
    text.lines()
        .map(|line| line.split_once("//").map_or(line, |(code, _)| if code.contains('"') { line } else { code }))
        .collect::<Vec<_>>()
        .join("\n")
}

/// Code that ships: no comments, no unit tests.
fn code(text: &str) -> String {
    let shipped = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    without_comments(shipped)
}

fn module_of(path: &str) -> &str {
    let rest = path.strip_prefix("src/").unwrap_or(path);
    rest.split(['/', '.']).next().unwrap_or_default()
}

fn layer(module: &str) -> Option<u8> {
    LAYERS.iter().find(|(name, _)| *name == module).map(|(_, layer)| *layer)
}

fn none(failures: &[String]) {
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// The words after each `crate::`, also inside braces of a `use`.
fn used(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for rest in text.split("crate::").skip(1) {
        let names = rest.strip_prefix('{').map_or_else(|| rest, |inside| inside.split('}').next().unwrap_or_default());
        let several = rest.starts_with('{');
        for name in names.split(',').take(if several { usize::MAX } else { 1 }) {
            let name: String =
                name.trim().chars().take_while(|c| c.is_alphanumeric() || *c == '_' || *c == ':').collect();
            found.push(name);
        }
    }
    found
}

#[test]
fn imports_run_one_way() {
    let mut failures = Vec::new();
    for (path, text) in sources("src") {
        let module = module_of(&path);
        if module == "lib" {
            continue;
        }
        let Some(own) = layer(module) else {
            failures.push(format!("{path}: give `{module}` its place in LAYERS"));
            continue;
        };
        for name in used(&code(&text)) {
            let target = name.split("::").next().unwrap_or_default();
            match layer(target) {
                Some(other) if target == module || other < own => {}
                // macros and types at the crate's root do not exist
                None if target.is_empty() => {}
                _ => failures.push(format!("{path}: uses crate::{name}")),
            }
        }
    }
    none(&failures);
}

#[test]
fn features_do_not_import_each_other() {
    let mut failures = Vec::new();
    for (path, text) in sources("src/features") {
        let Some(feature) =
            path.strip_prefix("src/features/").and_then(|rest| rest.split_once('/')).map(|(feature, _)| feature)
        else {
            continue;
        };
        let text = code(&text);
        for name in used(&text).iter().filter_map(|name| name.strip_prefix("features::")) {
            let other = name.split("::").next().unwrap_or_default();
            if other != feature {
                failures.push(format!("{path}: uses features::{name}"));
            }
        }
        // how many steps up stay within the feature
        let depth = path.matches('/').count() - 2 - usize::from(path.ends_with("/mod.rs"));
        if text.contains(&"super::".repeat(depth + 1)) {
            failures.push(format!("{path}: reaches above its folder"));
        }
    }
    none(&failures);
}

/// Sources that are longer than the house likes, each one thing that reads better whole. A file that is split leaves this
/// list; a new one does not come in without a reason.
const LONG: [&str; 0] = [];

#[test]
fn no_source_is_longer_than_400_lines_but_those_named_here() {
    let mut failures = Vec::new();
    for (path, text) in sources("src") {
        match (text.lines().count() > 400, LONG.contains(&path.as_str())) {
            (true, false) => failures.push(format!("{path}: longer than 400 lines; split it along what it is about")),
            (false, true) => failures.push(format!("{path}: not longer than 400 lines; take it out of LONG")),
            _ => {}
        }
    }
    let known: Vec<_> = sources("src").into_iter().map(|(path, _)| path).collect();
    let gone = LONG.iter().filter(|path| !known.iter().any(|known| known == *path));
    failures.extend(gone.map(|path| format!("{path}: does not exist; take it out of LONG")));
    none(&failures);
}

/// The lengths of the functions that answer a request, by where they stand.
fn handlers() -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for (path, text) in sources("src/features") {
        for (at, begun) in text.match_indices("async fn ") {
            let (head, rest) = text[at..].split_once('{').unwrap_or_default();
            // a function of a module ends at the first brace without indentation
            if head.contains("HttpResponse")
                && text[..at].rsplit('\n').next().is_some_and(|line| !line.starts_with(' '))
            {
                let body = rest.split("\n}").next().unwrap_or_default();
                let name = head[begun.len()..].split('(').next().unwrap_or_default();
                found.push((head.lines().count() + body.lines().count(), format!("{path}: {name}")));
            }
        }
    }
    found
}

#[test]
fn a_handler_is_read_at_a_glance() {
    let mut handlers = handlers();
    handlers.sort();
    assert!(handlers.len() > 100, "they are found: {}", handlers.len());
    let (median, nine_of_ten) = (handlers[handlers.len() / 2].0, &handlers[handlers.len() * 9 / 10]);
    assert!(median <= 20, "half of the handlers are longer than {median} lines");
    assert!(nine_of_ten.0 <= 40, "one handler in ten is longer than 40 lines, such as {}", nine_of_ten.1);
    let failures: Vec<_> =
        handlers.iter().filter(|(lines, _)| *lines > 60).map(|(lines, name)| format!("{name}: {lines}")).collect();
    none(&failures);
}

#[test]
fn only_the_door_and_the_private_postgres_name_connections() {
    let forbidden = [
        "PgPool",
        "PgConnection",
        "PgConnectOptions",
        "PgTransaction",
        "PgListener",
        "PoolConnection",
        "sqlx::Pool",
        "sqlx::Transaction",
        "sqlx::Connection",
        "sqlx::Executor",
        "sqlx::Acquire",
    ];
    let mut failures = Vec::new();
    for (path, text) in sources("src") {
        if matches!(module_of(&path), "audit" | "postgres" | DEMO) {
            continue;
        }
        let text = code(&text);
        failures.extend(forbidden.iter().filter(|word| text.contains(**word)).map(|word| format!("{path}: {word}")));
    }
    none(&failures);
}

#[test]
fn only_queries_hold_sql() {
    let mut failures = Vec::new();
    for (path, text) in sources("src") {
        let file = path.rsplit('/').next().unwrap_or_default();
        if matches!(module_of(&path), "audit" | DEMO)
            || matches!(file, "queries.rs" | "export.rs" | "preferences.rs")
            || path.contains("/queries/")
        {
            continue;
        }
        let text = code(&text);
        for word in ["sqlx::query", "QueryBuilder", "raw_sql"] {
            if text.contains(word) {
                failures.push(format!("{path}: {word}"));
            }
        }
    }
    none(&failures);
}

#[test]
fn pure_rules_know_neither_sql_nor_http() {
    let mut failures = Vec::new();
    for (path, text) in sources("src") {
        let pure = path.ends_with("/model.rs") || matches!(module_of(&path), "policy" | "facts" | "words" | "clock");
        let text = code(&text);
        if pure && (text.contains("sqlx") || text.contains("actix"))
            || module_of(&path) == "error" && text.contains("actix")
        {
            failures.push(path);
        }
    }
    none(&failures);
}

#[test]
fn an_actor_comes_from_a_session_only() {
    let mut failures = Vec::new();
    for (path, text) in sources("src") {
        if path != "src/audit/actor.rs"
            && !matches!(module_of(&path), "auth" | DEMO)
            && code(&text).contains("of_session")
        {
            failures.push(path);
        }
    }
    none(&failures);
}

#[test]
fn templates_hold_no_inline_script_or_style_and_escape_everything() {
    let mut failures = Vec::new();
    for (path, text) in sources("templates") {
        let lower = text.to_lowercase();
        for forbidden in
            ["style=", "<style", "javascript:", "|safe", "| safe", "|escape(\"none\")", "hx-on", "hx-vals=\"js"]
        {
            if lower.contains(forbidden) {
                failures.push(format!("{path}: {forbidden}"));
            }
        }
        for tag in lower.split("<script").skip(1) {
            let (attributes, content) = tag.split_once('>').expect("a tag ends");
            if !attributes.contains("src=") || !content.trim_start().starts_with("</script>") {
                failures.push(format!("{path}: an inline script"));
            }
        }
        for tag in lower.split('<').skip(1) {
            let tag = tag.split('>').next().unwrap_or_default();
            let handler = tag.split_whitespace().skip(1).any(|word| {
                word.strip_prefix("on")
                    .and_then(|rest| rest.split_once('='))
                    .is_some_and(|(name, _)| name.chars().all(|c| c.is_ascii_lowercase()))
            });
            if handler {
                failures.push(format!("{path}: an event handler in <{tag}>"));
            }
        }
    }
    none(&failures);
}
