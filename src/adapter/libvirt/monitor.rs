//! Asking QEMU itself, through libvirt's passthrough to its monitor.

use serde_json::{Value, json};
use virt::domain::Domain;
use virt_sys as sys;

use super::action::Job;
use crate::core::types::Failure;

/// Why QEMU did not do it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Refused {
    /// This QEMU is too old, or too new, for the command.
    NoSuchCommand,
    /// In QEMU's words.
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
        let question = json!({ "execute": command, "arguments": arguments }).to_string();
        let said = domain.qemu_monitor_command(&question, 0).map_err(|error| self.failed(&error))?;
        Ok(returned(&said))
    }

    /// The same, where an answer is all that will do.
    pub(super) fn asked(&self, domain: &Domain, command: &str, arguments: &Value) -> Result<Value, Failure> {
        self.ask(domain, command, arguments)?.map_err(|refused| match refused {
            Refused::NoSuchCommand => self.refused(&format!("QEMU does not know the command {command}")),
            Refused::Because(why) => self.refused(&format!("QEMU says \"{why}\"")),
        })
    }

    /// One line for the monitor that is made for people. It waits as well.
    pub(super) fn monitor(&self, domain: &Domain, line: &str) -> Result<String, Failure> {
        let answer = domain.qemu_monitor_command(line, sys::VIR_DOMAIN_QEMU_MONITOR_COMMAND_HMP);
        answer.map(|text| text.trim().to_owned()).map_err(|error| self.failed(&error))
    }
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
