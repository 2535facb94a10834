//! A JSON text as it stands in a message: texts are borrowed from it, so that reading one makes no
//! copy of what nobody asks for.
//!
//! Accepts exactly what `serde_json::Value` accepts; of a name that comes twice the last counts.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};

/// Any JSON value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Json<'a> {
    Null,
    Bool(bool),
    Whole(i64),
    /// A whole number that only fits without a sign.
    Large(u64),
    Decimal(f64),
    Text(Cow<'a, str>),
    List(Vec<Json<'a>>),
    Object(Vec<(Cow<'a, str>, Json<'a>)>),
}

impl<'a> Json<'a> {
    /// Reads a whole text.
    pub(crate) fn parse(text: &'a [u8]) -> serde_json::Result<Json<'a>> {
        serde_json::from_slice(text)
    }

    pub(crate) fn is_null(&self) -> bool {
        *self == Json::Null
    }

    pub(crate) fn as_str(&self) -> Option<&str> {
        match self {
            Json::Text(text) => Some(text),
            _ => None,
        }
    }

    pub(crate) fn as_bool(&self) -> Option<bool> {
        match self {
            Json::Bool(it) => Some(*it),
            _ => None,
        }
    }

    pub(crate) fn as_i64(&self) -> Option<i64> {
        match self {
            Json::Whole(number) => Some(*number),
            _ => None,
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "as any reader of JSON does")]
    pub(crate) fn as_f64(&self) -> Option<f64> {
        match self {
            Json::Whole(number) => Some(*number as f64),
            Json::Large(number) => Some(*number as f64),
            Json::Decimal(number) => Some(*number),
            _ => None,
        }
    }

    pub(crate) fn as_list(&self) -> Option<&[Json<'a>]> {
        match self {
            Json::List(list) => Some(list),
            _ => None,
        }
    }

    pub(crate) fn is_object(&self) -> bool {
        matches!(self, Json::Object(_))
    }

    /// What stands under a name in an object.
    pub(crate) fn get(&self, name: &str) -> Option<&Json<'a>> {
        match self {
            Json::Object(entries) => {
                entries.iter().rev().find(|(known, _)| known == name).map(|(_, value)| value)
            }
            _ => None,
        }
    }
}

impl<'de> Deserialize<'de> for Json<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyValue)
    }
}

struct AnyValue;

impl<'de> Visitor<'de> for AnyValue {
    type Value = Json<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON value")
    }

    fn visit_unit<E>(self) -> Result<Json<'de>, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, it: bool) -> Result<Json<'de>, E> {
        Ok(Json::Bool(it))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Json<'de>, E> {
        Ok(Json::Whole(number))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Json<'de>, E> {
        Ok(i64::try_from(number).map_or(Json::Large(number), Json::Whole))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Json<'de>, E> {
        Ok(Json::Decimal(number))
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Json<'de>, E> {
        Ok(Json::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Json<'de>, E> {
        Ok(Json::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Json<'de>, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Json::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Json<'de>, A::Error> {
        let mut object = Vec::new();
        while let Some((Name(name), value)) = entries.next_entry()? {
            object.push((name, value));
        }
        Ok(Json::Object(object))
    }
}

/// A name in an object.
struct Name<'a>(Cow<'a, str>);

impl<'de> Deserialize<'de> for Name<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match deserializer.deserialize_str(AnyValue)? {
            Json::Text(name) => Ok(Name(name)),
            _ => Err(D::Error::custom("a name is a text")),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    /// The same as serde's own, or refused by both.
    fn check(text: &str) {
        let expected: Option<Value> = serde_json::from_str(text).ok();
        let found = Json::parse(text.as_bytes()).ok();
        assert_eq!(found.as_ref().map(value), expected, "{text}");
    }

    fn value(json: &Json<'_>) -> Value {
        match json {
            Json::Null => Value::Null,
            Json::Bool(it) => (*it).into(),
            Json::Whole(number) => (*number).into(),
            Json::Large(number) => (*number).into(),
            Json::Decimal(number) => (*number).into(),
            Json::Text(text) => text.as_ref().into(),
            Json::List(list) => list.iter().map(value).collect(),
            Json::Object(entries) => {
                entries.iter().map(|(n, v)| (n.to_string(), value(v))).collect()
            }
        }
    }

    #[test]
    fn the_same_texts_are_read_as_the_same_values_as_by_serde_json() {
        for text in [
            "null",
            "true",
            "0",
            "-0",
            "-9223372036854775808",
            "9223372036854775808",
            "18446744073709551616",
            "1e999",
            "1.50",
            r#""plain""#,
            r#""a \"quoted\" \u4e2d\n text""#,
            "[]",
            "[1,[2,{}],\"x\"]",
            r#"{"a":1,"b":{"c":[null]},"a":2,"\u0061":3}"#,
            "",
            "{",
            "[1,]",
            "{\"a\"}",
            "{1:2}",
            "1 2",
            "\"\u{7}\"",
            "nan",
        ] {
            check(text);
        }
        check(&"[".repeat(200));
        check(&format!("{}{}", "[".repeat(127), "]".repeat(127)));
        check(&format!("{}{}", "[".repeat(128), "]".repeat(128)));
        assert!(Json::parse(b"\"\xff\"").is_err());
    }

    #[test]
    fn of_a_name_that_comes_twice_the_last_counts() {
        let json = Json::parse(br#"{"a":1,"b":2,"a":3}"#).unwrap();
        assert_eq!(json.get("a").and_then(Json::as_i64), Some(3));
        assert_eq!(json.get("c"), None);
    }
}
