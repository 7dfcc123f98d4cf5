//! A packet on its way through chains of rules.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use crate::doctor::facts::network::{Outcome, Stop, Tool};

/// Chains that call each other deeper than this are a circle, which the kernel does not take.
const MAX_DEPTH: usize = 32;

/// Where a packet is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hook {
    /// It is for this computer.
    Input,
    /// It is passed on.
    Forward,
}

impl Hook {
    /// Whether a chain of nftables that hooks in here sees such a packet.
    pub(super) fn is_seen_at(self, name: &str) -> bool {
        match self {
            Self::Input => matches!(name, "input" | "prerouting"),
            Self::Forward => matches!(name, "forward" | "prerouting"),
        }
    }

    /// The chain of iptables.
    pub(super) fn chain(self) -> &'static str {
        match self {
            Self::Input => "INPUT",
            Self::Forward => "FORWARD",
        }
    }
}

/// The first packet of a guest's question.
#[derive(Clone, Copy, Debug)]
pub(super) struct Packet<'a> {
    pub(super) hook: Hook,
    /// The device that it comes in by.
    pub(super) from: &'a str,
    /// The device that it leaves by; empty where it is for this computer.
    pub(super) to: &'a str,
    pub(super) source: Ipv4Addr,
    pub(super) destination: Ipv4Addr,
    /// The destination is one of this computer's addresses.
    pub(super) local: bool,
    /// `tcp` or `udp`.
    pub(super) protocol: &'a str,
    pub(super) source_port: u16,
    pub(super) port: u16,
}

/// Whether a rule is about a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fits {
    Yes,
    No,
    /// It is not understood.
    Maybe,
}

impl Fits {
    pub(super) fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::No, _) | (_, Self::No) => Self::No,
            (Self::Yes, Self::Yes) => Self::Yes,
            (Self::Maybe, _) | (_, Self::Maybe) => Self::Maybe,
        }
    }

    pub(super) fn negated(self, negate: bool) -> Self {
        match (self, negate) {
            (Self::Yes, true) => Self::No,
            (Self::No, true) => Self::Yes,
            (fits, _) => fits,
        }
    }
}

impl From<bool> for Fits {
    fn from(fits: bool) -> Self {
        if fits { Self::Yes } else { Self::No }
    }
}

/// What a rule does with what it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Then {
    Accept,
    Drop,
    /// To another chain, and back.
    Jump(String),
    /// To another chain, for good.
    Goto(String),
    Return,
    /// It only notes something.
    GoOn,
    /// It is not understood.
    Unknown,
}

/// A rule, held against a packet.
#[derive(Clone, Debug)]
pub(super) struct Rule {
    pub(super) fits: Fits,
    pub(super) then: Then,
    /// It, for people.
    pub(super) text: String,
}

/// Rules, in their order.
#[derive(Clone, Debug, Default)]
pub(super) struct Chain {
    pub(super) rules: Vec<Rule>,
    /// For one that packets come in at: whether those that no rule is about pass.
    pub(super) policy: Option<bool>,
    /// That policy, for people.
    pub(super) policy_text: String,
    /// What it is changed with.
    pub(super) tool: Option<Tool>,
}

/// Chains that call each other.
#[derive(Clone, Debug, Default)]
pub(super) struct Ruleset {
    pub(super) chains: BTreeMap<String, Chain>,
}

/// What may become of a packet in a chain.
#[derive(Clone, Debug, Default)]
struct Ways {
    passes: bool,
    /// By this rule.
    stopped: Option<String>,
    /// Nothing is decided.
    on: bool,
    /// The first rule that is not understood.
    unclear: Option<String>,
}

impl Ways {
    fn merge(&mut self, other: Self) {
        self.passes |= other.passes;
        self.on |= other.on;
        self.stopped = self.stopped.take().or(other.stopped);
        self.unclear = self.unclear.take().or(other.unclear);
    }
}

impl Ruleset {
    /// What becomes of the packet in each chain that it comes in at.
    pub(super) fn outcomes(&self) -> Vec<Outcome> {
        self.chains.values().filter_map(|chain| Some(self.outcome(chain, chain.tool.as_ref()?))).collect()
    }

    fn outcome(&self, chain: &Chain, tool: &Tool) -> Outcome {
        let mut ways = self.ways(chain, 0);
        if ways.on {
            match chain.policy {
                Some(false) => ways.stopped = ways.stopped.or_else(|| Some(chain.policy_text.clone())),
                Some(true) | None => ways.passes = true,
            }
        }
        match (ways.passes, ways.stopped) {
            (_, None) => Outcome::Passes,
            (false, Some(rule)) => Outcome::Stopped(Stop { rule, by: tool.clone() }),
            (true, Some(rule)) => Outcome::Unclear(ways.unclear.unwrap_or(rule)),
        }
    }

    fn ways(&self, chain: &Chain, depth: usize) -> Ways {
        let mut ways = Ways::default();
        for rule in &chain.rules {
            if rule.fits == Fits::No {
                continue;
            }
            let mut here = Ways::default();
            // Whether it is looked at by the next rule of this chain, rather than by the caller's.
            let mut stays = false;
            match &rule.then {
                Then::Accept => here.passes = true,
                Then::Drop => here.stopped = Some(rule.text.clone()),
                Then::Return => here.on = true,
                Then::GoOn => stays = true,
                Then::Jump(name) | Then::Goto(name) => {
                    here = self.called(name, depth);
                    if matches!(rule.then, Then::Jump(_)) {
                        stays = here.on;
                        here.on = false;
                    }
                }
                Then::Unknown => {
                    here = Ways {
                        passes: true,
                        stopped: Some(rule.text.clone()),
                        on: false,
                        unclear: Some(rule.text.clone()),
                    };
                    stays = true;
                }
            }
            if rule.fits == Fits::Maybe {
                let matters = here.passes || here.stopped.is_some() || here.on;
                if matters && here.unclear.is_none() {
                    here.unclear = Some(rule.text.clone());
                }
                stays = true;
            }
            ways.merge(here);
            if !stays {
                return ways;
            }
        }
        ways.on = true;
        ways
    }

    fn called(&self, name: &str, depth: usize) -> Ways {
        match self.chains.get(name) {
            Some(chain) if depth < MAX_DEPTH => self.ways(chain, depth + 1),
            // Nothing is known of it.
            Some(_) | None => Ways {
                passes: true,
                stopped: Some(name.to_owned()),
                on: true,
                unclear: Some(name.to_owned()),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(fits: Fits, then: Then) -> Rule {
        Rule { fits, then, text: "this rule".to_owned() }
    }

    fn outcome(policy: bool, rules: Vec<Rule>, other: Vec<Rule>) -> &'static str {
        let base = Chain {
            rules,
            policy: Some(policy),
            policy_text: "policy".to_owned(),
            tool: Some(Tool::Iptables("iptables".to_owned())),
        };
        let chains =
            [("INPUT".to_owned(), base), ("other".to_owned(), Chain { rules: other, ..Chain::default() })];
        let all = Ruleset { chains: chains.into() }.outcomes();
        assert_eq!(all.len(), 1);
        match &all[0] {
            Outcome::Passes => "passes",
            Outcome::Stopped(_) => "stopped",
            Outcome::Unclear(_) => "unclear",
        }
    }

    #[test]
    fn a_packet_goes_from_rule_to_rule() {
        use Fits::{Maybe, No, Yes};
        let jump = || Then::Jump("other".to_owned());
        let goto = || Then::Goto("other".to_owned());
        let rows = [
            (true, vec![], vec![], "passes"),
            (false, vec![], vec![], "stopped"),
            (false, vec![rule(Yes, Then::Accept)], vec![], "passes"),
            (false, vec![rule(No, Then::Accept)], vec![], "stopped"),
            (false, vec![rule(Maybe, Then::Accept)], vec![], "unclear"),
            (true, vec![rule(Maybe, Then::Accept)], vec![], "passes"),
            (true, vec![rule(Maybe, Then::Drop)], vec![], "unclear"),
            (true, vec![rule(Maybe, Then::Drop), rule(Yes, Then::Drop)], vec![], "stopped"),
            (true, vec![rule(Yes, jump())], vec![rule(Yes, Then::Drop)], "stopped"),
            (
                false,
                vec![rule(Yes, jump())],
                vec![rule(Yes, Then::Return), rule(Yes, Then::Accept)],
                "stopped",
            ),
            (false, vec![rule(Yes, jump()), rule(Yes, Then::Accept)], vec![], "passes"),
            (false, vec![rule(Yes, goto()), rule(Yes, Then::Accept)], vec![], "stopped"),
            (true, vec![rule(Yes, Then::Jump("gone".to_owned()))], vec![], "unclear"),
            (true, vec![rule(Yes, Then::Unknown)], vec![], "unclear"),
            (true, vec![rule(Yes, Then::GoOn)], vec![], "passes"),
            (true, vec![rule(Yes, jump())], vec![rule(Yes, jump())], "unclear"),
        ];
        for (number, (policy, rules, other, expected)) in rows.into_iter().enumerate() {
            assert_eq!(outcome(policy, rules, other), expected, "row {number}");
        }
    }
}
