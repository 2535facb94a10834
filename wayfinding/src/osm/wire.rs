//! Protocol buffers as they lie on the wire: tags, varints, runs of bytes. Nothing is copied.
//!
//! <https://protobuf.dev/programming-guides/encoding/>

use super::reject::OsmReject;

const BAD_VARINT: OsmReject = OsmReject::Damaged("a number without an end");
const BAD_LENGTH: OsmReject = OsmReject::Damaged("a length beyond the end");
const BAD_TYPE: OsmReject = OsmReject::Damaged("a field of unknown form");

/// A message that is read field by field.
#[derive(Clone, Debug)]
pub(crate) struct Message<'a> {
    rest: &'a [u8],
}

/// The value of a field.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Value<'a> {
    Number(u64),
    Bytes(&'a [u8]),
    /// Four or eight bytes; no field that is read here has them.
    Fixed,
}

impl<'a> Message<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Message<'a> {
        Message { rest: bytes }
    }

    /// The next field: its number and value.
    pub(crate) fn next(&mut self) -> Result<Option<(u64, Value<'a>)>, OsmReject> {
        if self.rest.is_empty() {
            return Ok(None);
        }
        let tag = varint(&mut self.rest)?;
        let value = match tag & 7 {
            0 => Value::Number(varint(&mut self.rest)?),
            1 => self.fixed(8)?,
            2 => {
                let length = varint(&mut self.rest)?;
                let length = usize::try_from(length).map_err(|_| BAD_LENGTH)?;
                Value::Bytes(self.bytes(length)?)
            }
            5 => self.fixed(4)?,
            _ => return Err(BAD_TYPE),
        };
        Ok(Some((tag >> 3, value)))
    }

    fn fixed(&mut self, length: usize) -> Result<Value<'a>, OsmReject> {
        self.bytes(length).map(|_| Value::Fixed)
    }

    fn bytes(&mut self, length: usize) -> Result<&'a [u8], OsmReject> {
        let (bytes, rest) = self.rest.split_at_checked(length).ok_or(BAD_LENGTH)?;
        self.rest = rest;
        Ok(bytes)
    }
}

/// Numbers one after the other (a packed repeated field).
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Numbers<'a> {
    rest: &'a [u8],
}

impl<'a> Numbers<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Numbers<'a> {
        Numbers { rest: bytes }
    }

    pub(crate) fn next(&mut self) -> Result<Option<u64>, OsmReject> {
        if self.rest.is_empty() { Ok(None) } else { varint(&mut self.rest).map(Some) }
    }

    /// The next as a signed step from the one before.
    pub(crate) fn next_step(&mut self) -> Result<Option<i64>, OsmReject> {
        Ok(self.next()?.map(signed))
    }
}

/// Zigzag: 0, -1, 1, -2, …
pub(crate) fn signed(number: u64) -> i64 {
    (number >> 1).cast_signed() ^ -((number & 1).cast_signed())
}

fn varint(rest: &mut &[u8]) -> Result<u64, OsmReject> {
    let mut value = 0_u64;
    for (place, byte) in rest.iter().take(10).enumerate() {
        // Bits beyond the 64th are dropped, as other readers do.
        value |= u64::from(byte & 0x7f) << (7 * place).min(63);
        if byte & 0x80 == 0 {
            *rest = &rest[place + 1..];
            return Ok(value);
        }
    }
    Err(BAD_VARINT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_those_of_the_format_s_own_examples() {
        // From the encoding guide: 150 is 96 01; zigzag 0, -1, 1, -2, 0x7fffffff, -0x80000000.
        let mut message = Message::new(&[0x08, 0x96, 0x01]);
        let field = message.next().unwrap().unwrap();
        assert!(matches!(field, (1, Value::Number(150))), "{field:?}");
        assert!(message.next().unwrap().is_none());
        for (number, expected) in [
            (0, 0),
            (1, -1),
            (2, 1),
            (3, -2),
            (4_294_967_294, 2_147_483_647),
            (4_294_967_295, -2_147_483_648),
        ] {
            assert_eq!(signed(number), expected);
        }
    }

    #[test]
    fn what_is_cut_short_is_refused() {
        for bytes in
            [&[0x08][..], &[0x08, 0x96], &[0x12, 0x05, b'a'], &[0x09, 1, 2], &[0x0b], &[0xff; 11]]
        {
            assert!(Message::new(bytes).next().is_err(), "{bytes:?}");
        }
    }
}
