//! Findings as people read them: the worst first.

use std::time::Duration;

use super::{Finding, area_name};
use crate::cli::layout::wrap;
use crate::cli::status::PAINT;
use crate::doctor::Verdict;
use crate::words::{self, tr, with_tenths};

/// Which findings are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::cli) enum Shown {
    /// All of them.
    All,
    /// Those that are not well.
    NotWell,
}

/// How they are shown.
#[derive(Clone, Copy, Debug)]
pub(super) struct Style {
    pub(super) colour: bool,
    /// Columns that a line may fill; commands, which are pasted, are never broken.
    pub(super) width: usize,
}

/// The worst first; what could not be found out may be anything, and is mostly for want of rights.
const ORDER: [Verdict; 5] =
    [Verdict::Ill, Verdict::Warning, Verdict::Advice, Verdict::Unknown, Verdict::Well];

/// Where the sentences of a finding begin.
const INDENT: usize = 10;

/// The columns of the terminal, within what is read with ease.
pub(super) fn width() -> usize {
    let columns =
        rustix::termios::tcgetwinsize(std::io::stdout()).map_or(80, |size| usize::from(size.ws_col));
    columns.clamp(60, 100)
}

pub(super) fn render(findings: &[Finding], shown: Shown, took: Duration, style: &Style) -> String {
    let mut out = String::new();
    for verdict in ORDER {
        let of_verdict = findings.iter().filter(|finding| finding.verdict == verdict);
        match verdict {
            Verdict::Unknown => unknown(&mut out, of_verdict, style),
            Verdict::Well if shown == Shown::NotWell => {}
            Verdict::Well | Verdict::Ill | Verdict::Warning | Verdict::Advice => {
                of_verdict.for_each(|finding| block(&mut out, finding, style));
            }
        }
    }
    out.push_str(&summary(findings, took, style));
    out.push('\n');
    out
}

/// What could not be found out, by the reasons: one often stands for many.
fn unknown<'a>(out: &mut String, findings: impl Iterator<Item = &'a Finding>, style: &Style) {
    let mut reasons: Vec<(String, Vec<&str>)> = Vec::new();
    for finding in findings {
        let reason = words::say(&finding.evidence);
        match reasons.iter_mut().find(|(known, _)| *known == reason) {
            Some((_, checks)) if checks.contains(&finding.check.code) => {}
            Some((_, checks)) => checks.push(finding.check.code),
            None => reasons.push((reason, vec![finding.check.code])),
        }
    }
    for (reason, checks) in reasons {
        head(out, Verdict::Unknown, &reason, style);
        let checks = format!("({})", checks.join(", "));
        out.push_str(&" ".repeat(INDENT));
        out.push_str(&wrap(&checks, INDENT, style.width, INDENT));
        out.push('\n');
    }
}

/// How bad something is, and what it is.
fn head(out: &mut String, verdict: Verdict, sentence: &str, style: &Style) {
    let word = verdict_word(verdict);
    let pad = " ".repeat(INDENT.saturating_sub(word.chars().count()));
    out.push_str(&paint(&word, verdict, style));
    out.push_str(&pad);
    out.push_str(&wrap(sentence, INDENT, style.width, INDENT));
    out.push('\n');
}

/// One finding: how bad, what about, how it is known, what to do.
fn block(out: &mut String, finding: &Finding, style: &Style) {
    let about = finding.exhibit.clone().unwrap_or_else(|| area_name(finding.check.area));
    let evidence = tr!("{about}: {evidence}", about = about, evidence = words::say(&finding.evidence));
    head(out, finding.verdict, &evidence, style);
    let indent = " ".repeat(INDENT);
    if let Some(remedy) = &finding.remedy {
        out.push_str(&indent);
        out.push_str("→ ");
        out.push_str(&wrap(&words::say(&remedy.words), INDENT + 2, style.width, INDENT + 2));
        out.push('\n');
        for command in &remedy.commands {
            out.push_str(&format!("{indent}    {command}\n"));
        }
    }
    if finding.verdict != Verdict::Well {
        let place = format!("docs/troubleshooting.md#{}", finding.check.heading);
        out.push_str(&format!("{indent}({}, {place})\n", finding.check.code));
    }
}

/// How many there are of each, and how long it took.
fn summary(findings: &[Finding], took: Duration, style: &Style) -> String {
    let counted = |verdict| findings.iter().filter(|finding| finding.verdict == verdict).count();
    let counts = ORDER.map(|verdict| {
        let count = counted(verdict);
        let text = format!("{count} {}", verdict_word(verdict));
        if count > 0 && verdict != Verdict::Well { paint(&text, verdict, style) } else { text }
    });
    let fixable =
        findings.iter().any(|finding| finding.remedy.as_ref().is_some_and(|remedy| remedy.is_safe()));
    let took = with_tenths(took.as_secs_f64());
    let line = tr!("{counts}, found out in {seconds} s", counts = counts.join(", "), seconds = took);
    let hint = if fixable { tr!("; some of it is done by `vitrine doctor --fix`") } else { String::new() };
    format!("{line}{hint}")
}

/// The word for a verdict before people.
fn verdict_word(verdict: Verdict) -> String {
    match verdict {
        Verdict::Well => tr!("well"),
        Verdict::Advice => tr!("advice"),
        Verdict::Unknown => tr!("unknown"),
        Verdict::Warning => tr!("warning"),
        Verdict::Ill => tr!("ill"),
    }
}

/// Paints as the status does. The word carries the meaning, the colour does not.
fn paint(text: &str, verdict: Verdict, style: &Style) -> String {
    let code = match verdict {
        Verdict::Ill => PAINT[2],
        Verdict::Warning => PAINT[1],
        Verdict::Well => PAINT[0],
        Verdict::Advice | Verdict::Unknown => return text.to_owned(),
    };
    if style.colour { format!("\x1b{code}{text}\x1b{}", PAINT[3]) } else { text.to_owned() }
}

/// What pre-flight says, one line a finding, as `vitrine check` has its warnings.
pub(in crate::cli) fn pre_flight(findings: &[Finding]) -> Vec<String> {
    let worth = |finding: &&Finding| matches!(finding.verdict, Verdict::Ill | Verdict::Warning);
    let line = |finding: &Finding| {
        let exhibit = finding.exhibit.clone().unwrap_or_default();
        let what = words::say(&finding.evidence);
        let remedy = finding.remedy.as_ref().map(|remedy| words::say(&remedy.words)).unwrap_or_default();
        let text = match finding.verdict {
            Verdict::Ill => {
                tr!("ill: {exhibit}: {what}. {remedy}", exhibit = exhibit, what = what, remedy = remedy)
            }
            Verdict::Well | Verdict::Advice | Verdict::Unknown | Verdict::Warning => {
                tr!("warning: {exhibit}: {what}. {remedy}", exhibit = exhibit, what = what, remedy = remedy)
            }
        };
        let commands = finding.remedy.iter().flat_map(|remedy| &remedy.commands);
        let commands: String = commands.map(|command| format!("\n    {command}")).collect();
        wrap(&text, 0, 80, 0) + &commands
    };
    findings.iter().filter(worth).map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::types::Told;
    use crate::doctor::{Area, Check, Command, Fact, Judged, Remedy, Site};

    fn beside(_: &Site) -> Fact<Judged> {
        Ok(Judged::Beside)
    }

    static ROOM: Check = Check::site(Area::Image, "image.room", "the-disk-is-full", beside);
    static LOAD: Check = Check::site(Area::Performance, "performance.load", "it-is-slow", beside);
    static NET: Check = Check::site(Area::Network, "network.active", "no-network", beside);

    fn finding(check: &'static Check, verdict: Verdict, evidence: &str) -> Finding {
        let remedy = Remedy::type_in(Told::text("make room"), [Command::root(["rm", "old image"])]);
        Finding {
            check,
            exhibit: (check.area == Area::Image).then(|| "eden".to_owned()),
            verdict,
            evidence: Told::text(evidence),
            remedy: (verdict > Verdict::Unknown).then_some(remedy),
            rules_out: &[],
        }
    }

    #[test]
    fn the_worst_comes_first_and_what_is_unknown_for_one_reason_together() {
        let findings = [
            finding(&NET, Verdict::Unknown, "only root may know"),
            finding(&ROOM, Verdict::Ill, "nothing is left"),
            finding(&LOAD, Verdict::Unknown, "only root may know"),
            finding(&LOAD, Verdict::Well, "it has little to do"),
            finding(&LOAD, Verdict::Warning, "it has much to do"),
        ];
        let style = Style { colour: false, width: 80 };
        let shown = |shown| render(&findings, shown, Duration::from_millis(1_260), &style);
        let expected = "\
ill       eden: nothing is left
          → make room
              sudo rm 'old image'
          (image.room, docs/troubleshooting.md#the-disk-is-full)
warning   performance: it has much to do
          → make room
              sudo rm 'old image'
          (performance.load, docs/troubleshooting.md#it-is-slow)
unknown   only root may know
          (network.active, performance.load)
1 ill, 1 warning, 0 advice, 2 unknown, 1 well, found out in 1.3 s
";
        assert_eq!(shown(Shown::NotWell), expected);
        assert!(shown(Shown::All).contains("well      performance: it has little to do\n1 ill"));
    }
}
