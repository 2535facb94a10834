//! Values that may differ by vehicle or street: one value for all, or a table of them.
//!
//! `price: 2.00`, `price: { small: 2.00, large: 3.00 }`, or street by street with vehicles
//! within: `price: { class-1: { small: 2.00, large: 3.00 }, class-2: 1.00 }`.

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use serde::de::value::{F64Deserializer, I64Deserializer, StrDeserializer, U64Deserializer};
use serde::de::{Deserialize, Deserializer, Error, IntoDeserializer, MapAccess, Visitor};

use super::form::{ChargeForm, TierForm};
use crate::amount::Price;

/// A number with at most six decimals, read digit by digit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Decimal(pub(super) Price);

/// One value for all, or one for each name.
#[derive(Clone, Debug)]
pub(super) enum Table<T> {
    /// For all.
    One(T),
    /// By vehicle or by street.
    Each(BTreeMap<String, Table<T>>),
}

/// Why a table has no value for somebody.
pub(super) enum TableFault<'t> {
    /// Nobody is called that.
    UnknownName(&'t str),
    /// It says nothing of this one.
    Missing,
}

impl<T: Copy> Table<T> {
    /// The value for a vehicle on a street; `Missing` where the table leaves it out.
    pub(super) fn of(&self, vehicle: &str, street: Option<&str>) -> Result<T, TableFault<'_>> {
        match self {
            Table::One(value) => Ok(*value),
            Table::Each(tables) => {
                let named = street.and_then(|s| tables.get(s)).or_else(|| tables.get(vehicle));
                named.map_or(Err(TableFault::Missing), |table| table.of(vehicle, street))
            }
        }
    }

    /// The first name in it that nobody has.
    pub(super) fn unknown_name(&self, known: &dyn Fn(&str) -> bool) -> Option<TableFault<'_>> {
        let Table::Each(tables) = self else { return None };
        tables.iter().find_map(|(name, table)| {
            if known(name) {
                table.unknown_name(known)
            } else {
                Some(TableFault::UnknownName(name))
            }
        })
    }
}

impl<'de> Deserialize<'de> for Decimal {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(DecimalVisitor)
    }
}

struct DecimalVisitor;

impl Visitor<'_> for DecimalVisitor {
    type Value = Decimal;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number of at most six decimals, 0 or more")
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Decimal, E> {
        self.visit_str(&number.to_string())
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Decimal, E> {
        self.visit_str(&number.to_string())
    }

    // The shortest text of a float is what was written, for all numbers of up to 15 digits.
    fn visit_f64<E: Error>(self, number: f64) -> Result<Decimal, E> {
        self.visit_str(&number.to_string())
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Decimal, E> {
        let price = Price::parse(text).filter(|p| p.0 < 1_000_000_000_000_000);
        price.map(Decimal).ok_or_else(|| E::custom(format!("{text} is not {}", Expected(&self))))
    }
}

struct Expected<'a>(&'a DecimalVisitor);

impl fmt::Display for Expected<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.expecting(f)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Table<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TableVisitor(PhantomData))
    }
}

struct TableVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for TableVisitor<T> {
    type Value = Table<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value, or a table of values by vehicle or street")
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Table<T>, E> {
        let one: I64Deserializer<E> = number.into_deserializer();
        T::deserialize(one).map(Table::One)
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Table<T>, E> {
        let one: U64Deserializer<E> = number.into_deserializer();
        T::deserialize(one).map(Table::One)
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Table<T>, E> {
        let one: F64Deserializer<E> = number.into_deserializer();
        T::deserialize(one).map(Table::One)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Table<T>, E> {
        let one: StrDeserializer<'_, E> = text.into_deserializer();
        T::deserialize(one).map(Table::One)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Table<T>, A::Error> {
        let mut tables = BTreeMap::new();
        while let Some((name, table)) = map.next_entry::<String, Table<T>>()? {
            if tables.contains_key(&name) {
                return Err(A::Error::custom(format!("{name} is named twice")));
            }
            tables.insert(name, table);
        }
        Ok(Table::Each(tables))
    }
}

impl<'de> Deserialize<'de> for ChargeForm {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ChargeVisitor)
    }
}

struct ChargeVisitor;

impl<'de> Visitor<'de> for ChargeVisitor {
    type Value = ChargeForm;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("`free`, `not_permitted` or a list of tiers")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<ChargeForm, E> {
        match text {
            "free" => Ok(ChargeForm::Free),
            "not_permitted" => Ok(ChargeForm::NotPermitted),
            _ => Err(E::invalid_value(serde::de::Unexpected::Str(text), &self)),
        }
    }

    fn visit_seq<A: serde::de::SeqAccess<'de>>(self, mut seq: A) -> Result<ChargeForm, A::Error> {
        let mut tiers: Vec<TierForm> = Vec::new();
        while let Some(tier) = seq.next_element()? {
            tiers.push(tier);
        }
        Ok(ChargeForm::Tiers(tiers))
    }
}
