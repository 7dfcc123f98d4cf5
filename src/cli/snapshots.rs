//! `vitrine snapshot`: listing snapshots, making and deleting them.

use std::io::IsTerminal;
use std::time::{Duration, Instant};

use tokio::task::JoinHandle;

use super::act::{Ending, begin, known, tell, wait};
use super::client::{Daemon, converse, encode};
use super::layout::wrap;
use super::{Outcome, say, say_json};
use crate::core::text::visible;
use crate::web::dto::{Exhibit, Snapshots};
use crate::words::{self as codes, tr};

/// Between two questions to the daemon how far it is, while a snapshot is made.
const POLL_INTERVAL: Duration = Duration::from_millis(100);

/// `vitrine snapshot list`.
pub(super) fn list(daemon: &Daemon, exhibit: &str, json: bool) -> Outcome {
    converse(async {
        let site = match known(daemon, &[exhibit.to_owned()]).await {
            Ok(site) => site,
            Err(outcome) => return outcome,
        };
        let path = format!("/api/v1/exhibits/{}/snapshots", encode(exhibit));
        let found: Snapshots = match daemon.get(&path).await {
            Ok(found) => found,
            Err(error) => return error.fail(),
        };
        if json {
            return say_json(&found);
        }
        if found.snapshots.is_empty() {
            return say(&tr!(
                "{vm} has no snapshot; `vitrine snapshot create {exhibit}` makes one",
                vm = found.vm_name,
                exhibit = exhibit,
            ));
        }
        let there = site.exhibits.iter().find(|there| there.name == exhibit);
        let used = there.and_then(|there| there.snapshot_used.as_ref());
        let line = |name: &String| {
            let shown = visible(name);
            let used = Some(name) == used;
            let line = if used {
                tr!("{snapshot}   (the exhibit is put back to this one)", snapshot = shown)
            } else {
                shown.into_owned()
            };
            format!("{line}\n")
        };
        let mut text: String = found.snapshots.iter().map(line).collect();
        if let Some(flaw) = there.and_then(|there| there.snapshot_flaw.as_ref()) {
            text.push_str(&format!("\n{}\n", wrap(&flaw.say(), 0, 80, 0)));
        }
        say(&text)
    })
}

/// `vitrine snapshot create`.
pub(super) fn create(daemon: &Daemon, exhibit: String, name: Option<&str>) -> Outcome {
    let query = name.map(|name| format!("?snapshot_name={}", encode(name))).unwrap_or_default();
    make(daemon, exhibit, &format!("snapshot/create{query}"), |there| {
        plan(there, name.unwrap_or(&there.snapshot))
    })
}

/// `vitrine snapshot convert`.
pub(super) fn convert(daemon: &Daemon, exhibit: String, present: bool) -> Outcome {
    make(daemon, exhibit, &format!("snapshot/convert?present={present}"), |there| {
        let Exhibit { name, snapshot, .. } = there;
        if present {
            tr!(
                "{exhibit} is kept as it is now; its disks are copied to new files, which may take minutes while the \
                 picture stands still; and it is put to the new snapshot, and must give a sign of life. The former files \
                 and snapshots are kept.",
                exhibit = name,
            )
        } else {
            tr!(
                "{exhibit} is put to its snapshot '{snapshot}'; its disks are copied to new files, which may take minutes \
                 while the picture stands still; and it is put to the new snapshot, and must give a sign of life. The \
                 former files and snapshots are kept.",
                exhibit = name,
                snapshot = snapshot,
            )
        }
    })
}

/// Has a snapshot made, says before what is about to be done, and shows how far it is.
fn make(daemon: &Daemon, exhibit: String, path: &str, plan: impl Fn(&Exhibit) -> String) -> Outcome {
    converse(async {
        let named = [exhibit];
        let site = match known(daemon, &named).await {
            Ok(site) => site,
            Err(outcome) => return outcome,
        };
        let [exhibit] = named;
        if let Some(there) = site.exhibits.iter().find(|there| there.name == exhibit) {
            super::tell(&wrap(&plan(there), 0, 80, 0));
        }
        let path = format!("/api/v1/exhibits/{}/{path}", encode(&exhibit));
        let task = begin(daemon, path);
        tell(&exhibit, follow(daemon, &exhibit, task).await, true)
    })
}

/// What `vitrine snapshot create` is about to do, in words.
fn plan(there: &Exhibit, snapshot: &str) -> String {
    let exhibit = &there.name;
    // After a replacement that was cut off, the exhibit's own snapshot is there as a copy by another name.
    let own = there.snapshot_used.as_ref().filter(|_| snapshot == there.snapshot);
    let former = match own.or_else(|| there.snapshots.iter().find(|name| *name == snapshot)) {
        Some(former) => tr!(
            "Only then does it take the place of the former {former}, which is kept until then, whatever happens.",
            former = former
        ),
        None => tr!("Only then is it kept as {snapshot}, whatever happens.", snapshot = snapshot),
    };
    let otherwise = match &there.snapshot_used {
        Some(back_to) if there.hold.is_none() => tr!(
            "Otherwise it is deleted, and {exhibit} is put back to {back_to}.",
            exhibit = exhibit,
            back_to = back_to
        ),
        _ => tr!("Otherwise the VM and the new snapshot are left as they are."),
    };
    let first = tr!(
        "{exhibit} is saved as it is now; then it is put to the new snapshot, and must give a sign of life.",
        exhibit = exhibit
    );
    [first, former, otherwise, tr!("The picture stands still at times.")].join(" ")
}

/// Waits, and shows how far it is: on a terminal in one line, otherwise in one line for each step.
async fn follow(daemon: &Daemon, exhibit: &str, mut task: JoinHandle<Ending>) -> Option<Ending> {
    let terminal = std::io::stderr().is_terminal();
    let mut progress = Progress::default();
    let ending = loop {
        tokio::select! {
            ending = &mut task => break ending,
            () = tokio::time::sleep(POLL_INTERVAL) => {
                let site = daemon.site().await.ok();
                let there = site.and_then(|site| site.exhibits.into_iter().find(|there| there.name == exhibit));
                let step = there.and_then(|there| there.step).map(|step| codes::step(&step).to_owned());
                match progress.tell(exhibit, step, Instant::now(), terminal) {
                    Some(text) if terminal => super::progress(Some(&text)),
                    Some(text) => super::tell(&text),
                    None => {}
                }
            }
        }
    };
    if terminal && progress.step.is_some() {
        super::progress(None);
    }
    ending.ok()
}

/// How far the daemon was when it was last asked.
#[derive(Default)]
struct Progress {
    step: Option<(String, Instant)>,
}

impl Progress {
    /// What is to be printed once the daemon has named this step.
    fn tell(&mut self, exhibit: &str, step: Option<String>, now: Instant, terminal: bool) -> Option<String> {
        let step = step?;
        let news = self.step.as_ref().is_none_or(|(before, _)| *before != step);
        let since = match &self.step {
            Some((_, since)) if !news => *since,
            _ => now,
        };
        self.step = Some((step.clone(), since));
        if terminal {
            let seconds = now.duration_since(since).as_secs();
            return Some(format!("{exhibit}: {step}, {seconds} s"));
        }
        news.then(|| format!("{exhibit}: {step}"))
    }
}

/// `vitrine snapshot delete`.
pub(super) fn delete(daemon: &Daemon, exhibit: String, name: &str) -> Outcome {
    converse(async {
        let named = [exhibit];
        if let Err(outcome) = known(daemon, &named).await {
            return outcome;
        }
        let [exhibit] = named;
        let path = format!("/api/v1/exhibits/{}/snapshot/delete/{}", encode(&exhibit), encode(name));
        let task = begin(daemon, path);
        tell(&exhibit, wait(&tr!("deleting a snapshot of {exhibit}", exhibit = exhibit), task).await, true)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::dto::{Hold, HolderKind};

    #[test]
    fn progress_is_one_line_on_a_terminal_and_elsewhere_one_for_each_step() {
        let begun = Instant::now();
        let at = |seconds| begun + Duration::from_secs(seconds);
        let step = |text: &str| Some(text.to_owned());
        let mut progress = Progress::default();
        assert_eq!(progress.tell("eden", None, at(0), false), None);
        assert_eq!(progress.tell("eden", step("saving"), at(1), false), Some("eden: saving".to_owned()));
        assert_eq!(progress.tell("eden", step("saving"), at(2), false), None);
        assert_eq!(progress.tell("eden", None, at(2), false), None);
        assert_eq!(progress.tell("eden", step("loading"), at(3), false), Some("eden: loading".to_owned()));
        let shown = |text: &str| Some(text.to_owned());
        let mut progress = Progress::default();
        assert_eq!(progress.tell("eden", step("saving"), at(1), true), shown("eden: saving, 0 s"));
        assert_eq!(progress.tell("eden", step("saving"), at(5), true), shown("eden: saving, 4 s"));
        assert_eq!(progress.tell("eden", step("loading"), at(6), true), shown("eden: loading, 0 s"));
    }

    #[test]
    fn the_plan_says_what_becomes_of_the_former_one() {
        let there = |snapshots: &[&str], used: Option<&str>, held: bool| {
            let heartbeat = serde_json::json!({
                "enabled": false, "timeout": null, "last_heartbeat": null, "time_since_heartbeat": null,
                "is_timed_out": false, "has_received_heartbeat": false, "last_heartbeat_at": null,
                "seconds_since_last": null, "is_healthy": true,
            });
            let mut there: Exhibit = serde_json::from_value(serde_json::json!({
                "name": "eden", "well": true, "phase": "healthy", "phase_since": 0.0, "why": null, "remedy": null,
                "retry_in": null, "hold": null, "vm": "eden", "vm_state": "running", "snapshot": "ready",
                "snapshot_exists": used.is_some(), "snapshot_used": used, "snapshots": snapshots,
                "heartbeat": heartbeat, "note": null, "screens": [],
                "viewer": "shown", "recoveries": 0, "last_incident": null,
            }))
            .unwrap();
            there.hold = held.then(|| Hold {
                by: "anna".to_owned(),
                holder: HolderKind::Staff,
                since: 0.0,
                until: None,
                reason: None,
            });
            there
        };
        let whole = there(&["ready", "before"], Some("ready"), false);
        let copy = there(&["ready.new4", "before"], Some("ready.new4"), false);
        let held = there(&["ready"], Some("ready"), true);
        let nothing = there(&["before"], None, false);
        let rows = [
            (&whole, "ready", "place of the former ready,", "put back to ready."),
            (&whole, "before", "place of the former before,", "put back to ready."),
            (&whole, "later", "kept as later,", "put back to ready."),
            (&copy, "ready", "place of the former ready.new4,", "put back to ready.new4."),
            (&copy, "later", "kept as later,", "put back to ready.new4."),
            (&held, "ready", "place of the former ready,", "left as they are."),
            (&nothing, "ready", "kept as ready,", "left as they are."),
        ];
        for (there, snapshot, former, otherwise) in rows {
            let plan = plan(there, snapshot);
            assert!(plan.contains(former) && plan.contains(otherwise), "{snapshot} of {there:?}: {plan}");
            assert_eq!(plan.contains("is deleted"), otherwise.starts_with("put back"), "{plan}");
        }
    }
}
