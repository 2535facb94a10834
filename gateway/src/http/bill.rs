//! How a bill is shown: its lines with the arithmetic in words, and the tariff behind it.

use billing::tariff::Tariff;
use billing::text::{Language, line_text};
use billing::{Bill, Line};
use serde::Serialize;
use utoipa::ToSchema;
use vocabulary::Timestamp;

/// One step of the arithmetic. The amount is `units / parts × unit_price` in whole fen, what is
/// finer being carried over to the next line; it is negative where a cap cuts.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct BillLine {
    #[schema(value_type = String, format = DateTime)]
    from: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    to: Timestamp,
    /// What kind of rule: `free_minutes`, `free_window`, `tier`, `window_cap`, `day_cap`, `doubt`, …
    #[schema(value_type = String)]
    rule: &'static str,
    /// In Chinese.
    text: String,
    text_en: String,
    units: i64,
    /// How many units `unit_price` is for: 1, or the minutes of a unit that is paid by the minute.
    parts: i64,
    /// In the tariff's currency, with as many decimals as it needs: `1.50`, `0.005`.
    unit_price: String,
    /// `unit_price` in whole fen, what is finer cut off.
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
    bill.lines.iter().map(|line| shown(tariff, bill.tariff_version, line)).collect()
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

fn shown(tariff: &Tariff, version: u32, line: &Line) -> BillLine {
    BillLine {
        from: line.interval.start_at(),
        to: line.interval.end_at(),
        rule: line.rule.name(),
        text: line_text(line, tariff, version, Language::Chinese),
        text_en: line_text(line, tariff, version, Language::English),
        units: line.units,
        parts: line.parts,
        unit_price: line.unit_price.text(),
        unit_price_fen: line.unit_price.fen_down().0,
        amount_fen: line.amount.0,
    }
}
