//! What an account may publish and subscribe to.
//!
//! | kind | publishes | subscribes to |
//! | --- | --- | --- |
//! | device | its own `up` | its own `down` |
//! | concentrator | `up` of the native devices it speaks for | their `down` |
//! | network | everything of ChirpStack and The Things Stack | their topics of commands to devices |
//! | gateway | commands to devices | everything that can be a reading |
//!
//! What is not allowed is refused. A subscription must lie within one allowed filter as a whole.

use std::collections::HashSet;
use std::sync::Arc;

/// What an account is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Kind {
    /// One native sensor.
    Device,
    /// A LoRaWAN network server.
    Network,
    /// This service.
    Gateway,
    /// Speaks for the native sensors of an operator, or of all.
    Concentrator,
}

/// What an account is, and for whom it speaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Account {
    Device {
        key: String,
    },
    Network,
    Gateway,
    Concentrator(Scope),
    /// What any of these may; only for accounts that a process makes for itself.
    AnyOf(Vec<Account>),
}

/// Which native devices a concentrator speaks for, by key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    All,
    These(Arc<HashSet<String>>),
}

const NETWORK_PUBLISHES: [&str; 2] = ["application/#", "v3/#"];
const NETWORK_SUBSCRIBES: [&str; 2] = ["application/+/device/+/command/#", "v3/+/devices/+/down/#"];
const GATEWAY_PUBLISHES: [&str; 4] = [
    "bowei/v1/+/down",
    "application/+/device/+/command/down",
    "v3/+/devices/+/down/push",
    "v3/+/devices/+/down/replace",
];

impl Kind {
    /// The name used in interfaces and stored rows.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Kind::Device => "device",
            Kind::Network => "network",
            Kind::Gateway => "gateway",
            Kind::Concentrator => "concentrator",
        }
    }

    /// Reads the name back.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Kind> {
        <Kind as clap::ValueEnum>::value_variants().iter().copied().find(|k| k.name() == name)
    }
}

impl Account {
    /// Whether it may publish to this topic.
    #[must_use]
    pub fn may_publish(&self, topic: &str) -> bool {
        if topic.contains(['+', '#']) {
            return false;
        }
        match self {
            Account::Concentrator(Scope::These(keys)) => names_one_of(keys, topic, "up"),
            Account::AnyOf(accounts) => accounts.iter().any(|a| a.may_publish(topic)),
            _ => self.publishes().iter().any(|allowed| covers(allowed, topic)),
        }
    }

    /// Whether it may subscribe to this filter. A shared subscription counts as what it shares.
    #[must_use]
    pub fn may_subscribe(&self, filter: &str) -> bool {
        let filter = shared(filter);
        match self {
            Account::Concentrator(Scope::These(keys)) => names_one_of(keys, filter, "down"),
            Account::AnyOf(accounts) => accounts.iter().any(|a| a.may_subscribe(filter)),
            _ => self.subscribes().iter().any(|allowed| covers(allowed, filter)),
        }
    }

    /// The filters it may publish to, in order.
    #[must_use]
    pub fn publishes(&self) -> Vec<String> {
        match self {
            Account::Device { key } => vec![native(key, "up")],
            Account::Network => NETWORK_PUBLISHES.map(str::to_owned).to_vec(),
            Account::Gateway => GATEWAY_PUBLISHES.map(str::to_owned).to_vec(),
            Account::Concentrator(scope) => scope.topics("up"),
            Account::AnyOf(accounts) => accounts.iter().flat_map(Account::publishes).collect(),
        }
    }

    /// The filters it may subscribe to, in order.
    #[must_use]
    pub fn subscribes(&self) -> Vec<String> {
        match self {
            Account::Device { key } => vec![native(key, "down")],
            Account::Network => NETWORK_SUBSCRIBES.map(str::to_owned).to_vec(),
            Account::Gateway => crate::ingest::TOPICS.map(str::to_owned).to_vec(),
            Account::Concentrator(scope) => scope.topics("down"),
            Account::AnyOf(accounts) => accounts.iter().flat_map(Account::subscribes).collect(),
        }
    }
}

impl Scope {
    fn topics(&self, way: &str) -> Vec<String> {
        match self {
            Scope::All => vec![native("+", way)],
            Scope::These(keys) => {
                let mut topics: Vec<String> = keys.iter().map(|key| native(key, way)).collect();
                topics.sort_unstable();
                topics
            }
        }
    }
}

fn native(key: &str, way: &str) -> String {
    format!("bowei/v1/{key}/{way}")
}

fn names_one_of(keys: &HashSet<String>, topic: &str, way: &str) -> bool {
    let key = topic.strip_prefix("bowei/v1/").and_then(|rest| rest.strip_suffix(way));
    key.and_then(|key| key.strip_suffix('/')).is_some_and(|key| keys.contains(key))
}

/// `$share/GROUP/FILTER` asks for `FILTER`.
fn shared(filter: &str) -> &str {
    let rest = filter.strip_prefix("$share/").and_then(|rest| rest.split_once('/'));
    rest.map_or(filter, |(_, filter)| filter)
}

/// Whether everything that fits `asked` (a topic or a filter) fits `allowed`.
fn covers(allowed: &str, asked: &str) -> bool {
    let (mut allowed, mut asked) = (allowed.split('/'), asked.split('/'));
    loop {
        match (allowed.next(), asked.next()) {
            (Some("#"), _) | (None, None) => return true,
            (Some("+"), Some(level)) if level != "#" => {}
            (Some(exact), Some(level)) if exact == level => {}
            _ => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn device(key: &str) -> Account {
        Account::Device { key: key.into() }
    }

    fn check(account: &Account, publishes: &[(&str, bool)], subscribes: &[(&str, bool)]) {
        for (topic, expected) in publishes {
            assert_eq!(account.may_publish(topic), *expected, "{account:?} publishes to {topic}");
        }
        for (filter, expected) in subscribes {
            assert_eq!(
                account.may_subscribe(filter),
                *expected,
                "{account:?} subscribes to {filter}"
            );
        }
    }

    #[test]
    fn a_device_speaks_only_as_itself_and_hears_only_what_is_for_it() {
        check(
            &device("a"),
            &[
                ("bowei/v1/a/up", true),
                ("bowei/v1/b/up", false),
                ("bowei/v1/+/up", false),
                ("bowei/v1/a/down", false),
                ("bowei/v1/a/up/", false),
                ("bowei/v1/A/up", false),
                ("application/1/device/a/event/up", false),
                ("$SYS/broker", false),
                ("", false),
            ],
            &[
                ("bowei/v1/a/down", true),
                ("bowei/v1/+/down", false),
                ("bowei/v1/b/down", false),
                ("bowei/v1/a/up", false),
                ("bowei/v1/a/#", false),
                ("$share/x/bowei/v1/a/down", true),
                ("$share/x/bowei/v1/b/down", false),
                ("$share/bowei/v1/a/down", false),
                ("#", false),
                ("+/+/+/+", false),
                ("$SYS/#", false),
            ],
        );
    }

    #[test]
    fn a_network_speaks_for_the_devices_behind_it_and_hears_their_commands() {
        check(
            &Account::Network,
            &[
                ("application/1/device/0102/event/up", true),
                ("v3/town@ttn/devices/bay-7/up", true),
                ("bowei/v1/a/up", false),
                ("applications/1", false),
            ],
            &[
                ("application/+/device/+/command/down", true),
                ("application/1/device/+/command/#", true),
                ("v3/+/devices/+/down/push", true),
                ("application/#", false),
                ("bowei/v1/+/down", false),
                ("#", false),
            ],
        );
    }

    #[test]
    fn a_gateway_hears_what_can_be_a_reading_and_speaks_to_devices() {
        let topics = crate::ingest::TOPICS.map(|topic| (topic, true));
        check(
            &Account::Gateway,
            &[
                ("bowei/v1/a/down", true),
                ("application/1/device/0102/command/down", true),
                ("v3/town@ttn/devices/bay-7/down/push", true),
                ("bowei/v1/a/up", false),
                ("application/1/device/0102/event/up", false),
            ],
            &topics,
        );
        check(
            &Account::Gateway,
            &[],
            &[("$share/bowei/bowei/v1/+/up", true), ("#", false), ("bowei/#", false)],
        );
    }

    #[test]
    fn a_concentrator_of_the_whole_city_speaks_for_every_native_device() {
        check(
            &Account::Concentrator(Scope::All),
            &[("bowei/v1/a/up", true), ("bowei/v1/a/down", false), ("bowei/v1/a/b/up", false)],
            &[("bowei/v1/+/down", true), ("bowei/v1/a/down", true), ("bowei/v1/#", false)],
        );
    }

    #[test]
    fn a_concentrator_of_some_devices_asks_for_each_of_them_by_name() {
        let some = Scope::These(Arc::new(["a".to_owned(), "b:1".to_owned()].into()));
        check(
            &Account::Concentrator(some),
            &[
                ("bowei/v1/a/up", true),
                ("bowei/v1/b:1/up", true),
                ("bowei/v1/c/up", false),
                ("bowei/v1/up", false),
            ],
            &[("bowei/v1/a/down", true), ("bowei/v1/+/down", false), ("bowei/v1/c/down", false)],
        );
    }
}
