//! The few system calls that std has no name for. Everything unsafe of the program is here and in `screen.rs`.

use std::ffi::{c_char, c_int, c_long, c_ulong, c_void, CString};
use std::fs::{File, OpenOptions};
use std::io;
use std::net::UdpSocket;
use std::os::fd::{AsRawFd, RawFd};

extern "C" {
    fn mount(source: *const c_char, target: *const c_char, kind: *const c_char, flags: c_ulong, data: *const c_void) -> c_int;
    fn ioctl(fd: c_int, request: c_ulong, ...) -> c_int;
    fn mmap(at: *mut c_void, length: usize, protection: c_int, flags: c_int, fd: c_int, offset: i64) -> *mut c_void;
    fn reboot(how: c_int) -> c_int;
    fn syscall(number: c_long, ...) -> c_long;
    fn setsockopt(fd: c_int, level: c_int, name: c_int, value: *const c_void, length: u32) -> c_int;
    fn clock_settime(clock: c_int, time: *const [i64; 2]) -> c_int;
    fn tcgetattr(fd: c_int, to: *mut Termios) -> c_int;
    fn tcsetattr(fd: c_int, when: c_int, from: *const Termios) -> c_int;
    fn cfmakeraw(of: *mut Termios);
}

/// Larger than the termios of glibc and of musl on amd64.
#[repr(C, align(8))]
struct Termios([u8; 128]);

fn check(result: c_int) -> io::Result<()> {
    if result < 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
}

pub fn mount_pseudo(kind: &str, target: &str) -> io::Result<()> {
    let _ = std::fs::create_dir_all(target);
    let (kind, target) = (CString::new(kind)?, CString::new(target)?);
    check(unsafe { mount(kind.as_ptr(), target.as_ptr(), kind.as_ptr(), 0, std::ptr::null()) })
}

pub fn load_module(path: &std::path::Path) -> io::Result<()> {
    const FINIT_MODULE: c_long = 313;
    let file = File::open(path)?;
    let none = CString::default();
    let result = unsafe { syscall(FINIT_MODULE, file.as_raw_fd(), none.as_ptr(), 0) };
    if result < 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
}

/// From now on no interrupt reaches the processor: it does what it has begun and sleeps for ever.
/// Nothing is shut down in an orderly way, as in a real hang, and it costs the host no processor time.
pub fn freeze() -> ! {
    const LOCAL_APIC: i64 = 0xfee0_0000;
    const TASK_PRIORITY: usize = 0x80;
    let mapped = OpenOptions::new().read(true).write(true).open("/dev/mem").and_then(|memory| map_at(&memory, 4096, LOCAL_APIC));
    match mapped {
        Ok(registers) => unsafe { registers.add(TASK_PRIORITY).cast::<u32>().write_volatile(0xff) },
        Err(error) => {
            eprintln!("artwork: the interrupts stay on: {error}; halting instead");
            power(Power::Halt);
        }
    }
    loop {
        std::thread::sleep(std::time::Duration::from_secs(3600));
    }
}

#[derive(Clone, Copy)]
pub enum Power {
    Halt,
    Off,
    Reboot,
}

pub fn power(how: Power) -> ! {
    let command = match how {
        Power::Halt => 0xcdef_0123_u32,
        Power::Off => 0x4321_fedc,
        Power::Reboot => 0x0123_4567,
    };
    unsafe { reboot(command as c_int) };
    loop {
        std::thread::park();
    }
}

pub fn kernel_panic() {
    let _ = std::fs::write("/proc/sys/kernel/sysrq", "1");
    let _ = std::fs::write("/proc/sysrq-trigger", "c");
}

pub fn set_clock(nanoseconds: i64) -> io::Result<()> {
    let time = [nanoseconds.div_euclid(1_000_000_000), nanoseconds.rem_euclid(1_000_000_000)];
    check(unsafe { clock_settime(0, &time) })
}

/// The console: no cursor, no kernel text, keys as they are typed.
pub fn take_console(tty: &File) {
    const KDSETMODE: c_ulong = 0x4b3a;
    const KD_GRAPHICS: c_ulong = 1;
    let fd = tty.as_raw_fd();
    let mut termios = Termios([0; 128]);
    unsafe {
        ioctl(fd, KDSETMODE, KD_GRAPHICS);
        if tcgetattr(fd, &mut termios) == 0 {
            cfmakeraw(&mut termios);
            tcsetattr(fd, 0, &termios);
        }
    }
}

/// The machine's own 8x16 letters: 256 glyphs of 16 bytes. Works only before `take_console`.
pub fn console_font(tty: &File) -> Option<Vec<u8>> {
    const KDFONTOP: c_ulong = 0x4b72;
    #[repr(C)]
    struct FontOp {
        op: u32,
        flags: u32,
        width: u32,
        height: u32,
        count: u32,
        data: *mut u8,
    }
    let mut data = vec![0u8; 512 * 32];
    let mut op = FontOp { op: 1, flags: 0, width: 32, height: 32, count: 512, data: data.as_mut_ptr() };
    check(unsafe { ioctl(tty.as_raw_fd(), KDFONTOP, &mut op as *mut FontOp) }).ok()?;
    if op.width != 8 || op.height != 16 || op.count < 256 {
        return None;
    }
    // The kernel hands out 32 bytes for each glyph whatever its height.
    let glyphs: Vec<u8> = data.chunks(32).take(256).flat_map(|glyph| glyph[..16].to_vec()).collect();
    glyphs.iter().any(|&row| row != 0).then_some(glyphs)
}

pub fn map_shared(file: &File, length: usize) -> io::Result<*mut u8> {
    map_at(file, length, 0)
}

fn map_at(file: &File, length: usize, offset: i64) -> io::Result<*mut u8> {
    const READ_WRITE: c_int = 3;
    const SHARED: c_int = 1;
    let at = unsafe { mmap(std::ptr::null_mut(), length, READ_WRITE, SHARED, file.as_raw_fd(), offset) };
    if at as isize == -1 { Err(io::Error::last_os_error()) } else { Ok(at.cast()) }
}

pub fn bind_to_interface(socket: &UdpSocket, name: &str) -> io::Result<()> {
    const SOL_SOCKET: c_int = 1;
    const SO_BINDTODEVICE: c_int = 25;
    check(unsafe { setsockopt(socket.as_raw_fd(), SOL_SOCKET, SO_BINDTODEVICE, name.as_ptr().cast(), name.len() as u32) })
}

/// `struct ifreq`: the interface's name and what the request is about.
#[repr(C)]
struct IfReq {
    name: [u8; 16],
    data: [u8; 24],
}

fn interface_request(fd: RawFd, name: &str, request: c_ulong, data: &[u8]) -> io::Result<[u8; 24]> {
    let mut ifreq = IfReq { name: [0; 16], data: [0; 24] };
    ifreq.name[..name.len()].copy_from_slice(name.as_bytes());
    ifreq.data[..data.len()].copy_from_slice(data);
    check(unsafe { ioctl(fd, request, &mut ifreq as *mut IfReq) })?;
    Ok(ifreq.data)
}

/// `struct sockaddr_in` without a port.
fn sockaddr(address: [u8; 4]) -> [u8; 16] {
    let mut bytes = [0; 16];
    bytes[0] = 2;
    bytes[4..8].copy_from_slice(&address);
    bytes
}

pub fn interface_up(name: &str) -> io::Result<()> {
    const SIOCSIFFLAGS: c_ulong = 0x8914;
    const UP_RUNNING: u16 = 0x41;
    let socket = UdpSocket::bind("0.0.0.0:0")?;
    interface_request(socket.as_raw_fd(), name, SIOCSIFFLAGS, &UP_RUNNING.to_le_bytes()).map(drop)
}

pub fn set_address(name: &str, address: [u8; 4], netmask: [u8; 4]) -> io::Result<()> {
    const SIOCSIFADDR: c_ulong = 0x8916;
    const SIOCSIFNETMASK: c_ulong = 0x891c;
    let socket = UdpSocket::bind("0.0.0.0:0")?;
    interface_request(socket.as_raw_fd(), name, SIOCSIFADDR, &sockaddr(address))?;
    interface_request(socket.as_raw_fd(), name, SIOCSIFNETMASK, &sockaddr(netmask)).map(drop)
}

pub fn set_default_route(gateway: [u8; 4]) -> io::Result<()> {
    const SIOCADDRT: c_ulong = 0x890b;
    const UP_GATEWAY: u16 = 3;
    // struct rtentry: 8 bytes of padding, destination, gateway, netmask, flags, the rest zero.
    let mut route = [0u8; 120];
    route[8..24].copy_from_slice(&sockaddr([0; 4]));
    route[24..40].copy_from_slice(&sockaddr(gateway));
    route[40..56].copy_from_slice(&sockaddr([0; 4]));
    route[56..58].copy_from_slice(&UP_GATEWAY.to_le_bytes());
    let socket = UdpSocket::bind("0.0.0.0:0")?;
    match check(unsafe { ioctl(socket.as_raw_fd(), SIOCADDRT, route.as_mut_ptr()) }) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        other => other,
    }
}
