//! `gateway encode`

use std::io::Read;
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Args;
use output::{out, outln};
use sensing::{Codec, Downlink, Reject};
use serde_json::{Map, Value, json};

/// Write the frame of a command to a sensor. A command that is refused exits with 1.
#[derive(Debug, Args)]
#[command(after_help = known_commands())]
pub(super) struct Encode {
    /// List every documented command with its fields; of one device type if that is given.
    #[arg(long)]
    list: bool,
    /// Device type, for example milesight-em400-mud.
    #[arg(long, required_unless_present = "list")]
    device_type: Option<String>,
    /// The command as a JSON object; `-` reads it from standard input.
    #[arg(long, value_name = "JSON", allow_hyphen_values = true, required_unless_present = "list")]
    command: Option<String>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// Why there is no frame: a stable code, and a text for people.
type Refused = (&'static str, String);

impl Encode {
    pub(super) fn run(self) -> Result<ExitCode> {
        let done = if self.list { self.list() } else { self.encode()? };
        match done {
            Ok(text) => out!("{text}"),
            Err((code, detail)) if self.json => {
                outln!("{}", json!({"error": {"code": code, "detail": detail}}));
                return Ok(ExitCode::from(1));
            }
            Err((code, detail)) => {
                eprintln!("refused: {code}: {detail}");
                return Ok(ExitCode::from(1));
            }
        }
        Ok(ExitCode::SUCCESS)
    }

    fn encode(&self) -> Result<std::result::Result<String, Refused>> {
        let command = match self.command.as_deref().unwrap_or_default() {
            "-" => {
                let mut text = String::new();
                std::io::stdin().read_to_string(&mut text).context("reading standard input")?;
                text
            }
            text => text.to_owned(),
        };
        Ok(self.written(&command).map(|Downlink { fport, bytes }| {
            let hex = hex::encode(bytes);
            if self.json {
                format!("{}\n", json!({"fport": fport, "hex": hex}))
            } else {
                format!("FPort {fport}\n{hex}\n")
            }
        }))
    }

    fn written(&self, command: &str) -> std::result::Result<Downlink, Refused> {
        let device_type = self.device_type.as_deref().unwrap_or_default();
        if device_type == "native" {
            let detail = "native devices have no frames: the command goes to them as it is, \
                on bowei/v1/{device_id}/down";
            return Err((Reject::UnknownDeviceType.code(), detail.to_owned()));
        }
        let command: Map<String, Value> = serde_json::from_str(command).map_err(|error| {
            (Reject::MalformedJson.code(), format!("the command is no JSON object: {error}"))
        })?;
        sensing::encode_command(device_type, &command)
            .map_err(|reject| (reject.kind.code(), reject.detail))
    }

    fn list(&self) -> std::result::Result<String, Refused> {
        let codecs: Vec<&Codec> = match self.device_type.as_deref() {
            None => sensing::codecs().iter().collect(),
            Some(name) => vec![sensing::codec(name).ok_or_else(|| {
                (Reject::UnknownDeviceType.code(), format!("no codec for {name:?}"))
            })?],
        };
        let commands = codecs.into_iter().flat_map(|codec| {
            (codec.commands)().into_iter().map(|command| (codec.device_type, command))
        });
        if self.json {
            let entry =
                |(device_type, command)| json!({"device_type": device_type, "command": command});
            let all: Vec<Value> = commands.map(entry).collect();
            return Ok(format!("{}\n", json!({"commands": all})));
        }
        Ok(commands
            .map(|(name, command)| format!("{name}  {}\n", Value::Object(command)))
            .collect())
    }
}

/// The names of the commands of each device type.
fn known_commands() -> String {
    let mut text = String::from("Commands (--list shows their fields):\n");
    for codec in sensing::codecs() {
        let mut names: Vec<String> = (codec.commands)().iter().map(name_of).collect();
        names.dedup();
        if !names.is_empty() {
            text += &format!("  {}: {}\n", codec.device_type, names.join(", "));
        }
    }
    text + "Of the other device types no command is known (docs/PROTOCOL.md says why); a frame may be written by hand."
}

fn name_of(command: &Map<String, Value>) -> String {
    match command.get("command").and_then(Value::as_str) {
        Some(name) => name.to_owned(),
        None => format!("one that sets all {} fields of the configuration", command.len()),
    }
}
