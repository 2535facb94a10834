//! What was learned as bytes, to be kept over a restart.
//!
//! Numbers in little-endian order behind a version. What is recent is not kept: a restart begins a new stretch.
//! `settle` moves it into the patterns first.

use super::{ANCHORS, Forecaster, Rule};

const VERSION: u8 = 2;

/// The bytes are not those of this program's version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SavedReject;

/// Takes numbers off the front of bytes.
pub(super) struct Reader<'a>(pub(super) &'a [u8]);

impl Reader<'_> {
    pub(super) fn take<const N: usize>(&mut self) -> Result<[u8; N], SavedReject> {
        let (first, rest) = self.0.split_first_chunk::<N>().ok_or(SavedReject)?;
        self.0 = rest;
        Ok(*first)
    }

    pub(super) fn f32(&mut self) -> Result<f32, SavedReject> {
        let number = f32::from_le_bytes(self.take()?);
        if number.is_finite() { Ok(number) } else { Err(SavedReject) }
    }

    pub(super) fn f64(&mut self) -> Result<f64, SavedReject> {
        let number = f64::from_le_bytes(self.take()?);
        if number.is_finite() { Ok(number) } else { Err(SavedReject) }
    }

    fn version(&mut self) -> Result<(), SavedReject> {
        if self.take()? == [VERSION] { Ok(()) } else { Err(SavedReject) }
    }

    fn end(&self) -> Result<(), SavedReject> {
        if self.0.is_empty() { Ok(()) } else { Err(SavedReject) }
    }
}

impl Forecaster {
    /// Learns from what is recent and leaves it behind, as before a long silence.
    pub fn settle(&mut self) {
        self.begin_anew();
    }

    /// Whether saved bytes are of this program's version.
    #[must_use]
    pub fn can_restore(bytes: &[u8]) -> bool {
        bytes.first() == Some(&VERSION)
    }

    /// What was learned over all blocks.
    #[must_use]
    pub fn save_rules(&self) -> Vec<u8> {
        let mut bytes = vec![VERSION];
        self.rules.iter().for_each(|rule| rule.write(&mut bytes));
        bytes
    }

    /// Takes it back.
    ///
    /// # Errors
    /// When the bytes are not those of `save_rules`; then nothing changes.
    pub fn restore_rules(&mut self, bytes: &[u8]) -> Result<(), SavedReject> {
        let mut reader = Reader(bytes);
        reader.version()?;
        let rules: Vec<Rule> = ANCHORS
            .iter()
            .map(|steps| Rule::read(*steps, &mut reader))
            .collect::<Result<_, _>>()?;
        reader.end()?;
        self.rules = rules;
        Ok(())
    }

    /// What was learned of one block; none if there is no such block.
    #[must_use]
    pub fn save_block(&self, number: usize) -> Option<Vec<u8>> {
        let block = self.blocks.get(number)?;
        let mut bytes = vec![VERSION];
        block.pattern.write(&mut bytes);
        block.turnover.write(&mut bytes);
        for (off, count) in block.misses {
            bytes.extend(off.to_le_bytes());
            bytes.extend(count.to_le_bytes());
        }
        Some(bytes)
    }

    /// Takes it back.
    ///
    /// # Errors
    /// When there is no such block or the bytes are not those of `save_block`; then nothing changes.
    pub fn restore_block(&mut self, number: usize, bytes: &[u8]) -> Result<(), SavedReject> {
        let block = self.blocks.get_mut(number).ok_or(SavedReject)?;
        let mut reader = Reader(bytes);
        reader.version()?;
        let pattern = super::Pattern::read(&mut reader)?;
        let turnover = super::Turnover::read(&mut reader)?;
        let mut misses = block.misses;
        for miss in &mut misses {
            *miss = (reader.f32()?, reader.f32()?);
        }
        reader.end()?;
        (block.pattern, block.turnover, block.misses) = (pattern, turnover, misses);
        Ok(())
    }
}

impl std::fmt::Display for SavedReject {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("what was learned was saved by another version, or is cut short")
    }
}

impl std::error::Error for SavedReject {}
