//! The files: what is inside, that they are small and the same each time.
#![allow(clippy::disallowed_methods, reason = "a test reads the font of the machine")]

use std::io::Read;
use std::sync::OnceLock;

use billing::invoice::{Document, xml};
use billing::paper::{ofd, ofd_attaching, pdf, pdf_attaching, sheets};
use billing::sheet::{Font, KNOWN_FONTS, Mark, Sheet, letters_missing};
use skrifa::outline::DrawSettings;
use skrifa::outline::pen::PathElement;
use skrifa::prelude::{LocationRef, Size};
use skrifa::{FontRef, MetadataProvider};

use super::made::{LONG_NAME, blue, buyer, charges, kinds};

const LIMIT_BYTES: usize = 100_000;

fn fonts() -> &'static [Font] {
    static FONTS: OnceLock<Vec<Font>> = OnceLock::new();
    FONTS.get_or_init(|| {
        let there = KNOWN_FONTS.iter().filter(|(path, ..)| std::path::Path::new(path).is_file());
        let read = |(path, number, _): &(&str, u32, &str)| {
            Font::new(std::fs::read(path).expect("it can be read"), *number).expect("it is a font")
        };
        let fonts: Vec<Font> = there.map(read).collect();
        assert!(!fonts.is_empty(), "no font: deploy/setup.sh test");
        fonts
    })
}

fn files_of(package: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut zip = zip::ZipArchive::new(std::io::Cursor::new(package)).expect("it is a ZIP");
    let mut files = Vec::new();
    for number in 0..zip.len() {
        let mut file = zip.by_index(number).expect("it is there");
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).expect("it can be unpacked");
        files.push((file.name().to_owned(), bytes));
    }
    files
}

fn part<'f>(files: &'f [(String, Vec<u8>)], name: &str) -> &'f str {
    let file = files.iter().find(|(known, _)| known == name);
    let (_, bytes) = file.unwrap_or_else(|| panic!("no {name}"));
    std::str::from_utf8(bytes).expect("it is text")
}

/// Values between `before` and the next `after`.
fn between<'t>(text: &'t str, before: &str, after: &str) -> Vec<&'t str> {
    let parts = text.split(before).skip(1);
    parts.map(|part| part.split_once(after).expect("it ends").0).collect()
}

#[test]
fn every_tag_of_an_ofd_leads_to_a_text_and_the_xml_is_inside() {
    for count in [1, 40] {
        let issued = blue(&charges(count), &buyer(LONG_NAME));
        let document = Document::Invoice(issued.clone());
        let files = files_of(&ofd(&document, fonts()).expect("it can be written"));
        assert_eq!(files[0].0, "OFD.xml");
        let tags = part(&files, "Doc_0/Tags/CustomTag.xml");
        let pages = between(part(&files, "Doc_0/Document.xml"), "<ofd:Page ID=\"", "\"");
        let mut referred = 0;
        for reference in between(tags, "PageRef=\"", "</ofd:ObjectRef>") {
            let (page, object) = reference.split_once("\">").expect("a page and an object");
            let page = pages.iter().position(|id| *id == page).expect("the page is there");
            let content = part(&files, &format!("Doc_0/Pages/Page_{page}/Content.xml"));
            assert!(content.contains(&format!("<ofd:TextObject ID=\"{object}\"")), "{reference}");
            referred += 1;
        }
        assert!(referred > 6 * count, "{referred}");
        let attached = part(&files, "Doc_0/Attachs/26622000000000000001.xml");
        assert_eq!(attached, xml(&issued).expect("it can be written"));
        let list = part(&files, "Doc_0/Attachs/Attachments.xml");
        assert!(list.contains("<ofd:FileLoc>26622000000000000001.xml</ofd:FileLoc>"), "{list}");
    }
}

#[test]
fn what_the_platform_delivered_is_what_is_inside() {
    let document = Document::Invoice(blue(&charges(1), &buyer("示例科技有限公司")));
    let delivered = b"<EInvoice>as the platform wrote it</EInvoice>";
    let ofd = ofd_attaching(&document, fonts(), delivered);
    let files = files_of(&ofd.expect("it can be written"));
    let inside = part(&files, "Doc_0/Attachs/26622000000000000001.xml");
    assert_eq!(inside.as_bytes(), delivered);
    let attaching = pdf_attaching(&document, fonts(), delivered).expect("it can be written");
    assert!(attaching != pdf(&document, fonts()).expect("it can be written"));
}

#[test]
fn numbers_of_an_ofd_are_given_once_and_none_is_above_the_greatest() {
    let document = Document::Invoice(blue(&charges(30), &buyer("示例科技有限公司")));
    let files = files_of(&ofd(&document, fonts()).expect("it can be written"));
    let main = part(&files, "Doc_0/Document.xml");
    let greatest: u32 = between(main, "<ofd:MaxUnitID>", "<")[0].parse().expect("a number");
    let mut seen = std::collections::BTreeSet::new();
    for (name, bytes) in &files {
        let text = String::from_utf8_lossy(bytes);
        if name.contains("Attachs") || !name.ends_with(".xml") {
            continue;
        }
        for id in between(&text, " ID=\"", "\"") {
            let id: u32 = id.parse().expect("a number");
            assert!(id > 0 && id <= greatest, "{name}: {id}");
            assert!(seen.insert(id), "{name}: {id} is given twice");
        }
        // Every file can be read.
        let mut reader = quick_xml::Reader::from_str(&text);
        while reader.read_event().expect("it is well-formed XML") != quick_xml::events::Event::Eof {
        }
    }
    assert!(seen.contains(&greatest));
}

#[test]
fn the_same_document_is_the_same_bytes() {
    let both = |document| (ofd(document, fonts()), pdf(document, fonts()));
    for document in kinds(3).iter() {
        assert!(both(document) == both(document), "{}", document.kind().name());
    }
}

#[test]
fn a_document_of_up_to_100_lines_has_less_than_100_kilobytes() {
    for count in [1, 100] {
        for document in kinds(count) {
            let ofd = ofd(&document, fonts()).expect("it can be written");
            let pdf = pdf(&document, fonts()).expect("it can be written");
            for (what, size) in [("OFD", ofd.len()), ("PDF", pdf.len())] {
                let kind = document.kind().name();
                assert!(size < LIMIT_BYTES, "{what} of {kind}, {count} lines: {size} bytes");
            }
        }
    }
}

#[test]
fn a_letter_that_no_font_has_is_drawn_as_a_geta_and_read_as_it_is() {
    // A hieroglyph; fonts for Chinese have none.
    let name = "示例𓀀公司";
    let document = Document::Invoice(blue(&charges(1), &buyer(name)));
    let pages = sheets(&document);
    assert_eq!(letters_missing(&pages, fonts()), Ok("𓀀".to_owned()));
    let files = files_of(&ofd(&document, fonts()).expect("it is not held up"));
    let content = part(&files, "Doc_0/Pages/Page_0/Content.xml");
    assert!(content.contains(name), "its code stays");
    assert!(pdf(&document, fonts()).is_ok());
}

/// The beginning of the Thousand Character Classic, which repeats none.
const CLASSIC: &str = "天地玄黄宇宙洪荒日月盈昃辰宿列张寒来暑往秋收冬藏闰余成岁律吕调阳云腾致雨露结为霜金生丽水玉出昆冈\
    剑号巨阙珠称夜光果珍李柰菜重芥姜海咸河淡鳞潜羽翔龙师火帝鸟官人皇始制文字乃服衣裳推位让国有虞陶唐吊民伐罪\
    周发殷汤坐朝问道垂拱平章爱育黎首臣伏戎羌遐迩一体率宾归王鸣凤在竹白驹食场化被草木赖及万方盖此身发四大五常\
    恭惟鞠养岂敢毁伤女慕贞洁男效才良知过必改得能莫忘罔谈彼短靡恃己长信使可复器欲难量墨悲丝染诗赞羔羊景行维贤\
    克念作圣德建名立形端表正空谷传声虚堂习听祸因恶积福缘善庆尺璧非宝寸阴是竞资父事君曰严与敬孝当竭力忠则尽命";

fn texts(sheet: &Sheet) -> impl Iterator<Item = &str> {
    sheet.marks.iter().filter_map(|mark| match mark {
        Mark::Text { text, .. } => Some(text.as_str()),
        _ => None,
    })
}

#[test]
fn a_hundred_places_with_hundreds_of_different_letters_have_less_than_100_kilobytes() {
    let letters: Vec<char> = CLASSIC.chars().collect();
    let mut charges = charges(100);
    for (charge, place) in charges.iter_mut().zip(letters.chunks(3)) {
        charge.place = format!("{}路", String::from_iter(place));
    }
    let document = Document::Invoice(blue(&charges, &buyer("示例科技有限公司")));
    let pages = sheets(&document);
    let written: std::collections::BTreeSet<char> =
        pages.iter().flat_map(texts).flat_map(str::chars).collect();
    let chinese = written.iter().filter(|c| ('\u{4e00}'..='\u{9fff}').contains(*c)).count();
    assert!(chinese >= 320, "{chinese} different letters");
    let ofd = ofd(&document, fonts()).expect("it can be written").len();
    let pdf = pdf(&document, fonts()).expect("it can be written").len();
    assert!(ofd < LIMIT_BYTES && pdf < LIMIT_BYTES, "OFD {ofd}, PDF {pdf} bytes");
}

#[test]
fn letters_inside_have_the_outlines_of_the_whole_font() {
    let document = Document::Invoice(blue(&charges(2), &buyer("示例科技有限公司")));
    let files = files_of(&ofd(&document, fonts()).expect("it can be written"));
    let (_, inside) = files.iter().find(|(name, _)| name.contains("/Res/Font_1.")).expect("a font");
    let there = KNOWN_FONTS.iter().find(|(path, ..)| std::path::Path::new(path).is_file());
    let (path, number, _) = there.expect("a font");
    let whole = std::fs::read(path).expect("it can be read");
    let whole = FontRef::from_index(&whole, *number).expect("it is a font");
    let inside = FontRef::new(inside).expect("it is a font");
    let mut seen = 0;
    for (code, _) in inside.charmap().mappings() {
        assert_eq!(outline(&inside, code), outline(&whole, code), "U+{code:04X}");
        seen += 1;
    }
    assert!(seen > 60, "{seen} letters");
}

fn outline(font: &FontRef<'_>, code: u32) -> (Vec<PathElement>, Option<f32>) {
    let glyph = font.charmap().map(code).expect("it is there");
    let mut elements = Vec::new();
    let outlines = font.outline_glyphs();
    let settings = DrawSettings::unhinted(Size::unscaled(), LocationRef::default());
    outlines.get(glyph).expect("it is there").draw(settings, &mut elements).expect("it is sound");
    let metrics = font.glyph_metrics(Size::unscaled(), LocationRef::default());
    (elements, metrics.advance_width(glyph))
}

#[test]
fn a_code_on_every_page_is_in_the_file_once() {
    const UNDER: &str = "Doc_0/Tpls/Tpl_0/Content.xml";
    let written = |count| {
        let document = Document::Invoice(blue(&charges(count), &buyer("示例科技有限公司")));
        files_of(&ofd(&document, fonts()).expect("it can be written"))
    };
    let several = written(40);
    let pages = several.iter().filter(|(name, _)| name.contains("/Pages/"));
    let pages: Vec<&str> = pages.map(|(name, _)| part(&several, name)).collect();
    assert_eq!(pages.len(), 2);
    let id = between(part(&several, "Doc_0/Document.xml"), "<ofd:TemplatePage ID=\"", "\"")[0];
    for page in pages {
        assert!(page.contains(&format!("<ofd:Template TemplateID=\"{id}\"")), "{page}");
        // Lines of the form have one outline, a code hundreds.
        let outlines = between(page, "<ofd:AbbreviatedData>", "</ofd:AbbreviatedData>");
        assert!(outlines.iter().all(|outline| outline.matches('M').count() == 1));
    }
    assert!(part(&several, UNDER).matches('M').count() > 100);
    let one = written(1);
    assert!(one.iter().all(|(name, _)| name != UNDER), "a single page has it itself");
}

#[test]
fn no_object_of_an_ofd_is_without_width_or_height() {
    // Joiners and accents alone, of which one font has this and another has that.
    for name in ["吉\u{200d}野", "\u{301}", "a\u{200d}\u{301}ë\u{308}שלום\u{200d}𠮷"] {
        let document = Document::Invoice(blue(&charges(1), &buyer(name)));
        let files = files_of(&ofd(&document, fonts()).expect("it can be written"));
        let content = part(&files, "Doc_0/Pages/Page_0/Content.xml");
        for place in between(content, "Boundary=\"", "\"") {
            let sides: Vec<f64> = place.split(' ').map(|side| side.parse().unwrap()).collect();
            assert!(
                matches!(sides[..], [_, _, width, height] if width > 0.0 && height > 0.0),
                "{place}"
            );
        }
    }
}
