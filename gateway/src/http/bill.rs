//! How a bill is shown: its lines with the arithmetic in words, and the tariff behind it.

use billing::tariff::Tariff;
use billing::text::{Language, line_text};
use billing::{Bill, Line};
use serde::Serialize;
use utoipa::ToSchema;
use vocabulary::Timestamp;

/// One step of the arithmetic. `amount_fen` = `units` × `unit_price_fen`; negative where a cap cuts.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct BillLine {
    #[schema(value_type = String, format = DateTime)]
    from: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    to: Timestamp,
    /// `free_minutes`, `free_window`, `tier`, `window_cap`, `day_cap` or `doubt`.
    #[schema(value_type = String)]
    rule: &'static str,
    /// In Chinese.
    text: String,
    text_en: String,
    units: i64,
    unit_price_fen: i64,
    amount_fen: i64,
}

/// The tariff that priced it; `version` was in force at the arrival.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct TariffView {
    id: String,
    version: u32,
    title: String,
    /// What one has to know before relying on it.
    note: String,
}

/// The lines of a bill in order.
pub(super) fn lines(tariff: &Tariff, bill: &Bill) -> Vec<BillLine> {
    bill.lines.iter().map(|line| shown(tariff, line)).collect()
}

/// The tariff of a bill.
pub(super) fn tariff(tariff: &Tariff, bill: &Bill) -> TariffView {
    TariffView {
        id: tariff.id.clone(),
        version: bill.tariff_version,
        title: tariff.title.clone(),
        note: tariff.note.clone(),
    }
}

fn shown(tariff: &Tariff, line: &Line) -> BillLine {
    BillLine {
        from: line.interval.start_at(),
        to: line.interval.end_at(),
        rule: line.rule.name(),
        text: line_text(line, tariff.time_zone, Language::Chinese),
        text_en: line_text(line, tariff.time_zone, Language::English),
        units: line.units,
        unit_price_fen: line.unit_price.0,
        amount_fen: line.amount.0,
    }
}
