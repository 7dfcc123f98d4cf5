//! The pure core: it decides everything and touches nothing.
//!
//! Time comes in as an argument, what happens comes in as an [`event::Event`], and what is to be done goes
//! out as [`effect::Effect`]s. There is no clock, no randomness, no input and no output in here, so that a
//! simulated museum can run it through years in seconds.

#![cfg_attr(not(test), deny(clippy::wildcard_enum_match_arm))]

pub mod decisions;
pub mod effect;
pub mod event;
mod exhibit;
pub mod incident;
mod last_resort;
mod probe;
mod scene;
mod silence;
pub mod site;
pub mod status;
pub mod text;
pub mod types;
mod unit;

#[cfg(test)]
mod tests;
