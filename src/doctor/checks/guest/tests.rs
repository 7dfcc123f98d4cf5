use super::super::api::tests::verdict;
use super::*;
use crate::config::parse;
use crate::doctor::Verdict;
use crate::doctor::facts::api::ToldIncident;

const WELL: Option<Verdict> = Some(Verdict::Well);
const ADVICE: Option<Verdict> = Some(Verdict::Advice);
const WARNING: Option<Verdict> = Some(Verdict::Warning);
const ILL: Option<Verdict> = Some(Verdict::Ill);
const UNKNOWN: Option<Verdict> = Some(Verdict::Unknown);

fn told(exhibit: &mut Exhibit) -> &mut ToldExhibit {
    exhibit.guest.told.as_mut().unwrap()
}

fn without_heartbeat(exhibit: &mut Exhibit) {
    exhibit.settings.heartbeat = None;
}

/// As the configuration has it with `agent = true`.
fn with_agent(exhibit: &mut Exhibit) {
    let text =
        "[[exhibit]]\nname = \"a\"\nvm = \"a\"\nscreens = [\"HDMI-1\"]\nheartbeat = false\nagent = true\n";
    exhibit.settings.agent = parse(text, "").unwrap().exhibits[0].agent;
}

fn incident(exhibit: &mut Exhibit, symptom: &str, hours: u64) {
    told(exhibit).last_incident = Some(ToldIncident {
        symptom: symptom.to_owned(),
        ago: Duration::from_secs(hours * 3600),
        lasts: false,
        evidence: "the guest asks for it".to_owned(),
    });
}

/// As the configuration has it with `picture = true`.
fn watched_picture(exhibit: &mut Exhibit) {
    let text = "[[exhibit]]\nname = \"a\"\nvm = \"a\"\nscreens = [\"HDMI-1\"]\npicture = true\n";
    exhibit.settings.picture = parse(text, "").unwrap().exhibits[0].picture;
}

/// The picture stands still, while the VM's own screen does not, or does.
fn still_lasts(exhibit: &mut Exhibit, moves: bool) {
    incident(exhibit, "picture_frozen", 1);
    told(exhibit).last_incident.as_mut().unwrap().lasts = true;
    exhibit.guest.moves = Ok(Some(moves));
}

fn note(exhibit: &mut Exhibit, status: Option<&str>) {
    told(exhibit).note = Some((status.map(str::to_owned), None));
}

#[test]
fn each_fault_has_its_verdict() {
    type Spoil = fn(&mut Exhibit);
    let rows: &[(&str, Spoil, Option<Verdict>)] = &[
        ("guest.watched", |_| {}, WELL),
        ("guest.watched", without_heartbeat, ADVICE),
        ("guest.heartbeat", |_| {}, WELL),
        ("guest.heartbeat", without_heartbeat, None),
        ("guest.heartbeat", |exhibit| told(exhibit).vm_state = "shut off".to_owned(), None),
        ("guest.heartbeat", |exhibit| told(exhibit).beat_age = None, ILL),
        (
            "guest.heartbeat",
            |exhibit| (told(exhibit).beat_age, told(exhibit).phase) = (None, "settling".to_owned()),
            WARNING,
        ),
        ("guest.heartbeat", |exhibit| told(exhibit).beat_age = Some(Duration::from_secs(16)), ILL),
        ("guest.autostart", |_| {}, WELL),
        ("guest.autostart", |exhibit| told(exhibit).beat_age = None, ILL),
        (
            "guest.autostart",
            |exhibit| (told(exhibit).beat_age, exhibit.guest.agent) = (None, Ok(AgentChannel::Silent)),
            None,
        ),
        ("guest.autostart", without_heartbeat, None),
        ("guest.picture", |_| {}, WELL),
        ("guest.picture", without_heartbeat, None),
        ("guest.picture", |exhibit| told(exhibit).beat_age = Some(Duration::from_secs(16)), None),
        ("guest.picture", |exhibit| exhibit.guest.moves = Ok(None), None),
        ("guest.picture", |exhibit| exhibit.guest.moves = Ok(Some(false)), UNKNOWN),
        (
            "guest.picture",
            |exhibit| (watched_picture(exhibit), exhibit.guest.moves = Ok(Some(false))).1,
            WELL,
        ),
        ("guest.picture", |exhibit| incident(exhibit, "picture_frozen", 1), ADVICE),
        ("guest.picture", |exhibit| incident(exhibit, "picture_frozen", 48), WELL),
        ("guest.picture", |exhibit| still_lasts(exhibit, true), WARNING),
        ("guest.picture", |exhibit| still_lasts(exhibit, false), WARNING),
        ("guest.rhythm", |_| {}, WELL),
        ("guest.rhythm", |exhibit| told(exhibit).longest_gap = None, None),
        ("guest.rhythm", |exhibit| told(exhibit).longest_gap = Some(Duration::from_secs(12)), WARNING),
        ("guest.reverts", |_| {}, WELL),
        ("guest.reverts", |exhibit| told(exhibit).recoveries = 3000, WARNING),
        (
            "guest.reverts",
            |exhibit| {
                (told(exhibit).recoveries, exhibit.guest.counted_for) = (5, Ok(Duration::from_secs(60)))
            },
            WELL,
        ),
        ("guest.agent", |_| {}, WELL),
        ("guest.agent", |exhibit| exhibit.guest.agent = Ok(AgentChannel::NotRunning), None),
        ("guest.agent", |exhibit| exhibit.guest.agent = Ok(AgentChannel::Silent), ADVICE),
        ("guest.agent", |exhibit| exhibit.guest.agent = Ok(AgentChannel::None), ADVICE),
        (
            "guest.agent",
            |exhibit| (with_agent(exhibit), exhibit.guest.agent = Ok(AgentChannel::Silent)).1,
            ILL,
        ),
        ("guest.agent", |exhibit| (with_agent(exhibit), exhibit.guest.agent = Ok(AgentChannel::None)).1, ILL),
        ("guest.clock", |_| {}, WELL),
        ("guest.clock", |exhibit| exhibit.guest.clock = Ok(None), None),
        ("guest.clock", |exhibit| exhibit.guest.clock = Ok(Some((Duration::from_secs(7200), true))), WARNING),
        (
            "guest.clock",
            |exhibit| exhibit.guest.clock = Ok(Some((Duration::from_secs(7200), false))),
            WARNING,
        ),
        ("guest.says", |_| {}, None),
        ("guest.says", |exhibit| note(exhibit, None), None),
        ("guest.says", |exhibit| note(exhibit, Some("OK")), WELL),
        ("guest.says", |exhibit| note(exhibit, Some("projector warm")), ADVICE),
        ("guest.kit", |_| {}, None),
        (
            "guest.kit",
            |exhibit| told(exhibit).old_kit = Some(("0.0.9".to_owned(), "0.1.0".to_owned())),
            ADVICE,
        ),
        ("guest.last-incident", |_| {}, None),
        ("guest.last-incident", |exhibit| incident(exhibit, "idle", 1), None),
        ("guest.last-incident", |exhibit| incident(exhibit, "guest_request", 48), None),
        ("guest.last-incident", |exhibit| incident(exhibit, "guest_request", 1), ADVICE),
    ];
    for (place, (code, spoil, expected)) in rows.iter().enumerate() {
        let mut exhibit = Exhibit::well();
        spoil(&mut exhibit);
        assert_eq!(verdict(code, &Site::well(), &exhibit), *expected, "row {place}, {code}");
    }
}

#[test]
fn a_timeout_is_proposed_with_room() {
    for (gap, proposed) in [(1.0, 5), (5.0, 15), (12.0, 40)] {
        assert_eq!(proposal(Duration::from_secs_f64(gap)), Duration::from_secs(proposed));
    }
}
