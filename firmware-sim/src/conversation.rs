//! One connection to the broker, from dialling to its end: a client, and what its polling task tells.
//!
//! The task that polls never waits on anything of ours but a bounded channel whose reader never
//! waits on the client. It ends with the conversation it serves.

use std::time::Duration;

use rumqttc::Outgoing;
use rumqttc::v5::mqttbytes::v5::{Packet, PubAckReason};
use rumqttc::v5::{AsyncClient, Event, EventLoop};
use tokio::sync::mpsc;
use tokio::task::AbortHandle;
use tokio::time::timeout;

use crate::broker::Broker;

/// Messages on their way at a time.
pub(crate) const WINDOW: usize = 100;
/// Requests that wait for the polling task: a window of messages beside the subscriptions of 12,500
/// devices, all of them made in the moment in which the connection stands.
const REQUESTS: usize = WINDOW + 100;

/// What the polling task tells.
pub(crate) enum News {
    Connected,
    /// A message went out under this packet number.
    Sent(u16),
    Answered(u16, PubAckReason),
    /// A message came in.
    Said {
        topic: Vec<u8>,
        payload: Vec<u8>,
    },
    Lost(String),
}

/// A client and its polling task.
pub(crate) struct Conversation {
    pub(crate) client: AsyncClient,
    pub(crate) news: mpsc::Receiver<News>,
    poller: AbortHandle,
}

impl Drop for Conversation {
    fn drop(&mut self) {
        self.poller.abort();
    }
}

impl Conversation {
    /// Begins to dial.
    pub(crate) fn open(broker: &Broker, client_id: &str) -> Self {
        let (client, eventloop) = AsyncClient::new(broker.options(client_id), REQUESTS);
        let (tell, news) = mpsc::channel(WINDOW);
        let poller = tokio::spawn(poll(eventloop, tell)).abort_handle();
        Conversation { client, news, poller }
    }

    /// Tells the broker that this end is deliberate; not for long if it does not listen.
    pub(crate) async fn goodbye(&mut self) {
        if self.client.try_disconnect().is_ok() {
            let news = &mut self.news;
            let gone = async { while !matches!(news.recv().await, None | Some(News::Lost(_))) {} };
            // Whether it answered makes no difference: everything is acknowledged.
            let _ = timeout(Duration::from_secs(1), gone).await;
        }
    }
}

/// Polls until the connection ends, and tells what matters.
async fn poll(mut eventloop: EventLoop, tell: mpsc::Sender<News>) {
    loop {
        let news = match eventloop.poll().await {
            Ok(Event::Incoming(Packet::ConnAck(_))) => News::Connected,
            Ok(Event::Incoming(Packet::PubAck(ack))) => News::Answered(ack.pkid, ack.reason),
            Ok(Event::Incoming(Packet::Publish(said))) => {
                News::Said { topic: said.topic.to_vec(), payload: said.payload.to_vec() }
            }
            Ok(Event::Outgoing(Outgoing::Publish(packet))) => News::Sent(packet),
            Ok(Event::Outgoing(Outgoing::Disconnect)) => News::Lost("disconnected".into()),
            Ok(_) => continue,
            Err(error) => News::Lost(error.to_string()),
        };
        let over = matches!(news, News::Lost(_));
        if tell.send(news).await.is_err() || over {
            return;
        }
    }
}
