//! What a document shows, in words: everything is text by now, and nothing has a place yet.

use chrono::NaiveDate;
use vocabulary::Fen;

use crate::invoice::Totals;
use crate::sheet::{Align, Colour};
use crate::tariff::currency::{amount_text, decimals};

/// A document as it is to be drawn.
#[derive(Clone, Debug)]
pub(super) struct Form {
    pub(super) title: String,
    /// For the reader's title bar, beside the title.
    pub(super) number: String,
    pub(super) words: &'static Words,
    pub(super) dated_on: NaiveDate,
    /// Lines and labels.
    pub(super) tint: Colour,
    /// Amounts.
    pub(super) figures: Colour,
    /// Beside the title, of a document that takes another back.
    pub(super) badge: Option<&'static str>,
    /// What a scanner reads.
    pub(super) code: Option<String>,
    /// Number, date: upper right.
    pub(super) head: Vec<Entry>,
    /// The two parties.
    pub(super) sides: [Side; 2],
    pub(super) columns: Vec<Column>,
    pub(super) rows: Vec<Row>,
    pub(super) in_words: Entry,
    pub(super) in_figures: Entry,
    pub(super) remark: String,
    pub(super) foot: Vec<Entry>,
    pub(super) money: Money,
}

/// How amounts are written.
#[derive(Clone, Debug)]
pub(super) struct Money {
    /// Before sums: `¥`.
    sign: String,
    decimals: u8,
}

/// A label and a value; what a program reads is the value.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) label: String,
    pub(super) value: String,
    pub(super) field: Option<&'static str>,
}

/// A party.
#[derive(Clone, Debug)]
pub(super) struct Side {
    pub(super) heading: &'static str,
    pub(super) entries: Vec<Entry>,
}

/// Entries of a party that stand on every page; the rest stands on the first alone.
pub(super) const EVERY_PAGE: usize = 2;

/// A column of the table.
#[derive(Clone, Debug)]
pub(super) struct Column {
    pub(super) heading: &'static str,
    pub(super) width: i32,
    pub(super) align: Align,
    pub(super) field: Option<&'static str>,
    /// What its cells add up to, and the field of the sum.
    pub(super) sum: Option<(Sum, Option<&'static str>)>,
}

/// Which amount of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sum {
    Net,
    Tax,
    Gross,
}

/// A line of the table.
#[derive(Clone, Debug)]
pub(super) struct Row {
    /// One a column.
    pub(super) cells: Vec<String>,
    /// Under the cells, small: where and when the vehicle stood.
    pub(super) detail: String,
    pub(super) totals: Totals,
}

/// The words of a form in a language.
#[derive(Debug)]
pub(super) struct Words {
    pub(super) language: &'static str,
    pub(super) sub_total: &'static str,
    pub(super) total: &'static str,
    pub(super) remark: &'static str,
    /// Large and small, under the title of every page.
    pub(super) sample: [&'static str; 2],
    /// At the foot of every page.
    pub(super) notice: &'static str,
    /// `第1页 共3页`, of page and pages.
    pub(super) page: fn(usize, usize) -> String,
}

pub(super) static CHINESE: Words = Words {
    language: "zh-CN",
    sub_total: "小计",
    total: "合计",
    remark: "备注",
    sample: ["样张 · 非税务凭证", "SAMPLE, NOT A TAX DOCUMENT"],
    notice: "样张，非税务凭证：未经税务或财政机关签发和签名 / Sample: neither issued nor signed by any authority",
    page: |page, pages| format!("共{pages}页 第{page}页"),
};

pub(super) static ENGLISH: Words = Words {
    language: "en",
    sub_total: "Subtotal",
    total: "Total",
    remark: "Note",
    sample: ["SAMPLE", "NOT A TAX DOCUMENT"],
    notice: "Sample: neither issued nor signed by any authority",
    page: |page, pages| format!("Page {page} of {pages}"),
};

impl Money {
    /// China's.
    pub(super) fn yuan() -> Self {
        Money { sign: "¥".to_owned(), decimals: 2 }
    }

    /// By the code of ISO 4217.
    pub(super) fn of(currency: &str) -> Self {
        Money { sign: format!("{currency} "), decimals: decimals(currency) }
    }

    /// Without its sign.
    pub(super) fn plain(&self, amount: Fen) -> String {
        amount_text(amount, self.decimals)
    }

    pub(super) fn signed(&self, amount: Fen) -> String {
        format!("{}{}", self.sign, self.plain(amount))
    }
}

impl Sum {
    pub(super) fn of(self, totals: Totals) -> Fen {
        match self {
            Sum::Net => totals.net,
            Sum::Tax => totals.tax,
            Sum::Gross => totals.gross,
        }
    }
}

impl Entry {
    pub(super) fn tagged(label: &str, value: impl Into<String>, field: &'static str) -> Self {
        Entry { label: label.to_owned(), value: value.into(), field: Some(field) }
    }

    pub(super) fn plain(label: &str, value: impl Into<String>) -> Self {
        Entry { label: label.to_owned(), value: value.into(), field: None }
    }
}
