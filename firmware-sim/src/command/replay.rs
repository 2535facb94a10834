//! `firmware-sim replay`: recorded messages, published again.

use std::path::PathBuf;

use anyhow::ensure;
use clap::Args;

use firmware_sim::broker::Broker;
use firmware_sim::replay::Pace;

/// Publish recorded MQTT messages again, one JSON object a line, at QoS 1.
///
/// A line is {"at":"2026-09-15T00:00:00Z","topic":"…","payload":{…}}, or has "payload_base64"
/// instead of "payload". The JSON of "payload" is published byte for byte. The whole file is
/// checked first: a malformed line is named, and nothing is published. Ends when the broker has
/// acknowledged every message.
#[derive(Args)]
pub(crate) struct Arguments {
    /// The recording.
    file: PathBuf,
    /// The broker: mqtt://[user:password@]host[:port].
    #[arg(long, value_name = "URL")]
    broker: Broker,
    /// Keep the recorded gaps ("at"), divided by this; without it nothing is waited for.
    #[arg(long, value_name = "N")]
    speed: Option<f64>,
}

pub(crate) async fn publish(arguments: &Arguments) -> anyhow::Result<()> {
    let pace = match arguments.speed {
        Some(speed) => {
            ensure!(speed > 0.0 && speed <= 1e6, "--speed must be above 0 and at most 1000000");
            Pace::Recorded { speed }
        }
        None => Pace::AtOnce,
    };
    let done = Box::pin(firmware_sim::replay(&arguments.file, &arguments.broker, pace)).await?;
    println!("{} messages published and acknowledged", done.messages);
    if done.unheard > 0 {
        eprintln!("firmware-sim: nobody subscribes to the topics of {} of them", done.unheard);
    }
    Ok(())
}
