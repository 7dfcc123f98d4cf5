//! What programs inside the guests call.

use std::sync::Arc;
use std::time::Instant;

use axum::response::Response;
use http_body_util::Full;
use hyper::body::{Body, Bytes};
use hyper::{Method, Request, StatusCode};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::call::{BeatCall, Call, Change};
use super::caller::{Caller, exhibits_for};
use super::done::Done;
use super::dto::{Heartbeat, Sentence};
use super::kit;
use super::reply::{Problem, Said, bare_json, json, text};
use super::{Shared, now};
use crate::core::event::BeatNote;
use crate::core::status::ExhibitStatus;
use crate::core::types::{Act, Action, Answer};

/// A heartbeat that counts.
#[derive(Serialize, ToSchema)]
pub(super) struct Beaten {
    /// `Heartbeat received`.
    message: &'static str,
    /// The heartbeat right after this beat.
    details: Heartbeat,
    /// For guests that set their clock: after a revert theirs is the snapshot's. Unix seconds.
    host_time: f64,
}

/// A beat. It counts whatever is wrong with its parameters: that a guest garbles its message does not mean that
/// the artwork has stopped.
pub(super) async fn heartbeat(call: BeatCall) -> Result<Response, Problem> {
    let note = call.params().and_then(|params| {
        let (status, message) = (params.text("status")?, params.text("message")?);
        Ok((status.is_some() || message.is_some()).then_some(BeatNote { status, message }))
    });
    match note {
        Ok(note) => Ok(json(&beats(&call, note))),
        Err(problem) => {
            if !call.has_counted() {
                let _ = beats(&call, None);
            }
            Err(problem.after("The heartbeat counts, but what came with it does not. "))
        }
    }
}

/// The commonest call of all, a beat with nothing else to say, without the router's detours. `None` when the request
/// is anything else, or is to be refused.
pub(super) fn plain_beat(
    shared: &Shared,
    request: &Request<impl Body>,
    caller: &Caller,
) -> Option<hyper::Response<Full<Bytes>>> {
    let uri = request.uri();
    let plain = uri.path() == "/api/v1/heartbeat"
        && uri.query().is_none()
        && matches!(*request.method(), Method::GET | Method::POST)
        && request.body().is_end_stream();
    if !plain {
        return None;
    }
    let status = Arc::clone(&shared.status.borrow());
    let &[index] = exhibits_for(&status, None, caller).ok()?.as_slice() else { return None };
    let exhibit = status.exhibits.get(index)?;
    shared.gate.may(request.into(), caller, &status, Some(exhibit), Act::Heartbeat).ok()?;
    let beaten = beat(shared, exhibit, None, caller);
    note_kit(shared, exhibit, kit::said(request.headers()));
    Some(bare_json(StatusCode::OK, &beaten))
}

/// A beat of a guest whose MAC address several VMs have counts for each: none of them is put back because another one
/// has its address.
fn beats(call: &BeatCall, note: Option<BeatNote>) -> Beaten {
    for other in call.candidates().skip(1) {
        let _ = beat(&call.shared, other, note.clone(), call.caller());
    }
    let beaten = beat(&call.shared, call.exhibit(), note, call.caller());
    note_kit(&call.shared, call.exhibit(), call.kit());
    beaten
}

fn note_kit(shared: &Shared, exhibit: &ExhibitStatus, said: Option<&str>) {
    if let Some(said) = said {
        shared.beats.note_kit(exhibit.id, said);
    }
}

fn beat(shared: &Shared, exhibit: &ExhibitStatus, note: Option<BeatNote>, caller: &Caller) -> Beaten {
    let now = now();
    shared.beats.take(exhibit.id, now.mono, note, caller.way());
    Beaten {
        message: "Heartbeat received",
        details: Heartbeat::beating(&exhibit.heartbeat, now),
        host_time: super::dto::seconds_of(now.wall),
    }
}

/// The heartbeat: the last one, and whether it is recent enough.
pub(super) async fn heartbeat_status(call: Call) -> Response {
    json(&Heartbeat::new(&call.exhibit().heartbeat, now()))
}

/// What a guest is answered whose request the daemon has taken.
#[derive(Serialize, ToSchema)]
pub(super) struct Taken {
    /// `accepted`, or `ignored` where nothing will happen.
    status: &'static str,
    /// What will happen, or why nothing will, in English.
    message: String,
    /// Which sentence that is.
    code: String,
    /// What the sentence names: texts, numbers, `{"seconds": 1.5}`, or a sentence within it of this very form.
    #[schema(value_type = Object)]
    values: Map<String, Value>,
    /// Always null; the old controller's answer has it.
    details: Option<String>,
}

/// Answers a guest in the words of the old controller: `accepted`, or `ignored` with the reason.
fn taken(exhibit: &str, answer: Answer, done: &Done) -> Response {
    let (status, told) = match answer {
        Answer::Ignored(why) => ("ignored", why.told()),
        Answer::StartedAnew => ("accepted", Done::StartedAnew { exhibit: exhibit.to_owned() }.told()),
        Answer::Done
        | Answer::DoneUnwritten
        | Answer::Joined
        | Answer::Followed
        | Answer::Accepted
        | Answer::Snapshots(_) => ("accepted", done.told()),
    };
    let Sentence { code, values } = Sentence::new(&told);
    json(&Taken { status, message: told.to_string(), code, values, details: None })
}

/// The guest asks to be put back.
pub(super) async fn revert_request(call: Change) -> Result<Response, Problem> {
    let params = call.params()?;
    let reason = params.required("reason", "artwork+frozen")?;
    let severity = params.text("severity")?;
    let answer = call.ask(Action::GuestRevert { reason, severity }).await?;
    Ok(taken(&call.exhibit().name, answer, &Done::PutBack { exhibit: call.exhibit().name.clone() }))
}

/// The guest reports that nobody uses the artwork.
pub(super) async fn idle(call: Change) -> Result<Response, Problem> {
    let lasted = call.params()?.seconds("idle_duration")?;
    let answer = call.ask(Action::Idle { lasted }).await?;
    Ok(taken(&call.exhibit().name, answer, &Done::PutBackUnused { exhibit: call.exhibit().name.clone() }))
}

/// Whether the button was pressed.
#[derive(Serialize, ToSchema)]
pub(super) struct Button {
    /// True once for each press.
    pressed: bool,
}

/// Hands a press of the button out, once.
pub(super) async fn button_status(call: Change) -> Response {
    let pressed = call.shared.buttons().remove(&call.exhibit().id).is_some();
    json(&Button { pressed })
}

/// Presses the button. Pressing it again before the guest has asked is the same press.
pub(super) async fn button_press(call: Change) -> Response {
    call.shared.buttons().insert(call.exhibit().id, Instant::now());
    let done = Done::Pressed { exhibit: call.exhibit().name.clone() };
    json(&Said::new(&done.told()))
}

/// How something on this computer is, as one word of plain text.
pub(super) async fn poll(call: Change) -> Result<Response, Problem> {
    let name = call.hook_in_path()?;
    Ok(text(call.shared.hooks.poll(call.exhibit(), name).await?))
}

/// Sets such a state from outside; without a value the hook answers again.
pub(super) async fn set_state(call: Change) -> Result<Response, Problem> {
    let name = call.hook_in_path()?;
    let value = call.params()?.text("value")?;
    let exhibit = call.exhibit().name.clone();
    let done = match &value {
        Some(_) => Done::StateSet { exhibit, state: name.to_string() },
        None => Done::StateUnset { exhibit, state: name.to_string() },
    };
    call.shared.hooks.set(call.exhibit().id, name, value)?;
    Ok(json(&Said::new(&done.told())))
}

/// Tells this computer of something that has happened in the artwork.
pub(super) async fn signal(call: Change) -> Result<Response, Problem> {
    let name = call.hook_in_path()?;
    let value = call.params()?.text("value")?;
    call.shared.hooks.signal(call.exhibit(), &name, value).await?;
    let done = Done::Signalled { exhibit: call.exhibit().name.clone(), event: name.to_string() };
    Ok(json(&Said::new(&done.told())))
}
