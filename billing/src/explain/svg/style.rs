//! The file around the drawing: colours for light and dark, patterns, the title for a reader.

use super::pen::{escaped, pixels};
use crate::text::Language;

/// Every colour by name, so that programs that know no CSS variables draw it too.
struct Palette {
    ground: &'static str,
    text: &'static str,
    second: &'static str,
    hair: &'static str,
    surface: &'static str,
    accent: &'static str,
    tint: &'static str,
    on: &'static str,
    free: &'static str,
    doubt: &'static str,
    plain: &'static str,
}

/// The accent is a deep teal; free is green, doubt amber, as on every screen of Bowei.
const LIGHT: Palette = Palette {
    ground: "#FFFFFF",
    text: "#15201F",
    second: "#51605F",
    hair: "#DCE3E2",
    surface: "#F6F8F8",
    accent: "#0B6E6E",
    tint: "#D9ECEB",
    on: "#FFFFFF",
    free: "#187A42",
    doubt: "#A86500",
    plain: "#66757F",
};

const DARK: Palette = Palette {
    ground: "#101617",
    text: "#E8EEED",
    second: "#A9B7B5",
    hair: "#34403F",
    surface: "#182021",
    accent: "#4FC3C3",
    tint: "#17393A",
    on: "#101617",
    free: "#5FCB8B",
    doubt: "#E2A64A",
    plain: "#9AA9B2",
};

const SHAPES: &str = "\
text { font-family: 'PingFang SC', 'Noto Sans CJK SC', 'Microsoft YaHei', sans-serif;
  font-variant-numeric: tabular-nums }
.s12 { font-size: 12px } .s14 { font-size: 14px } .s16 { font-size: 16px } .s28 { font-size: 28px }
.bold { font-weight: 600 } .middle { text-anchor: middle } .end { text-anchor: end }
.cut { stroke-opacity: 0.7 } .faint { stroke-opacity: 0.45 }
.capped { fill: url(#capped) } .minutes { fill: url(#free) } .doubt { fill: url(#doubt) }
.hours { stroke-dasharray: 1 3 } .doubt { stroke-dasharray: 4 3 } .leaving { stroke-dasharray: 6 2 }
.pass { stroke-width: 3 } .exempt { stroke-width: 2 } .forbidden { fill: url(#forbidden); stroke-width: 2 }
";

const PATTERNS: &str = "<defs>
<pattern id=\"free\" width=\"8\" height=\"8\" patternUnits=\"userSpaceOnUse\">\
<rect class=\"ground\" width=\"8\" height=\"8\"/>\
<path class=\"green faint\" d=\"M0 8L8 0\"/></pattern>
<pattern id=\"capped\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\">\
<rect class=\"tint\" width=\"6\" height=\"6\"/>\
<path class=\"teal faint\" d=\"M0 3H6\"/></pattern>
<pattern id=\"doubt\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\">\
<rect class=\"ground\" width=\"6\" height=\"6\"/>\
<circle class=\"amber\" cx=\"3\" cy=\"3\" r=\"1\"/></pattern>
<pattern id=\"forbidden\" width=\"8\" height=\"8\" patternUnits=\"userSpaceOnUse\">\
<rect class=\"ground\" width=\"8\" height=\"8\"/>\
<path class=\"plain faint\" d=\"M0 0L8 8M0 8L8 0\"/></pattern>
</defs>
";

fn colours(of: &Palette) -> String {
    let Palette { ground, text, second, hair, surface, accent, tint, on, free, doubt, plain } = of;
    format!(
        "text {{ fill: {text} }} .second {{ fill: {second} }} .on {{ fill: {on} }}
.ground, .unpriced, .hours, .unsold, .leaving {{ fill: {ground} }} .lane, .exempt {{ fill: {surface} }}
.priced, .pass, .tint {{ fill: {tint} }} .charged {{ fill: {accent} }} .amber {{ fill: {doubt} }}
.cut, .charged {{ stroke: {on} }} .priced, .capped, .pass, .teal {{ stroke: {accent} }}
.minutes, .hours, .green {{ stroke: {free} }} .doubt {{ stroke: {doubt} }}
.leaving, .exempt, .forbidden, .unsold, .plain {{ stroke: {plain} }} .unpriced, .tick {{ stroke: {hair} }}
"
    )
}

pub(super) fn document(
    (width, height): (i64, i64),
    title: &str,
    language: Language,
    drawn: &str,
) -> String {
    let (width, height) = (pixels(width), pixels(height));
    let tag = match language {
        Language::Chinese => "zh-CN",
        Language::English => "en",
    };
    let (light, dark) = (colours(&LIGHT), colours(&DARK));
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" xml:lang=\"{tag}\" width=\"{width}\" \
         height=\"{height}\" viewBox=\"0 0 {width} {height}\" role=\"img\">\n\
         <title>{}</title>\n<style>\n{SHAPES}{light}\
         @media (prefers-color-scheme: dark) {{\n{dark}}}\n</style>\n{PATTERNS}\
         <rect class=\"ground\" width=\"100%\" height=\"100%\"/>\n{drawn}</svg>\n",
        escaped(title)
    )
}
