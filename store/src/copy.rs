//! Rows in the binary form of PostgreSQL's `COPY … FROM STDIN`: how it takes many rows of one table with
//! the least work, whole pages at a time.
//!
//! Only for appending. It answers a row that is refused as an insert does, and writes numbers into
//! columns that number themselves. The form: <https://www.postgresql.org/docs/15/sql-copy.html>.

use sqlx::PgConnection;
use uuid::Uuid;

use crate::Result;

/// So many rows are copied; fewer are inserted, since beginning to copy takes a question and an answer more.
pub(crate) const COPY_ROWS: usize = 1_000;

/// The signature, no flags, no extension.
const HEAD: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";
const END: i16 = -1;
/// Room for a row, in bytes: most have less.
const ROW_BYTES: usize = 256;

/// Rows to be copied.
pub(crate) struct Rows {
    columns: i16,
    bytes: Vec<u8>,
}

/// A value of a column.
pub(crate) trait Value {
    /// Appends its bytes; false for null.
    fn write(&self, bytes: &mut Vec<u8>) -> bool;
}

impl Rows {
    pub(crate) fn new(columns: usize, rows: usize) -> Rows {
        let mut bytes = Vec::with_capacity(HEAD.len() + rows * ROW_BYTES);
        bytes.extend_from_slice(HEAD);
        Rows { columns: i16::try_from(columns).expect("a table has some columns"), bytes }
    }

    /// Begins a row.
    pub(crate) fn row(&mut self) {
        self.bytes.extend_from_slice(&self.columns.to_be_bytes());
    }

    /// The next value of the row, behind its length.
    #[expect(clippy::needless_pass_by_value, reason = "values are numbers and references")]
    pub(crate) fn put(&mut self, value: impl Value) {
        let at = self.bytes.len();
        self.bytes.extend_from_slice(&(-1_i32).to_be_bytes());
        if value.write(&mut self.bytes) {
            let length = i32::try_from(self.bytes.len() - at - 4).expect("a value is no gigabyte");
            self.bytes[at..at + 4].copy_from_slice(&length.to_be_bytes());
        }
    }

    /// Copies them into the table that the statement names.
    pub(crate) async fn send(mut self, c: &mut PgConnection, statement: &str) -> Result<()> {
        self.bytes.extend_from_slice(&END.to_be_bytes());
        let mut copy = c.copy_in_raw(statement).await?;
        if let Err(error) = copy.send(self.bytes).await {
            copy.abort("the rows could not be sent").await?;
            return Err(error.into());
        }
        copy.finish().await?;
        Ok(())
    }
}

impl<V: Value> Value for Option<V> {
    fn write(&self, bytes: &mut Vec<u8>) -> bool {
        self.as_ref().is_some_and(|value| value.write(bytes))
    }
}

impl Value for i64 {
    fn write(&self, bytes: &mut Vec<u8>) -> bool {
        bytes.extend_from_slice(&self.to_be_bytes());
        true
    }
}

impl Value for f64 {
    fn write(&self, bytes: &mut Vec<u8>) -> bool {
        bytes.extend_from_slice(&self.to_be_bytes());
        true
    }
}

impl Value for bool {
    fn write(&self, bytes: &mut Vec<u8>) -> bool {
        bytes.push(u8::from(*self));
        true
    }
}

impl Value for Uuid {
    fn write(&self, bytes: &mut Vec<u8>) -> bool {
        bytes.extend_from_slice(self.as_bytes());
        true
    }
}

impl Value for &str {
    fn write(&self, bytes: &mut Vec<u8>) -> bool {
        bytes.extend_from_slice(self.as_bytes());
        true
    }
}

impl Value for &[u8] {
    fn write(&self, bytes: &mut Vec<u8>) -> bool {
        bytes.extend_from_slice(self);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As the manual says: the number of columns, then each value behind its length, -1 for null.
    #[test]
    fn a_row_is_its_values_behind_their_lengths() {
        let mut rows = Rows::new(5, 1);
        rows.row();
        rows.put(258_i64);
        rows.put(None::<i64>);
        rows.put("泊");
        rows.put(Some(true));
        rows.put(&[7_u8, 9][..]);
        assert_eq!(&rows.bytes[..11], b"PGCOPY\n\xff\r\n\0");
        assert_eq!(rows.bytes[11..19], [0; 8]);
        let expected: Vec<u8> = [
            &[0, 5][..],
            &[0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 1, 2],
            &[0xff; 4],
            &[0, 0, 0, 3, 0xe6, 0xb3, 0x8a],
            &[0, 0, 0, 1, 1],
            &[0, 0, 0, 2, 7, 9],
        ]
        .concat();
        assert_eq!(rows.bytes[19..], expected);
    }
}
