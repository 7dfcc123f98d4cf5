//! What is known of Vitrine's daemon, and how it is reached.

use std::net::SocketAddr;
use std::time::Duration;

use super::Fact;
use crate::core::types::Told;

/// What is known of Vitrine's daemon, and how it is reached.
#[derive(Clone, Debug)]
pub struct Api {
    /// Whether this computer is set up to show artworks by itself: a log-in for it, or a session that runs.
    pub expected: bool,
    /// The configuration's file; `None` where none was found.
    pub file: Option<ConfigurationFile>,
    /// The version of the program that asks.
    pub own_version: String,
    /// The daemons that run, and whose they are.
    pub daemons: Fact<Vec<DaemonProcess>>,
    /// What the daemon says of itself.
    pub site: Fact<ToldSite>,
    /// The addresses of the configuration.
    pub doors: Fact<Vec<Door>>,
    /// The certificate by which the panel is known over TLS; nothing where it is not served so.
    pub certificate: Fact<Option<Certificate>>,
    /// The journal's file.
    pub journal: Fact<JournalFile>,
    /// Lines of Vitrine's in the system's log of the last day that are warnings or worse (`journalctl -p warning`).
    pub log_warnings: Fact<u64>,
    /// Configurations of the Exhibition VM Controller that lie here.
    pub legacy: Vec<String>,
}

/// The configuration's file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigurationFile {
    /// Where it is.
    pub path: String,
    /// Everybody may write to it.
    pub open: bool,
    /// The kiosk's user cannot read it, by the file's owner, group, permissions and access control list.
    pub closed: bool,
}

/// A daemon that runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DaemonProcess {
    /// Its process.
    pub pid: u32,
    /// Whose it is.
    pub uid: u32,
    /// Its program was replaced since it was started (`/proc/PID/exe` ends in ` (deleted)`, proc(5)).
    pub replaced: bool,
    /// Whether who asks may speak to it: it is root, or the same user.
    pub reachable: bool,
}

/// What the daemon says of the site.
#[derive(Clone, Debug, PartialEq)]
pub struct ToldSite {
    /// Its version.
    pub version: String,
    /// How long it has run.
    pub runs_for: Duration,
    /// How old what it says is.
    pub age: Duration,
    /// That is too old to be relied upon.
    pub stale: bool,
    /// The parts of it that do not go on.
    pub silent: Vec<String>,
    /// Why the configuration that was last read is not in use: `refused` or `silent`.
    pub reload: Option<String>,
    /// Its connection to libvirt: `up`, `down`, `awaited`.
    pub libvirt: String,
    /// Why libvirt is not reached.
    pub libvirt_reason: Option<String>,
    /// Whether the X server answers it.
    pub x_server_answers: bool,
    /// What it is about to do as a last resort, and when: `libvirt` or `reboot`.
    pub last_resort: Option<(String, Duration)>,
    /// The watched units: name, state, whether that is well, restarts.
    pub units: Vec<ToldUnit>,
    /// The exhibits.
    pub exhibits: Vec<ToldExhibit>,
}

/// A watched unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToldUnit {
    /// Its name.
    pub name: String,
    /// `system` or `user`.
    pub bus: String,
    /// systemd's word for its state; `missing`, `unknown`.
    pub state: String,
    /// Whether nothing is wrong with it.
    pub well: bool,
    /// How often systemd has restarted it.
    pub restarts: u64,
}

/// What the daemon says of an exhibit.
#[derive(Clone, Debug, PartialEq)]
pub struct ToldExhibit {
    /// Its name.
    pub name: String,
    /// Its VM.
    pub vm: String,
    /// Its snapshot.
    pub snapshot: String,
    /// All is as it should be.
    pub well: bool,
    /// The phase: `healthy`, `broken`, `held`, …
    pub phase: String,
    /// For how long it has been in it.
    pub phase_for: Duration,
    /// The symptom, by its code.
    pub why: Option<String>,
    /// Who holds it (`None`: the configuration), and for how long.
    pub held: Option<(Option<String>, Duration)>,
    /// Whether the hold ends by itself.
    pub hold_ends: bool,
    /// Who stopped it, and how long ago.
    pub stopped: Option<(String, Duration)>,
    /// The state of its VM in libvirt's words.
    pub vm_state: String,
    /// The viewer: `none`, `launching`, `shown`, `pausing`.
    pub viewer: String,
    /// Why the viewer ended last, in English.
    pub viewer_trouble: Option<String>,
    /// Its screens: the name in the configuration, the connector where it was found.
    pub screens: Vec<(String, Option<String>)>,
    /// Silence for longer is a symptom; `None` where no beats are expected.
    pub beat_timeout: Option<Duration>,
    /// How long ago the last beat was; `None` before the first one since the last start or revert.
    pub beat_age: Option<Duration>,
    /// The longest time between two beats since then.
    pub longest_gap: Option<Duration>,
    /// The guest's own word with its last beat, and what else it said.
    pub note: Option<(Option<String>, Option<String>)>,
    /// The version of the guest kit that beats, where it is older than this computer's, and that one.
    pub old_kit: Option<(String, String)>,
    /// Remedies since the daemon began.
    pub recoveries: u64,
    /// It is unheard together with others.
    pub unheard: bool,
    /// The last incident: its symptom's code, how long ago it began, whether it lasts, what was seen (in English).
    pub last_incident: Option<ToldIncident>,
}

/// The last incident of an exhibit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToldIncident {
    /// The symptom's code.
    pub symptom: String,
    /// How long ago it began.
    pub ago: Duration,
    /// It has not ended.
    pub lasts: bool,
    /// What was seen, in English.
    pub evidence: String,
}

/// An address of the API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Door {
    /// The address of the configuration.
    pub address: SocketAddr,
    /// Some network interface of this computer has it (or it is that of all).
    pub is_here: bool,
    /// Who listens there, as far as that can be known: the process's name and number.
    pub owner: Option<(String, u32)>,
    /// What came of asking there.
    pub answer: DoorAnswer,
}

/// What came of asking at an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DoorAnswer {
    /// Vitrine answered.
    Vitrine,
    /// Something else did.
    Other,
    /// Nobody listens.
    Refused,
    /// A connection came about or was tried, and no answer came in time.
    Silent,
}

/// The certificate by which the panel is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// Its file.
    pub file: String,
    /// `vitrine panel enable` has made it, and makes a new one when it is given again.
    pub is_made_here: bool,
    /// Whether it can be used, and for how long.
    pub validity: Validity,
    /// It is for a name or an address by which this computer can be called.
    pub fits: bool,
    /// The names and addresses that it is for, of those by which this computer can be called; all of these, where it is
    /// for none.
    pub names: Vec<String>,
}

/// Whether a certificate can be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Validity {
    /// It or its key is missing, cannot be read by the kiosk's user, or they do not belong together.
    Unusable(Told),
    /// It has ended to be valid.
    Ended,
    /// It ends within the days in which Vitrine warns of that, in so many.
    EndsSoon(u64),
    /// It lasts for so many days.
    Lasts(u64),
    /// When it ends cannot be told.
    Unknown,
}

/// The journal's file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JournalFile {
    /// Where it is.
    pub path: String,
    /// Its size with SQLite's two files beside it, in bytes; `None` before there is one.
    pub size: Option<u64>,
    /// How large the configuration lets it become, in bytes.
    pub limit: u64,
    /// It, or its folder, belongs to somebody else than the kiosk's user.
    pub foreign: bool,
    /// It begins as a database of SQLite does (<https://sqlite.org/fileformat2.html>, 1.3.1), or is empty.
    pub is_database: bool,
    /// Damaged ones that were put aside.
    pub put_aside: Vec<String>,
}

impl Api {
    /// Nothing is known.
    pub fn unknown(why: &Told) -> Self {
        Self {
            expected: false,
            file: None,
            own_version: String::new(),
            daemons: Err(why.clone()),
            site: Err(why.clone()),
            doors: Err(why.clone()),
            certificate: Err(why.clone()),
            journal: Err(why.clone()),
            log_warnings: Err(why.clone()),
            legacy: Vec::new(),
        }
    }

    /// As it should be, for tests to spoil.
    #[cfg(test)]
    pub(crate) fn well() -> Self {
        let door = |address: &str| Door {
            address: address.parse().unwrap(),
            is_here: true,
            owner: Some(("vitrine".to_owned(), 700)),
            answer: DoorAnswer::Vitrine,
        };
        Self {
            expected: true,
            file: Some(ConfigurationFile {
                path: "/etc/vitrine/vitrine.toml".to_owned(),
                open: false,
                closed: false,
            }),
            own_version: "0.1.0".to_owned(),
            daemons: Ok(vec![DaemonProcess { pid: 700, uid: 1000, replaced: false, reachable: true }]),
            site: Ok(ToldSite {
                version: "0.1.0".to_owned(),
                runs_for: Duration::from_secs(86_400 * 30),
                age: Duration::from_millis(400),
                stale: false,
                silent: Vec::new(),
                reload: None,
                libvirt: "up".to_owned(),
                libvirt_reason: None,
                x_server_answers: true,
                last_resort: None,
                units: vec![ToldUnit {
                    name: "libvirtd.service".to_owned(),
                    bus: "system".to_owned(),
                    state: "active".to_owned(),
                    well: true,
                    restarts: 0,
                }],
                exhibits: vec![ToldExhibit::well()],
            }),
            doors: Ok(vec![door("127.0.0.1:8000"), door("192.168.122.1:8000")]),
            certificate: Ok(Some(Certificate {
                file: "/etc/vitrine/panel-certificate.pem".to_owned(),
                is_made_here: true,
                validity: Validity::Lasts(800),
                fits: true,
                names: vec!["192.168.1.20".to_owned()],
            })),
            journal: Ok(JournalFile {
                path: "/home/kiosk/.local/state/vitrine/journal.db".to_owned(),
                size: Some(200_000),
                limit: 100 << 20,
                foreign: false,
                is_database: true,
                put_aside: Vec::new(),
            }),
            log_warnings: Ok(2),
            legacy: Vec::new(),
        }
    }
}

impl ToldExhibit {
    /// Its heartbeats arrive.
    pub fn beats(&self) -> bool {
        self.beat_timeout.zip(self.beat_age).is_some_and(|(timeout, age)| age <= timeout)
    }

    /// As it should be, for tests to spoil.
    #[cfg(test)]
    pub(crate) fn well() -> Self {
        Self {
            name: "eden-garden".to_owned(),
            vm: "eden-garden-vm".to_owned(),
            snapshot: "ready".to_owned(),
            well: true,
            phase: "healthy".to_owned(),
            phase_for: Duration::from_secs(86_400),
            why: None,
            held: None,
            hold_ends: false,
            stopped: None,
            vm_state: "running".to_owned(),
            viewer: "shown".to_owned(),
            viewer_trouble: None,
            screens: vec![("HDMI-1".to_owned(), Some("HDMI-1".to_owned()))],
            beat_timeout: Some(Duration::from_secs(15)),
            beat_age: Some(Duration::from_secs(1)),
            longest_gap: Some(Duration::from_millis(1200)),
            note: None,
            old_kit: None,
            recoveries: 3,
            unheard: false,
            last_incident: None,
        }
    }
}
