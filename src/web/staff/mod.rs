//! Who of the staff asks: by a password at the log-in, afterwards by a cookie, or by a token.
//!
//! A password is verified slowly on purpose (Argon2, RFC 9106), so one at a time, and away from the thread that hears the
//! guests.

mod sessions;
mod throttle;

use std::net::IpAddr;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use hyper::StatusCode;
use hyper::header::{AUTHORIZATION, COOKIE, HeaderMap, HeaderValue};
use tokio::sync::Semaphore;

use super::lock;
use super::reply::{Problem, WayOut};
use crate::core::types::{AccessRules, Account, Role};
use crate::host;
use sessions::Sessions;
use throttle::Throttle;

/// The name of the cookie.
pub(super) const COOKIE_NAME: &str = "vitrine_session";
/// Those who wait for their password to be verified. More are sent away: each takes a twentieth of a second or more.
const MAX_WAITING: usize = 8;
/// What is verified where nobody has the name, so that it takes as long: of a password that nobody knows.
const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$c29tZXRoaW5nIHNhbHR5$Yl4XrZ1C4a0m0k6u1iS1o0rY7Wf2a7c8Zt0yq1iJm9U";

/// Somebody of the staff, or a program of theirs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Member {
    pub(super) name: String,
    pub(super) role: Role,
    /// Known by a token, not by a cookie.
    pub(super) by_token: bool,
}

impl Member {
    fn of(account: &Account) -> Self {
        Self { name: account.name.clone(), role: account.role, by_token: false }
    }
}

/// Those who can say who they are.
pub(super) struct Staff {
    sessions: Mutex<Sessions>,
    throttle: Mutex<Throttle>,
    /// One password at a time.
    verifying: Arc<Semaphore>,
    waiting: Arc<Semaphore>,
}

impl Staff {
    pub(super) fn new() -> Self {
        Self {
            sessions: Mutex::default(),
            throttle: Mutex::default(),
            verifying: Arc::new(Semaphore::new(1)),
            waiting: Arc::new(Semaphore::new(MAX_WAITING)),
        }
    }

    /// These accounts, and no others, are known by now: whose account is another one has to log in again.
    pub(super) fn keep(&self, accounts: &[Account]) {
        lock(&self.sessions).retain(|account| accounts.contains(account));
    }

    /// Who a request says that it is from.
    ///
    /// # Errors
    /// It shows a token that nobody has. A cookie whose session has ended is none.
    pub(super) fn member(
        &self,
        rules: &AccessRules,
        headers: &HeaderMap,
        now: Instant,
    ) -> Result<Option<Member>, Problem> {
        if let Some(secret) = bearer(headers) {
            let sum = host::sha256(secret);
            // What is compared is a hash of what was sent, so that the time that it takes tells nothing.
            let token = rules.tokens.iter().find(|token| token.sha256.eq_ignore_ascii_case(&sum));
            let token = token.ok_or_else(|| unknown("This token is not known here."))?;
            return Ok(Some(Member { name: token.name.clone(), role: token.role, by_token: true }));
        }
        let mut sessions = lock(&self.sessions);
        // Another page of this computer may have set one of the same name.
        Ok(cookies(headers)
            .find_map(|cookie| sessions.account(cookie, now))
            .map(|account| Member::of(&account)))
    }

    /// Verifies a password; the answer is what the cookie is to hold.
    ///
    /// # Errors
    /// Name or password are wrong, or this address, or everybody, tries too often.
    pub(super) async fn log_in(
        &self,
        rules: impl Fn() -> Arc<AccessRules>,
        name: &str,
        password: String,
        from: IpAddr,
    ) -> Result<(String, Member), Problem> {
        let Ok(_waiting) = Arc::clone(&self.waiting).try_acquire_owned() else { return Err(too_often(1)) };
        let account = rules().accounts.iter().find(|account| account.name == name).cloned();
        // Whoever guesses names guesses them all.
        let whom = account.as_ref().map(|account| account.name.clone()).unwrap_or_default();
        // It counts as wrong until it was right: tries at the same time are no way around the pause.
        lock(&self.throttle)
            .begin(from, &whom, Instant::now())
            .map_err(|wait| too_often(wait.as_secs() + 1))?;
        let hash = account.as_ref().map_or(NOBODY, |account| &account.password).to_owned();
        let closed = |_| Problem::unavailable("Vitrine is ending.");
        let verifying = Arc::clone(&self.verifying).acquire_owned().await.map_err(closed)?;
        let fits = tokio::task::spawn_blocking(move || {
            let _verifying = verifying;
            host::password_fits(&password, &hash)
        })
        .await
        .unwrap_or(false);
        let mut sessions = lock(&self.sessions);
        // The account may have been taken away meanwhile; from here on `keep` waits.
        let account = account.filter(|account| fits && rules().accounts.contains(account));
        let Some(account) = account else {
            tracing::warn!("somebody at {from} failed to log in");
            return Err(unknown("This name with this password is not known here."));
        };
        lock(&self.throttle).succeeded(from, &whom);
        let member = Member::of(&account);
        let secret = sessions.begin(account, Instant::now())?;
        tracing::info!("{name} has logged in from {from}");
        Ok((secret, member))
    }

    /// Ends the session of a request, where it is in one.
    pub(super) fn log_out(&self, headers: &HeaderMap) {
        for cookie in cookies(headers) {
            lock(&self.sessions).end(cookie);
        }
    }
}

/// The header that gives or takes the cookie. Pages from elsewhere cannot have it sent, and no script can read it.
pub(super) fn set_cookie(secret: Option<&str>, encrypted: bool) -> HeaderValue {
    let (value, age) = secret.map_or_else(|| ("", 0), |secret| (secret, sessions::LASTS.as_secs()));
    let secure = if encrypted { "; Secure" } else { "" };
    let text = format!("{COOKIE_NAME}={value}; Path=/; Max-Age={age}; HttpOnly; SameSite=Strict{secure}");
    HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static(""))
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, secret) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| secret.trim())
}

fn cookies(headers: &HeaderMap) -> impl Iterator<Item = &str> {
    let pairs = headers.get_all(COOKIE).into_iter().filter_map(|cookie| cookie.to_str().ok());
    pairs.flat_map(|cookies| cookies.split(';')).filter_map(|pair| {
        let (name, value) = pair.trim().split_once('=')?;
        (name == COOKIE_NAME).then_some(value)
    })
}

/// Who asks is not known: a 401, which says by what one becomes known.
pub(super) fn unknown(detail: impl Into<String>) -> Problem {
    Problem::new(StatusCode::UNAUTHORIZED, detail).with(WayOut::LogIn)
}

fn too_often(seconds: u64) -> Problem {
    let text = format!("Too many tries to log in; try again in {seconds} seconds.");
    Problem::new(StatusCode::TOO_MANY_REQUESTS, text).with(WayOut::Later(seconds))
}
