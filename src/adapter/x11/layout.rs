//! Sets up the screens as the configuration says (RandR 1.5): which are lit, in what mode, where.
//!
//! What is right already is not touched. What is unplugged is left as it is, lit or not: so the others keep
//! their places, and the artwork returns to its own when the monitor does. What the X server refuses to do is put back
//! as it was, and tried again after a pause, or as soon as anything has changed.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use tracing::{info, warn};
use x11rb::connection::Connection as _;
use x11rb::errors::ReplyError;
use x11rb::protocol::randr::{self, ConnectionExt as _, Crtc, Output, SetConfig};
use x11rb::protocol::xproto::{ConnectionExt as _, Timestamp};

use super::display::{Display, Error};
use super::known_edids::KnownEdids;
use super::layout_plan::{self, Bounds, bottom, right};
use super::outputs::{self, Port, PortState, Setup};
use super::own_modes;
use crate::core::types::{Backoff, Rect, ScreenName, ScreenSettings};

/// Changes in a row, each undone by somebody; after so many, another program is thought to want it otherwise, and the
/// monitors would flicker all the time.
const MAX_CHANGES_IN_A_ROW: u8 = 5;

/// The pauses before what was refused, or undone by somebody again and again, is tried once more. Where it is refused
/// by a driver, each try may make the screen flicker.
const RETRY_PAUSES: Backoff = Backoff { first: Duration::from_secs(1), longest: Duration::from_secs(600) };

/// Tries to light what was refused: one monitor may leave to another what both cannot have at once.
const LIGHT_ROUNDS: u8 = 2;

/// How the screens are to be set up.
#[derive(Default)]
pub(super) struct Layout {
    wanted: Vec<ScreenSettings>,
    /// How many changes in a row had to be made.
    changes: u8,
    /// While another program undoes all changes.
    contest: Retry,
    /// What the X server would not do.
    refused: Vec<(Output, Option<Setup>)>,
    /// When that is tried again.
    refusal: Retry,
    /// The outputs as they were left after the last change: as long as they are so, nobody else has changed anything.
    left: Vec<PortState>,
    /// Where each screen was last, by connector: it comes back to the same place.
    last_positions: BTreeMap<String, (i32, i32)>,
    /// What was told already.
    warned: BTreeSet<String>,
}

/// Tries with growing pauses between them.
#[derive(Default)]
struct Retry {
    pauses: u32,
    until: Option<Instant>,
}

impl Retry {
    /// Begins the next pause.
    fn pause(&mut self, now: Instant) {
        self.until = Some(now + RETRY_PAUSES.after(self.pauses));
        self.pauses = self.pauses.saturating_add(1);
    }

    /// Ends the pause, where it is over. Whether it was.
    fn end(&mut self, now: Instant) -> bool {
        self.until.take_if(|until| *until <= now).is_some()
    }
}

/// What became of a change.
struct Change {
    /// Why it was refused, by the outputs' order; nothing where it was done or was not needed.
    failures: Vec<Option<String>>,
    /// The outputs thereafter.
    after: Vec<Port>,
}

/// What is wanted of each output, in the order of the ports; `None` where it is to be dark.
type Plan = Vec<Option<Setup>>;

impl Layout {
    /// Sets up these screens from now on.
    pub(super) fn set(&mut self, wanted: Vec<ScreenSettings>) {
        if self.wanted != wanted {
            self.wanted = wanted;
            self.warned.clear();
        }
        self.changes = 0;
        self.contest = Retry::default();
        self.forget_refusals();
        self.refusal = Retry::default();
    }

    /// Whether an output is to be taken for connected, whatever it says.
    pub(super) fn takes_for_connected(&self, connector: &str) -> bool {
        self.wanted.iter().any(|settings| match &settings.name {
            ScreenName::Connector(name) => settings.connected && name == connector,
            ScreenName::Edid(_) | ScreenName::EdidAt { .. } => false,
        })
    }

    /// When screens are to be set up again, though no event tells of a change.
    pub(super) fn deadline(&self) -> Option<Instant> {
        [self.contest.until, self.refusal.until].into_iter().flatten().min()
    }

    /// Makes the screens as they should be. Whether anything was changed.
    pub(super) fn apply(&mut self, x: &Display, edids: &mut KnownEdids, now: Instant) -> Result<bool, Error> {
        if self.wanted.is_empty() {
            return Ok(false);
        }
        let (is_contest_over, is_refusal_over) = (self.contest.end(now), self.refusal.end(now));
        let (mut ports, resources) = self.ports(x, edids)?;
        if self.provide_modes(x, &ports, &resources)? {
            (ports, _) = self.ports(x, edids)?;
        }
        if is_refusal_over || !ports.iter().map(Port::state).eq(self.left.iter().cloned()) {
            self.forget_refusals();
        }
        let limits = x.conn.randr_get_screen_size_range(x.root)?.reply()?;
        let largest = (limits.max_width, limits.max_height);
        if !self.differs(x, &ports, largest)? {
            self.changes = 0;
            self.contest = Retry::default();
            if self.refused.is_empty() {
                self.refusal = Retry::default();
            }
            return Ok(false);
        }
        if self.changes >= MAX_CHANGES_IN_A_ROW {
            self.warn_once(
                "Another program changes the screens again and again, so that they are left as they are for a while, and \
                 set up again after growing pauses. Is there a desktop's settings daemon, or xrandr in an autostart?",
            );
            if is_contest_over || self.contest.until.is_none() {
                self.contest.pause(now);
            }
            if !is_contest_over {
                return Ok(false);
            }
        }
        // No client sees the steps in between, and none changes anything meanwhile.
        x.conn.grab_server()?;
        let done = self.change(x, edids, largest);
        x.conn.ungrab_server()?;
        x.conn.flush()?;
        let (before, plan, change) = done?;
        self.tell(&before, &plan, change, now);
        Ok(true)
    }

    /// The outputs, with what is known of them besides.
    fn ports(
        &self,
        x: &Display,
        edids: &mut KnownEdids,
    ) -> Result<(Vec<Port>, randr::GetScreenResourcesCurrentReply), Error> {
        let (mut ports, resources) = outputs::ports(x)?;
        for port in &mut ports {
            port.connected |= self.takes_for_connected(&port.connector);
        }
        let connected = ports.iter_mut().filter(|port| port.connected);
        edids.complete(
            &mut connected.map(|port| (port.connector.as_str(), &mut port.edid)).collect::<Vec<_>>(),
        );
        Ok((ports, resources))
    }

    /// Tells the X server of the modes that monitors do not list and that are wanted. Whether there were any.
    fn provide_modes(
        &mut self,
        x: &Display,
        ports: &[Port],
        resources: &randr::GetScreenResourcesCurrentReply,
    ) -> Result<bool, Error> {
        let mut provided = false;
        let wishes: Vec<Option<ScreenSettings>> =
            layout_plan::wishes(&self.wanted, ports).into_iter().map(|wish| wish.cloned()).collect();
        for (port, wish) in ports.iter().zip(wishes) {
            let Some(wish) = wish.filter(|wish| port.connected && !wish.off) else { continue };
            match own_modes::provide(x, resources, port, &wish)? {
                Ok(more) => provided |= more,
                Err(why) => self.warn_once(&why),
            }
        }
        Ok(provided)
    }

    fn plan(&mut self, ports: &[Port], largest: (u16, u16)) -> Vec<Option<Setup>> {
        let bounds = Bounds { largest, refused: &self.refused };
        let plan = layout_plan::plan(&self.wanted, &mut self.last_positions, ports, &bounds);
        for complaint in &plan.complaints {
            self.warn_once(complaint);
        }
        plan.setups
    }

    /// Whether anything is to be changed.
    fn differs(&mut self, x: &Display, ports: &[Port], largest: (u16, u16)) -> Result<bool, Error> {
        let plan = self.plan(ports, largest);
        Ok(differences(ports, &plan).next().is_some() || self.primary(x, ports)?.is_some())
    }

    /// Changes what differs. The X server serves nobody else meanwhile.
    fn change(
        &mut self,
        x: &Display,
        edids: &mut KnownEdids,
        largest: (u16, u16),
    ) -> Result<(Vec<Port>, Plan, Change), Error> {
        let (ports, resources) = self.ports(x, edids)?;
        let plan = self.plan(&ports, largest);
        let primary = self.primary(x, &ports)?;
        let mut failures = change(x, resources.config_timestamp, &ports, &plan)?;
        if let Some(output) = primary {
            x.conn.randr_set_output_primary(x.root, output)?;
        }
        let (after, _) = self.ports(x, edids)?;
        for ((port, setup), failure) in after.iter().zip(&plan).zip(&mut failures) {
            let changed = differences(&ports, &plan).any(|index| ports[index].output == port.output);
            if changed && failure.is_none() && port.now != *setup {
                *failure = Some("it did something else".to_owned());
            }
        }
        Ok((ports, plan, Change { failures, after }))
    }

    /// Says what has been done, and notes what could not be.
    fn tell(&mut self, before: &[Port], plan: &[Option<Setup>], change: Change, now: Instant) {
        let mut refused = false;
        let mut done = differences(before, plan).next().is_none();
        for index in differences(before, plan) {
            let (connector, setup) = (&before[index].connector, &plan[index]);
            let wish = setup
                .map_or_else(|| "be switched off".to_owned(), |setup| format!("be {}", words(setup.rect)));
            match (&change.failures[index], setup) {
                (Some(why), _) => {
                    refused = true;
                    self.refused.push((before[index].output, *setup));
                    let left = change.after.get(index).and_then(|port| port.now);
                    let left = left.map_or_else(|| "dark".to_owned(), |now| words(now.rect));
                    self.warn_once(&format!(
                        "The screen {connector} was to {wish}, and the X server would not do it ({why}). It is {left}, and \
                         the change is tried again now and then. Is the cable, or an adapter in it, too weak for this mode? \
                         Another `mode` in its [[screen]] may do."
                    ));
                }
                (None, Some(setup)) => {
                    done = true;
                    info!("screen {connector}: {}", words(setup.rect));
                }
                (None, None) => {
                    done = true;
                    info!("screen {connector}: switched off");
                }
            }
        }
        if refused {
            self.refusal.pause(now);
        }
        // What was refused, nobody has undone.
        self.changes = self.changes.saturating_add(u8::from(done));
        self.left = change.after.iter().map(Port::state).collect();
    }

    /// What was refused may be tried again.
    fn forget_refusals(&mut self) {
        self.refused.clear();
        self.refusal.until = None;
    }

    fn warn_once(&mut self, text: &str) {
        if self.warned.insert(text.to_owned()) {
            warn!("{text}");
        }
    }

    /// The output that is to become the primary one.
    fn primary(&self, x: &Display, ports: &[Port]) -> Result<Option<Output>, Error> {
        let wishes = layout_plan::wishes(&self.wanted, ports);
        let wanted = ports
            .iter()
            .zip(wishes)
            .find(|(port, wish)| port.connected && wish.is_some_and(|settings| settings.primary));
        let Some((wanted, _)) = wanted else { return Ok(None) };
        let now = x.conn.randr_get_output_primary(x.root)?.reply()?.output;
        Ok((now != wanted.output).then_some(wanted.output))
    }
}

fn words(rect: Rect) -> String {
    format!("{}x{} at {},{}", rect.width, rect.height, rect.x, rect.y)
}

/// Which outputs do not show what they should, by their places in the list.
fn differences<'a>(ports: &'a [Port], plan: &'a [Option<Setup>]) -> impl Iterator<Item = usize> + use<'a> {
    ports
        .iter()
        .zip(plan)
        .enumerate()
        .filter(|(_, (port, setup))| port.now != **setup)
        .map(|(index, _)| index)
}

/// Changes what differs, and puts back what is refused. Why something was refused is returned, by the outputs' order.
fn change(
    x: &Display,
    time: Timestamp,
    ports: &[Port],
    plan: &[Option<Setup>],
) -> Result<Vec<Option<String>>, Error> {
    let mut failures: Vec<Option<String>> = vec![None; ports.len()];
    let taken = |crtc: Crtc| plan.iter().flatten().any(|setup| setup.crtc == crtc);
    // First goes dark what is to, or what something else is to light; all others stay lit until they change.
    for index in differences(ports, plan) {
        let (port, setup) = (&ports[index], plan[index]);
        if let Some(now) = port.now
            && setup.is_none_or(|setup| setup.crtc != now.crtc)
            && !(setup.is_none() && taken(now.crtc) && !port.connected)
        {
            failures[index] = darken(x, time, now.crtc)?;
        }
    }
    let lit: Vec<Rect> = plan.iter().flatten().map(|setup| setup.rect).collect();
    grow(x, &lit)?;
    let mut left: Vec<usize> = differences(ports, plan)
        .filter(|index| plan[*index].is_some() && failures[*index].is_none())
        .collect();
    for _ in 0..LIGHT_ROUNDS {
        left = light_all(x, time, ports, plan, &left, &mut failures)?;
    }
    if left.len() > 1 {
        // Each may wait for what the other still has.
        for now in left.iter().filter_map(|index| ports[*index].now) {
            darken(x, time, now.crtc)?;
        }
        left = light_all(x, time, ports, plan, &left, &mut failures)?;
    }
    for index in left {
        put_back(x, time, &ports[index])?;
    }
    Ok(failures)
}

/// Lights those outputs; those that could not be are returned.
fn light_all(
    x: &Display,
    time: Timestamp,
    ports: &[Port],
    plan: &[Option<Setup>],
    which: &[usize],
    failures: &mut [Option<String>],
) -> Result<Vec<usize>, Error> {
    let mut left = Vec::new();
    for &index in which {
        let Some(setup) = plan[index] else { continue };
        failures[index] = light(x, time, &ports[index], setup)?;
        if failures[index].is_some() {
            left.push(index);
        }
    }
    Ok(left)
}

/// Lights an output again as it was, unless it is so, or something else is lit in its place. How it is then is seen
/// afterwards.
fn put_back(x: &Display, time: Timestamp, port: &Port) -> Result<(), Error> {
    let Some(before) = port.now else { return Ok(()) };
    let now = x.conn.randr_get_crtc_info(before.crtc, time)?.reply()?;
    let is_others = now.mode != 0 && !now.outputs.contains(&port.output);
    let is_same = now.mode == before.mode
        && now.outputs.contains(&port.output)
        && (i32::from(now.x), i32::from(now.y)) == (before.rect.x, before.rect.y)
        && now.rotation == before.rotation;
    if !is_others && !is_same {
        light(x, time, port, before)?;
    }
    Ok(())
}

/// Switches a CRTC off. Why not is returned, for people.
fn darken(x: &Display, time: Timestamp, crtc: Crtc) -> Result<Option<String>, Error> {
    let none = randr::Rotation::ROTATE0;
    let request = x.conn.randr_set_crtc_config(crtc, 0, time, 0, 0, 0, none, &[])?;
    refusal(request.reply())
}

/// Lights an output. Why not is returned, for people.
fn light(x: &Display, time: Timestamp, port: &Port, setup: Setup) -> Result<Option<String>, Error> {
    let Setup { crtc, mode, rotation, rect } = setup;
    let left = i16::try_from(rect.x).unwrap_or_default();
    let top = i16::try_from(rect.y).unwrap_or_default();
    let outputs = [port.output];
    let request = x.conn.randr_set_crtc_config(crtc, 0, time, left, top, mode, rotation, &outputs)?;
    refusal(request.reply())
}

/// What the X server has against it, for people.
fn refusal(reply: Result<randr::SetCrtcConfigReply, ReplyError>) -> Result<Option<String>, Error> {
    match reply {
        Ok(reply) if reply.status == SetConfig::SUCCESS => Ok(None),
        Ok(reply) => Ok(Some(format!("{:?}", reply.status))),
        Err(ReplyError::X11Error(error)) => Ok(Some(format!("{:?}", error.error_kind))),
        Err(ReplyError::ConnectionError(lost)) => Err(lost.into()),
    }
}

/// Makes the X screen large enough. It is never made smaller, which would disturb what is shown.
fn grow(x: &Display, lit: &[Rect]) -> Result<(), Error> {
    let size = x.conn.get_geometry(x.root)?.reply()?;
    let limits = x.conn.randr_get_screen_size_range(x.root)?.reply()?;
    let needed = |edges: Option<i32>| edges.and_then(|edge| u16::try_from(edge).ok()).unwrap_or(0);
    let width = needed(lit.iter().map(right).max()).max(size.width).min(limits.max_width);
    let height = needed(lit.iter().map(bottom).max()).max(size.height).min(limits.max_height);
    if (width, height) != (size.width, size.height) {
        // 96 pixels to the inch, as Xorg has it.
        let millimetres = |pixels: u16| u32::from(pixels) * 254 / 960;
        x.conn.randr_set_screen_size(x.root, width, height, millimetres(width), millimetres(height))?;
    }
    Ok(())
}
