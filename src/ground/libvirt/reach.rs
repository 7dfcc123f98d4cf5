//! Why libvirt does not answer.

use crate::core::types::{Told, Value};
use crate::doctor::facts::libvirt::{Reach, Refusal};
use crate::ground::program;

/// What libvirt's words mean, where it has any.
pub(super) fn of(said: Option<&Told>) -> Reach {
    let Some(words) = said else { return Reach::Answers };
    let installed = ["libvirtd", "virtqemud"].into_iter().any(program::is_there);
    Reach::Refuses { why: why(words, installed), words: words.clone() }
}

fn why(words: &Told, installed: bool) -> Refusal {
    if words.code == "{uri} has not answered within {waited}" {
        return Refusal::NoAnswer;
    }
    let text = words.values.iter().find_map(|(_, value)| match value {
        Value::Text(text) => Some(text.as_str()),
        Value::Number(_) | Value::Span(_) | Value::Told(_) => None,
    });
    let text = text.unwrap_or_default();
    let has = |parts: &[&str]| parts.iter().any(|part| text.contains(part));
    if has(&["Permission denied", "uthentication", "access denied", "no polkit agent", "not authorized"]) {
        Refusal::NotAllowed
    } else if has(&["no connection driver available"]) {
        Refusal::NoDriver
    } else if has(&["No such file or directory", "Connection refused", "Cannot find", "Unable to find"]) {
        if installed { Refusal::NotRunning } else { Refusal::NotInstalled }
    } else {
        Refusal::Other
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::told;

    #[test]
    fn libvirts_words_are_understood() {
        let missing =
            "Failed to connect socket to '/var/run/libvirt/libvirt-sock': No such file or directory";
        for (text, installed, expected) in [
            (missing, true, Refusal::NotRunning),
            (missing, false, Refusal::NotInstalled),
            (
                "Failed to connect socket to '/run/libvirt/libvirt-sock': Connection refused",
                true,
                Refusal::NotRunning,
            ),
            (
                "Failed to connect socket to '/run/libvirt/libvirt-sock': Permission denied",
                true,
                Refusal::NotAllowed,
            ),
            (
                "authentication unavailable: no polkit agent available to authenticate action 'org.libvirt.unix.manage'",
                true,
                Refusal::NotAllowed,
            ),
            ("no connection driver available for lxc:///", true, Refusal::NoDriver),
            ("Cannot recv data: Connection reset by peer", true, Refusal::Other),
        ] {
            assert_eq!(why(&Told::text(text), installed), expected, "{text}");
        }
        let late = told!(
            "{uri} has not answered within {waited}",
            uri = "qemu:///system",
            waited = std::time::Duration::from_secs(6)
        );
        assert_eq!(why(&late, true), Refusal::NoAnswer);
        assert_eq!(of(None), Reach::Answers);
    }
}
