//! What the panel's buttons do.

use axum::response::{IntoResponse, Response};
use axum::routing::post;
use jiff::Zoned;

use super::Doing;
use super::visit::Tongue;
use crate::core::types::{Act, Action, WallTime};
use crate::web::call::Change;
use crate::web::done::Done;
use crate::web::operator::told;
use crate::web::reply::{Problem, Said, json};
use crate::words::{self, time};

/// By what each address of the panel ends, what that is, and what does it.
pub(super) const ALL: [Doing; 6] = [
    ("revert", Act::Revert, || post(revert)),
    ("start", Act::Start, || post(start)),
    ("stop", Act::Stop, || post(stop)),
    ("hold", Act::Hold, || post(hold)),
    ("resume", Act::Resume, || post(resume)),
    ("snapshot", Act::CreateSnapshot, || post(snapshot)),
];

async fn revert(tongue: Tongue, call: Change) -> Response {
    act(tongue, &call, Action::Revert, |exhibit| Done::Back { exhibit }).await
}

async fn start(tongue: Tongue, call: Change) -> Response {
    act(tongue, &call, Action::Start, |exhibit| Done::Started { exhibit }).await
}

async fn stop(tongue: Tongue, call: Change) -> Response {
    act(tongue, &call, Action::Stop, |exhibit| Done::Stopped { exhibit }).await
}

async fn resume(tongue: Tongue, call: Change) -> Response {
    act(tongue, &call, Action::Resume, |exhibit| Done::Resumed { exhibit }).await
}

async fn snapshot(tongue: Tongue, call: Change) -> Response {
    act(tongue, &call, Action::CreateSnapshot(None), |exhibit| Done::HasSnapshot { exhibit }).await
}

async fn hold(Tongue(language): Tongue, call: Change) -> Response {
    let (reason, until) = match words::speaking(language, || terms(&call)) {
        Ok(terms) => terms,
        Err(problem) => return problem.into_response(),
    };
    act(Tongue(language), &call, Action::Hold { until, reason }, |exhibit| Done::Held { exhibit }).await
}

/// Why, and until when.
fn terms(call: &Change) -> Result<(Option<String>, Option<WallTime>), Problem> {
    let params = call.params()?;
    let now = Zoned::now();
    let end = match (params.text("at")?, params.text("end")?) {
        (Some(at), _) => Some(time::coming(&at, &now)),
        (None, Some(end)) if end.contains(':') => Some(time::coming(&end, &now)),
        (None, Some(end)) => Some(time::after(&end, &now)),
        (None, None) => None,
    };
    let end = end.transpose().map_err(Problem::bad)?;
    Ok((params.text("reason")?, end.map(|end| WallTime(end.timestamp().as_millisecond()))))
}

/// Asks the daemon, and answers in the visitor's language.
async fn act(Tongue(language): Tongue, call: &Change, action: Action, done: fn(String) -> Done) -> Response {
    let exhibit = call.exhibit().name.clone();
    match call.ask(action).await {
        Ok(answer) => {
            let answer = told(answer, done(exhibit));
            json(&Said::in_language(&answer, language))
        }
        Err(problem) => problem.in_language(language).into_response(),
    }
}
