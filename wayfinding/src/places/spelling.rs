//! How a name may be typed.

use std::collections::HashMap;

use pinyin::ToPinyinMulti;

/// How somebody typed a name; the later, the less sure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Manner {
    /// Its characters themselves.
    Itself,
    /// Pinyin, in whole or with characters between.
    Pinyin,
    /// First letters of the pinyin, or a mix with them.
    Initials,
}

/// A name without what nobody types: small letters, no blanks, no signs.
#[derive(Clone, Debug, Default)]
pub(super) struct Spelled {
    chars: Vec<char>,
    /// Whether a word, a Chinese character or a number begins here.
    begins: Vec<bool>,
}

/// The readings of the characters that occur.
#[derive(Clone, Debug, Default)]
pub(super) struct Readings(HashMap<char, Vec<Vec<char>>>);

/// The characters of a text that matter: full-width forms as plain ones, small letters, no blanks and signs.
pub(super) fn plain(text: &str) -> impl Iterator<Item = char> {
    text.chars().map(narrow).filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase)
}

/// The plain form of a full-width character.
fn narrow(c: char) -> char {
    match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        '\u{3000}' => ' ',
        // Typed with an input method's umlaut, written with v.
        'ü' | 'Ü' => 'v',
        _ => c,
    }
}

impl Spelled {
    pub(super) fn of(name: &str) -> Spelled {
        let mut spelled = Spelled::default();
        let mut before: Option<char> = None;
        for c in name.chars().map(narrow) {
            if c.is_alphanumeric() {
                let same_word = before.is_some_and(|b| {
                    b.is_ascii_digit() == c.is_ascii_digit() && latin(b) && latin(c)
                });
                for (number, small) in c.to_lowercase().enumerate() {
                    spelled.chars.push(small);
                    spelled.begins.push(number == 0 && !same_word);
                }
            }
            before = Some(c);
        }
        spelled
    }

    /// Where what is typed may begin.
    pub(super) fn starts(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.chars.len()).filter(|at| self.begins[*at])
    }
}

/// Part of a word of letters and digits, not a character that stands for itself.
fn latin(c: char) -> bool {
    c.is_alphanumeric() && u32::from(c) < 0x2e80
}

impl Readings {
    /// Looks up the characters of a name.
    pub(super) fn learn(&mut self, name: &Spelled) {
        for c in &name.chars {
            if !latin(*c) && !self.0.contains_key(c) {
                self.0.insert(*c, readings(*c));
            }
        }
    }

    /// With what the typing of a name from a character on may begin.
    pub(super) fn first_letters(&self, name: &Spelled, at: usize) -> Vec<char> {
        let c = name.chars[at];
        let letters = self.of(c).iter().filter_map(|reading| reading.first().copied());
        letters.chain([c]).collect()
    }

    /// Whether what is typed spells the name from a character on; how, and whether it goes to the end of the name.
    ///
    /// Goes through the characters with, for each number of letters used up so far, the best manner that got there.
    pub(super) fn spells(
        &self,
        name: &Spelled,
        at: usize,
        typed: &[char],
    ) -> Option<(Manner, bool)> {
        let mut used: Vec<Option<Manner>> = vec![None; typed.len() + 1];
        used[0] = Some(Manner::Itself);
        let mut best: Option<(bool, Manner)> = None;
        for (number, c) in name.chars.iter().enumerate().skip(at) {
            let last = number + 1 == name.chars.len();
            let mut next = vec![None; typed.len() + 1];
            for (letters, so_far) in used.iter().enumerate() {
                let Some(so_far) = *so_far else { continue };
                let rest = &typed[letters..];
                self.ways(*c, rest, |length, manner, complete| {
                    let manner = so_far.max(manner);
                    better(&mut next[letters + length], manner);
                    if length == rest.len() {
                        // Not to the end comes after to the end.
                        let candidate = (!(last && complete), manner);
                        best = Some(best.map_or(candidate, |known| known.min(candidate)));
                    }
                });
            }
            next[typed.len()] = None;
            if next.iter().all(Option::is_none) {
                break;
            }
            used = next;
        }
        best.map(|(cut, manner)| (manner, !cut))
    }

    /// Each way in which typed letters begin with a character: how many it takes, how, and whether that is all of it.
    fn ways(&self, c: char, typed: &[char], mut way: impl FnMut(usize, Manner, bool)) {
        let Some(first) = typed.first() else { return };
        if *first == c {
            way(1, Manner::Itself, true);
        }
        for reading in self.of(c) {
            let common = reading.iter().zip(typed).take_while(|(a, b)| a == b).count();
            if common == reading.len() {
                way(common, Manner::Pinyin, true);
            } else if common == typed.len() && common > 1 {
                way(common, Manner::Pinyin, false);
            }
            if common > 0 && reading.len() > 1 {
                way(1, Manner::Initials, true);
            }
        }
    }

    fn of(&self, c: char) -> &[Vec<char>] {
        self.0.get(&c).map_or(&[], Vec::as_slice)
    }
}

fn better(known: &mut Option<Manner>, manner: Manner) {
    *known = Some(known.map_or(manner, |known| known.min(manner)));
}

/// All readings of a character, without tones; ü as `v` and as `u`.
fn readings(c: char) -> Vec<Vec<char>> {
    let mut all = Vec::new();
    for reading in c.to_pinyin_multi().into_iter().flatten() {
        let text = reading.plain();
        for text in [text.replace('ü', "v"), text.replace(['ü', 'v'], "u")] {
            let letters: Vec<char> = text.chars().collect();
            if !all.contains(&letters) {
                all.push(letters);
            }
        }
    }
    all
}
