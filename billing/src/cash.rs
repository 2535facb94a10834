//! Cash in the street: numbered receipts that work offline, and a collector's shift.
//!
//! A collector gets **number ranges** in advance and writes receipts without a network; each number is
//! used once, and the upload is judged number by number. The money of a **shift** is counted,
//! handed in, and brought to the bank; what is missing or too much is booked, never hidden.
//!
//! It stores and posts nothing. The float is the change that the cashier gave along.
//!
//! Invariants: expected = float + taken - paid out, always; a shift is counted once; a receipt that is
//! uploaded after the count changes what was expected, and the difference with it.

mod receipt;
mod shift;
#[cfg(test)]
mod tests;

pub use receipt::{
    AMOUNT_LIMIT, NumberRange, RANGE_LIMIT, RangeReject, Receipt, ReceiptNumber, ReceiptReject,
    Verdict, judge,
};
pub use shift::{Shift, ShiftEvent, ShiftMoved, ShiftReject, ShiftState, advance};
