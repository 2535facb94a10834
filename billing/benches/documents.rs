//! How many documents one core writes in a second, of each format, and how large they are.
//!
//! Fapiao over 1, 7, 40 and 100 orders, as a driver or a company asks for them, each with another
//! number, in the first font for Chinese that is there. Reading the font is not measured: a program
//! does it once. Time is that of the thread on its core where the system tells it (Linux), so that
//! what else runs counts little; the best of some rounds is shown.
#![allow(clippy::disallowed_methods, reason = "a benchmark reads the clock and the font")]

use std::hint::black_box;
use std::time::{Duration, Instant};

use billing::invoice::{
    Charge, Document, InvoiceRequest, Issued, Party, Regime, TitleKind, demo_tax_items, draft,
    issued, ubl, xml,
};
use billing::paper::{ofd, pdf};
use billing::sheet::{Font, KNOWN_FONTS};
use vocabulary::{Fen, Interval, Timestamp};

const ROUNDS: u32 = 3;
const LONG: Duration = Duration::from_millis(400);
/// Bytes that a document of a driver's request may have.
const TO_HOLD: usize = 100_000;

type Writer<'f> = Box<dyn Fn(&Issued) -> Vec<u8> + 'f>;

fn main() {
    let there = KNOWN_FONTS.iter().find(|(path, ..)| std::path::Path::new(path).is_file());
    let (path, number, package) = there.expect("a font for Chinese: deploy/setup.sh");
    let bytes = std::fs::read(path).expect("the font can be read");
    let fonts = [Font::new(bytes, *number).expect("it is a font")];
    println!("fapiao in the font of {package}, one core; at most {TO_HOLD} bytes to hold");
    println!("| orders | format | documents/s | bytes |");
    println!("| --- | --- | --- | --- |");
    for orders in [1, 7, 40, 100] {
        for (format, write) in writers(&fonts) {
            let documents: Vec<Issued> = (0..20).map(|number| fapiao(orders, number)).collect();
            let size = write(&documents[0]).len();
            let each = (0..ROUNDS).map(|_| round(&documents, &write)).min().expect("a round");
            let per_second = 1_000_000_000 / each.as_nanos().max(1);
            let must = matches!(format, "OFD" | "PDF");
            let held = if must && size >= TO_HOLD { ", too large" } else { "" };
            println!("| {orders} | {format} | {per_second} | {size}{held} |");
        }
    }
}

fn writers(fonts: &[Font]) -> [(&'static str, Writer<'_>); 4] {
    let whole = |issued: &Issued| Document::Invoice(issued.clone());
    [
        ("XML", Box::new(|issued| xml(issued).expect("it is whole").into_bytes())),
        ("OFD", Box::new(move |issued| ofd(&whole(issued), fonts).expect("it is whole"))),
        ("PDF", Box::new(move |issued| pdf(&whole(issued), fonts).expect("it is whole"))),
        ("UBL", Box::new(|issued| ubl(issued).expect("it is whole").into_bytes())),
    ]
}

/// The mean time of a document in one round.
fn round(documents: &[Issued], write: &Writer<'_>) -> Duration {
    let (began, mut written) = (cpu_time(), 0);
    loop {
        for document in documents {
            black_box(write(black_box(document)));
            written += 1;
        }
        let took = cpu_time() - began;
        if took >= LONG {
            return took / written;
        }
    }
}

/// Time of this thread on its core, which Linux tells every few milliseconds; where the system does
/// not tell, time by the clock.
fn cpu_time() -> Duration {
    static BEGAN: std::sync::OnceLock<Instant> = std::sync::OnceLock::new();
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanos = told.and_then(|text| text.split(' ').next()?.parse().ok());
    nanos.map_or_else(|| BEGAN.get_or_init(Instant::now).elapsed(), Duration::from_nanos)
}

/// An invoice over so many orders of a month.
fn fapiao(orders: usize, number: usize) -> Issued {
    let company = |name, id| Party::named(TitleKind::Company, name, Some(id));
    let charges: Vec<Charge> = (0..orders).map(charge).collect();
    let request = InvoiceRequest {
        regime: Regime::Vat,
        seller: &company("示例停车管理有限公司", "91620400MA00000000"),
        drawer: "景某",
        buyer: &company("示例科技有限公司", "91620400MA11111111"),
        tax_item: &demo_tax_items()[0],
        charges: &charges,
    };
    let draft = draft(&request).expect("it can be drawn up");
    let at = Timestamp::parse("2026-09-30T10:00:00+08:00").expect("a time");
    issued(draft, &format!("26622{number:015}"), at, at).expect("it is whole")
}

fn charge(number: usize) -> Charge {
    let day = 1 + number % 28;
    let at = |hour: usize| {
        let text = format!("2026-09-{day:02}T{hour:02}:07:00+08:00");
        Timestamp::parse(&text).expect("a time")
    };
    let hour = number % 12;
    Charge {
        order: format!("P20260900{number:06}"),
        plate: Some(format!("甘D{number:05}")),
        place: format!("人民路{}号段", number % 9),
        site: None,
        stay: Interval::new(at(hour), at(hour + 3)).expect("forwards"),
        tax_item: None,
        paid: Fen(i64::try_from(137 * number).expect("it is small") + 200),
        refunded: Fen(0),
        invoiced: Fen(0),
    }
}
