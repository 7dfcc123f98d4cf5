//! The doctor: facts about this computer and its VMs in, findings out.
//!
//! Everything in here is pure. `facts` are what others have gathered (`ground`); each check in `checks` is one entry of
//! a table, a function from facts to what is to be said; `check` has what both share. A fact that could not be had says
//! why, and what depends on it is [`Verdict::Unknown`], never well.
//!
//! Pre-flight is the same table, held against the areas that a VM's definition, images and snapshots are in.

mod check;
mod checks;
pub mod facts;

use std::collections::BTreeSet;

pub use crate::core::types::Means;
pub use check::{Area, Check, Command, Fact, Finding, Judged, Look, Remedy, Verdict};
pub use facts::{Exhibit, Facts, Site};

/// All checks, from the ground up.
pub fn checks() -> impl Iterator<Item = &'static Check> {
    checks::ALL.iter().copied().flatten()
}

/// What the checks of these areas say of these facts, from the ground up; those that concern nothing here say nothing.
pub fn examine(facts: &Facts, areas: &BTreeSet<Area>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for check in checks().filter(|check| areas.contains(&check.area)) {
        match check.look {
            Look::Site(look) => findings.extend(check.finding(None, look(&facts.site))),
            Look::Exhibit(look) => {
                for exhibit in &facts.exhibits {
                    findings.extend(check.finding(Some(&exhibit.settings.name), look(&facts.site, exhibit)));
                }
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests;
