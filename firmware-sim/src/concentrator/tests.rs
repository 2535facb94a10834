//! Against a broker made of a listening socket, which can die without having passed anything on.

use std::net::SocketAddr;

use bytes::BytesMut;
use rumqttc::v5::mqttbytes::v5::{
    ConnAck, ConnectReturnCode, Packet, PubAck, Publish, SubAck, SubscribeReasonCode,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::*;

const DEVICE: &str = "bw-1";

/// One connection, from the broker's side.
struct Wire {
    stream: TcpStream,
    buffer: BytesMut,
}

impl Wire {
    async fn accept(listener: &TcpListener) -> Self {
        let (stream, _) = listener.accept().await.unwrap();
        let mut wire = Wire { stream, buffer: BytesMut::new() };
        assert!(matches!(wire.read().await, Packet::Connect(..)));
        let welcome =
            ConnAck { session_present: false, code: ConnectReturnCode::Success, properties: None };
        wire.write(|out| {
            welcome.write(out).unwrap();
        })
        .await;
        wire
    }

    async fn read(&mut self) -> Packet {
        loop {
            if let Ok(packet) = Packet::read(&mut self.buffer, None) {
                return packet;
            }
            let read = self.stream.read_buf(&mut self.buffer).await.unwrap();
            assert!(read > 0, "the client hung up");
        }
    }

    async fn write(&mut self, write: impl FnOnce(&mut BytesMut)) {
        let mut out = BytesMut::new();
        write(&mut out);
        self.stream.write_all(&out).await.unwrap();
    }

    /// Answers everything until so many messages have been published; their payloads.
    async fn published(&mut self, count: usize) -> Vec<String> {
        let mut payloads = Vec::new();
        while payloads.len() < count {
            match self.read().await {
                Packet::Publish(message) => {
                    let topic = String::from_utf8(message.topic.to_vec()).unwrap();
                    assert!(topic.starts_with("bowei/v1/bw-") && topic.ends_with("/up"), "{topic}");
                    payloads.push(String::from_utf8(message.payload.to_vec()).unwrap());
                    let ack = PubAck {
                        pkid: message.pkid,
                        reason: PubAckReason::Success,
                        properties: None,
                    };
                    self.write(|out| {
                        ack.write(out).unwrap();
                    })
                    .await;
                }
                Packet::Subscribe(asked) => {
                    let down =
                        |path: &str| path.starts_with("bowei/v1/bw-") && path.ends_with("/down");
                    assert!(asked.filters.iter().all(|f| down(&f.path)), "{asked:?}");
                    let allowed = SubscribeReasonCode::Success(QoS::AtMostOnce);
                    let return_codes = vec![allowed; asked.filters.len()];
                    let ack = SubAck { pkid: asked.pkid, return_codes, properties: None };
                    self.write(|out| {
                        ack.write(out).unwrap();
                    })
                    .await;
                }
                _ => {}
            }
        }
        payloads
    }

    async fn say_stored(&mut self, up_to: u64) {
        self.say_stored_to(DEVICE, up_to).await;
    }

    async fn say_stored_to(&mut self, device: &str, up_to: u64) {
        let payload = format!(r#"{{"stored":{{"boot_id":"b1","up_to":{up_to}}}}}"#);
        let topic = format!("bowei/v1/{device}/down");
        let said = Publish::new(topic, QoS::AtMostOnce, payload, None);
        self.write(|out| {
            said.write(out).unwrap();
        })
        .await;
    }
}

fn reading(seq: u64) -> Saying {
    reading_of(DEVICE, seq)
}

fn reading_of(device: &str, seq: u64) -> Saying {
    let json = format!("{{\"seq\":{seq}}}");
    let sends = Some(json.clone().into_bytes());
    let kept = Reading { boot_id: "b1".into(), seq, json: json.into() };
    Saying { device: device.to_owned(), keeps: Some(kept), sends }
}

type Served = (mpsc::Sender<Saying>, Arc<Counters>, tokio::task::JoinHandle<()>);

/// A concentrator of one device, and who speaks to it.
fn concentrator(address: SocketAddr, resend_after: Duration) -> Served {
    concentrator_of([DEVICE.to_owned()], address, resend_after)
}

fn concentrator_of(
    devices: impl IntoIterator<Item = String>,
    address: SocketAddr,
    resend_after: Duration,
) -> Served {
    let (sayings, inbox) = mpsc::channel(100);
    let counters = Arc::new(Counters::default());
    let memories = Memories::new(devices, 100, resend_after);
    let broker = format!("mqtt://{address}").parse().unwrap();
    let wait = Duration::from_secs(600);
    let concentrator =
        Concentrator::new(broker, "c".into(), inbox, memories, counters.clone(), wait);
    (sayings, counters, tokio::spawn(concentrator.serve()))
}

async fn listener() -> TcpListener {
    TcpListener::bind(("127.0.0.1", 0)).await.unwrap()
}

#[tokio::test]
async fn what_a_broker_acknowledged_and_took_to_its_grave_is_sent_again() {
    let listener = listener().await;
    let long = Duration::from_secs(600);
    let (sayings, counters, task) = concentrator(listener.local_addr().unwrap(), long);
    let mut wire = Wire::accept(&listener).await;
    // Said before the connection is known to stand, or after: once or as what is kept.
    sayings.send(reading(0)).await.unwrap();
    assert_eq!(wire.published(1).await, [r#"{"seq":0}"#]);
    sayings.send(reading(1)).await.unwrap();
    assert!(wire.published(1).await[0].contains(r#"{"seq":1}"#));
    drop(wire); // kill -9
    sayings.send(reading(2)).await.unwrap();
    let mut wire = Wire::accept(&listener).await;
    let mut again = String::new();
    while !(0..3).all(|seq| again.contains(&format!("{{\"seq\":{seq}}}"))) {
        again += &wire.published(1).await[0];
    }
    drop(sayings);
    wire.say_stored(2).await;
    task.await.unwrap();
    let summary = counters.summary();
    assert_eq!((summary.stored, summary.unstored, summary.dropped), (3, 0, 0));
}

#[tokio::test]
async fn what_is_not_stored_is_sent_again_without_a_new_connection() {
    let listener = listener().await;
    let soon = Duration::from_millis(30);
    let (sayings, counters, task) = concentrator(listener.local_addr().unwrap(), soon);
    let mut wire = Wire::accept(&listener).await;
    sayings.send(reading(0)).await.unwrap();
    for _ in 0..3 {
        assert_eq!(wire.published(1).await, [r#"{"seq":0}"#]);
    }
    drop(sayings);
    wire.say_stored(0).await;
    task.await.unwrap();
    assert!(counters.summary().resent >= 2);
    assert_eq!(counters.summary().unstored, 0);
}

#[tokio::test]
async fn more_devices_than_fit_into_a_window_send_again_over_one_connection() {
    let listener = listener().await;
    let devices: Vec<String> = (0..150).map(|number| format!("bw-{number}")).collect();
    let (address, long) = (listener.local_addr().unwrap(), Duration::from_secs(600));
    let (sayings, counters, task) = concentrator_of(devices.clone(), address, long);
    for device in &devices {
        sayings.send(reading_of(device, 0)).await.unwrap();
    }
    drop(sayings);
    let mut wire = Wire::accept(&listener).await;
    wire.published(devices.len()).await;
    for device in &devices {
        wire.say_stored_to(device, 0).await;
    }
    task.await.unwrap();
    let summary = counters.summary();
    assert_eq!((summary.stored, summary.unstored, summary.connections), (150, 0, 1));
}
