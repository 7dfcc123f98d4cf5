//! The API's own description, made of the table of its paths and of the shapes of its answers: as a document
//! (<https://spec.openapis.org/oas/v3.1.0>) for programs, and as a page for people.
//!
//! It holds no secret and tells nothing of this site, so everybody may read it. The page needs no script and nothing from
//! elsewhere.

mod examples;
pub(super) mod page;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use axum::extract::Request;
use axum::response::Response;
use hyper::body::Bytes;
use hyper::header::{CONTENT_SECURITY_POLICY, HeaderValue, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS};
use serde_json::{Value, json};
use utoipa::openapi::path::{HttpMethod, OperationBuilder, ParameterBuilder, ParameterIn, PathsBuilder};
use utoipa::openapi::request_body::{RequestBody, RequestBodyBuilder};
use utoipa::openapi::schema::{ComponentsBuilder, Schema, SchemaType, Type};
use utoipa::openapi::security::{ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityScheme};
use utoipa::openapi::tag::TagBuilder;
use utoipa::openapi::{
    ContentBuilder, HeaderBuilder, InfoBuilder, LicenseBuilder, ObjectBuilder, OpenApi, OpenApiBuilder,
    PathItem, Ref, RefOr, Required, ResponseBuilder, SecurityRequirement, ServerBuilder,
};
use utoipa::{PartialSchema, ToSchema};

use super::caller::Caller;
use super::hooks::MAX_NAME;
use super::listen::SlashAtEnd;
use super::params::MAX_SNAPSHOT_NAME_BYTES;
use super::reply::{Detail, Success, with_text};
use super::routes::{Methods, Route, routes};
use super::staff::COOKIE_NAME;
use crate::core::types::Role;

/// What the page may load (<https://www.w3.org/TR/CSP3/>): its own style, and nothing else.
const POLICY: &str =
    "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The document.
static DOCUMENT: LazyLock<Value> = LazyLock::new(|| serde_json::to_value(document()).unwrap_or_default());

/// The document, as it is sent: to write it anew takes ten milliseconds, in which no heartbeat is answered.
static TEXT: LazyLock<Bytes> = LazyLock::new(|| serde_json::to_vec(&*DOCUMENT).unwrap_or_default().into());

/// `GET /openapi.json`.
pub(super) async fn openapi() -> Response {
    with_text(TEXT.clone(), "application/json")
}

/// `GET /docs`.
pub(super) async fn page(request: Request) -> Response {
    let caller = request.extensions().get::<Caller>();
    let encrypted = caller.is_some_and(|caller| caller.is_encrypted(request.headers()));
    // Relative, so that a proxy may have it under a path of its own.
    let root = if request.extensions().get::<SlashAtEnd>().is_some() { "../" } else { "./" };
    let text = page::render(&DOCUMENT, &page::base(request.headers(), encrypted), root).into_string();
    of_page(with_text(text, "text/html; charset=utf-8"))
}

/// `GET /docs/style.css`.
pub(super) async fn style() -> Response {
    of_page(with_text(include_str!("style.css").to_owned(), "text/css; charset=utf-8"))
}

/// With what keeps a browser from taking it for something else.
fn of_page(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    response
}

/// What a path is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Topic {
    Site,
    Guests,
    Staff,
    Snapshots,
    LogIn,
    Documents,
}

impl Topic {
    const ALL: [Self; 6] =
        [Self::Site, Self::Guests, Self::Staff, Self::Snapshots, Self::LogIn, Self::Documents];

    fn title(self) -> &'static str {
        match self {
            Self::Site => "How everything is",
            Self::Guests => "For guests",
            Self::Staff => "For staff",
            Self::Snapshots => "Snapshots",
            Self::LogIn => "Logging in",
            Self::Documents => "This description",
        }
    }
}

/// Whom a call asks for its answer, by which it is clear what may go wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asks {
    /// Nobody: what is there already is told.
    Nothing,
    /// Nobody, about the whole site.
    Site,
    /// The daemon, which has it done.
    Daemon,
    /// A hook of the museum's.
    Hook,
    /// The states that are set.
    States,
    /// The accounts, for a password.
    Password,
    /// The accounts and the tokens, for who asks.
    Token,
    /// Nobody but whoever sends it, who may be a page from elsewhere.
    Page,
}

/// Something that a call may send along.
#[derive(Clone, Copy, Debug)]
pub(super) struct Parameter {
    name: &'static str,
    kind: Kind,
    required: bool,
    example: &'static str,
    about: &'static str,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// A text, or a number or truth value that is taken for one.
    Text,
    /// A text that comes in the body alone.
    Secret,
    /// A span in seconds.
    Seconds,
    /// A moment in Unix seconds.
    Moment,
    Switch,
    Snapshot,
}

impl Parameter {
    const fn new(kind: Kind, name: &'static str, example: &'static str, about: &'static str) -> Self {
        Self { name, kind, required: false, example, about }
    }

    pub(super) const fn text(name: &'static str, example: &'static str, about: &'static str) -> Self {
        Self::new(Kind::Text, name, example, about)
    }

    pub(super) const fn secret(name: &'static str, example: &'static str, about: &'static str) -> Self {
        Self::new(Kind::Secret, name, example, about)
    }

    pub(super) const fn seconds(name: &'static str, example: &'static str, about: &'static str) -> Self {
        Self::new(Kind::Seconds, name, example, about)
    }

    pub(super) const fn moment(name: &'static str, example: &'static str, about: &'static str) -> Self {
        Self::new(Kind::Moment, name, example, about)
    }

    pub(super) const fn switch(name: &'static str, example: &'static str, about: &'static str) -> Self {
        Self::new(Kind::Switch, name, example, about)
    }

    pub(super) const fn snapshot(name: &'static str, example: &'static str, about: &'static str) -> Self {
        Self::new(Kind::Snapshot, name, example, about)
    }

    pub(super) const fn required(self) -> Self {
        Self { required: true, ..self }
    }

    /// Its example as what it is.
    fn value(&self) -> Value {
        match self.kind {
            Kind::Text | Kind::Secret | Kind::Snapshot => json!(self.example),
            Kind::Seconds | Kind::Moment | Kind::Switch => {
                serde_json::from_str(self.example).unwrap_or_default()
            }
        }
    }

    /// How it looks in a query, where everything is a text.
    fn in_query(&self) -> ObjectBuilder {
        let object = ObjectBuilder::new();
        match self.kind {
            Kind::Text => object.schema_type(Type::String),
            Kind::Secret => object.schema_type(Type::String).min_length(Some(1)),
            Kind::Snapshot => object.schema_type(Type::String).max_length(Some(MAX_SNAPSHOT_NAME_BYTES)),
            Kind::Seconds | Kind::Moment => object.schema_type(Type::Number).minimum(Some(0.0)),
            Kind::Switch => object.schema_type(Type::Boolean),
        }
    }

    /// How it looks in a body, where null is nothing.
    fn in_body(&self) -> ObjectBuilder {
        let types = |types: &[Type]| SchemaType::Array(types.to_vec());
        let object = self.in_query().description(Some(self.about)).examples([self.value()]);
        match self.kind {
            Kind::Secret => object,
            Kind::Text => object.schema_type(types(&[Type::String, Type::Number, Type::Boolean, Type::Null])),
            Kind::Snapshot => object.schema_type(types(&[Type::String, Type::Null])),
            Kind::Seconds | Kind::Moment => object.schema_type(types(&[Type::Number, Type::Null])),
            Kind::Switch => object.schema_type(types(&[Type::Boolean, Type::Null])),
        }
    }
}

/// What comes back where something went well.
#[derive(Clone, Copy)]
pub(super) enum Answer {
    /// An object of JSON.
    Json(Shape),
    /// A text of another media type, such as this one.
    Text(&'static str, &'static str),
}

/// The shape of an object of JSON, as its type tells it.
#[derive(Clone, Copy)]
pub(super) struct Shape {
    name: fn() -> Cow<'static, str>,
    /// Its name where several types would have the same.
    renamed: Option<&'static str>,
    schema: fn() -> RefOr<Schema>,
    parts: fn(&mut Vec<(String, RefOr<Schema>)>),
}

impl Shape {
    fn of<T: ToSchema>() -> Self {
        Self { name: T::name, renamed: None, schema: T::schema, parts: T::schemas }
    }

    fn name(&self) -> String {
        self.renamed.map_or_else(|| (self.name)().into_owned(), str::to_owned)
    }
}

impl Answer {
    pub(super) fn json<T: ToSchema>() -> Self {
        Self::Json(Shape::of::<T>())
    }

    /// A [`Success`] with these details; all of them have the same name by themselves.
    pub(super) fn done<T: ToSchema>(name: &'static str) -> Self {
        let parts = |parts: &mut Vec<_>| {
            parts.push((T::name().into_owned(), T::schema()));
            T::schemas(parts);
        };
        Self::Json(Shape { renamed: Some(name), parts, ..Shape::of::<Success<T>>() })
    }

    pub(super) const fn text(media_type: &'static str, example: &'static str) -> Self {
        Self::Text(media_type, example)
    }
}

/// The document itself, whose shape its own specification tells.
pub(super) enum Document {}

impl PartialSchema for Document {
    fn schema() -> RefOr<Schema> {
        let object = ObjectBuilder::new().schema_type(Type::Object);
        let object = object.description(Some("A document of OpenAPI 3.1."));
        ["openapi", "info", "paths", "components"].into_iter().fold(object, ObjectBuilder::required).into()
    }
}

impl ToSchema for Document {}

/// What a status code means, wherever it comes.
fn meaning(status: u16) -> &'static str {
    match status {
        200 => "It went well.",
        400 => "Something is wrong with the call.",
        401 => "Who asks has to say who they are; `WWW-Authenticate` says by what.",
        403 => "Not under this name, not from this web page, not by this guest, not in this role.",
        404 => "There is no such exhibit, VM, snapshot, hook or path.",
        405 => "This path takes other methods, or this caller has to POST; `Allow` names them.",
        408 => "The body did not arrive within 10 seconds.",
        409 => "Not now, or it is not clear which exhibit is meant.",
        413 => "The body has more than 64 KiB, or broke off.",
        414 => "The address has more than 60 KiB.",
        429 => {
            "Too many tries to log in, hooks, or requests by a guest or from elsewhere; `Retry-After` says when the next is taken."
        }
        431 => "The headers have more than 32 KiB.",
        500 => "It was tried and failed.",
        503 => "libvirt is not reached just now, or does not tell; or Vitrine is ending.",
        _ => "",
    }
}

/// The status codes of what may go wrong with a call of this method at this path, in their order.
fn problems(route: &Route, path: &str, method: &str) -> Vec<u16> {
    // Every head is looked at first: its size, and under what name it calls.
    let mut all = vec![403, 414, 431];
    if let Some(act) = route.act {
        all.extend([401, 404, 408, 413, 500]);
        if !path.contains("{exhibit}") {
            all.push(409);
        }
        if method == "GET" && act.needs() == Role::Operate {
            all.push(405);
        }
    }
    if path.contains('{') || !route.parameters.is_empty() {
        all.push(400);
    }
    all.extend_from_slice(match route.asks {
        Asks::Nothing => &[],
        Asks::Site | Asks::Token => &[401, 500],
        Asks::Daemon => &[400, 409, 429, 503],
        Asks::Hook => &[429],
        Asks::States => &[409],
        Asks::Password => &[400, 401, 408, 413, 429, 500, 503],
        Asks::Page => &[500],
    });
    all.sort_unstable();
    all.dedup();
    all
}

/// The whole document.
fn document() -> OpenApi {
    let mut shapes = Shapes::default();
    shapes.add_problem();
    let mut problem_statuses = BTreeSet::new();
    let mut paths = PathsBuilder::new();
    for route in &routes() {
        for path in route.paths() {
            for method in route.methods.names() {
                let statuses = problems(route, &path, method);
                let operation = operation(route, &path, method, &statuses, &mut shapes);
                problem_statuses.extend(statuses);
                paths =
                    paths.path(path.clone(), PathItem::new(http_method(route.methods, method), operation));
            }
        }
    }
    let token =
        Http::builder().scheme(HttpAuthScheme::Bearer).description(Some("A token of the configuration."));
    let cookie = ApiKeyValue::with_description(COOKIE_NAME, "What logging in has given.");
    let failures = problem_statuses.into_iter().map(|status| (failure_name(status), failure(status)));
    let components = ComponentsBuilder::new()
        .schemas_from_iter(shapes.0)
        .responses_from_iter(failures)
        .security_scheme("token", SecurityScheme::Http(token.build()))
        .security_scheme("session", SecurityScheme::ApiKey(ApiKey::Cookie(cookie)))
        .build();
    let info = InfoBuilder::new()
        .title("Vitrine")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(ABOUT))
        .license(Some(
            LicenseBuilder::new().name("MIT OR Apache-2.0").identifier(Some("MIT OR Apache-2.0")).build(),
        ))
        .build();
    OpenApiBuilder::new()
        .info(info)
        .servers(Some([ServerBuilder::new().url("/").build()]))
        .paths(paths)
        .components(Some(components))
        .tags(Some(Topic::ALL.map(|topic| TagBuilder::new().name(topic.title()).build())))
        .build()
}

const ABOUT: &str = "The API of a kiosk session manager for museums, for guests, staff and programs.\n\n\
    Paths about one exhibit are there twice: /api/v1/exhibits/NAME/… names it; below /api/v1/ it is the only one there is, \
    or the one whose guest calls.\n\n\
    Parameters come in the query, as a JSON object or as a form; the query wins, and the content type does not matter. A \
    body has at most 64 KiB.\n\n\
    Guests are known by their VMs, and programs of this computer do everything; everybody else logs in or shows a token. \
    GET changes something only for guests, for this computer at 127.0.0.1 or localhost, and with a token.\n\n\
    Spans are seconds, and moments are Unix seconds.";

/// The shapes that the document names, by their names.
#[derive(Default)]
struct Shapes(BTreeMap<String, RefOr<Schema>>);

impl Shapes {
    fn add(&mut self, shape: Shape) -> Ref {
        let name = shape.name();
        if !self.0.contains_key(&name) {
            let mut parts = Vec::new();
            (shape.parts)(&mut parts);
            parts.push((name.clone(), (shape.schema)()));
            for (name, mut schema) in parts {
                complete(&mut schema);
                self.0.insert(name, schema);
            }
        }
        Ref::from_schema_name(name)
    }

    /// Of this one, some things may be missing.
    fn add_problem(&mut self) {
        let shape = Shape::of::<Detail>();
        self.0.insert(shape.name(), (shape.schema)());
    }
}

/// Answers leave nothing out: what there is not is null.
fn complete(schema: &mut RefOr<Schema>) {
    if let RefOr::T(Schema::Object(object)) = schema {
        object.required = object.properties.keys().cloned().collect();
    } else if let RefOr::T(Schema::AllOf(all)) = schema {
        all.items.iter_mut().for_each(complete);
    }
}

fn http_method(methods: Methods, name: &str) -> HttpMethod {
    match methods {
        Methods::Get => HttpMethod::Get,
        Methods::Post => HttpMethod::Post,
        Methods::Delete => HttpMethod::Delete,
        Methods::GetOrPost if name == "GET" => HttpMethod::Get,
        Methods::GetOrPost => HttpMethod::Post,
    }
}

fn operation(
    route: &Route,
    path: &str,
    method: &str,
    problems: &[u16],
    shapes: &mut Shapes,
) -> OperationBuilder {
    let id: Vec<_> =
        path.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let mut operation = OperationBuilder::new()
        .tag(route.topic.title())
        .summary(Some(route.summary))
        .operation_id(Some(format!("{}_{}", method.to_ascii_lowercase(), id.join("_"))))
        .response("200", success(route, shapes));
    for status in problems {
        operation = operation.response(status.to_string(), Ref::from_response_name(failure_name(*status)));
    }
    for name in path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}')) {
        operation = operation.parameter(in_path(name));
    }
    for parameter in route.parameters.iter().filter(|parameter| parameter.kind != Kind::Secret) {
        // With POST it may come in the body just as well.
        let required = parameter.required && method == "GET";
        let described = ParameterBuilder::new()
            .name(parameter.name)
            .parameter_in(ParameterIn::Query)
            .required(if required { Required::True } else { Required::False })
            .description(Some(parameter.about))
            .schema(Some(parameter.in_query()))
            .example(Some(parameter.value()));
        operation = operation.parameter(described);
    }
    if method == "POST" && !route.parameters.is_empty() {
        operation = operation.request_body(Some(body(route.parameters)));
    }
    if route.act.is_some() || route.asks == Asks::Site {
        // Guests and programs of this computer need none of them.
        let none = SecurityRequirement::default();
        let by = |scheme: &str| SecurityRequirement::new(scheme, [] as [&str; 0]);
        operation = operation.securities(Some([none, by("token"), by("session")]));
    }
    operation
}

fn success(route: &Route, shapes: &mut Shapes) -> ResponseBuilder {
    let response = ResponseBuilder::new().description(meaning(200));
    match route.answer {
        Answer::Json(shape) => {
            let content = ContentBuilder::new().schema(Some(shapes.add(shape)));
            let content = content.example(examples::of(&shape.name())).build();
            let cookie = HeaderBuilder::new().schema(Some(ObjectBuilder::new().schema_type(Type::String)));
            let response = response.content("application/json", content);
            match route.asks {
                Asks::Password | Asks::Page => response.header("Set-Cookie", cookie.build()),
                Asks::Nothing | Asks::Site | Asks::Daemon | Asks::Hook | Asks::States | Asks::Token => {
                    response
                }
            }
        }
        Answer::Text(media_type, example) => {
            let content = ContentBuilder::new().schema(Some(ObjectBuilder::new().schema_type(Type::String)));
            response.content(media_type, content.example(Some(json!(example))).build())
        }
    }
}

/// What the document calls the answer with this status.
fn failure_name(status: u16) -> String {
    format!("problem_{status}")
}

fn failure(status: u16) -> ResponseBuilder {
    let problem = Ref::from_schema_name(Detail::name());
    let content = ContentBuilder::new().schema(Some(problem)).build();
    let response = ResponseBuilder::new().description(meaning(status)).content("application/json", content);
    let (name, kind) = match status {
        401 => ("WWW-Authenticate", Type::String),
        405 => ("Allow", Type::String),
        429 => ("Retry-After", Type::Integer),
        _ => return response,
    };
    response.header(name, HeaderBuilder::new().schema(Some(ObjectBuilder::new().schema_type(kind))).build())
}

/// What a path names.
fn in_path(name: &str) -> ParameterBuilder {
    let (example, about) = match name {
        "exhibit" => ("eden-garden", "The exhibit's name in the configuration"),
        "snapshot" => ("before-update", "The snapshot's name"),
        "state" => ("lights", "The state's name, which is that of its hook"),
        _ => ("door", "The event's name, which is that of its hook"),
    };
    let text = ObjectBuilder::new().schema_type(Type::String).min_length(Some(1));
    let text = match name {
        "exhibit" => text,
        "snapshot" => text.max_length(Some(MAX_SNAPSHOT_NAME_BYTES)),
        _ => text.max_length(Some(MAX_NAME)).pattern(Some("^[A-Za-z0-9_-][A-Za-z0-9_.-]*$")),
    };
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Path)
        .required(Required::True)
        .description(Some(about))
        .schema(Some(text))
        .example(Some(json!(example)))
}

/// Parameters in a body.
fn body(parameters: &[Parameter]) -> RequestBody {
    let secret = parameters.iter().any(|parameter| parameter.kind == Kind::Secret);
    let mut object = ObjectBuilder::new().schema_type(Type::Object);
    for parameter in parameters {
        object = object.property(parameter.name, parameter.in_body());
        if secret && parameter.required {
            object = object.required(parameter.name);
        }
    }
    let content = ContentBuilder::new().schema(Some(object)).build();
    RequestBodyBuilder::new()
        .required(Some(if secret { Required::True } else { Required::False }))
        .content("application/json", content.clone())
        .content("application/x-www-form-urlencoded", content)
        .build()
}

#[cfg(test)]
mod tests;
