//! Where the picture goes. A screen knows its size, takes 256 colours, and takes rectangles of a canvas.
//! It drives the Bochs display interface of QEMU's devices VGA and secondary-vga, without any kernel driver.
//! Everything goes through the card's memory (docs/specs/standard-vga.rst of QEMU): BAR 0 is the picture, BAR 2 has
//! the VGA ports from 0x3c0 on at 0x400 and the registers of the Bochs interface, two bytes each, at 0x500.

use crate::canvas::{Canvas, Rect};
use crate::sys;
use std::fs::{self, OpenOptions};
use std::io::{self, Error};
use std::path::{Path, PathBuf};

pub struct Screen {
    memory: *mut u8,
    registers: *mut u8,
    width: usize,
    height: usize,
}

impl Screen {
    /// All screens that the machine has, the one that shows its console first.
    pub fn all(width: usize, height: usize) -> io::Result<Vec<Screen>> {
        let mut cards: Vec<(String, PathBuf)> = fs::read_dir("/sys/bus/pci/devices")?
            .flatten()
            .filter_map(|entry| Some((fs::read_to_string(entry.path().join("class")).ok()?, entry.path())))
            .filter(|(class, _)| class.starts_with("0x03"))
            .collect();
        // A card with a console is of class 0x0300, one without of class 0x0380.
        cards.sort();
        if cards.is_empty() {
            return Err(Error::other("no graphics card"));
        }
        cards.iter().map(|(_, card)| Screen::open(card, width, height)).collect()
    }

    fn open(card: &Path, width: usize, height: usize) -> io::Result<Screen> {
        // A card without a console may still be asleep.
        fs::write(card.join("enable"), "1")?;
        let map = |name: &str, length: usize| {
            let bar = OpenOptions::new().read(true).write(true).open(card.join(name))?;
            sys::map_shared(&bar, (length + 0xfff) & !0xfff)
        };
        let (memory, registers) = (map("resource0", width * height)?, map("resource2", 4096)?);
        let screen = Screen { memory, registers, width, height };
        if screen.dispi_read(0) & 0xfff0 != 0xb0c0 {
            return Err(Error::other("the graphics card has no Bochs display interface"));
        }
        screen.dispi_write(4, 0);
        screen.dispi_write(1, width as u16);
        screen.dispi_write(2, height as u16);
        screen.dispi_write(3, 8);
        // Enabled and linear, with 6 bits for each colour: QEMU forgets in a snapshot that there were 8.
        screen.dispi_write(4, 1 | 0x40);
        screen.port_read(0x3da);
        screen.port_write(0x3c0, 0x20); // palette in use, picture on
        screen.port_write(0x3c6, 0xff);
        Ok(screen)
    }

    fn port_write(&self, port: usize, value: u8) {
        unsafe { self.registers.add(0x400 + port - 0x3c0).write_volatile(value) }
    }

    fn port_read(&self, port: usize) -> u8 {
        unsafe { self.registers.add(0x400 + port - 0x3c0).read_volatile() }
    }

    fn dispi_write(&self, index: usize, value: u16) {
        unsafe { self.registers.add(0x500).cast::<u16>().add(index).write_volatile(value) }
    }

    fn dispi_read(&self, index: usize) -> u16 {
        unsafe { self.registers.add(0x500).cast::<u16>().add(index).read_volatile() }
    }

    pub fn set_palette(&mut self, first: u8, colours: &[[u8; 3]]) {
        self.port_write(0x3c8, first);
        for colour in colours.iter().flatten() {
            self.port_write(0x3c9, *colour >> 2);
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
