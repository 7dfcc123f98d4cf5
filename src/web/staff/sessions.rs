//! Who has logged in.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use crate::core::types::Account;
use crate::host;
use crate::web::reply::Problem;

/// How long a session lasts: a working day, after which a phone that was lost is no key.
pub(super) const LASTS: Duration = Duration::from_secs(12 * 3600);
/// Sessions at once; the oldest ends for a newcomer.
const MAX_SESSIONS: usize = 64;

/// The sessions, by the hashes of what their cookies hold: nothing in the memory is a key.
#[derive(Default)]
pub(super) struct Sessions {
    open: HashMap<String, Session>,
}

struct Session {
    account: Account,
    begun: Instant,
}

impl Sessions {
    /// Begins one; the answer is what its cookie holds.
    pub(super) fn begin(&mut self, account: Account, now: Instant) -> Result<String, Problem> {
        let secret = host::new_secret().map_err(|error| {
            Problem::failed(format!(
                "The system gives no random numbers ({error}); without them nobody can log in."
            ))
        })?;
        self.forget(now);
        if self.open.len() >= MAX_SESSIONS
            && let Some(oldest) =
                self.open.iter().min_by_key(|(_, session)| session.begun).map(|(key, _)| key.clone())
        {
            self.open.remove(&oldest);
        }
        self.open.insert(host::sha256(&secret), Session { account, begun: now });
        Ok(secret)
    }

    /// Whose session it is.
    pub(super) fn account(&mut self, cookie: &str, now: Instant) -> Option<Account> {
        self.forget(now);
        Some(self.open.get(&host::sha256(cookie))?.account.clone())
    }

    pub(super) fn end(&mut self, cookie: &str) {
        self.open.remove(&host::sha256(cookie));
    }

    /// Keeps those of certain accounts only.
    pub(super) fn retain(&mut self, stays: impl Fn(&Account) -> bool) {
        self.open.retain(|_, session| stays(&session.account));
    }

    fn forget(&mut self, now: Instant) {
        self.open.retain(|_, session| now.saturating_duration_since(session.begun) < LASTS);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::types::Role;

    fn account(name: &str) -> Account {
        Account { name: name.to_owned(), role: Role::View, password: String::new() }
    }

    #[test]
    fn a_session_lasts_for_a_day_of_work() {
        let (mut sessions, begun) = (Sessions::default(), Instant::now());
        let secret = sessions.begin(account("anna"), begun).unwrap();
        assert_eq!(secret.len(), 64);
        assert_eq!(sessions.account("", begun), None);
        assert_eq!(sessions.account(&secret[1..], begun), None);
        let later = begun + LASTS - Duration::from_secs(1);
        assert_eq!(sessions.account(&secret, later), Some(account("anna")));
        assert_eq!(sessions.account(&secret, begun + LASTS), None);
    }

    #[test]
    fn sessions_end_when_told_so_when_accounts_change_and_for_newcomers() {
        let (mut sessions, begun) = (Sessions::default(), Instant::now());
        let secret = sessions.begin(account("anna"), begun).unwrap();
        sessions.end(&secret);
        assert_eq!(sessions.account(&secret, begun), None);
        let kept = sessions.begin(account("anna"), begun).unwrap();
        let gone = sessions.begin(account("ben"), begun).unwrap();
        sessions.retain(|account| account.name == "anna");
        assert_eq!(sessions.account(&gone, begun), None);
        for n in 1..=MAX_SESSIONS {
            sessions.begin(account("ben"), begun + Duration::from_secs(n as u64)).unwrap();
        }
        assert_eq!(sessions.open.len(), MAX_SESSIONS);
        assert_eq!(sessions.account(&kept, begun), None);
    }
}
