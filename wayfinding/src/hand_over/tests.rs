//! The links against the vendors' documented forms, for one place of each datum.

use super::*;

/// The centre of Baiyin, in the datums of gcoord's fixture.
const WGS84: (f64, f64) = (104.1357665, 36.5449176);

fn check(app: MapApp, name: &str, expected: &str) {
    let point = Point::new(WGS84.0, WGS84.1).unwrap();
    let got = hand_over(point, name, app, "bowei").link;
    // Where the place stands, the link says what `convert` makes of it to six decimals.
    let at = Degrees { lon: WGS84.0, lat: WGS84.1 }.convert(Datum::Wgs84, app.datum());
    let expected = expected
        .replace("LON", &format!("{:.6}", at.lon))
        .replace("LAT", &format!("{:.6}", at.lat));
    assert_eq!(got.as_deref(), Some(expected.as_str()), "{app:?}");
}

#[test]
fn links_have_the_vendors_forms() {
    // 泊位 is E6 B3 8A E4 BD 8D in UTF-8.
    let bay = "%E6%B3%8A%E4%BD%8D";
    for (app, expected) in [
        (
            MapApp::TencentApp,
            "qqmap://map/routeplan?type=drive&fromcoord=CurrentLocation&to=BAY&tocoord=LAT,LON&referer=bowei",
        ),
        (
            MapApp::TencentWeb,
            "https://apis.map.qq.com/uri/v1/routeplan?type=drive&to=BAY&tocoord=LAT,LON&coord_type=2&policy=0&referer=bowei",
        ),
        (
            MapApp::AmapAndroid,
            "androidamap://navi?sourceApplication=bowei&poiname=BAY&lat=LAT&lon=LON&dev=0&style=2",
        ),
        (
            MapApp::AmapIos,
            "iosamap://navi?sourceApplication=bowei&poiname=BAY&lat=LAT&lon=LON&dev=0&style=2",
        ),
        (
            MapApp::AmapWeb,
            "https://uri.amap.com/navigation?to=LON,LAT,BAY&mode=car&policy=0&src=bowei&coordinate=gaode&callnative=1",
        ),
        (
            MapApp::BaiduApp,
            "baidumap://map/direction?destination=name:BAY%7Clatlng:LAT,LON&coord_type=bd09ll&mode=driving&src=bowei",
        ),
        (
            MapApp::BaiduWeb,
            "https://api.map.baidu.com/marker?location=LAT,LON&title=BAY&content=BAY&coord_type=bd09ll&output=html&src=bowei",
        ),
        (MapApp::Apple, "https://maps.apple.com/?daddr=LAT,LON&dirflg=d"),
        (
            MapApp::Google,
            "https://www.google.com/maps/dir/?api=1&destination=LAT%2CLON&travelmode=driving",
        ),
    ] {
        check(app, "泊位", &expected.replace("BAY", bay));
    }
}

#[test]
fn each_app_gets_its_datum() {
    let point = Point::new(WGS84.0, WGS84.1).unwrap();
    // gcoord's fixture: GCJ-02 104.1385932,36.5450174 and BD-09 104.1450406,36.5511515.
    for app in MapApp::ALL {
        let (lon, lat) = match app {
            MapApp::BaiduApp | MapApp::BaiduWeb => (104.1450406, 36.5511515),
            _ => (104.1385932, 36.5450174),
        };
        let at = hand_over(point, "", app, "bowei").at;
        assert!((at.lon - lon).abs() < 1e-5 && (at.lat - lat).abs() < 1e-5, "{app:?}: {at:?}");
    }
}

#[test]
fn wechat_gets_parameters_and_a_name() {
    let point = Point::new(WGS84.0, WGS84.1).unwrap();
    let over = hand_over(point, " ", MapApp::Wechat, "bowei");
    assert_eq!((over.link, over.name.as_str(), over.datum), (None, "目的地", Datum::Gcj02));
}

#[test]
fn a_name_cannot_break_out_of_its_place() {
    check(
        MapApp::AmapWeb,
        "a,b&c=1#",
        "https://uri.amap.com/navigation?to=LON,LAT,a%EF%BC%8Cb%26c%3D1%23&mode=car&policy=0&src=bowei&coordinate=gaode&callnative=1",
    );
    check(
        MapApp::BaiduApp,
        "a|latlng:0,0",
        "baidumap://map/direction?destination=name:a%20latlng%3A0%2C0%7Clatlng:LAT,LON&coord_type=bd09ll&mode=driving&src=bowei",
    );
}

#[test]
fn abroad_every_app_gets_wgs_84() {
    let paris = Point::new(2.352222, 48.856613).unwrap();
    for app in MapApp::ALL {
        let at = hand_over(paris, "", app, "bowei").at;
        assert_eq!((at.lon, at.lat), (2.352222, 48.856613), "{app:?}");
    }
}
