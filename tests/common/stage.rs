//! A demo guest that plays in a VM of a libvirtd of the test's own, driven by the adapter, and that knows whether its
//! memory, its disks and its TPM are of one moment.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use rustix::process::Pid;
use serde_json::{Value, json};
use virt::domain::Domain;
use virt::error::ErrorNumber;
use vitrine::adapter::libvirt::Settings;
use vitrine::core::types::{Failure, VmAction, VmState};

use super::libvirtd::Libvirtd;
use super::rig::{A, Rig};

/// A demo guest that plays, and two ways to its VM.
pub struct Stage {
    pub rig: Rig,
    pub domain: Domain,
    pub pid: Pid,
    /// What the TPM had at each mark; null where there is none.
    pub tpm: HashMap<i64, Value>,
    pub libvirtd: Libvirtd,
}

impl Stage {
    /// The snapshot `ready` is of a moment at which memory and all disks had the mark 1.
    pub async fn new(words: &str) -> Self {
        let libvirtd = Libvirtd::start();
        let conn = libvirtd.connect();
        // Port 9 discards: nothing depends on heartbeats here.
        libvirtd.make_vms(&[("a", format!("{words} --no-snapshot --leave running"))], 9);
        let domain = conn.lookup_domain_by_name("a").unwrap();
        let mut rig = Rig::new(&libvirtd.uri(), Settings::CALL_DEADLINE);
        rig.watch(&[(A, "a")]);
        rig.seen(A, VmState::Running).await;
        let pid = libvirtd.qemu_pid("a").expect("a runs");
        let mut stage = Self { rig, domain, pid, tpm: HashMap::new(), libvirtd };
        stage.mark(1);
        stage.create("ready").await;
        stage
    }

    pub async fn create(&mut self, name: &str) {
        let create = VmAction::CreateSnapshot { snapshot: name.to_owned(), replaces: false };
        assert_eq!(self.rig.act_and_wait(A, create).await, Ok(()));
    }

    pub async fn in_place(&mut self, name: &str) -> Result<(), Failure> {
        self.rig.act_and_wait(A, VmAction::RevertInPlace { snapshot: name.to_owned() }).await
    }

    pub async fn full(&mut self, name: &str) {
        let full = VmAction::Revert { snapshot: name.to_owned() };
        assert_eq!(self.rig.act_and_wait(A, full).await, Ok(()));
        self.rig.agent(true).await;
        self.pid = self.libvirtd.qemu_pid("a").expect("a runs");
    }

    /// What the guest answers, as soon as libvirt is connected with it.
    pub fn agent(&self, command: &str, arguments: &Value) -> Value {
        let give_up = Instant::now() + Duration::from_secs(60);
        loop {
            match self.try_agent(command, arguments) {
                Ok(answer) => return answer,
                Err(error) if error.code().is(ErrorNumber::AgentUnresponsive) && Instant::now() < give_up => {
                }
                Err(error) => panic!("{command}: {error}"),
            }
            // Only how often it is asked, not how long is waited.
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    pub fn try_agent(&self, command: &str, arguments: &Value) -> Result<Value, virt::error::Error> {
        let command = json!({ "execute": command, "arguments": arguments }).to_string();
        let said = self.domain.qemu_agent_command(&command, 60, 0)?;
        Ok(serde_json::from_str::<Value>(&said).unwrap()["return"].take())
    }

    pub fn disks(&self) -> usize {
        // A disk that the guest's driver is not yet ready for cannot be opened.
        let marks = self.try_agent("demo-mark", &json!({}));
        marks.map_or(0, |marks| marks["disks"].as_array().unwrap().len())
    }

    pub fn qmp(&self, command: &str, arguments: &Value) -> Value {
        let command = json!({ "execute": command, "arguments": arguments }).to_string();
        let said = self.domain.qemu_monitor_command(&command, 0).unwrap();
        let mut said = serde_json::from_str::<Value>(&said).unwrap();
        assert_eq!(said["error"], Value::Null, "{command}");
        said["return"].take()
    }

    pub fn mark(&mut self, mark: i64) {
        self.agent("demo-mark", &json!({ "value": mark }));
        self.tpm.insert(mark, self.agent("demo-mark", &json!({}))["tpm"].take());
    }

    /// The guest answers in the same process, and memory and all disks are of the moment with this mark.
    pub async fn is_at(&mut self, mark: i64) {
        self.rig.agent(true).await;
        assert_eq!(self.rig.info(A).state, VmState::Running);
        assert_eq!(self.libvirtd.qemu_pid("a"), Some(self.pid), "the process is another one");
        let marks = self.agent("demo-mark", &json!({}));
        let disks = marks["disks"].as_array().unwrap();
        assert!(!disks.is_empty());
        assert!(marks["memory"] == mark && disks.iter().all(|disk| *disk == mark), "{marks}");
        assert_eq!(marks["tpm"], self.tpm[&mark], "the TPM is of another moment");
    }

    /// It is refused with these words before anything is tried, and the guest goes on as it was.
    pub async fn refuses(&mut self, name: &str, words: &str) {
        self.mark(7);
        let refused = self.in_place(name).await;
        assert!(
            matches!(&refused, Err(Failure::NotInPlace(text)) if text.to_string().contains(words)),
            "{refused:?}"
        );
        self.is_at(7).await;
    }

    /// The nodes that have parts of a snapshot, and whether it is its memory.
    pub fn parts(&self, name: &str) -> Vec<(String, bool)> {
        let nodes = self.qmp("query-named-block-nodes", &json!({}));
        let part = |node: &Value| {
            let snapshots = node["image"]["snapshots"].as_array()?;
            let found = snapshots.iter().find(|snapshot| snapshot["name"] == name)?;
            Some((node["node-name"].as_str()?.to_owned(), found["vm-state-size"] != 0))
        };
        nodes.as_array().unwrap().iter().filter_map(part).collect()
    }

    pub fn delete_part(&self, node: &str, name: &str) {
        self.qmp("blockdev-snapshot-delete-internal-sync", &json!({ "device": node, "name": name }));
    }
}
