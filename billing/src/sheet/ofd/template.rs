//! The template page: codes that stand on every page of several, so that the file holds them once.
//!
//! Texts stay on their pages, also where all pages have them, for many readers look nowhere else.

use super::markup::{HEAD, NAMESPACE};
use super::page::{self, Ids};
use super::{Mark, Sheet};

/// Where it lies, seen from the document's folder.
pub(super) const FILE: &str = "Tpls/Tpl_0/Content.xml";

/// What lies under every page.
#[derive(Debug)]
pub(super) struct Template<'s> {
    id: u32,
    codes: Vec<&'s Mark>,
}

impl<'s> Template<'s> {
    /// None for a single page, and where the pages share no code.
    pub(super) fn of(sheets: &'s [Sheet], ids: &mut Ids) -> Option<Self> {
        let (first, others) = sheets.split_first().filter(|(_, others)| !others.is_empty())?;
        let everywhere = |code: &&Mark| others.iter().all(|sheet| sheet.marks.contains(code));
        let codes = first.marks.iter().filter(|mark| matches!(mark, Mark::Code { .. }));
        let codes: Vec<&Mark> = codes.filter(everywhere).collect();
        if codes.is_empty() { None } else { Some(Template { id: ids.next(), codes }) }
    }

    /// Whether a mark of a page is here.
    pub(super) fn holds(&self, mark: &Mark) -> bool {
        self.codes.contains(&mark)
    }

    /// For the list of what a document has.
    pub(super) fn entry(&self) -> String {
        format!("<ofd:TemplatePage ID=\"{}\" BaseLoc=\"{FILE}\"/>", self.id)
    }

    /// For a page.
    pub(super) fn reference(&self) -> String {
        format!("<ofd:Template TemplateID=\"{}\" ZOrder=\"Background\"/>", self.id)
    }

    /// `Content.xml` of the template.
    pub(super) fn content(&self, first: &Sheet, ids: &mut Ids) -> String {
        let mut content = format!(
            "{HEAD}<ofd:Page {NAMESPACE}><ofd:Area>{}</ofd:Area><ofd:Content>\
             <ofd:Layer ID=\"{}\" Type=\"Background\">\n",
            page::area(first),
            ids.next(),
        );
        for code in &self.codes {
            if let Mark::Code { x, y, cell, rows } = code {
                content.push_str(&page::code(ids.next(), (*x, *y), *cell, rows));
            }
        }
        content.push_str("</ofd:Layer></ofd:Content></ofd:Page>");
        content
    }
}
