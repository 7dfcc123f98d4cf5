//! Cases that share one museum.

use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use libtest_mimic::{Arguments, Trial};

use super::museum::Museum;

pub type Case = (&'static str, fn(&mut Museum));
/// One that takes no museum.
pub type Alone = (&'static str, fn());

/// Runs those that the command line chooses, one after the other, in a museum that is opened for the first of them. A
/// case that fails leaves the next one a new museum.
pub fn run<'a>(cases: impl IntoIterator<Item = &'a Case>, open: fn() -> Museum) -> ExitCode {
    run_with(cases, open, &[])
}

/// The same, and after them some that take no museum.
pub fn run_with<'a>(
    cases: impl IntoIterator<Item = &'a Case>,
    open: fn() -> Museum,
    alone: &[Alone],
) -> ExitCode {
    let mut arguments = Arguments::from_args();
    super::eye::heed_signals();
    arguments.test_threads = Some(1);
    let museum: Arc<Mutex<Option<Museum>>> = Arc::default();
    let trials = cases.into_iter().map(|&(name, case)| {
        let museum = Arc::clone(&museum);
        Trial::test(name, move || {
            // Taken out meanwhile: with a case that fails, its museum ends.
            let there = museum.lock().unwrap_or_else(PoisonError::into_inner).take();
            let mut there = there.unwrap_or_else(open);
            let begun = Instant::now();
            case(&mut there);
            println!("    {name}: {:.1} s", begun.elapsed().as_secs_f64());
            *museum.lock().unwrap_or_else(PoisonError::into_inner) = Some(there);
            Ok(())
        })
    });
    let alone = alone.iter().map(|&(name, case)| {
        Trial::test(name, move || {
            let begun = Instant::now();
            case();
            println!("    {name}: {:.1} s", begun.elapsed().as_secs_f64());
            Ok(())
        })
    });
    let conclusion = libtest_mimic::run(&arguments, trials.chain(alone).collect());
    drop(museum.lock().unwrap_or_else(PoisonError::into_inner).take());
    conclusion.exit_code()
}
