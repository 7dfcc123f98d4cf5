//! What answers look like. A test holds each against the shape that it is an example of.

use serde_json::{Value, json};

/// An answer of this shape.
pub(super) fn of(shape: &str) -> Option<Value> {
    Some(match shape {
        "Index" => json!({
            "name": "Vitrine", "version": env!("CARGO_PKG_VERSION"), "status": "/api/v1/status", "docs": "/docs",
            "openapi": "/openapi.json", "panel": "/ui/",
        }),
        "Site" => site(),
        "Exhibits" => json!({ "exhibits": [exhibit()] }),
        "Exhibit" => exhibit(),
        "VmStatus" => json!({
            "vm_name": "eden-garden-vm", "vm_state": "running", "vm_is_running": true, "snapshot_name": "ready",
            "snapshot_exists": true, "heartbeat": heartbeat(), "age": 0.4, "auto_revert_enabled": true,
        }),
        "Heartbeat" => heartbeat(),
        "Beaten" => json!({
            "message": "Heartbeat received", "details": heartbeat(), "host_time": 1_795_412_711.338,
        }),
        "Taken" => json!({
            "status": "accepted", "message": "eden-garden is put back to its snapshot", "code": "is_put_back",
            "values": { "exhibit": "eden-garden" }, "details": null,
        }),
        "Button" => json!({ "pressed": true }),
        "Told" => json!({
            "message": "the button of eden-garden is pressed", "code": "pressed", "values": { "exhibit": "eden-garden" },
            "details": null,
        }),
        "Changed" => json!({
            "message": "eden-garden is back at its snapshot", "code": "is_back", "values": { "exhibit": "eden-garden" },
            "details": { "exhibit": "eden-garden", "vm_name": "eden-garden-vm", "snapshot_name": "ready" },
        }),
        "Automatic" => json!({
            "message": "eden-garden is on hold", "code": "is_held", "values": { "exhibit": "eden-garden" },
            "details": { "auto_revert_enabled": false },
        }),
        "Snapshots" => json!({ "vm_name": "eden-garden-vm", "snapshots": ["before-update", "ready"] }),
        "Me" => json!({ "name": "anna", "role": "operate" }),
        _ => return None,
    })
}

fn heartbeat() -> Value {
    json!({
        "enabled": true, "timeout": 15.0, "last_heartbeat": 1_795_412_711.338, "time_since_heartbeat": 0.0,
        "is_timed_out": false, "has_received_heartbeat": true, "last_heartbeat_at": "2026-11-23T05:45:11.338Z",
        "seconds_since_last": 0.0, "is_healthy": true,
    })
}

fn exhibit() -> Value {
    json!({
        "name": "eden-garden", "age": 0.4, "well": true, "phase": "healthy", "phase_since": 1_795_409_000.0,
        "why": null, "remedy": null, "step": null, "retry_in": null, "hold": null, "stopped": null,
        "vm": "eden-garden-vm", "vm_state": "running", "snapshot": "ready", "snapshot_exists": true,
        "snapshot_used": "ready", "snapshot_flaw": null, "snapshots": ["before-update", "ready"],
        "heartbeat": heartbeat(), "note": { "status": "ok", "message": "room 2" }, "longest_gap": 2.1,
        "heartbeat_way": { "from": "192.168.122.21", "to": "192.168.122.1" }, "serial_is_open": null,
        "guest_kit": { "version": "0.1.0", "system": "Windows 5.1", "current": "0.1.0", "is_older": false },
        "screens": [{ "name": "HDMI-1", "connector": "HDMI-1" }], "viewer": "shown", "viewer_trouble": null,
        "recoveries": 1, "unheard": false, "waiting": [], "foreseen": [],
        "last_incident": {
            "symptom": "heartbeat_lost",
            "evidence": {
                "text": "no heartbeat for 15 s", "code": "no_beat", "values": { "timeout": { "seconds": 15.0 } },
            },
            "began": 1_795_408_980.0, "lasted": 4.2,
        },
    })
}

fn site() -> Value {
    json!({
        "version": env!("CARGO_PKG_VERSION"), "at": 1_795_412_711.338, "age": 0.4, "stale": false, "silent": [],
        "reload": null, "since": 1_795_300_000.0, "well": true,
        "hypervisor": { "state": "up", "reason": null, "since": null },
        "x_server": { "answers": true, "since": null, "why": null, "ended_in": null },
        "screens": [{
            "connector": "HDMI-1", "edid": "DEL-U2720Q-7", "index": 1, "primary": true, "x": 0, "y": 0,
            "width": 1920, "height": 1080, "exhibit": "eden-garden", "display": 1,
        }],
        "exhibits": [exhibit()],
        "units": [{
            "name": "libvirtd.service", "bus": "system", "well": true, "state": "active", "sub_state": "running",
            "result": "success", "restarts": 0, "since": 1_795_300_000.0, "restart_in": null,
        }],
        "last_resort": null,
    })
}
