//! The code that a scanner reads.

use qrcode::{Color, EcLevel, QrCode};

/// The cells of a QR code, true where dark; none for a text that is too long for one.
pub(super) fn cells(text: &str) -> Option<Vec<Vec<bool>>> {
    let code = QrCode::with_error_correction_level(text, EcLevel::M).ok()?;
    let colours = code.to_colors();
    let rows = colours.chunks(code.width().max(1));
    Some(rows.map(|row| row.iter().map(|cell| *cell == Color::Dark).collect()).collect())
}
