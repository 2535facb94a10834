//! What happened, counted by name.

use std::collections::BTreeMap;
use std::sync::Mutex;

#[derive(Debug, Default)]
pub(super) struct Tally {
    all: Mutex<BTreeMap<String, u64>>,
    before: Mutex<BTreeMap<String, u64>>,
}

impl Tally {
    pub(super) fn add(&self, what: &str, count: usize) {
        let count = u64::try_from(count).expect("few");
        *self.all.lock().unwrap().entry(what.to_owned()).or_default() += count;
    }

    pub(super) fn count(&self, what: &str) -> u64 {
        self.all.lock().unwrap().get(what).copied().unwrap_or_default()
    }

    /// What was added since it was last asked for, in a few words.
    pub(super) fn of_day(&self) -> String {
        let all = self.all.lock().unwrap().clone();
        let before = std::mem::replace(&mut *self.before.lock().unwrap(), all.clone());
        let since = |what: &str| {
            all.get(what).copied().unwrap_or_default()
                - before.get(what).copied().unwrap_or_default()
        };
        let shown =
            ["stays", "claims", "captures", "paid at the channel", "refunds", "cash receipts"];
        shown.map(|what| format!("{} {what}", since(what))).join(", ")
    }

    pub(super) fn whole(&self) -> String {
        let all = self.all.lock().unwrap();
        all.iter().map(|(what, count)| format!("{count} {what}")).collect::<Vec<_>>().join(", ")
    }
}
