//! The certificate by which the panel is known over TLS.

use std::net::IpAddr;
use std::path::Path;
use std::time::Duration;

use crate::certificate::{DAYS_TO_RENEW, Identity};
use crate::config::TlsSettings;
use crate::core::types::Told;
use crate::doctor::Fact;
use crate::doctor::facts::api::{Certificate, Validity};
use crate::ground::access::{self, Who};
use crate::ground::network;
use crate::host;
use crate::words::told;

/// How long the files may take to be read: they may lie on a share that does not answer.
const READ_TIME: Duration = Duration::from_secs(2);
/// The name of a certificate that `vitrine panel enable` has made.
const MADE_HERE: &str = "panel-certificate.pem";

/// What is known of a certificate and its key, which this user reads.
pub(super) fn find(tls: &TlsSettings, names: &[String], who: &Fact<&Who>) -> Fact<Certificate> {
    let file = tls.certificate.display().to_string();
    let is_made_here = tls.certificate.file_name().is_some_and(|name| name == MADE_HERE);
    let mut known_by = called(tls, names);
    let files = (tls.clone(), who.as_ref().map(|who| (*who).clone()).map_err(Told::clone), known_by.clone());
    let looked = host::within(READ_TIME, move || look(&files.0, &files.1, &files.2));
    let (validity, is_for) = looked.unwrap_or_else(|error| Err(Told::text(error.to_string())))?;
    if !is_for.is_empty() {
        known_by = is_for.clone();
    }
    Ok(Certificate { file, is_made_here, validity, fits: !is_for.is_empty(), names: known_by })
}

/// How long it lasts, and which of these names it is for.
fn look(tls: &TlsSettings, who: &Fact<Who>, names: &[String]) -> Fact<(Validity, Vec<String>)> {
    let identity = match Identity::read(&tls.certificate, &tls.key) {
        Ok(identity) => identity,
        Err(why) if is_denied(&tls.certificate) || is_denied(&tls.key) => {
            return foreign(tls, who, Told::text(why.to_string()));
        }
        Err(why) => return Ok((Validity::Unusable(Told::text(why.to_string())), Vec::new())),
    };
    for file in [&tls.certificate, &tls.key] {
        // Who looks may be root, who may read everything.
        if let Some(by) = access::stopped_by(file, who.as_ref().map_err(Told::clone)?)? {
            return Ok((Validity::Unusable(kept_from(file, &by)), Vec::new()));
        }
    }
    let days = identity.days_left();
    let validity = match days.map(u64::try_from) {
        None => Validity::Unknown,
        Some(Err(_)) => Validity::Ended,
        Some(Ok(left)) if days.is_some_and(|days| days < DAYS_TO_RENEW) => Validity::EndsSoon(left),
        Some(Ok(left)) => Validity::Lasts(left),
    };
    Ok((validity, names.iter().filter(|name| identity.is_for(name)).cloned().collect()))
}

/// What is not this user's to read may be the kiosk user's.
fn foreign(tls: &TlsSettings, who: &Fact<Who>, why: Told) -> Fact<(Validity, Vec<String>)> {
    let who = who.as_ref().map_err(Told::clone)?;
    if who.uid == rustix::process::geteuid().as_raw() {
        return Ok((Validity::Unusable(why), Vec::new()));
    }
    Err(told!("only its user and root may look at {path}", path = tls.key.display().to_string()))
}

fn is_denied(file: &Path) -> bool {
    std::fs::File::open(file).is_err_and(|error| error.kind() == std::io::ErrorKind::PermissionDenied)
}

fn kept_from(file: &Path, by: &str) -> Told {
    told!(
        "the kiosk's user cannot read {file}: {place} keeps it out",
        file = file.display().to_string(),
        place = by.to_owned()
    )
}

/// By what browsers may call this computer: where it is listened, and the names that it answers to.
fn called(tls: &TlsSettings, names: &[String]) -> Vec<String> {
    let mut called: Vec<String> = Vec::new();
    let mut add = |name: String| {
        if !called.contains(&name) {
            called.push(name);
        }
    };
    for ip in tls.listen.iter().map(std::net::SocketAddr::ip) {
        if !ip.is_unspecified() {
            add(ip.to_string());
        }
    }
    if tls.listen.iter().any(|address| address.ip().is_unspecified()) {
        own_addresses().iter().for_each(|ip| add(ip.to_string()));
    }
    names.iter().cloned().for_each(&mut add);
    host::own_names().into_iter().for_each(&mut add);
    called
}

/// The addresses that other computers may reach.
fn own_addresses() -> Vec<IpAddr> {
    let is_link_local = |ip: &IpAddr| matches!(ip, IpAddr::V6(ip) if ip.is_unicast_link_local());
    let all = network::links().unwrap_or_default().into_iter().flat_map(|link| link.addresses);
    all.map(|subnet| subnet.address).filter(|ip| !ip.is_loopback() && !is_link_local(ip)).collect()
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::PathBuf;

    use super::*;
    use crate::certificate::self_signed;

    fn written(folder: &Path, name: &str, names: &[&str]) -> (PathBuf, PathBuf) {
        let names: Vec<_> = names.iter().map(|name| (*name).to_owned()).collect();
        let made = self_signed(&names).unwrap();
        let (certificate, key) = (folder.join(name), folder.join(format!("key-of-{name}")));
        fs::write(&certificate, made.certificate).unwrap();
        fs::write(&key, made.key).unwrap();
        (certificate, key)
    }

    #[test]
    fn what_is_wrong_with_a_certificate_is_told_apart() {
        let folder = tempfile::tempdir().unwrap();
        let root = Who { name: "root".into(), uid: 0, groups: vec![0] };
        let kiosk = Who { name: "kiosk".into(), uid: 4_000_000, groups: vec![4_000_000] };
        let (own, own_key) = written(folder.path(), MADE_HERE, &["192.0.2.7", "kiosk.museum.example"]);
        let (other, other_key) = written(folder.path(), "other.pem", &["elsewhere.example"]);
        let tls = |certificate: &Path, key: &Path| TlsSettings {
            listen: vec!["192.0.2.7:8443".parse().unwrap()],
            certificate: certificate.to_owned(),
            key: key.to_owned(),
        };
        let names = ["kiosk.museum.example".to_owned()];
        let find = |tls: &TlsSettings, who: &Who| find(tls, &names, &Ok(who));

        let found = find(&tls(&own, &own_key), &root).unwrap();
        assert!(found.is_made_here && found.fits);
        assert!(matches!(found.validity, Validity::Lasts(800..)), "{found:?}");
        assert_eq!(found.names, ["192.0.2.7", "kiosk.museum.example"]);

        let found = find(&tls(&other, &other_key), &root).unwrap();
        assert!(!found.is_made_here && !found.fits);
        assert_eq!(found.names.first().map(String::as_str), Some("192.0.2.7"));

        for (certificate, key) in [(&own, &other_key), (&own, &folder.path().join("gone"))] {
            let found = find(&tls(certificate, key), &root).unwrap();
            assert!(matches!(found.validity, Validity::Unusable(_)), "{found:?}");
        }

        let own_alone = std::os::unix::fs::PermissionsExt::from_mode(0o600);
        fs::set_permissions(&own_key, own_alone).unwrap();
        let found = find(&tls(&own, &own_key), &kiosk);
        if rustix::process::geteuid().is_root() {
            assert!(matches!(found.unwrap().validity, Validity::Unusable(_)));
        }
    }
}
