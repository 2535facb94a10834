//! An OpenStreetMap file: bytes as they are, and the same bytes as the content of a block.
#![no_main]

use libfuzzer_sys::fuzz_target;
use wayfinding::osm::{Settings, read_osm};
use wayfinding::{Network, Roads};

const SETTINGS: Settings = Settings { bounds: None, limit_bytes: 16 << 20 };

fuzz_target!(|bytes: &[u8]| {
    for file in [bytes.to_vec(), bowei_fuzz::in_frames(bytes)] {
        let Ok(survey) = read_osm(&file, SETTINGS) else { continue };
        let network = Network::build(&survey);
        // Larger ones would only be slow.
        if network.size().edges > 300 {
            continue;
        }
        if let Ok(roads) = Roads::prepare(network) {
            let again = Roads::from_bytes(&roads.to_bytes()).expect("what was written can be read");
            assert_eq!(again.prepared(), roads.prepared());
        }
    }
});
