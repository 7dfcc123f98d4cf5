//! `vitrine foresee`, which the daemon runs: what will fail of the VMs that a configuration names, as one line of JSON.

use std::io::Read as _;

use super::look_ahead;
use crate::cli::{Outcome, fail, say_line};
use crate::config::{self, Settings};
use crate::doctor::{Finding, Verdict};
use crate::ground::User;
use crate::web::dto;

/// Reads a configuration from the standard input, and looks at its VMs by this libvirt.
pub(in crate::cli) fn command(uri: String) -> Outcome {
    let mut text = String::new();
    if let Err(error) = std::io::stdin().lock().read_to_string(&mut text) {
        return fail(&error.to_string(), Outcome::Wrong);
    }
    match config::parse(&text, "vitrine.toml") {
        Ok(mut settings) => {
            settings.libvirt.uri = uri;
            say_line(&foreseen(&settings))
        }
        Err(errors) => fail(&errors.to_string(), Outcome::Wrong),
    }
}

/// What is foreseen for each exhibit, but for those of which nothing could be found out: of them holds what was known.
fn foreseen(settings: &Settings) -> Vec<dto::ForeseenFor> {
    let names = settings.exhibits.iter().map(|exhibit| exhibit.name.as_str());
    foreseen_of(names, &look_ahead(settings, None, User::own()))
}

fn foreseen_of<'a>(names: impl Iterator<Item = &'a str>, findings: &[Finding]) -> Vec<dto::ForeseenFor> {
    let of = |name: &str| {
        let own: Vec<_> =
            findings.iter().filter(|finding| finding.exhibit.as_deref() == Some(name)).collect();
        let unknown = own.iter().filter(|finding| finding.verdict == Verdict::Unknown).count();
        let mut foreseen: Vec<_> = own.iter().filter_map(|finding| finding.foreseen()).collect();
        foreseen.sort_by_key(|foreseen| !foreseen.ill);
        tracing::debug!(exhibit = name, unknown, "looked at the VM: {} foreseen", foreseen.len());
        let is_known = own.is_empty() || unknown < own.len();
        is_known.then(|| dto::ForeseenFor {
            exhibit: name.to_owned(),
            foreseen: foreseen.iter().map(dto::Foreseen::new).collect(),
        })
    };
    names.filter_map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::types::Told;
    use crate::doctor::{Remedy, checks};

    #[test]
    fn of_an_exhibit_of_which_nothing_is_known_nothing_is_said() {
        let finding = |exhibit: &str, verdict| Finding {
            check: checks().next().unwrap(),
            exhibit: Some(exhibit.to_owned()),
            verdict,
            evidence: Told::text("so it is"),
            remedy: Some(Remedy::say(Told::text("nothing"))),
            rules_out: &[],
        };
        let findings = [
            finding("hung", Verdict::Unknown),
            finding("hung", Verdict::Unknown),
            finding("half", Verdict::Unknown),
            finding("half", Verdict::Ill),
            finding("well", Verdict::Well),
        ];
        let told = foreseen_of(["hung", "half", "well", "new"].into_iter(), &findings);
        let told: Vec<_> = told.iter().map(|of| (of.exhibit.as_str(), of.foreseen.len())).collect();
        assert_eq!(told, [("half", 1), ("well", 0), ("new", 0)]);
    }
}
