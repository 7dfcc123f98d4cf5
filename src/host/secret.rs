//! Secrets that nobody can guess, and what they are recognised by.

use std::io;

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use rustix::rand::{GetRandomFlags, getrandom};
use sha2::{Digest as _, Sha256};

/// A new one: 32 random bytes (getrandom(2)) in hexadecimal.
///
/// # Errors
/// The system gives no random numbers.
pub fn new_secret() -> io::Result<String> {
    let mut bytes = [0; 32];
    let filled = getrandom(&mut bytes, GetRandomFlags::empty())?;
    // The kernel fills as few in one go (the same page).
    if filled != bytes.len() {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(hex(&bytes))
}

/// The SHA-256 of a secret, in hexadecimal.
pub fn sha256(secret: &str) -> String {
    hex(&Sha256::digest(secret.as_bytes()))
}

/// A password's hash by Argon2id (RFC 9106), with a salt of its own, in the PHC string format.
///
/// # Errors
/// The system gives no random numbers.
pub fn hash_password(password: &str) -> io::Result<String> {
    let hash = Argon2::default().hash_password(password.as_bytes());
    hash.map(|hash| hash.to_string()).map_err(|error| io::Error::other(error.to_string()))
}

/// Whether a password is the one of a hash. Takes a twentieth of a second or more, on purpose.
pub fn password_fits(password: &str, hash: &str) -> bool {
    PasswordHash::new(hash)
        .is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_fits_its_own_hash_alone() {
        let hash = hash_password("correct horse").unwrap();
        assert!(hash.starts_with("$argon2id$v=19$"));
        assert!(password_fits("correct horse", &hash));
        for (password, hash) in
            [("correct horses", &*hash), ("", &hash), ("correct horse", ""), ("x", "$argon2id$v=19$")]
        {
            assert!(!password_fits(password, hash), "{password} {hash}");
        }
    }

    #[test]
    fn secrets_are_long_and_never_the_same() {
        let (one, other) = (new_secret().unwrap(), new_secret().unwrap());
        assert_eq!((one.len(), other.len()), (64, 64));
        assert_ne!(one, other);
        let known = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(sha256("abc"), known, "FIPS 180-2, B.1");
    }
}
