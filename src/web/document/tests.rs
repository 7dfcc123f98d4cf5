use std::collections::{BTreeMap, BTreeSet};

use super::*;

/// All methods with their paths that the document has, with what it says of them.
fn operations(document: &Value) -> BTreeMap<(String, String), &Value> {
    let paths = document["paths"].as_object().unwrap();
    let methods = paths.iter().flat_map(|(path, item)| {
        let item = item.as_object().unwrap().iter();
        item.map(|(method, operation)| ((path.clone(), method.to_uppercase()), operation))
    });
    methods.collect()
}

/// Every object within a value.
fn objects<'a>(value: &'a Value, found: &mut Vec<&'a serde_json::Map<String, Value>>) {
    match value {
        Value::Object(object) => {
            found.push(object);
            object.values().for_each(|value| objects(value, found));
        }
        Value::Array(values) => values.iter().for_each(|value| objects(value, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[test]
fn every_route_is_in_the_document_and_nothing_else() {
    let routes = routes();
    let of = |route: &Route| {
        let methods = route.methods.names();
        let pairs = route
            .paths()
            .into_iter()
            .flat_map(move |path| methods.iter().map(move |method| (path.clone(), (*method).to_owned())));
        pairs.collect::<Vec<_>>()
    };
    let expected: BTreeSet<_> = routes.iter().flat_map(of).collect();
    let operations = operations(&DOCUMENT);
    assert_eq!(operations.keys().cloned().collect::<BTreeSet<_>>(), expected);
    let ids: BTreeSet<_> =
        operations.values().map(|operation| operation["operationId"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), operations.len(), "an id is there twice");
}

#[test]
fn whatever_it_refers_to_is_there() {
    let mut all = Vec::new();
    objects(&DOCUMENT, &mut all);
    let references: BTreeSet<_> =
        all.iter().filter_map(|object| object.get("$ref").and_then(Value::as_str)).collect();
    assert!(references.len() > 10, "{references:?}");
    for reference in references {
        let pointer = reference.trim_start_matches('#');
        assert!(DOCUMENT.pointer(pointer).is_some_and(Value::is_object), "{reference}");
    }
    for ((path, method), operation) in operations(&DOCUMENT) {
        for (status, response) in operation["responses"].as_object().unwrap() {
            let name = response["$ref"].as_str().and_then(|name| name.strip_prefix('#'));
            let response = name.and_then(|name| DOCUMENT.pointer(name)).unwrap_or(response);
            let text = response["description"].as_str().unwrap_or_default();
            assert!(!text.is_empty(), "{method} {path} {status}");
        }
        let in_path = |parameter: &&Value| parameter["in"] == "path";
        let parameters = operation["parameters"].as_array().into_iter().flatten().filter(in_path).count();
        assert_eq!(parameters, path.matches('{').count(), "{method} {path}");
    }
}

#[test]
fn every_example_has_the_shape_that_it_is_an_example_of() {
    let mut seen = 0;
    for name in DOCUMENT["components"]["schemas"].as_object().unwrap().keys() {
        let Some(example) = examples::of(name) else { continue };
        let schema = json!({
            "$ref": format!("#/components/schemas/{name}"),
            "components": DOCUMENT["components"],
            "unevaluatedProperties": false,
        });
        let validator = jsonschema::validator_for(&schema).unwrap();
        let faults: Vec<_> = validator.iter_errors(&example).map(|error| error.to_string()).collect();
        assert!(faults.is_empty(), "{name}: {faults:?}");
        seen += 1;
    }
    for route in routes() {
        if let Answer::Json(shape) = route.answer {
            assert!(examples::of(&shape.name()).is_some() || shape.name() == "Document", "{}", shape.name());
        }
    }
    assert!(seen > 10, "{seen}");
}

#[test]
fn the_page_tells_everything_and_loads_nothing() {
    let page = page::render(&DOCUMENT, "http://192.168.122.1:8000", "./").into_string();
    assert!(page.len() < 100_000, "{} bytes", page.len());
    for (path, _) in operations(&DOCUMENT).keys() {
        assert!(page.contains(&format!("<code>{path}</code>")), "{path}");
    }
    for shape in DOCUMENT["components"]["schemas"].as_object().unwrap().keys() {
        assert!(page.contains(&format!("id=\"shape-{shape}\"")), "{shape}");
    }
    assert!(page.contains("curl -X POST http://192.168.122.1:8000/api/v1/vm/start<"), "{page}");
    for foreign in ["<script", "style=", "src=", " on", "javascript:", "@import"] {
        let markup = page.split('<').filter_map(|part| part.split('>').next());
        let inside: Vec<_> = markup.filter(|tag| tag.contains(foreign)).collect();
        assert!(inside.is_empty(), "{foreign}: {inside:?}");
    }
    let links: BTreeSet<_> =
        page.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    for link in links {
        match link.strip_prefix('#') {
            Some(anchor) => assert!(page.contains(&format!(" id=\"{anchor}\"")), "{link}"),
            None => assert!(["./docs/style.css", "./openapi.json"].contains(&link), "{link}"),
        }
    }
}

#[test]
fn the_page_calls_the_api_as_its_reader_does() {
    let base = |headers: &[(&'static str, &'static str)]| {
        let headers = headers.iter().map(|(name, value)| {
            (hyper::header::HeaderName::from_static(name), HeaderValue::from_static(value))
        });
        let headers: hyper::header::HeaderMap = headers.collect();
        let encrypted = super::super::access::is_encrypted_before(&headers);
        page::base(&headers, encrypted)
    };
    assert_eq!(base(&[]), "http://127.0.0.1:8000");
    assert_eq!(base(&[("host", "[::1]:8000")]), "http://[::1]:8000");
    let proxied = [("host", "vitrine.museum.example"), ("x-forwarded-proto", "https")];
    assert_eq!(base(&proxied), "https://vitrine.museum.example");
    assert_eq!(base(&[("host", "x\"><script>")]), "http://127.0.0.1:8000");
}
