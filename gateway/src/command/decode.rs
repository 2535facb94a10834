//! `gateway decode`

use std::process::ExitCode;

use anyhow::Result;
use clap::{Args, ValueEnum};
use output::{out, outln};
use sensing::{Codec, Decoded, Frame, Reject};
use serde_json::{Value, json};

/// Show what a sensor's frame says. A frame that is refused exits with 1.
#[derive(Debug, Args)]
#[command(after_help = device_types())]
pub(super) struct Decode {
    /// List the device types.
    #[arg(long)]
    list: bool,
    /// Device type, for example bosch-tps110.
    #[arg(long, required_unless_present = "list")]
    device_type: Option<String>,
    /// LoRaWAN port of the frame; not needed where the device type has none.
    #[arg(long)]
    fport: Option<u8>,
    /// The frame's bytes in hexadecimal; may be empty. Spaces, colons and 0x are passed over.
    #[arg(long, allow_hyphen_values = true, required_unless_present = "list")]
    hex: Option<String>,
    /// Firmware version of the device, where it changes the meaning.
    #[arg(long)]
    firmware: Option<String>,
    /// A distance below this one is a vehicle: say what the bay is by the distance in the frame.
    #[arg(long, value_name = "N")]
    occupied_below_mm: Option<u32>,
    /// From the device (up) or to it (down).
    #[arg(long, value_enum, default_value_t = Direction::Up)]
    direction: Direction,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Direction {
    Up,
    Down,
}

fn device_types() -> String {
    format!("Device types: {}", sensing::device_types().collect::<Vec<_>>().join(", "))
}

impl Decode {
    pub(super) fn run(self) -> Result<ExitCode> {
        if self.list {
            out!("{}", list(self.json));
            return Ok(ExitCode::SUCCESS);
        }
        match self.decode() {
            Ok(decoded) if self.json => outln!("{}", serde_json::to_string(&decoded)?),
            Ok(decoded) => outln!("{}", serde_json::to_string_pretty(&decoded)?),
            Err(Refused { code, detail }) if self.json => {
                outln!("{}", json!({"error": {"code": code, "detail": detail}}));
                return Ok(ExitCode::from(1));
            }
            Err(Refused { code, detail }) => {
                eprintln!("refused: {code}: {detail}");
                return Ok(ExitCode::from(1));
            }
        }
        Ok(ExitCode::SUCCESS)
    }

    fn decode(&self) -> std::result::Result<Decoded, Refused> {
        let bytes = bytes_of(self.hex.as_deref().unwrap_or_default())?;
        let device_type = self.device_type.as_deref().unwrap_or_default();
        let codec: &Codec = sensing::codec(device_type).ok_or_else(|| Refused {
            code: Reject::UnknownDeviceType.code(),
            detail: format!("no codec reads {device_type}; gateway decode --list names them"),
        })?;
        let firmware = self.firmware.as_deref().or_else(|| sensing::firmware_in(device_type));
        let frame = Frame { fport: self.port_for(codec)?, bytes: &bytes, firmware };
        let decoded = match self.direction {
            Direction::Up => (codec.decode_up)(&frame),
            Direction::Down => (codec.decode_down)(&frame),
        };
        let mut decoded = decoded
            .map_err(|refusal| Refused { code: refusal.reason.code(), detail: refusal.detail })?;
        if let Some(below_mm) = self.occupied_below_mm {
            decoded.judge_distance(below_mm);
        }
        Ok(decoded)
    }

    fn port_for(&self, codec: &Codec) -> std::result::Result<u8, Refused> {
        match self.fport {
            Some(fport) => Ok(fport),
            // No LoRaWAN frame comes on port 0, and a codec that knows no ports does not look at it.
            None if codec.ports.is_empty() => Ok(0),
            None => Err(Refused {
                code: Reject::MissingField.code(),
                detail: format!(
                    "{} needs --fport: its ports are {:?}",
                    codec.device_type, codec.ports
                ),
            }),
        }
    }
}

/// Why nothing was decoded: a stable code, and words for people.
struct Refused {
    code: &'static str,
    detail: String,
}

/// As people copy it from a network server's page: with spaces, colons or 0x.
fn bytes_of(text: &str) -> std::result::Result<Vec<u8>, Refused> {
    let digits: String = text
        .split(|c: char| c.is_whitespace() || c == ':')
        .map(|part| part.strip_prefix("0x").or_else(|| part.strip_prefix("0X")).unwrap_or(part))
        .collect();
    hex::decode(digits)
        .map_err(|error| Refused { code: "malformed_hex", detail: error.to_string() })
}

/// Every device type: as JSON in one line, or one a line for people.
fn list(as_json: bool) -> String {
    let codecs = sensing::codecs();
    if as_json {
        let entry = |codec: &Codec| {
            json!({
                "device_type": codec.device_type, "about": codec.about, "ports": codec.ports,
                "aliases": codec.aliases,
            })
        };
        let types: Vec<Value> = codecs.iter().map(entry).collect();
        return format!("{}\n", json!({"device_types": types}));
    }
    let width = codecs.iter().map(|codec| codec.device_type.len()).max().unwrap_or_default();
    let line = |codec: &Codec| {
        let Codec { device_type, about, .. } = codec;
        format!("{device_type:width$}  {about}\n{:width$}  also {}\n", "", codec.aliases.join(", "))
    };
    codecs.iter().map(line).collect()
}
