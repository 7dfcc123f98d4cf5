//! A fault that lasts is told once: a log that repeats it every second hides all else.

/// Whether a lasting fault has been told.
#[derive(Debug, Default)]
pub struct WarnOnce {
    told: bool,
}

impl WarnOnce {
    /// It fails: calls `warn`, unless that was done since it last went well.
    pub fn failed(&mut self, warn: impl FnOnce()) {
        if !std::mem::replace(&mut self.told, true) {
            warn();
        }
    }

    /// It goes well; its next failure is news again. Whether a failure had been told.
    pub fn went_well(&mut self) -> bool {
        std::mem::take(&mut self.told)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_is_told_once_until_it_has_passed() {
        let (mut fault, mut told) = (WarnOnce::default(), 0);
        assert!(!fault.went_well());
        for _ in 0..3 {
            fault.failed(|| told += 1);
        }
        assert_eq!(told, 1);
        assert!(fault.went_well());
        assert!(!fault.went_well());
        fault.failed(|| told += 1);
        assert_eq!(told, 2);
    }
}
