//! `gateway convert-datum`

use std::io::{BufRead, BufReader, BufWriter, Read, Write};
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::{Args, ValueEnum};
use wayfinding::{Datum, Degrees};

/// No line with two numbers is longer; what is would fill memory.
const LONGEST_LINE: u64 = 4096;

/// Convert places between WGS-84, GCJ-02 and BD-09.
#[derive(Debug, Args)]
#[command(
    after_help = "Example: echo 104.1357665,36.5449176 | gateway convert-datum --from wgs84 --to gcj02"
)]
pub(super) struct ConvertDatum {
    /// The datum of the lines that come in.
    #[arg(long, value_enum)]
    from: Name,
    /// The datum of those that go out.
    #[arg(long, value_enum)]
    to: Name,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Name {
    /// GPS.
    #[value(name = "wgs84")]
    Wgs84,
    /// AMap, Tencent, WeChat.
    #[value(name = "gcj02")]
    Gcj02,
    /// Baidu.
    #[value(name = "bd09", alias = "bd09ll")]
    Bd09,
}

/// Why the conversion ended before the input did.
#[derive(Debug)]
enum Ended {
    /// The number of the line, from 1, and what is wrong with it.
    BadLine(u64, String),
    Reading(std::io::Error),
    Writing(std::io::Error),
}

impl Name {
    fn datum(self) -> Datum {
        match self {
            Name::Wgs84 => Datum::Wgs84,
            Name::Gcj02 => Datum::Gcj02,
            Name::Bd09 => Datum::Bd09,
        }
    }
}

impl ConvertDatum {
    pub(super) fn run(self) -> Result<ExitCode> {
        let (from, to) = (self.from.datum(), self.to.datum());
        let mut output = BufWriter::with_capacity(1 << 16, output::Stream);
        let input = BufReader::with_capacity(1 << 16, std::io::stdin().lock());
        let ended = convert(input, &mut output, from, to);
        // What came before a bad line is right and goes out, too.
        let ended = ended.and_then(|()| output.flush().map_err(Ended::Writing));
        match ended {
            Ok(()) => Ok(ExitCode::SUCCESS),
            Err(Ended::BadLine(number, reason)) => {
                output.flush().context("cannot write to standard output")?;
                eprintln!("line {number}: {reason}; a line is lon,lat in degrees");
                Ok(ExitCode::from(1))
            }
            Err(Ended::Reading(error)) => Err(error).context("cannot read standard input"),
            Err(Ended::Writing(error)) => Err(error).context("cannot write to standard output"),
        }
    }
}

/// Line by line, so that an input of any length needs the same memory.
fn convert(
    mut input: impl BufRead,
    output: &mut impl Write,
    from: Datum,
    to: Datum,
) -> std::result::Result<(), Ended> {
    let mut line = Vec::new();
    for number in 1.. {
        line.clear();
        let read =
            (&mut input).take(LONGEST_LINE).read_until(b'\n', &mut line).map_err(Ended::Reading)?;
        if read == 0 {
            break;
        }
        if line.len() as u64 >= LONGEST_LINE && line.last() != Some(&b'\n') {
            return Err(Ended::BadLine(number, format!("longer than {LONGEST_LINE} bytes")));
        }
        let at = read_line(&line, number == 1).map_err(|reason| Ended::BadLine(number, reason))?;
        if let Some(at) = at {
            let Degrees { lon, lat } = at.convert(from, to);
            writeln!(output, "{:.7},{:.7}", unsigned_zero(lon), unsigned_zero(lat))
                .map_err(Ended::Writing)?;
        }
    }
    Ok(())
}

/// The place in a line; none in an empty one. A byte order mark before the first line is passed over.
fn read_line(line: &[u8], first: bool) -> std::result::Result<Option<Degrees>, String> {
    let text = std::str::from_utf8(line).map_err(|_| "not UTF-8".to_owned())?;
    let text = if first { text.strip_prefix('\u{feff}').unwrap_or(text) } else { text }.trim();
    if text.is_empty() {
        return Ok(None);
    }
    let mut parts = text.split(',');
    let (Some(lon), Some(lat), None) = (parts.next(), parts.next(), parts.next()) else {
        return Err(format!("not two numbers with a comma between them: {}", shortened(text)));
    };
    let number = |part: &str| {
        part.trim().parse::<f64>().map_err(|_| format!("not a number: {}", shortened(part)))
    };
    Degrees::new(number(lon)?, number(lat)?).map(Some).map_err(|reject| reject.to_string())
}

/// As much of a line as a message should hold.
fn shortened(text: &str) -> String {
    text.trim().chars().take(40).map(|c| if c.is_control() { '·' } else { c }).collect()
}

/// A zero has no sign: −0.00000001 is printed as 0.0000000.
fn unsigned_zero(degrees: f64) -> f64 {
    if degrees.abs() < 5e-8 { 0.0 } else { degrees }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(input: &[u8], output: &str, bad: Option<(u64, &str)>) {
        let mut out = Vec::new();
        let ended = convert(input, &mut out, Datum::Wgs84, Datum::Gcj02);
        assert_eq!(String::from_utf8(out).unwrap(), output, "{:?}", String::from_utf8_lossy(input));
        match (ended, bad) {
            (Ok(()), None) => {}
            (Err(Ended::BadLine(number, reason)), Some((line, part))) => {
                assert_eq!(number, line, "{reason}");
                assert!(reason.contains(part), "{reason}");
            }
            (ended, bad) => panic!("{ended:?} is not {bad:?}"),
        }
    }

    #[test]
    fn lines_go_out_in_order_with_seven_decimals() {
        // Outside China nothing changes, so the decimals can be read off the input.
        check(
            b"\xef\xbb\xbf2.3522,48.8566\r\n\r\n -73.98570001 , 40.7484 \n-0.00000001,0\n183,45",
            "2.3522000,48.8566000\n-73.9857000,40.7484000\n0.0000000,0.0000000\n183.0000000,45.0000000\n",
            None,
        );
        check(b"", "", None);
    }

    #[test]
    fn a_bad_line_is_named_and_what_came_before_it_is_kept() {
        for (line, part) in [
            ("somewhere", "two numbers"),
            ("1,2,3", "two numbers"),
            ("1;2", "two numbers"),
            ("x,2", "not a number: x"),
            ("1,", "not a number"),
            ("nan,2", "longitude"),
            ("361,2", "longitude"),
            ("36.5,104.1", "latitude"),
        ] {
            let input = format!("1,2\n\n{line}\n3,4\n");
            check(input.as_bytes(), "1.0000000,2.0000000\n", Some((3, part)));
        }
        check(b"1,2\n\xff,1\n", "1.0000000,2.0000000\n", Some((2, "UTF-8")));
        check(&[b'1'; 5000], "", Some((1, "longer than 4096")));
    }
}
