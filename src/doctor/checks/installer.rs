//! What the installer can do about it, as it is called on this computer.

use super::super::facts::installer::Installer;
use super::super::{Command, Remedy, Site};
use crate::core::types::Told;
use crate::words::told;

/// A step of the installer, done again.
pub(super) fn step(site: &Site, step: &str, words: Told) -> Remedy {
    match &site.installer {
        Installer::Packaged { left_out } if left_out.iter().any(|one| one == step) => packaged(
            site,
            told!(
                "{what}; take '--without {step}' out of /etc/default/vitrine-kiosk before",
                what = words,
                step = step
            ),
        ),
        Installer::Packaged { .. } => packaged(site, words),
        Installer::Folder(_) | Installer::Unknown => of_folder(site, ["--with", step], words),
    }
}

/// Everything that the installer does for a user.
pub(super) fn for_user(site: &Site, user: &str, words: Told) -> Remedy {
    match &site.installer {
        Installer::Packaged { .. } => packaged(
            site,
            told!(
                "{what}; the package does it for the user that OPTIONS in /etc/default/vitrine-kiosk names, or 'kiosk'",
                what = words
            ),
        ),
        Installer::Folder(_) | Installer::Unknown => of_folder(site, ["--user", user], words),
    }
}

/// All packages that a kiosk needs.
pub(super) fn packages(site: &Site, words: Told) -> Remedy {
    match &site.installer {
        Installer::Packaged { .. } => {
            Remedy::type_in(words, [Command::root(["apt-get", "install", "--fix-broken"])])
        }
        Installer::Folder(_) | Installer::Unknown => Remedy::type_in(
            in_folder(site, words),
            [Command::root([&site.installer.path("deploy/packages"), "run", "kiosk"])],
        ),
    }
}

/// The package's options are in its file: its installer takes no others.
fn packaged(site: &Site, words: Told) -> Remedy {
    Remedy::type_in(words, [Command::root([&site.installer.path("deploy/install"), "--packaged"])])
}

fn of_folder(site: &Site, options: [&str; 2], words: Told) -> Remedy {
    let [name, value] = options;
    let command = Command::root([&site.installer.path("deploy/install"), name, value]);
    Remedy::type_in(in_folder(site, words), [command])
}

/// Where the folder is not known, somebody has to go there.
fn in_folder(site: &Site, words: Told) -> Told {
    match &site.installer {
        Installer::Unknown => told!("{what}, in the folder that Vitrine was built in", what = words),
        Installer::Packaged { .. } | Installer::Folder(_) => words,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(installer: Installer, remedy: fn(&Site) -> Remedy) -> (String, String) {
        let remedy = remedy(&Site { installer, ..Site::well() });
        let commands: Vec<_> = remedy.commands.iter().map(ToString::to_string).collect();
        (crate::words::say(&remedy.words), commands.join("; "))
    }

    #[test]
    fn the_installer_is_called_where_it_is_and_as_it_wants_to_be() {
        let packaged = |left_out: &[&str]| Installer::Packaged {
            left_out: left_out.iter().map(|step| (*step).to_owned()).collect(),
        };
        let folder = || Installer::Folder("/srv/vitrine".to_owned());
        let power: fn(&Site) -> Remedy = |site| step(site, "power", Told::text("do it"));
        let user: fn(&Site) -> Remedy = |site| for_user(site, "museum", Told::text("do it"));
        let all: fn(&Site) -> Remedy = |site| packages(site, Told::text("do it"));
        for (installer, remedy, words, command) in [
            (packaged(&[]), power, "do it", "sudo /usr/share/vitrine/deploy/install --packaged"),
            (
                packaged(&["power"]),
                power,
                "do it; take '--without power' out of /etc/default/vitrine-kiosk before",
                "sudo /usr/share/vitrine/deploy/install --packaged",
            ),
            (
                packaged(&[]),
                user,
                "do it; the package does it for the user that OPTIONS in /etc/default/vitrine-kiosk names, or 'kiosk'",
                "sudo /usr/share/vitrine/deploy/install --packaged",
            ),
            (packaged(&[]), all, "do it", "sudo apt-get install --fix-broken"),
            (folder(), power, "do it", "sudo /srv/vitrine/deploy/install --with power"),
            (folder(), user, "do it", "sudo /srv/vitrine/deploy/install --user museum"),
            (folder(), all, "do it", "sudo /srv/vitrine/deploy/packages run kiosk"),
            (
                Installer::Unknown,
                power,
                "do it, in the folder that Vitrine was built in",
                "sudo deploy/install --with power",
            ),
        ] {
            assert_eq!(said(installer, remedy), (words.to_owned(), command.to_owned()));
        }
    }
}
