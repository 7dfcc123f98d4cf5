//! The document as a page for people: plain HTML, with lines for curl that can be copied.

use hyper::header::{HOST, HeaderMap};
use maud::{DOCTYPE, Markup, html};
use serde_json::Value;

use super::super::host_names::Authority;
use super::super::routes::{Route, routes};
use super::{ABOUT, Answer, Asks, Kind, Topic, examples, meaning, problems};

/// Where the API is called by whoever has not said where.
const USUAL: &str = "127.0.0.1:8000";

/// The address of the API, as whoever asks has called it.
pub(in crate::web) fn base(headers: &HeaderMap, encrypted: bool) -> String {
    let host = headers.get(HOST).and_then(|host| host.to_str().ok()).map(str::trim);
    let host = host.filter(|host| Authority::read(host).is_some()).unwrap_or(USUAL);
    let scheme = if encrypted { "https" } else { "http" };
    format!("{scheme}://{host}")
}

/// The whole page, for whoever calls the API at `base`, and from whose address `root` leads to `/`.
pub(super) fn render(document: &Value, base: &str, root: &str) -> Markup {
    let routes = routes();
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { "Vitrine: the API" }
                link rel="stylesheet" href={ (root) "docs/style.css" };
            }
            body {
                header {
                    h1 { "Vitrine: the API" }
                    p { "Version " (env!("CARGO_PKG_VERSION")) ". For programs: " a href={ (root) "openapi.json" } { "openapi.json" } }
                    @for paragraph in ABOUT.split("\n\n") { p { (paragraph) } }
                    (contents(&routes))
                }
                main {
                    @for topic in Topic::ALL {
                        section {
                            h2 { (topic.title()) }
                            @for route in routes.iter().filter(|route| route.topic == topic) {
                                (operation(route, base))
                            }
                        }
                    }
                    (statuses(&routes))
                    section {
                        h2 id="shapes" { "What answers look like" }
                        @for (name, schema) in document["components"]["schemas"].as_object().into_iter().flatten() {
                            (shape(name, schema))
                        }
                    }
                }
            }
        }
    }
}

/// Where on the page a path is.
fn anchor(route: &Route) -> String {
    let path = route.paths().into_iter().next().unwrap_or_default();
    let words: Vec<_> =
        path.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).collect();
    format!("{}-{}", route.methods.names().concat().to_ascii_lowercase(), words.join("-"))
}

fn contents(routes: &[Route]) -> Markup {
    html! {
        nav {
            ul {
                @for route in routes {
                    li {
                        a href={ "#" (anchor(route)) } {
                            code { (route.methods.names().join(" ")) " " (route.paths().into_iter().next().unwrap_or_default()) }
                        }
                    }
                }
            }
        }
    }
}

fn operation(route: &Route, base: &str) -> Markup {
    let paths = route.paths();
    html! {
        article id=(anchor(route)) {
            h3 {
                @for method in route.methods.names() { span.method { (method) } " " }
                code { (paths.first().map_or("", String::as_str)) }
            }
            p { (route.summary) "." }
            @if let Some(named) = paths.get(1) { p { "Also " code { (named) } } }
            @if !route.parameters.is_empty() {
                table {
                    @for parameter in route.parameters {
                        tr {
                            th scope="row" { code { (parameter.name) } @if parameter.required { " (required)" } }
                            td { (words(parameter.kind)) }
                            td { (parameter.about) "." }
                        }
                    }
                }
            }
            pre { code { (curl(route, base)) } }
            p {
                "200: "
                @match route.answer {
                    Answer::Json(kind) => a href={ "#shape-" (kind.name()) } { (kind.name()) },
                    Answer::Text(media_type, _) => (media_type),
                }
                ". Otherwise "
                @for (index, status) in all_problems(route).into_iter().enumerate() {
                    @if index > 0 { ", " }
                    a href={ "#status-" (status) } { (status) }
                }
                "."
            }
        }
    }
}

/// Of all its paths and methods.
fn all_problems(route: &Route) -> Vec<u16> {
    let paths = route.paths();
    let of = |path: &String| {
        let methods = route.methods.names().iter();
        methods.flat_map(|method| problems(route, path, method)).collect::<Vec<_>>()
    };
    let mut all: Vec<_> = paths.iter().flat_map(of).collect();
    all.sort_unstable();
    all.dedup();
    all
}

fn words(kind: Kind) -> &'static str {
    match kind {
        Kind::Text | Kind::Secret => "text",
        Kind::Seconds => "seconds",
        Kind::Moment => "Unix seconds",
        Kind::Switch => "true or false",
        Kind::Snapshot => "a snapshot's name",
    }
}

/// A line that calls it.
fn curl(route: &Route, base: &str) -> String {
    let path = route.paths().into_iter().next().unwrap_or_default();
    let path = path
        .replace("{exhibit}", "eden-garden")
        .replace("{snapshot}", "before-update")
        .replace("{state}", "lights")
        .replace("{event}", "door");
    let method = match route.methods.names() {
        ["GET"] => String::new(),
        [.., method] => format!("-X {method} "),
        [] => String::new(),
    };
    if route.asks == Asks::Password {
        let secrets: serde_json::Map<_, _> =
            route.parameters.iter().map(|parameter| (parameter.name.to_owned(), parameter.value())).collect();
        return format!("curl --cookie-jar cookies --data '{}' {base}{path}", Value::Object(secrets));
    }
    if route.asks == Asks::Page {
        return format!("curl {method}--cookie cookies {base}{path}");
    }
    let pairs: Vec<_> = route
        .parameters
        .iter()
        .map(|parameter| format!("{}={}", parameter.name, parameter.example.replace(' ', "+")))
        .collect();
    if pairs.is_empty() {
        format!("curl {method}{base}{path}")
    } else {
        format!("curl {method}\"{base}{path}?{}\"", pairs.join("&"))
    }
}

fn statuses(routes: &[Route]) -> Markup {
    let mut all: Vec<u16> = routes.iter().flat_map(all_problems).collect();
    all.sort_unstable();
    all.dedup();
    html! {
        section {
            h2 { "What may go wrong" }
            p {
                "An error is a " a href="#shape-Problem" { "Problem" } ". Any other method at one of the paths is answered 405, \
                 and any other path 404."
            }
            table {
                @for status in all {
                    tr id={ "status-" (status) } { th scope="row" { (status) } td { (meaning(status)) } }
                }
            }
        }
    }
}

fn shape(name: &str, schema: &Value) -> Markup {
    html! {
        article id={ "shape-" (name) } {
            h3 { (name) }
            @if let Some(about) = schema["description"].as_str() { p { (plain(about)) } }
            table { (rows(schema)) }
            @if let Some(example) = examples::of(name) {
                details {
                    summary { "Example" }
                    pre { code { (serde_json::to_string_pretty(&example).unwrap_or_default()) } }
                }
            }
        }
    }
}

/// A row for each field.
fn rows(schema: &Value) -> Markup {
    html! {
        @for part in schema["allOf"].as_array().into_iter().flatten() {
            @if let Some(target) = target(part) {
                tr { td colspan="3" { "All of " a href={ "#shape-" (target) } { (target) } } }
            } @else { (rows(part)) }
        }
        @for (field, kind) in schema["properties"].as_object().into_iter().flatten() {
            tr {
                th scope="row" { code { (field) } }
                td { (kind_of(kind)) }
                td { (plain(about(kind))) }
            }
        }
    }
}

/// What is said of a field: beside what it is, or of what it may be besides null.
fn about(field: &Value) -> &str {
    field["description"].as_str().or(field["oneOf"][0]["description"].as_str()).unwrap_or_default()
}

/// The name of the shape that a schema refers to.
fn target(schema: &Value) -> Option<&str> {
    schema["$ref"].as_str()?.strip_prefix("#/components/schemas/")
}

/// What a value is.
fn kind_of(schema: &Value) -> Markup {
    html! {
        @if let Some(target) = target(schema) {
            a href={ "#shape-" (target) } { (target) }
        } @else if schema["items"].is_object() {
            "list of " (kind_of(&schema["items"]))
        } @else if let Some(choices) = schema["enum"].as_array() {
            @for (index, choice) in choices.iter().enumerate() {
                @if index > 0 { ", " }
                code { (choice.as_str().unwrap_or_default()) }
            }
        } @else if let Some(several) = schema["oneOf"].as_array().or(schema["anyOf"].as_array()).or(schema["type"].as_array()) {
            @for (index, one) in several.iter().enumerate() {
                @if index > 0 { " or " }
                @if let Some(name) = one.as_str() { (name) } @else { (kind_of(one)) }
            }
        } @else {
            (schema["type"].as_str().unwrap_or("anything"))
        }
    }
}

/// A comment of the code without its marks.
fn plain(text: &str) -> String {
    text.replace('`', "")
}
