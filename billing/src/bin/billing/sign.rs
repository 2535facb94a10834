//! `billing sign`: the sign in the street, as text, SVG and PDF.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use billing::sheet::{Sheet, pdf, svg};
use billing::sign::{Languages, Sign, sheet, sign as sign_of, text};
use billing::tariff::{Tariff, Version};
use chrono::NaiveDate;
use clap::ValueEnum;
use output::out;

use crate::input::{Wrong, tariff, today};
use crate::sign_font::fonts;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The tariff file
    #[arg(long)]
    tariff: PathBuf,
    /// A class of street, where the tariff distinguishes any; without it, --out makes a sign for each
    #[arg(long)]
    street: Option<String>,
    /// Number of the tariff's version
    #[arg(long, conflicts_with = "on")]
    version: Option<u32>,
    /// The version that holds on this day, YYYY-MM-DD; without it, the one of today, or the last
    #[arg(long)]
    on: Option<NaiveDate>,
    /// Who charges on the street; a blank line without it
    #[arg(long)]
    operator: Option<String>,
    /// Folder for all three forms of the sign
    #[arg(long)]
    out: Option<PathBuf>,
    /// File for the SVG
    #[arg(long)]
    svg: Option<PathBuf>,
    /// File for the PDF
    #[arg(long)]
    pdf: Option<PathBuf>,
    /// Print the words; so does the command without --out, --svg and --pdf
    #[arg(long)]
    text: bool,
    /// Font of the PDF: a TrueType or OpenType file; FILE#2 is the third font of a collection.
    /// Without it, the Chinese fonts of Debian's packages are looked for
    #[arg(long)]
    font: Option<String>,
    /// Languages of the sign
    #[arg(long, value_enum, default_value_t)]
    lang: Lang,
}

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum Lang {
    /// Chinese, then English
    #[default]
    Both,
    /// Chinese
    Zh,
    /// English
    En,
}

impl From<Lang> for Languages {
    fn from(lang: Lang) -> Self {
        match lang {
            Lang::Both => Languages::Both,
            Lang::Zh => Languages::Chinese,
            Lang::En => Languages::English,
        }
    }
}

pub(crate) fn sign(arguments: &Arguments) -> Result<ExitCode, Wrong> {
    let tariff = tariff(&arguments.tariff)?;
    let version = version(arguments, &tariff)?;
    let streets = streets(arguments, version)?;
    if arguments.operator.is_none() {
        eprintln!(
            "收费单位留空，可用 --operator 写明 / the operator is left blank: --operator names it"
        );
    }
    for street in streets {
        let operator = arguments.operator.as_deref();
        let made = sign_of(&tariff, version, street, operator);
        let made = made.ok_or("the version has no price on this street")?;
        write_all(arguments, &tariff, (version, street), &made)?;
    }
    Ok(ExitCode::SUCCESS)
}

fn version<'t>(arguments: &Arguments, tariff: &'t Tariff) -> Result<&'t Version, Wrong> {
    if let Some(number) = arguments.version {
        let numbers: Vec<String> = tariff.versions.iter().map(|v| v.number.to_string()).collect();
        let unknown = || format!("no version {number}; the tariff has {}", numbers.join(", "));
        return tariff.version(number).ok_or_else(unknown);
    }
    let holds = |day: NaiveDate| tariff.versions.iter().find(|v| v.holds_on(day));
    if let Some(day) = arguments.on {
        return holds(day).ok_or_else(|| format!("no version holds on {day}"));
    }
    let day = today(tariff.time_zone);
    let last = tariff.versions.last().ok_or("the tariff has no version")?;
    Ok(holds(day).unwrap_or_else(|| {
        eprintln!("今日（{day}）无有效版本，采用最后一版 / no version holds today ({day}): the last is shown");
        last
    }))
}

fn streets<'a>(
    arguments: &'a Arguments,
    version: &'a Version,
) -> Result<Vec<Option<&'a str>>, Wrong> {
    let named = || version.streets.join(", ");
    match (&arguments.street, version.streets.is_empty()) {
        (None, true) => Ok(vec![None]),
        (Some(street), true) => Err(format!("the tariff has no classes of street, so no {street}")),
        (Some(street), false) if version.streets.contains(street) => Ok(vec![Some(street)]),
        (Some(street), false) => Err(format!("no street {street}; the tariff has {}", named())),
        (None, false) if arguments.svg.is_none() && arguments.pdf.is_none() => {
            Ok(version.streets.iter().map(|street| Some(street.as_str())).collect())
        }
        (None, false) => Err(format!("say which street with --street: {}", named())),
    }
}

fn write_all(
    arguments: &Arguments,
    tariff: &Tariff,
    (version, street): (&Version, Option<&str>),
    sign: &Sign,
) -> Result<(), Wrong> {
    let languages = arguments.lang.into();
    let sheet = sheet(sign, languages);
    let words = text(sign, languages);
    if let Some(path) = &arguments.svg {
        write(path, svg(&sheet).as_bytes())?;
    }
    if let Some(path) = &arguments.pdf {
        write(path, &pdf_bytes(arguments, &sheet)?)?;
    }
    if let Some(folder) = &arguments.out {
        std::fs::create_dir_all(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
        let street = street.map_or(String::new(), |name| format!("-{}", file_name(name)));
        let stem = format!("{}{street}-v{}", file_name(&tariff.id), version.number);
        let file = |ending: &str| folder.join(format!("{stem}.{ending}"));
        write(&file("txt"), words.as_bytes())?;
        write(&file("svg"), svg(&sheet).as_bytes())?;
        write(&file("pdf"), &pdf_bytes(arguments, &sheet)?)?;
    }
    let elsewhere = arguments.svg.is_some() || arguments.pdf.is_some() || arguments.out.is_some();
    if arguments.text || !elsewhere {
        out!("{words}");
    }
    Ok(())
}

fn pdf_bytes(arguments: &Arguments, sheet: &Sheet) -> Result<Vec<u8>, Wrong> {
    pdf(sheet, &fonts(arguments.font.as_deref())?).map_err(|reject| {
        format!("{reject}; name another font with --font, such as that of Debian's fonts-noto-cjk")
    })
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), Wrong> {
    std::fs::write(path, bytes).map_err(|error| format!("{}: {error}", path.display()))
}

/// A name that stays within its folder.
fn file_name(name: &str) -> String {
    let safe = |c: char| if c.is_alphanumeric() || "-_.".contains(c) { c } else { '-' };
    name.chars().map(safe).collect::<String>().trim_start_matches('.').to_owned()
}
