//! What this computer is called.

/// This computer's own names, in small letters: its nodename (uname(2)), the first part of that, and the latter in
/// multicast DNS.
pub fn own_names() -> Vec<String> {
    names_of(&rustix::system::uname().nodename().to_string_lossy())
}

fn names_of(node: &str) -> Vec<String> {
    let node = node.to_ascii_lowercase();
    let short = node.split('.').next().unwrap_or_default().to_owned();
    let local = format!("{short}.local");
    let mut names = Vec::new();
    for name in [node, short, local] {
        if !name.is_empty() && !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_computer_has_a_long_a_short_and_a_local_name() {
        assert_eq!(names_of("Kiosk.museum.example"), ["kiosk.museum.example", "kiosk", "kiosk.local"]);
        assert_eq!(names_of("kiosk"), ["kiosk", "kiosk.local"]);
        assert!(!own_names().is_empty());
    }
}
