//! Between those who have something to say to a device and the one connection to the broker that says it.
//!
//! Whoever publishes waits for the broker's word. **Invariant:** a command that the broker has taken, or
//! of which no word came yet, is not handed to it a second time by this program; so a failure to store
//! that it was sent does not send it again.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use sensing::Letter;
use tokio::sync::{mpsc, watch};
use vocabulary::CommandId;

/// Letters handed over at once; more are handed over later.
const ROOM: usize = 1_000;
/// How long a publisher waits for the broker's word. A broker that hangs must not hold up other jobs.
const WORD_WITHIN: Duration = Duration::from_secs(5);

/// What became of a letter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// The broker has it, for somebody who listens.
    Taken,
    /// The broker threw it away: nobody subscribes to its topic.
    NobodyListens,
    /// The broker does not take it, and says why.
    Refused(String),
    /// There is no connection, or it was lost with its session before a word came.
    Lost,
    /// No word yet: it is still under way.
    Open,
}

/// A letter for the connection to publish.
#[derive(Debug)]
pub(crate) struct Ask {
    pub(crate) letter: Letter,
    /// After this long (machine time) the broker need not deliver it any more.
    pub(crate) lifetime: Duration,
    pub(crate) teller: Teller,
}

/// Tells the publisher; dropped without a word, it says that the letter is lost.
pub(crate) type Teller = watch::Sender<Option<Answer>>;

type Word = watch::Receiver<Option<Answer>>;

/// The way from jobs to the connection.
#[derive(Debug)]
pub struct Downlinks {
    asks: mpsc::Sender<Ask>,
    inbox: Mutex<Option<mpsc::Receiver<Ask>>>,
    under_way: Mutex<HashMap<CommandId, Word>>,
}

impl Default for Downlinks {
    fn default() -> Downlinks {
        let (asks, inbox) = mpsc::channel(ROOM);
        Downlinks { asks, inbox: Mutex::new(Some(inbox)), under_way: Mutex::default() }
    }
}

impl Downlinks {
    /// The connection's end; there is one.
    pub(crate) fn inbox(&self) -> Option<mpsc::Receiver<Ask>> {
        self.inbox.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Hands a letter to the connection, unless that was done before, and waits for the broker's word.
    pub(crate) async fn publish(
        &self,
        id: CommandId,
        letter: Letter,
        lifetime: Duration,
    ) -> Answer {
        let mut word = self.ask(id, letter, lifetime);
        let answer = match tokio::time::timeout(WORD_WITHIN, word.wait_for(Option::is_some)).await {
            Ok(Ok(answer)) => answer.clone().unwrap_or(Answer::Lost),
            Ok(Err(_)) => Answer::Lost,
            Err(_) => return Answer::Open,
        };
        if answer != Answer::Taken {
            self.forget(id);
        }
        answer
    }

    /// It is stored what became of it.
    pub(crate) fn forget(&self, id: CommandId) {
        self.under_way.lock().unwrap_or_else(PoisonError::into_inner).remove(&id);
    }

    fn ask(&self, id: CommandId, letter: Letter, lifetime: Duration) -> Word {
        let mut under_way = self.under_way.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = under_way.get(&id) {
            return known.clone();
        }
        let (teller, word) = watch::channel(None);
        // Where there is no room or no connection the teller goes, which says that it is lost.
        if self.asks.try_send(Ask { letter, lifetime, teller }).is_ok() {
            under_way.insert(id, word.clone());
        }
        word
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    const ID: CommandId = CommandId(Uuid::nil());
    const LIFETIME: Duration = Duration::from_secs(60);

    fn letter() -> Letter {
        Letter { topic: "bowei/v1/a/down".into(), payload: r#"{"restart":{}}"#.into() }
    }

    #[tokio::test(start_paused = true)]
    async fn what_the_broker_has_taken_is_not_handed_over_again_until_that_is_stored() {
        let downlinks = Downlinks::default();
        let mut inbox = downlinks.inbox().unwrap();
        assert!(downlinks.inbox().is_none());
        // The broker says nothing for a long time, and then that it took it.
        assert_eq!(downlinks.publish(ID, letter(), LIFETIME).await, Answer::Open);
        let ask = inbox.recv().await.unwrap();
        assert_eq!(ask.letter, letter());
        assert_eq!(downlinks.publish(ID, letter(), LIFETIME).await, Answer::Open);
        ask.teller.send_replace(Some(Answer::Taken));
        drop(ask);
        for _ in 0..2 {
            assert_eq!(downlinks.publish(ID, letter(), LIFETIME).await, Answer::Taken);
        }
        assert!(inbox.try_recv().is_err(), "it was handed over once");
        downlinks.forget(ID);
        assert_eq!(downlinks.publish(ID, letter(), LIFETIME).await, Answer::Open);
        assert!(inbox.try_recv().is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn what_was_not_taken_may_be_handed_over_again() {
        let downlinks = Downlinks::default();
        let mut inbox = downlinks.inbox().unwrap();
        for answer in [Answer::NobodyListens, Answer::Refused("no".into()), Answer::Lost] {
            let (told, ()) = tokio::join!(downlinks.publish(ID, letter(), LIFETIME), async {
                let ask = inbox.recv().await.unwrap();
                if answer != Answer::Lost {
                    ask.teller.send_replace(Some(answer.clone()));
                }
            });
            assert_eq!(told, answer);
        }
        drop(inbox);
        assert_eq!(downlinks.publish(ID, letter(), LIFETIME).await, Answer::Lost);
    }
}
