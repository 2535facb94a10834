//! Outlines of a CFF font without their hints.
//!
//! Hints tell where stems lie, so that letters of a few dots' height stay even; paper and today's screens do
//! not need them. The programs of glyphs (Adobe Technical Note 5177, Type 2 charstrings) lose their stems
//! and masks and keep every other byte. Expected is the form in which the subsetter writes a font
//! (Technical Note 5176): no subroutines, the glyphs last. A font of another form stays whole, and so
//! does a glyph whose program says something that is not understood here.

use skrifa::raw::ps::cff::dict::{self, Entry};
use skrifa::raw::ps::cff::index::Index;
use skrifa::raw::tables::cff::Cff;

/// The table without hints; none if it has another form than expected.
pub(super) fn left_out(table: &Cff<'_>) -> Option<Vec<u8>> {
    let bytes = table.offset_data().as_bytes();
    let top = table.top_dicts().get(0).ok()?;
    let at = dict::entries(top, None).find_map(|entry| match entry {
        Ok(Entry::CharstringsOffset(offset)) => Some(offset),
        _ => None,
    })?;
    let (before, glyphs) = bytes.split_at_checked(at)?;
    let index = Index::new(glyphs, false).ok()?;
    if index.size_in_bytes().ok()? != glyphs.len() {
        return None;
    }
    let programs = (0..usize::try_from(index.count()).ok()?).map(|number| {
        let whole = index.get(number).ok()?;
        Some(without_hints(whole).unwrap_or_else(|| whole.to_vec()))
    });
    let programs: Vec<Vec<u8>> = programs.collect::<Option<_>>()?;
    Some([before, &index_of(&programs)?].concat())
}

/// An INDEX: count, size of an offset, offsets from the byte before the first object, objects.
fn index_of(objects: &[Vec<u8>]) -> Option<Vec<u8>> {
    let mut offsets = vec![1_u32];
    for object in objects {
        let last = offsets.last()?;
        offsets.push(last.checked_add(u32::try_from(object.len()).ok()?)?);
    }
    let unused = offsets.last()?.leading_zeros().div_euclid(8);
    let mut index = u16::try_from(objects.len()).ok()?.to_be_bytes().to_vec();
    index.push(u8::try_from(4_u32.saturating_sub(unused)).ok()?);
    for offset in offsets {
        index.extend(offset.to_be_bytes().get(usize::try_from(unused).ok()?..)?);
    }
    index.extend(objects.iter().flatten());
    Some(index)
}

/// A glyph's program without stems and masks; none if it cannot be told what it says.
fn without_hints(program: &[u8]) -> Option<Vec<u8>> {
    let mut kept = Vec::with_capacity(program.len());
    let mut rest = program;
    // Operands since the last operator.
    let mut operands: Vec<&[u8]> = Vec::new();
    let mut stems = 0_usize;
    // The first operator of a program may have the glyph's width before its operands.
    let mut is_first = true;
    while let Some(first) = rest.first() {
        let (token, after) = rest.split_at_checked(token_length(*first)?)?;
        rest = after;
        match first {
            28 | 32.. => operands.push(token),
            1 | 3 | 18 | 19 | 20 | 23 => {
                stems = stems.saturating_add(operands.len().div_euclid(2));
                if !operands.len().is_multiple_of(2) {
                    kept.extend_from_slice(operands.first().filter(|_| is_first)?);
                }
                operands.clear();
                if matches!(first, 19 | 20) {
                    rest = rest.get(stems.div_ceil(8)..)?;
                }
            }
            // Of the operators of two bytes flexes alone are curves; the others reckon with operands.
            12 if !matches!(token, [_, 34..=37]) => return None,
            _ => {
                kept.extend(operands.drain(..).flatten());
                kept.extend_from_slice(token);
            }
        }
        is_first = is_first && !operands.is_empty();
    }
    operands.is_empty().then_some(kept)
}

/// Bytes of a number, or of an operator that a program without subroutines has.
fn token_length(first: u8) -> Option<usize> {
    match first {
        // Stems, masks; lines, curves, moves; the end.
        1 | 3 | 18..=20 | 23 | 4..=8 | 14 | 21 | 22 | 24..=27 | 30 | 31 => Some(1),
        12 => Some(2),
        32..=246 => Some(1),
        247..=254 => Some(2),
        28 => Some(3),
        255 => Some(5),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stems_and_masks_go_and_all_else_stays() {
        // By Technical Note 5177: a number n of -107 to 107 is the byte n + 139.
        for (what, program, kept) in [
            ("no hints", &[139, 140, 21, 141, 6, 14][..], &[139, 140, 21, 141, 6, 14][..]),
            ("two stems", &[139, 140, 1, 139, 140, 3, 141, 22, 14], &[141, 22, 14]),
            // hstem takes the width 5 before its pair; the width then stands before the move.
            ("a width", &[144, 139, 140, 1, 141, 22, 14], &[144, 141, 22, 14]),
            // One stem by hstemhm, one implicit before the mask: two stems, one byte of mask,
            // which here looks like the operator endchar.
            ("a mask", &[139, 140, 18, 139, 140, 19, 14, 141, 4, 14], &[141, 4, 14]),
            ("a mask later", &[139, 140, 18, 19, 128, 141, 4, 20, 128, 14], &[141, 4, 14]),
            // Numbers of 2, 3 and 5 bytes, and a flex.
            (
                "long numbers",
                &[247, 0, 28, 1, 2, 21, 255, 0, 1, 0, 0, 6, 12, 35, 14],
                &[247, 0, 28, 1, 2, 21, 255, 0, 1, 0, 0, 6, 12, 35, 14],
            ),
        ] {
            assert_eq!(without_hints(program).as_deref(), Some(kept), "{what}");
        }
    }

    #[test]
    fn nine_stems_have_masks_of_two_bytes() {
        let stems: Vec<u8> = [139, 140].repeat(9);
        let program = [&stems[..], &[18, 19, 255, 128, 141, 22, 14]].concat();
        assert_eq!(without_hints(&program), Some(vec![141, 22, 14]));
    }

    #[test]
    fn what_is_not_understood_stays_as_it_is() {
        for (what, program) in [
            ("a subroutine", &[139, 10, 14][..]),
            ("arithmetic", &[139, 12, 9, 22, 14]),
            ("a number cut short", &[28, 1]),
            ("a mask cut short", &[139, 140, 18, 19]),
            ("operands of nothing", &[139, 140]),
            ("an odd stem that is not the first", &[141, 22, 139, 1, 14]),
            ("a reserved operator", &[2, 14]),
        ] {
            assert_eq!(without_hints(program), None, "{what}");
        }
    }

    #[test]
    fn offsets_of_an_index_are_no_longer_than_they_must_be() {
        assert_eq!(index_of(&[vec![7, 8], vec![9]]), Some(vec![0, 2, 1, 1, 3, 4, 7, 8, 9]));
        // 255 bytes and the one before them no longer fit a byte.
        let long = index_of(&[vec![7; 255]]).unwrap();
        assert_eq!(long[..7], [0, 1, 2, 0, 1, 1, 0]);
        assert_eq!(long.len(), 7 + 255);
    }
}
