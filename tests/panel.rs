//! `vitrine panel enable` and `disable` as people call them, with the real daemon on libvirt's test driver.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::fs;
use std::io::Write as _;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::fs::MetadataExt as _;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

const PATIENCE: Duration = Duration::from_secs(60);
const PASSWORD: &str = "correct horse battery";
const ANSWERS: &str = "anna\ncorrect horse battery\n";

/// A kiosk with a configuration that somebody has written, and no daemon yet.
struct Kiosk {
    folder: tempfile::TempDir,
    /// Where the API listens.
    open: SocketAddr,
    /// A port that is free at all addresses.
    port: u16,
    daemon: Option<Child>,
}

impl Kiosk {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let open = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let port = TcpListener::bind("0.0.0.0:0").unwrap().local_addr().unwrap().port();
        let kiosk = Self { folder, open, port, daemon: None };
        kiosk.write(&format!(
            "# Room 2\n[libvirt]\nuri = \"test:///default\"\n\n[api]  # for guests\nlisten = [\"{open}\"]\n\n\
             [[exhibit]]\nname = \"eden\"   # the garden\nvm = \"test\"\nheartbeat = false\n"
        ));
        kiosk
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn text(&self) -> String {
        fs::read_to_string(self.path("vitrine.toml")).unwrap()
    }

    fn write(&self, text: &str) {
        fs::write(self.path("vitrine.toml"), text).unwrap();
    }

    fn vitrine(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_vitrine"));
        command
            .args(words)
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .env("HOME", self.path("home"))
            .env("XDG_RUNTIME_DIR", self.folder.path())
            .env("VITRINE_CONFIG", self.path("vitrine.toml"));
        command
    }

    /// A command that is answered by these lines.
    fn answered(&self, words: &[&str], answers: &str) -> Output {
        let mut command = self.vitrine(words);
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        // One that refuses does not read.
        let _ = child.stdin.take().unwrap().write_all(answers.as_bytes());
        child.wait_with_output().unwrap()
    }

    fn enable(&self, address: &str, answers: &str) -> Output {
        self.answered(&["panel", "enable", address, "--port", &self.port.to_string()], answers)
    }

    fn start(&mut self) {
        self.daemon = Some(self.vitrine(&["run"]).spawn().unwrap());
        wait("the daemon", || TcpStream::connect(self.open).is_ok());
    }

    /// The status that curl gets at an address, trusting the certificate alone.
    fn curl(&self, options: &[&str], path: &str) -> String {
        let output = Command::new("curl")
            .args(["--silent", "--include", "--max-time", "60", "--noproxy", "*", "--cacert"])
            .arg(self.path("panel-certificate.pem"))
            .args(options)
            .arg(format!("https://127.0.0.1:{}{path}", self.port))
            .output()
            .unwrap();
        String::from_utf8(output.stdout).unwrap()
    }
}

impl Drop for Kiosk {
    fn drop(&mut self) {
        if let Some(daemon) = &mut self.daemon {
            let _ = kill_process(Pid::from_child(daemon), Signal::TERM);
            let _ = daemon.wait();
        }
    }
}

fn wait(what: &str, mut done: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !done() {
        assert!(begun.elapsed() < PATIENCE, "{what} is not there");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn out(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn err(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn well(output: &Output) -> String {
    assert!(output.status.success(), "{}{}", out(output), err(output));
    out(output)
}

#[test]
fn staff_get_in_from_elsewhere_and_no_longer() {
    let mut kiosk = Kiosk::new();
    let written = kiosk.text();
    let output = kiosk.enable("127.0.0.1", ANSWERS);
    let said = well(&output);
    let url = format!("https://127.0.0.1:{}/ui/", kiosk.port);
    assert!(said.contains("This is to be done:") && said.contains(&url) && said.contains('█'), "{said}");
    assert!(err(&output).contains("once Vitrine runs"), "{output:?}");
    let fingerprint = Command::new("openssl")
        .args(["x509", "-noout", "-fingerprint", "-sha256", "-in"])
        .arg(kiosk.path("panel-certificate.pem"))
        .output()
        .unwrap();
    let fingerprint = out(&fingerprint).trim().rsplit_once('=').unwrap().1.to_owned();
    assert!(said.contains(&fingerprint), "{fingerprint}: {said}");
    assert_eq!(fs::metadata(kiosk.path("panel-key.pem")).unwrap().mode() & 0o777, 0o600);
    let enabled = kiosk.text();
    for line in written.lines() {
        assert!(enabled.lines().any(|kept| kept == line), "{line} is gone: {enabled}");
    }

    // Twice is once.
    let before = fs::read(kiosk.path("panel-certificate.pem")).unwrap();
    let again = well(&kiosk.answered(&["panel", "enable", "127.0.0.1"], ""));
    assert!(again.contains(&url) && !again.contains("to be done"), "{again}");
    assert_eq!(
        (kiosk.text(), fs::read(kiosk.path("panel-certificate.pem")).unwrap()),
        (enabled.clone(), before)
    );

    kiosk.start();
    wait("TLS", || !kiosk.curl(&[], "/").is_empty());
    let body = format!("{{\"name\": \"anna\", \"password\": \"{PASSWORD}\"}}");
    let reply = kiosk.curl(&["--data", &body], "/api/v1/login");
    assert!(reply.starts_with("HTTP/1.1 200") && reply.contains("; Secure"), "{reply}");
    assert!(kiosk.curl(&["-H", "X-Forwarded-For: 192.0.2.1"], "/api/v1/site").contains(" 401 "));

    let disabled = well(&kiosk.answered(&["panel", "disable"], ""));
    assert!(disabled.contains("no longer served") && disabled.contains("anna"), "{disabled}");
    wait("the end of TLS", || TcpStream::connect(("127.0.0.1", kiosk.port)).is_err());
    assert!(!kiosk.path("panel-certificate.pem").exists() && !kiosk.path("panel-key.pem").exists());
    let left = kiosk.text();
    assert!(left.starts_with(&written) && left[written.len()..].contains("name = \"anna\""), "{left}");
    assert!(well(&kiosk.answered(&["panel", "disable"], "")).contains("nothing to do"));

    // With the daemon running, and the account there.
    let said = well(&kiosk.enable("127.0.0.1", ""));
    assert!(said.contains("Vitrine listens there."), "{said}");
    assert!(kiosk.curl(&[], "/").starts_with("HTTP/1.1 200"));
}

#[test]
fn a_name_is_one_that_is_served() {
    let mut kiosk = Kiosk::new();
    let said = well(&kiosk.enable("Vitrine.Museum.Example", ANSWERS));
    assert!(said.contains("https://vitrine.museum.example:") && said.contains("under `names`"), "{said}");
    kiosk.start();
    let name = format!("vitrine.museum.example:{}:127.0.0.1", kiosk.port);
    let asked = || {
        let url = format!("https://vitrine.museum.example:{}/", kiosk.port);
        let certificate = kiosk.path("panel-certificate.pem");
        let output = Command::new("curl")
            .args(["--silent", "--include", "--noproxy", "*", "--resolve", &name, "--cacert"])
            .arg(&certificate)
            .arg(url)
            .output()
            .unwrap();
        out(&output)
    };
    wait("TLS", || !asked().is_empty());
    assert!(asked().starts_with("HTTP/1.1 200"), "{}", asked());
    // Another address takes another certificate, and the account stays.
    let said = well(&kiosk.enable("127.0.0.1", ""));
    assert!(said.contains("make a certificate") && !said.contains("first account"), "{said}");
    wait("the new certificate", || kiosk.curl(&[], "/").starts_with("HTTP/1.1 200"));
    well(&kiosk.answered(&["panel", "disable"], ""));
    assert!(kiosk.text().contains("names = [\"vitrine.museum.example\"]"));
}

#[test]
fn what_cannot_be_done_changes_nothing() {
    let kiosk = Kiosk::new();
    let written = kiosk.text();
    let taken = TcpListener::bind("0.0.0.0:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let open = kiosk.open.port().to_string();
    let cases: [(&[&str], &str, &str); 11] = [
        (&["https://kiosk"], ANSWERS, "neither an IP address nor the name"),
        (&["192.0.2.7:8443"], ANSWERS, "neither an IP address nor the name"),
        (&["kiosk museum"], ANSWERS, "neither an IP address nor the name"),
        (&[""], ANSWERS, "neither an IP address nor the name"),
        (&["0.0.0.0"], ANSWERS, "no address of one computer"),
        (&["224.0.0.1"], ANSWERS, "no address of one computer"),
        (&["127.0.0.1", "--port", &port], ANSWERS, "another program listens"),
        (&["127.0.0.1", "--port", &open], ANSWERS, "cannot both be had"),
        (&["127.0.0.1", "--port", "0"], ANSWERS, "--port"),
        (&["127.0.0.1"], "anna\nshort\n", "8 characters"),
        (&["127.0.0.1"], "\n", "without a name"),
    ];
    for (words, answers, phrase) in cases {
        let mut all = vec!["panel", "enable"];
        all.extend(words);
        let own = kiosk.port.to_string();
        if words.len() == 1 {
            all.extend(["--port", &own]);
        }
        let output = kiosk.answered(&all, answers);
        assert_eq!(output.status.code(), Some(2), "{words:?}: {output:?}");
        assert!(err(&output).contains(phrase), "{words:?}: {}", err(&output));
    }
    assert_eq!(kiosk.text(), written);
    let name = "an\u{7}na";
    let output = kiosk.enable("127.0.0.1", &format!("{name}\n{PASSWORD}\n"));
    assert!(err(&output).contains("nothing was changed") && !err(&output).contains(PASSWORD), "{output:?}");

    // What somebody has set up by hand is left alone.
    let by_hand = written.replace(
        "[api]  # for guests\n",
        "[api]  # for guests\ntls = { listen = [\"127.0.0.1:9\"], certificate = \"/srv/c.pem\", key = \"/srv/k.pem\" }\n",
    );
    kiosk.write(&by_hand);
    for words in [&["panel", "enable", "127.0.0.1"][..], &["panel", "disable"]] {
        let output = kiosk.answered(words, ANSWERS);
        assert!(output.status.code() == Some(2) && err(&output).contains("/srv/c.pem"), "{output:?}");
    }
    assert_eq!(kiosk.text(), by_hand);
    let output = kiosk.answered(&["check"], "");
    assert!(err(&output).contains("/srv/c.pem: there is no such file"), "{output:?}");
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(fs::read_dir(kiosk.folder.path()).unwrap().count(), 1, "nothing but the configuration");

    kiosk.write("nonsense");
    let output = kiosk.answered(&["panel", "enable", "127.0.0.1"], ANSWERS);
    assert_eq!((output.status.code(), kiosk.text().as_str()), (Some(2), "nonsense"));
}
