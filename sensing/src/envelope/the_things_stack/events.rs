//! The Things Stack v3 messages beside `up`: join, the fate of downlinks, position, service data.
//!
//! Source: TheThingsIndustries/lorawan-stack-docs, integrations/data-formats, and captured messages.
//! The stack numbers no downlinks; what names one is the correlation id its sender gave it.
//! `down/push` and `down/replace` are what an application asked the stack to send.

use vocabulary::Timestamp;

use super::device_key;
use crate::downlink::OURS;
use crate::envelope::Refused;
use crate::envelope::fields::{Fields, missing};
use crate::envelope::notice::{Said, located, words};
use crate::json::Json;
use crate::notice::NoticeKind;
use crate::reject::Reject;

/// Reads the message of this sub-topic (`join`, `down/ack`, …), of the device that the topic names.
pub(crate) fn read(event: &str, message: &Json<'_>, topic_device: &str) -> Result<Said, Refused> {
    let fields = Fields::of(message)?;
    let key = device_key(fields.object("end_device_ids")?, topic_device)?;
    let (at, what) = match event {
        "join" => joined(body(fields, "join_accept")?)?,
        "down/ack" => downlink(fields, "downlink_ack", acknowledged)?,
        "down/nack" => downlink(fields, "downlink_nack", refused)?,
        "down/sent" => downlink(fields, "downlink_sent", sent)?,
        "down/queued" => (None, queued(body(fields, "downlink_queued")?)?),
        "down/failed" => (None, failed(body(fields, "downlink_failed")?)?),
        "down/push" | "down/replace" => (None, asked(fields)?),
        "location/solved" => (None, located(body(body(fields, "location_solved")?, "location")?)?),
        "service/data" => (None, service(body(fields, "service_data")?)?),
        _ => {
            let detail = format!("{event:.40} of The Things Stack tells nothing of a device");
            return Err(Refused::new(Reject::NotAnUplink, detail));
        }
    };
    let at = match at {
        Some(at) => Some(at),
        None => fields.instant("received_at")?,
    };
    Ok(Said { key, at, what })
}

type Told = (Option<Timestamp>, NoticeKind);

fn body<'a>(fields: Fields<'a>, name: &str) -> Result<Fields<'a>, Refused> {
    fields.object(name)?.ok_or_else(|| missing(name))
}

fn joined(accept: Fields<'_>) -> Result<Told, Refused> {
    let session = accept.text("session_key_id")?.map(words);
    Ok((accept.instant("received_at")?, NoticeKind::Joined { session }))
}

fn downlink(
    fields: Fields<'_>,
    name: &str,
    kind: fn(Option<String>, Option<i64>) -> NoticeKind,
) -> Result<Told, Refused> {
    let downlink = body(fields, name)?;
    let f_cnt = downlink.count("f_cnt", u32::MAX.into())?.unwrap_or(0);
    Ok((None, kind(correlation_id(downlink)?, Some(f_cnt))))
}

fn acknowledged(queue_item: Option<String>, f_cnt: Option<i64>) -> NoticeKind {
    NoticeKind::Acknowledged { queue_item, f_cnt }
}

fn refused(queue_item: Option<String>, f_cnt: Option<i64>) -> NoticeKind {
    NoticeKind::Refused { queue_item, f_cnt }
}

fn sent(queue_item: Option<String>, f_cnt: Option<i64>) -> NoticeKind {
    NoticeKind::Sent { queue_item, f_cnt }
}

/// It gets its number when it is sent.
fn queued(downlink: Fields<'_>) -> Result<NoticeKind, Refused> {
    let f_cnt = downlink.count("f_cnt", u32::MAX.into())?;
    Ok(NoticeKind::Queued { queue_item: correlation_id(downlink)?, f_cnt })
}

/// Our own name of a downlink, wherever it stands: the stack adds names of its own. Else the first.
fn correlation_id(downlink: Fields<'_>) -> Result<Option<String>, Refused> {
    let mut names = downlink.list("correlation_ids")?.iter().filter_map(Json::as_str);
    let first = names.clone().next();
    Ok(names.find(|name| name.starts_with(OURS)).or(first).map(words))
}

fn failed(failed: Fields<'_>) -> Result<NoticeKind, Refused> {
    let queue_item = match failed.object("downlink")? {
        Some(downlink) => correlation_id(downlink)?,
        None => None,
    };
    let Some(error) = failed.object("error")? else {
        return Ok(NoticeKind::Failed { queue_item, detail: "no reason given".to_owned() });
    };
    let told = ["namespace", "name", "message_format"].map(|name| error.text(name));
    let told = told.into_iter().collect::<Result<Vec<_>, _>>()?;
    let told: Vec<&str> = told.into_iter().flatten().collect();
    Ok(NoticeKind::Failed { queue_item, detail: words(&told.join(": ")) })
}

/// What an application wants to be sent has no number yet.
fn asked(fields: Fields<'_>) -> Result<NoticeKind, Refused> {
    let queue_item = match fields.list("downlinks")?.first() {
        Some(first) => correlation_id(Fields::of(first)?)?,
        None => None,
    };
    Ok(NoticeKind::Queued { queue_item, f_cnt: None })
}

fn service(data: Fields<'_>) -> Result<NoticeKind, Refused> {
    Ok(NoticeKind::Logged {
        level: "info".to_owned(),
        code: "service_data".to_owned(),
        detail: words(data.text("service")?.unwrap_or_default()),
    })
}
