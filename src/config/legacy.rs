//! The YAML of the Exhibition VM Controller 1.3, which people may hand to Vitrine.

use super::reader::Reader;
use crate::words::tr;

/// Notes one error if the text is such a file, and says whether it is.
pub(super) fn note(reader: &mut Reader<'_>) -> bool {
    let text = reader.source().text();
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        if let Some(value) = line.trim_start().strip_prefix("vm_name:") {
            let start = at + line.len() - line.trim_start().len();
            reader.error(
                &(start..start + "vm_name".len()),
                "vm_name",
                tr!("This is the YAML of the Exhibition VM Controller 1.3; Vitrine reads TOML."),
                remedy(value),
            );
            return true;
        }
        at += line.len();
    }
    false
}

fn remedy(value: &str) -> String {
    let value = value.split(" #").next().unwrap_or("").trim().trim_matches(['"', '\'']);
    let fits = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    let plain =
        !value.is_empty() && value.len() <= 60 && value.chars().all(fits) && !value.starts_with(['-', '.']);
    let vm = if plain { value } else { "eden-garden-vm" };
    let lines = format!("[[exhibit]]\n    name = \"{vm}\"\n    vm = \"{vm}\"\n    screens = [\"HDMI-1\"]");
    tr!(
        "`vitrine import FILE` turns such a file into TOML, and tells what became of each key. By hand, this is enough to \
         begin with:\n    {lines}",
        lines = lines
    )
}
