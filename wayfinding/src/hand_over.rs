//! The way on in the driver's own map: a link, or the parameters, for each map app, in the datum that it expects.
//!
//! Opens nothing and asks nobody. Forms and datums are those of the vendors' documentation:
//!
//! | app | form | datum |
//! | --- | --- | --- |
//! | WeChat | `wx.openLocation` (developers.weixin.qq.com/miniprogram/dev/api/location/wx.openLocation.html) | GCJ-02, stated |
//! | Tencent | `routeplan` (lbs.qq.com/webApi/uriV1/uriGuide/uriMobileRoute, …/uriWebRoute) | GCJ-02, the default `coord_type=2` |
//! | AMap | `navi` (lbs.amap.com/api/amap-mobile/guide/android/navigation, …/ios/navi) and lbs.amap.com/api/uri-api/guide/travel/route | GCJ-02, `dev=0`, the default `coordinate=gaode` |
//! | Baidu | `direction` (lbsyun.baidu.com, uri/api/android and ios), `marker` (uri/api/web) | BD-09, `coord_type=bd09ll` |
//! | Apple | Map Links (developer.apple.com, iPhoneURLScheme_Reference/MapLinks) | names none; its map of China is drawn in GCJ-02 |
//! | Google | Maps URLs (developers.google.com/maps/documentation/urls/get-started) | names none; its streets of China are drawn in GCJ-02 |
//!
//! Outside China all of them take WGS-84, and that is what they get: there the datums are one. Six decimals are
//! 0.1 m, and what AMap and Baidu allow.

use std::fmt::Write as _;

use vocabulary::Point;

use crate::datum::{Datum, Degrees};

/// A map that can lead a driver to a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MapApp {
    /// WeChat's own map, opened by a mini-program: parameters, no link.
    Wechat,
    TencentApp,
    TencentWeb,
    AmapAndroid,
    AmapIos,
    AmapWeb,
    BaiduApp,
    BaiduWeb,
    Apple,
    Google,
}

/// What to open.
#[derive(Clone, Debug, PartialEq)]
pub struct HandOver {
    pub app: MapApp,
    pub datum: Datum,
    /// The place in that datum, to six decimals.
    pub at: Degrees,
    /// What the map is to call the place.
    pub name: String,
    /// None where the app is opened with parameters.
    pub link: Option<String>,
}

/// What a place without a name is called.
const NAMELESS: &str = "目的地";

impl MapApp {
    /// All of them, in the order in which they are offered.
    pub const ALL: [MapApp; 10] = [
        MapApp::Wechat,
        MapApp::TencentApp,
        MapApp::TencentWeb,
        MapApp::AmapAndroid,
        MapApp::AmapIos,
        MapApp::AmapWeb,
        MapApp::BaiduApp,
        MapApp::BaiduWeb,
        MapApp::Apple,
        MapApp::Google,
    ];

    /// The name used in interfaces.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            MapApp::Wechat => "wechat",
            MapApp::TencentApp => "tencent_app",
            MapApp::TencentWeb => "tencent_web",
            MapApp::AmapAndroid => "amap_android",
            MapApp::AmapIos => "amap_ios",
            MapApp::AmapWeb => "amap_web",
            MapApp::BaiduApp => "baidu_app",
            MapApp::BaiduWeb => "baidu_web",
            MapApp::Apple => "apple",
            MapApp::Google => "google",
        }
    }

    /// How it means degrees, in China.
    #[must_use]
    pub fn datum(self) -> Datum {
        match self {
            MapApp::BaiduApp | MapApp::BaiduWeb => Datum::Bd09,
            _ => Datum::Gcj02,
        }
    }
}

/// What leads to `point` in `app`. `caller` names the application that hands over; Tencent's app wants its key there.
#[must_use]
pub fn hand_over(point: Point, name: &str, app: MapApp, caller: &str) -> HandOver {
    let datum = app.datum();
    let at = Degrees { lon: point.lon(), lat: point.lat() }.convert(Datum::Wgs84, datum);
    let at = Degrees { lon: six_decimals(at.lon), lat: six_decimals(at.lat) };
    let name = if name.trim().is_empty() { NAMELESS } else { name.trim() };
    HandOver { app, datum, at, name: name.to_owned(), link: link(app, at, name, caller) }
}

fn link(app: MapApp, at: Degrees, name: &str, caller: &str) -> Option<String> {
    let Degrees { lon, lat } = at;
    let (caller, plain) = (escaped(caller), escaped(name));
    let amap = |scheme: &str| {
        format!(
            "{scheme}://navi?sourceApplication={caller}&poiname={plain}&lat={lat:.6}&lon={lon:.6}&dev=0&style=2"
        )
    };
    Some(match app {
        MapApp::Wechat => return None,
        MapApp::TencentApp => format!(
            "qqmap://map/routeplan?type=drive&fromcoord=CurrentLocation&to={plain}&tocoord={lat:.6},{lon:.6}&referer={caller}"
        ),
        MapApp::TencentWeb => format!(
            "https://apis.map.qq.com/uri/v1/routeplan?type=drive&to={plain}&tocoord={lat:.6},{lon:.6}&coord_type=2&policy=0&referer={caller}"
        ),
        MapApp::AmapAndroid => amap("androidamap"),
        MapApp::AmapIos => amap("iosamap"),
        MapApp::AmapWeb => {
            // The name is the third part of a list: a comma in it would end it.
            let name = escaped(&name.replace(',', "，"));
            format!(
                "https://uri.amap.com/navigation?to={lon:.6},{lat:.6},{name}&mode=car&policy=0&src={caller}&coordinate=gaode&callnative=1"
            )
        }
        MapApp::BaiduApp => {
            // The same with Baidu's strokes.
            let name = escaped(&name.replace('|', " "));
            format!(
                "baidumap://map/direction?destination=name:{name}%7Clatlng:{lat:.6},{lon:.6}&coord_type=bd09ll&mode=driving&src={caller}"
            )
        }
        MapApp::BaiduWeb => format!(
            "https://api.map.baidu.com/marker?location={lat:.6},{lon:.6}&title={plain}&content={plain}&coord_type=bd09ll&output=html&src={caller}"
        ),
        MapApp::Apple => format!("https://maps.apple.com/?daddr={lat:.6},{lon:.6}&dirflg=d"),
        MapApp::Google => format!(
            "https://www.google.com/maps/dir/?api=1&destination={lat:.6}%2C{lon:.6}&travelmode=driving"
        ),
    })
}

fn six_decimals(degrees: f64) -> f64 {
    (degrees * 1e6).round() / 1e6
}

/// Percent-encoded but for the unreserved characters of RFC 3986.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                escaped.push(char::from(byte));
            }
            _ => {
                let _ = write!(escaped, "%{byte:02X}");
            }
        }
    }
    escaped
}

#[cfg(test)]
mod tests;
