//! The real API keeps what its own description promises: every method of every path answers what is told of it there.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt as _;

use common::world::{World, lasting, status};
use serde_json::{Value, json};
use vitrine::core::types::{Access, AccessRules, Role};
use vitrine::web;

/// One method of one path, with what the document says of it.
struct Operation {
    path: String,
    method: String,
    says: Value,
}

/// The API, and what it says of itself.
struct Described {
    world: World,
    document: Value,
}

/// All methods that HTTP has (RFC 9110, 9.3; RFC 5789), but for HEAD and CONNECT.
const METHODS: [&str; 7] = ["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"];

impl Described {
    /// With these exhibits, and hooks; who comes from elsewhere may do this.
    fn new(exhibits: &[&str], remote: Access) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for (hook, text) in [("poll/lights", "#!/bin/sh\necho dimmed\n"), ("signal/door", "#!/bin/sh\n")] {
            let hook = folder.path().join("hooks").join(hook);
            std::fs::create_dir_all(hook.parent().unwrap()).unwrap();
            std::fs::write(&hook, text).unwrap();
            std::fs::set_permissions(&hook, std::fs::Permissions::from_mode(0o755)).unwrap();
        }
        std::fs::write(folder.path().join("arp"), "").unwrap();
        let settings = web::Settings {
            proxy: vec!["127.0.0.2:0".parse().unwrap()],
            rules: AccessRules { remote, ..AccessRules::default() },
            hooks: Some(folder.path().join("hooks")),
            neighbours: folder.path().join("arp"),
            ..web::Settings::new(
                vec!["127.0.0.1:0".parse().unwrap()],
                Some(folder.path().join("control.sock")),
            )
        };
        let world = World::serving(lasting(status(exhibits)), folder, settings);
        let document = world.get("/openapi.json").json;
        Self { world, document }
    }

    fn operations(&self) -> Vec<Operation> {
        let mut all = Vec::new();
        for (path, item) in self.document["paths"].as_object().unwrap() {
            for (method, says) in item.as_object().unwrap() {
                all.push(Operation { path: path.clone(), method: method.to_uppercase(), says: says.clone() });
            }
        }
        assert!(all.len() > 80, "only {} operations", all.len());
        all
    }

    /// Calls it, and holds the answer against what the document says; the status of the answer.
    fn keeps_its_word(&self, operation: &Operation, to: SocketAddr, target: &str, body: &str) -> u16 {
        let Operation { method, says, .. } = operation;
        let text = format!(
            "{method} {target} HTTP/1.1\r\nHost: {to}\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        let answer = common::world::raw_to(to, text.as_bytes());
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap();
        let case = format!("{method} {target}: {answer}");
        let response = &says["responses"][status];
        let response = match response["$ref"].as_str().and_then(|name| name.strip_prefix('#')) {
            Some(name) => self.document.pointer(name).unwrap(),
            None => response,
        };
        assert!(response.is_object(), "not told of: {case}");
        let header = |name: &str| {
            head.lines().find_map(|line| {
                let (field, value) = line.split_once(": ")?;
                field.eq_ignore_ascii_case(name).then_some(value)
            })
        };
        let content = response["content"].as_object().unwrap();
        let (media_type, content) = content.iter().next().unwrap();
        assert_eq!(header("content-type"), Some(media_type.as_str()), "{case}");
        for name in response["headers"].as_object().into_iter().flat_map(|headers| headers.keys()) {
            assert!(header(name).is_some(), "{name} is missing: {case}");
        }
        if media_type == "application/json" {
            let value: Value = serde_json::from_str(body).unwrap();
            let schema = json!({ "allOf": [content["schema"]], "components": self.document["components"] });
            let validator = jsonschema::validator_for(&schema).unwrap();
            let faults: Vec<_> = validator.iter_errors(&value).map(|error| error.to_string()).collect();
            assert!(faults.is_empty(), "{faults:?}: {case}");
        }
        status.parse().unwrap()
    }
}

/// Its path with the examples that the document has, about the exhibit of this name.
fn target(operation: &Operation, exhibit: &str, with_query: bool) -> String {
    let mut path = operation.path.clone();
    let mut query = Vec::new();
    for parameter in operation.says["parameters"].as_array().into_iter().flatten() {
        let name = parameter["name"].as_str().unwrap();
        let example = match &parameter["example"] {
            Value::String(_) if name == "exhibit" => exhibit.to_owned(),
            Value::String(text) => text.replace(' ', "%20"),
            other => other.to_string(),
        };
        match parameter["in"].as_str() {
            Some("path") => path = path.replace(&format!("{{{name}}}"), &example),
            _ => query.push(format!("{name}={example}")),
        }
    }
    if with_query && !query.is_empty() { format!("{path}?{}", query.join("&")) } else { path }
}

/// A body of the examples that the document has.
fn body(operation: &Operation) -> String {
    let schema = &operation.says["requestBody"]["content"]["application/json"]["schema"]["properties"];
    let fields = schema.as_object().into_iter().flatten();
    let fields: serde_json::Map<_, _> =
        fields.map(|(name, field)| (name.clone(), field["examples"][0].clone())).collect();
    if fields.is_empty() { String::new() } else { Value::Object(fields).to_string() }
}

#[test]
fn what_goes_well_is_as_the_document_tells_it() {
    let described = Described::new(&["eden"], Access::Login);
    let here = described.world.address;
    let mut well = 0;
    for operation in described.operations() {
        let ask = |query, body: &str| {
            described.keeps_its_word(&operation, here, &target(&operation, "eden", query), body)
        };
        well += u32::from(ask(true, "") == 200);
        if operation.method == "POST" {
            ask(false, &body(&operation));
        }
        ask(false, "");
    }
    // There is no account to log in with.
    assert_eq!(well + 1, u32::try_from(described.operations().len()).unwrap());
}

#[test]
fn what_goes_wrong_is_as_the_document_tells_it() {
    let one = Described::new(&["eden"], Access::Login);
    let several = Described::new(&["eden", "orbit"], Access::As(Role::Operate));
    let none = Described::new(&[], Access::Login);
    let elsewhere = |described: &Described| {
        described.world.api.as_ref().unwrap().bound().borrow()[&"127.0.0.2:0".parse().unwrap()]
    };
    let mut seen = std::collections::BTreeSet::new();
    for operation in one.operations() {
        let mut ask = |described: &Described, to: SocketAddr, target: &str, body: &str| {
            seen.insert(described.keeps_its_word(&operation, to, target, body));
        };
        for described in [&one, &several, &none] {
            let here = described.world.address;
            ask(described, here, &target(&operation, "eden", true), "");
            ask(described, here, &target(&operation, "nobody", true), "");
            ask(described, elsewhere(described), &target(&operation, "eden", true), "");
        }
        let here = one.world.address;
        let plain = target(&operation, "eden", false);
        ask(&one, here, &format!("{plain}?x={}", "x".repeat(62 * 1024)), "");
        for named in ["missing", "busy", "full", "away", "unfit"] {
            ask(&one, here, &plain.replace("before-update", named), "");
        }
        if operation.method != "GET" {
            for body in ["{", "[1]", "{\"reason\": {}, \"value\": [], \"until\": \"soon\", \"present\": 7}"] {
                ask(&one, here, &plain, body);
            }
        }
        if operation.path.contains('{') && !operation.path.ends_with("{exhibit}") {
            ask(
                &one,
                here,
                &plain.replace("before-update", "%ff").replace("lights", "..%2f").replace("door", "%00"),
                "",
            );
        }
    }
    for status in [200, 400, 401, 404, 405, 409, 414, 500, 503] {
        assert!(seen.contains(&status), "{status} was not seen: {seen:?}");
    }
}

#[test]
fn a_method_that_the_document_does_not_have_is_not_allowed() {
    let described = Described::new(&["eden"], Access::Login);
    for (path, item) in described.document["paths"].as_object().unwrap() {
        let target = path.replace("{exhibit}", "eden").replace(['{', '}'], "");
        for method in METHODS {
            let reply = described.world.call(method, &target, "");
            let told = item.get(method.to_lowercase()).is_some();
            assert_eq!(reply.status != 405, told, "{method} {path}: {reply:?}");
            if !told {
                assert!(reply.detail().contains(method), "{method} {path}: {reply:?}");
                assert!(reply.head.contains("Allow: "), "{method} {path}: {reply:?}");
            }
        }
    }
}

#[test]
fn the_page_and_the_document_are_for_everybody_and_safe_to_show() {
    let described = Described::new(&["eden"], Access::Login);
    let elsewhere = described.world.api.as_ref().unwrap().bound().borrow()[&"127.0.0.2:0".parse().unwrap()];
    let get = |path: &str| {
        let text = format!("GET {path} HTTP/1.1\r\nHost: {elsewhere}\r\nConnection: close\r\n\r\n");
        common::world::raw_to(elsewhere, text.as_bytes())
    };
    for path in ["/docs", "/docs/", "/docs/style.css"] {
        let answer = get(path);
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        assert!(answer.contains("\r\nX-Content-Type-Options: nosniff\r\n"), "{answer}");
        let policy = "\r\nContent-Security-Policy: default-src 'none'; style-src 'self';";
        assert!(answer.contains(policy), "{answer}");
    }
    assert!(get("/openapi.json").starts_with("HTTP/1.1 200"));
    let index = described.world.get("/").json;
    for (key, path) in [("docs", "/docs"), ("openapi", "/openapi.json"), ("panel", "/ui/")] {
        assert_eq!(index[key], path);
    }
}
