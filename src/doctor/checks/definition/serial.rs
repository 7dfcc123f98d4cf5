//! What heartbeats come through that need no network.

use super::super::super::{Exhibit, Fact, Judged, Remedy, Site};
use super::whose::{EACH, edit, worst};
use crate::core::types::{SerialPort, Told};
use crate::vm::Port;
use crate::words::told;

pub(super) fn port(site: &Site, exhibit: &Exhibit) -> Fact<Judged> {
    let Some(wanted) = exhibit.settings.serial.as_ref().filter(|_| exhibit.settings.heartbeat.is_some())
    else {
        return Ok(Judged::Beside);
    };
    worst(exhibit, EACH, |whose, vm| {
        let (name, which) = (vm.name.as_str(), whose.told());
        let found = vm.line(wanted.name());
        let evidence = match (found, wanted) {
            (Some(port), _) if port.kind == port.kind_to_open() => {
                return Ok(Judged::Well(told!(
                    "heartbeats of '{vm}' come through its {port}",
                    vm = name,
                    port = called(port)
                )));
            }
            (Some(port), _) => told!(
                "heartbeats of '{vm}' are to come through its {port} of type '{kind}', which libvirt does not open ({which})",
                vm = name,
                port = called(port),
                kind = port.kind,
                which = which
            ),
            (None, SerialPort::First) => told!(
                "heartbeats of '{vm}' are to come through its serial port, and it has none ({which})",
                vm = name,
                which = which
            ),
            (None, SerialPort::Named(wanted)) => told!(
                "heartbeats of '{vm}' are to come through '{port}', and it has neither a channel nor a port of that name ({which})",
                vm = name,
                port = wanted,
                which = which
            ),
        };
        let says = told!(
            "put {xml} among its devices in place of what is there for it, switch the VM off and on, and make a new snapshot; or take \
             `serial` out of the configuration where the guest beats over a network",
            xml = proposal(wanted)
        );
        Ok(Judged::ill(evidence, Remedy::type_in(says, edit(site, exhibit))))
    })
}

/// What to put into a VM's definition
/// (<https://libvirt.org/formatdomain.html#consoles-serial-parallel-channel-devices>).
fn proposal(wanted: &SerialPort) -> String {
    match wanted {
        SerialPort::Named(name) if !is_alias(name) => {
            let name = name.replace('&', "&amp;").replace('<', "&lt;").replace('\'', "&apos;");
            format!("<channel type='unix'><target type='virtio' name='{name}'/></channel>")
        }
        SerialPort::First | SerialPort::Named(_) => {
            "<serial type='pty'><target port='0'/></serial>".to_owned()
        }
    }
}

/// Whether a name looks like one that libvirt gives to a port, or lets people give
/// (<https://libvirt.org/formatdomain.html#user-defined-device-aliases>).
fn is_alias(name: &str) -> bool {
    let numbered = ["serial", "console"].iter().find_map(|role| name.strip_prefix(role));
    name.starts_with("ua-") || numbered.is_some_and(|rest| rest.parse::<u8>().is_ok())
}

fn called(port: &Port) -> Told {
    if port.role == "channel" { told!("channel '{name}'", name = port.name) } else { told!("serial port") }
}
