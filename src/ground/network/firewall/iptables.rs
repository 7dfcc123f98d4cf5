//! The rules of iptables, as `iptables-save` writes them (iptables(8), iptables-extensions(8)).

use std::net::Ipv4Addr;

use super::super::addresses::subnet;
use super::chain::{Chain, Fits, Packet, Rule, Ruleset, Then};
use crate::doctor::facts::network::{Subnet, Tool};

/// Reads the table `filter`, with each rule held against a packet.
pub(super) fn read(program: &str, text: &str, packet: &Packet<'_>) -> Ruleset {
    let mut rules = Ruleset::default();
    let mut table = "";
    for line in text.lines() {
        if let Some(name) = line.strip_prefix('*') {
            table = name;
        }
        if table != "filter" {
            continue;
        }
        if let Some(chain) = line.strip_prefix(':') {
            let mut words = chain.split_whitespace();
            let (name, policy) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
            let is_entry = name == packet.hook.chain();
            let read = Chain {
                rules: Vec::new(),
                policy: is_entry.then_some(policy != "DROP"),
                policy_text: format!("{program}: -P {name} {policy}"),
                tool: is_entry.then(|| Tool::Iptables(program.to_owned())),
            };
            rules.chains.insert(name.to_owned(), read);
        }
        if let Some(rest) = line.strip_prefix("-A ") {
            let words = words(rest);
            let Some((name, options)) = words.split_first() else { continue };
            let (fits, then) = rule(options, packet);
            let text = format!("{program}: -A {rest}");
            rules.chains.entry(name.clone()).or_default().rules.push(Rule { fits, then, text });
        }
    }
    rules
}

/// Splits a line at its blanks, but for those in quotes.
fn words(line: &str) -> Vec<String> {
    let (mut words, mut word, mut quoted, mut escaped) = (Vec::new(), String::new(), false, false);
    for letter in line.chars() {
        match letter {
            _ if escaped => {
                word.push(letter);
                escaped = false;
            }
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            ' ' if !quoted => {
                if !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
            }
            _ => word.push(letter),
        }
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

fn rule(options: &[String], packet: &Packet<'_>) -> (Fits, Then) {
    let (mut fits, mut then) = (Fits::Yes, Then::GoOn);
    let mut options = options.iter().map(String::as_str).peekable();
    let mut negate = false;
    while let Some(option) = options.next() {
        if option == "!" {
            negate = true;
            continue;
        }
        let mut value = || options.next().unwrap_or_default();
        let found = match option {
            "-j" => {
                then = target(value());
                // What follows is the target's own.
                break;
            }
            "-g" => {
                then = Then::Goto(value().to_owned());
                break;
            }
            // The module's name says nothing; what it looks at does. Some are whole without options.
            "-m" => match value() {
                "tcp" | "udp" | "conntrack" | "state" | "comment" | "multiport" | "addrtype" | "pkttype" => {
                    Fits::Yes
                }
                "icmp" | "icmp6" | "icmpv6" => Fits::No,
                _ => Fits::Maybe,
            },
            "--comment" => {
                value();
                Fits::Yes
            }
            "-i" => device(value(), packet.from),
            "-o" => device(value(), packet.to),
            "-p" => protocol(value(), packet),
            "-s" => address(value(), packet.source),
            "-d" => address(value(), packet.destination),
            "--dport" | "--dports" | "--destination-ports" => ports(value(), packet.port),
            "--sport" | "--sports" | "--source-ports" => ports(value(), packet.source_port),
            "--ports" => Fits::from(ports(value(), packet.port) == Fits::Yes),
            "--ctstate" | "--state" => Fits::from(value().split(',').any(|state| state == "NEW")),
            "--ctstatus" => Fits::No,
            "--dst-type" => kind_of_address(value(), packet),
            "--src-type" => Fits::from(value() == "UNICAST" && !packet.source.is_unspecified()),
            "--limit-iface-in" | "--limit-iface-out" => Fits::Yes,
            "--pkt-type" => {
                Fits::from(value() == if packet.destination.is_broadcast() { "broadcast" } else { "unicast" })
            }
            "--syn" => Fits::from(packet.protocol == "tcp"),
            "--tcp-flags" => {
                let (mask, set) = (value(), value());
                flags(mask, set)
            }
            // What else there is takes a value, or it does not.
            _ => {
                if options.peek().is_some_and(|next| !next.starts_with('-') && *next != "!") {
                    options.next();
                }
                Fits::Maybe
            }
        };
        fits = fits.and(found.negated(negate));
        negate = false;
    }
    (fits, then)
}

fn target(name: &str) -> Then {
    match name {
        "ACCEPT" => Then::Accept,
        "DROP" | "REJECT" | "TARPIT" => Then::Drop,
        "RETURN" => Then::Return,
        "LOG" | "NFLOG" | "ULOG" | "MARK" | "CONNMARK" | "CT" | "SECMARK" | "CONNSECMARK" | "TRACE"
        | "AUDIT" | "CLASSIFY" | "TCPMSS" | "DSCP" | "TOS" | "CHECKSUM" | "NOTRACK" | "SET" => Then::GoOn,
        "NFQUEUE" | "QUEUE" => Then::Unknown,
        chain => Then::Jump(chain.to_owned()),
    }
}

/// A device's name; with `+` at its end all that begin so.
pub(super) fn device(pattern: &str, name: &str) -> Fits {
    Fits::from(pattern.strip_suffix('+').map_or(pattern == name, |start| name.starts_with(start)))
}

fn protocol(name: &str, packet: &Packet<'_>) -> Fits {
    Fits::from(
        matches!((name, packet.protocol), ("all" | "0", _) | ("6", "tcp") | ("17", "udp"))
            || name == packet.protocol,
    )
}

fn address(pattern: &str, address: Ipv4Addr) -> Fits {
    // One with a mask that is no prefix is rare enough not to be understood.
    subnet(pattern).map_or(Fits::Maybe, |subnet| Fits::from(subnet.holds(address.into())))
}

fn ports(list: &str, port: u16) -> Fits {
    let mut understood = true;
    let mut holds = |range: &str| {
        let (first, last) = range.split_once(':').unwrap_or((range, range));
        let number = |text: &str, usual| if text.is_empty() { Some(usual) } else { text.parse::<u16>().ok() };
        match (number(first, 0), number(last, u16::MAX)) {
            (Some(first), Some(last)) => (first..=last).contains(&port),
            _ => {
                understood = false;
                false
            }
        }
    };
    let any = list.split(',').any(&mut holds);
    if any || understood { Fits::from(any) } else { Fits::Maybe }
}

fn kind_of_address(kind: &str, packet: &Packet<'_>) -> Fits {
    Fits::from(match kind {
        "LOCAL" => packet.local,
        "BROADCAST" => packet.destination.is_broadcast(),
        "MULTICAST" => packet.destination.is_multicast(),
        "UNICAST" => !packet.local && !packet.destination.is_broadcast(),
        _ => return Fits::Maybe,
    })
}

/// Of the flags in the mask exactly those of the set; a first packet has SYN alone.
fn flags(mask: &str, set: &str) -> Fits {
    let masks_syn = mask.split(',').any(|flag| flag == "SYN" || flag == "ALL");
    let expected = if masks_syn { "SYN" } else { "NONE" };
    Fits::from(set == expected)
}

/// The networks whose packets leave under this computer's address.
pub(super) fn masqueraded(text: &str) -> Vec<Subnet> {
    let rule = |line: &str| {
        let words = words(line.strip_prefix("-A ")?);
        let after = |option: &str| {
            let at = words.iter().position(|word| word == option)?;
            words.get(at + 1).map(String::as_str)
        };
        if !matches!(after("-j")?, "MASQUERADE" | "SNAT") {
            return None;
        }
        subnet(after("-s").unwrap_or("0.0.0.0/0"))
    };
    text.lines().filter_map(rule).collect()
}

#[cfg(test)]
mod tests {
    use super::super::chain::Hook;
    use super::*;
    use crate::doctor::facts::network::Outcome;

    /// A heartbeat.
    const BEAT: Packet<'static> = Packet {
        hook: Hook::Input,
        from: "virbr0",
        to: "",
        source: Ipv4Addr::new(192, 168, 122, 254),
        destination: Ipv4Addr::new(192, 168, 122, 1),
        local: true,
        protocol: "tcp",
        source_port: 49_152,
        port: 8000,
    };

    const LIBVIRT: &str = "-A INPUT -j LIBVIRT_INP\n-A LIBVIRT_INP -i virbr0 -p udp -m udp --dport 53 -j ACCEPT\n\
                           -A LIBVIRT_INP -i virbr0 -p tcp -m tcp --dport 53 -j ACCEPT\n";

    fn outcome(policy: &str, rules: &str) -> Outcome {
        let text = format!(
            "*filter\n:INPUT {policy} [0:0]\n:LIBVIRT_INP - [0:0]\n:mine - [0:0]\n{LIBVIRT}{rules}COMMIT\n"
        );
        let all = read("iptables", &text, &BEAT).outcomes();
        assert_eq!(all.len(), 1, "{all:?}");
        all[0].clone()
    }

    #[test]
    fn a_heartbeat_passes_or_is_stopped_by_the_rule_that_is_named() {
        let established =
            "-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT\n-A INPUT -i lo -j ACCEPT\n";
        for (policy, rules, expected) in [
            ("ACCEPT", String::new(), "passes"),
            ("DROP", established.to_owned(), "iptables: -P INPUT DROP"),
            ("DROP", format!("{established}-A INPUT -i virbr0 -p tcp -m tcp --dport 8000 -j ACCEPT\n"), "passes"),
            ("DROP", format!("{established}-A INPUT -i virbr+ -j ACCEPT\n"), "passes"),
            ("DROP", "-A INPUT ! -i eth0 -j ACCEPT\n".to_owned(), "passes"),
            ("DROP", "-A INPUT -s 192.168.122.0/24 -p tcp -m multiport --dports 22,8000:8010 -j ACCEPT\n".to_owned(), "passes"),
            ("DROP", "-A INPUT -m conntrack ! --ctstate INVALID -j ACCEPT\n".to_owned(), "passes"),
            ("DROP", "-A INPUT -p tcp -m tcp --dport 22 -m comment --comment \"a -j b\" -j ACCEPT\n".to_owned(), "iptables: -P INPUT DROP"),
            ("ACCEPT", "-A INPUT -p tcp -m tcp --dport 8000 -j REJECT --reject-with tcp-reset\n".to_owned(), "iptables: -A INPUT -p tcp -m tcp --dport 8000 -j REJECT --reject-with tcp-reset"),
            ("ACCEPT", "-A INPUT -m set --match-set bad src -j DROP\n".to_owned(), "?"),
            ("DROP", "-A INPUT -p tcp -m limit --limit 3/min -j LOG --log-prefix \"[x] \"\n-A INPUT -j mine\n-A mine -m addrtype --dst-type LOCAL -j RETURN\n-A mine -j ACCEPT\n".to_owned(), "iptables: -P INPUT DROP"),
            ("DROP", "-A INPUT -p icmp -m icmp --icmp-type 8 -j ACCEPT\n-A INPUT -g mine\n-A mine -p tcp -m tcp --tcp-flags FIN,SYN,RST,ACK SYN -j ACCEPT\n".to_owned(), "passes"),
        ] {
            let said = match outcome(policy, &rules) {
                Outcome::Passes => "passes".to_owned(),
                Outcome::Stopped(stop) => stop.rule,
                Outcome::Unclear(_) => "?".to_owned(),
            };
            assert_eq!(said, expected, "{rules}");
        }
    }

    /// What ufw makes of "deny incoming", as far as a heartbeat meets it.
    const UFW: &str = "*filter\n:INPUT DROP [0:0]\n:ufw-after-input - [0:0]\n:ufw-after-logging-input - [0:0]\n\
        :ufw-before-input - [0:0]\n:ufw-logging-deny - [0:0]\n:ufw-not-local - [0:0]\n:ufw-skip-to-policy-input - [0:0]\n\
        :ufw-track-input - [0:0]\n:ufw-user-input - [0:0]\n\
        -A INPUT -j ufw-before-input\n-A INPUT -j ufw-after-input\n-A INPUT -j ufw-after-logging-input\n\
        -A INPUT -j ufw-track-input\n\
        -A ufw-after-input -p udp -m udp --dport 137 -j ufw-skip-to-policy-input\n\
        -A ufw-after-input -p tcp -m tcp --dport 445 -j ufw-skip-to-policy-input\n\
        -A ufw-after-input -m addrtype --dst-type BROADCAST -j ufw-skip-to-policy-input\n\
        -A ufw-after-logging-input -m limit --limit 3/min --limit-burst 10 -j LOG --log-prefix \"[UFW BLOCK] \"\n\
        -A ufw-before-input -i lo -j ACCEPT\n-A ufw-before-input -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT\n\
        -A ufw-before-input -m conntrack --ctstate INVALID -j ufw-logging-deny\n\
        -A ufw-before-input -m conntrack --ctstate INVALID -j DROP\n\
        -A ufw-before-input -p icmp -m icmp --icmp-type 8 -j ACCEPT\n\
        -A ufw-before-input -p udp -m udp --sport 67 --dport 68 -j ACCEPT\n-A ufw-before-input -j ufw-not-local\n\
        -A ufw-before-input -d 224.0.0.251/32 -p udp -m udp --dport 5353 -j ACCEPT\n\
        -A ufw-before-input -j ufw-user-input\n-A ufw-not-local -m addrtype --dst-type LOCAL -j RETURN\n\
        -A ufw-not-local -m addrtype --dst-type MULTICAST -j RETURN\n\
        -A ufw-not-local -m limit --limit 3/min --limit-burst 10 -j ufw-logging-deny\n-A ufw-not-local -j DROP\n\
        -A ufw-skip-to-policy-input -j DROP\n";

    #[test]
    fn ufws_rules_are_understood() {
        let outcome =
            |more: &str| read("iptables-nft", &format!("{UFW}{more}COMMIT\n"), &BEAT).outcomes().remove(0);
        let Outcome::Stopped(stop) = outcome("") else { panic!("it passes") };
        assert_eq!(stop.rule, "iptables-nft: -P INPUT DROP");
        let allowed = "-A ufw-user-input -i virbr0 -p tcp -m tcp --dport 8000 -j ACCEPT\n";
        assert_eq!(outcome(allowed), Outcome::Passes);
    }

    #[test]
    fn what_is_masqueraded_is_read() {
        let text = "*nat\n-A LIBVIRT_PRT -s 192.168.122.0/24 -d 224.0.0.0/24 -j RETURN\n\
                    -A LIBVIRT_PRT -s 192.168.122.0/24 ! -d 192.168.122.0/24 -p tcp -j MASQUERADE --to-ports 1024-65535\n";
        let all = masqueraded(text);
        assert_eq!(all.iter().map(ToString::to_string).collect::<Vec<_>>(), ["192.168.122.0/24"]);
    }
}
