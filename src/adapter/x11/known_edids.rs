//! What the monitors called themselves when they last said it: through some cables and switches that is not to be read
//! for a moment, and a screen that is named by it must not be lost meanwhile.

use std::collections::BTreeMap;

/// The last EDID of each connector, as `MAKER-MODEL-SERIAL`.
#[derive(Debug, Default)]
pub(super) struct KnownEdids(BTreeMap<String, String>);

impl KnownEdids {
    /// Gives those that say nothing of themselves what was last said at their connectors, unless that is said at another
    /// one now: then it is the monitor that has moved.
    pub(super) fn complete(&mut self, seen: &mut [(&str, &mut Option<String>)]) {
        for (connector, edid) in seen.iter() {
            if let Some(edid) = edid.as_ref() {
                self.0.retain(|known, of| known == connector || of != edid);
                self.0.insert((*connector).to_owned(), edid.clone());
            }
        }
        let said: Vec<String> = seen.iter().filter_map(|(_, edid)| edid.as_ref().cloned()).collect();
        for (connector, edid) in seen.iter_mut().filter(|(_, edid)| edid.is_none()) {
            **edid = self.0.get(*connector).filter(|known| !said.contains(known)).cloned();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn completed(known: &mut KnownEdids, seen: [Option<&str>; 2]) -> [Option<String>; 2] {
        let mut seen = seen.map(|edid| edid.map(str::to_owned));
        let [first, second] = &mut seen;
        known.complete(&mut [("DP-1", first), ("DP-2", second)]);
        seen
    }

    #[test]
    fn a_monitor_keeps_its_name_until_another_one_is_there_or_it_is_elsewhere() {
        let mut known = KnownEdids::default();
        let some = |edid: &str| Some(edid.to_owned());
        assert_eq!(completed(&mut known, [Some("A"), None]), [some("A"), None]);
        assert_eq!(completed(&mut known, [None, None]), [some("A"), None], "not to be read for a moment");
        assert_eq!(completed(&mut known, [Some("A"), Some("A")]), [some("A"), some("A")], "two alike");
        assert_eq!(completed(&mut known, [None, Some("A")]), [None, some("A")], "it may have moved");
        assert_eq!(completed(&mut known, [None, None]), [None, some("A")]);
        assert_eq!(completed(&mut known, [None, Some("B")]), [None, some("B")], "another one");
        assert_eq!(completed(&mut known, [None, None]), [None, some("B")]);
    }
}
