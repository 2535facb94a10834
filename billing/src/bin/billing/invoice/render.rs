//! `billing invoice render`: a document as the files that its kind has.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use billing::invoice::{Document, DocumentKind, Problem, read_document, ubl, xml};
use billing::paper::{file_stem, ofd, pdf, sheets};
use billing::sheet::{Font, letters_missing};
use clap::ValueEnum;
use output::outln;
use serde_json::json;

use super::files::{Made, put};
use crate::input::Wrong;
use crate::sign_font::fonts;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The document, a JSON file; - reads it from the input
    #[arg(long = "in", value_name = "FILE")]
    input: PathBuf,
    /// Folder for the files, named by the document's number; it is made if it is not there
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Which files, with commas between; without it, all that the kind of document has
    #[arg(long, value_enum, value_delimiter = ',', value_name = "FORMAT")]
    format: Vec<Format>,
    /// Font of PDF and OFD: a TrueType or OpenType file; FILE#2 is the third font of a collection.
    /// Without it, the Chinese fonts of Debian's packages are looked for
    #[arg(long)]
    font: Option<String>,
    /// Print what was written, or what is wrong, as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// The digital fapiao for programs
    Xml,
    /// GB/T 33190, for readers of OFD; the XML is inside
    Ofd,
    /// PDF/A, with the XML inside
    Pdf,
    /// EN 16931 UBL 2.1, for use abroad
    Ubl,
}

/// Why nothing was written.
struct Failed {
    exit: u8,
    problems: Vec<Problem>,
}

pub(crate) fn render(arguments: &Arguments) -> Result<ExitCode, Wrong> {
    match rendered(arguments) {
        Ok((document, made)) => {
            told(arguments, &document, &made);
            Ok(ExitCode::SUCCESS)
        }
        Err(Failed { exit, problems }) => {
            if arguments.json {
                outln!("{}", json!({ "errors": problems }));
            }
            for problem in problems.iter().filter(|_| !arguments.json) {
                eprintln!("{problem}");
            }
            Ok(ExitCode::from(exit))
        }
    }
}

fn rendered(arguments: &Arguments) -> Result<(Document, Vec<Made>), Failed> {
    let text = read(&arguments.input)?;
    let document = read_document(&text).map_err(|problems| Failed { exit: 2, problems })?;
    let formats = formats(&arguments.format, document.kind())?;
    let drawn = |format: &Format| matches!(format, Format::Ofd | Format::Pdf);
    let fonts = if formats.iter().any(drawn) {
        let fonts = fonts(arguments.font.as_deref())
            .map_err(|told| failed(1, "--font", told.code, told.message))?;
        warn_of_letters(&document, &fonts)?;
        fonts
    } else {
        Vec::new()
    };
    let files = formats.into_iter().map(|format| file(&document, format, &fonts));
    let files = files.collect::<Result<Vec<_>, _>>()?;
    let wrong = |(path, error): (PathBuf, std::io::Error)| {
        failed(1, "--out", "not_written", format!("{}: {error}", path.display()))
    };
    let made = put(&arguments.out, files).map_err(wrong)?;
    Ok((document, made))
}

fn read(path: &Path) -> Result<String, Failed> {
    if path == Path::new("-") {
        let text = std::io::read_to_string(std::io::stdin());
        return text
            .map_err(|error| failed(2, "--in", "unreadable", format!("the input: {error}")));
    }
    crate::input::read(path).map_err(|wrong| failed(2, "--in", "unreadable", wrong))
}

/// Those asked for, in the order of `Format`; each must be one that the kind has.
fn formats(asked: &[Format], kind: DocumentKind) -> Result<Vec<Format>, Failed> {
    use Format::{Ofd, Pdf, Ubl, Xml};
    let has: &[Format] = match kind {
        DocumentKind::BlueFapiao | DocumentKind::RedFapiao => &[Xml, Ofd, Pdf, Ubl],
        DocumentKind::InvoiceAbroad | DocumentKind::CreditNoteAbroad => &[Ofd, Pdf, Ubl],
        DocumentKind::NonTaxBill | DocumentKind::RedNonTaxBill | DocumentKind::Receipt => {
            &[Ofd, Pdf]
        }
    };
    if let Some(format) = asked.iter().find(|format| !has.contains(format)) {
        let has: Vec<&str> = has.iter().map(|format| format.name()).collect();
        let (kind, format, has) = (kind.name(), format.name(), has.join(", "));
        let message = format!("a document of kind {kind} has no {format}; it has {has}");
        return Err(failed(2, "--format", "format_not_available", message));
    }
    let wanted = |format: &&Format| asked.is_empty() || asked.contains(format);
    Ok(has.iter().filter(wanted).copied().collect())
}

/// A name with a rare letter does not hold a document up, but somebody should know.
fn warn_of_letters(document: &Document, fonts: &[Font]) -> Result<(), Failed> {
    let missing = letters_missing(&sheets(document), fonts)
        .map_err(|reject| failed(1, "--font", reject.code(), reject.to_string()))?;
    if !missing.is_empty() {
        eprintln!("no font has {missing}: drawn as 〓; name a font that has them with --font");
    }
    Ok(())
}

/// Name and bytes of a file.
fn file(document: &Document, format: Format, fonts: &[Font]) -> Result<Made, Failed> {
    let refused = |code, message: String| failed(2, format.name(), code, message);
    let bytes = match (format, document) {
        (Format::Ofd, _) => ofd(document, fonts).map_err(|r| refused(r.code(), r.to_string()))?,
        (Format::Pdf, _) => pdf(document, fonts).map_err(|r| refused(r.code(), r.to_string()))?,
        (Format::Xml, Document::Invoice(issued)) => {
            xml(issued).map_err(|r| refused(r.code(), r.to_string()))?.into_bytes()
        }
        (Format::Ubl, Document::Invoice(issued)) => {
            ubl(issued).map_err(|r| refused(r.code(), r.to_string()))?.into_bytes()
        }
        _ => Vec::new(),
    };
    let name = format!("{}.{}", file_stem(document), format.ending());
    Ok(Made { format: format.name(), path: PathBuf::from(name), bytes })
}

fn told(arguments: &Arguments, document: &Document, made: &[Made]) {
    if arguments.json {
        let files: Vec<_> = made
            .iter()
            .map(|made| {
                let path = made.path.display().to_string();
                json!({ "format": made.format, "path": path, "bytes": made.bytes.len() })
            })
            .collect();
        let (kind, number) = (document.kind().name(), document.number());
        outln!("{}", json!({ "kind": kind, "number": number, "files": files }));
        return;
    }
    for made in made {
        outln!("{}  {} bytes", made.path.display(), made.bytes.len());
    }
}

/// The place is the argument that it is about.
fn failed(exit: u8, place: &str, code: &'static str, message: String) -> Failed {
    Failed { exit, problems: vec![Problem { path: place.to_owned(), code, message }] }
}

impl Format {
    fn name(self) -> &'static str {
        match self {
            Format::Xml => "xml",
            Format::Ofd => "ofd",
            Format::Pdf => "pdf",
            Format::Ubl => "ubl",
        }
    }

    /// UBL is XML, too.
    fn ending(self) -> &'static str {
        match self {
            Format::Ubl => "ubl.xml",
            _ => self.name(),
        }
    }
}
