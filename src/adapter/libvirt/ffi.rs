//! Calls of libvirt that the `virt` crate does not have: with `events`, the only place with `unsafe`.
#![allow(unsafe_code)]

use std::ffi::{CString, NulError};
use std::ptr;
use std::time::Duration;

use virt::domain::Domain;
use virt::error::Error;
use virt::stream::Stream;
use virt_sys as sys;

/// What went wrong with a call.
#[derive(Debug, thiserror::Error)]
pub(super) enum CallError {
    /// A text that C cannot take.
    #[error(transparent)]
    Text(#[from] NulError),
    /// libvirt has not done it, and says why.
    #[error("{}", .0.message())]
    Refused(#[from] Error),
}

/// How far the copying of a disk is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Progress {
    /// How many bytes are copied.
    pub(super) done: u64,
    /// How many bytes there are in all, as far as is known.
    pub(super) all: u64,
}

/// Begins to copy a disk to what this XML names, whole and without a backing image (`virDomainBlockCopy`). The copy
/// does not outlive the QEMU process, and is only used once [`end_copy`] says so.
pub(super) fn begin_copy(domain: &Domain, disk: &str, to: &str) -> Result<(), CallError> {
    let (disk, to) = (CString::new(disk)?, CString::new(to)?);
    let flags = sys::VIR_DOMAIN_BLOCK_COPY_TRANSIENT_JOB;
    // SAFETY: the domain and both texts outlive the call, and no parameters are passed.
    check(unsafe {
        sys::virDomainBlockCopy(domain.as_ptr(), disk.as_ptr(), to.as_ptr(), ptr::null_mut(), 0, flags)
    })
    .map(drop)
}

/// How far the copying of a disk is; `None` where nothing is copied (`virDomainGetBlockJobInfo`).
pub(super) fn copy_progress(domain: &Domain, disk: &str) -> Result<Option<Progress>, CallError> {
    let disk = CString::new(disk)?;
    let mut info = sys::virDomainBlockJobInfo { type_: 0, bandwidth: 0, cur: 0, end: 0 };
    // SAFETY: all three outlive the call, which fills `info`.
    let found =
        check(unsafe { sys::virDomainGetBlockJobInfo(domain.as_ptr(), disk.as_ptr(), &raw mut info, 0) })?;
    Ok((found > 0).then_some(Progress { done: info.cur, all: info.end }))
}

/// Ends the copying of a disk: with the copy in use from now on, or with the former image
/// (`virDomainBlockJobAbort`).
pub(super) fn end_copy(domain: &Domain, disk: &str, use_it: bool) -> Result<(), CallError> {
    let disk = CString::new(disk)?;
    let flags = if use_it { sys::VIR_DOMAIN_BLOCK_JOB_ABORT_PIVOT } else { 0 };
    // SAFETY: the domain and the text outlive the call.
    check(unsafe { sys::virDomainBlockJobAbort(domain.as_ptr(), disk.as_ptr(), flags) }).map(drop)
}

/// What libvirt's monitor of a QEMU is at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Monitor {
    /// Nothing.
    Free,
    /// A job of libvirt's, such as a snapshot or a dump, which was begun so long ago.
    AtWork(Duration),
    /// A command that QEMU has not answered for so long.
    Occupied(Duration),
    /// libvirt cannot speak to this QEMU any more.
    Broken,
}

/// What libvirt's monitor of a VM's QEMU is at (`virDomainGetControlInfo`), which libvirt knows without asking QEMU.
pub(super) fn monitor(domain: &Domain) -> Result<Monitor, CallError> {
    let mut info = sys::virDomainControlInfo { state: 0, details: 0, stateTime: 0 };
    // SAFETY: both outlive the call, which fills `info`.
    check(unsafe { sys::virDomainGetControlInfo(domain.as_ptr(), &raw mut info, 0) })?;
    Ok(match info.state {
        sys::VIR_DOMAIN_CONTROL_OK => Monitor::Free,
        sys::VIR_DOMAIN_CONTROL_JOB => Monitor::AtWork(Duration::from_millis(info.stateTime)),
        sys::VIR_DOMAIN_CONTROL_OCCUPIED => Monitor::Occupied(Duration::from_millis(info.stateTime)),
        _ => Monitor::Broken,
    })
}

/// What a look into a stream has found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Received {
    /// So many bytes were written to the buffer.
    Bytes(usize),
    /// Nothing has come.
    NothingYet,
    /// The other end has closed it.
    End,
}

/// Takes bytes out of a stream that was made with `VIR_STREAM_NONBLOCK` (`virStreamRecv`, whose answer that it would have
/// to wait the `virt` crate takes for an error).
pub(super) fn receive(stream: &Stream, buffer: &mut [u8]) -> Result<Received, CallError> {
    const WOULD_WAIT: i32 = -2;
    // SAFETY: stream and buffer outlive the call, which writes no more than the buffer's length.
    let received = unsafe { sys::virStreamRecv(stream.as_ptr(), buffer.as_mut_ptr().cast(), buffer.len()) };
    match received {
        WOULD_WAIT => Ok(Received::NothingYet),
        0 => Ok(Received::End),
        other => check(other).map(|count| Received::Bytes(usize::try_from(count).unwrap_or(0))),
    }
}

fn check(returned: i32) -> Result<i32, CallError> {
    if returned < 0 { Err(Error::last_error().into()) } else { Ok(returned) }
}
