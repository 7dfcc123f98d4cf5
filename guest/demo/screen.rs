//! Where the picture goes. A backend knows its size, takes 256 colours, and takes rectangles of a canvas.
//! The only backend so far drives the Bochs display interface that QEMU's stdvga, qxl and virtio-vga all have,
//! without any kernel driver. One for kernel graphics (several heads) would be a second struct with these methods.

use crate::canvas::{Canvas, Rect};
use crate::sys;
use std::arch::asm;
use std::fs::{self, OpenOptions};
use std::io::{self, Error};

pub struct Screen {
    memory: *mut u8,
    width: usize,
    height: usize,
}

unsafe fn out8(port: u16, value: u8) {
    asm!("out dx, al", in("dx") port, in("al") value, options(nomem, nostack, preserves_flags));
}

unsafe fn out16(port: u16, value: u16) {
    asm!("out dx, ax", in("dx") port, in("ax") value, options(nomem, nostack, preserves_flags));
}

unsafe fn in8(port: u16) -> u8 {
    let value: u8;
    asm!("in al, dx", in("dx") port, out("al") value, options(nomem, nostack, preserves_flags));
    value
}

unsafe fn in16(port: u16) -> u16 {
    let value: u16;
    asm!("in ax, dx", in("dx") port, out("ax") value, options(nomem, nostack, preserves_flags));
    value
}

unsafe fn dispi_write(index: u16, value: u16) {
    out16(0x1ce, index);
    out16(0x1cf, value);
}

unsafe fn dispi_read(index: u16) -> u16 {
    out16(0x1ce, index);
    in16(0x1cf)
}

impl Screen {
    /// The calling thread gets access to the ports and must be the one that presents.
    pub fn open(width: usize, height: usize) -> io::Result<Screen> {
        sys::port_access()?;
        let card = fs::read_dir("/sys/bus/pci/devices")?
            .flatten()
            .map(|entry| entry.path())
            .find(|path| fs::read_to_string(path.join("class")).is_ok_and(|class| class.starts_with("0x03")))
            .ok_or_else(|| Error::other("no graphics card"))?;
        let memory = OpenOptions::new().read(true).write(true).open(card.join("resource0"))?;
        let length = (width * height + 0xfff) & !0xfff;
        let screen = Screen { memory: sys::map_shared(&memory, length)?, width, height };
        unsafe {
            if dispi_read(0) & 0xfff0 != 0xb0c0 {
                return Err(Error::other("the graphics card has no Bochs display interface"));
            }
            dispi_write(4, 0);
            dispi_write(1, width as u16);
            dispi_write(2, height as u16);
            dispi_write(3, 8);
            // Enabled and linear, with 6 bits for each colour: QEMU forgets in a snapshot that there were 8.
            dispi_write(4, 1 | 0x40);
            in8(0x3da);
            out8(0x3c0, 0x20); // palette in use, picture on
            out8(0x3c6, 0xff);
        }
        Ok(screen)
    }

    pub fn set_palette(&mut self, first: u8, colours: &[[u8; 3]]) {
        unsafe {
            out8(0x3c8, first);
            for colour in colours.iter().flatten() {
                out8(0x3c9, *colour >> 2);
            }
        }
    }

    pub fn present(&mut self, canvas: &Canvas, areas: &[Rect]) {
        for area in areas {
            let area = area.clip(Rect::new(0, 0, self.width as i32, self.height as i32));
            for y in area.y..area.y + area.h {
                let from = y as usize * self.width + area.x as usize;
                let row = &canvas.pixels[from..from + area.w as usize];
                unsafe { std::ptr::copy_nonoverlapping(row.as_ptr(), self.memory.add(from), row.len()) };
            }
        }
    }
}
