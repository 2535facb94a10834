//! Small comma-separated tables with a header, as spreadsheets write them.
//!
//! A field may stand in quotation marks, within which a comma is text and `""` a mark. No line break
//! within a field.

/// A row's fields by the names of the header.
pub(super) struct Row<'a> {
    header: &'a [String],
    fields: Vec<String>,
}

impl Row<'_> {
    /// The field under a name, trimmed; empty if there is no such column or nothing in it.
    pub(super) fn get(&self, name: &str) -> &str {
        let at = self.header.iter().position(|column| column == name);
        at.and_then(|at| self.fields.get(at)).map(|field| field.trim()).unwrap_or_default()
    }

    /// Whether the row has as many fields as the header.
    pub(super) fn is_whole(&self) -> bool {
        self.fields.len() == self.header.len()
    }
}

/// The header's names, and the lines after it with their numbers (from 1). Empty lines are left out.
pub(super) fn table(text: &str) -> (Vec<String>, impl Iterator<Item = (usize, &str)>) {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut lines = (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty());
    let header = lines.next().map_or_else(Vec::new, |(_, line)| cut(line));
    (header.iter().map(|name| name.trim().to_owned()).collect(), lines)
}

/// A line under a header.
pub(super) fn row<'a>(header: &'a [String], line: &str) -> Row<'a> {
    Row { header, fields: cut(line) }
}

fn cut(line: &str) -> Vec<String> {
    let mut fields = vec![String::new()];
    let (mut quoted, mut letters) = (false, line.chars().peekable());
    while let Some(letter) = letters.next() {
        match letter {
            '"' if quoted && letters.peek() == Some(&'"') => {
                letters.next();
                put(&mut fields, '"');
            }
            '"' => quoted = !quoted,
            ',' if !quoted => fields.push(String::new()),
            _ => put(&mut fields, letter),
        }
    }
    fields
}

fn put(fields: &mut [String], letter: char) {
    if let Some(field) = fields.last_mut() {
        field.push(letter);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_cut_at_commas_outside_quotation_marks() {
        for (line, expected) in [
            ("a,b", vec!["a", "b"]),
            ("a,,", vec!["a", "", ""]),
            (r#""a,b",c"#, vec!["a,b", "c"]),
            (r#""say ""hi""",c"#, vec![r#"say "hi""#, "c"]),
            ("", vec![""]),
        ] {
            assert_eq!(cut(line), expected, "{line}");
        }
        let (header, lines) = table("\u{feff}b,a\r\n\r\n1,2\r\n");
        let rows: Vec<_> = lines.collect();
        assert_eq!(rows.len(), 1);
        let row = row(&header, rows[0].1);
        assert_eq!((row.get("a"), row.get("b"), row.get("c")), ("2", "1", ""));
        assert!(row.is_whole());
    }
}
