//! The pure core: it decides everything and touches nothing.
//!
//! Time comes in as an argument, what happens comes in as an [`event::Event`], and what is to be done goes
//! out as [`effect::Effect`]s. There is no clock, no randomness, no input and no output in here, so that a
//! simulated museum can run it through years in seconds.

mod agent;
pub mod decisions;
pub mod effect;
pub mod event;
mod exhibit;
pub mod incident;
mod inquiry;
mod ladder;
mod last_resort;
mod picture;
mod remedy;
mod request;
mod scene;
pub mod site;
mod snapshot;
pub mod status;
pub mod text;
pub mod types;
mod unit;
mod viewer;

#[cfg(test)]
mod tests;
