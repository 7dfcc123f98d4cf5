//! The rules of nftables, as `nft -j list ruleset` writes them (libnftables-json(5)).

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use serde_json::Value;

use super::super::addresses::subnet;
use super::chain::{Fits, Packet, Rule, Ruleset, Then};
use crate::doctor::facts::network::{Subnet, Tool};

/// Reads all tables that see IPv4, each by itself, with each rule held against a packet. Those of iptables' own making
/// may be left out.
pub(super) fn read(list: &Value, packet: &Packet<'_>, without_iptables: bool) -> Vec<Ruleset> {
    let mut tables: BTreeMap<(&str, &str), Ruleset> = BTreeMap::new();
    let of_iptables = |family: &str, table: &str| {
        without_iptables
            && family == "ip"
            && matches!(table, "filter" | "nat" | "mangle" | "raw" | "security")
            && is_of_iptables(list, table)
    };
    for item in items(list) {
        let (chain, rule) = (&item["chain"], &item["rule"]);
        let Some((family, table)) = place(if chain.is_null() { rule } else { chain }) else { continue };
        if !matches!(family, "ip" | "inet") || of_iptables(family, table) {
            continue;
        }
        let ruleset = tables.entry((family, table)).or_default();
        if let Some(name) = chain["name"].as_str() {
            let read = ruleset.chains.entry(name.to_owned()).or_default();
            let sees = chain["hook"].as_str().is_some_and(|hook| packet.hook.is_seen_at(hook));
            if sees && chain["type"] == "filter" {
                let policy = chain["policy"].as_str().unwrap_or("accept");
                read.policy = Some(policy != "drop");
                read.policy_text = format!("nft: chain {family} {table} {name}: policy {policy}");
                read.tool = Some(Tool::Nft(family.to_owned(), table.to_owned(), name.to_owned()));
            }
        }
        if let Some(name) = rule["chain"].as_str() {
            let sets = Sets { list, family, table };
            let (fits, then) = statements(&rule["expr"], packet, &sets);
            let text = format!(
                "nft: rule {} of chain {family} {table} {name}: {}",
                rule["handle"],
                written(&rule["expr"])
            );
            ruleset.chains.entry(name.to_owned()).or_default().rules.push(Rule { fits, then, text });
        }
    }
    tables.into_values().collect()
}

fn items(list: &Value) -> impl Iterator<Item = &Value> {
    list["nftables"].as_array().into_iter().flatten()
}

fn place(item: &Value) -> Option<(&str, &str)> {
    Some((item["family"].as_str()?, item["table"].as_str()?))
}

/// A table of iptables' has its chains in capitals, and what nft does not know in its rules.
fn is_of_iptables(list: &Value, table: &str) -> bool {
    let mut chains =
        items(list).map(|item| &item["chain"]).filter(|chain| place(chain) == Some(("ip", table)));
    chains.any(|chain| {
        chain["name"]
            .as_str()
            .is_some_and(|name| matches!(name, "INPUT" | "FORWARD" | "OUTPUT" | "PREROUTING" | "POSTROUTING"))
    })
}

pub(super) fn has_table(list: &Value, name: &str) -> bool {
    items(list).any(|item| item["table"]["name"] == name)
}

/// A rule's statements, shortened, for people.
fn written(expr: &Value) -> String {
    let all: Vec<_> =
        expr.as_array().into_iter().flatten().map(statement_text).filter(|text| !text.is_empty()).collect();
    all.join(" ").chars().take(160).collect()
}

fn statement_text(statement: &Value) -> String {
    let Some((name, value)) = single(statement) else { return String::new() };
    match name {
        "counter" | "comment" => String::new(),
        "match" => {
            let op = value["op"].as_str().filter(|op| !matches!(*op, "==" | "in")).map(|op| format!("{op} "));
            format!("{} {}{}", operand(&value["left"]), op.unwrap_or_default(), operand(&value["right"]))
        }
        "jump" | "goto" => format!("{name} {}", value["target"].as_str().unwrap_or_default()),
        _ => name.to_owned(),
    }
}

fn operand(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(list) => list.iter().map(operand).collect::<Vec<_>>().join(","),
        Value::Object(_) => match single(value) {
            Some(("meta" | "ct", inner)) => operand(&inner["key"]),
            Some(("payload", inner)) => {
                format!("{} {}", operand(&inner["protocol"]), operand(&inner["field"]))
            }
            Some(("prefix", inner)) => format!("{}/{}", operand(&inner["addr"]), inner["len"]),
            Some(("range", inner)) => {
                inner.as_array().into_iter().flatten().map(operand).collect::<Vec<_>>().join("-")
            }
            Some(("set", inner)) => format!("{{{}}}", operand(inner)),
            Some((name, _)) => name.to_owned(),
            None => String::new(),
        },
        other => other.to_string(),
    }
}

/// The only member of an object.
fn single(value: &Value) -> Option<(&str, &Value)> {
    let object = value.as_object()?;
    let (name, inner) = object.iter().next()?;
    Some((name, inner))
}

/// Where named sets are looked up.
struct Sets<'a> {
    list: &'a Value,
    family: &'a str,
    table: &'a str,
}

impl Sets<'_> {
    /// The members of a set or a map that is named with `@`.
    fn members(&self, name: &str) -> Option<&Vec<Value>> {
        items(self.list).find_map(|item| {
            let set = if item["set"].is_null() { &item["map"] } else { &item["set"] };
            let is_it = place(set) == Some((self.family, self.table)) && set["name"] == name;
            if is_it { set["elem"].as_array() } else { None }
        })
    }

    /// Whether there is such a set at all; an empty one has no members to list.
    fn is_there(&self, name: &str) -> bool {
        items(self.list).any(|item| {
            [&item["set"], &item["map"]]
                .into_iter()
                .any(|set| place(set) == Some((self.family, self.table)) && set["name"] == name)
        })
    }
}

fn statements(expr: &Value, packet: &Packet<'_>, sets: &Sets<'_>) -> (Fits, Then) {
    let mut fits = Fits::Yes;
    for statement in expr.as_array().into_iter().flatten() {
        let Some((name, value)) = single(statement) else { continue };
        match name {
            "match" => fits = fits.and(matches(value, packet, sets)),
            "accept" => return (fits, Then::Accept),
            "drop" | "reject" => return (fits, Then::Drop),
            "return" => return (fits, Then::Return),
            "jump" => return (fits, Then::Jump(target(value))),
            "goto" => return (fits, Then::Goto(target(value))),
            "vmap" => {
                let (found, then) = verdict(value, packet, sets);
                return (fits.and(found), then);
            }
            "counter" | "log" | "mangle" | "comment" | "notrack" | "ct helper" | "ct timeout" | "nflog"
            | "meter" | "flow" | "continue" | "secmark" => {}
            // What is added to a set is looked at by others.
            "set" | "map" => {}
            "xt" if value["type"] == "target"
                && matches!(value["name"].as_str(), Some("REJECT" | "DROP")) =>
            {
                return (fits, Then::Drop);
            }
            "xt" if value["type"] == "target" => return (fits, Then::Unknown),
            "queue" | "tproxy" | "fwd" => return (fits, Then::Unknown),
            // limit, quota, connlimit, matches of iptables, and what comes after this program.
            _ => fits = fits.and(Fits::Maybe),
        }
    }
    (fits, Then::GoOn)
}

fn target(value: &Value) -> String {
    value["target"].as_str().unwrap_or_default().to_owned()
}

/// What a map of verdicts has for a packet; one that it does not have goes on.
fn verdict(map: &Value, packet: &Packet<'_>, sets: &Sets<'_>) -> (Fits, Then) {
    let data = &map["data"];
    let members = match data.as_str() {
        Some(named) => sets.members(named.trim_start_matches('@')),
        None => data["set"].as_array(),
    };
    let Some(key) = field(&map["key"], packet) else { return (Fits::Maybe, Then::Unknown) };
    let mut sure = Fits::Yes;
    for member in members.into_iter().flatten() {
        let fits = holds(&member[0], &key, sets);
        if fits == Fits::No {
            continue;
        }
        let then = match single(&member[1]) {
            Some(("accept", _)) => Then::Accept,
            Some(("drop", _)) => Then::Drop,
            Some(("return", _)) => Then::Return,
            Some(("jump", value)) => Then::Jump(target(value)),
            Some(("goto", value)) => Then::Goto(target(value)),
            Some(("continue", _)) => Then::GoOn,
            Some(_) | None => Then::Unknown,
        };
        if fits == Fits::Yes {
            return (sure, then);
        }
        sure = Fits::Maybe;
    }
    (sure, if sure == Fits::Yes { Then::GoOn } else { Then::Unknown })
}

/// What a packet has where a rule looks.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Has {
    Text(String),
    Number(u64),
    Address(Ipv4Addr),
    /// A packet of this kind has no such field.
    Nothing,
    Several(Vec<Has>),
}

fn field(left: &Value, packet: &Packet<'_>) -> Option<Has> {
    let (name, inner) = single(left)?;
    let text = |text: &str| Some(Has::Text(text.to_owned()));
    match name {
        "meta" => match inner["key"].as_str()? {
            "iifname" | "iif" => text(packet.from),
            "oifname" | "oif" => text(packet.to),
            "iifkind" if packet.from.starts_with("virbr") => text("bridge"),
            "l4proto" => text(packet.protocol),
            "nfproto" => text("ipv4"),
            "protocol" => text("ip"),
            "pkttype" => text(if packet.destination.is_broadcast() { "broadcast" } else { "unicast" }),
            _ => None,
        },
        "payload" => payload(inner["protocol"].as_str()?, inner["field"].as_str()?, packet),
        "ct" => match inner["key"].as_str()? {
            "state" => text("new"),
            "direction" => text("original"),
            // Neither was its address changed, nor was it expected.
            "status" => Some(Has::Nothing),
            _ => None,
        },
        "fib" => match (inner["result"].as_str()?, &inner["flags"]) {
            ("type", flags) if operand(flags).contains("daddr") => text(if packet.local {
                "local"
            } else if packet.destination.is_broadcast() {
                "broadcast"
            } else {
                "unicast"
            }),
            // There is a way back to a guest.
            ("oif", flags) if operand(flags).contains("saddr") => Some(Has::Number(1)),
            _ => None,
        },
        "concat" => {
            inner.as_array()?.iter().map(|part| field(part, packet)).collect::<Option<_>>().map(Has::Several)
        }
        "&" => {
            // Flags of TCP in a mask: a first packet has SYN alone.
            let parts = inner.as_array()?;
            let is_flags = parts.first()?["payload"]["field"] == "flags";
            let mask = operand(parts.get(1)?);
            let masks_syn = mask.split([',', '|']).any(|flag| flag == "syn");
            (is_flags && packet.protocol == "tcp")
                .then(|| Has::Text(if masks_syn { "syn" } else { "" }.to_owned()))
        }
        _ => None,
    }
}

fn payload(protocol: &str, field: &str, packet: &Packet<'_>) -> Option<Has> {
    Some(match (protocol, field) {
        ("ip", "saddr") => Has::Address(packet.source),
        ("ip", "daddr") => Has::Address(packet.destination),
        ("ip", "protocol") => Has::Text(packet.protocol.to_owned()),
        ("tcp" | "udp", _) if protocol != packet.protocol => Has::Nothing,
        ("tcp" | "udp" | "th", "dport") => Has::Number(packet.port.into()),
        ("tcp" | "udp" | "th", "sport") => Has::Number(packet.source_port.into()),
        ("tcp", "flags") => Has::Text("syn".to_owned()),
        (
            "ip6" | "icmp" | "icmpv6" | "igmp" | "sctp" | "dccp" | "udplite" | "arp" | "ah" | "esp" | "comp",
            _,
        ) => Has::Nothing,
        _ => return None,
    })
}

fn matches(value: &Value, packet: &Packet<'_>, sets: &Sets<'_>) -> Fits {
    let Some(has) = field(&value["left"], packet) else { return Fits::Maybe };
    let held = holds(&value["right"], &has, sets);
    match value["op"].as_str().unwrap_or("==") {
        // A packet without the field is not one whose field is another.
        _ if has == Has::Nothing => Fits::from(false),
        "==" | "in" => held,
        "!=" => held.negated(true),
        op => match (op, &has, value["right"].as_u64()) {
            ("<", Has::Number(mine), Some(other)) => Fits::from(*mine < other),
            (">", Has::Number(mine), Some(other)) => Fits::from(*mine > other),
            ("<=", Has::Number(mine), Some(other)) => Fits::from(*mine <= other),
            (">=", Has::Number(mine), Some(other)) => Fits::from(*mine >= other),
            _ => Fits::Maybe,
        },
    }
}

fn any<'a>(list: impl IntoIterator<Item = &'a Value>, has: &Has, sets: &Sets<'_>) -> Fits {
    let mut best = Fits::No;
    for item in list {
        match holds(item, has, sets) {
            Fits::Yes => return Fits::Yes,
            Fits::Maybe => best = Fits::Maybe,
            Fits::No => {}
        }
    }
    best
}

/// Whether what a packet has is what a rule names.
fn holds(right: &Value, has: &Has, sets: &Sets<'_>) -> Fits {
    match (right, has) {
        (_, Has::Nothing) => Fits::No,
        (Value::Array(list), _) => any(list, has, sets),
        (Value::String(name), _) if name.starts_with('@') => {
            let name = name.trim_start_matches('@');
            match sets.members(name) {
                Some(members) => any(members, has, sets),
                None if sets.is_there(name) => Fits::No,
                None => Fits::Maybe,
            }
        }
        (Value::String(text), Has::Text(mine)) => {
            Fits::from(text.strip_suffix('*').map_or(text == mine, |start| mine.starts_with(start)))
        }
        (Value::String(text), Has::Address(mine)) => {
            subnet(text).map_or(Fits::Maybe, |subnet| Fits::from(subnet.holds((*mine).into())))
        }
        (Value::Number(number), Has::Number(mine)) => Fits::from(number.as_u64() == Some(*mine)),
        (Value::Number(number), Has::Text(mine)) => {
            let named = match number.as_u64() {
                Some(6) => "tcp",
                Some(17) => "udp",
                _ => "",
            };
            Fits::from(named == mine)
        }
        (Value::Bool(there), Has::Number(mine)) => Fits::from(*there == (*mine != 0)),
        (Value::Object(_), _) => object(right, has, sets),
        _ => Fits::Maybe,
    }
}

fn object(right: &Value, has: &Has, sets: &Sets<'_>) -> Fits {
    let Some((name, inner)) = single(right) else { return Fits::Maybe };
    match (name, has) {
        ("set" | "|", _) => inner.as_array().map_or(Fits::Maybe, |list| any(list, has, sets)),
        // A member with a timeout or a counter of its own.
        ("elem", _) => holds(&inner["val"], has, sets),
        ("prefix", Has::Address(mine)) => {
            let text = format!("{}/{}", operand(&inner["addr"]), inner["len"]);
            subnet(&text).map_or(Fits::Maybe, |subnet| Fits::from(subnet.holds((*mine).into())))
        }
        ("prefix", _) => Fits::Maybe,
        ("range", Has::Number(mine)) => match (inner[0].as_u64(), inner[1].as_u64()) {
            (Some(first), Some(last)) => Fits::from((first..=last).contains(mine)),
            _ => Fits::Maybe,
        },
        ("range", Has::Address(mine)) => {
            let end = |index: usize| inner[index].as_str()?.parse::<Ipv4Addr>().ok();
            match (end(0), end(1)) {
                (Some(first), Some(last)) => Fits::from((first..=last).contains(mine)),
                _ => Fits::Maybe,
            }
        }
        ("concat", Has::Several(mine)) => {
            let parts = inner.as_array().map(Vec::as_slice).unwrap_or_default();
            if parts.len() != mine.len() {
                return Fits::Maybe;
            }
            parts.iter().zip(mine).fold(Fits::Yes, |fits, (part, mine)| fits.and(holds(part, mine, sets)))
        }
        _ => Fits::Maybe,
    }
}

/// The networks whose packets leave under this computer's address.
pub(super) fn masqueraded(list: &Value) -> Vec<Subnet> {
    let rules = items(list).filter_map(|item| item["rule"]["expr"].as_array());
    let changes = |expr: &&Vec<Value>| {
        expr.iter().any(|statement| {
            statement["masquerade"].is_object()
                || statement.get("masquerade").is_some()
                || statement.get("snat").is_some()
                || (statement["xt"]["name"] == "MASQUERADE")
        })
    };
    let source = |expr: &Vec<Value>| {
        let of = expr
            .iter()
            .map(|statement| &statement["match"])
            .find(|found| found["left"]["payload"]["field"] == "saddr" && found["op"] != "!=");
        match of {
            None => subnet("0.0.0.0/0"),
            Some(found) => subnet(&operand(&found["right"])),
        }
    };
    rules.filter(changes).filter_map(source).collect()
}

#[cfg(test)]
mod tests {
    use super::super::chain::Hook;
    use super::*;
    use crate::doctor::facts::network::Outcome;
    use serde_json::json;

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

    /// A table with a chain of this policy, a set, and a second chain, which accepts port 8000.
    fn said(policy: &str, expressions: &[Value]) -> String {
        let at = |chain: &str, expr: &Value| json!({"rule": {"family": "inet", "table": "filter", "chain": chain, "handle": 7, "expr": expr}});
        let mut list = vec![
            json!({"metainfo": {"version": "1.0.6"}}),
            json!({"table": {"family": "inet", "name": "filter"}}),
            json!({"set": {"family": "inet", "table": "filter", "name": "ports", "elem": [22, {"range": [8000, 8010]}]}}),
            json!({"set": {"family": "inet", "table": "filter", "name": "empty"}}),
            json!({"chain": {"family": "inet", "table": "filter", "name": "input", "type": "filter", "hook": "input",
                "prio": 0, "policy": policy}}),
            json!({"chain": {"family": "inet", "table": "filter", "name": "other"}}),
            at("other", &json!([port(json!(8000)), {"accept": null}])),
        ];
        list.extend(expressions.iter().map(|expr| at("input", expr)));
        let all: Vec<_> =
            read(&json!({"nftables": list}), &BEAT, false).iter().flat_map(Ruleset::outcomes).collect();
        assert_eq!(all.len(), 1);
        match &all[0] {
            Outcome::Passes => "passes".to_owned(),
            Outcome::Stopped(stop) => stop.rule.clone(),
            Outcome::Unclear(_) => "?".to_owned(),
        }
    }

    fn meta(key: &str, right: Value) -> Value {
        json!({"match": {"op": "==", "left": {"meta": {"key": key}}, "right": right}})
    }

    fn port(right: Value) -> Value {
        json!({"match": {"op": "==", "left": {"payload": {"protocol": "tcp", "field": "dport"}}, "right": right}})
    }

    #[test]
    fn a_heartbeat_passes_or_is_stopped_by_the_rule_that_is_named() {
        let policy = "nft: chain inet filter input: policy drop";
        let state = |op: &str, right: Value| json!({"match": {"op": op, "left": {"ct": {"key": "state"}}, "right": right}});
        let accept = || json!({"accept": null});
        let drop = || json!({"drop": null});
        let rows: Vec<(&str, Vec<Value>, &str)> = vec![
            ("accept", vec![], "passes"),
            ("drop", vec![], policy),
            ("drop", vec![json!([state("in", json!(["established", "related"])), accept()])], policy),
            (
                "drop",
                vec![
                    json!([state("==", json!("invalid")), drop()]),
                    json!([meta("iifname", json!("virbr0")), accept()]),
                ],
                "passes",
            ),
            ("drop", vec![json!([meta("iifname", json!("virbr*")), accept()])], "passes"),
            ("drop", vec![json!([meta("iifname", json!({"set": ["lo", "virbr0"]})), accept()])], "passes"),
            ("drop", vec![json!([port(json!({"set": [22, 80]})), accept()])], policy),
            ("drop", vec![json!([port(json!("@ports")), accept()])], "passes"),
            ("drop", vec![json!([port(json!("@empty")), accept()])], policy),
            ("drop", vec![json!([port(json!("@gone")), accept()])], "?"),
            ("drop", vec![json!([{"jump": {"target": "other"}}])], "passes"),
            (
                "drop",
                vec![
                    json!([{"match": {"op": "==", "left": {"payload": {"protocol": "ip", "field": "saddr"}},
                "right": {"prefix": {"addr": "192.168.122.0", "len": 24}}}}, {"counter": {}}, accept()]),
                ],
                "passes",
            ),
            (
                "drop",
                vec![json!([{"vmap": {"key": {"meta": {"key": "iifname"}},
                "data": {"set": [["lo", {"accept": null}], ["virbr0", {"goto": {"target": "other"}}]]}}}])],
                "passes",
            ),
            (
                "drop",
                vec![json!([{"vmap": {"key": {"ct": {"key": "state"}},
                "data": {"set": [["established", {"accept": null}], ["invalid", {"drop": null}]]}}}])],
                policy,
            ),
            (
                "accept",
                vec![json!([port(json!(8000)), {"reject": {"type": "tcp reset"}}])],
                "nft: rule 7 of chain inet filter input: tcp dport 8000 reject",
            ),
            (
                "accept",
                vec![
                    json!([{"match": {"op": "!=", "left": {"&": [{"payload": {"protocol": "tcp", "field": "flags"}},
                ["fin", "syn", "rst", "ack"]]}, "right": "syn"}}, state("in", json!("new")), drop()]),
                ],
                "passes",
            ),
            (
                "accept",
                vec![
                    json!([{"match": {"op": "==", "left": {"payload": {"protocol": "ip6", "field": "saddr"}}, "right": "::1"}}, drop()]),
                ],
                "passes",
            ),
            (
                "drop",
                vec![
                    json!([{"match": {"op": "==", "left": {"fib": {"result": "type", "flags": ["daddr"]}}, "right": "local"}}, accept()]),
                ],
                "passes",
            ),
            ("accept", vec![json!([{"limit": {"rate": 3, "per": "minute"}}, drop()])], "?"),
            (
                "drop",
                vec![
                    json!([{"limit": {"rate": 3, "per": "minute"}}, {"log": null}]),
                    json!([meta("l4proto", json!("tcp")), accept()]),
                ],
                "passes",
            ),
        ];
        for (policy, rules, expected) in rows {
            assert_eq!(said(policy, &rules), expected, "{rules:?}");
        }
    }

    #[test]
    fn what_is_masqueraded_is_read() {
        let list = json!({"nftables": [{"rule": {"family": "ip", "table": "libvirt_network", "chain": "guest_nat", "expr": [
            {"match": {"op": "==", "left": {"payload": {"protocol": "ip", "field": "saddr"}}, "right": {"prefix": {"addr": "192.168.122.0", "len": 24}}}},
            {"match": {"op": "!=", "left": {"payload": {"protocol": "ip", "field": "daddr"}}, "right": {"prefix": {"addr": "192.168.122.0", "len": 24}}}},
            {"masquerade": null}]}}]});
        assert_eq!(
            masqueraded(&list).iter().map(ToString::to_string).collect::<Vec<_>>(),
            ["192.168.122.0/24"]
        );
    }
}
