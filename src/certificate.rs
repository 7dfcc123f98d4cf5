//! The certificate by which the API is known over TLS, and its private key: read from their files, or made.

use std::fmt;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};
use rcgen::{
    CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, KeyPair, KeyUsagePurpose,
};
use sha2::{Digest as _, Sha256};
use tokio_rustls::rustls::client::danger::ServerCertVerifier as _;
use tokio_rustls::rustls::client::{WebPkiServerVerifier, verify_server_name};
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use tokio_rustls::rustls::server::ParsedCertificate;
use tokio_rustls::rustls::{CertificateError, Error, RootCertStore, ServerConfig};

use crate::words::tr;

/// The largest file that is read, in bytes: a certificate has a few kilobytes, with all that lead to a known one.
const MAX_FILE: u64 = 1 << 20;
/// For how many days a certificate is made. Apple's systems take none that lasts for longer
/// (<https://support.apple.com/en-us/103769>: 825 days).
const MADE_FOR: i32 = 824;
/// So many days before a certificate ends it is told of.
pub const DAYS_TO_RENEW: i64 = 30;
/// The last second of the year 9999, until which a certificate can last (RFC 5280, 4.1.2.5).
const LAST_SECOND: Duration = Duration::from_secs(253_402_300_799);

/// Why a certificate and its key are of no use.
#[derive(Debug)]
pub enum Unusable {
    /// A file is not there.
    Missing(PathBuf),
    /// A file cannot be read.
    Unreadable {
        /// The file that is there.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The file has no certificate in PEM.
    NoCertificate(PathBuf),
    /// The file has no private key in PEM, or one that a password protects.
    NoKey(PathBuf),
    /// The key is that of another certificate.
    AnotherKey {
        /// The certificate's file.
        certificate: PathBuf,
        /// The key's file.
        key: PathBuf,
    },
    /// They are damaged, or of a kind that is not known.
    Damaged {
        /// The certificate's file.
        certificate: PathBuf,
        /// The key's file.
        key: PathBuf,
        /// Why.
        why: Error,
    },
}

impl std::error::Error for Unusable {}

impl fmt::Display for Unusable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&match self {
            Self::Missing(path) => tr!(
                "{path}: there is no such file; put it there, or name another one under `tls` in [api]",
                path = path.display()
            ),
            Self::Unreadable { path, source } => tr!(
                "{path}: cannot be read ({why}); the user whose session runs Vitrine must be able to",
                path = path.display(),
                why = source
            ),
            Self::NoCertificate(path) => tr!(
                "{path}: there is no certificate in it; it has to be in PEM, between lines with BEGIN CERTIFICATE and \
                 END CERTIFICATE",
                path = path.display()
            ),
            Self::NoKey(path) => tr!(
                "{path}: there is no private key in it that could be used; it has to be in PEM and without a password \
                 (`openssl pkey -in FILE` takes it off)",
                path = path.display()
            ),
            Self::AnotherKey { certificate, key } => tr!(
                "{key}: this is not the key of the certificate in {certificate}, which has to be the first one there",
                key = key.display(),
                certificate = certificate.display()
            ),
            Self::Damaged { certificate, key, why } => tr!(
                "{certificate} and {key} cannot be used: {why}",
                certificate = certificate.display(),
                key = key.display(),
                why = why
            ),
        })
    }
}

/// A certificate with its key.
#[derive(Clone, Debug)]
pub struct Identity {
    config: Arc<ServerConfig>,
    leaf: CertificateDer<'static>,
}

impl Identity {
    /// Reads a certificate, with those that lead to a known one behind it, and its key. Blocks for as long as what they
    /// lie on does not answer.
    ///
    /// # Errors
    /// They cannot be read, or are of no use.
    pub fn read(certificate: &Path, key: &Path) -> Result<Self, Unusable> {
        let text = read_file(certificate)?;
        let chain = CertificateDer::pem_slice_iter(&text).collect::<Result<Vec<_>, _>>();
        let chain = chain.map_err(|_| Unusable::NoCertificate(certificate.to_owned()))?;
        let Some(leaf) = chain.first().cloned() else {
            return Err(Unusable::NoCertificate(certificate.to_owned()));
        };
        let secret = PrivateKeyDer::from_pem_slice(&read_file(key)?);
        let secret = secret.map_err(|_| Unusable::NoKey(key.to_owned()))?;
        let (certificate, key) = (certificate.to_owned(), key.to_owned());
        let builder = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map(|builder| builder.with_no_client_auth().with_single_cert(chain, secret));
        match builder.flatten() {
            Ok(mut config) => {
                config.alpn_protocols = vec![b"http/1.1".to_vec()];
                Ok(Self { config: Arc::new(config), leaf })
            }
            Err(Error::InconsistentKeys(_)) => Err(Unusable::AnotherKey { certificate, key }),
            Err(why) => Err(Unusable::Damaged { certificate, key, why }),
        }
    }

    /// What connections are encrypted with.
    pub fn config(&self) -> Arc<ServerConfig> {
        Arc::clone(&self.config)
    }

    /// What it is recognised by: its SHA-256, as browsers show it.
    pub fn fingerprint(&self) -> String {
        let bytes: Vec<_> = Sha256::digest(&self.leaf).iter().map(|byte| format!("{byte:02X}")).collect();
        bytes.join(":")
    }

    /// Whether it is for this name or IP address.
    pub fn is_for(&self, name: &str) -> bool {
        let Ok(name) = ServerName::try_from(name) else { return false };
        ParsedCertificate::try_from(&self.leaf).is_ok_and(|parsed| verify_server_name(&parsed, &name).is_ok())
    }

    /// When it ends to be valid, in seconds since 1970; `None` where that cannot be told.
    pub fn ends(&self) -> Option<u64> {
        let mut roots = RootCertStore::empty();
        roots.add(self.leaf.clone()).ok()?;
        let provider = Arc::new(ring::default_provider());
        let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider).build().ok()?;
        // Who verifies a certificate looks at its time first, and at that far day there is none that is still valid.
        let name = ServerName::try_from("localhost").ok()?;
        let then = UnixTime::since_unix_epoch(LAST_SECOND);
        match verifier.verify_server_cert(&self.leaf, &[], &name, &[], then) {
            Err(Error::InvalidCertificate(CertificateError::ExpiredContext { not_after, .. })) => {
                Some(not_after.as_secs())
            }
            Ok(_) | Err(_) => None,
        }
    }

    /// In how many days it ends to be valid, in whole ones; less than naught where it has ended. `None` where that cannot
    /// be told.
    pub fn days_left(&self) -> Option<i64> {
        let ends = i64::try_from(self.ends()?).ok()?;
        Some((ends - Timestamp::now().as_second()).div_euclid(24 * 3600))
    }
}

fn read_file(path: &Path) -> Result<Vec<u8>, Unusable> {
    let read = || {
        let mut bytes = Vec::new();
        File::open(path)?.take(MAX_FILE).read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    read().map_err(|source: io::Error| match source.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => Unusable::Missing(path.to_owned()),
        _ => Unusable::Unreadable { path: path.to_owned(), source },
    })
}

/// A certificate that vouches for itself, and its key, both in PEM.
#[derive(Clone)]
pub struct SelfSigned {
    /// The certificate.
    pub certificate: String,
    /// The key, which nobody else should see.
    pub key: String,
}

/// Makes a certificate for these names and IP addresses, valid from yesterday on: clocks differ.
///
/// # Errors
/// One of them is neither, or the system gives no random numbers.
pub fn self_signed(names: &[String]) -> Result<SelfSigned, rcgen::Error> {
    let key = KeyPair::generate()?;
    let mut params = CertificateParams::new(names)?;
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, "Vitrine");
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let yesterday = Timestamp::now().to_zoned(TimeZone::UTC).date().saturating_sub(1.day());
    let moment = |day: Date| {
        rcgen::date_time_ymd(day.year().into(), day.month().unsigned_abs(), day.day().unsigned_abs())
    };
    params.not_before = moment(yesterday);
    params.not_after = moment(yesterday.saturating_add(MADE_FOR.days()));
    let certificate = params.self_signed(&key)?;
    Ok(SelfSigned { certificate: certificate.pem(), key: key.serialize_pem() })
}

#[cfg(test)]
mod tests {
    use std::fs::write;
    use std::process::Command;

    use super::*;

    /// Writes a pair into a folder.
    fn written(folder: &Path, names: &[&str]) -> (PathBuf, PathBuf) {
        let names: Vec<_> = names.iter().map(|name| (*name).to_owned()).collect();
        let made = self_signed(&names).unwrap();
        let (certificate, key) = (folder.join("certificate.pem"), folder.join("key.pem"));
        write(&certificate, made.certificate).unwrap();
        write(&key, made.key).unwrap();
        (certificate, key)
    }

    #[test]
    fn what_is_made_is_for_its_names_and_ends_some_day() {
        let folder = tempfile::tempdir().unwrap();
        let (certificate, key) =
            written(folder.path(), &["kiosk.museum.example", "192.0.2.7", "2001:db8::7"]);
        let identity = Identity::read(&certificate, &key).unwrap();
        for name in ["kiosk.museum.example", "192.0.2.7", "2001:db8::7"] {
            assert!(identity.is_for(name), "{name}");
        }
        for name in ["museum.example", "192.0.2.8", "2001:db8::8", "", "a b"] {
            assert!(!identity.is_for(name), "{name}");
        }
        assert_eq!(identity.days_left(), Some(i64::from(MADE_FOR) - 2));
        let openssl = Command::new("openssl")
            .args(["x509", "-noout", "-fingerprint", "-sha256", "-in"])
            .arg(&certificate)
            .output()
            .unwrap();
        let shown = String::from_utf8(openssl.stdout).unwrap();
        assert!(shown.trim_end().ends_with(&identity.fingerprint()), "{shown} {}", identity.fingerprint());
    }

    #[test]
    fn when_others_end_is_known_as_well() {
        let folder = tempfile::tempdir().unwrap();
        let (certificate, key) = (folder.path().join("c.pem"), folder.path().join("k.pem"));
        // Openssl's own is an authority's.
        let made = Command::new("openssl")
            .args([
                "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "3", "-subj", "/CN=a", "-keyout",
            ])
            .arg(&key)
            .arg("-out")
            .arg(&certificate)
            .output()
            .unwrap();
        assert!(made.status.success(), "{made:?}");
        let identity = Identity::read(&certificate, &key).unwrap();
        assert!(matches!(identity.days_left(), Some(2 | 3)), "{:?}", identity.days_left());
    }

    #[test]
    fn what_is_of_no_use_says_why() {
        let folder = tempfile::tempdir().unwrap();
        let other = folder.path().join("other");
        std::fs::create_dir(&other).unwrap();
        let (_, another) = written(&other, &["localhost"]);
        let (certificate, key) = written(folder.path(), &["localhost"]);
        let at = |name: &str, text: &str| {
            let path = folder.path().join(name);
            write(&path, text).unwrap();
            path
        };
        let nonsense = at("nonsense", "hello\n");
        let broken = at("broken", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
        let locked = at(
            "locked",
            "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n",
        );
        let gone = folder.path().join("gone");
        for (certificate, key, phrase) in [
            (&gone, &key, "there is no such file"),
            (&certificate, &gone, "there is no such file"),
            (&other, &key, "cannot be read"),
            (&nonsense, &key, "BEGIN CERTIFICATE"),
            (&key, &key, "BEGIN CERTIFICATE"),
            (&certificate, &nonsense, "openssl pkey"),
            (&certificate, &locked, "openssl pkey"),
            (&certificate, &another, "not the key of"),
            (&broken, &key, "cannot be used"),
        ] {
            let why = Identity::read(certificate, key).unwrap_err().to_string();
            assert!(why.contains(phrase), "{phrase}: {why}");
        }
    }
}
