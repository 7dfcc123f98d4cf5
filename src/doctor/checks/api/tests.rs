use super::*;
use crate::core::types::{Access, Role};
use crate::doctor::Judged;
use crate::doctor::facts::api::{Certificate, Door, DoorAnswer, JournalFile, ToldIncident, Validity};
use crate::doctor::{Verdict, checks};

/// What a check says of a site, or of an exhibit on it.
pub(in crate::doctor::checks) fn verdict(code: &str, site: &Site, exhibit: &Exhibit) -> Option<Verdict> {
    let check = checks().find(|check| check.code == code).unwrap();
    let judged = match check.look {
        crate::doctor::Look::Site(look) => look(site),
        crate::doctor::Look::Exhibit(look) => look(site, exhibit),
    };
    match judged {
        Ok(Judged::Beside) => None,
        Ok(Judged::Well(_)) => Some(Verdict::Well),
        Ok(Judged::Not { verdict, remedy, .. }) => {
            assert_eq!(
                remedy.is_safe(),
                remedy.undo.len() >= remedy.commands.len() && !remedy.commands.is_empty()
            );
            Some(verdict)
        }
        Err(_) => Some(Verdict::Unknown),
    }
}

const UNKNOWN: Option<Verdict> = Some(Verdict::Unknown);
const WELL: Option<Verdict> = Some(Verdict::Well);
const ADVICE: Option<Verdict> = Some(Verdict::Advice);
const WARNING: Option<Verdict> = Some(Verdict::Warning);
const ILL: Option<Verdict> = Some(Verdict::Ill);

fn why() -> Told {
    told!("it was not asked for")
}

fn certificate(site: &mut Site) -> &mut Certificate {
    site.api.certificate.as_mut().unwrap().as_mut().unwrap()
}

fn held(by: Option<&str>, hours: u64) -> impl Fn(&mut ToldExhibit) {
    move |told| {
        told.phase = "held".to_owned();
        told.held = Some((by.map(str::to_owned), Duration::from_secs(hours * 3600)));
    }
}

#[test]
fn each_fault_has_its_verdict() {
    type Spoil = fn(&mut Site);
    let rows: &[(&str, Spoil, Option<Verdict>)] = &[
        ("api.configuration", |_| {}, WELL),
        ("api.configuration", |site| site.api.file = None, WELL),
        ("api.configuration", |site| site.settings = Err(why()), ILL),
        ("api.configuration", |site| (site.settings, site.api.file) = (Err(why()), None), ILL),
        (
            "api.configuration",
            |site| (site.settings, site.api.file, site.api.expected) = (Err(why()), None, false),
            UNKNOWN,
        ),
        ("api.configuration-rights", |_| {}, WELL),
        ("api.configuration-rights", |site| site.api.file = None, None),
        ("api.configuration-rights", |site| site.api.file.as_mut().unwrap().open = true, WARNING),
        ("api.configuration-rights", |site| site.api.file.as_mut().unwrap().closed = true, ILL),
        ("api.configuration-in-use", |_| {}, WELL),
        ("api.configuration-in-use", |site| reload(site, "refused"), WARNING),
        ("api.configuration-in-use", |site| reload(site, "silent"), WARNING),
        ("api.configuration-in-use", |site| told(site).exhibits.clear(), WARNING),
        ("api.configuration-in-use", |site| told(site).exhibits[0].snapshot.push('x'), WARNING),
        ("api.configuration-in-use", |site| told(site).exhibits[0].vm.push('x'), WARNING),
        ("api.configuration-in-use", |site| told(site).exhibits[0].screens.clear(), WARNING),
        ("api.configuration-in-use", |site| told(site).exhibits[0].beat_timeout = None, WARNING),
        ("api.configuration-in-use", |site| site.api.site = Err(why()), UNKNOWN),
        ("api.legacy", |_| {}, None),
        ("api.legacy", |site| site.api.legacy.push("/opt/x/config.yaml".to_owned()), ADVICE),
        ("api.daemon", |_| {}, WELL),
        ("api.daemon", |site| site.api.site = Err(why()), WELL),
        ("api.daemon", stopped, ILL),
        ("api.daemon", |site| (stopped(site), site.api.expected = false).1, UNKNOWN),
        ("api.two-daemons", |_| {}, WELL),
        ("api.two-daemons", stopped, None),
        ("api.two-daemons", |site| second(site), WARNING),
        ("api.standstill", |_| {}, WELL),
        ("api.standstill", |site| told(site).stale = true, ILL),
        ("api.standstill", |site| told(site).silent.push("x11".to_owned()), ILL),
        ("api.standstill", |site| site.api.site = Err(why()), ILL),
        (
            "api.standstill",
            |site| (site.api.site, site.api.daemons.as_mut().unwrap()[0].reachable) = (Err(why()), false),
            UNKNOWN,
        ),
        ("api.standstill", stopped, None),
        ("api.version", |_| {}, WELL),
        ("api.version", |site| told(site).version = "0.0.9".to_owned(), WARNING),
        ("api.version", |site| site.api.daemons.as_mut().unwrap()[0].replaced = true, ADVICE),
        ("api.libvirt", |_| {}, WELL),
        ("api.libvirt", |site| told(site).libvirt = "down".to_owned(), ILL),
        ("api.last-resort", |_| {}, None),
        (
            "api.last-resort",
            |site| told(site).last_resort = Some(("reboot".to_owned(), Duration::ZERO)),
            WARNING,
        ),
        (
            "api.last-resort",
            |site| told(site).last_resort = Some(("libvirt".to_owned(), Duration::ZERO)),
            WARNING,
        ),
        ("api.certificate", |_| {}, WELL),
        ("api.certificate", |site| site.api.certificate = Ok(None), None),
        ("api.certificate", |site| site.api.certificate = Err(why()), UNKNOWN),
        ("api.certificate", |site| certificate(site).validity = Validity::Unusable(why()), WARNING),
        ("api.certificate", |site| certificate(site).validity = Validity::Ended, WARNING),
        ("api.certificate", |site| certificate(site).validity = Validity::EndsSoon(29), WARNING),
        ("api.certificate", |site| certificate(site).validity = Validity::Unknown, UNKNOWN),
        ("api.certificate", |site| certificate(site).fits = false, WARNING),
        (
            "api.certificate",
            |site| {
                certificate(site).is_made_here = false;
                certificate(site).validity = Validity::Ended;
            },
            WARNING,
        ),
        ("api.addresses", |_| {}, WELL),
        ("api.addresses", |site| door(site).is_here = false, WARNING),
        ("api.addresses", |site| door(site).answer = DoorAnswer::Refused, ILL),
        ("api.addresses", |site| door(site).answer = DoorAnswer::Silent, ILL),
        ("api.addresses", |site| door(site).answer = DoorAnswer::Other, ILL),
        (
            "api.addresses",
            |site| {
                stopped(site);
                door(site).answer = DoorAnswer::Other;
            },
            ILL,
        ),
        (
            "api.addresses",
            |site| {
                stopped(site);
                for door in site.api.doors.as_mut().unwrap() {
                    (door.answer, door.owner) = (DoorAnswer::Refused, None);
                }
            },
            None,
        ),
        ("api.open", |_| {}, WELL),
        ("api.open", |site| door(site).address = "0.0.0.0:8000".parse().unwrap(), WELL),
        (
            "api.open",
            |site| {
                door(site).address = "0.0.0.0:8000".parse().unwrap();
                site.settings.as_mut().unwrap().api.remote = Access::As(Role::Operate);
            },
            ADVICE,
        ),
        ("api.open", |site| site.api.doors.as_mut().unwrap().clear(), None),
        ("api.journal", |_| {}, WELL),
        ("api.journal", |site| file(site).size = None, None),
        ("api.journal", |site| file(site).size = Some(200 << 20), WARNING),
        ("api.journal", |site| file(site).foreign = true, WARNING),
        ("api.journal", |site| file(site).is_database = false, WARNING),
        ("api.journal", |site| file(site).put_aside.push("journal.db.damaged".to_owned()), ADVICE),
        ("api.log", |_| {}, WELL),
        ("api.log", |site| site.api.log_warnings = Ok(5000), ADVICE),
        ("api.exhibit", |_| {}, WELL),
        ("api.exhibit", |site| told(site).exhibits[0].unheard = true, ILL),
        ("api.exhibit", |site| phase(site, "broken"), ILL),
        ("api.exhibit", |site| phase(site, "closed"), ADVICE),
        ("api.exhibit", |site| phase(site, "settling"), WARNING),
        (
            "api.exhibit",
            |site| (phase(site, "settling"), told(site).exhibits[0].phase_for = Duration::ZERO).1,
            ADVICE,
        ),
        ("api.exhibit", |site| held(None, 900)(&mut told(site).exhibits[0]), ADVICE),
        ("api.exhibit", |site| held(Some("Ada"), 1)(&mut told(site).exhibits[0]), ADVICE),
        ("api.exhibit", |site| held(Some("Ada"), 72)(&mut told(site).exhibits[0]), ADVICE),
        (
            "api.exhibit",
            |site| {
                let exhibit = &mut told(site).exhibits[0];
                held(Some("Ada"), 1)(exhibit);
                exhibit.vm_state = "shut off".to_owned();
            },
            WARNING,
        ),
        ("api.exhibit", |site| told(site).exhibits.clear(), UNKNOWN),
    ];
    for (place, (code, spoil, expected)) in rows.iter().enumerate() {
        let mut site = Site::well();
        spoil(&mut site);
        assert_eq!(verdict(code, &site, &Exhibit::well()), *expected, "row {place}, {code}");
    }
}

fn told(site: &mut Site) -> &mut ToldSite {
    site.api.site.as_mut().unwrap()
}

fn door(site: &mut Site) -> &mut Door {
    &mut site.api.doors.as_mut().unwrap()[0]
}

fn file(site: &mut Site) -> &mut JournalFile {
    site.api.journal.as_mut().unwrap()
}

fn reload(site: &mut Site, problem: &str) {
    told(site).reload = Some(problem.to_owned());
}

fn stopped(site: &mut Site) {
    site.api.site = Err(why());
    site.api.daemons = Ok(Vec::new());
}

fn second(site: &mut Site) {
    let daemons = site.api.daemons.as_mut().unwrap();
    daemons.push(daemons[0].clone());
}

fn phase(site: &mut Site, phase: &str) {
    let exhibit = &mut told(site).exhibits[0];
    exhibit.phase = phase.to_owned();
    exhibit.last_incident = Some(ToldIncident {
        symptom: "heartbeat_lost".to_owned(),
        ago: Duration::from_secs(60),
        lasts: true,
        evidence: "silent for 20 s".to_owned(),
    });
}

#[test]
fn spans_are_said_as_people_say_them() {
    for (seconds, text) in [(5, "5 s"), (300, "5 min"), (10_000, "2 h"), (300_000, "3 days")] {
        assert_eq!(span(Duration::from_secs(seconds)).to_string(), text);
    }
}
