//! The units of systemd, over D-Bus: how they are is subscribed to, never asked for in turns.
//!
//! Each bus has a task of its own, which connects once there is a unit to watch. Facts about the interface are those
//! of org.freedesktop.systemd1(5): `Subscribe` makes systemd send signals at all, `LoadUnit` answers for units that
//! have no file too, and a property's change is told by `PropertiesChanged` of the unit's object.

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use futures_util::stream::SelectAll;
use futures_util::{FutureExt as _, StreamExt as _};
use tokio::sync::mpsc;
use zbus::message::Type;
use zbus::zvariant::{OwnedObjectPath, OwnedValue};
use zbus::{Connection, MatchRule, Message, MessageStream, connection};

use super::{Events, bus};
use crate::core::event::Event;
use crate::core::types::{ActiveState, Backoff, Bus, Told, UnitInfo, UnitSettings};
use crate::life;
use crate::words::told;

/// As a part of Vitrine. Every call that it waits for has an end.
const NAME: &str = "the watch over units";

const SYSTEMD: &str = "org.freedesktop.systemd1";
const MANAGER: &str = "org.freedesktop.systemd1.Manager";
const MANAGER_PATH: &str = "/org/freedesktop/systemd1";
const UNIT: &str = "org.freedesktop.systemd1.Unit";
const PROPERTIES: &str = "org.freedesktop.DBus.Properties";

/// Signals that may wait while a unit is read. With more, the connection would stand still.
const MAX_QUEUED_SIGNALS: usize = 1024;
/// The pauses between tries to reach a bus that was lost: a unit that fails meanwhile should not wait for longer.
const RETRY_PAUSES: Backoff = Backoff { first: Duration::from_millis(500), longest: Duration::from_secs(30) };

/// Where the buses are.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// The address of the machine's bus; `None` means the usual one.
    pub system: Option<String>,
    /// The address of the session's bus; `None` means the usual one.
    pub user: Option<String>,
}

enum Command {
    /// These are the units to watch, by name.
    Watch(Vec<String>),
    /// Restart the unit of this name.
    Restart(String),
}

/// Speaks to the tasks, which end with it.
#[derive(Debug)]
pub struct Handle {
    system: mpsc::UnboundedSender<Command>,
    user: mpsc::UnboundedSender<Command>,
}

impl Handle {
    /// These are all the units to watch from now on; each answers with `Event::UnitSeen`, at once and after changes.
    pub fn watch(&self, units: &[UnitSettings]) {
        for (bus, commands) in [(Bus::System, &self.system), (Bus::User, &self.user)] {
            let names = units.iter().filter(|unit| unit.bus == bus).map(|unit| unit.name.clone());
            // A task ends only with this handle.
            let _ = commands.send(Command::Watch(names.collect()));
        }
    }

    /// Restarts a unit; the answer is `Event::UnitRestarted`.
    pub fn restart(&self, bus: Bus, name: String) {
        let commands = match bus {
            Bus::System => &self.system,
            Bus::User => &self.user,
        };
        let _ = commands.send(Command::Restart(name));
    }
}

/// Starts a task for each bus. Nothing is connected before there is a unit to watch.
pub fn spawn(settings: Settings, events: Events) -> Handle {
    let actor = |bus, address| {
        let (sender, commands) = mpsc::unbounded_channel();
        let actor = Actor { bus, address, commands, events: events.clone(), names: Vec::new(), lost: false };
        tokio::spawn(async move { life::begin(NAME).during(actor.run()).await });
        sender
    };
    Handle { system: actor(Bus::System, settings.system), user: actor(Bus::User, settings.user) }
}

struct Actor {
    bus: Bus,
    address: Option<String>,
    commands: mpsc::UnboundedReceiver<Command>,
    events: Events,
    /// The units to watch.
    names: Vec<String>,
    /// Whether it was told already that the bus is away.
    lost: bool,
}

/// Why a connection was left.
enum Disconnect {
    /// The handle has gone.
    Ended,
    /// Other units are to be watched.
    Changed,
}

impl Actor {
    async fn run(mut self) {
        let mut pause = RETRY_PAUSES.first;
        loop {
            while self.names.is_empty() {
                let Some(command) = self.commands.recv().await else { return };
                self.handle_while_away(command);
            }
            let lost = match self.serve(&mut pause).await {
                Ok(Disconnect::Ended) => return,
                Ok(Disconnect::Changed) => continue,
                Err(lost) => lost,
            };
            if !std::mem::replace(&mut self.lost, true) {
                self.events.send(Event::UnitsLost { bus: self.bus, reason: lost });
            }
            let rest = tokio::time::sleep(pause);
            tokio::pin!(rest);
            loop {
                tokio::select! {
                    () = &mut rest => break,
                    command = self.commands.recv() => match command {
                        Some(command) => self.handle_while_away(command),
                        None => return,
                    },
                }
            }
            pause = RETRY_PAUSES.next(pause);
        }
    }

    fn handle_while_away(&mut self, command: Command) {
        match command {
            Command::Watch(names) => self.names = names,
            Command::Restart(name) => {
                let result = Err(told!("systemd cannot be reached"));
                self.events.send(Event::UnitRestarted { bus: self.bus, name, result });
            }
        }
    }

    /// Watches until the bus is lost or there is something else to do.
    async fn serve(&mut self, pause: &mut Duration) -> Result<Disconnect, Told> {
        let builder = match (&self.address, self.bus) {
            (Some(address), _) => connection::Builder::address(address.as_str())?,
            (None, Bus::System) => connection::Builder::system()?,
            (None, Bus::User) => connection::Builder::session()?,
        };
        let conn = bus::connect(builder).await?;
        let (mut signals, paths) = self.subscribe(&conn).await?;
        for (path, name) in &paths {
            self.read(&conn, path, name).await?;
        }
        *pause = RETRY_PAUSES.first;
        self.lost = false;
        loop {
            tokio::select! {
                command = self.commands.recv() => match command {
                    None => return Ok(Disconnect::Ended),
                    Some(Command::Watch(names)) if names == self.names => {}
                    Some(Command::Watch(names)) => {
                        self.names = names;
                        return Ok(Disconnect::Changed);
                    }
                    Some(Command::Restart(name)) => self.restart(&conn, name),
                },
                message = signals.next() => {
                    let message = message.ok_or_else(bus::gone)??;
                    let mut changed = self.concerned(&paths, &message)?;
                    // One change is often told by several signals; it is read once.
                    while let Some(Some(message)) = signals.next().now_or_never() {
                        changed.extend(self.concerned(&paths, &message?)?);
                    }
                    for (path, name) in paths.iter().filter(|(_, name)| changed.contains(name)) {
                        self.read(&conn, path, name).await?;
                    }
                }
            }
        }
    }

    /// Has everything told that concerns the units. The answer has the signals, and the units' objects and names.
    async fn subscribe(
        &self,
        conn: &Connection,
    ) -> zbus::Result<(SelectAll<MessageStream>, Vec<(OwnedObjectPath, String)>)> {
        let signal = || MatchRule::builder().msg_type(Type::Signal);
        let owner = signal().sender("org.freedesktop.DBus")?.member("NameOwnerChanged")?.add_arg(SYSTEMD)?;
        let reloading = signal().sender(SYSTEMD)?.interface(MANAGER)?.member("Reloading")?;
        let mut rules = vec![owner.build(), reloading.build()];
        manager(conn, "Subscribe", &()).await?;
        let mut paths = Vec::new();
        for name in &self.names {
            let path: OwnedObjectPath = manager(conn, "LoadUnit", &(name,)).await?.body().deserialize()?;
            let changed = signal().sender(SYSTEMD)?.path(path.clone())?.member("PropertiesChanged")?;
            rules.push(changed.build());
            paths.push((path, name.clone()));
        }
        let mut signals = SelectAll::new();
        for rule in rules {
            signals.push(MessageStream::for_match_rule(rule, conn, Some(MAX_QUEUED_SIGNALS)).await?);
        }
        Ok((signals, paths))
    }

    /// The units whose state a signal may have changed.
    fn concerned(
        &self,
        paths: &[(OwnedObjectPath, String)],
        message: &Message,
    ) -> Result<BTreeSet<String>, Told> {
        let header = message.header();
        match header.member().map(|member| member.as_str()) {
            Some("PropertiesChanged") => {
                let changed = header.path().map(|path| path.as_str());
                let found = paths.iter().filter(|(path, _)| Some(path.as_str()) == changed);
                Ok(found.map(|(_, name)| name.clone()).collect())
            }
            // After it, units may have come or gone.
            Some("Reloading") if !message.body().deserialize::<bool>()? => {
                Ok(self.names.iter().cloned().collect())
            }
            // systemd was executed anew, and its subscriptions may be gone. Where there was none, it has just come to
            // the bus, called by our own first question.
            Some("NameOwnerChanged") => {
                let (_, previous_owner, _): (String, String, String) = message.body().deserialize()?;
                if previous_owner.is_empty() {
                    return Ok(BTreeSet::new());
                }
                Err(told!("systemd has left the bus"))
            }
            _ => Ok(BTreeSet::new()),
        }
    }

    async fn read(&self, conn: &Connection, path: &OwnedObjectPath, name: &str) -> zbus::Result<()> {
        let all = properties(conn, path, "GetAll", &(UNIT,)).await?;
        let all: HashMap<String, OwnedValue> = all.body().deserialize()?;
        let text = |key| all.get(key).and_then(|value| <&str>::try_from(value).ok()).unwrap_or_default();
        let info = if text("LoadState") == "not-found" && text("ActiveState") != "active" {
            UnitInfo::Missing
        } else {
            UnitInfo::Loaded {
                active: active_state(text("ActiveState")),
                sub: text("SubState").to_owned(),
                result: self.kind_property(conn, path, name, "Result").await?.unwrap_or_default(),
                restarts: self.kind_property(conn, path, name, "NRestarts").await?,
            }
        };
        self.events.send(Event::UnitSeen { bus: self.bus, name: name.to_owned(), info });
        Ok(())
    }

    /// A property of the unit's kind. Not every kind has every one.
    async fn kind_property<T>(
        &self,
        conn: &Connection,
        path: &OwnedObjectPath,
        name: &str,
        property: &str,
    ) -> zbus::Result<Option<T>>
    where
        T: TryFrom<OwnedValue>,
    {
        let kind = name.rsplit_once('.').map(|(_, kind)| kind).unwrap_or_default();
        let (first, rest) = kind.split_at(kind.len().min(1));
        let interface = format!("{SYSTEMD}.{}{rest}", first.to_uppercase());
        match properties(conn, path, "Get", &(interface, property)).await {
            Ok(message) => {
                let value: OwnedValue = message.body().deserialize()?;
                Ok(T::try_from(value).ok())
            }
            Err(zbus::Error::MethodError(..)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Restarts a unit, as `systemctl reset-failed` and `systemctl restart` do: without the former, a unit that has
    /// reached its limit of starts would be refused.
    fn restart(&self, conn: &Connection, name: String) {
        let (conn, events, bus) = (conn.clone(), self.events.clone(), self.bus);
        tokio::spawn(async move {
            let _guard = life::guard(NAME);
            let restart = async {
                // Refused for a unit that is not loaded, which has not failed either.
                match manager(&conn, "ResetFailedUnit", &(&name,)).await {
                    Ok(_) | Err(zbus::Error::MethodError(..)) => {}
                    Err(error) => return Err(error),
                }
                manager(&conn, "RestartUnit", &(&name, "replace")).await
            };
            let result = match restart.await {
                Ok(_) => Ok(()),
                Err(zbus::Error::MethodError(error, text, _)) => {
                    Err(Told::text(text.unwrap_or_else(|| error.to_string())))
                }
                Err(error) => Err(error.into()),
            };
            events.send(Event::UnitRestarted { bus, name, result });
        });
    }
}

async fn manager<B>(conn: &Connection, method: &str, body: &B) -> zbus::Result<Message>
where
    B: zbus::export::serde::Serialize + zbus::zvariant::DynamicType,
{
    conn.call_method(Some(SYSTEMD), MANAGER_PATH, Some(MANAGER), method, body).await
}

async fn properties<B>(
    conn: &Connection,
    path: &OwnedObjectPath,
    method: &str,
    body: &B,
) -> zbus::Result<Message>
where
    B: zbus::export::serde::Serialize + zbus::zvariant::DynamicType,
{
    conn.call_method(Some(SYSTEMD), path, Some(PROPERTIES), method, body).await
}

fn active_state(word: &str) -> ActiveState {
    match word {
        "active" => ActiveState::Active,
        "reloading" => ActiveState::Reloading,
        "inactive" => ActiveState::Inactive,
        "failed" => ActiveState::Failed,
        "activating" => ActiveState::Activating,
        "deactivating" => ActiveState::Deactivating,
        _ => ActiveState::Other,
    }
}
