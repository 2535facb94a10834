//! `billing invoice sample`: made-up documents, the same for the same seed.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use billing::invoice::{Document, DocumentKind, document_json, ubl, xml};
use output::outln;

use super::made_up::document;
use crate::dice::Dice;
use crate::input::Wrong;

/// More would only fill a disk.
const COUNT_LIMIT: u64 = 100_000;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// How many documents
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=COUNT_LIMIT))]
    count: u64,
    /// Another number makes others up
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Kinds in turn, with commas between; all kinds without it: blue_fapiao, red_fapiao,
    /// non_tax_bill, red_non_tax_bill, receipt, invoice_abroad, credit_note_abroad
    #[arg(long, value_delimiter = ',', value_parser = kind)]
    kinds: Vec<DocumentKind>,
    /// Folder for the files, made if it is not there: 00001-blue_fapiao.json and so on
    #[arg(long)]
    out: PathBuf,
    /// Also the UBL of those that have one
    #[arg(long)]
    ubl: bool,
    /// Also the XML of fapiao
    #[arg(long)]
    xml: bool,
}

fn kind(name: &str) -> Result<DocumentKind, String> {
    let known = || DocumentKind::ALL.map(DocumentKind::name).join(", ");
    DocumentKind::from_name(name).ok_or_else(|| format!("there are {}", known()))
}

pub(crate) fn sample(arguments: &Arguments) -> Result<ExitCode, Wrong> {
    let folder = &arguments.out;
    std::fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let kinds = match arguments.kinds.as_slice() {
        [] => &DocumentKind::ALL,
        kinds => kinds,
    };
    for (number, kind) in (1..=arguments.count).zip(kinds.iter().cycle()) {
        let mut dice = Dice(arguments.seed.wrapping_mul(0x9E37_79B9).wrapping_add(number));
        let made = document(&mut dice, *kind, number)
            .map_err(|reject| format!("document {number}: {reject} [{}]", reject.code()))?;
        let name = folder.join(format!("{number:05}-{}", kind.name()));
        write(&name.with_extension("json"), &document_json(&made))?;
        let Document::Invoice(issued) = &made else { continue };
        let wrong =
            |reject: billing::invoice::InvoiceReject| format!("document {number}: {reject}");
        if arguments.ubl {
            write(&name.with_extension("ubl.xml"), &ubl(issued).map_err(wrong)?)?;
        }
        if arguments.xml && issued.draft().abroad.is_none() {
            write(&name.with_extension("xml"), &xml(issued).map_err(wrong)?)?;
        }
    }
    outln!("{} documents in {}", arguments.count, folder.display());
    Ok(ExitCode::SUCCESS)
}

fn write(path: &Path, text: &str) -> Result<(), Wrong> {
    std::fs::write(path, text).map_err(|error| format!("{}: {error}", path.display()))
}
