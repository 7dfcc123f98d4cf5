//! One thread of another program that stands still, while all its others go on.

#![allow(dead_code, unreachable_pub, reason = "each test file takes what it needs")]

use std::fs;

use nix::sys::ptrace;
use nix::sys::wait::{WaitPidFlag, waitpid};
use nix::unistd::Pid;

/// By ptrace(2), of which only the test's thread that has stopped it knows; so it goes on with that one's end.
pub struct Stopped(Pid);

impl Stopped {
    /// Stops the thread of this name of a process.
    pub fn stop(process: i32, name: &str) -> Self {
        let tasks = fs::read_dir(format!("/proc/{process}/task")).expect("the process");
        let is_so = |task: &fs::DirEntry| {
            fs::read_to_string(task.path().join("comm")).is_ok_and(|comm| comm.trim_end() == name)
        };
        let task = tasks.flatten().find(is_so).unwrap_or_else(|| panic!("there is no thread {name}"));
        let number = task.file_name().to_str().expect("a number").parse().expect("a number");
        let thread = Pid::from_raw(number);
        ptrace::seize(thread, ptrace::Options::empty()).expect("a thread to be traced");
        ptrace::interrupt(thread).expect("to interrupt it");
        waitpid(thread, Some(WaitPidFlag::__WALL)).expect("that it stops");
        Self(thread)
    }

    /// Lets it go on.
    pub fn go_on(self) {
        ptrace::detach(self.0, None).expect("to let it go");
    }

    /// Buries it once it is killed: before, its process does not end.
    pub fn bury(&self) {
        let _ = waitpid(self.0, Some(WaitPidFlag::__WALL | WaitPidFlag::WNOHANG));
    }
}
