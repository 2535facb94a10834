//! The address of an MQTT broker: `mqtt://[user:password@]host[:port]`.
//!
//! TLS is refused by name rather than ignored. Passwords never show in `Debug` or errors.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use rumqttc::v5::MqttOptions;

const DEFAULT_PORT: u16 = 1883;
const KEEP_ALIVE: Duration = Duration::from_secs(15);
const CONNECT_TIMEOUT_S: u64 = 5;

/// Where the broker listens, and as whom to sign in.
#[derive(Clone, PartialEq, Eq)]
pub struct Broker {
    host: String,
    port: u16,
    login: Option<(String, String)>,
}

/// Why a text is not the address of a broker.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BrokerReject {
    /// It does not begin with `mqtt://`.
    #[error("the broker's address must look like mqtt://host:1883")]
    Scheme,
    /// It begins with `mqtts://`.
    #[error("mqtts:// is not supported here; use mqtt:// on a trusted network")]
    Tls,
    /// There is no host, or something follows the port.
    #[error("the broker's address has no host, or something after the port")]
    Host,
    /// The port is not a number from 1 to 65535.
    #[error("the broker's port must be a number from 1 to 65535")]
    Port,
}

impl Broker {
    /// Options for a client with the given id. Every connection begins without a session: what
    /// has to survive is in the outbox, not in the client.
    pub(crate) fn options(&self, client_id: &str) -> MqttOptions {
        let mut options = MqttOptions::new(client_id, self.host.clone(), self.port);
        options.set_keep_alive(KEEP_ALIVE).set_clean_start(true);
        options.set_connection_timeout(CONNECT_TIMEOUT_S);
        if let Some((user, password)) = &self.login {
            options.set_credentials(user.clone(), password.clone());
        }
        options
    }
}

impl FromStr for Broker {
    type Err = BrokerReject;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.starts_with("mqtts://") {
            return Err(BrokerReject::Tls);
        }
        let rest = text.strip_prefix("mqtt://").ok_or(BrokerReject::Scheme)?;
        let (login, address) = match rest.rsplit_once('@') {
            Some((login, address)) => (Some(login), address),
            None => (None, rest),
        };
        let (host, port) = split_port(address.strip_suffix('/').unwrap_or(address))?;
        let login = login.map(|login| login.split_once(':').unwrap_or((login, "")));
        let login = login.map(|(user, password)| (user.to_owned(), password.to_owned()));
        Ok(Broker { host: host.to_owned(), port, login })
    }
}

/// An IPv6 address stands in brackets, which the resolver wants to see too.
fn split_port(address: &str) -> Result<(&str, u16), BrokerReject> {
    let after_bracket = address.rfind(']').map_or(0, |at| at + 1);
    let (host, port) = match address[after_bracket..].find(':') {
        Some(colon) => {
            let (host, port) = address.split_at(after_bracket + colon);
            (host, port[1..].parse().map_err(|_| BrokerReject::Port)?)
        }
        None => (address, DEFAULT_PORT),
    };
    if host.is_empty() || host.contains(['/', '?', '#', ' ']) {
        return Err(BrokerReject::Host);
    }
    if port == 0 { Err(BrokerReject::Port) } else { Ok((host, port)) }
}

/// Without the password.
impl fmt::Display for Broker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "mqtt://{}:{}", self.host, self.port)
    }
}

impl fmt::Debug for Broker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_read_with_and_without_its_optional_parts() {
        for (text, host, port, login) in [
            ("mqtt://127.0.0.1:18830", "127.0.0.1", 18_830, None),
            ("mqtt://broker", "broker", 1_883, None),
            ("mqtt://broker/", "broker", 1_883, None),
            ("mqtt://[::1]:99", "[::1]", 99, None),
            ("mqtt://[::1]", "[::1]", 1_883, None),
            ("mqtt://sim:p@ss:w@host:1", "host", 1, Some(("sim", "p@ss:w"))),
            ("mqtt://sim@host", "host", 1_883, Some(("sim", ""))),
        ] {
            let broker: Broker = text.parse().unwrap_or_else(|e| panic!("{text}: {e}"));
            let read = broker.login.as_ref().map(|(u, p)| (u.as_str(), p.as_str()));
            assert_eq!((broker.host.as_str(), broker.port, read), (host, port, login), "{text}");
            assert!(!format!("{broker:?} {broker}").contains("p@ss"));
        }
    }

    #[test]
    fn what_is_no_address_is_refused_with_a_reason() {
        for (text, why) in [
            ("127.0.0.1:1883", BrokerReject::Scheme),
            ("http://host", BrokerReject::Scheme),
            ("mqtts://host", BrokerReject::Tls),
            ("mqtt://", BrokerReject::Host),
            ("mqtt://:1883", BrokerReject::Host),
            ("mqtt://host/topic", BrokerReject::Host),
            ("mqtt://host:x", BrokerReject::Port),
            ("mqtt://host:0", BrokerReject::Port),
            ("mqtt://host:70000", BrokerReject::Port),
        ] {
            assert_eq!(text.parse::<Broker>(), Err(why), "{text}");
        }
    }
}
