//! The panel for other computers: `vitrine panel enable` and `disable`. They change the configuration and put a certificate
//! beside it, and nothing else.

mod edit;

use std::fs::{self, Permissions};
use std::io::{self, ErrorKind, IsTerminal as _, stdin};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream};
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use qrcode::QrCode;
use qrcode::render::unicode::Dense1x2;

use super::client::{ClientError, Daemon, converse};
use super::{Outcome, confirmed, doctor, fail, local, say, secrets, tell};
use crate::certificate::{self, Identity};
use crate::config::{self, Loaded, Settings, TlsSettings, is_computer_name};
use crate::core::types::Role;
use crate::host;
use crate::words::tr;
use edit::Draft;

/// The port where none is named: what is usual for HTTPS beside 443, which takes root.
const USUAL_PORT: u16 = 8443;
/// So many days before its end a certificate is made anew.
const DAYS_TO_RENEW: i64 = 60;
/// How long the daemon may take to listen at the new address.
const LISTEN_TIMEOUT: Duration = Duration::from_secs(10);
/// Between two looks whether it does.
const LISTEN_POLL_INTERVAL: Duration = Duration::from_millis(100);
/// The names of the certificate and its key, beside the configuration.
const CERTIFICATE: &str = "panel-certificate.pem";
const KEY: &str = "panel-key.pem";

/// What is to be done.
#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// Let staff use the panel from other computers, over TLS and with a log-in
    #[command(after_help = "Examples:\n  vitrine panel enable 192.168.1.20\n  \
                            vitrine panel enable kiosk.museum.example\n\n\
                            It makes a certificate, has the API listen for HTTPS, and asks for the name and the \
                            password of the first account. Where the standard input is no terminal, these are its \
                            first two lines. Done twice, it changes nothing, and shows the address again.")]
    Enable(Wanted),
    /// Take back what `vitrine panel enable` did; accounts stay
    #[command(after_help = "Example: vitrine panel disable")]
    Disable {
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
}

/// Where the panel is wanted.
#[derive(Debug, clap::Args)]
pub(super) struct Wanted {
    /// The IP address or the name by which other computers reach this one
    address: String,
    /// The port [default: 8443]
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..))]
    port: Option<u16>,
    /// Do not ask whether to do it
    #[arg(long)]
    yes: bool,
}

pub(super) fn command(command: &Command, daemon: &Daemon, file: Option<&Path>) -> Outcome {
    let done = match command {
        Command::Enable(wanted) => enable(wanted, daemon, file),
        Command::Disable { yes } => disable(*yes, daemon, file),
    };
    done.unwrap_or_else(|Refused { text, outcome }| fail(&text, outcome))
}

/// Why it is not done.
struct Refused {
    text: String,
    outcome: Outcome,
}

/// What was asked for, or what is configured, does not allow it.
fn wrong(text: String) -> Refused {
    Refused { text, outcome: Outcome::Wrong }
}

/// It was tried, and failed.
fn failed(text: String) -> Refused {
    Refused { text, outcome: Outcome::NotWell }
}

/// The address by which other computers reach this one.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Address {
    Ip(IpAddr),
    /// In small letters.
    Name(String),
}

impl Address {
    fn read(text: &str) -> Result<Self, Refused> {
        let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
        if let Ok(ip) = bare.parse::<IpAddr>() {
            if ip.is_unspecified() || ip.is_multicast() {
                return Err(wrong(tr!(
                    "{address} is no address of one computer; name the one that staff will type, which `ip address` \
                     shows",
                    address = text
                )));
            }
            return Ok(Self::Ip(ip));
        }
        let name = text.strip_suffix('.').unwrap_or(text).to_ascii_lowercase();
        if is_computer_name(&name) {
            return Ok(Self::Name(name));
        }
        Err(wrong(tr!(
            "'{address}' is neither an IP address nor the name of a computer; write it without https://, port or path, \
             such as 192.168.1.20 or kiosk.museum.example",
            address = text
        )))
    }

    /// As it stands in a certificate.
    fn bare(&self) -> String {
        match self {
            Self::Ip(ip) => ip.to_string(),
            Self::Name(name) => name.clone(),
        }
    }

    fn url(&self, port: u16) -> String {
        match self {
            Self::Ip(IpAddr::V6(ip)) => format!("https://[{ip}]:{port}/ui/"),
            Self::Ip(IpAddr::V4(_)) | Self::Name(_) => format!("https://{}:{port}/ui/", self.bare()),
        }
    }

    /// All addresses of this computer: those of its networks may change. IPv6's listener has IPv4 as well.
    fn listen(&self, port: u16) -> SocketAddr {
        match self {
            Self::Ip(IpAddr::V6(_)) => (Ipv6Addr::UNSPECIFIED, port).into(),
            Self::Ip(IpAddr::V4(_)) | Self::Name(_) => (Ipv4Addr::UNSPECIFIED, port).into(),
        }
    }
}

/// The configuration as it is, and where what belongs to the panel lies.
struct Place {
    file: PathBuf,
    text: String,
    settings: Settings,
    certificate: PathBuf,
    key: PathBuf,
}

impl Place {
    fn find(file: Option<&Path>) -> Result<Self, Refused> {
        let (path, Loaded { settings, text }) =
            config::load_within(file, local::CONFIG_TIMEOUT).map_err(|error| wrong(error.to_string()))?;
        // A link stays one, and what it leads to is changed.
        let file = path.canonicalize().map_err(|error| failed(format!("{}: {error}", path.display())))?;
        let folder = file.parent().unwrap_or(Path::new("/")).to_owned();
        let (certificate, key) = (folder.join(CERTIFICATE), folder.join(KEY));
        Ok(Self { file, text: text.to_string(), settings, certificate, key })
    }

    /// What of TLS `panel enable` has set up; an error where somebody has by hand.
    fn own_tls(&self) -> Result<Option<&TlsSettings>, Refused> {
        let Some(tls) = &self.settings.api.tls else { return Ok(None) };
        if tls.certificate == self.certificate && tls.key == self.key {
            return Ok(Some(tls));
        }
        Err(wrong(tr!(
            "{file}: TLS is set up there already with a certificate of its own ({certificate}), which this command leaves \
             alone. The panel is served there as it is; to have a certificate made, remove `tls` from [api] first",
            file = self.file.display(),
            certificate = tls.certificate.display()
        )))
    }

    /// The certificate, where it will do for this address.
    fn usable(&self, address: &Address) -> Option<Identity> {
        let identity = Identity::read(&self.certificate, &self.key).ok()?;
        let lasts = identity.days_left().is_some_and(|days| days >= DAYS_TO_RENEW);
        (lasts && identity.is_for(&address.bare())).then_some(identity)
    }

    fn draft(&self) -> Result<Draft, Refused> {
        Draft::new(&self.text).map_err(|error| wrong(format!("{}: {error}", self.file.display())))
    }

    /// Whether a text would be a valid configuration.
    fn check(&self, text: &str) -> Result<(), Refused> {
        config::parse(text, &self.file.display().to_string()).map(drop).map_err(|errors| {
            wrong(tr!(
                "nothing was changed: the configuration would be wrong by this\n{errors}",
                errors = errors
            ))
        })
    }

    /// Writes the configuration in one step, if nobody else has meanwhile.
    fn replace(&self, text: &str) -> Result<(), Refused> {
        let file = self.file.display();
        let there = fs::read_to_string(&self.file).map_err(|error| failed(format!("{file}: {error}")))?;
        if there != self.text {
            return Err(failed(tr!("{file} was changed meanwhile; try again", file = file)));
        }
        host::replace_as_it_was(&self.file, text).map_err(|error| self.unwritable(&error))
    }

    /// Makes a certificate for these names, and puts it and its key beside the configuration, where the daemon's user can
    /// read them, and of the key nobody else.
    fn make_certificate(&self, names: &[String], daemon: &Daemon) -> Result<(), Refused> {
        let made = certificate::self_signed(names)
            .map_err(|error| failed(tr!("no certificate can be made: {error}", error = error)))?;
        let root = rustix::process::geteuid().is_root();
        let owner = root.then(|| daemons_user(daemon).unwrap_or_else(|| doctor::kiosk_user().uid));
        let write = || {
            for (path, text) in [(&self.key, &made.key), (&self.certificate, &made.certificate)] {
                host::replace_durably(path, text)?;
                if owner.is_some() {
                    chown(path, owner, None)?;
                }
            }
            fs::set_permissions(&self.certificate, Permissions::from_mode(0o644))
        };
        write().map_err(|error: io::Error| self.unwritable(&error))
    }

    fn unwritable(&self, error: &io::Error) -> Refused {
        let folder = self.file.parent().unwrap_or(&self.file).display();
        if error.kind() == ErrorKind::PermissionDenied {
            return failed(tr!(
                "this user may not change {folder}: {error}; try with sudo",
                folder = folder,
                error = error
            ));
        }
        failed(tr!("{folder} cannot be written to: {error}", folder = folder, error = error))
    }
}

/// Removes a file that may be gone already.
fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// What has to be done until the panel is enabled.
struct Plan {
    listen: Vec<SocketAddr>,
    port: u16,
    sets_tls: bool,
    makes_certificate: bool,
    /// A name that is not known as this computer's yet.
    adds_name: Option<String>,
    adds_account: bool,
}

impl Plan {
    fn new(place: &Place, address: &Address, port: Option<u16>) -> Result<Self, Refused> {
        let own = place.own_tls()?;
        let known = own.and_then(|tls| tls.listen.first()).map(SocketAddr::port);
        let port = port.or(known).unwrap_or(USUAL_PORT);
        // Where somebody has narrowed the addresses down, they stay so.
        let kept = own.filter(|tls| tls.listen.iter().any(|address| address.port() == port));
        let listen = kept.map_or_else(|| vec![address.listen(port)], |tls| tls.listen.clone());
        let adds_name = match address {
            Address::Name(name) if !host::own_names().contains(name) => {
                Some(name.clone()).filter(|name| !place.settings.api.names.contains(name))
            }
            Address::Name(_) | Address::Ip(_) => None,
        };
        Ok(Self {
            listen,
            port,
            sets_tls: kept.is_none(),
            makes_certificate: place.usable(address).is_none(),
            adds_name,
            adds_account: place.settings.accounts.is_empty(),
        })
    }

    /// What is to be done, a line for each thing.
    fn lines(&self, place: &Place) -> Vec<String> {
        let mut lines = Vec::new();
        let file = place.file.display();
        if self.makes_certificate {
            let (certificate, key) = (place.certificate.display(), place.key.display());
            lines.push(tr!(
                "make a certificate: {certificate}, and its key: {key}",
                certificate = certificate,
                key = key
            ));
        }
        if self.sets_tls {
            let listen: Vec<_> = self.listen.iter().map(ToString::to_string).collect();
            lines.push(tr!(
                "write `tls` into [api] of {file}: listen for HTTPS at {listen}",
                file = file,
                listen = listen.join(", ")
            ));
        }
        if let Some(name) = &self.adds_name {
            lines.push(tr!("list {name} under `names` in [api] of {file}", name = name, file = file));
        }
        if self.adds_account {
            lines.push(tr!(
                "add the first account to {file}, who may do everything: its name and password are asked for",
                file = file
            ));
        }
        lines
    }

    /// The configuration with all that can be known before anybody was asked.
    fn draft(&self, place: &Place) -> Result<Draft, Refused> {
        let mut draft = place.draft()?;
        if self.sets_tls {
            draft.set_tls(&self.listen, &place.certificate, &place.key);
        }
        if let Some(name) = &self.adds_name {
            draft.add_name(name);
        }
        Ok(draft)
    }

    /// Refuses a port that another program has.
    fn check_port(&self) -> Result<(), Refused> {
        let taken = |address: &&SocketAddr| {
            TcpListener::bind(*address).is_err_and(|error| error.kind() == ErrorKind::AddrInUse)
        };
        match self.listen.iter().find(taken).filter(|_| self.sets_tls) {
            Some(address) => Err(wrong(tr!(
                "another program listens at {address} already (`ss -ltnp` shows which); name another port, such as --port \
                 9443",
                address = address
            ))),
            None => Ok(()),
        }
    }
}

fn enable(wanted: &Wanted, daemon: &Daemon, file: Option<&Path>) -> Result<Outcome, Refused> {
    let address = Address::read(&wanted.address)?;
    let place = Place::find(file)?;
    let plan = Plan::new(&place, &address, wanted.port)?;
    let mut draft = plan.draft(&place)?;
    place.check(&draft.text())?;
    plan.check_port()?;
    let lines = plan.lines(&place);
    if !lines.is_empty() && !agreed(&lines, wanted.yes) {
        return Ok(say(&tr!("Nothing was done.")));
    }
    if plan.adds_account {
        let name = secrets::ask_name().map_err(wrong)?;
        let password = secrets::ask_password().map_err(wrong)?;
        let hash = host::hash_password(&password)
            .map_err(|error| failed(tr!("the password cannot be hashed: {error}", error = error)))?;
        draft.add_account(&name, Role::Operate, &hash);
    }
    let text = draft.text();
    place.check(&text)?;
    if plan.makes_certificate {
        let mut names = host::own_names();
        // What could not stand in a certificate is left out.
        names.retain(|name| is_computer_name(name) && *name != address.bare());
        names.insert(0, address.bare());
        place.make_certificate(&names, daemon)?;
    }
    if text != place.text {
        place.replace(&text)?;
    }
    let identity =
        Identity::read(&place.certificate, &place.key).map_err(|error| failed(error.to_string()))?;
    // Also where nothing has changed: an earlier time may not have reached it.
    let reached = reload(daemon);
    show(&address.url(plan.port), &identity);
    Ok(match reached {
        Ok(()) => listens(&plan.listen),
        Err(error @ ClientError::NotRunning(_)) => {
            tell(&tr!("It is there once Vitrine runs: {error}", error = error));
            Outcome::Well
        }
        Err(error) => error.fail(),
    })
}

fn disable(yes: bool, daemon: &Daemon, file: Option<&Path>) -> Result<Outcome, Refused> {
    let place = Place::find(file)?;
    let enabled = place.own_tls()?.is_some();
    let files: Vec<_> = [&place.certificate, &place.key].into_iter().filter(|path| path.exists()).collect();
    if !enabled && files.is_empty() {
        return Ok(say(&tr!("The panel is not enabled for other computers; there is nothing to do.")));
    }
    let mut draft = place.draft()?;
    let mut lines: Vec<_> = files.iter().map(|path| tr!("remove {path}", path = path.display())).collect();
    if enabled {
        draft.remove_tls();
        lines.insert(0, tr!("remove `tls` from [api] of {file}", file = place.file.display()));
    }
    place.check(&draft.text())?;
    if !agreed(&lines, yes) {
        return Ok(say(&tr!("Nothing was done.")));
    }
    if enabled {
        place.replace(&draft.text())?;
    }
    for path in files {
        remove(path).map_err(|error| place.unwritable(&error))?;
    }
    let names: Vec<_> = place.settings.accounts.iter().map(|account| account.name.as_str()).collect();
    say(&tr!("The panel is no longer served to other computers."));
    if !names.is_empty() {
        say(&tr!(
            "These accounts stay, with all else that the configuration says: {names}. Who is to lose theirs loses its \
             [[account]] in {file}.",
            names = names.join(", "),
            file = place.file.display()
        ));
    }
    Ok(match reload(daemon) {
        Ok(()) | Err(ClientError::NotRunning(_)) => Outcome::Well,
        Err(error) => error.fail(),
    })
}

/// Shows what is to be done, and asks whether to; where nobody can be asked, it was meant.
fn agreed(lines: &[String], yes: bool) -> bool {
    let list: String = lines.iter().map(|line| format!("\n  - {line}")).collect();
    say(&tr!("This is to be done:{list}", list = list));
    yes || !stdin().is_terminal() || confirmed()
}

/// The user of the daemon that runs, if one does.
fn daemons_user(daemon: &Daemon) -> Option<u32> {
    let mut user = None;
    converse(async {
        user = daemon.user().await.ok();
        Outcome::Well
    });
    user
}

/// Has the running daemon read the configuration again.
fn reload(daemon: &Daemon) -> Result<(), ClientError> {
    let mut reached = Ok(());
    converse(async {
        reached = daemon.reload().await;
        Outcome::Well
    });
    reached
}

/// Shows where the panel is, what its certificate is recognised by, and the address as a picture for telephones.
fn show(url: &str, identity: &Identity) {
    say(&tr!(
        "\nThe panel: {url}\nIts certificate's SHA-256 fingerprint, which browsers show before they trust it:\n{fingerprint}\n",
        url = url,
        fingerprint = identity.fingerprint()
    ));
    // An address is much shorter than what a code can hold.
    if let Ok(code) = QrCode::new(url) {
        // Terminals are dark, mostly, and what is light in the code is what is written.
        let picture = code.render().dark_color(Dense1x2::Light).light_color(Dense1x2::Dark).build();
        say(&picture);
    }
}

/// Waits until the daemon listens, and tells how that went.
fn listens(listen: &[SocketAddr]) -> Outcome {
    let until = Instant::now() + LISTEN_TIMEOUT;
    let reached = |address: &SocketAddr| {
        let ip = match address.ip() {
            IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
            IpAddr::V4(_) | IpAddr::V6(_) => address.ip(),
        };
        let address = SocketAddr::new(ip, address.port());
        TcpStream::connect_timeout(&address, LISTEN_POLL_INTERVAL).is_ok()
    };
    while !listen.iter().any(reached) {
        if Instant::now() >= until {
            let text = tr!(
                "nobody listens there after {seconds} s. `vitrine status` and the log of the session tell whether the \
                 configuration was taken up",
                seconds = LISTEN_TIMEOUT.as_secs()
            );
            return fail(&text, Outcome::NotWell);
        }
        thread::sleep(LISTEN_POLL_INTERVAL);
    }
    say(&tr!("Vitrine listens there."))
}
