//! Sheets as OFD (GB/T 33190-2016): text that programs find by tags, the fonts' used letters
//! inside, a file attached.
//!
//! A package is a ZIP of XML files; `page` writes pages, `template` what lies under all of them, `tags` the
//! tags, `font_file` the fonts, `markup` what they share. It is not signed: only the tax bureau could. The same sheets, fonts and file
//! give the same bytes. What stricter readers refuse (`Version` 1.1, an attachment's id that
//! begins with a digit, an empty list of pictures) does not occur, and the order of elements is
//! the schema's.

mod font_file;
mod markup;
mod page;
mod tags;
mod template;

use std::io::{Cursor, Write};

use chrono_tz::Tz;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::typeset::{Missing, Typesetter};
use super::{Attached, DrawReject, Font, Mark, Sheet};
use crate::text::local;
use markup::{HEAD, NAMESPACE, millimetres, text};
use page::Ids;
use tags::Tags;
use template::Template;

/// What a package says about itself beside its pages.
#[derive(Clone, Debug)]
pub struct About<'a> {
    /// 32 digits of base 16, the same for the same document.
    pub id: &'a str,
    /// Names and values that readers show without opening a page.
    pub facts: &'a [(&'static str, String)],
    /// A file inside.
    pub attached: Option<&'a Attached<'a>>,
}

/// Sheets as the pages of an OFD file. A letter that no font has is shown as 〓.
///
/// # Errors
/// A `DrawReject`.
pub fn ofd(sheets: &[Sheet], fonts: &[Font], about: &About<'_>) -> Result<Vec<u8>, DrawReject> {
    let first = sheets.first().ok_or(DrawReject::NoArea)?;
    let mut typesetter = Typesetter::new(fonts, Missing::Shown)?;
    // The numbers of fonts come first, whether a font is used or not.
    let mut ids = Ids::after(fonts.len());
    let mut tags = Tags::default();
    let template = Template::of(sheets, &mut ids);
    let mut pages = Vec::with_capacity(sheets.len());
    for sheet in sheets {
        let id = ids.next();
        let under = template.as_ref();
        pages.push((id, page::content(sheet, (id, under), &mut ids, &mut typesetter, &mut tags)?));
    }
    let under = template.as_ref().map(|template| template.content(first, &mut ids));
    let mut package = Package::new();
    package.file("OFD.xml", &entry(first, about)?)?;
    package
        .file("Doc_0/Document.xml", &document(first, &pages, &ids, (&template, &tags), about))?;
    let files = font_file::files(fonts, &typesetter)?;
    package.file("Doc_0/PublicRes.xml", &font_file::resources(&files))?;
    for file in &files {
        package.bytes(&format!("Doc_0/Res/{}", file.name), &file.bytes)?;
    }
    if let Some(under) = under {
        package.file(&format!("Doc_0/{}", template::FILE), &under)?;
    }
    for (number, (_, content)) in pages.iter().enumerate() {
        package.file(&page_file("Doc_0/", number), content)?;
    }
    if !tags.is_empty() {
        package.file("Doc_0/Tags/CustomTags.xml", &tags::list())?;
        package.file("Doc_0/Tags/CustomTag.xml", &tags.content())?;
    }
    if let Some(attached) = about.attached {
        package.file("Doc_0/Attachs/Attachments.xml", &attachments(attached)?)?;
        package.bytes(&format!("Doc_0/Attachs/{}", attached.name), attached.bytes)?;
    }
    package.finished()
}

fn page_file(folder: &str, number: usize) -> String {
    format!("{folder}Pages/Page_{number}/Content.xml")
}

/// `OFD.xml`: what the document is.
fn entry(first: &Sheet, about: &About<'_>) -> Result<String, DrawReject> {
    let mut facts = String::new();
    for (name, value) in about.facts {
        let (name, value) = (text(name)?, text(value)?);
        facts.push_str(&format!("<ofd:CustomData Name=\"{name}\">{value}</ofd:CustomData>"));
    }
    if !facts.is_empty() {
        facts = format!("<ofd:CustomDatas>{facts}</ofd:CustomDatas>");
    }
    Ok(format!(
        "{HEAD}<ofd:OFD {NAMESPACE} Version=\"1.0\" DocType=\"OFD\"><ofd:DocBody><ofd:DocInfo>\
         <ofd:DocID>{}</ofd:DocID><ofd:Title>{}</ofd:Title>\
         <ofd:CreationDate>{}</ofd:CreationDate><ofd:Creator>Bowei</ofd:Creator>{facts}\
         </ofd:DocInfo><ofd:DocRoot>Doc_0/Document.xml</ofd:DocRoot></ofd:DocBody></ofd:OFD>",
        text(about.id)?,
        text(&first.title)?,
        first.dated_on,
    ))
}

/// `Document.xml`: which pages there are, and where the rest lies.
fn document(
    first: &Sheet,
    pages: &[(u32, String)],
    ids: &Ids,
    (template, tags): (&Option<Template<'_>>, &Tags),
    about: &About<'_>,
) -> String {
    let mut list = String::new();
    for (number, (id, _)) in pages.iter().enumerate() {
        let file = page_file("", number);
        list.push_str(&format!("<ofd:Page ID=\"{id}\" BaseLoc=\"{file}\"/>"));
    }
    let tags =
        if tags.is_empty() { "" } else { "<ofd:CustomTags>Tags/CustomTags.xml</ofd:CustomTags>" };
    let attached = match about.attached {
        Some(_) => "<ofd:Attachments>Attachs/Attachments.xml</ofd:Attachments>",
        None => "",
    };
    let template = template.as_ref().map(Template::entry).unwrap_or_default();
    format!(
        "{HEAD}<ofd:Document {NAMESPACE}><ofd:CommonData><ofd:MaxUnitID>{}</ofd:MaxUnitID>\
         <ofd:PageArea>{}</ofd:PageArea><ofd:PublicRes>PublicRes.xml</ofd:PublicRes>\
         {template}</ofd:CommonData><ofd:Pages>{list}</ofd:Pages>{tags}{attached}</ofd:Document>",
        ids.last(),
        page::area(first),
    )
}

/// `Attachments.xml`; a name that begins with a letter is an id that every reader takes.
fn attachments(attached: &Attached<'_>) -> Result<String, DrawReject> {
    let made_at = local(attached.made_at, Tz::Asia__Shanghai).format("%Y-%m-%dT%H:%M:%S");
    // In thousands of bytes, as the standard wants it.
    let size = i64::try_from(attached.bytes.len()).unwrap_or(i64::MAX);
    let (title, name) = (text(attached.description)?, text(attached.name)?);
    Ok(format!(
        "{HEAD}<ofd:Attachments {NAMESPACE}><ofd:Attachment ID=\"attachment1\" Name=\"{title}\" \
         Format=\"xml\" CreationDate=\"{made_at}\" Size=\"{}\" Visible=\"true\">\
         <ofd:FileLoc>{name}</ofd:FileLoc></ofd:Attachment></ofd:Attachments>",
        millimetres(size),
    ))
}

/// The ZIP that is being written; the time of its files is fixed, so that the bytes are.
struct Package {
    zip: ZipWriter<Cursor<Vec<u8>>>,
}

impl Package {
    fn new() -> Self {
        Package { zip: ZipWriter::new(Cursor::new(Vec::new())) }
    }

    fn file(&mut self, name: &str, content: &str) -> Result<(), DrawReject> {
        self.bytes(name, content.as_bytes())
    }

    fn bytes(&mut self, name: &str, content: &[u8]) -> Result<(), DrawReject> {
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Deflated)
            .compression_level(Some(9))
            .last_modified_time(zip::DateTime::default());
        let started = self.zip.start_file(name, options).map_err(std::io::Error::from);
        let written = started.and_then(|()| self.zip.write_all(content));
        written.map_err(|error| DrawReject::NotWritten(error.to_string()))
    }

    fn finished(self) -> Result<Vec<u8>, DrawReject> {
        let zip = self.zip.finish();
        zip.map(Cursor::into_inner).map_err(|error| DrawReject::NotWritten(error.to_string()))
    }
}
