//! The help in the language of the locale. Man page and completions are English, and so are clap's own words for what is
//! wrong with a command line: they are not ours to translate.

use clap::{Arg, Command};

use crate::words::{self, Language};

/// The definition of the command line with its help in this language.
pub(super) fn in_language(mut command: Command, language: Language) -> Command {
    match language {
        Language::English => command,
        Language::German => {
            // What clap adds by itself, such as `--help`, is there from now on.
            command.build();
            translate(command, &|english| words::translation(english, language))
        }
    }
}

fn translate(mut command: Command, of: &dyn Fn(&str) -> Option<&'static str>) -> Command {
    let said = |english: Option<&clap::builder::StyledStr>| of(&english?.to_string());
    if let Some(about) = said(command.get_about()) {
        command = command.about(about);
    }
    if let Some(about) = said(command.get_long_about()) {
        command = command.long_about(about);
    }
    if let Some(after) = said(command.get_after_help()) {
        command = command.after_help(after);
    }
    if let Some(after) = said(command.get_after_long_help()) {
        command = command.after_long_help(after);
    }
    if let Some(heading) = of("Commands") {
        command = command.subcommand_help_heading(heading);
    }
    if let Some(usage) = of("Usage") {
        let style = *command.get_styles().get_usage();
        // clap's own template, but for the first word of the usage.
        command = command.help_template(format!(
            "{{before-help}}{{about-with-newline}}\n{style}{usage}:{style:#} {{usage}}\n\n{{all-args}}{{after-help}}"
        ));
    }
    command.mut_args(|arg| argument(arg, of)).mut_subcommands(|command| translate(command, of))
}

fn argument(mut arg: Arg, of: &dyn Fn(&str) -> Option<&'static str>) -> Arg {
    let said = |english: Option<&clap::builder::StyledStr>| of(&english?.to_string());
    if let Some(help) = said(arg.get_help()) {
        arg = arg.help(help);
    }
    if let Some(help) = said(arg.get_long_help()) {
        arg = arg.long_help(help);
    }
    match of(if arg.is_positional() { "Arguments" } else { "Options" }) {
        Some(heading) => arg.help_heading(heading),
        None => arg,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(command: &Command, found: &mut Vec<String>) {
        let of_command = [
            command.get_about(),
            command.get_long_about(),
            command.get_after_help(),
            command.get_after_long_help(),
        ];
        let of_arguments = command.get_arguments().flat_map(|arg| [arg.get_help(), arg.get_long_help()]);
        found.extend(of_command.into_iter().chain(of_arguments).flatten().map(ToString::to_string));
        command.get_subcommands().for_each(|command| texts(command, found));
    }

    #[test]
    fn all_of_the_help_has_its_german() {
        let mut english = super::super::definition();
        english.build();
        let mut found = Vec::new();
        texts(&english, &mut found);
        assert!(found.len() > 50, "{found:?}");
        found.extend(["Arguments", "Commands", "Options", "Usage"].map(str::to_owned));
        let without: Vec<_> =
            found.iter().filter(|text| words::translation(text, Language::German).is_none()).collect();
        assert!(without.is_empty(), "{without:#?}");

        let mut spoken = Vec::new();
        texts(&in_language(super::super::definition(), Language::German), &mut spoken);
        assert_eq!(spoken.len(), found.len() - 4);
        for (english, german) in found.iter().zip(&spoken) {
            assert_eq!(Some(german.as_str()), words::translation(english, Language::German), "{english}");
        }
    }
}
