//! The JSON Schema says what the parser says: of the tariffs that come with the program, and of
//! each of them with one key more, one key less, or one
//! value of another kind.

use billing::tariff::parse;
use serde_json::{Value, json};

const SCHEMA: &str = include_str!("../../../docs/schema/tariff.schema.json");
const ALL_KEYS: &str = include_str!("all_keys.yaml");
const TARIFFS: [&str; 4] = [
    billing::DEMO_TARIFF,
    ALL_KEYS,
    include_str!("../../tariffs/shenzhen-hours.yaml"),
    include_str!("../../tariffs/lanzhou-2022.yaml"),
];

/// Whether the parser takes the shape; what it says about the meaning has a path.
fn has_shape(tariff: &Value) -> bool {
    parse(&tariff.to_string()).map_or_else(|p| p.iter().all(|p| !p.path.is_empty()), |_| true)
}

/// Every mapping in a value, by its JSON pointer.
fn mappings(value: &Value, pointer: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(entries) => {
            found.push(pointer.to_owned());
            for (key, inner) in entries {
                mappings(inner, &format!("{pointer}/{}", key.replace('/', "~1")), found);
            }
        }
        Value::Array(items) => {
            for (i, inner) in items.iter().enumerate() {
                mappings(inner, &format!("{pointer}/{i}"), found);
            }
        }
        _ => {}
    }
}

#[test]
fn the_schema_and_the_parser_agree() {
    let schema: Value = serde_json::from_str(SCHEMA).expect("the schema is JSON");
    let schema = jsonschema::validator_for(&schema).expect("the schema is one");
    let mut tried = 0;
    let mut agree = |tariff: &Value, change: &str| {
        tried += 1;
        let by_schema = schema.is_valid(tariff);
        let why = schema.iter_errors(tariff).next().map(|e| format!("{}: {e}", e.instance_path()));
        assert_eq!(by_schema, has_shape(tariff), "{change}: the schema says {why:?}\n{tariff:#}");
    };
    for yaml in TARIFFS {
        assert!(parse(yaml).is_ok(), "{:?}", parse(yaml).err());
        let tariff: Value = serde_saphyr::from_str(yaml).expect("YAML");
        agree(&tariff, "as it is");
        let mut found = Vec::new();
        mappings(&tariff, "", &mut found);
        for pointer in found {
            let entries =
                |t: &mut Value| t.pointer_mut(&pointer).and_then(Value::as_object_mut).cloned();
            let Some(keys) = entries(&mut tariff.clone()) else { continue };
            let changed = |edit: &dyn Fn(&mut serde_json::Map<String, Value>)| {
                let mut changed = tariff.clone();
                let at = changed.pointer_mut(&pointer).and_then(Value::as_object_mut);
                edit(at.expect("it is a mapping"));
                changed
            };
            agree(
                &changed(&|e| drop(e.insert("zzz".into(), json!([[]])))),
                &format!("{pointer} + zzz"),
            );
            for key in keys.keys() {
                agree(&changed(&|e| drop(e.remove(key))), &format!("{pointer} - {key}"));
                agree(
                    &changed(&|e| drop(e.insert(key.clone(), json!({ "zzz": [] })))),
                    &format!("{pointer}/{key} other"),
                );
            }
        }
    }
    assert!(tried > 300, "{tried} changes were tried");
}
