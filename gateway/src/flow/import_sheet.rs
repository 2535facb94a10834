//! Rows of an imported file: CSV with a header line, or the features of a GeoJSON file.
//!
//! Reads cells and says where each is; what a cell means is for the import. Nothing is guessed: an
//! unknown column is refused, since a mistyped one would silently change nothing.

mod geojson;

use std::collections::HashMap;
use std::fmt;
use std::path::Path;

use serde::Serialize;
use vocabulary::Timestamp;

/// Longest file taken, in bytes, and most rows in it.
pub const FILE_LIMIT: u64 = 64 << 20;
const ROWS_LIMIT: usize = 200_000;
/// What Excel writes before UTF-8.
const BOM: &str = "\u{feff}";

/// A column that an import knows.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    pub name: &'static str,
    /// Whether the file must have it.
    pub must: bool,
    /// What stands in it in the template.
    pub example: &'static str,
}

/// Where in a file something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// Line of a CSV file; 1 is the header.
    Line(u64),
    /// Feature of a GeoJSON file; 1 is the first.
    Feature(u64),
    WholeFile,
}

/// What is wrong with a row, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Wrong {
    pub at: Place,
    pub column: Option<&'static str>,
    /// Stable.
    pub code: &'static str,
    pub advice: String,
}

/// One row: the cells that are not blank.
#[derive(Clone, Debug)]
pub struct Row {
    pub at: Place,
    cells: HashMap<&'static str, String>,
}

/// The rows of a file, and those that could not even be read.
#[derive(Debug, Default)]
pub struct Sheet {
    pub rows: Vec<Row>,
    pub wrong: Vec<Wrong>,
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.at {
            Place::Line(line) => write!(f, "line {line}")?,
            Place::Feature(number) => write!(f, "feature {number}")?,
            Place::WholeFile => f.write_str("file")?,
        }
        if let Some(column) = self.column {
            write!(f, ", {column}")?;
        }
        write!(f, ": {}: {}", self.code, self.advice)
    }
}

impl Wrong {
    /// Something wrong with a cell, or with a whole row.
    pub fn new(
        at: Place,
        column: impl Into<Option<&'static str>>,
        code: &'static str,
        advice: impl Into<String>,
    ) -> Wrong {
        Wrong { at, column: column.into(), code, advice: advice.into() }
    }
}

impl Row {
    /// A cell, if it is not blank.
    #[must_use]
    pub fn cell(&self, column: &'static str) -> Option<&str> {
        self.cells.get(column).map(String::as_str)
    }

    /// A cell that must not be blank.
    ///
    /// # Errors
    /// `missing`.
    pub fn must(&self, column: &'static str) -> Result<&str, Wrong> {
        let missing = || Wrong::new(self.at, column, "missing", "fill in this cell");
        self.cell(column).ok_or_else(missing)
    }

    /// A number, if the cell is not blank.
    ///
    /// # Errors
    /// `not_a_number`.
    pub fn number(&self, column: &'static str) -> Result<Option<f64>, Wrong> {
        let Some(text) = self.cell(column) else { return Ok(None) };
        match text.parse::<f64>() {
            Ok(number) if number.is_finite() => Ok(Some(number)),
            _ => Err(Wrong::new(
                self.at,
                column,
                "not_a_number",
                "write a number with a decimal point, without a unit",
            )),
        }
    }

    /// An instant, if the cell is not blank.
    ///
    /// # Errors
    /// `date_malformed`.
    pub fn instant(&self, column: &'static str) -> Result<Option<Timestamp>, Wrong> {
        let Some(text) = self.cell(column) else { return Ok(None) };
        let advice = "write it as 2026-09-15T08:00:00+08:00";
        let read = Timestamp::parse(text);
        read.map(Some).map_err(|_| Wrong::new(self.at, column, "date_malformed", advice))
    }
}

/// A template: the header and one example.
#[must_use]
pub fn template(columns: &[Column]) -> String {
    let cell = |text: &str| {
        if text.contains([',', '"', ';']) {
            format!("\"{}\"", text.replace('"', "\"\""))
        } else {
            text.to_owned()
        }
    };
    let line = |of: fn(&Column) -> &'static str| {
        columns.iter().map(|c| cell(of(c))).collect::<Vec<_>>().join(",")
    };
    format!("{}\n{}\n", line(|c| c.name), line(|c| c.example))
}

/// Reads a file by its name's end: `.csv`, `.geojson` or `.json`.
///
/// # Errors
/// What is wrong with the file as a whole.
pub fn read(path: &Path, bytes: &[u8], columns: &[Column]) -> Result<Sheet, Wrong> {
    let text = std::str::from_utf8(bytes).map_err(|_| {
        let advice = "save it as UTF-8 (Excel: \"CSV UTF-8\")";
        Wrong::new(Place::WholeFile, None, "not_utf8", advice)
    })?;
    let text = text.strip_prefix(BOM).unwrap_or(text);
    let end = path.extension().and_then(|end| end.to_str()).map(str::to_ascii_lowercase);
    let sheet = match end.as_deref() {
        Some("csv" | "txt") => read_csv(text, columns)?,
        Some("geojson" | "json") => geojson::read(text, columns)?,
        _ => {
            let advice = "name it .csv or .geojson";
            return Err(Wrong::new(Place::WholeFile, None, "format_unknown", advice));
        }
    };
    if sheet.rows.len() > ROWS_LIMIT {
        let advice = format!("at most {ROWS_LIMIT} rows in one file: split it");
        return Err(Wrong::new(Place::WholeFile, None, "too_many_rows", advice));
    }
    Ok(sheet)
}

fn read_csv(text: &str, columns: &[Column]) -> Result<Sheet, Wrong> {
    // The reader counts lines by `\n`, and takes `\r\n` for the end of one and the begin of the next.
    let text = &text.replace("\r\n", "\n").replace('\r', "\n");
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .trim(csv::Trim::All)
        .delimiter(delimiter(text))
        .from_reader(text.as_bytes());
    let mut records = reader.records();
    let empty = || Wrong::new(Place::WholeFile, None, "empty", "the file has no header line");
    let header = records.next().ok_or_else(empty)?.map_err(|e| unreadable(&e))?;
    let names = header_columns(&header, columns)?;
    let mut sheet = Sheet::default();
    for record in records {
        let record = record.map_err(|e| unreadable(&e))?;
        let at = Place::Line(record.position().map_or(0, csv::Position::line));
        if record.iter().all(str::is_empty) {
            continue;
        }
        if record.len() != names.len() {
            let advice = format!("{} cells under {} columns", record.len(), names.len());
            sheet.wrong.push(Wrong::new(at, None, "cells_do_not_fit", advice));
            continue;
        }
        let cells = names.iter().zip(record.iter()).filter(|(_, cell)| !cell.is_empty());
        let cells = cells.map(|(name, cell)| (*name, cell.to_owned())).collect();
        sheet.rows.push(Row { at, cells });
    }
    Ok(sheet)
}

/// What stands between the names of the header: Excel writes `;` in some countries.
fn delimiter(text: &str) -> u8 {
    let header = text.lines().next().unwrap_or_default();
    [b',', b';', b'\t']
        .into_iter()
        .max_by_key(|d| header.bytes().filter(|b| b == d).count())
        .filter(|d| header.as_bytes().contains(d))
        .unwrap_or(b',')
}

fn unreadable(error: &csv::Error) -> Wrong {
    let line = error.position().map_or(Place::WholeFile, |p| Place::Line(p.line()));
    Wrong::new(line, None, "csv_malformed", "quotes around a cell are closed by quotes")
}

fn header_columns(
    header: &csv::StringRecord,
    columns: &[Column],
) -> Result<Vec<&'static str>, Wrong> {
    let mut names: Vec<&'static str> = Vec::new();
    for cell in header {
        let known = columns.iter().find(|c| c.name.eq_ignore_ascii_case(cell));
        let Some(column) = known else {
            let all = columns.iter().map(|c| c.name).collect::<Vec<_>>().join(", ");
            let advice = format!("{cell:?} is none of {all}");
            return Err(Wrong::new(Place::Line(1), None, "column_unknown", advice));
        };
        if names.contains(&column.name) {
            let advice = "this column is there twice";
            return Err(Wrong::new(Place::Line(1), column.name, "column_twice", advice));
        }
        names.push(column.name);
    }
    match columns.iter().find(|c| c.must && !names.contains(&c.name)) {
        Some(column) => {
            let advice = "the header line must name this column";
            Err(Wrong::new(Place::Line(1), column.name, "column_missing", advice))
        }
        None => Ok(names),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: [Column; 3] = [
        Column { name: "code", must: true, example: "620001" },
        Column { name: "lon", must: false, example: "104.1" },
        Column { name: "lat", must: false, example: "36.5" },
    ];

    fn check(name: &str, text: &str, expected: Result<&[&str], &str>) {
        let read = read(Path::new(name), text.as_bytes(), &COLUMNS);
        let said = match &read {
            Ok(sheet) => sheet
                .rows
                .iter()
                .map(|r| format!("{:?} {:?} {:?}", r.at, r.cell("code"), r.cell("lon")))
                .chain(sheet.wrong.iter().map(ToString::to_string))
                .collect::<Vec<_>>(),
            Err(wrong) => vec![wrong.to_string()],
        };
        match expected {
            Ok(lines) => assert!(read.is_ok() && said == lines, "{text}\n{said:?}"),
            Err(start) => assert!(read.is_err() && said[0].starts_with(start), "{text}\n{said:?}"),
        }
    }

    #[test]
    fn a_csv_is_read_with_the_line_of_each_row() {
        let one: &[&str] = &["Line(2) Some(\"620001\") Some(\"104.1\")"];
        check("a.csv", "code,lon\n620001,104.1\n", Ok(one));
        check("a.CSV", "\u{feff}Code;LON\r\n 620001 ; 104.1\r\n\r\n;\r\n", Ok(one));
        check("a.csv", "code\tlon\n620001\t104.1", Ok(one));
        check(
            "a.csv",
            "code\n\"62\n0001\"\n3\n",
            Ok(&["Line(2) Some(\"62\\n0001\") None", "Line(4) Some(\"3\") None"]),
        );
        check(
            "a.csv",
            "code,lon\n1\n2,3\n",
            Ok(&[
                "Line(3) Some(\"2\") Some(\"3\")",
                "line 2: cells_do_not_fit: 1 cells under 2 columns",
            ]),
        );
    }

    #[test]
    fn a_file_that_cannot_be_read_says_why() {
        check("a.csv", "", Err("file: empty"));
        check("a.csv", "code,length\n", Err("line 1: column_unknown"));
        check("a.csv", "lon,lat\n", Err("line 1, code: column_missing"));
        check("a.csv", "code,code\n", Err("line 1, code: column_twice"));
        check("a.xlsx", "", Err("file: format_unknown"));
        check("a.geojson", "{\n\"features\": [", Err("line 2: json_malformed"));
        check("a.geojson", "{\"type\":\"Feature\"}", Err("file: not_geojson"));
        let gbk = read(Path::new("a.csv"), b"code\n\xc8\xcb", &COLUMNS).unwrap_err();
        assert_eq!(gbk.code, "not_utf8");
    }

    #[test]
    fn features_are_rows_and_a_polygon_lies_where_its_middle_is() {
        let text = r#"{"type":"FeatureCollection","features":[
            {"type":"Feature","properties":{"code":620001,"colour":"red"},"geometry":{"type":"Point","coordinates":[104.5,36.5]}},
            {"type":"Feature","properties":{"code":"A"},"geometry":{"type":"Polygon",
             "coordinates":[[[0,0],[4,0],[4,2],[0,2],[0,0]]]}},
            {"type":"Feature","properties":{"code":"B"},"geometry":null}]}"#;
        check(
            "a.geojson",
            text,
            Ok(&[
                "Feature(1) Some(\"620001\") Some(\"104.5\")",
                "Feature(2) Some(\"A\") Some(\"2\")",
                "feature 3, geometry: geometry_unknown: a bay is a Point, or a Polygon whose middle is taken",
            ]),
        );
    }

    #[test]
    fn a_template_is_read_back() {
        let sheet = read(Path::new("t.csv"), template(&COLUMNS).as_bytes(), &COLUMNS).unwrap();
        assert_eq!(sheet.rows[0].cell("lat"), Some("36.5"));
    }
}
