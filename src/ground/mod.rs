//! Finds out what the doctor judges: the facts of this computer and its VMs, each with a deadline, those that are
//! independent at once. It changes nothing, and disturbs no artwork.
//!
//! `program` runs other programs, `access` knows who may do what with a file, `at_once` looks at several things at once; each other file finds out about one area.
//! What libvirt knows is asked once, for all; `once` has what is known of the computer once for all, `mounts` is read by
//! several.

mod access;
mod api;
mod at_once;
mod definition;
mod disk_image;
mod display;
mod guest;
mod host;
mod installer;
mod kvm;
mod libvirt;
mod mounts;
mod network;
mod once;
mod performance;
mod permissions;
pub mod program;
mod session;
mod snapshot;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use crate::adapter::libvirt::Looked;
use crate::config::Settings;
use crate::core::types::{ExhibitSettings, Told};
use crate::doctor::{Area, Exhibit, Fact, Facts, Site, facts};
use crate::vm::Uri;
use crate::words::told;
use at_once::at_once;
use once::Once;

/// How long the facts of one area may take: a doctor that hangs with what it looks at is of no use.
const AREA_TIME: Duration = Duration::from_secs(8);
/// How long one exhibit may take of that: what is found out about the others must still be in time.
const EXHIBIT_TIME: Duration = Duration::from_secs(7);
/// How long libvirt may take for all that it is asked; one that works answers in a fraction of it.
const LIBVIRT_TIME: Duration = Duration::from_secs(6);

/// What is asked.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The configuration, where there is one that can be read.
    pub settings: Fact<Settings>,
    /// The file that it is from.
    pub file: Option<PathBuf>,
    /// The libvirt to ask.
    pub uri: String,
    /// The exhibits to look at.
    pub exhibits: Vec<ExhibitSettings>,
    /// The user whose session the artworks are shown in.
    pub user: User,
    /// What the running daemon says of itself (`GET /api/v1/site`), or why it says nothing.
    pub status: Fact<serde_json::Value>,
    /// What to look at.
    pub areas: BTreeSet<Area>,
}

/// The kiosk's user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// Its name.
    pub name: String,
    /// Its number.
    pub uid: u32,
    /// Its home.
    pub home: PathBuf,
}

impl User {
    /// Whose process this is.
    pub fn own() -> Self {
        Self::of(rustix::process::geteuid().as_raw())
    }

    /// The user of a number, as far as `/etc/passwd` knows it.
    pub fn of(uid: u32) -> Self {
        let users = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
        let found = users.lines().find_map(|line| Self::read(line).filter(|user| user.uid == uid));
        found.unwrap_or_else(|| Self { name: uid.to_string(), uid, home: PathBuf::from("/") })
    }

    /// The user of a name.
    pub fn named(name: &str) -> Option<Self> {
        let users = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
        users.lines().find_map(|line| Self::read(line).filter(|user| user.name == name))
    }

    /// A line of `/etc/passwd` (passwd(5)).
    fn read(line: &str) -> Option<Self> {
        let fields: Vec<_> = line.split(':').collect();
        let home = PathBuf::from(fields.get(5)?);
        Some(Self { name: fields[0].to_owned(), uid: fields.get(2)?.parse().ok()?, home })
    }
}

/// Everything that is asked, and what libvirt said of it.
pub(crate) struct Ground {
    pub(crate) asked: Asked,
    pub(crate) libvirt: Fact<Looked>,
    once: Arc<Once>,
}

impl Ground {
    /// What libvirt knows of an exhibit's VM.
    pub(crate) fn vm(&self, exhibit: &ExhibitSettings) -> Fact<&crate::adapter::libvirt::Vm> {
        let vms = self.libvirt.as_ref().map_err(Told::clone)?.vms.as_ref().map_err(Told::clone)?;
        vms.iter()
            .find(|vm| vm.name == exhibit.vm)
            .ok_or_else(|| told!("libvirt has no VM '{vm}'", vm = exhibit.vm))
    }
}

/// Finds out everything that is asked; `tell` hears of each area that is done. Blocks for no longer than about
/// [`LIBVIRT_TIME`] and [`AREA_TIME`] together.
pub fn gather(asked: Asked, mut tell: impl FnMut(Area)) -> Facts {
    let not_asked = told!("it was not asked for");
    let mut site =
        Site { settings: asked.settings.clone(), installer: installer::find(), ..Site::unknown(&not_asked) };
    let mut exhibits: Vec<_> =
        asked.exhibits.iter().map(|exhibit| Exhibit::unknown(exhibit.clone(), &not_asked)).collect();
    let areas = asked.areas.clone();
    let vms: Vec<_> = asked.exhibits.iter().map(|exhibit| exhibit.vm.clone()).collect();
    let asked = Arc::new(asked);
    let (send, done) = mpsc::channel();
    // What does not need libvirt's words is found out while libvirt is asked.
    let mut waiting: BTreeSet<Area> = BTreeSet::new();
    let mut begin = |area: Area, ground: Arc<Ground>| {
        let send = send.clone();
        waiting.insert(area);
        let run = move || {
            // Whoever waits for it may have lost patience.
            let _ = send.send((area, Part::gather(area, &ground)));
        };
        if let Err(error) = thread::Builder::new().name(format!("doctor-{}", area.code())).spawn(run) {
            tracing::debug!("no thread for {}: {error}", area.code());
        }
    };
    let early = told!("libvirt is asked later");
    let once = Arc::new(Once::default());
    let before = Arc::new(Ground { asked: (*asked).clone(), libvirt: Err(early), once: Arc::clone(&once) });
    for area in areas.iter().filter(|area| !needs_libvirt(**area)) {
        begin(*area, Arc::clone(&before));
    }
    let mut late: Vec<_> = areas.iter().copied().filter(|area| needs_libvirt(*area)).collect();
    // What a configuration that cannot be read would say of libvirt is not known, and another one may be well or not.
    if let (Err(why), Some(_)) = (&asked.settings, &asked.file) {
        for area in std::mem::take(&mut late) {
            Part::unknown(area, exhibits.len(), why).put(&mut site, &mut exhibits);
            tell(area);
        }
    }
    if !late.is_empty() {
        let libvirt = match foreign(&asked, rustix::process::geteuid().as_raw()) {
            Some(why) => Err(why),
            None => crate::adapter::libvirt::look(&asked.uri, &vms, LIBVIRT_TIME),
        };
        let ground = Arc::new(Ground { asked: (*asked).clone(), libvirt, once });
        for area in late {
            begin(area, Arc::clone(&ground));
        }
    }
    let until = std::time::Instant::now() + AREA_TIME;
    while !waiting.is_empty() {
        let left = until.saturating_duration_since(std::time::Instant::now());
        let Ok((area, found)) = done.recv_timeout(left) else { break };
        if waiting.remove(&area) {
            found.put(&mut site, &mut exhibits);
            tell(area);
        }
    }
    for area in waiting {
        let why = told!("it was not found out within {waited}", waited = AREA_TIME);
        Part::unknown(area, exhibits.len(), &why).put(&mut site, &mut exhibits);
        tell(area);
    }
    Facts { site, exhibits }
}

/// Why whoever looks cannot ask the libvirt that is meant: each user's own is another, and root's is the system's
/// (<https://libvirt.org/drvqemu.html>). At a socket that is named there is the same one for all.
fn foreign(asked: &Asked, own: u32) -> Option<Told> {
    let uri = Uri::read(&asked.uri);
    let is_foreign = uri.is_of_user() && uri.socket.is_none() && own != asked.user.uid;
    is_foreign.then(|| {
        told!("the VMs are those of {user}: only that user may ask for them", user = asked.user.name)
    })
}

/// Whether an area's facts are made of what libvirt says.
fn needs_libvirt(area: Area) -> bool {
    match area {
        Area::Host | Area::Session | Area::Api => false,
        Area::Kvm
        | Area::Permissions
        | Area::Libvirt
        | Area::Network
        | Area::Image
        | Area::Definition
        | Area::Snapshot
        | Area::Display
        | Area::Guest
        | Area::Performance => true,
    }
}

/// What is found out about each exhibit, in the configuration's order. One that hangs is unknown, and no other.
fn of_each<T: Send + 'static>(
    ground: &Arc<Ground>,
    within: Duration,
    gather: impl Fn(&Ground, &ExhibitSettings) -> T + Clone + Send + 'static,
    unknown: fn(&Told) -> T,
) -> Vec<T> {
    let ground = Arc::clone(ground);
    let looked = at_once(ground.asked.exhibits.clone(), within, move |exhibit| gather(&ground, &exhibit));
    let late = told!("it was not found out within {waited}", waited = within);
    looked.into_iter().map(|found| found.unwrap_or_else(|| unknown(&late))).collect()
}

/// Why nothing is known of what a thread has panicked over.
fn lost() -> Told {
    told!("it was not found out")
}

/// The facts of one area; of those that exhibits have, one for each.
enum Part {
    Host(Box<facts::host::Host>),
    Kvm(Box<facts::kvm::Kvm>),
    Permissions(Box<facts::permissions::Permissions>),
    Libvirt(Box<facts::libvirt::Libvirt>),
    Network(Box<facts::network::Network>),
    Session(Box<facts::session::Session>),
    Api(Box<facts::api::Api>),
    Performance(Box<facts::performance::Performance>),
    Image(Vec<facts::disk_image::Images>),
    Definition(Vec<facts::definition::Definitions>),
    Snapshot(Vec<facts::snapshot::Snapshots>),
    Guest(Vec<facts::guest::Guest>),
    Display(Box<facts::display::Display>, Vec<facts::display::OfExhibit>),
}

impl Part {
    /// Finds out about an area.
    fn gather(area: Area, ground: &Arc<Ground>) -> Self {
        match area {
            Area::Host => Self::Host(Box::new(host::gather(ground))),
            Area::Kvm => Self::Kvm(Box::new(kvm::gather(ground))),
            Area::Permissions => Self::Permissions(Box::new(permissions::gather(ground))),
            Area::Libvirt => Self::Libvirt(Box::new(libvirt::gather(ground))),
            Area::Network => Self::Network(Box::new(network::gather(ground))),
            Area::Session => Self::Session(Box::new(session::gather(ground))),
            Area::Api => Self::Api(Box::new(api::gather(ground))),
            Area::Performance => Self::Performance(Box::new(performance::gather(ground))),
            Area::Image => Self::Image(of_each(
                ground,
                EXHIBIT_TIME,
                disk_image::gather,
                facts::disk_image::Images::unknown,
            )),
            Area::Definition => Self::Definition(of_each(
                ground,
                EXHIBIT_TIME,
                definition::gather,
                facts::definition::Definitions::unknown,
            )),
            Area::Snapshot => Self::Snapshot(of_each(
                ground,
                EXHIBIT_TIME,
                snapshot::gather,
                facts::snapshot::Snapshots::unknown,
            )),
            Area::Guest => {
                Self::Guest(of_each(ground, EXHIBIT_TIME, guest::gather, facts::guest::Guest::unknown))
            }
            Area::Display => thread::scope(|scope| {
                let unknown = facts::display::OfExhibit::unknown;
                let each = scope.spawn(move || of_each(ground, EXHIBIT_TIME, display::of_exhibit, unknown));
                let display = Box::new(display::gather(ground));
                let lost = |_| ground.asked.exhibits.iter().map(|_| unknown(&lost())).collect();
                Self::Display(display, each.join().unwrap_or_else(lost))
            }),
        }
    }

    /// Nothing was found out about an area, for this reason.
    fn unknown(area: Area, exhibits: usize, why: &Told) -> Self {
        match area {
            Area::Host => Self::Host(Box::new(facts::host::Host::unknown(why))),
            Area::Kvm => Self::Kvm(Box::new(facts::kvm::Kvm::unknown(why))),
            Area::Permissions => Self::Permissions(Box::new(facts::permissions::Permissions::unknown(why))),
            Area::Libvirt => Self::Libvirt(Box::new(facts::libvirt::Libvirt::unknown(why))),
            Area::Network => Self::Network(Box::new(facts::network::Network::unknown(why))),
            Area::Session => Self::Session(Box::new(facts::session::Session::unknown(why))),
            Area::Api => Self::Api(Box::new(facts::api::Api::unknown(why))),
            Area::Performance => Self::Performance(Box::new(facts::performance::Performance::unknown(why))),
            Area::Image => {
                Self::Image((0..exhibits).map(|_| facts::disk_image::Images::unknown(why)).collect())
            }
            Area::Definition => Self::Definition(
                (0..exhibits).map(|_| facts::definition::Definitions::unknown(why)).collect(),
            ),
            Area::Snapshot => {
                Self::Snapshot((0..exhibits).map(|_| facts::snapshot::Snapshots::unknown(why)).collect())
            }
            Area::Guest => Self::Guest((0..exhibits).map(|_| facts::guest::Guest::unknown(why)).collect()),
            Area::Display => Self::Display(
                Box::new(facts::display::Display::unknown(why)),
                (0..exhibits).map(|_| facts::display::OfExhibit::unknown(why)).collect(),
            ),
        }
    }

    /// Puts it where it belongs.
    fn put(self, site: &mut Site, exhibits: &mut [Exhibit]) {
        match self {
            Self::Host(found) => site.host = *found,
            Self::Kvm(found) => site.kvm = *found,
            Self::Permissions(found) => site.permissions = *found,
            Self::Libvirt(found) => site.libvirt = *found,
            Self::Network(found) => site.network = *found,
            Self::Session(found) => site.session = *found,
            Self::Api(found) => site.api = *found,
            Self::Performance(found) => site.performance = *found,
            Self::Image(found) => {
                exhibits.iter_mut().zip(found).for_each(|(exhibit, found)| exhibit.image = found)
            }
            Self::Definition(found) => {
                exhibits.iter_mut().zip(found).for_each(|(exhibit, found)| exhibit.definition = found)
            }
            Self::Snapshot(found) => {
                exhibits.iter_mut().zip(found).for_each(|(exhibit, found)| exhibit.snapshot = found)
            }
            Self::Guest(found) => {
                exhibits.iter_mut().zip(found).for_each(|(exhibit, found)| exhibit.guest = found)
            }
            Self::Display(found, each) => {
                site.display = *found;
                exhibits.iter_mut().zip(each).for_each(|(exhibit, found)| exhibit.display = found);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::session::processes::Process;
    use super::*;

    #[test]
    fn users_are_read_as_passwd_has_them() {
        let kiosk = User { name: "kiosk".into(), uid: 1001, home: "/home/kiosk".into() };
        assert_eq!(User::read("kiosk:x:1001:1001:,,,:/home/kiosk:/bin/bash"), Some(kiosk));
        for line in ["", "kiosk", "kiosk:x:many:1::/home:/bin/sh"] {
            assert_eq!(User::read(line), None, "{line}");
        }
        assert_eq!(User::named("root").map(|user| user.uid), Some(0));
        assert_eq!(User::of(4_000_000_000).name, "4000000000");
    }

    fn without_libvirt(asked: Asked, once: Once) -> Ground {
        Ground { asked, libvirt: Err(Told::text("no answer")), once: Arc::new(once) }
    }

    fn asked(uri: &str) -> Asked {
        let text = format!(
            "[libvirt]\nuri = \"{uri}\"\n[[exhibit]]\nname = \"a\"\nvm = \"no-such-vm\"\nscreens = [\"HDMI-1\"]\n"
        );
        let settings = crate::config::parse(&text, "vitrine.toml").unwrap();
        Asked {
            exhibits: settings.exhibits.clone(),
            settings: Ok(settings),
            file: None,
            uri: uri.to_owned(),
            user: User { name: "kiosk".into(), uid: 1001, home: "/home/kiosk".into() },
            status: Err(Told::text("no daemon")),
            areas: Area::ALL.into(),
        }
    }

    #[test]
    fn only_the_user_itself_reaches_its_own_libvirt() {
        for (uri, own, is_foreign) in [
            ("qemu:///session", 0, true),
            ("qemu:///session", 1001, false),
            ("qemu+unix:///session", 0, true),
            ("qemu:///session?socket=/run/x", 0, false),
            ("qemu:///system", 0, false),
            ("qemu:///system", 1001, false),
        ] {
            assert_eq!(foreign(&asked(uri), own).is_some(), is_foreign, "{uri} {own}");
        }
    }

    #[test]
    fn an_exhibit_that_hangs_is_unknown_and_no_other() {
        let mut asked = asked("qemu:///system");
        let named = |name: &str| ExhibitSettings { name: name.to_owned(), ..asked.exhibits[0].clone() };
        asked.exhibits = ["a", "hangs", "b"].map(named).into();
        let ground = Arc::new(without_libvirt(asked, Once::default()));
        let (_never, hangs) = mpsc::channel::<()>();
        let hangs = Arc::new(std::sync::Mutex::new(hangs));
        let gather = move |_: &Ground, exhibit: &ExhibitSettings| {
            if exhibit.name == "hangs" {
                let _ = hangs.lock().unwrap().recv();
            }
            Ok(exhibit.name.clone())
        };
        let within = Duration::from_millis(500);
        let found: Vec<Fact<String>> = of_each(&ground, within, gather, |why| Err(why.clone()));
        let late = told!("it was not found out within {waited}", waited = within);
        assert_eq!(found, [Ok("a".to_owned()), Err(late), Ok("b".to_owned())]);
    }

    #[test]
    fn viewers_are_not_called_missing_where_libvirt_says_nothing_of_their_vm() {
        let ground = without_libvirt(asked("qemu:///system"), Once::default());
        let found = display::of_exhibit(&ground, &ground.asked.exhibits[0]);
        assert_eq!(found.viewers.unwrap_err(), Told::text("no answer"));
    }

    #[test]
    fn processes_are_looked_for_once_a_run() {
        let viewer = Process {
            pid: 4_000_000,
            parent: 1,
            uid: 1001,
            name: "virt-viewer".into(),
            line: ["virt-viewer", "--kiosk", "no-such-vm"].map(str::to_owned).into(),
        };
        let daemon =
            Process { pid: 4_000_001, line: ["vitrine", "run"].map(str::to_owned).into(), ..viewer.clone() };
        let once = Once::with_processes(vec![viewer, daemon]);
        let ground = without_libvirt(asked("qemu:///system"), once);
        let shown = display::of_exhibit(&ground, &ground.asked.exhibits[0]);
        assert_eq!(shown.viewers.unwrap()[0].pid, 4_000_000);
        let daemons = api::gather(&ground).daemons.unwrap();
        assert_eq!(daemons.iter().map(|daemon| daemon.pid).collect::<Vec<_>>(), [4_000_001]);
        let programs = session::gather(&ground).programs.unwrap();
        assert_eq!(programs.iter().map(|program| program.pid).collect::<Vec<_>>(), [4_000_000, 4_000_001]);
    }

    #[test]
    fn the_kernels_log_is_read_once_a_run() {
        let complaint = facts::host::Trouble {
            kind: facts::host::TroubleKind::Refused,
            about: "/planted".into(),
            count: 1,
            line: "planted".into(),
        };
        let once = Once::with_trouble(vec![complaint.clone()]);
        let ground = without_libvirt(asked("qemu:///system"), once);
        assert_eq!(host::gather(&ground).trouble.unwrap(), [complaint]);
        assert_eq!(permissions::refused(&ground).unwrap(), ["/planted"]);
    }
}
