//! `gateway decode`

use std::process::ExitCode;

use anyhow::Result;
use clap::{Args, ValueEnum};
use sensing::{Codec, Decoded, Frame, Reject};
use serde_json::json;

/// Show what a sensor's frame says. A frame that is refused exits with 1.
#[derive(Debug, Args)]
#[command(after_help = device_types())]
pub(super) struct Decode {
    /// Device type, for example bosch-tps110.
    #[arg(long)]
    device_type: String,
    /// LoRaWAN port of the frame.
    #[arg(long)]
    fport: u8,
    /// The frame's bytes in hexadecimal; may be empty.
    #[arg(long, allow_hyphen_values = true)]
    hex: String,
    /// Firmware version of the device, where it changes the meaning.
    #[arg(long)]
    firmware: Option<String>,
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
        match self.decode() {
            Ok(decoded) if self.json => println!("{}", serde_json::to_string(&decoded)?),
            Ok(decoded) => println!("{}", serde_json::to_string_pretty(&decoded)?),
            Err(code) if self.json => {
                println!("{}", json!({"error": {"code": code}}));
                return Ok(ExitCode::from(1));
            }
            Err(code) => {
                eprintln!("refused: {code}");
                return Ok(ExitCode::from(1));
            }
        }
        Ok(ExitCode::SUCCESS)
    }

    fn decode(&self) -> std::result::Result<Decoded, &'static str> {
        let bytes = hex::decode(self.hex.trim()).map_err(|_| "malformed_hex")?;
        let codec: &Codec =
            sensing::codec(&self.device_type).ok_or(Reject::UnknownDeviceType.code())?;
        let firmware = self.firmware.as_deref().or_else(|| sensing::firmware_in(&self.device_type));
        let frame = Frame { fport: self.fport, bytes: &bytes, firmware };
        let decoded = match self.direction {
            Direction::Up => (codec.decode_up)(&frame),
            Direction::Down => (codec.decode_down)(&frame),
        };
        decoded.map_err(|refusal| refusal.reason.code())
    }
}
