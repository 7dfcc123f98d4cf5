//! Vitrine, the kiosk session manager: digital artworks in virtual machines, each on its own monitor, watched
//! and brought back.

pub mod adapter;
pub mod certificate;
pub mod cli;
pub mod config;
pub mod core;
pub mod daemon;
pub mod doctor;
pub mod ground;
pub mod host;
pub mod images;
pub mod journal;
pub mod life;
pub mod vm;
pub mod web;
pub mod words;

#[cfg(test)]
mod sim;
