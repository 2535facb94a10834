//! ChirpStack v4 events beside `up`: join, status, ack, txack, log, location.
//!
//! Source: chirpstack/chirpstack-docs, integrations/events, and api/proto/integration. Default
//! values are left out: no `acknowledged` is `false`, no `fCntDown` is 0, no `level` is `INFO`.

use super::dev_eui;
use crate::envelope::Refused;
use crate::envelope::fields::{Fields, missing, percent, whole};
use crate::envelope::notice::{Said, located, words};
use crate::json::Json;
use crate::notice::NoticeKind;
use crate::reject::Reject;

/// Reads the event of this name, of the device that the topic names.
pub(crate) fn read(event: &str, message: &Json<'_>, topic_device: &str) -> Result<Said, Refused> {
    let fields = Fields::of(message)?;
    let key = dev_eui(fields, topic_device)?;
    let what = match event {
        "join" => NoticeKind::Joined { session: fields.hex("devAddr", 8)? },
        "status" => status(fields)?,
        "ack" => match fields.boolean("acknowledged")?.unwrap_or(false) {
            true => NoticeKind::Acknowledged { queue_item: item(fields)?, f_cnt: f_cnt(fields)? },
            false => NoticeKind::Refused { queue_item: item(fields)?, f_cnt: f_cnt(fields)? },
        },
        "txack" => NoticeKind::Sent { queue_item: item(fields)?, f_cnt: f_cnt(fields)? },
        "log" => log(fields)?,
        "location" => located(fields.object("location")?.ok_or_else(|| missing("location"))?)?,
        _ => {
            let detail = format!("the event {event:.40} of ChirpStack tells nothing of a device");
            return Err(Refused::new(Reject::NotAnUplink, detail));
        }
    };
    Ok(Said { key, at: fields.instant("time")?, what })
}

/// A level of 0 % is left out like any default; it is one only where there is a battery to measure.
fn status(fields: Fields<'_>) -> Result<NoticeKind, Refused> {
    let external_power = fields.boolean("externalPowerSource")?.unwrap_or(false);
    let unavailable = fields.boolean("batteryLevelUnavailable")?.unwrap_or(false);
    let level = fields.number("batteryLevel", 0.0, 100.0)?.unwrap_or(0.0);
    let margin = fields.number("margin", -1000.0, 1000.0)?.unwrap_or(0.0);
    Ok(NoticeKind::Status {
        battery_pct: (!external_power && !unavailable).then(|| percent(level)),
        external_power,
        margin_db: Some(whole(margin)),
    })
}

/// An error that names an item of the queue says that this downlink was thrown away: it is too long, or
/// its counter is used up (chirpstack/chirpstack, downlink/data.rs).
fn log(fields: Fields<'_>) -> Result<NoticeKind, Refused> {
    let level = words(fields.text("level")?.unwrap_or("INFO")).to_ascii_lowercase();
    let code = words(fields.text("code")?.unwrap_or("UNKNOWN")).to_ascii_lowercase();
    let detail = words(fields.text("description")?.unwrap_or_default());
    let named = match fields.object("context")? {
        Some(context) => context.text("queue_item_id")?.map(words),
        None => None,
    };
    Ok(match named {
        Some(item) if level == "error" => NoticeKind::Failed {
            queue_item: Some(item),
            detail: words(&format!("{code}: {detail}")),
        },
        _ => NoticeKind::Logged { level, code, detail },
    })
}

fn item(fields: Fields<'_>) -> Result<Option<String>, Refused> {
    Ok(fields.text("queueItemId")?.map(words))
}

fn f_cnt(fields: Fields<'_>) -> Result<Option<i64>, Refused> {
    Ok(Some(fields.count("fCntDown", u32::MAX.into())?.unwrap_or(0)))
}
