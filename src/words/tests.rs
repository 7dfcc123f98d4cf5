use std::collections::BTreeSet;

use super::*;
use crate::core::types::{
    Evidence, Failure, Holder, Ignored, NameFlaw, Refusal, Trouble, ViewerFault, XServerStays,
};

/// The gaps of a template.
fn gaps(template: &str) -> BTreeSet<String> {
    let mut gaps = BTreeSet::new();
    fill(template, |name| {
        gaps.insert(name.to_owned());
        None
    });
    gaps
}

#[test]
fn every_code_of_the_core_has_its_sentence_with_what_it_names() {
    let of_enums = [
        Evidence::CODES,
        Ignored::CODES,
        NameFlaw::CODES,
        Refusal::CODES,
        Trouble::CODES,
        ViewerFault::CODES,
        XServerStays::CODES,
        crate::web::Done::CODES,
        crate::web::dto::FlawNotice::CODES,
    ];
    let mut known: BTreeSet<&str> = BTreeSet::new();
    for (code, names) in of_enums.into_iter().flatten() {
        assert!(known.insert(code), "two sentences have the code {code}");
        let english = sentences::of(code).unwrap_or_else(|| panic!("{code} has no sentence"));
        let names: BTreeSet<_> = names.iter().map(|name| (*name).to_owned()).collect();
        assert!(gaps(english).is_subset(&names), "{code}: {english}");
    }
    // Those that are no enum's.
    let others = [
        "text",
        "by_configuration",
        "unreachable",
        "refused_as_foreseen",
        "call_at_work",
        "vm_missing_of_name",
        "snapshot_missing_of_name",
        "silent_at_once",
        "beats_again",
        "x_server_stood_still",
        "by_staff",
        "by_staff_for",
        "by_time",
        "daemon_began",
        "daemon_ended",
        "daemon_killed",
        "power_lost",
    ];
    for code in others {
        assert!(known.insert(code), "two sentences have the code {code}");
        assert!(sentences::of(code).is_some(), "{code}");
    }
    for (code, _) in sentences::all() {
        assert!(known.remove(code), "{code} stands twice, or nobody tells it");
    }
    assert!(known.is_empty(), "{known:?}");
}

#[test]
fn every_english_sentence_has_its_german_with_the_same_gaps() {
    let mut known = BTreeSet::new();
    for (english, german) in german::all() {
        assert!(known.insert(*english), "it stands twice: {english}");
        assert_eq!(gaps(english), gaps(german), "{german}");
        assert!(!german.is_empty(), "{english}");
    }
    let codes = codes::TABLES.iter().copied().flatten().map(|(_, english)| *english);
    for english in codes.chain(sentences::all().iter().map(|(_, english)| *english)) {
        assert!(known.contains(english), "it has no German: {english}");
    }
}

#[test]
fn the_locale_tells_the_language() {
    for (all, messages, lang, language) in [
        ("", "", "", Language::English),
        ("", "", "de_DE.UTF-8", Language::German),
        ("", "", "de", Language::German),
        ("", "", "de@euro", Language::German),
        ("", "de_CH.UTF-8", "en_US.UTF-8", Language::German),
        ("C.UTF-8", "de_DE.UTF-8", "de_DE.UTF-8", Language::English),
        ("de_AT.UTF-8", "C", "C", Language::German),
        ("", "", "den_CA.UTF-8", Language::English),
        ("", "", "fr_FR.UTF-8", Language::English),
    ] {
        let of = |name: &str| {
            let value = match name {
                "LC_ALL" => all,
                "LC_MESSAGES" => messages,
                _ => lang,
            };
            Some(value.to_owned())
        };
        assert_eq!(Language::of_environment(of), language, "{all} {messages} {lang}");
    }
    assert_eq!(Language::of_environment(|_| None), Language::English);
}

#[test]
fn a_browser_gets_the_language_that_it_wishes_for() {
    for (wish, language) in [
        ("de-AT,de;q=0.9,en;q=0.8", Language::German),
        ("en-GB,en;q=0.9,de;q=0.8", Language::English),
        ("fr,de;q=0.5,en;q=0.3", Language::German),
        ("de;q=0.2, en;q=0.7", Language::English),
        ("de;q=0", Language::English),
        ("de;q=nonsense", Language::English),
        ("fr", Language::English),
        ("", Language::English),
    ] {
        assert_eq!(Language::of_wish(wish), language, "{wish}");
    }
}

#[test]
fn a_page_is_made_in_its_own_language() {
    assert_eq!(language(), Language::English);
    let said = speaking(Language::German, || {
        (tr!("healthy"), speaking(Language::English, || tr!("healthy")), tr!("healthy"))
    });
    assert_eq!(said, ("in Ordnung".to_owned(), "healthy".to_owned(), "in Ordnung".to_owned()));
    assert_eq!(language(), Language::English);
}

#[test]
fn sentences_are_filled_in_both_languages() {
    let silent = Evidence::Silent { lasted: Duration::from_millis(15_340) };
    let unproven = Evidence::SnapshotUnproven { seen: Box::new(silent) };
    assert_eq!(
        sentence(&unproven.told(), Language::English),
        "a new snapshot has not proven itself: no heartbeat for 15.3 s"
    );
    assert_eq!(
        sentence(&unproven.told(), Language::German),
        "ein neuer Snapshot hat sich nicht bewährt: kein Lebenszeichen seit 15,3 s"
    );
    let held = Ignored::OnHold { by: Holder::Configuration };
    assert_eq!(sentence(&held.told(), Language::German), "in Wartung durch die Konfiguration");
    let failed = Refusal::from(&Failure::unreachable("no route {to} host"));
    assert_eq!(failed.to_string(), "libvirt cannot be reached: no route {to} host");
    assert_eq!(
        sentence(&Told::text("{text} {text}"), Language::German),
        "{text} {text}",
        "what others say is no template"
    );
}

#[test]
fn gaps_are_filled_once_and_braces_stay() {
    let value = |name: &str| (name == "a").then_some(Cow::Borrowed("{b}"));
    for (template, filled) in [
        ("", ""),
        ("{a}", "{b}"),
        ("{a}{a} {b}.", "{b}{b} {b}."),
        ("write {{ }} and {{{a}}}", "write { } and {{b}}"),
        ("open {", "open {"),
        ("ä{a}ö", "ä{b}ö"),
    ] {
        assert_eq!(fill(template, value), filled, "{template}");
    }
}

#[test]
fn what_is_told_survives_json() {
    let unproven = Refusal::UnprovenFormerBack {
        exhibit: "eden \"garden\"".to_owned(),
        seen: Box::new(Evidence::NoHeartbeatAfterLoad { waited: Duration::from_secs(60) }),
    };
    let told = unproven.told();
    let mut back = json::read(&json::of(&told)).unwrap();
    let by_name = |told: &mut Told| told.values.sort_by(|one, other| one.0.cmp(&other.0));
    let mut told = told;
    by_name(&mut told);
    by_name(&mut back);
    assert_eq!(back, told);
    assert_eq!(json::read(&serde_json::json!({ "text": 1 })), None);
    let odd =
        json::read(&serde_json::json!({ "code": "of {tomorrow}", "values": { "tomorrow": [1] } })).unwrap();
    assert_eq!(sentence(&odd, Language::German), "of [1]");
}
