//! The conversions against points of map services, and against themselves.

use proptest::prelude::*;

use super::*;

/// What the offsets of map services and the common formula may differ by.
const TOLERANCE_DEG: f64 = 1e-5;

type LonLat = [f64; 2];

/// Prefectures as three map services place them: gcoord `test/fixtures/china-cities.json` (MIT), [lon, lat].
const CITIES: [(&str, LonLat, LonLat, LonLat); 10] = [
    ("白银市", [104.1357665, 36.5449176], [104.1385932, 36.5450174], [104.1450406, 36.5511515]),
    ("兰州市", [103.8318968, 36.0614117], [103.8343102, 36.0610935], [103.8408333, 36.0670234]),
    ("北京市", [116.4011517, 39.9028057], [116.4074002, 39.9042136], [116.4137852, 39.9105355]),
    ("上海市", [121.4691633, 31.2323443], [121.4737061, 31.2304194], [121.4802435, 31.2363541]),
    ("哈尔滨市", [126.528903, 45.8017783], [126.5349726, 45.8037804], [126.5415875, 45.8094074]),
    ("海口市", [110.1939936, 20.046109], [110.1983008, 20.0440074], [110.2048302, 20.049869]),
    ("乌鲁木齐市", [87.6140048, 43.824388], [87.6168579, 43.8255962], [87.6232918, 43.8317719]),
    ("昆明市", [102.8314746, 24.8831612], [102.8328974, 24.8800993], [102.8393447, 24.8863908]),
    ("三亚市", [109.507813, 18.2545417], [109.5119135, 18.2528524], [109.5184703, 18.2585878]),
    ("嘉峪关市", [98.2885558, 39.7722974], [98.2891596, 39.7731334], [98.2955603, 39.7793976]),
];

fn degrees([lon, lat]: [f64; 2]) -> Degrees {
    Degrees::new(lon, lat).unwrap()
}

fn off_by(a: Degrees, b: Degrees) -> f64 {
    (a.lon - b.lon).abs().max((a.lat - b.lat).abs())
}

fn check(name: &str, places: [(Datum, Degrees); 3]) {
    for (from, at) in places {
        for (to, expected) in places {
            let got = at.convert(from, to);
            let off = off_by(got, expected);
            assert!(off < TOLERANCE_DEG, "{name} {from:?} to {to:?}: {got:?}, off by {off}");
        }
    }
}

#[test]
fn every_direction_agrees_with_the_map_services() {
    for (name, wgs84, gcj02, bd09) in CITIES {
        check(
            name,
            [
                (Datum::Wgs84, degrees(wgs84)),
                (Datum::Gcj02, degrees(gcj02)),
                (Datum::Bd09, degrees(bd09)),
            ],
        );
    }
}

#[test]
fn forward_agrees_with_the_vectors_of_eviltransform_and_gcoord() {
    // googollee/eviltransform go/transform_test.go; the last one: gcoord transform.spec.ts.
    for (wgs84, gcj02) in [
        ([121.5272106, 31.1774276], [121.531541859215, 31.17530398364597]),
        ([113.912316, 22.543847], [113.9171764808363, 22.540796131694766]),
        ([116.377817, 39.911954], [116.38404722455657, 39.91334545536069]),
        ([123.0, 45.0], [123.00607541, 45.00197815]),
    ] {
        let got = degrees(wgs84).convert(Datum::Wgs84, Datum::Gcj02);
        assert!(off_by(got, degrees(gcj02)) < 1e-6, "{wgs84:?}: {got:?}");
    }
}

#[test]
fn outside_the_outline_nothing_changes_and_on_it_something_does() {
    let outside = [
        [2.3522, 48.8566],
        [-73.9857, 40.7484],
        [183.0, 45.0],
        [72.0039, 30.0],
        [137.8348, 30.0],
        [105.0, 0.8292],
        [105.0, 55.8272],
    ];
    for at in outside.map(degrees) {
        for from in Datum::ALL {
            for to in Datum::ALL {
                assert_eq!(at.convert(from, to), at, "{from:?} to {to:?}");
            }
        }
    }
    for at in [[72.004, 30.0], [137.8347, 30.0], [105.0, 0.8293], [105.0, 55.8271]].map(degrees) {
        assert!(off_by(at.convert(Datum::Wgs84, Datum::Gcj02), at) > 1e-4, "{at:?}");
    }
}

#[test]
fn what_is_no_place_is_refused() {
    for (lon, lat, reject) in [
        (-180.1, 0.0, DegreesReject::Longitude),
        (360.1, 0.0, DegreesReject::Longitude),
        (f64::NAN, 0.0, DegreesReject::Longitude),
        (0.0, 90.1, DegreesReject::Latitude),
        (0.0, f64::NEG_INFINITY, DegreesReject::Latitude),
    ] {
        assert_eq!(Degrees::new(lon, lat), Err(reject), "{lon},{lat}");
    }
}

proptest! {
    #[test]
    fn there_and_back_leads_home(
        // A degree inside the outline: near it, a place and its image may lie on two sides of the border.
        lon in 73.0..136.8_f64,
        lat in 1.9..54.8_f64,
        way in 0_usize..9,
    ) {
        let (from, to) = (Datum::ALL[way % 3], Datum::ALL[way / 3]);
        let at = Degrees { lon, lat };
        let back = at.convert(from, to).convert(to, from);
        prop_assert!(off_by(back, at) < 1e-7, "{:?} to {:?}: {:?}", from, to, back);
    }
}
