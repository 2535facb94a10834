//! What the simulation has done so far, readable at any time from anywhere.
//!
//! `Counters` are live and only grow; a `Summary` is a copy of them at one moment.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use serde::Serialize;

macro_rules! counters {
    ($($(#[$doc:meta])* $name:ident,)+) => {
        /// Live counters of one run. Share them in an `Arc`.
        #[derive(Debug, Default)]
        pub struct Counters {
            $($(#[$doc])* pub $name: AtomicU64,)+
            errors: Mutex<BTreeMap<String, u64>>,
        }

        /// The counters at one moment.
        #[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
        pub struct Summary {
            $($(#[$doc])* pub $name: u64,)+
            /// Refusals and failures that drivers met, by stable code.
            pub errors: BTreeMap<String, u64>,
        }

        impl Counters {
            /// A copy of all counters.
            #[must_use]
            pub fn summary(&self) -> Summary {
                Summary {
                    $($name: self.$name.load(Ordering::Relaxed),)+
                    errors: self.errors(),
                }
            }
        }
    };
}

counters! {
    /// Messages that devices have sent, repeats among them.
    readings,
    /// Messages written to the broker, each time one is written.
    published,
    /// Messages that the broker has taken.
    pubacked,
    /// Messages that the broker had nobody to give to; they are sent again.
    unheard,
    /// Readings of native devices that the gateway has said are stored.
    stored,
    /// Instructions that native devices heard.
    told,
    /// Messages with readings that native devices sent again.
    resent,
    /// Readings that fell out of a native device's memory before they were stored.
    dropped,
    /// Readings that native devices still kept at the end of the run.
    unstored,
    /// Connections made to the broker.
    connections,
    /// Vehicles that came.
    arrivals,
    /// Vehicles that left.
    departures,
    /// Claims that the gateway accepted.
    claims,
    /// Orders paid by simulated drivers.
    orders_paid,
    /// Money they paid, in fen.
    paid_fen,
    /// Orders that cost nothing.
    orders_free,
    /// Invoices issued, whose document was fetched and looked at.
    invoices,
    /// Requests sent again after a broken connection, a 5xx or a 429.
    retries,
    /// Drivers who put their phone away: too many were waiting already.
    turned_away,
}

impl Counters {
    /// Adds one to a counter.
    pub(crate) fn count(&self, of: impl FnOnce(&Self) -> &AtomicU64) {
        of(self).fetch_add(1, Ordering::Relaxed);
    }

    /// Adds to a counter.
    pub(crate) fn add(&self, of: impl FnOnce(&Self) -> &AtomicU64, number: usize) {
        of(self).fetch_add(number as u64, Ordering::Relaxed);
    }

    /// Adds to the money paid. Nobody pays less than nothing.
    pub(crate) fn add_paid_fen(&self, amount_fen: i64) {
        self.paid_fen.fetch_add(u64::try_from(amount_fen).unwrap_or(0), Ordering::Relaxed);
    }

    /// Counts a refusal or failure under its stable code.
    pub(crate) fn count_error(&self, code: &str) {
        let mut errors = self.errors.lock().unwrap_or_else(PoisonError::into_inner);
        *errors.entry(code.to_owned()).or_default() += 1;
    }

    /// Refusals and failures so far, by stable code.
    #[must_use]
    pub fn errors(&self) -> BTreeMap<String, u64> {
        self.errors.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// One line, for a status display.
impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let errors: u64 = self.errors.values().sum();
        write!(
            f,
            "readings {}/{} · stored {} · arrivals {} · departures {} · claims {} · paid {} (¥{}.{:02}) · \
             free {} · invoices {} · retries {} · errors {errors}",
            self.pubacked,
            self.readings,
            self.stored,
            self.arrivals,
            self.departures,
            self.claims,
            self.orders_paid,
            self.paid_fen / 100,
            self.paid_fen % 100,
            self.orders_free,
            self.invoices,
            self.retries,
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_summary_is_what_was_counted() {
        let counters = Counters::default();
        counters.count(|c| &c.arrivals);
        counters.count(|c| &c.arrivals);
        counters.count_error("already_paid");
        let summary = counters.summary();
        assert_eq!((summary.arrivals, summary.departures), (2, 0));
        assert_eq!(summary.errors, BTreeMap::from([("already_paid".to_owned(), 1)]));
        assert!(summary.to_string().contains("arrivals 2"));
    }
}
