//! Asking QEMU itself, through libvirt's passthrough to its monitor.

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};
use virt::domain::Domain;
use virt_sys as sys;

use super::job::Job;
use crate::core::types::{Failure, Told};
use crate::words::told;

/// How long QEMU may take to answer a question about its state before it counts as hung: one that is healthy answers
/// within milliseconds.
const QEMU_TIMEOUT: Duration = Duration::from_secs(5);

/// Why QEMU did not do it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Refused {
    /// This QEMU is too old, or too new, for the command.
    NoSuchCommand,
    /// It said no, in these words.
    Because(String),
}

impl Job<'_> {
    /// A command of QEMU's machine protocol (<https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html>), and what
    /// it returns. It waits for a QEMU that hangs, perhaps for ever.
    pub(super) fn ask(
        &self,
        domain: &Domain,
        command: &str,
        arguments: &Value,
    ) -> Result<Result<Value, Refused>, Failure> {
        self.ensure_in_charge()?;
        let question = json!({ "execute": command, "arguments": arguments }).to_string();
        let said = domain.qemu_monitor_command(&question, 0).map_err(|error| self.failed(&error))?;
        // It may have waited for the VM until another QEMU answered.
        self.ensure_in_charge()?;
        Ok(returned(&said))
    }

    /// The same, where an answer is all that will do.
    pub(super) fn asked(&self, domain: &Domain, command: &str, arguments: &Value) -> Result<Value, Failure> {
        self.ask(domain, command, arguments)?.map_err(|refused| match refused {
            Refused::NoSuchCommand => {
                self.refused(told!("QEMU does not know the command {command}", command = command))
            }
            Refused::Because(why) => self.refused(said(&why)),
        })
    }

    /// One line for the monitor that is made for people. It waits as well.
    pub(super) fn monitor(&self, domain: &Domain, line: &str) -> Result<String, Failure> {
        self.ensure_in_charge()?;
        let answer = domain.qemu_monitor_command(line, sys::VIR_DOMAIN_QEMU_MONITOR_COMMAND_HMP);
        self.ensure_in_charge()?;
        answer.map(|text| text.trim().to_owned()).map_err(|error| self.failed(&error))
    }

    pub(super) fn is_qemu(&self) -> bool {
        !self.conn.driver_type().is_ok_and(|driver| driver != "QEMU")
    }

    /// Whether there is a QEMU that can be asked: not for a VM that is off, nor with libvirt's test driver.
    pub(super) fn has_monitor(&self, domain: &Domain) -> Result<bool, Failure> {
        let active = domain.is_active().map_err(|error| self.failed(&error))?;
        Ok(active && self.is_qemu())
    }

    /// Whether the guest's processors run, in QEMU's own words; libvirt hears of it a moment later.
    pub(super) fn runs(&self, domain: &Domain) -> Result<bool, Failure> {
        Ok(self.asked(domain, "query-status", &json!({}))?["running"] == true)
    }

    /// A QEMU that hangs must not be asked for a snapshot: the call would never return.
    pub(super) fn ensure_qemu_answers(&self, domain: &Domain) -> Result<(), Failure> {
        if self.qemu_answers(domain, QEMU_TIMEOUT)? {
            return Ok(());
        }
        Err(self.refused(told!(
            "its QEMU process has not answered for {waited}; once the artwork has been put back ('vitrine revert'), \
             try again",
            waited = QEMU_TIMEOUT
        )))
    }

    /// Whether the VM's QEMU, if it has one, answers within this time.
    pub(super) fn qemu_answers(&self, domain: &Domain, timeout: Duration) -> Result<bool, Failure> {
        let (tell, told) = mpsc::channel();
        let asked = domain.clone();
        let asking = move || {
            // Any answer will do. A VM that is off, or libvirt's test driver, has no monitor.
            let _ = asked.qemu_monitor_command(r#"{"execute":"query-status"}"#, 0);
            let _ = tell.send(());
        };
        let started = thread::Builder::new().name("libvirt-probe".to_owned()).spawn(asking);
        if let Err(error) = started {
            return Err(self.refused(told!("the system gives no thread: {why}", why = error.to_string())));
        }
        Ok(told.recv_timeout(timeout).is_ok())
    }
}

/// What QEMU says, in its own words.
pub(super) fn said(why: &str) -> Told {
    told!("QEMU says \"{why}\"", why = why)
}

/// A word for QEMU's monitor, in its quotes.
pub(super) fn quoted(word: &str) -> String {
    format!("\"{}\"", word.replace('\\', "\\\\").replace('"', "\\\""))
}

fn returned(said: &str) -> Result<Value, Refused> {
    let Ok(mut answer) = serde_json::from_str::<Value>(said) else {
        return Err(Refused::Because(said.trim().to_owned()));
    };
    if let Some(value) = answer.get_mut("return") {
        return Ok(value.take());
    }
    let error = &answer["error"];
    match error["class"].as_str() {
        Some("CommandNotFound") => Err(Refused::NoSuchCommand),
        _ => Err(Refused::Because(error["desc"].as_str().unwrap_or(said).trim().to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Refused, returned};

    #[test]
    fn an_answer_is_a_value_or_a_reason() {
        let because = |words: &str| Err(Refused::Because(words.to_owned()));
        let rows = [
            (r#"{"return":{"status":"running"},"id":"libvirt-9"}"#, Ok(json!({ "status": "running" }))),
            (r#"{"return":{}}"#, Ok(json!({}))),
            (
                r#"{"id":"libvirt-1","error":{"class":"CommandNotFound","desc":"The command x has not been found"}}"#,
                Err(Refused::NoSuchCommand),
            ),
            (r#"{"error":{"class":"GenericError","desc":"No"}}"#, because("No")),
            ("{}", because("{}")),
            ("unknown command\r\n", because("unknown command")),
        ];
        for (said, expected) in rows {
            assert_eq!(returned(said), expected, "{said}");
        }
    }
}
