//! The file around the drawing: colours for light and dark, patterns, the title for a reader.

use super::pen::{escaped, pixels};
use crate::text::Language;

/// The accent is a deep teal; free is green, doubt amber, as on every screen of Bowei.
const STYLE: &str = "\
svg { --ground: #FFFFFF; --text: #15201F; --second: #51605F; --hair: #DCE3E2; --surface: #F6F8F8;
  --accent: #0B6E6E; --tint: #D9ECEB; --on: #FFFFFF; --free: #187A42; --doubt: #A86500; --plain: #66757F }
@media (prefers-color-scheme: dark) {
  svg { --ground: #101617; --text: #E8EEED; --second: #A9B7B5; --hair: #34403F; --surface: #182021;
    --accent: #4FC3C3; --tint: #17393A; --on: #101617; --free: #5FCB8B; --doubt: #E2A64A; --plain: #9AA9B2 } }
text { font-family: 'PingFang SC', 'Noto Sans CJK SC', 'Microsoft YaHei', sans-serif; fill: var(--text);
  font-variant-numeric: tabular-nums }
.s12 { font-size: 12px } .s14 { font-size: 14px } .s16 { font-size: 16px } .s28 { font-size: 28px }
.bold { font-weight: 600 } .second { fill: var(--second) } .on { fill: var(--on) }
.middle { text-anchor: middle } .end { text-anchor: end }
.ground { fill: var(--ground) } .lane { fill: var(--surface) }
.tick { stroke: var(--hair) } .cut { stroke: var(--on); stroke-opacity: 0.7 }
.priced { fill: var(--tint); stroke: var(--accent) } .unpriced { fill: var(--ground); stroke: var(--hair) }
.charged { fill: var(--accent); stroke: var(--accent) }
.capped { fill: url(#capped); stroke: var(--accent) }
.minutes { fill: url(#free); stroke: var(--free) }
.hours { fill: var(--ground); stroke: var(--free); stroke-dasharray: 1 3 }
.doubt { fill: url(#doubt); stroke: var(--doubt); stroke-dasharray: 4 3 }
.pass { fill: var(--tint); stroke: var(--accent); stroke-width: 3 }
.leaving { fill: var(--ground); stroke: var(--plain); stroke-dasharray: 6 2 }
.exempt { fill: var(--surface); stroke: var(--plain); stroke-width: 2 }
";

const PATTERNS: &str = "<defs>
<pattern id=\"free\" width=\"8\" height=\"8\" patternUnits=\"userSpaceOnUse\">\
<rect class=\"ground\" width=\"8\" height=\"8\"/>\
<path d=\"M0 8L8 0\" style=\"stroke: var(--free); stroke-opacity: 0.45\"/></pattern>
<pattern id=\"capped\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\">\
<rect width=\"6\" height=\"6\" style=\"fill: var(--tint)\"/>\
<path d=\"M0 3H6\" style=\"stroke: var(--accent); stroke-opacity: 0.35\"/></pattern>
<pattern id=\"doubt\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\">\
<rect class=\"ground\" width=\"6\" height=\"6\"/>\
<circle cx=\"3\" cy=\"3\" r=\"1\" style=\"fill: var(--doubt)\"/></pattern>
</defs>
";

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
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" xml:lang=\"{tag}\" width=\"{width}\" \
         height=\"{height}\" viewBox=\"0 0 {width} {height}\" role=\"img\">\n\
         <title>{}</title>\n<style>\n{STYLE}</style>\n{PATTERNS}\
         <rect class=\"ground\" width=\"100%\" height=\"100%\"/>\n{drawn}</svg>\n",
        escaped(title)
    )
}
