//! One look at all that libvirt knows, for who runs no adapter: the doctor, and pre-flight.

use std::thread;
use std::time::Duration;

use virt::connect::Connect;
use virt::domain::Domain;
use virt::error::{Error, ErrorNumber};
use virt::sys;

use super::question::{Unanswered, ask, ask_of, words};
use super::reading;
use crate::core::types::{Snapshots, Told, VmState};
use crate::vm::Definition;
use crate::words::told;

/// What libvirt knows, in its own words.
#[derive(Clone, Debug)]
pub struct Looked {
    /// The URI that was asked.
    pub uri: String,
    /// libvirt's version at the other end: 1,000,000 × major + 1,000 × minor + release (`virConnectGetLibVersion`).
    pub version: Result<u32, Told>,
    /// QEMU's, counted likewise (`virConnectGetVersion`).
    pub qemu_version: Result<u32, Told>,
    /// <https://libvirt.org/formatcaps.html>
    pub capabilities: Result<String, Told>,
    /// Every VM that libvirt has.
    pub vms: Result<Vec<Vm>, Told>,
    /// Every virtual network (<https://libvirt.org/formatnetwork.html>).
    pub networks: Result<Vec<Object>, Told>,
    /// Every storage pool (<https://libvirt.org/formatstorage.html>).
    pub pools: Result<Vec<Object>, Told>,
    /// Every secret.
    pub secrets: Result<Vec<Secret>, Told>,
}

/// A secret (<https://libvirt.org/formatsecret.html>), without what it is.
#[derive(Clone, Debug)]
pub struct Secret {
    /// What it is known by for ever.
    pub uuid: String,
    /// What it is for; empty where that is not said.
    pub usage: String,
    /// It is kept in memory alone.
    pub ephemeral: bool,
    /// Somebody has set it; `None` where libvirt does not tell, or no VM that is looked at names it.
    pub has_value: Option<bool>,
}

/// A network or a storage pool.
#[derive(Clone, Debug)]
pub struct Object {
    /// Its name.
    pub name: String,
    /// Its definition.
    pub xml: String,
    /// It is there now.
    pub active: bool,
    /// It is started with libvirt.
    pub autostart: bool,
}

/// A VM.
#[derive(Clone, Debug)]
pub struct Vm {
    /// Its name.
    pub name: String,
    /// Its state.
    pub state: Result<VmState, Told>,
    /// Its definition, as the next start takes it; `None` where it has none and is gone once it stops.
    pub persistent: Result<Option<String>, Told>,
    /// Its definition as it runs; `None` where it does not.
    pub running: Result<Option<String>, Told>,
    /// libvirt starts it by itself.
    pub autostart: Result<bool, Told>,
    /// Its snapshots.
    pub snapshots: Result<Vec<SnapshotText>, Told>,
    /// Whether there is a saved state, which the next start would take (`virDomainHasManagedSaveImage`).
    pub saved: Result<bool, Told>,
    /// Whether its display asks for a password, which is not kept.
    pub password: Result<bool, Told>,
    /// What libvirt can do for machines of its kind (<https://libvirt.org/formatdomaincaps.html>).
    pub domain_capabilities: Result<String, Told>,
}

impl Vm {
    /// Its snapshots, as far as libvirt tells of them.
    ///
    /// # Errors
    /// Why it does not.
    pub fn family(&self) -> Result<Snapshots, Told> {
        let texts = self.snapshots.as_ref().map_err(Told::clone)?;
        let one = |text: &SnapshotText| reading::described(text.name.clone(), &text.xml, text.current);
        Ok(texts.iter().map(one).collect())
    }
}

/// A snapshot.
#[derive(Clone, Debug)]
pub struct SnapshotText {
    /// Its name.
    pub name: String,
    /// libvirt's description of it, with the VM's definition as it then was.
    pub xml: String,
    /// It is the one that the VM's state comes from.
    pub current: bool,
}

/// Looks once. The snapshots are read of these VMs only. Blocks for no longer than this.
///
/// # Errors
/// Why libvirt could not be asked at all, for people.
pub fn look(uri: &str, vms: &[String], within: Duration) -> Result<Looked, Told> {
    let vms = vms.to_vec();
    // After a start of the computer libvirt first tries out every QEMU that there is, for seconds; what does not need that
    // is not kept waiting.
    let of_qemu =
        |conn: &Connect| Ok((conn.hyp_version().map_err(words), conn.capabilities().map_err(words)));
    thread::scope(|scope| {
        let of_qemu = scope.spawn(move || ask(uri, within, of_qemu));
        let all = ask(uri, within, move |conn| {
            let found = all_vms(conn, &vms).map_err(words);
            let secrets = secrets(conn, found.as_deref().unwrap_or_default()).map_err(words);
            Ok((
                conn.lib_version().map_err(words),
                found,
                networks(conn).map_err(words),
                pools(conn).map_err(words),
                secrets,
            ))
        });
        let (version, vms, networks, pools, secrets) = all?;
        let of_qemu =
            of_qemu.join().unwrap_or_else(|_| Err(Unanswered::Refused(told!("it was not found out"))));
        let (qemu_version, capabilities) = of_qemu.unwrap_or_else(|why| {
            let why = Told::from(why);
            (Err(why.clone()), Err(why))
        });
        Ok(Looked { uri: uri.to_owned(), version, qemu_version, capabilities, vms, networks, pools, secrets })
    })
}

fn all_vms(conn: &Connect, wanted: &[String]) -> Result<Vec<Vm>, Error> {
    let domains = conn.list_all_domains(0)?;
    // What goes in between is not there.
    Ok(domains.iter().filter_map(|domain| Some(vm(conn, domain, domain.name().ok()?, wanted))).collect())
}

fn vm(conn: &Connect, domain: &Domain, name: String, wanted: &[String]) -> Vm {
    let persistent = domain.is_persistent().and_then(|is| {
        // The secure parts are passwords, which nobody needs here.
        if is { domain.xml_desc(sys::VIR_DOMAIN_XML_INACTIVE).map(Some) } else { Ok(None) }
    });
    let running =
        domain.is_active().and_then(|runs| if runs { domain.xml_desc(0).map(Some) } else { Ok(None) });
    let is_wanted = wanted.contains(&name);
    let snapshots = if is_wanted { snapshots(domain) } else { Ok(Vec::new()) };
    let not_asked = told!("it was not asked for");
    let password = if is_wanted { password(domain) } else { Err(not_asked.clone()) };
    let xml = persistent
        .as_ref()
        .ok()
        .and_then(Option::as_deref)
        .or(running.as_ref().ok().and_then(Option::as_deref));
    let domain_capabilities = match xml.filter(|_| is_wanted) {
        Some(xml) => domain_capabilities(conn, xml),
        None => Err(not_asked),
    };
    Vm {
        state: reading::state(domain).map_err(words),
        persistent: persistent.map_err(words),
        running: running.map_err(words),
        autostart: domain.autostart().map_err(words),
        snapshots: snapshots.map_err(words),
        saved: domain.has_managed_save(0).map_err(words),
        password,
        domain_capabilities,
        name,
    }
}

/// Whether a display asks for a password. It is told to those only who may change the VM.
fn password(domain: &Domain) -> Result<bool, Told> {
    let definition = read(&domain.xml_desc(sys::VIR_DOMAIN_XML_SECURE).map_err(words)?)?;
    Ok(definition.graphics.iter().any(|graphics| graphics.password))
}

/// What libvirt can do for machines of the kind that a definition asks for.
fn domain_capabilities(conn: &Connect, xml: &str) -> Result<String, Told> {
    let vm = read(xml)?;
    let [emulator, arch, machine, kind] = [&vm.emulator, &vm.arch, &vm.machine, &vm.kind]
        .map(|text| Some(text.as_str()).filter(|text| !text.is_empty()));
    conn.domain_capabilities(emulator, arch, machine, kind, 0).map_err(words)
}

fn read(xml: &str) -> Result<Definition, Told> {
    Definition::read(xml).map_err(|error| {
        told!("libvirt describes it in a way that cannot be read: {why}", why = error.to_string())
    })
}

fn snapshots(domain: &Domain) -> Result<Vec<SnapshotText>, Error> {
    let read = |snapshot: &virt::domain_snapshot::DomainSnapshot| {
        Ok(SnapshotText {
            name: snapshot.name()?,
            xml: snapshot.xml_desc(0)?,
            current: snapshot.is_current(0)?,
        })
    };
    domain.list_all_snapshots(0)?.iter().map(read).collect()
}

fn networks(conn: &Connect) -> Result<Vec<Object>, Error> {
    let read = |network: &virt::network::Network| {
        Ok(Object {
            name: network.name()?,
            xml: network.xml_desc(0)?,
            active: network.is_active()?,
            autostart: network.autostart()?,
        })
    };
    conn.list_all_networks(0)?.iter().map(read).collect()
}

fn pools(conn: &Connect) -> Result<Vec<Object>, Error> {
    let read = |pool: &virt::storage_pool::StoragePool| {
        Ok(Object {
            name: pool.name()?,
            xml: pool.xml_desc(0)?,
            active: pool.is_active()?,
            autostart: pool.autostart()?,
        })
    };
    conn.list_all_storage_pools(0)?.iter().map(read).collect()
}

fn secrets(conn: &Connect, vms: &[Vm]) -> Result<Vec<Secret>, Error> {
    let named = |text: &str| {
        let xmls = vms.iter().flat_map(|vm| [&vm.persistent, &vm.running]).flatten().flatten();
        !text.is_empty() && xmls.into_iter().any(|xml| xml.contains(text))
    };
    let read = |secret: &virt::secret::Secret| {
        let (uuid, usage, xml) = (secret.uuid_string()?, secret.usage_id()?, secret.xml_desc(0)?);
        let has_value = (named(&uuid) || named(&usage)).then(|| has_value(secret)).flatten();
        Ok(Secret { uuid, usage, ephemeral: xml.contains("ephemeral='yes'"), has_value })
    };
    conn.list_all_secrets(0)?.iter().map(read).collect()
}

/// Whether a secret was set. libvirt tells no other way, and of private ones not at all; the value is let go at once.
fn has_value(secret: &virt::secret::Secret) -> Option<bool> {
    match secret.value(0) {
        Ok(value) => Some(!value.is_empty()),
        Err(error) if error.code().is(ErrorNumber::NoSecret) => Some(false),
        Err(_) => None,
    }
}

/// What a running VM's QEMU says of the images that it has open (`query-named-block-nodes`). It may hang, and then libvirt
/// with it, so it is asked for no longer than this.
///
/// # Errors
/// Why it did not answer, for people.
pub fn images_of(uri: &str, vm: &str, within: Duration) -> Result<serde_json::Value, Told> {
    let asked = ask_of(uri, vm, within, |domain| {
        let said =
            domain.qemu_monitor_command(r#"{"execute":"query-named-block-nodes"}"#, 0).map_err(words)?;
        let mut said: serde_json::Value =
            serde_json::from_str(&said).map_err(|error| Told::text(error.to_string()))?;
        Ok(said["return"].take())
    });
    asked.map_err(Told::from)
}

/// What the agent in a guest answers to a command, as JSON. The agent may take a second.
///
/// # Errors
/// No agent answers, or libvirt cannot be asked within this time.
pub fn ask_agent(uri: &str, vm: &str, command: &'static str, within: Duration) -> Result<String, Told> {
    let asked =
        ask_of(uri, vm, within, move |domain| domain.qemu_agent_command(command, 1, 0).map_err(words));
    asked.map_err(|why| match why {
        Unanswered::Late(_) => told!("the guest's agent has not answered within {waited}", waited = within),
        Unanswered::Refused(why) => why,
    })
}

/// How large a disk is (<https://libvirt.org/html/libvirt-libvirt-domain.html#virDomainBlockInfo>), in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlockSizes {
    /// As the guest sees it.
    pub capacity: u64,
    /// What it takes on its file system.
    pub allocation: u64,
    /// The length of its file.
    pub physical: u64,
}

/// How large a VM's disk is, which libvirt may know of an image that this user may not read. Of a running VM it asks QEMU,
/// which may hang.
///
/// # Errors
/// Why libvirt does not say, for people; among these that there is no such file.
pub fn block_sizes(uri: &str, vm: &str, target: &str, within: Duration) -> Result<BlockSizes, Told> {
    let target = target.to_owned();
    let asked = ask_of(uri, vm, within, move |domain| domain.block_info(&target, 0).map_err(words));
    let found = asked.map_err(Told::from)?;
    Ok(BlockSizes { capacity: found.capacity, allocation: found.allocation, physical: found.physical })
}
