//! Chinese number plates: read as people type them, normalised, recognised by form.
//!
//! Source of the forms: GA 36-2018 as summarised on public pages; letters I and O never
//! stand in a serial. A plate is personal data: `Debug` shows it masked.
//!
//! What is no Chinese plate (foreign, damaged, misread) can still be the plate of a vehicle that
//! parks: `Plate::read` takes it as `Other`, and the colour alone gives the class.

use std::fmt;

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;

use crate::{PlateColour, VehicleClass};

/// A number plate in normal form: capital letters, no blanks, dots or hyphens.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Plate {
    text: String,
    form: PlateForm,
}

/// What the characters of a plate say about its vehicle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PlateForm {
    /// Province, letter, five of letters and digits.
    Ordinary,
    /// Small new-energy vehicle: class letter, then four digits after one letter or digit.
    NewEnergySmall,
    /// Large new-energy vehicle: five digits, then the class letter.
    NewEnergyLarge,
    /// Ends in 挂: trailer.
    Trailer,
    /// Ends in 学: driving school.
    School,
    /// Ends in 警: police.
    Police,
    /// Guangdong Z, ends in 港 or 澳.
    CrossBorder,
    /// Embassy (使) or consulate (领).
    Diplomatic,
    /// Armed police: WJ, province, number. An army plate (two letters, five of letters and digits) reads
    /// like many a foreign one: it is `Other` until somebody has seen that it is white (`Plate::seen_as`).
    Military,
    /// None of these: foreign, damaged or misread; 1 to 16 letters, digits and Chinese characters.
    Other,
}

/// Why a text is not a Chinese plate. The stay is never lost for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlateReject {
    /// Nothing was typed.
    Empty,
    /// Not 7 or 8 characters (9 for armed police).
    Length,
    /// A character that no plate has, or the letters I or O in the serial.
    Character,
    /// Right characters in an order that no plate has.
    Form,
}

const PROVINCES: &str = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼";
/// Longest plate of no known form, in characters. Our own limit.
const OTHER_LIMIT: usize = 16;
const NEW_ENERGY_LETTERS: &str = "DABCEFGHJK";

impl Plate {
    /// Reads a plate as typed: any case, full-width letters, blanks, dots and dashes are allowed.
    ///
    /// # Errors
    /// A `PlateReject` that says what is wrong.
    pub fn parse(typed: &str) -> Result<Self, PlateReject> {
        let text = normalise(typed);
        if text.is_empty() {
            return Err(PlateReject::Empty);
        }
        let chars: Vec<char> = text.chars().collect();
        let longest = if text.starts_with("WJ") { 9 } else { 8 };
        if !(7..=longest).contains(&chars.len()) {
            return Err(PlateReject::Length);
        }
        let form = form_of(&chars).ok_or_else(|| complaint(&chars))?;
        Ok(Plate { text, form })
    }

    /// Reads a plate as seen: one of no known form is `Other`.
    ///
    /// # Errors
    /// `Empty` without any letter, digit or Chinese character, `Length` beyond 16, `Character` for
    /// anything that no plate in the world bears.
    pub fn read(seen: &str) -> Result<Self, PlateReject> {
        Plate::parse(seen).or_else(|_| Plate::other(seen))
    }

    fn other(seen: &str) -> Result<Self, PlateReject> {
        let text = normalise(seen);
        match text.chars().count() {
            0 => Err(PlateReject::Empty),
            1..=OTHER_LIMIT if text.chars().all(char::is_alphanumeric) => {
                Ok(Plate { text, form: PlateForm::Other })
            }
            1..=OTHER_LIMIT => Err(PlateReject::Character),
            _ => Err(PlateReject::Length),
        }
    }

    /// The plate in normal form. Personal data: not for logs or metrics.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Its form.
    #[must_use]
    pub fn form(&self) -> PlateForm {
        self.form
    }

    /// The colour that plates of this form have, where the form alone decides it.
    #[must_use]
    pub fn colour(&self) -> PlateColour {
        match self.form {
            PlateForm::Ordinary | PlateForm::Other => PlateColour::Blue,
            PlateForm::NewEnergySmall => PlateColour::Green,
            PlateForm::NewEnergyLarge => PlateColour::YellowGreen,
            PlateForm::Trailer | PlateForm::School => PlateColour::Yellow,
            PlateForm::Police | PlateForm::Military => PlateColour::White,
            PlateForm::CrossBorder | PlateForm::Diplomatic => PlateColour::Black,
        }
    }

    /// The form as somebody saw it on the vehicle: two letters and five of letters and digits on a white
    /// plate are the army's.
    #[must_use]
    pub fn seen_as(&self, colour: Option<PlateColour>) -> PlateForm {
        let army = self.form == PlateForm::Other && is_two_letters_and_five(&self.text);
        match colour {
            Some(PlateColour::White) if army => PlateForm::Military,
            _ => self.form,
        }
    }

    /// The tariff's class: the colour seen on the plate first, then the form.
    #[must_use]
    pub fn class(&self, seen: Option<PlateColour>) -> VehicleClass {
        seen.unwrap_or_else(|| self.colour()).class()
    }

    /// `甘D·1***8`: enough for the owner to recognise it, not enough for anybody else.
    #[must_use]
    pub fn masked(&self) -> String {
        let chars: Vec<char> = self.text.chars().collect();
        let [a, b, c, middle @ .., tail] = chars.as_slice() else {
            return "*".repeat(chars.len());
        };
        format!("{a}{b}·{c}{}{tail}", "*".repeat(middle.len()))
    }
}

/// NFKC (full-width letters, radicals and the like become the usual ones), letters capital; separators and
/// what cannot be seen vanish.
fn normalise(typed: &str) -> String {
    typed.nfkc().filter(|c| !separates(*c)).map(|c| c.to_ascii_uppercase()).collect()
}

/// Blanks, dots and dashes of keyboards, and marks without a width, as texts copied from other apps have them.
fn separates(c: char) -> bool {
    let dot = matches!(c, '·' | '•' | '・' | '‧' | '∙' | '⋅' | '.');
    let dash = matches!(c, '-' | '\u{2010}'..='\u{2015}' | '\u{2212}');
    let unseen = matches!(
        c,
        '\u{ad}'
            | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{2069}'
            | '\u{feff}'
    );
    c.is_whitespace() || dot || dash || unseen
}

fn province(c: char) -> bool {
    PROVINCES.contains(c)
}

fn digit(c: char) -> bool {
    c.is_ascii_digit()
}

fn serial(c: char) -> bool {
    digit(c) || (c.is_ascii_uppercase() && c != 'I' && c != 'O')
}

fn form_of(chars: &[char]) -> Option<PlateForm> {
    let serials = |part: &[char]| part.iter().all(|c| serial(*c));
    let digits = |part: &[char]| part.iter().all(|c| digit(*c));
    let new_energy = |c: &char| NEW_ENERGY_LETTERS.contains(*c);
    match chars {
        ['粤', 'Z', rest @ .., '港' | '澳'] if rest.len() == 4 && serials(rest) => {
            Some(PlateForm::CrossBorder)
        }
        [p, l, rest @ .., last]
            if province(*p) && l.is_ascii_uppercase() && rest.len() == 4 && serials(rest) =>
        {
            match last {
                '挂' => Some(PlateForm::Trailer),
                '学' => Some(PlateForm::School),
                '警' => Some(PlateForm::Police),
                '领' => Some(PlateForm::Diplomatic),
                c if serial(*c) => Some(PlateForm::Ordinary),
                _ => None,
            }
        }
        [p, l, n, a, rest @ ..]
            if province(*p)
                && l.is_ascii_uppercase()
                && new_energy(n)
                && serial(*a)
                && rest.len() == 4
                && digits(rest) =>
        {
            Some(PlateForm::NewEnergySmall)
        }
        [p, l, rest @ .., n]
            if province(*p)
                && l.is_ascii_uppercase()
                && rest.len() == 5
                && digits(rest)
                && new_energy(n) =>
        {
            Some(PlateForm::NewEnergyLarge)
        }
        [rest @ .., '使'] if rest.len() == 6 && digits(rest) => Some(PlateForm::Diplomatic),
        ['使', rest @ ..] if rest.len() == 6 && digits(rest) => Some(PlateForm::Diplomatic),
        ['W', 'J', p, number @ ..]
            if province(*p) && (5..=6).contains(&number.len()) && serials(number) =>
        {
            Some(PlateForm::Military)
        }
        _ => None,
    }
}

/// As army plates are, and many foreign ones.
fn is_two_letters_and_five(text: &str) -> bool {
    let chars: Vec<char> = text.chars().collect();
    let [a, b, number @ ..] = chars.as_slice() else { return false };
    let letters = a.is_ascii_uppercase() && b.is_ascii_uppercase();
    letters && number.len() == 5 && number.iter().all(|c| serial(*c))
}

fn complaint(chars: &[char]) -> PlateReject {
    const MARKS: &str = "挂学警港澳使领";
    let known =
        |c: &char| serial(*c) || province(*c) || MARKS.contains(*c) || c.is_ascii_uppercase();
    let letters_i_o = chars.iter().skip(2).any(|c| matches!(c, 'I' | 'O'));
    if letters_i_o || !chars.iter().all(known) { PlateReject::Character } else { PlateReject::Form }
}

impl PlateForm {
    /// The name used in interfaces and stored rows.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            PlateForm::Ordinary => "ordinary",
            PlateForm::NewEnergySmall => "new_energy_small",
            PlateForm::NewEnergyLarge => "new_energy_large",
            PlateForm::Trailer => "trailer",
            PlateForm::School => "school",
            PlateForm::Police => "police",
            PlateForm::CrossBorder => "cross_border",
            PlateForm::Diplomatic => "diplomatic",
            PlateForm::Military => "military",
            PlateForm::Other => "other",
        }
    }
}

impl fmt::Debug for Plate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Plate({})", self.masked())
    }
}

impl fmt::Display for PlateReject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            PlateReject::Empty => "no plate was given",
            PlateReject::Length => "a plate has 7 characters, 8 for new-energy vehicles",
            PlateReject::Character => {
                "a plate holds a province, letters without I and O, and digits"
            }
            PlateReject::Form => "no Chinese plate has this form",
        })
    }
}

impl std::error::Error for PlateReject {}

impl TryFrom<String> for Plate {
    type Error = PlateReject;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        Plate::read(&text)
    }
}

impl From<Plate> for String {
    fn from(plate: Plate) -> String {
        plate.text
    }
}

#[cfg(test)]
mod tests;
