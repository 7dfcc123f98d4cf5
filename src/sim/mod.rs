//! The simulated museum: many exhibits, a virtual clock, lying guests, crashing viewers, a libvirt that hangs and
//! goes away, staff who do things. It runs the core through days in milliseconds and checks after every step
//! that nothing happened which must never happen.

mod faults;
mod museum;
mod rng;
mod snapshots;
mod tests;
