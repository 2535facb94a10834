//! The files: what is inside, that they are small and the same each time.
#![allow(clippy::disallowed_methods, reason = "a test reads the font of the machine")]

use std::io::Read;
use std::sync::OnceLock;

use billing::invoice::{Document, xml};
use billing::paper::{ofd, ofd_attaching, pdf, pdf_attaching, sheets};
use billing::sheet::{Font, KNOWN_FONTS, letters_missing};

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
