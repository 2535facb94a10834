//! Folders of tariffs made for a test.

/// A folder with these files, by their names.
pub(crate) fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder for the files");
    for (name, content) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().expect("it is in the folder")).expect("writable");
        std::fs::write(path, content).expect("writable");
    }
    folder
}

/// One price for an hour, in a zone; streets `a` and `b` cost the same on Mondays only.
pub(crate) fn hourly(zone: &str, terms: &str) -> String {
    format!(
        "format: bowei-tariff/1\nid: t\ntitle: t\ntime_zone: {zone}\nversions:\n  - version: 1\n    \
         valid_from: 2024-01-01\n    authority: a\n    document: d\n    superior_rule: s\n    \
         sign_version: s\n    vehicle_classes: {{ small: small }}\n    exempt: [police]\n{terms}"
    )
}

pub(crate) const HOUR: &str =
    "    windows: []\n    otherwise: [{ unit_minutes: 60, price: 2.00 }]\n";
pub(crate) const STREETS: &str = "    streets: [a, b]\n    windows:\n      \
    - { name: m, from: \"00:00\", to: \"24:00\", days: [mon], charge: [{ unit_minutes: 60, price: 3.00 }] }\n    \
    otherwise: [{ unit_minutes: 60, price: { a: 1.00, b: 2.00 } }]\n";
