//! What the X server is asked and told. Windows are found by the server's own tree and ICCCM's WM_STATE, so that every
//! window manager will do, and none; what is asked for beyond that is of EWMH.

use std::collections::HashMap;
use std::error::Error;
use std::os::unix::net::UnixStream;
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use vitrine_guest_protocol::settings::Press;
use x11rb::CURRENT_TIME;
use x11rb::connection::{Connection, RequestConnection};
use x11rb::protocol::Event;
use x11rb::protocol::res::{self, ConnectionExt as _};
use x11rb::protocol::screensaver::ConnectionExt as _;
use x11rb::protocol::xproto::{
    self, AtomEnum, ClientMessageEvent, ConfigureWindowAux, ConnectionExt as _, EventMask, GetPropertyReply,
    ImageFormat, InputFocus, MapState, StackMode, VisualClass,
};
use x11rb::protocol::xtest::ConnectionExt as _;
use x11rb::rust_connection::{DefaultStream, RustConnection};

use crate::eyes::{Order, Seen, lock};
use crate::files::narrow;
use crate::session::{self, COOKIE, Session};
use crate::view::{Handle, Kind, View, Window};

/// How often windows are looked at.
const LOOK: Duration = Duration::from_millis(500);
/// How often pointer and keys are, and orders taken.
const ROUND: Duration = Duration::from_millis(50);
/// How long a window may take to answer.
const ANSWER_WITHIN: Duration = Duration::from_secs(2);
/// How often a session is looked for.
const SEARCH: Duration = Duration::from_secs(1);
/// How deep in its frame a window manager may have put a window, and how many windows are looked through for it.
const DEPTH: usize = 3;
const MAX_INNER: usize = 96;
/// By how much later somebody must have touched something for it to be something new.
const JITTER: Duration = Duration::from_millis(200);
/// As the X protocol numbers what XTEST plays.
const KEY_PRESS: u8 = 2;
const KEY_RELEASE: u8 = 3;
const BUTTON_PRESS: u8 = 4;
const BUTTON_RELEASE: u8 = 5;
const MOTION: u8 = 6;
/// WM_STATE's word for a minimised window (ICCCM 4.1.3.1).
const ICONIC: u32 = 3;

type Fallible<T> = Result<T, Box<dyn Error>>;

/// Looks for a session, looks at its screen until the connection is lost, and begins anew. Ends with the kit.
pub(crate) fn watch(seen: &Mutex<Seen>, orders: &Receiver<Order>) {
    let mut old_calls = false;
    loop {
        let mut trouble = "there is no X session".to_owned();
        for session in session::find() {
            match Screen::open(&session) {
                Ok(mut screen) => {
                    screen.old_calls = old_calls;
                    lock(seen).session = Some(session);
                    let Err(error) = screen.go_round(seen, orders, &mut old_calls) else { return };
                    trouble = error.to_string();
                    break;
                }
                Err(error) => trouble = format!("display {}: {error}", session.display.to_string_lossy()),
            }
        }
        {
            let mut seen = lock(seen);
            let colour = seen.colour;
            *seen = Seen { trouble, colour, ..Seen::default() };
        }
        let again = Instant::now() + SEARCH;
        while let Some(rest) = again.checked_duration_since(Instant::now()) {
            match orders.recv_timeout(rest) {
                Ok(Order::OldCalls(old)) => old_calls = old,
                // There is nothing to do it to.
                Ok(_) | Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    }
}

x11rb::atom_manager! {
    Atoms: AtomsCookie {
        WM_STATE,
        WM_PROTOCOLS,
        WM_DELETE_WINDOW,
        UTF8_STRING,
        _NET_ACTIVE_WINDOW,
        _NET_CLIENT_LIST,
        _NET_SUPPORTED,
        _NET_WM_NAME,
        _NET_WM_PID,
        _NET_WM_PING,
        _NET_WM_WINDOW_TYPE,
        _NET_WM_WINDOW_TYPE_DESKTOP,
        _NET_WM_WINDOW_TYPE_DIALOG,
        _NET_WM_WINDOW_TYPE_DOCK,
        _NET_WM_WINDOW_TYPE_NOTIFICATION,
        _NET_WM_WINDOW_TYPE_SPLASH,
    }
}

struct Screen {
    connection: RustConnection,
    root: Handle,
    /// Right and lower edge.
    size: [i32; 2],
    visual: xproto::Visualtype,
    colours: xproto::Colormap,
    atoms: Atoms,
    has_idle: bool,
    has_test: bool,
    has_pids: bool,
    old_calls: bool,
    /// Windows that were asked whether they answer, and since when they have not.
    asked: HashMap<Handle, Option<Instant>>,
    pointer: (i16, i16, u16),
    keys: [u8; 32],
}

impl Screen {
    fn open(session: &Session) -> Fallible<Self> {
        let number = session.number().ok_or("only an X server of this computer can be watched")?;
        let stream = UnixStream::connect(format!("/tmp/.X11-unix/X{number}"))?;
        let (stream, _) = DefaultStream::from_unix_stream(stream)?;
        let cookie = session.cookie();
        let name = if cookie.is_empty() { Vec::new() } else { COOKIE.to_vec() };
        let connection = RustConnection::connect_to_stream_with_auth_info(stream, 0, name, cookie)?;
        let atoms = Atoms::new(&connection)?.reply()?;
        let screen = connection.setup().roots.first().ok_or("this X server has no screen")?.clone();
        let visuals = screen.allowed_depths.iter().flat_map(|depth| &depth.visuals);
        let visual = visuals.into_iter().find(|visual| visual.visual_id == screen.root_visual).copied();
        let has = |name| connection.extension_information(name).map(|found| found.is_some());
        let (has_idle, has_test, has_res) =
            (has("MIT-SCREEN-SAVER")?, has("XTEST")?, has(res::X11_EXTENSION_NAME)?);
        // Whose a window is was added in version 1.2.
        let has_pids = has_res
            && connection
                .res_query_version(1, 2)?
                .reply()
                .is_ok_and(|version| (version.server_major, version.server_minor) >= (1, 2));
        // Answers of windows are sent to the root window, to whoever listens for changes of its children.
        let events = xproto::ChangeWindowAttributesAux::new().event_mask(EventMask::SUBSTRUCTURE_NOTIFY);
        connection.change_window_attributes(screen.root, &events)?.check()?;
        Ok(Self {
            root: screen.root,
            size: [i32::from(screen.width_in_pixels), i32::from(screen.height_in_pixels)],
            visual: visual.ok_or("this X server's screen has no visual")?,
            colours: screen.default_colormap,
            connection,
            atoms,
            has_idle,
            has_test,
            has_pids,
            old_calls: false,
            asked: HashMap::new(),
            pointer: (0, 0, 0),
            keys: [0; 32],
        })
    }

    /// Ends well where the kit does.
    fn go_round(
        &mut self,
        seen: &Mutex<Seen>,
        orders: &Receiver<Order>,
        old_calls: &mut bool,
    ) -> Fallible<()> {
        let mut look_at = Instant::now();
        (self.pointer, self.keys) = self.input()?;
        loop {
            while let Some(event) = self.connection.poll_for_event()? {
                self.heard(&event);
            }
            self.watch_input(seen)?;
            if Instant::now() >= look_at {
                look_at = Instant::now() + LOOK;
                let view = self.look()?;
                let mut seen = lock(seen);
                seen.view = view;
                seen.at = Some(Instant::now());
                seen.trouble.clear();
            }
            match orders.recv_timeout(ROUND) {
                Ok(Order::OldCalls(old)) => {
                    self.old_calls = old;
                    *old_calls = old;
                }
                Ok(Order::Sample(x, y)) => {
                    let colour = self.colour(x, y)?;
                    lock(seen).colour = Some((Instant::now(), colour));
                }
                Ok(order) => self.carry_out(order)?,
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return Ok(()),
            }
        }
    }

    /// A window answers, whoever has asked it.
    fn heard(&mut self, event: &Event) {
        match event {
            Event::ClientMessage(message)
                if message.window == self.root && message.type_ == self.atoms.WM_PROTOCOLS =>
            {
                let [what, _, window, ..] = message.data.as_data32();
                if what == self.atoms._NET_WM_PING {
                    self.asked.insert(window, None);
                }
            }
            _ => {}
        }
    }

    fn input(&self) -> Fallible<((i16, i16, u16), [u8; 32])> {
        let pointer = self.connection.query_pointer(self.root)?;
        let keys = self.connection.query_keymap()?;
        let pointer = pointer.reply()?;
        Ok(((pointer.root_x, pointer.root_y, u16::from(pointer.mask) & 0x1f00), keys.reply()?.keys))
    }

    fn watch_input(&mut self, seen: &Mutex<Seen>) -> Fallible<()> {
        let told = self.has_idle && !self.old_calls;
        let input = if told {
            let info = self.connection.screensaver_query_info(self.root)?.reply()?;
            Instant::now().checked_sub(Duration::from_millis(info.ms_since_user_input.into()))
        } else {
            let (pointer, keys) = self.input()?;
            let is_new = pointer != self.pointer || keys != self.keys;
            (self.pointer, self.keys) = (pointer, keys);
            is_new.then(Instant::now)
        };
        let mut seen = lock(seen);
        seen.input_is_told = told;
        // The server's word is a moment old when it is read, now more and now less; that is no new input.
        if input.is_some_and(|input| seen.input.is_none_or(|known| input > known + JITTER)) {
            seen.input = input;
        }
        Ok(())
    }

    fn look(&mut self) -> Fallible<View> {
        let atoms = self.atoms;
        let tree = self.connection.query_tree(self.root)?;
        let active = self.property(self.root, atoms._NET_ACTIVE_WINDOW)?;
        let managed = self.property(self.root, atoms._NET_SUPPORTED)?;
        let active = numbers(active.reply()?).first().copied().unwrap_or(0);
        let is_managed = managed.reply()?.value_len > 0;
        let mut windows = Vec::new();
        let clients = self.clients()?;
        for outer in tree.reply()?.children.iter().rev() {
            let client = match clients.get(outer) {
                Some(client) => *client,
                // What no window manager has listed is nobody's but its program's.
                None if !clients.is_empty() => *outer,
                None => self.client_of(*outer)?,
            };
            // A window that goes while it is looked at is none.
            if let Some(window) = self.window(*outer, client)? {
                windows.push(window);
            }
        }
        self.asked.retain(|handle, _| windows.iter().any(|window| window.handle == *handle));
        self.connection.flush()?;
        Ok(View { windows, active, is_managed })
    }

    fn property(
        &self,
        window: Handle,
        name: xproto::Atom,
    ) -> Fallible<x11rb::cookie::Cookie<'_, RustConnection, GetPropertyReply>> {
        Ok(self.connection.get_property(false, window, name, AtomEnum::ANY, 0, 64)?)
    }

    /// The programs' windows that the window manager lists, by what they have become a part of; none where it keeps
    /// no list.
    fn clients(&self) -> Fallible<HashMap<Handle, Handle>> {
        let list = self.connection.get_property(
            false,
            self.root,
            self.atoms._NET_CLIENT_LIST,
            AtomEnum::WINDOW,
            0,
            1024,
        )?;
        let mut level: Vec<(Handle, Handle)> =
            numbers(list.reply()?).iter().map(|client| (*client, *client)).collect();
        let mut found = HashMap::new();
        for _ in 0..=DEPTH {
            let mut asked = Vec::new();
            for (window, client) in level {
                asked.push((window, client, self.connection.query_tree(window)?));
            }
            level = Vec::new();
            for (window, client, tree) in asked {
                match there(tree.reply())? {
                    Some(tree) if tree.parent == self.root => drop(found.insert(window, client)),
                    Some(tree) => level.push((tree.parent, client)),
                    None => {}
                }
            }
        }
        Ok(found)
    }

    /// The program's window in the frame of a window manager that keeps no list: the one with a WM_STATE. Where there
    /// is none it is the window itself, which no window manager looks after.
    fn client_of(&self, outer: Handle) -> Fallible<Handle> {
        let mut level = vec![outer];
        for _ in 0..=DEPTH {
            let mut asked = Vec::new();
            for window in level.iter().take(MAX_INNER) {
                let state = self.property(*window, self.atoms.WM_STATE)?;
                asked.push((*window, state, self.connection.query_tree(*window)?));
            }
            level = Vec::new();
            for (window, state, tree) in asked {
                let (Some(state), Some(tree)) = (there(state.reply())?, there(tree.reply())?) else {
                    continue;
                };
                if state.value_len > 0 {
                    return Ok(window);
                }
                // The buttons of a frame are drawn below what it is for.
                level.extend(tree.children.iter().rev());
            }
        }
        Ok(outer)
    }

    fn window(&mut self, outer: Handle, client: Handle) -> Fallible<Option<Window>> {
        let atoms = self.atoms;
        let attributes = self.connection.get_window_attributes(client)?;
        let geometry = self.connection.get_geometry(outer)?;
        let inner = self.connection.get_geometry(client)?;
        let state = self.property(client, atoms.WM_STATE)?;
        let title = self.property(client, atoms._NET_WM_NAME)?;
        let old_title = self.property(client, AtomEnum::WM_NAME.into())?;
        let class = self.property(client, AtomEnum::WM_CLASS.into())?;
        let process = self.property(client, atoms._NET_WM_PID)?;
        let types = self.property(client, atoms._NET_WM_WINDOW_TYPE)?;
        let belongs = self.property(client, AtomEnum::WM_TRANSIENT_FOR.into())?;
        let protocols = self.property(client, atoms.WM_PROTOCOLS)?;
        let (Some(attributes), Some(geometry), Some(inner)) =
            (there(attributes.reply())?, there(geometry.reply())?, there(inner.reply())?)
        else {
            return Ok(None);
        };
        if attributes.class == xproto::WindowClass::INPUT_ONLY {
            return Ok(None);
        }
        let minimised = there(state.reply())?.is_some_and(|state| numbers(state).first() == Some(&ICONIC));
        let [title, old_title, class] = [title, old_title, class].map(|property| there(property.reply()));
        let title = title?.map(|title| self.text(&title)).filter(|title| !title.is_empty());
        let title = title.or(old_title?.map(|title| self.text(&title))).unwrap_or_default();
        let class = class?.map(|class| class.value).unwrap_or_default();
        let mut names = class.split(|byte| *byte == 0).map(<[u8]>::to_vec);
        let (instance, class) = (names.next().unwrap_or_default(), names.next().unwrap_or_default());
        let types = there(types.reply())?.map(numbers).unwrap_or_default();
        let belongs = there(belongs.reply())?.is_some_and(|belongs| belongs.value_len > 0);
        let protocols = there(protocols.reply())?.map(numbers).unwrap_or_default();
        let process = there(process.reply())?.and_then(|process| numbers(process).first().copied());
        let process = match process {
            Some(process) => i32::try_from(process).unwrap_or(0),
            None => self.process_of(client)?,
        };
        let is = |kinds: &[xproto::Atom]| types.iter().any(|kind| kinds.contains(kind));
        let kind = if is(&[atoms._NET_WM_WINDOW_TYPE_DESKTOP, atoms._NET_WM_WINDOW_TYPE_DOCK]) {
            Kind::Shell
        } else if attributes.override_redirect
            || is(&[atoms._NET_WM_WINDOW_TYPE_NOTIFICATION, atoms._NET_WM_WINDOW_TYPE_SPLASH])
        {
            Kind::Free
        } else if belongs || is(&[atoms._NET_WM_WINDOW_TYPE_DIALOG]) {
            Kind::Dialogue
        } else {
            Kind::Normal
        };
        let (left, top) = (i32::from(geometry.x), i32::from(geometry.y));
        let border = 2 * i32::from(geometry.border_width);
        let place =
            [left, top, left + i32::from(geometry.width) + border, top + i32::from(geometry.height) + border];
        let [right, bottom] = self.size;
        let on_screen = place[0] < right && place[1] < bottom && place[2] > 0 && place[3] > 0;
        // What is minimised counts as shown, as in Windows: it is in a task bar.
        let visible = minimised
            || (attributes.map_state == MapState::VIEWABLE
                && on_screen
                && inner.width > 1
                && inner.height > 1);
        if !visible && title.is_empty() {
            return Ok(None);
        }
        let hung =
            if protocols.contains(&atoms._NET_WM_PING) && visible { Some(self.ask(client)?) } else { None };
        let closes = protocols.contains(&atoms.WM_DELETE_WINDOW);
        Ok(Some(Window {
            handle: client,
            process,
            kind,
            visible,
            minimised,
            hung,
            closes,
            title,
            class,
            instance,
            place,
        }))
    }

    /// Asks a window whether it answers, where it is not asked already; whether it has not for too long.
    fn ask(&mut self, window: Handle) -> Fallible<bool> {
        if let Some(Some(since)) = self.asked.get(&window) {
            return Ok(since.elapsed() > ANSWER_WITHIN);
        }
        self.asked.insert(window, Some(Instant::now()));
        self.protocol(window, self.atoms._NET_WM_PING)?;
        Ok(false)
    }

    /// Whose a window is, where it does not say so itself; 0 where the X server does not know either.
    fn process_of(&self, window: Handle) -> Fallible<i32> {
        if !self.has_pids {
            return Ok(0);
        }
        let spec = res::ClientIdSpec { client: window, mask: res::ClientIdMask::LOCAL_CLIENT_PID };
        let ids = there(self.connection.res_query_client_ids(&[spec])?.reply())?;
        let value = ids.and_then(|ids| ids.ids.first().and_then(|id| id.value.first().copied()));
        Ok(value.and_then(|value| i32::try_from(value).ok()).unwrap_or(0))
    }

    /// A title in letters of one byte. What is not UTF-8 is left as it is.
    fn text(&self, property: &GetPropertyReply) -> Vec<u8> {
        if property.type_ == self.atoms.UTF8_STRING {
            narrow(&String::from_utf8_lossy(&property.value))
        } else {
            property.value.clone()
        }
    }

    fn protocol(&self, window: Handle, what: xproto::Atom) -> Fallible<()> {
        let data = [what, CURRENT_TIME, window, 0, 0];
        let message = ClientMessageEvent::new(32, window, self.atoms.WM_PROTOCOLS, data);
        self.connection.send_event(false, window, EventMask::NO_EVENT, message)?;
        Ok(())
    }

    fn carry_out(&self, order: Order) -> Fallible<()> {
        let connection = &self.connection;
        match order {
            Order::Close(window) => self.protocol(window, self.atoms.WM_DELETE_WINDOW)?,
            Order::Dismiss(window) => {
                let protocols = there(self.property(window, self.atoms.WM_PROTOCOLS)?.reply())?;
                if protocols
                    .is_some_and(|protocols| numbers(protocols).contains(&self.atoms.WM_DELETE_WINDOW))
                {
                    self.protocol(window, self.atoms.WM_DELETE_WINDOW)?;
                } else {
                    connection.kill_client(window)?.ignore_error();
                }
            }
            Order::Hide(window) => connection.unmap_window(window)?.ignore_error(),
            Order::Restore(window) => {
                connection.map_window(window)?.ignore_error();
                self.bring_to_front(window)?;
            }
            Order::Front(window) => self.bring_to_front(window)?,
            Order::Press(press) if self.has_test => self.press(press)?,
            Order::Press(_) | Order::Sample(..) | Order::OldCalls(_) => {}
        }
        connection.flush()?;
        Ok(())
    }

    fn bring_to_front(&self, window: Handle) -> Fallible<()> {
        let connection = &self.connection;
        let managed = self.property(self.root, self.atoms._NET_SUPPORTED)?.reply()?.value_len > 0;
        if managed {
            // As a task bar asks for it, which window managers grant.
            let message = ClientMessageEvent::new(
                32,
                window,
                self.atoms._NET_ACTIVE_WINDOW,
                [2, CURRENT_TIME, 0, 0, 0],
            );
            let mask = EventMask::SUBSTRUCTURE_REDIRECT | EventMask::SUBSTRUCTURE_NOTIFY;
            connection.send_event(false, self.root, mask, message)?;
        }
        let above = ConfigureWindowAux::new().stack_mode(StackMode::ABOVE);
        connection.configure_window(window, &above)?.ignore_error();
        if !managed {
            connection.set_input_focus(InputFocus::POINTER_ROOT, window, CURRENT_TIME)?.ignore_error();
        }
        Ok(())
    }

    fn press(&self, press: Press) -> Fallible<()> {
        let play = |kind: u8, detail: u8, x: i16, y: i16| -> Fallible<()> {
            self.connection.xtest_fake_input(kind, detail, CURRENT_TIME, self.root, x, y, 0)?;
            Ok(())
        };
        match press {
            Press::Nothing => {}
            Press::Key(key) => {
                let setup = self.connection.setup();
                let (first, last) = (setup.min_keycode, setup.max_keycode);
                let mapping = self.connection.get_keyboard_mapping(first, last - first + 1)?.reply()?;
                let wanted = symbol_of(key);
                let mut rows = mapping.keysyms.chunks(usize::from(mapping.keysyms_per_keycode.max(1)));
                if let Some(place) = rows.position(|row| row.first() == Some(&wanted)) {
                    let code = first + u8::try_from(place)?;
                    play(KEY_PRESS, code, 0, 0)?;
                    play(KEY_RELEASE, code, 0, 0)?;
                }
            }
            Press::Click(x, y) => {
                play(MOTION, 0, i16::try_from(x)?, i16::try_from(y)?)?;
                play(BUTTON_PRESS, 1, 0, 0)?;
                play(BUTTON_RELEASE, 1, 0, 0)?;
            }
        }
        Ok(())
    }

    fn colour(&self, x: u16, y: u16) -> Fallible<[u8; 3]> {
        let [right, bottom] = self.size;
        if i32::from(x) >= right || i32::from(y) >= bottom {
            return Ok([0; 3]);
        }
        let image = self.connection.get_image(
            ImageFormat::Z_PIXMAP,
            self.root,
            i16::try_from(x)?,
            i16::try_from(y)?,
            1,
            1,
            !0,
        )?;
        let image = image.reply()?;
        let mut bytes = [0; 4];
        let most_first = self.connection.setup().image_byte_order == xproto::ImageOrder::MSB_FIRST;
        let unit = match image.depth {
            0..=8 => 1,
            9..=16 => 2,
            17..=32 => 4,
            _ => return Err("this X server's pixels have more than 32 bits".into()),
        };
        for (place, byte) in bytes.iter_mut().zip(image.data.iter().take(unit)) {
            *place = *byte;
        }
        let pixel = match (unit, most_first) {
            (2, true) => u32::from(u16::from_be_bytes([bytes[0], bytes[1]])),
            (4, true) => u32::from_be_bytes(bytes),
            _ => u32::from_le_bytes(bytes),
        };
        if matches!(self.visual.class, VisualClass::TRUE_COLOR | VisualClass::DIRECT_COLOR) {
            return Ok([self.visual.red_mask, self.visual.green_mask, self.visual.blue_mask]
                .map(|mask| part(pixel, mask)));
        }
        let found = self.connection.query_colors(self.colours, &[pixel])?.reply()?;
        let colour = found.colors.first().copied().unwrap_or_default();
        Ok([colour.red, colour.green, colour.blue].map(|part| (part >> 8) as u8))
    }
}

/// One part of a pixel's colour, from 0 to 255.
fn part(pixel: u32, mask: u32) -> u8 {
    let most = mask >> mask.trailing_zeros().min(31);
    let value = (pixel & mask) >> mask.trailing_zeros().min(31);
    u8::try_from(u64::from(value) * 255 / u64::from(most.max(1))).unwrap_or(255)
}

/// What was answered; `None` where the window is gone.
fn there<T>(reply: Result<T, x11rb::errors::ReplyError>) -> Result<Option<T>, x11rb::errors::ReplyError> {
    match reply {
        Ok(reply) => Ok(Some(reply)),
        Err(x11rb::errors::ReplyError::X11Error(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

fn numbers(property: GetPropertyReply) -> Vec<u32> {
    property.value32().map(Iterator::collect).unwrap_or_default()
}

/// The key symbol (X11's keysymdef.h) for a key as Windows numbers it, which is how the INI is read.
fn symbol_of(key: u8) -> u32 {
    match key {
        b'A'..=b'Z' => u32::from(key.to_ascii_lowercase()),
        0x70..=0x7b => 0xffbe + u32::from(key - 0x70),
        0x0d | 0x1b | 0x09 => 0xff00 + u32::from(key),
        0x25..=0x28 => 0xff51 + u32::from(key - 0x25),
        0x21 | 0x22 => 0xff55 + u32::from(key - 0x21),
        _ => u32::from(key),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys() {
        // XK_a, XK_7, XK_F1, XK_F12, XK_Return, XK_Escape, XK_Tab, XK_Left, XK_Down, XK_Prior, XK_Next, XK_space.
        let rows = [
            (b'A', 0x61),
            (b'7', 0x37),
            (0x70, 0xffbe),
            (0x7b, 0xffc9),
            (0x0d, 0xff0d),
            (0x1b, 0xff1b),
            (0x09, 0xff09),
            (0x25, 0xff51),
            (0x28, 0xff54),
            (0x21, 0xff55),
            (0x22, 0xff56),
            (b' ', 0x20),
        ];
        for (key, symbol) in rows {
            assert_eq!(symbol_of(key), symbol, "{key:#x}");
        }
    }

    #[test]
    fn parts_of_pixels() {
        for (pixel, mask, value) in [
            (0x00ff_8040, 0x00ff_0000, 0xff),
            (0x00ff_8040, 0x0000_ff00, 0x80),
            (0xffff, 0xf800, 255),
            (0x0400, 0x07e0, 129),
            (0x1234, 0, 0),
        ] {
            assert_eq!(part(pixel, mask), value, "{pixel:#x} {mask:#x}");
        }
    }
}
