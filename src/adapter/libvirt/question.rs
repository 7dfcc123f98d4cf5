//! Questions for who runs no adapter: each is asked on a connection and a thread of its own, for libvirt may hang, and with
//! it whatever else is asked on that connection.

use std::time::Duration;

use virt::connect::Connect;
use virt::domain::Domain;
use virt::error::{Error, clear_error_callback};

use super::link;
use crate::core::types::Told;
use crate::host;
use crate::words::told;

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Unanswered {
    /// None came in time; the question hangs on, with its thread.
    Late(Told),
    /// libvirt cannot be asked, or refuses to answer.
    Refused(Told),
}

impl From<Unanswered> for Told {
    fn from(why: Unanswered) -> Self {
        match why {
            Unanswered::Late(why) | Unanswered::Refused(why) => why,
        }
    }
}

/// What an error of libvirt's says.
pub(super) fn words(error: Error) -> Told {
    Told::text(error.message())
}

/// Asks libvirt. Blocks for no longer than this.
pub(super) fn ask<T: Send + 'static>(
    uri: &str,
    within: Duration,
    question: impl FnOnce(&Connect) -> Result<T, Told> + Send + 'static,
) -> Result<T, Unanswered> {
    ask_by(link::connect, uri, within, question)
}

/// Asks libvirt about one VM. Blocks for no longer than this.
pub(super) fn ask_of<T: Send + 'static>(
    uri: &str,
    vm: &str,
    within: Duration,
    question: impl FnOnce(&Domain) -> Result<T, Told> + Send + 'static,
) -> Result<T, Unanswered> {
    let vm = vm.to_owned();
    ask(uri, within, move |conn| question(&conn.lookup_domain_by_name(&vm).map_err(words)?))
}

/// Asks without the right to change anything, which may be given to more users. Blocks for no longer than this.
pub(super) fn ask_read_only<T: Send + 'static>(
    uri: &str,
    within: Duration,
    question: impl FnOnce(&Connect) -> Result<T, Told> + Send + 'static,
) -> Result<T, Unanswered> {
    ask_by(|uri| Connect::open_read_only(Some(uri)), uri, within, question)
}

fn ask_by<T: Send + 'static>(
    connect: impl FnOnce(&str) -> Result<Connect, Error> + Send + 'static,
    uri: &str,
    within: Duration,
    question: impl FnOnce(&Connect) -> Result<T, Told> + Send + 'static,
) -> Result<T, Unanswered> {
    let address = uri.to_owned();
    let asked = host::within(within, move || {
        // libvirt would print what is told here anyway.
        clear_error_callback();
        question(&connect(&address).map_err(words)?)
    });
    match asked {
        Ok(said) => said.map_err(Unanswered::Refused),
        Err(_) => {
            Err(Unanswered::Late(told!("{uri} has not answered within {waited}", uri = uri, waited = within)))
        }
    }
}
