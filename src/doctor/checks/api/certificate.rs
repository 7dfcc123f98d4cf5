//! The check of the certificate by which the panel is known over TLS.

use super::super::super::facts::api::{Certificate, Validity};
use super::super::super::{Command, Fact, Judged, Remedy, Site};
use super::vitrine;
use crate::core::types::Told;
use crate::words::told;

pub(super) fn certificate(site: &Site) -> Fact<Judged> {
    let Some(found) = site.api.certificate.as_ref().map_err(Told::clone)? else { return Ok(Judged::Beside) };
    let file = &found.file;
    let days = match &found.validity {
        Validity::Unusable(why) => {
            return Ok(Judged::warning(
                told!("the panel cannot be served over TLS: {why}", why = why.clone()),
                mend(found),
            ));
        }
        Validity::Ended => {
            return Ok(Judged::warning(
                told!("the certificate {file} holds no more: browsers refuse the panel", file = file),
                mend(found),
            ));
        }
        Validity::EndsSoon(days) => {
            return Ok(Judged::warning(
                told!(
                    "the certificate {file} holds for {days} more days; then browsers refuse the panel",
                    file = file,
                    days = days
                ),
                mend(found),
            ));
        }
        Validity::Lasts(days) => days,
        Validity::Unknown => {
            return Err(told!("when the certificate {file} ends cannot be told", file = file));
        }
    };
    if !found.fits {
        return Ok(Judged::warning(
            told!(
                "the certificate {file} is for nothing that this computer is called ({names}): browsers warn of the panel",
                file = file,
                names = found.names.join(", ")
            ),
            mend(found),
        ));
    }
    Ok(Judged::Well(told!(
        "the panel's certificate holds for {days} more days, for {names}",
        days = days,
        names = found.names.join(", ")
    )))
}

/// One that Vitrine has made is made anew by the same command, which also has the daemon take it up.
fn mend(found: &Certificate) -> Remedy {
    match (found.is_made_here, found.names.first()) {
        (true, Some(name)) => Remedy::type_in(
            told!("Have a new one made, for the address that staff type; browsers ask about it once more"),
            [vitrine(["panel", "enable", name])],
        ),
        (true, None) | (false, _) => Remedy::type_in(
            told!("Put a certificate there that holds, with its key, and have Vitrine read it"),
            [vitrine(["check"]), Command::new(["systemctl", "--user", "reload", "vitrine.service"])],
        ),
    }
}
