//! What the parser refuses, as findings: its words, and Chinese for what it most often says.

use super::{Code, Finding};
use crate::plain_words::Both;
use crate::tariff::Problem;

pub(super) fn finding(problem: Problem) -> Finding {
    let (code, chinese, advice) = kind(&problem);
    let key = problem.path.rsplit('.').next().unwrap_or_default();
    let place = if key.is_empty() { String::new() } else { format!("{key}：") };
    Finding {
        code,
        severity: code.severity(),
        place: problem.place,
        text: Both::new(
            format!("{place}{chinese}（{}）", problem.message),
            format!(
                "{}{}",
                if key.is_empty() { String::new() } else { format!("{key}: ") },
                problem.message
            ),
        ),
        path: problem.path,
        advice,
    }
}

fn kind(problem: &Problem) -> (Code, &'static str, Both) {
    let message = problem.message.as_str();
    let field = ["authority", "document", "superior_rule", "sign_version"]
        .iter()
        .any(|field| problem.path.ends_with(field));
    if field && message == "must not be empty" || message.contains("missing field") {
        let advice = Both::new("按批准文件填写。", "Fill it in from the decree.");
        return (Code::FieldMissing, "没有填写", advice);
    }
    if message.starts_with("no window covers") {
        let advice = Both::new(
            "补上该时段，或用 otherwise 写明其余时间。",
            "Add a window, or say `otherwise`.",
        );
        return (Code::WindowsGap, "时段之间有空档", advice);
    }
    if message.starts_with("two windows cover") {
        let advice =
            Both::new("改正其中一个的 from 或 to。", "Correct `from` or `to` of one of them.");
        return (Code::WindowsOverlap, "时段重叠", advice);
    }
    if message.contains("still holds on") {
        let advice = Both::new(
            "给前一版本写上 valid_to（不再有效的第一天）。",
            "End the earlier version with valid_to, the first day on which it no longer holds.",
        );
        return (Code::VersionsOverlap, "前一版本此时仍有效", advice);
    }
    if message.ends_with(" is missing") {
        let advice =
            Both::new("为每一车型、路段写出数值。", "Give a value for every vehicle and street.");
        return (Code::ValueMissing, "缺少数值", advice);
    }
    let advice =
        Both::new("按 docs/TARIFFS.md 改正。", "Correct it; docs/TARIFFS.md explains the key.");
    (Code::Invalid, "写法有误", advice)
}
