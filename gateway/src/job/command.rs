//! The job of a command: hands it to the broker, until the broker has taken it or its time is over.
//!
//! At least once until the broker's word is stored: a program that dies between the two sends it again,
//! under the same name.

use std::time::Duration;

use anyhow::{Result, anyhow};
use vocabulary::{CommandId, Timestamp};

use super::Ended;
use crate::app::App;
use crate::downlinks::Answer;
use crate::flow::again;
use crate::flow::send_command::{Due, Unsent, command_not_sent, command_sent, prepare_command};

/// Before the next try (machine time): as long as it has waited so far, within these.
const SHORTEST_WAIT_MS: i64 = 1_000;
const LONGEST_WAIT_MS: i64 = 60_000;

const LOST: &str = "there is no connection to the broker, or it was lost before it said a word";
const OPEN: &str = "the broker has not said a word yet";

pub(super) async fn send(app: &App, id: CommandId) -> Result<Ended> {
    let due = again(|| prepare_command(app, id)).await.map_err(|refusal| anyhow!("{refusal:?}"))?;
    let Some(due) = due else {
        app.downlinks.forget(id);
        return Ok(Ended::Done);
    };
    let lifetime = lifetime(app, due.expires_at);
    let Due { letter, created_at, .. } = due;
    let topic = letter.topic.clone();
    match app.downlinks.publish(id, letter, lifetime).await {
        Answer::Taken => {
            command_sent(app, id).await?;
            app.downlinks.forget(id);
            return Ok(Ended::Done);
        }
        Answer::NobodyListens => {
            let why = format!("nobody at the broker listens to {topic}");
            command_not_sent(app, id, Unsent::Surely, &why).await?;
        }
        Answer::Refused(reason) => {
            let why = format!("the broker refuses {topic}: {reason}; check the account's rights");
            command_not_sent(app, id, Unsent::Surely, &why).await?;
        }
        Answer::Lost => command_not_sent(app, id, Unsent::Perhaps, LOST).await?,
        Answer::Open => command_not_sent(app, id, Unsent::Perhaps, OPEN).await?,
    }
    let waited_ms = app.clock.city_now().since_ms(created_at) / app.clock.speed();
    let wait_ms = waited_ms.clamp(SHORTEST_WAIT_MS, LONGEST_WAIT_MS);
    Ok(Ended::NotBeforeMs(app.clock.machine_now_ms() + wait_ms))
}

/// For how long the broker is to keep it for a device that is away.
fn lifetime(app: &App, expires_at: Timestamp) -> Duration {
    let left_ms = app.clock.machine_at_ms(expires_at) - app.clock.machine_now_ms();
    Duration::from_millis(u64::try_from(left_ms).unwrap_or(0))
}
