//! libvirt's event loop and callbacks: the one place with `unsafe`.
//!
//! A callback turns what it is given into a plain message and sends it; nothing is decided and no libvirt call
//! that could block is made on the loop's thread.
#![allow(unsafe_code)]

use std::ffi::{CStr, c_char, c_int, c_void};
use std::mem::transmute;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::mpsc::WeakUnboundedSender;
use virt::connect::Connect;
use virt::error::Error;
use virt_sys as sys;

use super::Msg;
use crate::core::types::Told;
use crate::life::{self, Life};
use crate::words::told;

/// What libvirt reported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum LibvirtEvent {
    /// Something about a domain.
    Domain { name: String, uuid: String, change: Change },
    /// The connection is gone.
    Closed(Told),
}

/// What happened to a domain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Change {
    /// Its state may be another one.
    State,
    /// Its description may be another one, or it came or went.
    Definition,
    /// The guest rebooted by itself.
    Reboot,
    /// A channel to its display was made or lost; `peer` is the viewer's end, empty where it has no address.
    Graphics { connected: bool, peer: String },
}

/// Where the callbacks of one connection send to.
#[derive(Clone, Debug)]
pub(super) struct Sink {
    /// The number of the connection.
    pub(super) link: u64,
    /// Weak, so that a connection that lingers does not keep the actor alive.
    pub(super) to: WeakUnboundedSender<Msg>,
}

impl Sink {
    fn send(&self, what: LibvirtEvent) {
        let at = Instant::now();
        if let Some(to) = self.to.upgrade() {
            let _ = to.send(Msg::LibvirtEvent { link: self.link, at, what });
        }
    }
}

/// Callbacks that are registered on a connection. They hold references to it, so they must be given to
/// [`unsubscribe`] for the connection ever to close.
#[derive(Debug, Default)]
pub(super) struct Subscriptions {
    ids: Vec<c_int>,
    close: bool,
}

/// Starts libvirt's event loop on a thread of its own, once in a process. Must come before the first connection.
pub(super) fn start_loop() -> Result<(), Told> {
    static STARTED: OnceLock<Result<(), String>> = OnceLock::new();
    STARTED
        .get_or_init(|| {
            // libvirt prints every error to stderr unless told otherwise.
            virt::error::clear_error_callback();
            virt::event::event_register_default_impl().map_err(|error| error.message().to_owned())?;
            *lock(&LAST_TICK) = Some(Instant::now());
            // SAFETY: the loop's implementation is registered, and the callback touches nothing but a static. Where the
            // timer cannot be had, the loop only seems to stand.
            let ticks = unsafe {
                let every = TICK_INTERVAL.min(life::pace()).as_millis();
                sys::virEventAddTimeout(every as c_int, Some(on_tick), ptr::null_mut(), None)
            };
            let shows_life = ticks >= 0;
            std::thread::Builder::new()
                .name("libvirt-events".to_owned())
                .spawn(move || run_loop(shows_life))
                .map(|_| ())
                .map_err(|error| error.to_string())
        })
        .clone()
        .map_err(|error| told!("libvirt's event loop could not be started: {why}", why = error))
}

/// Time between two signs that libvirt's event loop runs.
const TICK_INTERVAL: Duration = Duration::from_secs(2);
/// How long the loop may give no sign before it counts as standing still: three of them missing are no accident.
const LOOP_TIMEOUT: Duration = Duration::from_secs(6);
/// The pause after the loop has failed, not to spin should it fail at once every time.
const LOOP_RETRY_INTERVAL: Duration = Duration::from_millis(200);
static LAST_TICK: Mutex<Option<Instant>> = Mutex::new(None);
static LIFE: Mutex<Option<Life>> = Mutex::new(None);

unsafe extern "C" fn on_tick(_: c_int, _: *mut c_void) {
    *lock(&LAST_TICK) = Some(Instant::now());
    if let Some(life) = &*lock(&LIFE) {
        life.beat();
    }
}

/// Whether the event loop of this process has stood still for a while: then no connection can tell of anything.
pub(super) fn loop_stands() -> bool {
    lock(&LAST_TICK).is_some_and(|at| at.elapsed() > LOOP_TIMEOUT)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn run_loop(shows_life: bool) {
    *lock(&LIFE) = shows_life.then(|| life::begin("libvirt's event loop"));
    loop {
        if let Err(error) = virt::event::event_run_default_impl() {
            tracing::error!("libvirt's event loop failed and is tried again: {}", error.message());
            std::thread::sleep(LOOP_RETRY_INTERVAL);
        }
    }
}

/// Registers for everything worth knowing.
///
/// # Errors
/// When lifecycle events cannot be had. The others are done without where a driver lacks them.
pub(super) fn subscribe(conn: &Connect, sink: &Sink) -> Result<Subscriptions, Error> {
    let mut subscriptions = Subscriptions::default();
    // SAFETY: libvirt declares one callback type for all events and says (VIR_DOMAIN_EVENT_CALLBACK) that the
    // callback that fits the event is to be cast to it; each pair below is the one of libvirt-domain.h.
    let wanted = unsafe {
        [
            (sys::VIR_DOMAIN_EVENT_ID_LIFECYCLE, transmute::<Lifecycle, Generic>(on_lifecycle)),
            (sys::VIR_DOMAIN_EVENT_ID_IO_ERROR, transmute::<IoError, Generic>(on_io_error)),
            (sys::VIR_DOMAIN_EVENT_ID_WATCHDOG, transmute::<Watchdog, Generic>(on_watchdog)),
            (sys::VIR_DOMAIN_EVENT_ID_REBOOT, on_reboot as Generic),
            (sys::VIR_DOMAIN_EVENT_ID_GRAPHICS, transmute::<Graphics, Generic>(on_graphics)),
        ]
    };
    for (event, callback) in wanted {
        match register(conn, event, callback, sink) {
            Ok(id) => subscriptions.ids.push(id),
            Err(error) if event == sys::VIR_DOMAIN_EVENT_ID_LIFECYCLE => return Err(error),
            Err(error) => tracing::debug!(event, "libvirt does not offer this event: {}", error.message()),
        }
    }
    let opaque = Box::into_raw(Box::new(sink.clone())).cast::<c_void>();
    // SAFETY: the connection is alive, and `opaque` is a `Sink` that `on_free` frees exactly once.
    let done =
        unsafe { sys::virConnectRegisterCloseCallback(conn.as_ptr(), Some(on_close), opaque, Some(on_free)) };
    subscriptions.close = done == 0;
    if done != 0 {
        // Drivers within the process have no connection that could close.
        // SAFETY: libvirt did not take it.
        drop(unsafe { Box::from_raw(opaque.cast::<Sink>()) });
    }
    Ok(subscriptions)
}

fn register(conn: &Connect, event: u32, callback: Generic, sink: &Sink) -> Result<c_int, Error> {
    let opaque = Box::into_raw(Box::new(sink.clone())).cast::<c_void>();
    // SAFETY: the connection is alive, no domain means all of them, `callback` fits `event`, and `opaque` is a
    // `Sink` that libvirt hands to `on_free` once it has let go of it.
    let id = unsafe {
        sys::virConnectDomainEventRegisterAny(
            conn.as_ptr(),
            ptr::null_mut(),
            event.cast_signed(),
            Some(callback),
            opaque,
            Some(on_free),
        )
    };
    if id < 0 {
        let error = Error::last_error();
        // SAFETY: libvirt did not take it: it frees nothing when registering fails.
        drop(unsafe { Box::from_raw(opaque.cast::<Sink>()) });
        return Err(error);
    }
    Ok(id)
}

/// Lets go of the callbacks. May block on a connection that hangs.
pub(super) fn unsubscribe(conn: &Connect, subscriptions: &mut Subscriptions) {
    for id in subscriptions.ids.drain(..) {
        // SAFETY: the connection is alive and the id came from it. A failure means that libvirtd is gone; the
        // callback on this side is forgotten all the same.
        unsafe { sys::virConnectDomainEventDeregisterAny(conn.as_ptr(), id) };
    }
    if std::mem::take(&mut subscriptions.close) {
        // SAFETY: the connection is alive and this callback was registered on it.
        unsafe { sys::virConnectUnregisterCloseCallback(conn.as_ptr(), Some(on_close)) };
    }
}

type Conn = sys::virConnectPtr;
type Dom = sys::virDomainPtr;
type Address = sys::virDomainEventGraphicsAddressPtr;
type Subject = sys::virDomainEventGraphicsSubjectPtr;
type Generic = unsafe extern "C" fn(Conn, Dom, *mut c_void);
type Lifecycle = unsafe extern "C" fn(Conn, Dom, c_int, c_int, *mut c_void) -> c_int;
type IoError = unsafe extern "C" fn(Conn, Dom, *const c_char, *const c_char, c_int, *mut c_void);
type Watchdog = unsafe extern "C" fn(Conn, Dom, c_int, *mut c_void);
type Graphics = unsafe extern "C" fn(Conn, Dom, c_int, Address, Address, *const c_char, Subject, *mut c_void);

unsafe extern "C" fn on_lifecycle(_: Conn, dom: Dom, event: c_int, _: c_int, opaque: *mut c_void) -> c_int {
    let defined = [sys::VIR_DOMAIN_EVENT_DEFINED, sys::VIR_DOMAIN_EVENT_UNDEFINED];
    let change = if defined.contains(&event.cast_unsigned()) { Change::Definition } else { Change::State };
    // SAFETY: libvirt lends a valid domain and our own `opaque` for the time of the call.
    unsafe { tell(dom, opaque, change) };
    0
}

unsafe extern "C" fn on_io_error(
    _: Conn,
    dom: Dom,
    _: *const c_char,
    _: *const c_char,
    _: c_int,
    opaque: *mut c_void,
) {
    // SAFETY: as above.
    unsafe { tell(dom, opaque, Change::State) };
}

unsafe extern "C" fn on_watchdog(_: Conn, dom: Dom, _: c_int, opaque: *mut c_void) {
    // SAFETY: as above.
    unsafe { tell(dom, opaque, Change::State) };
}

unsafe extern "C" fn on_reboot(_: Conn, dom: Dom, opaque: *mut c_void) {
    // SAFETY: as above.
    unsafe { tell(dom, opaque, Change::Reboot) };
}

unsafe extern "C" fn on_graphics(
    _: Conn,
    dom: Dom,
    phase: c_int,
    _: Address,
    remote: Address,
    _: *const c_char,
    _: Subject,
    opaque: *mut c_void,
) {
    let connected = match phase.cast_unsigned() {
        sys::VIR_DOMAIN_EVENT_GRAPHICS_CONNECT => true,
        sys::VIR_DOMAIN_EVENT_GRAPHICS_DISCONNECT => false,
        _ => return,
    };
    // SAFETY: as above; `remote` is null or valid for the time of the call.
    unsafe { tell(dom, opaque, Change::Graphics { connected, peer: address(remote) }) };
}

/// Node and service of an address, as libvirt has them.
///
/// # Safety
/// `address` must be null or point to an address whose texts are null or end in a zero.
unsafe fn address(address: Address) -> String {
    // SAFETY: the caller's promise.
    let Some(address) = (unsafe { address.as_ref() }) else { return String::new() };
    if address.node.is_null() || address.service.is_null() {
        return String::new();
    }
    // SAFETY: the caller's promise.
    let (node, service) = unsafe { (CStr::from_ptr(address.node), CStr::from_ptr(address.service)) };
    format!("{} {}", node.to_string_lossy(), service.to_string_lossy())
}

unsafe extern "C" fn on_close(_: Conn, reason: c_int, opaque: *mut c_void) {
    let _ = catch_unwind(AssertUnwindSafe(|| {
        let reason = match reason.cast_unsigned() {
            sys::VIR_CONNECT_CLOSE_REASON_EOF => told!("libvirtd ended or closed the connection"),
            sys::VIR_CONNECT_CLOSE_REASON_KEEPALIVE => told!("libvirtd has stopped answering"),
            sys::VIR_CONNECT_CLOSE_REASON_CLIENT => told!("the connection was closed on this side"),
            _ => told!("the connection broke"),
        };
        // SAFETY: `opaque` is the `Sink` that was registered, and lives until `on_free`.
        unsafe { &*opaque.cast::<Sink>() }.send(LibvirtEvent::Closed(reason));
    }));
}

unsafe extern "C" fn on_free(opaque: *mut c_void) {
    let _ = catch_unwind(|| {
        // SAFETY: made by `Box::into_raw`, and libvirt calls this once.
        drop(unsafe { Box::from_raw(opaque.cast::<Sink>()) });
    });
}

/// Sends what happened to a domain. A panic must not pass through libvirt's frames.
///
/// # Safety
/// `dom` must be a valid domain and `opaque` a `Sink`, both for the time of the call.
unsafe fn tell(dom: Dom, opaque: *mut c_void, change: Change) {
    let _ = catch_unwind(AssertUnwindSafe(|| {
        // SAFETY: by the contract; name and UUID are read from memory, without a call to libvirtd.
        unsafe {
            let name = sys::virDomainGetName(dom);
            if name.is_null() {
                return;
            }
            let mut uuid: [c_char; sys::VIR_UUID_STRING_BUFLEN as usize] =
                [0; sys::VIR_UUID_STRING_BUFLEN as usize];
            sys::virDomainGetUUIDString(dom, uuid.as_mut_ptr());
            let name = CStr::from_ptr(name).to_string_lossy().into_owned();
            let uuid = CStr::from_ptr(uuid.as_ptr()).to_string_lossy().into_owned();
            (*opaque.cast::<Sink>()).send(LibvirtEvent::Domain { name, uuid, change });
        }
    }));
}
