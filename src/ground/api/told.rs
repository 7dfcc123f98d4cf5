//! What the daemon says of itself (`GET /api/v1/site`), read.

use std::time::Duration;

use serde_json::Value;

use crate::doctor::facts::api::{ToldExhibit, ToldIncident, ToldSite, ToldUnit};

/// The whole of it. Of an older or a newer daemon what is not understood is left out.
pub(in crate::ground) fn site(json: &Value) -> ToldSite {
    let at = json["at"].as_f64().unwrap_or(0.0);
    let last_resort = &json["last_resort"];
    let in_seconds = |name: &str, key: &str| Some((name.to_owned(), seconds(&last_resort[key])?));
    ToldSite {
        version: text(&json["version"]).unwrap_or_default(),
        runs_for: since(at, &json["since"]).unwrap_or_default(),
        age: seconds(&json["age"]).unwrap_or_default(),
        stale: json["stale"] == true,
        silent: list(&json["silent"]).filter_map(|part| text(&part["part"])).collect(),
        reload: text(&json["reload"]["problem"]),
        libvirt: text(&json["hypervisor"]["state"]).unwrap_or_default(),
        libvirt_reason: text(&json["hypervisor"]["reason"]["text"]),
        x_server_answers: json["x_server"]["answers"] != false,
        last_resort: in_seconds("reboot", "reboot_in")
            .or_else(|| in_seconds("libvirt", "restart_libvirt_in")),
        units: list(&json["units"]).map(unit).collect(),
        exhibits: list(&json["exhibits"]).map(|exhibit| of_exhibit(exhibit, at)).collect(),
    }
}

fn unit(json: &Value) -> ToldUnit {
    ToldUnit {
        name: text(&json["name"]).unwrap_or_default(),
        bus: text(&json["bus"]).unwrap_or_default(),
        state: text(&json["state"]).unwrap_or_default(),
        well: json["well"] != false,
        restarts: json["restarts"].as_u64().unwrap_or(0),
    }
}

fn of_exhibit(json: &Value, at: f64) -> ToldExhibit {
    let word = |key: &str| text(&json[key]).unwrap_or_default();
    let hold = &json["hold"];
    let stopped = &json["stopped"];
    let note = &json["note"];
    let kit = &json["guest_kit"];
    let incident = &json["last_incident"];
    ToldExhibit {
        name: word("name"),
        vm: word("vm"),
        snapshot: word("snapshot"),
        well: json["well"] == true,
        phase: word("phase"),
        phase_for: since(at, &json["phase_since"]).unwrap_or_default(),
        why: text(&json["why"]),
        held: hold.is_object().then(|| {
            let by = text(&hold["by"]).filter(|_| hold["holder"] != "configuration");
            (by, since(at, &hold["since"]).unwrap_or_default())
        }),
        hold_ends: hold["until"].is_number(),
        stopped: stopped.is_object().then(|| {
            (text(&stopped["by"]).unwrap_or_default(), since(at, &stopped["since"]).unwrap_or_default())
        }),
        vm_state: word("vm_state"),
        viewer: word("viewer"),
        viewer_trouble: text(&json["viewer_trouble"]["text"]),
        screens: list(&json["screens"])
            .map(|screen| (text(&screen["name"]).unwrap_or_default(), text(&screen["connector"])))
            .collect(),
        beat_timeout: seconds(&json["heartbeat"]["timeout"]),
        beat_age: seconds(&json["heartbeat"]["time_since_heartbeat"]),
        longest_gap: seconds(&json["longest_gap"]),
        note: note.is_object().then(|| (text(&note["status"]), text(&note["message"]))),
        old_kit: text(&kit["version"]).zip(text(&kit["current"])).filter(|_| kit["is_older"] == true),
        recoveries: json["recoveries"].as_u64().unwrap_or(0),
        unheard: json["unheard"] == true,
        last_incident: incident.is_object().then(|| ToldIncident {
            symptom: text(&incident["symptom"]).unwrap_or_default(),
            ago: since(at, &incident["began"]).unwrap_or_default(),
            lasts: incident["lasted"].is_null(),
            evidence: text(&incident["evidence"]["text"]).unwrap_or_default(),
        }),
    }
}

fn list(json: &Value) -> impl Iterator<Item = &Value> {
    json.as_array().into_iter().flatten()
}

fn text(json: &Value) -> Option<String> {
    json.as_str().map(str::to_owned)
}

fn seconds(json: &Value) -> Option<Duration> {
    Duration::try_from_secs_f64(json.as_f64()?.max(0.0)).ok()
}

fn since(at: f64, json: &Value) -> Option<Duration> {
    Duration::try_from_secs_f64((at - json.as_f64()?).max(0.0)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_daemon_says_is_read() {
        let json: Value = serde_json::from_str(
            r#"{"version": "0.1.0", "at": 1000.0, "since": 400.0, "age": 0.5, "stale": false,
                "silent": [{"part": "x11", "waits_for": null}], "reload": {"problem": "refused", "since": 900.0},
                "hypervisor": {"state": "down", "reason": {"text": "no", "code": "x", "values": {}}, "since": 990.0},
                "x_server": {"answers": false}, "last_resort": {"restart_libvirt_in": null, "reboot_in": 30.0},
                "units": [{"name": "u.service", "bus": "system", "well": false, "state": "failed", "restarts": 7}],
                "exhibits": [{"name": "garden", "vm": "v", "snapshot": "ready", "well": false, "phase": "held",
                    "phase_since": 990.0, "hold": {"by": "Ada", "holder": "staff", "since": 880.0, "until": null},
                    "vm_state": "running", "viewer": "shown", "screens": [{"name": "DP-1", "connector": null}],
                    "heartbeat": {"timeout": 15.0, "time_since_heartbeat": null}, "longest_gap": 2.5, "recoveries": 4,
                    "note": {"status": "ok", "message": null},
                    "last_incident": {"symptom": "idle", "evidence": {"text": "e"}, "began": 100.0, "lasted": 3.0}}]}"#,
        )
        .unwrap();
        let found = site(&json);
        assert_eq!(found.runs_for, Duration::from_secs(600));
        assert_eq!(found.silent, ["x11"]);
        assert_eq!(found.reload.as_deref(), Some("refused"));
        assert_eq!((found.libvirt.as_str(), found.libvirt_reason.as_deref()), ("down", Some("no")));
        assert!(!found.x_server_answers);
        assert_eq!(found.last_resort, Some(("reboot".to_owned(), Duration::from_secs(30))));
        assert_eq!((found.units[0].well, found.units[0].restarts), (false, 7));
        let exhibit = &found.exhibits[0];
        assert_eq!(exhibit.held, Some((Some("Ada".to_owned()), Duration::from_secs(120))));
        assert_eq!((exhibit.beat_timeout, exhibit.beat_age), (Some(Duration::from_secs(15)), None));
        assert_eq!(exhibit.longest_gap, Some(Duration::from_millis(2500)));
        assert_eq!(exhibit.screens, [("DP-1".to_owned(), None)]);
        let incident = exhibit.last_incident.as_ref().unwrap();
        assert_eq!((incident.ago, incident.lasts), (Duration::from_secs(900), false));
    }

    #[test]
    fn what_is_not_understood_is_left_out() {
        let found = site(&serde_json::json!({"exhibits": [{}], "units": 3}));
        assert_eq!((found.exhibits.len(), found.units.len()), (1, 0));
    }
}
