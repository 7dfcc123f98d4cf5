//! What a check is, and what it may say.

use crate::core::types::{Foreseen, Means, Told};

/// How well something is, the worst last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// As it should be.
    Well,
    /// It works, and could be better.
    Advice,
    /// It could not be found out.
    Unknown,
    /// It works now, and will fail some day or in some case.
    Warning,
    /// It keeps an artwork from being shown, watched or put back, or will at the next try.
    Ill,
}

impl Verdict {
    /// The word for it in JSON and in the API.
    pub fn code(self) -> &'static str {
        match self {
            Self::Well => "well",
            Self::Advice => "advice",
            Self::Unknown => "unknown",
            Self::Warning => "warning",
            Self::Ill => "ill",
        }
    }
}

/// What a check is about, from the ground up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Area {
    /// The computer and its system.
    Host,
    /// Hardware virtualisation.
    Kvm,
    /// Who may do what.
    Permissions,
    /// libvirt's daemons.
    Libvirt,
    /// What connects guests and this computer.
    Network,
    /// The VMs' disk images.
    Image,
    /// The VMs' definitions.
    Definition,
    /// The snapshots that exhibits are put back to.
    Snapshot,
    /// X server, monitors, viewers, windows.
    Display,
    /// Log-in, window manager, units.
    Session,
    /// Vitrine's daemon, and how it is reached.
    Api,
    /// What guests tell of themselves.
    Guest,
    /// Whether there is enough of everything.
    Performance,
}

impl Area {
    /// All of them, from the ground up.
    pub const ALL: [Self; 13] = [
        Self::Host,
        Self::Kvm,
        Self::Permissions,
        Self::Libvirt,
        Self::Network,
        Self::Image,
        Self::Definition,
        Self::Snapshot,
        Self::Display,
        Self::Session,
        Self::Api,
        Self::Guest,
        Self::Performance,
    ];
    /// Those of pre-flight: what is written down of a VM long before it is started or put back.
    pub const PRE_FLIGHT: [Self; 3] = [Self::Image, Self::Definition, Self::Snapshot];

    /// The word for it, with which the codes of its checks begin.
    pub fn code(self) -> &'static str {
        match self {
            Self::Host => "host",
            Self::Kvm => "kvm",
            Self::Permissions => "permissions",
            Self::Libvirt => "libvirt",
            Self::Network => "network",
            Self::Image => "image",
            Self::Definition => "definition",
            Self::Snapshot => "snapshot",
            Self::Display => "display",
            Self::Session => "session",
            Self::Api => "api",
            Self::Guest => "guest",
            Self::Performance => "performance",
        }
    }
}

/// Something that was found out, or why it could not be.
pub type Fact<T> = Result<T, Told>;

/// A program with its arguments, as it is typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// The program and its arguments.
    pub words: Vec<String>,
    /// Only root may do it.
    pub as_root: bool,
}

impl Command {
    /// One that anybody may give.
    pub fn new<const N: usize>(words: [&str; N]) -> Self {
        Self { words: words.map(str::to_owned).into(), as_root: false }
    }

    /// One for root.
    pub fn root<const N: usize>(words: [&str; N]) -> Self {
        Self { as_root: true, ..Self::new(words) }
    }

    /// As root gives it: root's own units and log are others than this user's, whom systemctl(1) names by `--machine`
    /// and journalctl(1) by a field of the entries (systemd.journal-fields(7)).
    #[must_use]
    pub fn given_by_root(mut self, user: &str) -> Self {
        let words: Vec<_> = self.words.iter().map(String::as_str).collect();
        match words.as_slice() {
            ["systemctl", "--user", ..] => self.words.insert(2, format!("--machine={user}@.host")),
            ["journalctl", "--user", "-u", unit, ..] => {
                let field = format!("_SYSTEMD_USER_UNIT={unit}");
                self.words.splice(1..4, [field]);
            }
            _ => {}
        }
        self
    }
}

impl std::fmt::Display for Command {
    /// As it is pasted into a shell.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let plain = |c: char| c.is_ascii_alphanumeric() || "_-./:=@%+,".contains(c);
        f.write_str(if self.as_root { "sudo" } else { "" })?;
        for (index, word) in self.words.iter().enumerate() {
            f.write_str(if index > 0 || self.as_root { " " } else { "" })?;
            if !word.is_empty() && word.chars().all(plain) {
                f.write_str(word)?;
            } else {
                write!(f, "'{}'", word.replace('\'', r"'\''"))?;
            }
        }
        Ok(())
    }
}

/// What to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remedy {
    /// In words.
    pub words: Told,
    /// To be pasted, where it can be typed.
    pub commands: Vec<Command>,
    /// What takes `commands` back. Only where there is such, and nothing is disturbed by either, does `--fix` do it.
    pub undo: Vec<Command>,
}

impl Remedy {
    /// One in words alone.
    pub fn say(words: Told) -> Self {
        Self { words, commands: Vec::new(), undo: Vec::new() }
    }

    /// One to be typed by somebody who knows what it does.
    pub fn type_in(words: Told, commands: impl Into<Vec<Command>>) -> Self {
        Self { words, commands: commands.into(), undo: Vec::new() }
    }

    /// One that is safe, disturbs nobody, and can be taken back: `--fix` does it.
    pub fn fix(words: Told, commands: impl Into<Vec<Command>>, undo: impl Into<Vec<Command>>) -> Self {
        Self { words, commands: commands.into(), undo: undo.into() }
    }

    /// As root does it where the session is this user's.
    #[must_use]
    pub fn given_by_root(self, user: &str) -> Self {
        let all = |commands: Vec<Command>| {
            commands.into_iter().map(|command| command.given_by_root(user)).collect::<Vec<_>>()
        };
        Self { commands: all(self.commands), undo: all(self.undo), words: self.words }
    }

    /// Whether `--fix` does it.
    pub fn is_safe(&self) -> bool {
        !self.undo.is_empty()
    }
}

/// What a check says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Judged {
    /// Nothing here is concerned.
    Beside,
    /// All is well, as this shows.
    Well(Told),
    /// Something is not.
    Not {
        /// How bad it is; not [`Verdict::Well`].
        verdict: Verdict,
        /// How it is known, in one line.
        evidence: Told,
        /// What to do.
        remedy: Remedy,
        /// What cannot be done as long as it is so.
        rules_out: &'static [Means],
    },
}

impl Judged {
    /// It works, and could be better.
    pub fn advice(evidence: Told, remedy: Remedy) -> Self {
        Self::Not { verdict: Verdict::Advice, evidence, remedy, rules_out: &[] }
    }

    /// It will fail some day or in some case.
    pub fn warning(evidence: Told, remedy: Remedy) -> Self {
        Self::Not { verdict: Verdict::Warning, evidence, remedy, rules_out: &[] }
    }

    /// It is broken, or will be at the next try.
    pub fn ill(evidence: Told, remedy: Remedy) -> Self {
        Self::Not { verdict: Verdict::Ill, evidence, remedy, rules_out: &[] }
    }

    /// What cannot be done as long as it is so.
    #[must_use]
    pub fn ruling_out(self, means: &'static [Means]) -> Self {
        match self {
            Self::Not { verdict, evidence, remedy, .. } => {
                Self::Not { verdict, evidence, remedy, rules_out: means }
            }
            Self::Beside | Self::Well(_) => self,
        }
    }
}

/// What a check looks at. An error is why it could not be found out.
#[derive(Clone, Copy, Debug)]
pub enum Look {
    /// The computer.
    Site(fn(&super::Site) -> Fact<Judged>),
    /// Each exhibit, on this computer.
    Exhibit(fn(&super::Site, &super::Exhibit) -> Fact<Judged>),
}

/// One entry of the table.
#[derive(Debug)]
pub struct Check {
    /// What it is called in JSON, such as `image.room`: its area and its subject.
    pub code: &'static str,
    /// What it is about.
    pub area: Area,
    /// Its heading in docs/troubleshooting.md, as a link names it.
    pub heading: &'static str,
    /// What it looks at.
    pub look: Look,
    /// Whether `--fix` may do what it proposes. Each of these is tried by a test: planted, fixed, taken back.
    pub fixes: bool,
}

impl Check {
    /// One that is about the computer.
    pub const fn site(
        area: Area,
        code: &'static str,
        heading: &'static str,
        look: fn(&super::Site) -> Fact<Judged>,
    ) -> Self {
        Self { code, area, heading, look: Look::Site(look), fixes: false }
    }

    /// One that is about each exhibit.
    pub const fn exhibit(
        area: Area,
        code: &'static str,
        heading: &'static str,
        look: fn(&super::Site, &super::Exhibit) -> Fact<Judged>,
    ) -> Self {
        Self { code, area, heading, look: Look::Exhibit(look), fixes: false }
    }

    /// One whose remedies may be of those that `--fix` does.
    pub const fn fixing(self) -> Self {
        Self { fixes: true, ..self }
    }

    /// What was said, as a finding; nothing where nothing is concerned. What nobody has tried is left to people.
    pub(super) fn finding(&'static self, exhibit: Option<&str>, judged: Fact<Judged>) -> Option<Finding> {
        let (verdict, evidence, remedy, rules_out) = match judged {
            Ok(Judged::Beside) => return None,
            Ok(Judged::Well(evidence)) => (Verdict::Well, evidence, None, &[] as &[Means]),
            Ok(Judged::Not { verdict, evidence, mut remedy, rules_out }) => {
                if !self.fixes {
                    remedy.undo.clear();
                }
                (verdict, evidence, Some(remedy), rules_out)
            }
            Err(why) => (Verdict::Unknown, why, None, &[] as &[Means]),
        };
        Some(Finding {
            check: self,
            exhibit: exhibit.map(str::to_owned),
            verdict,
            evidence,
            remedy,
            rules_out,
        })
    }
}

/// What a check has found.
#[derive(Clone, Debug)]
pub struct Finding {
    /// Which check.
    pub check: &'static Check,
    /// The exhibit that it is about; `None` for the computer.
    pub exhibit: Option<String>,
    /// How well it is.
    pub verdict: Verdict,
    /// How that is known, in one line.
    pub evidence: Told,
    /// What to do about it.
    pub remedy: Option<Remedy>,
    /// What cannot be done as long as it is so.
    pub rules_out: &'static [Means],
}

impl Finding {
    /// What staff should know before it fails; `None` for what is no such news.
    pub fn foreseen(&self) -> Option<Foreseen> {
        let ill = match self.verdict {
            Verdict::Ill => true,
            Verdict::Warning => false,
            Verdict::Well | Verdict::Advice | Verdict::Unknown => return None,
        };
        let remedy = self.remedy.as_ref()?;
        Some(Foreseen {
            check: self.check.code.to_owned(),
            ill,
            evidence: self.evidence.clone(),
            remedy: remedy.words.clone(),
            commands: remedy.commands.iter().map(ToString::to_string).collect(),
            heading: self.check.heading.to_owned(),
            rules_out: self.rules_out.to_vec(),
        })
    }
}
