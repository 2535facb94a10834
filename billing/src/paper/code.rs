//! The code that a scanner reads.
//!
//! Fields and order are those of the codes on 数电票 as they are described in public (01, kind, an empty
//! invoice code, number, amount, date, an empty check code, a check sum); no specification was found. In
//! place of the check sum stands `SAMPLE`, so that no scanner takes it for a real one.

use chrono_tz::Tz;
use qrcode::{Color, EcLevel, QrCode};

use crate::invoice::{Issued, NonTaxBill};
use crate::text::local;

pub(super) const BEIJING: Tz = Tz::Asia__Shanghai;

/// Of a fapiao: 32 is an ordinary one.
pub(super) fn of_fapiao(issued: &Issued) -> String {
    let day = local(issued.issued_at(), BEIJING).format("%Y%m%d");
    format!("01,32,,{},{},{day},,SAMPLE", issued.number(), issued.draft().totals.gross.yuan())
}

/// Of a non-tax bill: our own, since none is known.
pub(super) fn of_bill(bill: &NonTaxBill) -> String {
    let day = local(bill.issued_at(), BEIJING).format("%Y%m%d");
    let (code, number, total) = (bill.code(), bill.number(), bill.draft().total.yuan());
    format!("{code},{number},{total},{day},SAMPLE")
}

/// The cells of a QR code, true where dark; none for a text that is too long for one.
pub(super) fn cells(text: &str) -> Option<Vec<Vec<bool>>> {
    let code = QrCode::with_error_correction_level(text, EcLevel::M).ok()?;
    let colours = code.to_colors();
    let rows = colours.chunks(code.width().max(1));
    Some(rows.map(|row| row.iter().map(|cell| *cell == Color::Dark).collect()).collect())
}
